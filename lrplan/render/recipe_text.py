"""A published recipe as text: its sources, and the values that are assumed."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from lrplan.recipes.header import UNCHECKED, Assumption, Recipe
from lrplan.render.table.text_grid import print_item, print_note

_GRADES = {
    "repo": "the authors' repository",
    "paper": "the text of the paper",
    "package": "a released package",
    "quote": "quotations by others",
}


def print_recipe(recipe: Recipe, console: Console) -> None:
    """Print a page about ``recipe``: title, sources, and the origin of each value."""
    print_note(f"{recipe.name}: {recipe.title}", console, "bold")
    print_note(f"{recipe.field}, {recipe.year}", console, "dim")
    console.print()
    print_note(f"Values that are not listed below were read in {_GRADES[recipe.grade]}.", console)
    for source in recipe.sources:
        print_item(source.grade, source.text, console, "cyan")
    for lead, note in _origins(recipe):
        print_item(lead, note, console, "cyan")
    print_assumed(recipe, console)
    console.print()
    plot, init = f"lrplan plot recipe:{recipe.name}", f"lrplan init --recipe {recipe.name}"
    print_note(f"{plot} draws it; {init} writes its spec.", console, "dim")


def print_assumed(recipe: Recipe, console: Console) -> None:
    """Print what ``recipe`` assumes; nothing if every value is stated or derived."""
    for path, assumption in recipe.assumed.items():
        print_item(
            "assumed", f"{path}{_stretch(assumption)}: {assumption.reason}", console, "yellow"
        )
    if not recipe.checked:
        print_note(UNCHECKED, console, "yellow")


def _stretch(assumption: Assumption) -> str:
    return f" (the curve from {assumption.start} to {assumption.end})" if assumption.end else ""


def _origins(recipe: Recipe) -> Iterator[tuple[str, str]]:
    yield from (("derived", f"{path}: {reason}") for path, reason in recipe.derived.items())
    yield from (("your choice", f"{path}: {reason}") for path, reason in recipe.example.items())
    yield from (("left out", text) for text in recipe.left_out)
