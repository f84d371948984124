"""Curves held against the real scheduler, one real ``step()`` at a time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.fast_forward import FastForward
from lrplan.simulate.closed_form.get_lr import answering, probe
from lrplan.simulate.sampling.warning_log import collect_warnings
from lrplan.torch_objects.schedulers import read_field, write_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.simulate.closed_form.field_formula import Ticks
    from lrplan.simulate.closed_form.scheduler_curves import SchedulerCurves
    from lrplan.trace import FloatArray, IntArray, Warned

TOLERANCE = 1e-9
"""The largest deviation accepted, as a share of the largest absolute value of a curve."""

AT_THE_START = 8
"""Calls that are made one after the other, as a run makes them."""

AT_RANDOM = 64
"""Calls drawn at random, the same ones every time."""

_OF_A_KIND = 256
"""Breaks of one kind, such as the restarts of a run, that are all looked at; of more, so many."""


@dataclass(slots=True)
class Verification:
    """What came of it."""

    calls: int
    """How many real calls were compared."""
    deviation: float
    """The largest, as a share of the largest absolute value of its curve."""
    warned: list[tuple[int, Warned]] = field(default_factory=list)
    """The warnings that torch gave, each with the number of the call (from 1) that gave it."""


def verify(track: SchedulerCurves, largest: FloatArray, *, get_lr: bool) -> Verification:
    """Compare the curves of ``track`` with what its driver does.

    Args:
        track: its driver has just been built; it is changed, and so are its groups.
        largest: the largest absolute value of each of its curves.
        get_lr: also compare what ``get_lr()`` says.

    Raises:
        Declined: they differ by more than the tolerance, or the driver raises, or it warns now and
            then.
    """
    calls, breaks = _chosen(track)
    before = np.array([curve.at(np.maximum(calls - 1, 0)) for curve in track.curves.values()])
    expected = np.array([curve.at(calls) for curve in track.curves.values()])
    found = np.empty_like(expected)
    placed, checked = FastForward(track.driver.scheduler), Verification(len(calls), 0.0)
    said = _Said(track) if get_lr else None
    for column, call in enumerate(calls.tolist()):
        if call > AT_THE_START:
            placed.after(call - 1)
        if call > AT_THE_START or call == 1:
            _write(track, before[:, column])
        warned = _step(track, call)
        if warned and call > AT_THE_START and call not in breaks:
            raise NoClosedFormError(
                f"torch warns at call {call}, as it may at others: {warned[0].message}"
            )
        checked.warned += ((call, each) for each in warned)
        found[:, column] = _read(track)
        if said is not None:
            said.ask(call)
    checked.deviation = _deviation(track, calls, np.abs(found - expected), largest)
    if said is not None:
        said.check()
    return checked


class _Said:
    """What the real ``get_lr()`` says at some calls, to be compared with the formula for it."""

    def __init__(self, track: SchedulerCurves) -> None:
        self._track = track
        self._forms = answering(track)
        self._calls: list[int] = []
        self._answers: list[list[float]] = []
        self._rates: list[list[float]] = []
        _write(track, np.array([curve.first for curve in track.curves.values()]))
        self.ask(0)

    def ask(self, call: int) -> None:
        """Ask, now that so many calls are made."""
        kind = self._track.driver.plan.type
        try:
            self._answers.append(probe(self._track))
        except Exception as error:
            raise NoClosedFormError(f"{kind}.get_lr() raises {type(error).__name__}") from error
        self._calls.append(call)
        groups = self._track.driver.optimizer.param_groups
        self._rates.append([float(group["lr"]) for group in groups])

    def check(self) -> None:
        """Compare.

        Raises:
            Declined: the formula says something else.
        """
        rates, calls = np.array(self._rates), np.array(self._calls, dtype=np.float64)
        for position, form in enumerate(self._forms):
            if form is None:
                continue
            answers = np.array([each[position] for each in self._answers])
            with np.errstate(all="ignore"):
                off = np.abs(answers - form.shown(calls, rates[:, position]))
            if not (off <= TOLERANCE * max(np.abs(answers).max(), np.abs(rates).max())).all():
                raise NoClosedFormError(
                    f"{self._track.driver.plan.type}.get_lr() is off its formula"
                )


def _chosen(track: SchedulerCurves) -> tuple[IntArray, set[int]]:
    """The calls to make, sorted, and those at breaks."""
    last = track.calls
    draw = random.Random(last)  # noqa: S311  # nothing secret
    calls = {*range(1, min(AT_THE_START, last) + 1), last}
    breaks = {call for ticks in track.breaks for call in _some(ticks, draw)}
    calls.update(call + near for call in breaks for near in (-1, 0, 1))
    calls.update(draw.randint(1, last) for _ in range(AT_RANDOM) if last)
    return np.array(sorted(call for call in calls if 1 <= call <= last), dtype=np.int64), breaks


def _some(ticks: Ticks, draw: random.Random) -> Sequence[int]:
    if len(ticks) <= _OF_A_KIND:
        return ticks
    ends = _OF_A_KIND // 4
    return [*ticks[:ends], *draw.sample(ticks[ends:-ends], _OF_A_KIND // 2), *ticks[-ends:]]


def _step(track: SchedulerCurves, call: int) -> tuple[Warned, ...]:
    with collect_warnings() as log:
        try:
            track.driver.scheduler.step()
        except Exception as error:  # a scheduler may raise anything
            kind = track.driver.plan.type
            raise NoClosedFormError(
                f"{kind} raises at call {call}: {error or type(error).__name__}"
            ) from error
    return log.warnings


def _write(track: SchedulerCurves, values: FloatArray) -> None:
    groups = dict(zip(track.driver.groups, track.driver.optimizer.param_groups, strict=True))
    for (name, index), value in zip(track.curves, values.tolist(), strict=True):
        write_field(groups[index], name, value)


def _read(track: SchedulerCurves) -> list[float]:
    groups = dict(zip(track.driver.groups, track.driver.optimizer.param_groups, strict=True))
    return [float(read_field(groups[index], name)) for name, index in track.curves]


def _deviation(
    track: SchedulerCurves, calls: IntArray, off: FloatArray, largest: FloatArray
) -> float:
    if not off.size:
        return 0.0
    share = off / np.where(largest > 0, largest, 1.0)[:, np.newaxis]
    worst = float(np.max(share))
    if not worst <= TOLERANCE:
        row, column = np.unravel_index(np.argmax(np.nan_to_num(share, nan=np.inf)), share.shape)
        name, _ = list(track.curves)[row]
        kind = track.driver.plan.type
        place = f"the {name} of {kind} at call {calls[column]}"
        raise NoClosedFormError(
            f"{place} is off the formula by {share[row, column]:.1e} of its peak"
        )
    return worst
