"""The check of computed curves against the real scheduler, one real ``step()`` at a time."""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.fast_forward import FastForward
from lrplan.simulate.closed_form.field_formula import Ticks
from lrplan.simulate.closed_form.get_lr import get_lr_formulas, probe
from lrplan.simulate.closed_form.scheduler_curves import SchedulerCurves
from lrplan.torch_objects.schedulers import read_field, write_field
from lrplan.trace import TorchWarning

TOLERANCE = 1e-9
"""The largest deviation accepted, as a share of the largest absolute value of a curve."""

AT_THE_START = 8
"""Calls that are made one after the other, as a run makes them."""

AT_RANDOM = 64
"""Calls drawn at random, the same ones every time."""

_MOST_PER_KIND = 256
"""The most breakpoints of one kind, such as the restarts of a run, that are checked."""


@dataclass(slots=True)
class Verification:
    """The result of comparing the curves of one scheduler with real calls of its ``step()``."""

    calls: int
    """Number of real calls that were compared."""
    deviation: float
    """The largest, as a share of the largest absolute value of its curve."""
    warned: list[tuple[int, TorchWarning]] = field(default_factory=list)
    """The warnings that torch gave, each with the number of the call (from 1) that gave it."""


def verify(curves: SchedulerCurves, largest: FloatArray, *, get_lr: bool) -> Verification:
    """Compare the curves of ``curves`` with real calls of its scheduler's ``step()``.

    A run of a million calls is not stepped for that. The first ``AT_THE_START`` calls are made one
    after the other. For each of the others, say call 5000, the scheduler is put into the state
    that 4999 calls leave (``FastForward``), the groups are given the curve's values after 4999
    calls, one real ``step()`` is made, and the groups then have to hold the curve's values after
    5000 calls. So an error at one call is seen at that call, wherever errors are likely: at every
    breakpoint of a formula, beside it, at the last call, and at some that are drawn at random.

    Args:
        curves: its driver has just been built; it is changed, and so are its groups.
        largest: the largest absolute value of each of its curves.
        get_lr: also compare ``get_lr()``.

    Raises:
        NoClosedFormError: they differ by more than the tolerance, the scheduler raises, or it warns
            at a call that is neither among the first ones nor at a breakpoint.
    """
    calls, breakpoints = _calls_to_make(curves)
    before = np.array([curve.at(np.maximum(calls - 1, 0)) for curve in curves.by_field.values()])
    expected = np.array([curve.at(calls) for curve in curves.by_field.values()])
    actual = np.empty_like(expected)
    fields, forward = _DrivenFields(curves), FastForward(curves.driver.scheduler)
    result = Verification(len(calls), 0.0)
    get_lr_check = _GetLrCheck(curves, fields) if get_lr else None
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        for column, call in enumerate(calls.tolist()):
            if call > AT_THE_START:
                forward.seek(call - 1)
                if curves.underneath:
                    curves.driver.scheduler.running = curves.underneath_at(call - 1)
            if call > AT_THE_START or call == 1:
                fields.write(before[:, column])
            _step(curves, call)
            actual[:, column] = fields.read()
            if given and call > AT_THE_START and call not in breakpoints:
                text = f"torch warns at call {call}, as it may at others: {given[0].message}"
                raise NoClosedFormError(text)
            result.warned += (
                (call, TorchWarning(each.category.__name__, str(each.message))) for each in given
            )
            given.clear()
            if get_lr_check is not None:
                get_lr_check.probe(call)
    result.deviation = _deviation(curves, calls, np.abs(actual - expected), largest)
    if get_lr_check is not None:
        get_lr_check.compare()
    return result


class _DrivenFields:
    """The fields of live groups that a scheduler drives, in the order of its curves."""

    def __init__(self, curves: SchedulerCurves) -> None:
        groups = dict(zip(curves.driver.groups, curves.driver.optimizer.param_groups, strict=True))
        self._fields = [(groups[index], name) for name, index in curves.by_field]

    def read(self) -> list[float]:
        """Return the current values."""
        return [float(read_field(group, name)) for group, name in self._fields]

    def write(self, values: FloatArray) -> None:
        """Write a value into each field."""
        for (group, name), value in zip(self._fields, values.tolist(), strict=True):
            write_field(group, name, value)


