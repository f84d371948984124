"""A plateau without a metric, or a metric for a scheduler that reads none.

``ReduceLROnPlateau.step()`` takes the metric and raises ``TypeError`` without it; to draw its
curve, the spec has to give the metric. The opposite mistake gives no error: all other schedulers
take the number as an epoch, so that their learning rate follows the value of the loss.

## Why it matters

``CosineAnnealingLR(10)`` that is stepped with losses of 2.3, 1.7, 1.2 and 0.9 takes them for
epochs and holds 0.0875, 0.0930, 0.0965 and 0.0980 of a base lr of 0.1: it rises as the loss
falls.

## How to fix it

Give a plateau its metric: ``metrics: {val_loss: [...]}`` and, with several of them,
``monitor: val_loss``. Remove ``monitor`` from every other scheduler, and call its ``step()``
without arguments.

## References

Lightning-AI/pytorch-lightning#673, Lightning-AI/pytorch-lightning#708, pytorch/pytorch#20527
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, trunc

from lrplan.lint import (
    Context,
    Edit,
    Explanation,
    Finding,
    Hit,
    Rule,
    RunContext,
    RunHit,
    Severity,
    child_path,
    number,
    script,
)
from lrplan.rules.plateau._metric_names import mode_of_expression

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: ReduceLROnPlateau, patience: 2}
"""
MONITORED = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 10, monitor: val_loss}
"""


def check(context: Context) -> Iterator[Hit]:
    """``monitor`` on a scheduler that reads no metric."""
    for top in context.plan.schedulers:
        if any(each.row.reads_metric for each in top.walk()):
            continue
        for scheduler in top.walk():
            if scheduler.monitor is not None:
                yield Hit(
                    path=child_path(scheduler.path, "monitor"),
                    message=(
                        f"{scheduler.type} reads no metric, so `{scheduler.monitor}` changes"
                        " nothing here; passed to its step() it would be taken for an epoch"
                    ),
                    fix="delete `monitor`",
                    edits=(Edit(child_path(scheduler.path, "monitor"), None),),
                    severity=Severity.WARNING,
                )


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers of torch that take what they are given for an epoch, and are given a metric."""
    if not context.recorded:
        yield from _in_source(context)
        return
    for scheduler in context.tops:
        row, ticks = context.row(scheduler), context.ticks(scheduler)
        if row is None or row.extra or row.metric or ticks is None or not context.recorded:
            continue
        # Warm restarts take parts of an epoch; a number of epochs is whole for all others.
        metric = next(
            (each for each in ticks.values if isfinite(each) and each != trunc(each)), None
        )
        if metric is not None and not (row.name_of("cycle") and row.abrupt):
            yield RunHit(
                location=ticks.first.location or context.location(scheduler),
                message=(
                    f"{scheduler.type}.step() is given {number(metric)}, which it takes for an"
                    " epoch: only ReduceLROnPlateau reads a metric"
                ),
                fix="call step() without arguments",
                scheduler=scheduler.index,
            )


def _in_source(context: RunContext) -> Iterator[RunHit]:
    """Plateaus that are stepped without a metric, and other schedulers that are given one."""
    code = context.observation.code
    # In Lightning the trainer hands over the metric.
    if code is None or (code.framework == "lightning" and not code.manual_optimization):
        return
    for act in code.acts():
        scheduler = code.schedulers[act.index] if act.kind == "scheduler_tick" else None
        if scheduler is None or scheduler.module != "torch.optim.lr_scheduler":
            continue
        given = act.arguments[0].text if act.arguments else ""
        row = context.row(context.observation.schedulers[act.index])
        is_plateau = row is not None and row.reads_metric
        if is_plateau and not given:
            message = "ReduceLROnPlateau.step() needs the metric: without one it is a TypeError"
            fix = "step(val_loss)"
        elif not is_plateau and mode_of_expression(given) is not None:
            message = f"{scheduler.type}.step() takes `{given}` for the number of an epoch"
            fix = "step(); only ReduceLROnPlateau reads a metric"
        else:
            continue
        yield RunHit(code.location(act.place), message, fix, scheduler=scheduler.index)


def explains(finding: Finding) -> Explanation | None:
    """A plateau for which no metric, or none by that name, is given."""
    if finding.name != "bad-metric":
        return None
    if "reads a metric" in finding.message or "which `metrics` does not give" in finding.message:
        message = f"{finding.message}; step() raises TypeError without one"
        return Explanation(message, finding.fix)
    return None


RULE = Rule(
    code="LRP508",
    name="plateau-metric-missing-or-passed-elsewhere",
    severity=Severity.ERROR,
    needs="spec",
    summary="A plateau has no metric to read, or another scheduler is given one.",
    bad=(BAD, MONITORED),
    good=(
        BAD + "    metrics: {val_loss: [9, 8, 7, 7, 7, 7, 7, 7, 7, 7]}\n",
        MONITORED.replace(", monitor: val_loss", ""),
    ),
    check=check,
    check_run=check_run,
    bad_source=(
        script(
            "StepLR(optimizer, step_size=3)",
            after_epoch=("scheduler.step(loss.item())",),
        ),
    ),
    good_source=(script("StepLR(optimizer, step_size=3)", after_epoch=("scheduler.step()",)),),
    reword_problem=explains,
)
