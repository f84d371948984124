"""NaN or infinity in a metric is a bad value to a plateau, so it cuts the learning rate.

NaN is neither smaller nor larger than anything: every NaN counts as no improvement, and after
``patience`` of them the learning rate is cut, again and again, while the training is broken for
another reason. An infinity of the good sign is worse: no later value is better, so the plateau cuts
again and again to the end of the run.

## Why it matters

1.0, 0.9 and then only NaN, with ``patience: 2``, is trained at 0.1 for five epochs, then at 0.01,
and from the ninth on at 0.001.

## How to fix it

Stop the run when the metric is not finite, or do not pass the bad value to ``step()``. In the spec,
correct the metric.

## References

pytorch/pytorch#174515
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from lrplan.lint import Context, Hit, Rule, RunContext, RunHit, Severity, Span, script
from lrplan.lint.facts.plateaus import argument_names, plateaus
from lrplan.rules.plateau._observed_plateaus import observed_plateaus
from lrplan.rules.plateau._plateau import metric_name, metric_path, metric_values, step_of_call

BAD = """\
training: {epochs: 8, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: ReduceLROnPlateau, patience: 2}
    metrics: {val_loss: [1.0, 0.9, .nan, .nan, .nan, .nan, .nan, .nan]}
"""


def check(context: Context) -> Iterator[Hit]:
    """Values that are not finite, among those that are read."""
    for span in plateaus(context):
        name, values = metric_name(span), metric_values(context, span)
        broken = [call for call, value in enumerate(values) if not isfinite(value)]
        if name is None or not broken:
            continue
        yield Hit(
            path=metric_path(context, name),
            message=f"`{name}` is {_describe(context, span, values, broken)}",
            fix="leave out values that are not finite",
            step=step_of_call(context, span, broken[0] + 1),
        )


def _describe(context: Context, span: Span, values: Sequence[float], broken: list[int]) -> str:
    first = values[broken[0]]
    at = f"{first:g} at call {broken[0] + 1:,}"
    called = argument_names(span.scheduler)
    mode = context.value(span.scheduler, called.mode, str)
    if first == _unbeatable(None if mode is None else called.understood(mode)):
        return f"{at}: nothing can be better, so every value after it is a bad one"
    if len(broken) == 1:
        return f"{at}, which counts as no improvement"
    some = f"{len(broken):,} of {len(values):,} values"
    return f"{at}, and {some} are not finite: none is an improvement, so the lr is cut"


def _unbeatable(mode: str | None) -> float:
    return float("inf") if mode == "max" else float("-inf")


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Plateaus that were given values that are not numbers."""
    # In training source a value that is not known is written as NaN.
    for plateau in observed_plateaus(context) if context.recorded else ():
        metrics = plateau.metrics
        broken = [call for call, value in enumerate(metrics) if not isfinite(value)]
        if broken:
            first = f"{metrics[broken[0]]:g} at call {broken[0] + 1:,}"
            some = f"{len(broken):,} of {len(metrics):,} values are not finite"
            yield RunHit(
                location=plateau.ticks.first.location or context.location(plateau.scheduler),
                message=f"{plateau.scheduler.type} is given {first}: {some}, none an improvement",
                fix="stop the run when the metric is not finite, or leave the step out",
                scheduler=plateau.scheduler.index,
            )


RULE = Rule(
    code="LRP507",
    name="plateau-nan-metric",
    severity=Severity.WARNING,
    needs="spec",
    summary="A metric holds NaN or infinity, which a plateau takes for a bad value.",
    bad=(BAD,),
    good=(BAD.replace(".nan", "0.85"),),
    check=check,
    check_run=check_run,
    seen_in="recording",
    bad_source=(
        script(
            "ReduceLROnPlateau(optimizer, patience=2)",
            after_epoch=('scheduler.step(float("nan") if epoch > 4 else 1 - 0.1 * epoch)',),
        ),
    ),
    good_source=(
        script(
            "ReduceLROnPlateau(optimizer, patience=2)",
            after_epoch=("scheduler.step(0.4 if epoch > 4 else 1 - 0.1 * epoch)",),
        ),
    ),
)
