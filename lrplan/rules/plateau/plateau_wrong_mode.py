"""The mode of a plateau does not fit the metric it reads.

``mode: min`` is the default: only a smaller value counts as better. An accuracy that rises all the
time then counts as worse at every call, and the learning rate is cut again and again; so does a
loss that falls under ``mode: max``.

## Why it matters

An accuracy that rises from 0.1 to 0.8 in eight epochs, read with ``mode: min`` and
``patience: 2``, is trained at 0.1 for four epochs, at 0.01 for three and at 0.001 in the last.

## How to fix it

``mode: max`` for what should grow, ``mode: min`` for what should shrink.

## When it is fine

Only metrics whose name says which direction is better are checked, by the words of the name:
``val_accuracy``, ``auc``, ``mAP50``, ``val_loss``, ``wer``. ``accuracy_loss``, ``loss_map``,
``1-accuracy``, ``neg_loss`` and unknown names are not reported, and neither is a metric whose
values are all negated. In a recording there are no names: there it is reported where the first of
five values and more is never reached again, and four of five changes are for the worse.

## References

facebookresearch/fairseq#2205, skorch-dev/skorch#364
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lrplan.lint import (
    Context,
    Hit,
    Rule,
    RunContext,
    RunHit,
    Severity,
    count,
    number,
    script,
    write_values,
)
from lrplan.lint.facts.plateaus import argument_names, path_of_argument, plateaus
from lrplan.rules.plateau._metric_names import mode_of_expression, mode_of_metric
from lrplan.rules.plateau._observed_plateaus import ObservedPlateau, observed_plateaus
from lrplan.rules.plateau._plateau import (
    cutting_calls,
    metric_name,
    metric_values,
    plateau_settings,
)

BAD = """\
training: {epochs: 8, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: ReduceLROnPlateau, patience: 2, monitor: val_acc}
    metrics: {val_acc: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]}
"""
_FEWEST_CHANGES = 4
_MOSTLY = 0.8
"""The share of changes for the worse from which on a metric is read the wrong way."""
_WAY = {"min": "falls", "max": "grows"}


def check(context: Context) -> Iterator[Hit]:
    """A metric whose name says the other mode."""
    for span in plateaus(context):
        name, settings = metric_name(span), plateau_settings(context, span)
        fits = None if name is None else mode_of_metric(name)
        if settings is None or fits is None or fits == settings.mode:
            continue
        values = metric_values(context, span)
        if values and max(values) < 0:
            continue  # negated, so that the given mode fits after all
        times = count(len(cutting_calls(values, settings)), "time")
        called = argument_names(span.scheduler)
        yield Hit(
            path=path_of_argument(context, span, called.mode),
            message=(
                f"`{name}` gets better when it {_WAY[fits]}, but {called.mode}"
                f" {called.word(settings.mode)} counts every value that {_WAY[fits]} as a bad one"
                f" and cuts the lr {times} in {count(len(values), 'value')}"
            ),
            fix=f"{called.mode}: {called.word(fits)}",
            edits=write_values(span.scheduler.path, {called.mode: called.word(fits)}),
        )


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Plateaus whose metric gets worse from the first value on, or has a name that says so."""
    if not context.recorded:
        yield from _in_source(context)
        return
    for plateau in observed_plateaus(context):
        if _gets_worse(plateau):
            way = "rises" if plateau.mode == "min" else "falls"
            other = "max" if plateau.mode == "min" else "min"
            first, last = number(plateau.metrics[0]), number(plateau.metrics[-1])
            yield RunHit(
                location=context.location(plateau.scheduler),
                message=(
                    f"the metric of {plateau.scheduler.type} {way} from {first} to {last} in"
                    f" {count(len(plateau.metrics), 'step')}, and mode is {plateau.mode!r}: no"
                    " value counts as better than the first"
                ),
                fix=f"mode={other!r}, if the metric is meant to do so",
                severity=Severity.WARNING,
                scheduler=plateau.scheduler.index,
            )


def _in_source(context: RunContext) -> Iterator[RunHit]:
    """Plateaus of torch that are given a metric whose name says the other mode."""
    code = context.observation.code
    if code is None:
        return
    modes = {each.scheduler.index: each for each in observed_plateaus(context)}
    for act in code.acts():
        plateau = modes.get(act.index) if act.kind == "scheduler_tick" else None
        if plateau is None or not act.arguments:
            continue
        metric = act.arguments[0].text
        mode = mode_of_expression(metric)
        if mode is not None and plateau.mode and plateau.mode != mode:
            yield RunHit(
                location=code.location(act.place),
                message=(
                    f"{plateau.scheduler.type} has mode {plateau.mode!r}, and `{metric}` should"
                    f" {'rise' if mode == 'max' else 'fall'}: it cuts while training goes well"
                ),
                fix=f"mode={mode!r}",
                scheduler=plateau.scheduler.index,
            )


def _gets_worse(plateau: ObservedPlateau) -> bool:
    sign = {"min": 1.0, "max": -1.0}.get(plateau.mode, 0.0)
    values = [sign * value for value in plateau.metrics]
    changes = [later - value for value, later in pairwise(values) if later != value]
    worse = sum(change > 0 for change in changes)
    return (
        len(changes) >= _FEWEST_CHANGES
        and worse >= _MOSTLY * len(changes)
        and all(value > values[0] for value in values[1:])
    )


RULE = Rule(
    code="LRP502",
    name="plateau-wrong-mode",
    severity=Severity.ERROR,
    needs="spec",
    summary="A plateau waits for the metric to go the wrong way.",
    bad=(BAD, BAD.replace("val_acc", "val_loss").replace("patience: 2", "mode: max, patience: 2")),
    good=(BAD.replace("patience: 2", "patience: 2, mode: max"),),
    check=check,
    check_run=check_run,
    bad_source=(
        script(
            "ReduceLROnPlateau(optimizer, patience=2)",
            after_epoch=("accuracy = 1 - 0.5**epoch", "scheduler.step(accuracy)"),
        ),
    ),
    good_source=(
        script(
            'ReduceLROnPlateau(optimizer, mode="max", patience=2)',
            after_epoch=("accuracy = 1 - 0.5**epoch", "scheduler.step(accuracy)"),
        ),
    ),
)
