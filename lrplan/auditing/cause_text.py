"""Causes in words: a clause for each, with the numbers of the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lrplan.auditing.hypothesis_fit import HypothesisFit
from lrplan.auditing.result import Cause
from lrplan.text import format_number, join_words, quantity

_RULES: Mapping[str, str] = {
    "scheduler-before-optimizer": "scheduler-step-before-optimizer-step",
    "skipped-updates": "amp-skipped-update",
    "stepped-per-epoch": "horizon-in-steps-stepped-per-epoch",
}
"""The rule about the same pitfall, by the name of the cause."""
_SCALED = {"peak-scaled", "group-scaled"}
_MOST_PLACES = 3


def cause_of(fit: HypothesisFit, groups: Sequence[str]) -> Cause:
    """The cause that a hypothesis describes, in words.

    Args:
        fit: an accepted hypothesis.
        groups: the names of the parameter groups.
    """
    if fit.message:
        message = fit.message
    elif fit.name in _FIXED_MESSAGES:
        message = _FIXED_MESSAGES[fit.name]
    elif fit.factors:
        message = _scaled(fit, groups)
    else:
        message = _TEXTS[fit.name](fit)
    return Cause(fit.name, message, fit.step, _RULES.get(fit.name))


def text_of_other_rows(fit: HypothesisFit) -> str:
    """A clause on the other rows (as planned, one step late or early); empty: none is needed."""
    if fit.offset and fit.name in {"skipped-updates", "schedule-restarted", *_SCALED}:
        # A tick that is lost or gained before the rate first changes gives the same rows.
        how, other = "late", "the schedule lost an update at its start"
        if fit.offset > 0:
            how, other = "early", "the schedule was stepped once more at its start"
        return f"and the log has each rate one step {how}, or {other}"
    if fit.name in {"skipped-updates", "schedule-restarted"} and fit.step:
        return "else the rates are as planned"
    return ""


_FIXED_MESSAGES: Mapping[str, str] = {
    "as-planned": "the rates are as planned",
    "logged-one-step-late": "the log has each rate one step late",
    "logged-one-step-early": "the log has each rate one step early",
    "scheduler-before-optimizer": (
        "the scheduler was stepped before the optimizer, so that the first rate was never used"
    ),
}


def _skipped(fit: HypothesisFit) -> str:
    listed = [f"{lost:,} by update {update:,}" for update, lost in fit.losses[:_MOST_PLACES]]
    more = len(fit.losses) - _MOST_PLACES
    if more > 0:
        listed.append(f"{quantity(more, 'more place')}")
    where = f" ({join_words(listed)})" if len(fit.losses) > 1 else f" by update {fit.step:,}"
    if fit.ahead:
        skipped = quantity(fit.count, "update")
        return f"the schedule counted {skipped} that the log does not count{where}"
    return f"{quantity(fit.count, 'update')} did not count for the schedule{where}"


def _restarted(fit: HypothesisFit) -> str:
    start = "from its start" if fit.count == 0 else f"from its step {fit.count:,}"
    return f"at update {fit.step:,} the schedule went on {start}"


def _other_tick_rate(fit: HypothesisFit) -> str:
    if fit.name == "stepped-per-epoch":
        return f"the scheduler was stepped once an epoch ({quantity(fit.count, 'update')})"
    if fit.name == "stepped-per-batch" and fit.count == 1:
        return "the scheduler was stepped with every update"
    if fit.name == "stepped-per-batch":
        return f"the scheduler was stepped with every batch, {fit.count} times an update"
    if fit.slower:
        return f"the scheduler was stepped once in {quantity(fit.count, 'update')}"
    return f"the scheduler was stepped {fit.count} times an update"


def _scaled(fit: HypothesisFit, groups: Sequence[str]) -> str:
    times = [f"{format_number(factor)} times" for factor in fit.factors]
    if fit.name == "peak-scaled":
        return f"every rate is {times[0]} the planned one"
    changed = [
        f"{name} got {text} the planned rate"
        for name, text, factor in zip(groups, times, fit.factors, strict=True)
        if factor != 1
    ]
    return join_words(changed)


def _constant(fit: HypothesisFit) -> str:
    values = join_words([format_number(float(value)) for value in fit.expected[0]])
    return f"the rate stayed at {values}"


_TEXTS: Mapping[str, Callable[[HypothesisFit], str]] = {
    "skipped-updates": _skipped,
    "schedule-restarted": _restarted,
    "stepped-per-epoch": _other_tick_rate,
    "stepped-per-batch": _other_tick_rate,
    "stepped-k-times": _other_tick_rate,
    "constant": _constant,
}
