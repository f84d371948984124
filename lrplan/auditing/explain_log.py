"""Explains a log: tries all hypotheses and keeps the simplest that reproduce every row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from lrplan.auditing.basic_hypotheses import (
    as_lost_updates,
    fit_constant,
    fit_epoch_late,
    fit_restart,
    fit_shifted,
)
from lrplan.auditing.cause_text import cause_of, text_of_other_rows
from lrplan.auditing.changed_shape import changed_shapes
from lrplan.auditing.description_length import beyond_chance, bits_against_plan, bits_of_ticks
from lrplan.auditing.hypothesis_fit import HypothesisFit
from lrplan.auditing.logged_points import (
    LoggedPoints,
    PlannedCurves,
    may_be_one_digit,
    rows_agree,
    values_at,
)
from lrplan.auditing.lr_factors import fit_scaled, scaled_together
from lrplan.auditing.result import Audit, Cause, Verdict
from lrplan.auditing.skipped_updates import fit_schedule_ahead, fit_schedule_behind
from lrplan.auditing.tick_rates import other_tick_rates
from lrplan.auditing.two_causes import merge_second_causes, scaled_and_moved
from lrplan.text import quantity

_LEAST_OFF = 2
"""Unplanned rows that a cause needs: a single one fits a delay, a restart or another schedule."""
_MOVED = {
    "skipped-updates",
    "schedule-restarted",
    "stepped-per-epoch",
    "stepped-per-batch",
    "stepped-k-times",
}
"""Causes by which updates got the rates of other ticks."""
_HARMLESS = {
    "as-planned",
    "logged-one-step-late",
    "logged-one-step-early",
    "skipped-updates",
    "stopped-early",
}
"""Causes under which every update got the rate that the plan has for its tick."""


def explain_log(points: LoggedPoints, plan: PlannedCurves, groups: Sequence[str]) -> Audit:
    """Explain the logged values by a plan.

    Hypotheses that reproduce every row are rated by their description length. Those that may fit by
    chance are dropped, and those that are much longer than the best one. The rest are alternatives;
    the most harmless one decides the verdict.

    Args:
        points: at least one row.
        plan: the curves of the same groups.
        groups: their names, for the sentence.
    """
    within = points.updates < plan.steps
    inside = _rows(points, within)
    fits = _fits(inside, plan) if within.any() else []
    if not fits:
        return _unexplained(points, plan)
    causes = [*_causes_of_fits(fits, groups), *_about_the_end(points, plan)]
    best = fits[0]
    return Audit(
        verdict=_verdict(best, causes),
        sentence=_sentence(best, causes, inside),
        causes=tuple(causes),
        largest_difference=_largest_difference(inside, plan),
        logged_steps=len(points.updates),
        offset=best.offset,
    )


def _fits(points: LoggedPoints, plan: PlannedCurves) -> Sequence[HypothesisFit]:
    """The hypotheses that explain the rows, the harmless ones first, then the simplest."""
    planned_ones = fit_shifted(points, plan)
    if planned_ones is not None:
        return [planned_ones]
    expected = values_at(plan.values, points.updates)
    off = ~rows_agree(points, expected)
    is_vague = may_be_one_digit(points, expected, _LEAST_OFF)
    if is_vague or np.count_nonzero(off) < _LEAST_OFF:
        return []
    tried, evidence = list(_hypotheses(points, plan)), bits_against_plan(points, plan)
    if not tried:
        return merge_second_causes(beyond_chance(scaled_and_moved(points, plan), evidence))
    tried = _with_thin_ones(tried, points, plan)
    found = beyond_chance(tried, evidence)
    rates = {_rates_of(fit) for fit in found}
    # Also hypotheses with the same rates in every row: 125 lost updates and a restart may agree.
    found = [fit for fit in tried if _rates_of(fit) in rates]
    ordered = sorted(found, key=lambda fit: (fit.name not in _HARMLESS, fit.bits))
    by_name: dict[str, HypothesisFit] = {}
    # Of several fits with one cause, keep the one with the smallest offset of the log.
    for fit in sorted(ordered, key=lambda fit: abs(fit.offset)):
        by_name.setdefault(fit.name, fit)
    told = [fit for fit in ordered if by_name[fit.name] is fit]
    return [] if all(fit.has_little_evidence for fit in told) else told


def _with_thin_ones(
    fits: Sequence[HypothesisFit], points: LoggedPoints, plan: PlannedCurves
) -> list[HypothesisFit]:
    """Mark fits that move ticks but need more bits than the rows give about ticks, as on stairs."""
    told = bits_of_ticks(points, plan) if any(fit.name in _MOVED for fit in fits) else 0.0
    return [
        replace(fit, has_little_evidence=True) if fit.name in _MOVED and fit.bits > told else fit
        for fit in fits
    ]


def _rates_of(fit: HypothesisFit) -> tuple[int, tuple[float, ...], bytes]:
    """A key, equal for hypotheses of the same rows: a log may allow thousands of tick rates."""
    return fit.offset, fit.factors, (np.asarray(fit.expected) + 0.0).tobytes()


def _hypotheses(points: LoggedPoints, plan: PlannedCurves) -> Iterator[HypothesisFit]:
    """Yield everything that gives every row."""
    early = fit_shifted(points, plan, 1)
    # A scheduler that is stepped first applies the value of the next step, and that is what an
    # honest log of the next value looks like too.
    other = None if early is None else replace(early, name="scheduler-before-optimizer")
    late = fit_shifted(points, plan, -1), fit_epoch_late(points, plan)
    single = (*late, early, other, fit_constant(points, plan))
    yield from filter(None, single)
    tried: tuple[Callable[..., HypothesisFit | None], ...] = (
        *(fit_scaled, scaled_together),
        *(fit_schedule_behind, fit_schedule_ahead, fit_restart),
    )
    for offset in (0, -1, 1):
        for hypothesis in tried:
            fit = hypothesis(points, plan, offset)
            if fit is not None:
                moved = replace(fit, offset=offset, bits=fit.bits + 2 * abs(offset))
                yield from (moved, *as_lost_updates(moved, points, plan))
    yield from other_tick_rates(points, plan)
    yield from changed_shapes(points, plan)


def _causes_of_fits(fits: Sequence[HypothesisFit], groups: Sequence[str]) -> list[Cause]:
    """Return one cause with all that explain the log equally; the most harmless is in front."""
    best, *others = fits
    if best.name == "as-planned":
        return []
    cause = cause_of(best, groups)
    if best.second_causes:
        mildest_first = sorted(best.second_causes, key=lambda fit: fit.name not in _HARMLESS)
        return [cause, *_causes_of_fits(mildest_first, groups)]
    if others:
        messages = [cause_of(each, groups).message for each in others]
        message = f"{cause.message}; the log looks the same if {' or '.join(messages)}"
        names = tuple(each.name for each in others)
        return [replace(cause, message=message, alternatives=names)]
    return [cause]


def _about_the_end(points: LoggedPoints, plan: PlannedCurves) -> Iterator[Cause]:
    """Yield a cause if the run ended early or went on, as far as the spacing of rows shows it."""
    last = int(points.updates[-1])
    if last >= plan.steps:
        more = quantity(last + 1 - plan.steps, "update")
        yield Cause("ran-longer", f"the run went on for {more} beyond its plan", plan.steps)
        return
    # Rows every 100 updates: up to 99 more may have followed the last row.
    spacing = int(np.diff(points.updates).max(initial=1))
    if last + spacing < plan.steps - 1:
        message = f"the log ends at update {last:,} of {plan.steps:,}"
        yield Cause("stopped-early", message, last)


def _unexplained(points: LoggedPoints, plan: PlannedCurves) -> Audit:
    inside = _rows(points, points.updates < plan.steps)
    if not len(inside.updates):
        sentence = f"no row of the log lies within the {plan.steps:,} updates of the plan"
        return Audit(verdict="unexplained", sentence=sentence, logged_steps=len(points.updates))
    good = rows_agree(inside, values_at(plan.values, inside.updates))
    first = int(inside.updates[int(np.argmin(good))])
    largest = _largest_difference(inside, plan)
    return Audit(
        verdict="unexplained",
        sentence=(
            f"the logged rates are not the planned ones from update {first:,} on, by up to"
            f" {largest:.3g}, and no cause that lrplan knows explains them"
        ),
        causes=(),
        largest_difference=largest,
        logged_steps=len(points.updates),
    )


def _verdict(best: HypothesisFit, causes: Sequence[Cause]) -> Verdict:
    if any(cause.name == "ran-longer" for cause in causes) or best.name not in _HARMLESS:
        return "differs"
    return "explained" if causes else "as-planned"


def _sentence(best: HypothesisFit, causes: Sequence[Cause], points: LoggedPoints) -> str:
    count = len(points.updates)
    rows = "its only logged step" if count == 1 else f"all {quantity(count, 'logged step')}"
    if not causes:
        return f"the run got the planned rates at {rows}"
    text = "; ".join(cause.message for cause in causes)
    if best.name == "as-planned":
        return f"the run got the planned rates at {rows}; {text}"
    return "; ".join(filter(None, (text, text_of_other_rows(best))))


def _rows(points: LoggedPoints, kept: np.ndarray) -> LoggedPoints:
    rows = (points.updates[kept], points.values[kept], points.tolerance[kept])
    return LoggedPoints(*rows, points.every_epoch)


def _largest_difference(points: LoggedPoints, plan: PlannedCurves) -> float:
    difference = np.abs(points.values - values_at(plan.values, points.updates))
    return float(np.nanmax(difference, initial=0.0))
