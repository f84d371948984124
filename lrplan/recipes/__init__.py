"""Published training recipes: a spec for each, with the source and the grade of its values.

Each recipe is a file ``NAME.yaml`` in this folder. It is a spec like any other; the mapping
``x-recipe`` at its head says where it comes from. ``recipe:NAME`` stands for it where a command
takes a spec.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lrplan.errors import UsageError
from lrplan.text_position import printable

__all__ = ["PREFIX", "name_in", "names", "path_of", "text_of"]

PREFIX = "recipe:"
"""What a source begins with that names a recipe, not a file."""

_FOLDER = Path(__file__).parent
_SUFFIX = ".yaml"


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of all recipes, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob(f"*{_SUFFIX}")))


def path_of(name: str) -> Path:
    """The file of the recipe called ``name``.

    Raises:
        UsageError: there is none; the message names the nearest.
    """
    if name not in names():
        # Here: whatever reads a spec imports this module, and few name a wrong recipe.
        from lrplan.catalog.nearest_name import nearest

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
