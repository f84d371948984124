"""The page of all recipes: a table for each field, with a small picture of each schedule."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from pictures import FOLDER
from published import Published, rows
from thumbnails import HEIGHT, WIDTH, thumbnail

from lrplan.commands.assumed_steps import assumed_steps
from lrplan.frozen_groups import with_frozen_steps
from lrplan.recipes import PREFIX
from lrplan.recipes.header import recipes
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.plan import SchedulePlan
    from lrplan.recipes.header import Recipe, Source

PAGE = FOLDER / "recipes.md"
PICTURES = FOLDER / "recipes"

_TOP = """\
# Recipes

<!-- Written by gallery/make.py from lrplan/recipes and tests/data/recipes.json. -->

The {count} published schedules of [`lrplan recipes`](../docs/commands.md#lrplan-recipes), by field
and year. `lrplan plot recipe:NAME` draws one with its axes, `lrplan recipes NAME` says where each
value comes from, and `lrplan init --recipe NAME` writes its spec.

Each picture goes from 0 to the peak, over the whole run. It is **dashed** where the learning rate
depends on a value that the sources do not state. *Unchecked* are recipes whose sources leave a part
of the curve open; every other curve is compared with the published numbers from end to end. A
warm-up is a line from 0 where nothing else is said. Shares are those of the peak.

The grade says where values were read: in the authors' repository, in the text of the paper, in a
released package, or in quotations by others.

{contents}
"""
_HEADER = """\
| learning rate | recipe | optimizer | peak | warm-up | decay | length | source |
|---|---|---|---|---|---|---|---|"""
_GITHUB = re.compile(r"github\.com/(?P<name>[\w.-]+/[\w.-]+)(?:.*? @ (?P<commit>[0-9a-f]+)$)?")
_ARXIV = re.compile(r"arXiv:(?P<id>\d{4}\.\d{5})")
_WHEEL = re.compile(r"(?P<name>\w+) (?P<version>[\d.]+) wheel")


def page() -> str:
    """The text of the page."""
    by_field = {field: list(each) for field, each in groupby(recipes(), lambda one: one.field)}
    contents = " · ".join(
        f"[{_title(field)}](#{field.replace(' ', '-').lower()})" for field in by_field
    )
    parts = [_TOP.format(count=sum(map(len, by_field.values())), contents=contents)]
    for field, members in by_field.items():
        rows_of_field = (row for recipe in members for row in _rows(recipe))
        parts += [f"## {_title(field)}\n", _HEADER, *rows_of_field, ""]
    return "\n".join(parts)


def pictures() -> Iterator[tuple[str, SchedulePlan, Recipe]]:
    """The file of each picture in the folder ``recipes``, with the schedule that it shows."""
    for recipe in recipes():
        yield from _pictures(recipe)


def picture(plan: SchedulePlan, recipe: Recipe) -> str:
    """The picture of a schedule."""
    assumed = assumed_steps(recipe, [plan])[plan.name]
    return thumbnail(with_frozen_steps(plan, simulate(plan)), assumed.stretches)


def _pictures(recipe: Recipe) -> Iterator[tuple[str, SchedulePlan, Recipe]]:
    plans = load_file(f"{PREFIX}{recipe.name}").plans.values()
    for plan in plans:
        stem = recipe.name if len(plans) == 1 else f"{recipe.name}-{plan.name}"
        yield f"{stem}.svg", plan, recipe


def _rows(recipe: Recipe) -> Iterator[str]:
    for file, plan, _ in _pictures(recipe):
        yield f"| {' | '.join(_cells(file, plan, recipe))} |"


def _cells(file: str, plan: SchedulePlan, recipe: Recipe) -> Iterator[str]:
    row = rows().get(recipe.name) or rows()[f"{recipe.name}:{plan.name}"]
    has_epochs = not any(path.endswith("_per_epoch") for path in recipe.example)
    words = Published(plan, row, has_epochs=has_epochs)
    unchecked = "" if recipe.checked else "<br>*unchecked*"
    alt = f"Learning rate of {plan.title}"
    yield f'<img src="recipes/{file}" width="{WIDTH}" height="{HEIGHT}" alt="{alt}">'
    yield f"**{plan.title}**, {recipe.year}<br>`{PREFIX}{recipe.name}`{unchecked}"
    yield from (_optimizer(plan, recipe), words.peak, words.warmup, words.decay, words.length)
    yield "<br>".join(dict.fromkeys(map(_link, recipe.sources)))


def _optimizer(plan: SchedulePlan, recipe: Recipe) -> str:
    assumed = " (assumed)" if "optimizer.type" in recipe.assumed else ""
    return f"{plan.optimizer.type}{assumed}"


def _link(source: Source) -> str:
    """The source as a link, with its grade."""
    if match := _GITHUB.match(source.text):
        commit = f"/tree/{match['commit']}" if match["commit"] else ""
        return f"{source.grade}: [{match['name']}](https://github.com/{match['name']}{commit})"
    if match := _ARXIV.search(source.text):
        name = source.text.partition(" (arXiv")[0] if source.grade == "paper" else match[0]
        return f"{source.grade}: [{name}](https://arxiv.org/abs/{match['id']})"
    if match := _WHEEL.match(source.text):
        name, version = match.groups()
        return f"{source.grade}: [{name} {version}](https://pypi.org/project/{name}/{version}/)"
    return f"{source.grade}: {re.split(r' [(:]|: ', source.text)[0]}"


def _title(field: str) -> str:
    return field[:1].upper() + field[1:]
