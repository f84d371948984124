"""Whole specs that should be right: any optimizer, any scheduler, any loop, by the catalogue."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from tests.fuzz.expressions import expressions
from tests.fuzz.training import trainings, units_of
from tests.fuzz.values import USUAL, Around, value

if TYPE_CHECKING:
    from lrplan.catalog import Argument, OptimizerRow, SchedulerRow

NAMES = ("backbone", "head", "it's", "no", "1", "Größe", "a,b")
CONTAINERS = ("SequentialLR", "ChainedScheduler")

rates = st.sampled_from([1e-3, 0.1, 0.01, 1.0, 3e-4, 5, 0.0])
metric_values = st.sampled_from([1.0, 0.9, 0.5, 0.5, 0.7, -1.0, 0.0, 1e9])


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def _usable(row: SchedulerRow | OptimizerRow) -> bool:
    extra = getattr(row, "extra", "")
    if extra and find_spec(extra) is None:
        return False
    return _release(row.since or "0") <= _release(version("torch"))


@cache
def _schedulers() -> tuple[SchedulerRow, ...]:
    return tuple(row for row in SCHEDULERS.values() if _usable(row))


@cache
def _optimizers() -> tuple[OptimizerRow, ...]:
    return tuple(row for row in OPTIMIZERS.values() if _usable(row) and not row.package)


@st.composite
def optimizers(draw: st.DrawFn) -> tuple[dict[str, Any], Around]:
    """An ``optimizer`` mapping, and what its schedulers have to know of it."""
    # The first two have every field that a schedule may drive.
    row = draw(st.sampled_from([OPTIMIZERS["SGD"], OPTIMIZERS["AdamW"], *_optimizers()]))
    around = Around(("st",), ())
    given = draw(_some(row, around, st.integers(0, 2)))
    given |= {"lr": draw(rates)} if row.argument("lr") else {}
    names: tuple[str, ...] = ("all",)
    if not row.single_group and draw(st.booleans()):
        names = tuple(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)))
        groups = {
            name: {"lr": draw(rates)} | draw(_some(row, around, st.integers(0, 1)))
            for name in names
        }
        listed = [{"name": name, **group} for name, group in groups.items()]
        given["groups"] = draw(st.sampled_from([groups, listed]))
    if draw(st.integers(0, 9)) == 9:
        given["lr_tensor"] = draw(st.sampled_from([True, False, "float64", "bfloat16"]))
    return {"type": row.name, **given}, Around((), names, _fields(row))


def _fields(row: OptimizerRow) -> tuple[str, ...]:
    results = [name for name in ("lr", "momentum", "weight_decay", "eps") if row.argument(name)]
    return (*results, *(("betas[0]", "betas[1]") if row.argument("betas") else ()))


@st.composite
def _some(
    draw: st.DrawFn, row: OptimizerRow | SchedulerRow, around: Around, count: st.SearchStrategy[int]
) -> dict[str, Any]:
    """Values for some of the arguments that need none, besides those that do."""
    plain = [each for each in row.arguments if each.kind not in ("scheduler", "schedulers")]
    needed = [each for each in plain if each.required and each.name != "lr"]
    free = [each for each in plain if not each.required and each.name != "lr"]
    chosen = (
        draw(st.lists(st.sampled_from(free), max_size=draw(count), unique=True)) if free else []
    )
    return {each.name: draw(value(each, around)) for each in (*needed, *chosen)}


@st.composite
def _leaves(draw: st.DrawFn, around: Around, *, metric: bool) -> dict[str, Any]:
    rows = [row for row in _schedulers() if not _nests(row) and (metric or not row.metric)]
    row = draw(st.sampled_from(rows))
    given = draw(_some(row, around, st.integers(0, 4)))
    for name in draw(st.sampled_from(row.one_of)) if row.one_of else ():
        argument = row.argument(name)
        assert argument is not None
        given[name] = draw(value(argument, around).filter(lambda each: each is not None))
    return {"type": row.name, **given}


def _nests(row: SchedulerRow) -> list[Argument]:
    return [each for each in row.arguments if each.kind in ("scheduler", "schedulers")]


@st.composite
def _nested(
    draw: st.DrawFn, inner: st.SearchStrategy[dict[str, Any]], around: Around
) -> dict[str, Any]:
    rows = [row for row in _schedulers() if _nests(row)]
    row = draw(st.sampled_from([*(SCHEDULERS[name] for name in CONTAINERS), *rows]))
    given = draw(_some(row, around, st.integers(0, 1)))
    for argument in _nests(row):
        if argument.kind == "scheduler":
            given[argument.name] = draw(st.none() | inner if argument.optional else inner)
            continue
        inside = draw(st.lists(inner, min_size=1, max_size=3))
        given[argument.name] = inside
        if "milestones" in given:
            ticks = st.lists(st.integers(0, 30), min_size=len(inside) - 1, max_size=len(inside) - 1)
            given["milestones"] = sorted(draw(ticks))
    return {"type": row.name, **given}


@st.composite
def schedulers(draw: st.DrawFn, around: Around, *, outermost: bool = True) -> dict[str, Any]:
    """A scheduler, sometimes with others inside it."""
    driven = around.groups
    keys: dict[str, Any] = {}
    if draw(st.booleans()):
        keys["interval"] = draw(st.sampled_from(["step", "epoch", "batch"]))
    if draw(st.integers(0, 3)) == 3:
        keys["frequency"] = draw(st.integers(1, 4))
    if draw(st.integers(0, 3)) == 3:
        some = draw(st.lists(st.sampled_from(driven), min_size=1, unique=True))
        keys["groups"] = some
        driven = tuple(name for name in driven if name in some)
    inside = Around(around.units, driven, around.fields)
    leaves = _leaves(inside, metric=False)
    chosen = draw(
        st.one_of(
            _leaves(inside, metric=True),
            leaves,
            st.recursive(leaves, lambda inner: _nested(inner, inside), max_leaves=4),
        )
    )
    return chosen | keys


def metrics() -> st.SearchStrategy[dict[str, Any]]:
    """A ``metrics`` mapping that lasts for any run."""
    listed = st.lists(metric_values, min_size=1, max_size=8)
    held = listed.map(lambda values: {"values": values, "then": "hold"})
    computed = expressions.map(lambda text: {"expr": text})
    return (held | computed).map(lambda metric: {"val_loss": metric})


@st.composite
def schedules(draw: st.DrawFn) -> dict[str, Any]:
    """A schedule with its own ``training``."""
    training = draw(trainings())
    optimizer, drawn = draw(optimizers())
    around = Around(units_of(training), drawn.groups, drawn.fields)
    one = schedulers(around)
    schedule: dict[str, Any] = {"training": training, "optimizer": optimizer}
    several = draw(st.integers(0, 5))
    if several == 5:
        schedule["scheduler"] = draw(st.lists(one, min_size=1, max_size=3))
    elif several:
        schedule["scheduler"] = draw(one)
    if "metric" in _wants(schedule.get("scheduler")):
        schedule["metrics"] = draw(metrics())
    if draw(st.integers(0, 4)) == 4:
        schedule |= {"title": draw(st.sampled_from(["A title", "<b>", "$x_1$", "\N{SNOWMAN}"]))}
    return schedule


def _wants(tree: object) -> set[str]:
    """Return True if a scheduler anywhere in ``tree`` reads a metric."""
    if isinstance(tree, dict):
        row = SCHEDULERS.get(tree.get("type", ""))
        own = {"metric"} if row is not None and row.reads_metric else set()
        return own.union(*map(_wants, tree.values()))
    return set().union(*map(_wants, tree)) if isinstance(tree, list) else set()


@st.composite
def specs(draw: st.DrawFn, most: int = 2) -> dict[str, Any]:
    """A whole spec, as the mapping that its YAML stands for."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=most, unique=True))
    found: dict[str, Any] = {"schedules": {name: draw(schedules()) for name in names}}
    if draw(st.booleans()):
        found = {"training": {"epochs": 3, "steps_per_epoch": 4}, **found}
        # What comes from both has to go together; a schedule without any takes the defaults.
        for schedule in found["schedules"].values():
            if draw(st.booleans()):
                del schedule["training"]
            else:
                del found["training"]
                break
    return found


__all__ = ["NAMES", "USUAL", "metrics", "optimizers", "schedulers", "schedules", "specs"]
