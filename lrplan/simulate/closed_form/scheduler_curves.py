"""What one outermost scheduler, built for real, does to the fields of its groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrplan.simulate.closed_form.active_intervals import active_intervals
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.field_formula import Multiplicative
from lrplan.simulate.closed_form.piecewise_curve import Curve, Piece
from lrplan.simulate.closed_form.registry import formulas_of
from lrplan.simulate.closed_form.tick_functions import Product
from lrplan.torch_objects.schedulers import read_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lrplan.simulate.closed_form.active_intervals import ActiveInterval
    from lrplan.simulate.closed_form.field_formula import FieldFormula, Ticks
    from lrplan.torch_objects.builder import LiveScheduler

    Acting = list[tuple[ActiveInterval, list[Mapping[str, FieldFormula]]]]


@dataclass(frozen=True, slots=True)
class SchedulerCurves:
    """The curves of one driver."""

    driver: LiveScheduler
    calls: int
    """How often its ``step()`` is called in the run."""
    curves: Mapping[tuple[str, int], Curve]
    """By field and index of the group among the optimizer's."""
    breaks: tuple[Ticks, ...]
    """The calls after which a formula changes, bends or jumps."""


def scheduler_curves(driver: LiveScheduler, calls: int) -> SchedulerCurves:
    """The curves of ``driver``, just built, over so many calls of its ``step()``.

    Raises:
        Declined: there are none.
    """
    taken = active_intervals(driver.scheduler, calls)
    curves: dict[tuple[str, int], Curve] = {}
    breaks: dict[Ticks, None] = {tuple(turn.begin for turn in taken if turn.begin): None}
    for position, index in enumerate(driver.groups):
        acting = [(turn, _forms(turn, position)) for turn in taken]
        breaks.update(dict.fromkeys(_breaks(acting)))
        group = driver.optimizer.param_groups[position]
        for field in dict.fromkeys(name for _, of in acting for each in of for name in each):
            first = float(read_field(group, field))
            curves[field, index] = _curve(acting, field, position, first, calls)
    return SchedulerCurves(driver, calls, curves, tuple(breaks))


def _forms(turn: ActiveInterval, position: int) -> list[Mapping[str, FieldFormula]]:
    """What each scheduler of a turn does to a group, by field."""
    ticks = turn.end - turn.begin
    return [formulas_of(each, position, ticks, turn.how) for each in turn.schedulers]


def _breaks(acting: Acting) -> Iterator[Ticks]:
    for turn, of_turn in acting:
        for form in (form for each in of_turn for form in each.values()):
            for ticks in form.breaks(turn.end - turn.begin):
                yield _moved(ticks, turn.begin, turn.end)


def _moved(ticks: Ticks, by: int, end: int) -> Ticks:
    if isinstance(ticks, range):
        return range(ticks.start + by, min(ticks.stop + by, end + 1), ticks.step)
    return tuple(tick + by for tick in ticks if tick + by <= end)


def _curve(acting: Acting, field: str, position: int, first: float, calls: int) -> Curve:
    pieces: list[Piece] = []
    for turn, of_turn in acting:
        found = [each[field] for each in of_turn if field in each]
        now = first
        if turn.begin:
            if turn.begin > 1:
                now = float(pieces[-1].at(np.array([turn.begin - 1]))[0])
            if field == "lr" and turn.preset is not None:
                now = turn.preset[position]
            for form in found:
                now = form.entered(now) if turn.how == "entered" else form.initial(now)
        pieces += (each.later(turn.begin) for each in _composed(found, now, turn.end - turn.begin))
    kinds = [
        form.kind for _, of in acting for each in of if field in each for form in [each[field]]
    ]
    alone = len(acting) == 1
    return Curve(
        first,
        tuple(pieces),
        calls,
        multiplies=alone and set(kinds) == {"multiplies"},
        overwrites=alone and kinds[-1] == "sets",
    )


def _composed(found: Sequence[FieldFormula], now: float, last: int) -> list[Piece]:
    """Schedulers that tick together, each on what those before it left."""
    if not found:
        return [Piece(0, now)]
    if len(found) == 1 or found[-1].kind == "sets":
        return found[-1].pieces(now, last)
    shapes = tuple(form.shape for form in found if isinstance(form, Multiplicative))
    if len(shapes) < len(found):
        raise NoClosedFormError("schedulers that act on one rate together multiply to no formula")
    return [Piece(0, 0.0, now, Product(shapes))]
