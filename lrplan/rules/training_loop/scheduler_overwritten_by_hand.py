"""Every value that a scheduler sets is replaced by hand before an update uses it.

The script steps a scheduler, and also writes ``param_groups[...]["lr"]`` itself: what is written
last before ``optimizer.step()`` is what counts. If that is the script, the scheduler is stepped for
nothing.

## Why it matters

A scheduler that is printed, logged and saved looks as if it drove the training, while the learning
rate is that of a function somewhere else.

## How to fix it

Keep one of the two. A warm-up by hand belongs into a ``LinearLR`` before the schedule, in a
``SequentialLR``.

## When it is fine

Values by hand that follow from the scheduler's (a factor on ``get_last_lr()``), a warm-up by hand
that ends, and schedulers of another field.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from lrplan.lint import Rule, RunContext, RunHit, Severity, count, script
from lrplan.lint.run_facts import HandWrites, TickFacts
from lrplan.schedule_code.model import always_in_loops

_FEWEST = 3
_ALMOST_ALL = 0.95


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers whose ticks are all followed by a value written by hand."""
    if not context.recorded:
        yield from _in_source(context)
        return
    for scheduler in context.tops if context.finished else ():
        row, ticks = context.row(scheduler), context.ticks(scheduler)
        writes = context.facts.writes.get(
            -1 if scheduler.optimizer is None else scheduler.optimizer
        )
        if row is None or row.drives != "lr" or ticks is None or writes is None:
            continue
        lost = sum(writes.ticked_before)
        if lost >= _FEWEST and lost >= _ALMOST_ALL * _ticked_windows(ticks) and _is_own(writes):
            yield RunHit(
                location=writes.first.location or context.location(scheduler),
                message=(
                    f"what {scheduler.type} sets is replaced by hand before an update uses it,"
                    f" after {count(lost, 'tick')} of {ticks.total:,}"
                ),
                fix="write the learning rate in one place: by the scheduler, or by hand",
                scheduler=scheduler.index,
            )


def _in_source(context: RunContext) -> Iterator[RunHit]:
    """Values that are written into all groups in every round of the loop that steps a scheduler."""
    code = context.observation.code
    if code is None:
        return
    ticked = {
        each.optimizer: each
        for each in context.tops
        if context.ticks(each) is not None
        and (row := context.row(each)) is not None
        and row.drives == "lr"
        and not row.reads_metric
    }
    for act in always_in_loops(code.body):
        scheduler = ticked.get(act.index)
        is_whole = act.kind == "lr_written" and not act.group and not act.keeps_ratios
        if is_whole and scheduler is not None:
            yield RunHit(
                location=code.location(act.place),
                message=(
                    f"the learning rate is written by hand in the loop that steps"
                    f" {scheduler.type}: one of the two is lost"
                ),
                fix="write the learning rate in one place: by the scheduler, or by hand",
                scheduler=scheduler.index,
            )


def _ticked_windows(ticks: TickFacts) -> int:
    """The number of updates before which the scheduler ticked; after the last one it may, too."""
    return sum(steps for number, steps in ticks.by_step.items() if number) - (ticks.in_step > 0)


def _is_own(writes: HandWrites) -> bool:
    """Return True if the values do not follow from the scheduler's by one factor."""
    pairs = zip(writes.values, writes.replaced, strict=True)
    factors = {round(value / old, 6) for value, old in pairs if old and isfinite(value / old)}
    return len(factors) > 1


_BY_HAND = (
    "for group in optimizer.param_groups:",
    '    group["lr"] = 0.1 * 0.5 ** (epoch // 4)',
)

RULE = Rule(
    code="LRP865",
    name="scheduler-overwritten-by-hand",
    severity=Severity.WARNING,
    needs="run",
    summary="Every value of a scheduler is replaced by hand before it is used.",
    check_run=check_run,
    bad_source=(
        script(
            "CosineAnnealingLR(optimizer, T_max=10)",
            before_epoch=_BY_HAND,
            after_epoch=("scheduler.step()",),
        ),
    ),
    good_source=(
        script("CosineAnnealingLR(optimizer, T_max=10)", after_epoch=("scheduler.step()",)),
    ),
)