class _GetLrCheck:
    """Values of the real ``get_lr()`` after some calls, to be compared with its formula."""

    def __init__(self, curves: SchedulerCurves, fields: _DrivenFields) -> None:
        self._curves = curves
        self._formulas = get_lr_formulas(curves)
        self._calls: list[int] = []
        self._values: list[list[float]] = []
        self._lrs: list[list[float]] = []
        fields.write(np.array([curve.first for curve in curves.by_field.values()]))
        self.probe(0)

    def probe(self, call: int) -> None:
        """Call ``get_lr()`` after ``call`` calls of ``step()``."""
        kind = self._curves.driver.plan.type
        try:
            self._values.append(probe(self._curves))
        except Exception as error:
            raise NoClosedFormError(f"{kind}.get_lr() raises {type(error).__name__}") from error
        self._calls.append(call)
        groups = self._curves.driver.optimizer.param_groups
        self._lrs.append([float(group["lr"]) for group in groups])

    def compare(self) -> None:
        """Compare all values with the formula.

        Raises:
            NoClosedFormError: they differ by more than the tolerance.
        """
        lrs, calls = np.array(self._lrs), np.array(self._calls, dtype=np.float64)
        for position, formula in enumerate(self._formulas):
            if formula is None:
                continue
            values = np.array([each[position] for each in self._values])
            with np.errstate(all="ignore"):
                off = np.abs(values - formula.get_lr_values(calls, lrs[:, position]))
            if not (off <= TOLERANCE * max(np.abs(values).max(), np.abs(lrs).max())).all():
                raise NoClosedFormError(
                    f"{self._curves.driver.plan.type}.get_lr() is off its formula"
                )


def _calls_to_make(curves: SchedulerCurves) -> tuple[IntArray, set[int]]:
    """Return the calls to compare, sorted, and those of them at breakpoints."""
    last = curves.calls
    # Example: StepLR(30) in 90 calls has the breakpoints 30, 60 and 90. Compared are calls 1 to 8;
    # 29, 30, 31, 59, 60, 61, 89 and 90; and up to 64 drawn from a generator seeded by the length,
    # so that two runs of a command compare the same ones.
    draw = random.Random(last)  # noqa: S311  # nothing secret
    calls = {*range(1, min(AT_THE_START, last) + 1), last}
    breakpoints = {call for ticks in curves.breakpoints for call in _sample(ticks, draw)}
    calls.update(call + near for call in breakpoints for near in (-1, 0, 1))
    calls.update(draw.randint(1, last) for _ in range(AT_RANDOM) if last)
    within = sorted(call for call in calls if 1 <= call <= last)
    return np.array(within, dtype=np.int64), breakpoints


def _sample(ticks: Ticks, draw: random.Random) -> Sequence[int]:
    if len(ticks) <= _MOST_PER_KIND:
        return ticks
    # Of 1,000 restarts 256 are compared: the first 64, the last 64, and 128 of those between.
    ends = _MOST_PER_KIND // 4
    return [*ticks[:ends], *draw.sample(ticks[ends:-ends], _MOST_PER_KIND // 2), *ticks[-ends:]]


def _step(curves: SchedulerCurves, call: int) -> None:
    try:
        curves.driver.scheduler.step()
    except Exception as error:  # a scheduler may raise anything
        reason = f"{curves.driver.plan.type} raises at call {call}"
        raise NoClosedFormError(f"{reason}: {error or type(error).__name__}") from error


def _deviation(
    curves: SchedulerCurves, calls: IntArray, off: FloatArray, largest: FloatArray
) -> float:
    if not off.size:
        return 0.0
    share = off / np.where(largest > 0, largest, 1.0)[:, np.newaxis]
    worst = float(np.max(share))
    # Written as a negation, so that NaN is refused too: `NaN > TOLERANCE` would be false.
    if not worst <= TOLERANCE:
        row, column = np.unravel_index(np.argmax(np.nan_to_num(share, nan=np.inf)), share.shape)
        name, _ = list(curves.by_field)[row]
        value = f"the {name} of {curves.driver.plan.type} at call {calls[column]}"
        raise NoClosedFormError(
            f"{value} differs from the formula by {share[row, column]:.1e} of its peak"
        )
    return worst
