"""The threshold of a plateau is so large that no improvement of the metric counts.

A value counts as better only if it beats the best one by ``threshold``: by that share of it with
``threshold_mode: rel`` (the default), by that much with ``abs``. Where the metric never improves by
so much, every value after the first is a bad one, and the learning rate is cut again and again
while training goes well.

## Why it matters

A loss that falls steadily from 2.3 to 1.5 with ``threshold: 0.5``: only a value below 1.15 would
count. With ``patience: 3`` the learning rate is cut after every fourth epoch. An accuracy between 0
and 1 never grows by ``threshold: 1`` with ``abs``.

## How to fix it

The default, ``threshold: 1e-4``, or an amount that the metric gains in a few evaluations.

## When it is fine

Metrics that improve in less than half of the evaluations, and thresholds that any value passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lrplan.lint import Context, Hit, Rule, Severity, count, number, write_values
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
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: ReduceLROnPlateau, patience: 3, threshold: 0.5}
    metrics: {val_loss: [2.3, 2.2, 2.1, 2.0, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4]}
"""
ACCURACY = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      {type: ReduceLROnPlateau, mode: max, patience: 3, threshold: 1, threshold_mode: abs}
    metrics: {val_acc: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.82]}
"""
_DEFAULT = 1e-4


def check(context: Context) -> Iterator[Hit]:
    """Plateaus that count every value after the first as a bad one, of a metric that improves."""
    for span in plateaus(context):
        settings, name = plateau_settings(context, span), metric_name(span)
        values = metric_values(context, span)
        if settings is None or name is None or settings.threshold <= _DEFAULT:
            continue
        cuts = cutting_calls(values, settings)
        if not cuts or _counts(values, settings) or not _improves(values, settings):
            continue
        called = argument_names(span.scheduler)
        best = min(values) if settings.mode == "min" else max(values)
        yield Hit(
            path=path_of_argument(context, span, called.threshold),
            message=(
                f"`{name}` goes from {number(values[0])} to {number(best)}, and with"
                f" {called.threshold} {settings.threshold:g} no value counts as better than the"
                f" first: the lr is cut {count(len(cuts), 'time')}"
            ),
            fix=f"{called.threshold}: {_DEFAULT:g}",
            edits=write_values(span.scheduler.path, {called.threshold: _DEFAULT}),
            step=step_of_call(context, span, cuts[0]),
        )


def _counts(values: Sequence[float], settings: Settings) -> bool:
    """Return True if some value counts as better than the first."""
    return any(settings.better(value, values[0]) for value in values[1:])


def _improves(values: Sequence[float], settings: Settings) -> bool:
    """Return True if at least every second value is the best so far, by more than nothing."""
    plain = replace(settings, threshold=_DEFAULT)
    best, times = values[0], 0
    for value in values[1:]:
        if plain.better(value, best):
            best, times = value, times + 1
    return 2 * times >= len(values) - 1


RULE = Rule(
    code="LRP510",
    name="plateau-threshold-too-large",
    severity=Severity.WARNING,
    needs="spec",
    summary="The threshold of a plateau lets no improvement count.",
    bad=(BAD, ACCURACY),
    good=(BAD.replace("threshold: 0.5", "threshold: 0.01"),),
    check=check,
)
