"""The mapping ``x-recipe`` at the head of a recipe: where its values come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from lrplan.node import Node
from lrplan.recipes import names, text_of

UNCHECKED = "unchecked: the sources leave a part of the curve open"
"""Said of a recipe whose curve cannot be compared with its sources from end to end."""


@dataclass(frozen=True, slots=True)
class RecipeSource:
    """A place where values of a recipe were read.

    Args:
        grade: ``repo`` (a repository of the authors), ``paper``, ``package`` or ``quote``.
        text: what was read, with the files, the version or the sections.
    """

    grade: str
    text: str

    @property
    def name(self) -> str:
        """The source that was read, without the list of files in a repository."""
        return self.text.partition(": ")[0]


@dataclass(frozen=True, slots=True)
class Assumption:
    """An assumed value: its reason, and the part of the learning-rate curve that depends on it.

    Args:
        reason: what the sources do not say.
        start: a duration; the step from which the curve depends on the value.
        end: a duration; the step at which it no longer does. Empty if no step depends on it, as for
            an optimizer that stands in for another.
    """

    reason: str
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A published recipe.

    Args:
        name: of its file, and after ``recipe:``.
        title: what is trained, in a few words.
        field: of machine learning.
        year: of publication.
        checked: True if the whole curve follows from the sources; False if they leave a part of it
            open. Where they give only the length of a warm-up, it is a line from 0.
        grade: of every value that no other table of the recipe lists.
        sources: where the values stand.
        derived: values that were computed from stated ones, by their path, with the reason.
        assumed: values that the sources do not state, by their path.
        example: values that are the user's to choose, by their path.
        left_out: what the recipe has beside the spec.
    """

    name: str
    title: str
    field: str
    year: int
    checked: bool
    grade: str
    sources: tuple[RecipeSource, ...]
    derived: dict[str, str]
    assumed: dict[str, Assumption]
    example: dict[str, str]
    left_out: tuple[str, ...]

    def matches(self, words: Iterable[str]) -> bool:
        """Return True if each of ``words`` is a part of its name, title, field or year."""
        text = f"{self.name} {self.title} {self.field} {self.year}".lower()
        return all(word.lower() in text for word in words)

    def curve_assumptions(self) -> Iterator[Assumption]:
        """The assumptions that some steps of the curve depend on, each reason once."""
        yield from dict.fromkeys(each for each in self.assumed.values() if each.end)


def parse_header(name: str, table: Mapping[str, Any]) -> Recipe:
    """The recipe called ``name`` from its mapping ``x-recipe``."""
    return Recipe(
        name=name,
        title=table["title"],
        field=table["field"],
        year=table["year"],
        checked=table["checked"],
        grade=table["grade"],
        sources=tuple(
            RecipeSource(grade, text)
            for source in table["sources"]
            for grade, text in source.items()
        ),
        derived=table.get("derived", {}),
        assumed={path: _assumption(value) for path, value in table.get("assumed", {}).items()},
        example=table.get("example", {}),
        left_out=tuple(table.get("left_out", ())),
    )


def recipe_in(root: Node | None) -> Recipe | None:
    """The recipe that a spec says it is, also a copy of one; None of other specs.

    A mapping ``x-recipe`` that has not the form of a recipe's is the user's own, and says nothing.
    """
    table = None if root is None else root.get("x-recipe")
    if table is None or not table.is_mapping:
        return None
    plain: Any = table.to_python()
    try:
        found = parse_header("", plain)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    texts = (
        text for each in found.assumed.values() for text in (each.reason, each.start, each.end)
    )
    return found if all(isinstance(text, str) for text in texts) else None


def _assumption(value: str | Mapping[str, str]) -> Assumption:
    # A value that no step of the curve depends on has its reason alone:
    #     optimizer.type: LAMB is not in torch.optim; AdamW stands in
    # The others say which steps do:
    #     scheduler.warmup: { from: 0st, to: 2000st, reason: its shape is not in the paper }
    if isinstance(value, str):
        return Assumption(value)
    return Assumption(value["reason"], value["from"], value["to"])


def recipes(words: Iterable[str] = ()) -> list[Recipe]:
    """The recipes that have each of ``words`` in their name, title, field or year.

    Sorted by field, year and name; all of them without words.
    """
    wanted = tuple(words)
    found = [each for each in map(recipe, names()) if each.matches(wanted)]
    return sorted(found, key=lambda each: (each.field, each.year, each.name))


@cache
def recipe(name: str) -> Recipe:
    """The recipe called ``name``.

    Raises:
        UsageError: there is none.
    """
    head, _, _ = text_of(name).partition("\n\n")
    return parse_header(name, yaml.safe_load(head)["x-recipe"])
