"""How short the specs of the recipes are: ``python -m tests.recipes.spec_sizes`` prints it.

lines
    of a spec without its header ``x-recipe``; blank ones and comments do not count.
arithmetic
    recipes with a number that no source prints: it had to be worked out, and is ``derived``.
expressions
    recipes that write a formula of their own, in ``lr_lambda`` or another argument that takes one.
approximated
    recipes whose curve is not the published one but near it: their row in
    ``tests/data/recipes.json`` has a ``tolerance`` of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

import yaml

from lrplan.recipes import names, text_of
from lrplan.recipes.header import recipe

PUBLISHED = Path(__file__).parents[1] / "data" / "recipes.json"


def spec_text(name: str) -> str:
    """The spec of a recipe without its header."""
    return text_of(name).partition("\n\n")[2]


def lines(name: str) -> int:
    """The lines of a recipe that say something."""
    stripped = (line.strip() for line in spec_text(name).splitlines())
    return sum(bool(line) and not line.startswith("#") for line in stripped)


def with_arithmetic() -> list[str]:
    """Recipes with numbers that had to be worked out."""
    return [name for name in names() if recipe(name).derived]


def with_expressions() -> list[str]:
    """Recipes with formulas of their own."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [
        name
        for name in names()
        if any(key.endswith("_lambda") for key in _keys(yaml.load(text_of(name), loader)))
    ]


def approximated() -> list[str]:
    """Recipes whose curve is only near the published one."""
    rows = json.loads(PUBLISHED.read_text("utf-8"))
    return [key for key, row in rows.items() if "tolerance" in row]


def _keys(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key != "x-recipe":
                yield str(key)
                yield from _keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from _keys(value)


def main() -> None:
    """Print the four numbers, and the recipes behind the last three."""
    counts = [lines(name) for name in names()]
    sys.stdout.write(f"lines: median {median(counts):g}, most {max(counts)}\n")
    for kind in (with_arithmetic, with_expressions, approximated):
        found = kind()
        title = kind.__name__.replace("_", " ")
        sys.stdout.write(f"{title}: {len(found)}: {', '.join(found)}\n")


if __name__ == "__main__":
    main()
