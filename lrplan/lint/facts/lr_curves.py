"""The applied curves of the lr and of other scheduled fields, as rules about curves see them.

Groups with the same curve are one ``Curve``: two hundred groups with one lr are checked once.
Everything is whole-array arithmetic, a few passes over each curve that differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lrplan.arrays import FloatArray, IndexArray
from lrplan.features import NOISE, extent
from lrplan.lint import Context, Edit, Hit, SchedulerPlan, Severity, Span, child_path
from lrplan.lint.facts.combinations import fields
from lrplan.lint.facts.expressions import factors

_LARGEST = sys.float_info.max
_TINY_LR, _SMALL_LR, _LARGEST_OF_TEST = 1e-4, 1e-2, 100.0
_TINY_GROWTH, _SMALL_GROWTH = 100.0, 1000.0


@dataclass(frozen=True, slots=True)
class AppliedCurve:
    """The applied values of one field of one or more groups that are driven alike.

    Args:
        groups: their names, in the optimizer's order.
        source: the values by group; they may be computed again each time they are read.
        drivers: the outermost schedulers that set it; empty for a constant, or for code of the
            user's that made the schedulers.
        path: the path of a finding about it.
        field: what the values are of: ``lr``, ``momentum``, ``weight_decay`` or another field.
    """

    groups: tuple[str, ...]
    source: Mapping[str, FloatArray]
    drivers: tuple[SchedulerPlan, ...]
    path: str
    field: str = "lr"

    @property
    def noun(self) -> str:
        """``the lr``, ``the momentum``: the field, as a sentence begins with it."""
        return f"the {self.field.replace('_', ' ')}"

    @property
    def values(self) -> FloatArray:
        """The value at each step."""
        return self.source[self.groups[0]]

    @property
    def peak(self) -> float:
        """The largest magnitude of the lr."""
        values = self.values
        return max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))


@dataclass(frozen=True, slots=True)
class CurveFinding:
    """A fault of a curve: the end of a sentence that begins with the curve's name."""

    curve: AppliedCurve
    text: str
    fix: str = ""
    step: int | None = None
    severity: Severity | None = None
    edits: tuple[Edit, ...] = ()


def curves(context: Context, *, finite: bool = True, field: str = "lr") -> list[AppliedCurve]:
    """The distinct curves of one field, told apart once for all rules.

    Args:
        context: with the trace.
        finite: leave out what is NaN or infinite somewhere: that is another rule's.
        field: the field of the parameter groups.
    """
    curves_of_trace = context.memo.get((AppliedCurve, field))
    if not isinstance(curves_of_trace, _Curves):
        curves_of_trace = context.memo[AppliedCurve, field] = _distinct(context, field)
    return curves_of_trace.finite if finite else curves_of_trace.all


def scheduled_curves(context: Context) -> Iterator[AppliedCurve]:
    """The finite curves of the lr, and those of every other field that a scheduler sets."""
    yield from curves(context)
    for field in context.trace.columns:
        if field != "lr" and any(field in fields(context, top) for top in context.plan.schedulers):
            yield from (curve for curve in curves(context, field=field) if curve.drivers)


class _Curves(NamedTuple):
    all: list[AppliedCurve]
    finite: list[AppliedCurve]


def _distinct(context: Context, field: str) -> _Curves:
    columns = context.trace.columns.get(field, {})
    curves: list[AppliedCurve] = []
    for same in context.trace.distinct(field) if columns and context.trace.steps else ():
        # Equal curves of different schedulers are two: a finding names its scheduler.
        by_drivers: dict[tuple[int, ...], list[str]] = {}
        for group in same:
            by_drivers.setdefault(tuple(map(id, drivers_of(context, group, field))), []).append(
                group
            )
        for groups in by_drivers.values():
            drivers = drivers_of(context, groups[0], field)
            path = _path(context, drivers, groups[0], field)
            curves.append(AppliedCurve(tuple(groups), columns, drivers, path, field))
    return _Curves(curves, [curve for curve in curves if extent(curve.values).all_finite])


