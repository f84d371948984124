"""A plateau whose patience is longer than the run never cuts.

``patience: p`` accepts ``p`` bad values after the best one, and the first value of all is always
the best so far. So call ``p + 2`` of ``step(metric)`` is the first that can cut, and only steps
after that call use the lower learning rate. A run with fewer calls has a constant learning rate,
whatever the metric does.

## Why it matters

On a metric that never improves, ``patience: 10`` cuts after calls 12, 23 and 34, and
``patience: 2`` after calls 4, 7 and 10. In 10 epochs the default of 10 does nothing at all.

## How to fix it

Use a patience of at most the number of evaluations minus 3, usually far less, or leave the
scheduler out.

## When it is fine

With a ``training.horizon`` beyond the run, which is then only the beginning of a longer one.

## References

pytorch/pytorch#119763, pytorch/pytorch#2545
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span, count, share
from lrplan.lint.facts.plateaus import argument_names, path_of_argument, plateaus
from lrplan.rules.plateau._plateau import Settings, metric_values, plateau_settings, step_of_call

_HARDLY = 0.9
BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: ReduceLROnPlateau, patience: 10}
    metrics: {val_loss: [1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]}
"""


def check(context: Context) -> Iterator[Hit]:
    """A plateau whose earliest cut comes after the last step."""
    if context.clock.horizon is not None:
        return
    for span in plateaus(context):
        settings = plateau_settings(context, span)
        if settings is None or settings.patience < 0:
            continue
        # patience 10: call 1 sets the best, calls 2 to 11 are the ten bad ones that are borne, and
        # call 12 = patience + 2 is the first that can cut.
        if step_of_call(context, span, settings.patience + 2) is not None:
            yield from _cools_to_the_end(context, span, settings)
            yield from _hardly_cuts(context, span, settings)
            continue
        name, calls = (
            argument_names(span.scheduler).patience,
            len(metric_values(context, span)) or span.ticks,
        )
        longest = calls - 2
        while longest >= 0 and step_of_call(context, span, longest + 2) is None:
            longest -= 1
        fix = "" if longest < 0 else f"{name}: {longest}, or less"
        yield Hit(
            path=path_of_argument(context, span, name),
            message=(
                f"{name} {settings.patience:,} lets the first cut come after call"
                f" {settings.patience + 2:,} at the earliest; this run makes {calls:,}, the last"
                " one after its last step"
            ),
            fix=fix or "leave the scheduler out",
        )


def _cools_to_the_end(context: Context, span: Span, settings: Settings) -> Iterator[Hit]:
    """A cooldown after the first cut that is as long as the run."""
    if settings.cooldown >= span.ticks:
        name = argument_names(span.scheduler).cooldown
        yield Hit(
            path=path_of_argument(context, span, name),
            message=(
                f"{name} {settings.cooldown:,} leaves no time for a second cut: this run makes"
                f" {count(span.ticks, 'call')}"
            ),
            fix=f"{name}: {max(1, span.ticks // 10)}, or less",
        )


def _hardly_cuts(context: Context, span: Span, settings: Settings) -> Iterator[Hit]:
    """A factor near 1 in a run that has no room for many cuts."""
    name = argument_names(span.scheduler).factor
    factor = context.number(span.scheduler, name)
    if factor is None or not 0 < factor < 1 or not context.is_given(span.scheduler, name):
        return
    again = settings.patience + settings.cooldown + 1
    most = 1 + (span.ticks - settings.patience - 2) // again
    if factor**most > _HARDLY:
        yield Hit(
            path=path_of_argument(context, span, name),
            message=(
                f"{name} {factor:g} leaves {share(factor**most)} of the lr after"
                f" {count(most, 'cut')}, the most that this run has room for"
            ),
            fix=f"{name}: 0.1 or 0.5",
        )


RULE = Rule(
    code="LRP501",
    name="plateau-patience-semantics",
    severity=Severity.WARNING,
    needs="spec",
    summary="The patience of a plateau is so long that it can never cut in this run.",
    bad=(BAD, BAD.replace("patience: 10", "patience: 3, cooldown: 100")),
    good=(BAD.replace("patience: 10", "patience: 3"),),
    check=check,
    supersedes=("schedule-changes-nothing",),
)
