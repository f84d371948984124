"""Published training recipes: a spec for each, with the source and the grade of its values.

Each recipe is a file ``NAME.yaml`` in this folder. It is a spec like any other; the mapping
``x-recipe`` at its head says where it comes from. ``recipe:NAME`` stands for it where a command
takes a spec.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from lrplan.catalog.nearest_name import nearest
from lrplan.errors import UsageError
from lrplan.text_position import printable

PREFIX = "recipe:"
"""What a source begins with that names a recipe, not a file."""

_FOLDER = Path(__file__).parent
_SUFFIX = ".yaml"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Where a recipe comes from: what stands under ``x-recipe`` in its file.

    Args:
        name: of its file, and after ``recipe:``.
        title: what is trained, in a few words.
        field: of machine learning.
        year: of publication.
        checked: True if the whole curve follows from the sources; False if they leave a part of it
            open. Where they give only the length of a warm-up, it is a line from 0.
        grade: how the values were read that no other table of the recipe lists: ``repo`` (in the
            repository of the authors), ``paper``, ``package`` or ``quote``.
        sources: where the values stand.
        derived: values that were computed from stated ones, by their path, with the reason.
        assumed: values that the sources do not state.
        example: values that are the user's to choose.
        left_out: what the recipe has beside the spec.
    """

    name: str
    title: str
    field: str
    year: int
    checked: bool
    grade: str
    sources: tuple[str, ...]
    derived: dict[str, str]
    assumed: dict[str, str]
    example: dict[str, str]
    left_out: tuple[str, ...]

    @property
    def where(self) -> str:
        """The first source, without the list of files in a repository."""
        return self.sources[0].partition(": ")[0]

    def matches(self, words: Iterable[str]) -> bool:
        """Return True if each of ``words`` is a part of its name, title, field or year."""
        text = f"{self.name} {self.title} {self.field} {self.year}".lower()
        return all(word.lower() in text for word in words)


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of all recipes, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob(f"*{_SUFFIX}")))


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
    import yaml  # here: whatever reads a spec imports this module, and few ask for its header

    head, _, _ = text_of(name).partition("\n\n")
    table = yaml.safe_load(head)["x-recipe"]
    return Recipe(
        name=name,
        title=table["title"],
        field=table["field"],
        year=table["year"],
        checked=table["checked"],
        grade=table["grade"],
        sources=tuple(text for source in table["sources"] for text in source.values()),
        derived=table.get("derived", {}),
        assumed=table.get("assumed", {}),
        example=table.get("example", {}),
        left_out=tuple(table.get("left_out", ())),
    )


def path_of(name: str) -> Path:
    """The file of the recipe called ``name``.

    Raises:
        UsageError: there is none; the message names the nearest.
    """
    if name not in names():
        close = nearest(name, names())
        hint = f"did you mean `{close}`?" if close else "`lrplan recipes` lists all"
        raise UsageError(f"there is no recipe `{printable(name)}`; {hint}")
    return _FOLDER / f"{name}{_SUFFIX}"


def text_of(name: str) -> str:
    """The spec of the recipe called ``name``, as text.

    Raises:
        UsageError: there is none.
    """
    return path_of(name).read_text(encoding="utf-8")


def name_in(source: object) -> str | None:
    """The name in ``recipe:NAME``; None when ``source`` is a path, or ``-``."""
    text = str(source)
    return text.removeprefix(PREFIX) if text.startswith(PREFIX) else None
