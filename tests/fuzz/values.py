"""A legal value for any argument of the catalogue, by its kind and its limits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.fuzz.expressions import expressions

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.catalog import Argument

    Strategy = st.SearchStrategy[Any]

USUAL = (0.0, 1e-8, 1e-4, 1e-3, 0.01, 0.1, 0.25, 0.3, 0.5, 0.85, 0.9, 0.95, 0.999, 1.0, 1.1, 2.0)
RARE = (-1.0, -0.1, 3, 10, 25.0, 1e4, 1e-30, 1e30)
LONGEST = 70
"""Ticks: somewhat more than the longest run drawn."""


@dataclass(frozen=True)
class Around:
    """The facts that an argument's value may depend on."""

    units: tuple[str, ...]
    """The units that the run knows."""
    groups: tuple[str, ...]
    """The groups that the scheduler drives."""
    fields: tuple[str, ...] = ("lr",)
    """The fields of a group that a schedule may drive."""


def value(argument: Argument, around: Around) -> Strategy:
    """Values that ``argument`` takes, one per group now and then."""
    one = _KINDS[argument.kind](argument, around)
    if argument.per_group and around.groups:
        count = len(around.groups)
        one |= st.lists(one, min_size=count, max_size=count)
        one |= st.fixed_dictionaries(dict.fromkeys(around.groups, one))
    return st.none() | one if argument.optional else one


def within(argument: Argument, number: float) -> bool:
    """Return True if ``number`` is within the limits of ``argument``."""
    return (
        (argument.minimum is None or number >= argument.minimum)
        and (argument.maximum is None or number <= argument.maximum)
        and (argument.above is None or number > argument.above)
        and (argument.below is None or number < argument.below)
    )


def _number(argument: Argument, around: Around) -> Strategy:
    usual = [each for each in USUAL if within(argument, each)]
    rare = [each for each in RARE if within(argument, each)]
    drawn = st.sampled_from(usual or rare or [_inside(argument)])
    return st.one_of(drawn, drawn, drawn, st.sampled_from(rare)) if rare and usual else drawn


def _inside(argument: Argument) -> float:
    bounds = (argument.minimum, argument.above, argument.maximum, argument.below)
    low, _, high, _ = (each if each is not None else math.nan for each in bounds)
    return high if math.isnan(low) else low


def _integer(argument: Argument, around: Around) -> Strategy:
    # Growth by a factor: after a few cycles of 6 or more no run would see another.
    return st.integers(-1, 6).filter(lambda number: within(argument, number))


def _duration(argument: Argument, around: Around) -> Strategy:
    ticks = st.integers(0, LONGEST).filter(lambda number: within(argument, number))
    # Of any of these less than a tick may be left, which is refused where none is allowed.
    return ticks | ticks | with_unit(around.units)


def with_unit(units: tuple[str, ...]) -> Strategy:
    """Durations as text."""
    return st.sampled_from(units).flatmap(_amounts)


def _amounts(unit: str) -> Strategy:
    if unit == "%":
        return st.sampled_from(["10%", "33.3%", "100%", "5 %", "0%", "120%"])
    numbers = ("1", "2", "3", "0.5", "1_0", "2.4") if unit in ("ep", "st") else ("8", "64", "1e2")
    return st.sampled_from([f"{number}{unit}" for number in numbers])


def _durations(argument: Argument, around: Around) -> Strategy:
    # In order, as most constructors want them.
    ticks = st.lists(st.integers(0, LONGEST), min_size=1, max_size=4, unique=True).map(sorted)
    return ticks | st.lists(with_unit(around.units), min_size=1, max_size=1)


def _points(argument: Argument, around: Around) -> Strategy:
    rate = st.sampled_from(USUAL)
    ticks = st.lists(st.integers(0, LONGEST), min_size=2, max_size=4, unique=True).map(sorted)
    return ticks.flatmap(lambda each: st.tuples(*(st.tuples(st.just(t), rate) for t in each)))


def _numbers(argument: Argument, around: Around) -> Strategy:
    least, most = (1, 3) if argument.length is None else (argument.length, argument.length)
    return st.lists(_number(argument, around), min_size=least, max_size=most)


def _string(argument: Argument, around: Around) -> Strategy:
    if argument.name == "step_rules":
        return st.sampled_from(["1:10,0.1:20,0.01", "0.5:3,2"])
    return st.sampled_from(around.fields)


_KINDS: dict[str, Callable[[Argument, Around], Strategy]] = {
    "number": _number,
    "integer": _integer,
    "boolean": lambda *_: st.booleans(),
    "string": _string,
    "choice": lambda argument, _: st.sampled_from(argument.choices),
    "numbers": _numbers,
    "expression": lambda *_: expressions,
    "duration": _duration,
    "durations": _durations,
    "points": _points,
}
