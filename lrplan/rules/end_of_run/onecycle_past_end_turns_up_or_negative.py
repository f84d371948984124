"""A step past the end of ``OneCycleLR`` runs at a wrong, perhaps negative, learning rate.

The last tick of a cycle has number ``total_steps - 1``. Tick ``total_steps`` is accepted and goes
on along the same curve: a cosine turns up again, a straight line drops below zero. Only the tick
after it raises.

## Why it matters

With ``total_steps: 10`` and ``max_lr: 0.1`` the eleventh update runs at -0.0143 with ``linear``
annealing, which is gradient ascent, and at 0.00495 with ``cos``, 12,000 times the planned last
learning rate. The call after that update ends the run with a ``ValueError``.

## How to fix it

Make ``total_steps`` the number of updates, ``100%`` of the run; or stop training there.

## When it is fine

When the run has exactly ``total_steps`` updates the value is set after the last one, and never
used.

## References

pytorch/pytorch#38170
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, duration, share, unit, write_values
from lrplan.lint.facts.onecycle import OneCycle, one_cycles
from lrplan.lint.facts.tick_usage import last_used_tick, planned_ticks

BAD = """\
training: {steps: 11}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: OneCycleLR, max_lr: 0.1, total_steps: 10, anneal_strategy: linear}
"""


def check(context: Context) -> Iterator[Hit]:
    """Cycles of which tick ``total_steps`` is used, and no later one."""
    for cycle in one_cycles(context):
        used = last_used_tick(context, cycle.span) >= cycle.total
        if used and cycle.span.ticks <= cycle.total + 1:
            yield _hit(context, cycle)


def _hit(context: Context, cycle: OneCycle) -> Hit:
    span = cycle.span
    lr = cycle.share(cycle.total)
    direction = "below zero, " if lr < 0 else "up again, "
    then = "; the next tick raises ValueError" if span.ticks > cycle.total else ""
    length = max(planned_ticks(context, span), cycle.total + 1)
    whole = duration(context, span.top, length)
    return Hit(
        path=context.path_of(span.scheduler, cycle.argument),
        message=(
            f"{unit(span.top)} {cycle.total:,} lies past the end of the cycle and goes {direction}"
            f"at {share(lr)} of the peak{then}"
        ),
        fix=f"total_steps: {whole}",
        edits=write_values(span.scheduler.path, {"total_steps": length})
        if cycle.argument == "total_steps"
        else (),
        step=context.step(span, cycle.total),
    )


RULE = Rule(
    code="LRP303",
    name="onecycle-past-end-turns-up-or-negative",
    severity=Severity.ERROR,
    needs="spec",
    summary="OneCycleLR is used one tick past its end, where it turns or goes negative.",
    bad=(BAD, BAD.replace("linear", "cos")),
    good=(BAD.replace("total_steps: 10", "total_steps: 11"),),
    check=check,
    level="cause",
    supersedes=("stops-midway",),
)
