"""With a relative threshold, a negative metric that stays the same counts as an improvement.

With ``threshold_mode: rel``, the default, a value is better under ``mode: min`` when it is below
``best * (1 - threshold)``. For a negative best value that product lies *above* it: the same value
again, or one slightly worse, counts as an improvement every time, and the learning rate is never
cut. ``mode: max`` with negative scores has the same problem.

## Why it matters

A metric that stays at -1 is never cut in 8 calls at ``patience: 1``; one that stays at +1 is cut
at call 3. Negative log-likelihoods of densities, an ELBO, a negated accuracy all end up negative.

## How to fix it

``threshold_mode: abs``, with a ``threshold`` in units of the metric.

## When it is fine

A metric that is negative only at first (an R2 on its way up) and a ``threshold`` of 0 or less.

It is an error where the values of the spec would have led to other cuts, and a warning otherwise.

## References

pytorch/pytorch#47513, pytorch/pytorch#38622
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite

from lrplan.lint import Context, Hit, Rule, Severity, write_values
from lrplan.lint.facts.plateaus import argument_names, path_of_argument, plateaus
from lrplan.rules.plateau._plateau import (
    Settings,
    cutting_calls,
    metric_name,
    metric_values,
    plateau_settings,
    step_of_call,
)

BAD = """\
training: {epochs: 8, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: Adam, lr: 1e-3}
    scheduler: {type: ReduceLROnPlateau, patience: 1}
    metrics: {nll: [-1, -1, -1, -1, -1, -1, -1, -1]}
"""


def check(context: Context) -> Iterator[Hit]:
    """A relative threshold, and a metric whose best value is negative."""
    for span in plateaus(context):
        settings, values = plateau_settings(context, span), metric_values(context, span)
        if (
            settings is None
            or settings.threshold_mode != "rel"
            or settings.threshold <= 0
            or not values
        ):
            continue
        best = (min if settings.mode == "min" else max)(filter(isfinite, values), default=0.0)
        if best >= 0:
            continue
        missed, mode = _missed(values, settings), argument_names(span.scheduler).threshold_mode
        yield Hit(
            path=path_of_argument(context, span, mode),
            message=(
                f"the best `{metric_name(span)}` is {best:g}: under a relative threshold a value"
                f" that is no better counts as progress{_effect(missed)}"
            ),
            fix=f"{mode}: abs" if mode else "a metric that is positive",
            edits=write_values(span.scheduler.path, {mode: "abs"}) if mode else (),
            step=None if missed is None else step_of_call(context, span, missed),
            severity=Severity.WARNING if missed is None else None,
        )


def _missed(values: tuple[float, ...], settings: Settings) -> int | None:
    """The first call at which a share of the best value's size would have cut, and torch not."""
    # torch's relative threshold is best * (1 - threshold). For a best of -10 that is -9.999, so -10
    # again is "better" and no cut comes. `size` compares with best - threshold * abs(best) instead.
    cut_calls = set(cutting_calls(values, settings))
    due = cutting_calls(values, replace(settings, threshold_mode="size"))
    return next((call for call in due if call not in cut_calls), None)


def _effect(missed: int | None) -> str:
    return "" if missed is None else f", and the cut due at call {missed} never comes"


RULE = Rule(
    code="LRP503",
    name="plateau-negative-metric",
    severity=Severity.ERROR,
    needs="spec",
    summary="With a relative threshold, no plateau of a negative metric is noticed.",
    bad=(BAD,),
    good=(BAD.replace("patience: 1", "patience: 1, threshold_mode: abs"),),
    check=check,
    supersedes=("schedule-changes-nothing",),
)