def is_range_test(curve: AppliedCurve, stated: float) -> bool:
    """Return True if it may be a range test: the lr ends at its top, from tiny to large.

    Args:
        curve: a curve of any field; only that of an lr can be one.
        stated: the lr that the spec states, which the test begins at.
    """
    last = float(curve.values[-1])
    if curve.field != "lr" or not 0 < stated <= last <= _LARGEST_OF_TEST or last < curve.peak:
        return False
    growth = last / stated
    tiny = stated <= _TINY_LR and growth >= _TINY_GROWTH
    return tiny or (stated <= _SMALL_LR and growth >= _SMALL_GROWTH)


def drivers_of(context: Context, group: str, field: str = "lr") -> tuple[SchedulerPlan, ...]:
    """The outermost schedulers that set ``field`` of ``group``."""
    field = "momentum" if field == "betas[0]" else field
    return tuple(
        top
        for top in context.plan.schedulers
        if group in top.groups and field in fields(context, top)
    )


def acts_alone(curve: AppliedCurve) -> bool:
    """Return True if the lr is set by one scheduler at a time."""
    return len(curve.drivers) == 1 and all(
        each.row.container != "chained" for each in curve.drivers[0].walk()
    )


def constant_stretches(values: FloatArray) -> tuple[IndexArray, FloatArray]:
    """The first step of every stretch of equal values, and those values."""
    # [5, 5, 3, 3, 3, 4] has its stretches at steps 0, 2 and 5, with the values 5, 3 and 4.
    starts = np.concatenate(([0], np.flatnonzero(values[1:] != values[:-1]) + 1))
    return starts, values[starts]


def is_constant(values: FloatArray) -> bool:
    """Return True if the values differ by no more than rounding."""
    if not len(values):
        return True
    # `_LARGEST` is for a curve from 1 to inf: the difference is inf, and inf <= NOISE * inf holds,
    # but inf <= NOISE * 1.8e308 does not. With NaN every comparison is False: not constant.
    low, high = float(values.min()), float(values.max())
    return low == high or bool(high - low <= NOISE * min(max(abs(low), abs(high)), _LARGEST))


def number_for_group(top: SchedulerPlan, value: object, group: str) -> float | None:
    """A number given once for all groups, or as a list in the order of the groups driven."""
    if isinstance(value, list):
        value = dict(zip(top.groups, value, strict=False)).get(group)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)


def step_or_end(context: Context, span: Span, tick: int) -> int:
    """The first step that uses the value at ``tick`` of ``span``; the run's length if none."""
    step = context.step(span, tick)
    return context.trace.steps if step is None else min(step, context.trace.steps)


def merge_by_scheduler(context: Context, curve_findings: Iterable[CurveFinding]) -> Iterator[Hit]:
    """Yield a single hit for all curves of a scheduler that have the same fault."""
    # Ten groups under one cosine with the same fault are one hit: "the lr of a and 9 others ...".
    together: dict[tuple[str, str, Severity | None], list[CurveFinding]] = {}
    for finding in curve_findings:
        key = (finding.curve.path, finding.curve.field, finding.severity)
        together.setdefault(key, []).append(finding)
    for (path, _, severity), same in together.items():
        yield Hit(
            path=path,
            message=f"{_subject(context, same)} {same[0].text}",
            fix=same[0].fix,
            step=same[0].step,
            severity=severity,
            edits=same[0].edits,
        )


def _subject(context: Context, same: list[CurveFinding]) -> str:
    noun = same[0].curve.noun
    groups = [group for finding in same for group in finding.curve.groups]
    if len(groups) == len(context.trace.groups) and len(same) == 1:
        return noun
    others = {1: "", 2: f" and {groups[-1]}"}.get(len(groups), f" and {len(groups) - 1:,} others")
    return f"{noun} of {groups[0]}{others}"


def _path(context: Context, drivers: tuple[SchedulerPlan, ...], group: str, field: str) -> str:
    """The formula of the group where a single scheduler has one, else that scheduler."""
    if not drivers and context.plan.factory is not None:
        return context.plan.factory.path
    if not drivers:
        return child_path(context.plan.optimizer.path, field)
    if len(drivers) > 1:
        return child_path(context.plan.path, "scheduler")
    own = (each for each in factors(context) if each.span.scheduler is drivers[0])
    return next((each.path for each in own if group in each.groups), drivers[0].path)
