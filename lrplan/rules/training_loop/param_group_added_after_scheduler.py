"""A parameter group that is added after the scheduler was made is not scheduled.

A scheduler notes the base learning rate of each group when it is made. ``LambdaLR``,
``MultiplicativeLR``, ``CyclicLR``, ``OneCycleLR`` and warm restarts compute one value for each
group that they know, and have none for a group that ``add_param_group`` brings later. Up to torch
2.9 that group keeps its learning rate; from 2.10 on the next tick raises ``ValueError``
(``KeyError`` with ``OneCycleLR``).

## Why it matters

Gradual unfreezing adds the layers of a backbone during the training. They then train at the
learning rate they were added with to the end, while the head is taken down to 0.

## How to fix it

Make all groups before the scheduler, with ``requires_grad = False`` or a learning rate of 0 for
those whose time comes later; or make a new scheduler after the group is added.

## When it is fine

With ``StepLR``, ``MultiStepLR``, ``ExponentialLR``, ``CosineAnnealingLR`` and
``ReduceLROnPlateau``, which change whatever groups there are and take the new one along.

## References

pytorch/pytorch#79888, huggingface/transformers#20029
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.lint import Location, Rule, RunContext, RunHit, Severity, number, script
from lrplan.observation import ObservedGroup, ObservedOptimizer, ObservedScheduler

_FEWEST_CHANGES = 2


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Groups that came after a scheduler that does not take them along."""
    for event, made in context.facts.groups_added:
        optimizer = context.optimizer(event.index)
        before = [each for each in context.tops if each.optimizer == event.index]
        before = [each for each in before if each.index in made and _is_strict(context, each)]
        if optimizer is None or not before:
            continue
        group = _left_alone(optimizer)
        failed = context.observation.ending == "failed"
        if context.recorded and group is None and not failed:
            continue
        scheduler = before[0]
        at = "" if group is None else f": it stays at {number(group.options.get('lr', 0.0))}"
        yield RunHit(
            location=event.location or context.location(scheduler),
            message=(
                f"the group added here is not known to the {scheduler.type} that was made"
                f" before{_line(scheduler.location)}{at}"
            ),
            fix="make the scheduler after all groups",
            step=event.step if context.recorded else None,
            scheduler=scheduler.index,
        )


def _is_strict(context: RunContext, scheduler: ObservedScheduler) -> bool:
    """Return True if it computes one value for each group that it knows."""
    row = context.row(scheduler)
    return row is not None and (row.update == "sets" or bool(row.name_of("function")))


def _left_alone(optimizer: ObservedOptimizer) -> ObservedGroup | None:
    """A group that came later and keeps its learning rate, while that of another one changes."""
    trace = optimizer.trace
    if trace is None:
        return None
    for group in optimizer.groups:
        own = trace.lr.get(group.name)
        if not group.first_step or own is None:
            continue
        others = [trace.lr[name] for name in trace.groups if name != group.name]
        changes = [np.count_nonzero(np.diff(each[group.first_step :])) for each in others]
        if not np.diff(own[group.first_step :]).any() and max(changes) >= _FEWEST_CHANGES:
            return group
    return None


def _line(location: Location | None) -> str:
    return "" if location is None or not location.line else f" in line {location.line}"


_SCHEDULER = "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.9**epoch)"
_NEW_GROUP = (
    "more = torch.nn.Parameter(torch.ones(1))",
    'optimizer.add_param_group({"params": [more], "lr": 0.01})',
)

RULE = Rule(
    code="LRP866",
    name="param-group-added-after-scheduler",
    severity=Severity.ERROR,
    needs="run",
    summary="A group that is added after the scheduler was made is not scheduled.",
    check_run=check_run,
    bad_source=(script(made=(_SCHEDULER, *_NEW_GROUP), after_epoch=("scheduler.step()",)),),
    good_source=(script(made=(*_NEW_GROUP, _SCHEDULER), after_epoch=("scheduler.step()",)),),
)
