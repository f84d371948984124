"""The applied curves of the learning rate, as the outcome rules see them.

Groups with the same curve are one ``Curve``: two hundred groups with one lr are looked at once.
Everything is whole-array arithmetic, a few passes over each curve that differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lrplan.arrays import FloatArray, IndexArray
from lrplan.features import NOISE, extent
from lrplan.lint import Context, Hit, SchedulerPlan, Severity, Span, child_path
from lrplan.lint.facts.combinations import leaves

if TYPE_CHECKING:
    pass


_SAMPLES = 64
_LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Curve:
    """The applied lr of one or more groups that are driven alike.

    Args:
        groups: their names, in the optimizer's order.
        source: the lrs by group; they may be computed anew each time they are read.
        drivers: the outermost schedulers that set it; empty for a constant lr.
        path: where a finding about it stands.
    """

    groups: tuple[str, ...]
    source: Mapping[str, FloatArray]
    drivers: tuple[SchedulerPlan, ...]
    path: str

    @property
    def values(self) -> FloatArray:
        """The lr at each step."""
        return self.source[self.groups[0]]

    @property
    def peak(self) -> float:
        """Its largest magnitude."""
        values = self.values
        return max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))


@dataclass(frozen=True, slots=True)
class CurveFinding:
    """A fault of a curve: the end of a sentence that begins with the curve's name."""

    curve: Curve
    text: str
    fix: str = ""
    step: int | None = None
    severity: Severity | None = None


def curves(context: Context, *, finite: bool = True) -> list[Curve]:
    """The distinct curves of the learning rate, told apart once for all rules.

    Args:
        context: with the trace.
        finite: leave out what is NaN or infinite somewhere: that is another rule's.
    """
    curves_of_trace = context.memo.get(Curve)
    if not isinstance(curves_of_trace, _Curves):
        curves_of_trace = context.memo[Curve] = _distinct(context)
    return curves_of_trace.finite if finite else curves_of_trace.all


class _Curves(NamedTuple):
    all: list[Curve]
    finite: list[Curve]


def _distinct(context: Context) -> _Curves:
    found: list[Curve] = []
    whole: list[bool] = []
    buckets: dict[object, list[int]] = {}
    lrs = context.trace.lr
    for group, values in lrs.items():
        if not len(values):
            continue
        # Groups are compared by some samples of their curves first (the key of the bucket), and
        # value by value only within a bucket: 200 groups with one curve cost 200 comparisons, not
        # 20,000.
        drivers = driving(context, group)
        stride = max(1, len(values) // _SAMPLES)
        bucket = buckets.setdefault((*map(id, drivers), values[::stride].tobytes()), [])
        same = (at for at in bucket if np.array_equal(found[at].values, values, equal_nan=True))
        at = next(same, None)
        if at is None:
            bucket.append(len(found))
            found.append(Curve((group,), lrs, drivers, _path(context, drivers)))
            whole.append(extent(values).whole)
        else:
            one = found[at]
            found[at] = Curve((*one.groups, group), lrs, drivers, one.path)
    return _Curves(found, [curve for curve, of in zip(found, whole, strict=True) if of])


def driving(context: Context, group: str, field: str = "lr") -> tuple[SchedulerPlan, ...]:
    """The outermost schedulers that set ``field`` of ``group``."""
    return tuple(
        top
        for top in context.plan.schedulers
        if group in top.groups and field in {context.field_of(each) for each in leaves(top)}
    )


def spans_of(context: Context, curve: Curve) -> list[Span]:
    """The spans of the schedulers that compute the curve's lr."""
    return [
        span
        for span in context.spans()
        if span.top in curve.drivers
        and span.scheduler.row.container is None
        and context.field_of(span.scheduler) == "lr"
    ]


def acts_alone(curve: Curve) -> bool:
    """Return True if the lr is set by one scheduler at a time."""
    return len(curve.drivers) == 1 and all(
        each.row.container != "chained" for each in curve.drivers[0].walk()
    )


def levels(values: FloatArray) -> tuple[IndexArray, FloatArray]:
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
    """The first step given what ``span``'s scheduler sets at ``tick``, or the run's length."""
    step = context.step(span, tick)
    return context.trace.steps if step is None else min(step, context.trace.steps)


def merge_by_scheduler(context: Context, curve_findings: Iterable[CurveFinding]) -> Iterator[Hit]:
    """One hit for all curves of a scheduler that the rule sees the same way."""
    # Ten groups under one cosine with the same fault are one hit: "the lr of a and 9 others ...".
    together: dict[tuple[str, Severity | None], list[CurveFinding]] = {}
    for finding in curve_findings:
        together.setdefault((finding.curve.path, finding.severity), []).append(finding)
    for (path, severity), same in together.items():
        yield Hit(
            path=path,
            message=f"{_subject(context, same)} {same[0].text}",
            fix=same[0].fix,
            step=same[0].step,
            severity=severity,
        )


def _subject(context: Context, same: list[CurveFinding]) -> str:
    groups = [group for finding in same for group in finding.curve.groups]
    if len(groups) == len(context.trace.groups) and len(same) == 1:
        return "the lr"
    others = {1: "", 2: f" and {groups[-1]}"}.get(len(groups), f" and {len(groups) - 1:,} others")
    return f"the lr of {groups[0]}{others}"


def _path(context: Context, drivers: tuple[SchedulerPlan, ...]) -> str:
    if not drivers:
        return child_path(context.plan.optimizer.path, "lr")
    return drivers[0].path if len(drivers) == 1 else child_path(context.plan.path, "scheduler")
