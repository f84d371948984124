"""A ``SequentialLR`` of another field still sets the learning rate back.

``SequentialLR`` resets ``lr`` to ``initial_lr`` in its constructor, also when its members drive
another field. If it comes after a scheduler of the learning rate in the list, it undoes the first
value that this scheduler has written.

## Why it matters

A ``LinearLR`` from a tenth over 3 ticks, base lr 0.1, followed by a ``SequentialLR`` for weight
decay, gives 0.1, 0.4, 0.7 instead of 0.01, 0.04, 0.07. With a ``LambdaLR`` or ``WarmupCosine``
only step 0 is wrong: it runs at the full base lr instead of at the start of the warm-up.

## How to fix it

Put the ``SequentialLR`` of the other field first in the list, and the scheduler of the learning
rate after it.

## When it is fine

A scheduler of the learning rate that begins at the base lr (a cosine, ``StepLR``) loses nothing,
and neither does one of other groups.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Edit, Hit, Rule, SchedulerPlan, Severity, yaml_flow
from lrplan.lint.facts.combinations import fields, first_factors
from lrplan.lint.facts.lengths import node_at
from lrplan.rules.composition._lost_initial_writes import undone_first_writes

BAD = """\
training: {epochs: 20, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: AdamW, lr: 0.001, weight_decay: 0.05}
    scheduler:
      - {type: LambdaLR, lr_lambda: "min(1, (epoch + 1) / 5)"}
      - type: SequentialLR
        milestones: [10]
        schedulers:
          - {type: LambdaParamScheduler, param_group_field: weight_decay, param_lambda: "1"}
          - {type: LambdaParamScheduler, param_group_field: weight_decay, param_lambda: "2"}
"""
_LR = '      - {type: LambdaLR, lr_lambda: "min(1, (epoch + 1) / 5)"}\n'
GOOD = BAD.replace(_LR, "") + _LR


def check(context: Context) -> Iterator[Hit]:
    """A SequentialLR without the lr after a scheduler that begins off the base lr."""
    for sequence, earlier in undone_first_writes(context):
        driven = fields(context, sequence)
        if "lr" in driven or not context.trace.steps:
            continue
        group = next(name for name in sequence.groups if name in earlier.groups)
        first = float(context.trace.lr[group][0])
        factor = first_factors(context, earlier)[earlier.groups.index(group)]
        yield Hit(
            path=context.path_of(sequence, "type"),
            message=(
                f"SequentialLR drives {' and '.join(sorted(driven))} but sets lr back when it is"
                f" built: step 0 runs at {first:.3g}, where {earlier.type} begins at"
                f" {factor * context.base_values()[group]:.3g}"
            ),
            fix=f"put the SequentialLR before {earlier.type} in the list",
            edits=_swapped(context, sequence, earlier),
            step=0,
        )


def _swapped(context: Context, sequence: SchedulerPlan, earlier: SchedulerPlan) -> tuple[Edit, ...]:
    """Both in the other order, where they follow one another in the list."""
    tops = context.plan.schedulers
    if sequence not in tops or earlier not in tops:
        return ()
    if tops.index(sequence) != tops.index(earlier) + 1:
        return ()
    return tuple(
        Edit(here.path, yaml_flow(node_at(context, there.path).to_python()))
        for here, there in ((earlier, sequence), (sequence, earlier))
    )


RULE = Rule(
    code="LRP416",
    name="field-scheduler-in-sequential-resets-lr",
    severity=Severity.ERROR,
    needs="curve",
    summary="A SequentialLR of another field sets the learning rate back.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
    level="cause",
)
