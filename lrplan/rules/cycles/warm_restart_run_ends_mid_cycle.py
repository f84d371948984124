"""The run stops in the middle of a cycle of warm restarts, at a high learning rate.

Each cycle lowers the learning rate and then raises it again. The model has settled only at the end
of a cycle; a run that stops elsewhere keeps weights from a phase of exploration.

## Why it matters

With a base lr of 1: ``T_0: 10, T_mult: 2`` in a run of 100 ticks ends at 0.709; equal cycles of
30 end at 0.794. A run of 70 ticks, three whole cycles of the first kind, ends at 0.0015, and one
of 71 at 1.0: its last tick is a restart.

## How to fix it

Make the run a whole number of cycles long: ``T_0 (T_mult ** k - 1) / (T_mult - 1)`` ticks, or
``k T_0`` when they are equal. The finding names the nearest ones. Or end with a separate decay.

## When it is fine

A run that ends at less than a tenth of the way up, or on the last tick of a cycle. A
``training.horizon`` beyond the run says that it stops early on purpose. Runs that keep the weights
of every cycle's end may ignore it.

## References

Loshchilov & Hutter 2017, arXiv 1608.03983; pytorch/pytorch#95122
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span, check_plans_of_run, count, script, unit
from lrplan.lint.facts.tick_usage import ends_with_run, last_used_tick, planned_ticks
from lrplan.rules.cycles._cycles import Cycles

BAD = """\
training: {epochs: 100, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2}
"""
_HIGH = 0.1


def check(context: Context) -> Iterator[Hit]:
    """Restarts that the run ends high above the floor."""
    for span in context.spans("CosineAnnealingWarmRestarts", "CosineAnnealingWarmUpRestarts"):
        cycles = Cycles.of(context, span.scheduler)
        last = last_used_tick(context, span)
        stops_early = planned_ticks(context, span) > span.ticks
        if cycles is None or last < 0 or stops_early or not ends_with_run(context, span):
            continue
        number, inside, length = cycles.at(last)
        if inside >= length - 1 or cycles.level(last) <= _HIGH:
            continue
        if number > 0:
            yield _hit(context, span, cycles, last)
        elif cycles.rise == 0:
            yield _only_one(context, span, cycles, last)


def _hit(context: Context, span: Span, cycles: Cycles, last: int) -> Hit:
    number, inside, length = cycles.at(last)
    noun = unit(span.top)
    below, above = (f"{total + span.begin:,}" for total in (last - inside, last - inside + length))
    return Hit(
        path=context.path_of(span.scheduler, "T_0"),
        message=(
            f"the run ends {count(inside + 1, noun)} into cycle {number + 1}, which takes"
            f" {length:,}: the last step runs at {cycles.level(last):.1%} of the height"
        ),
        fix=f"a run of {below} or {above} {noun}s ends with a cycle",
        step=context.step(span, last - inside),
    )


def _only_one(context: Context, span: Span, cycles: Cycles, last: int) -> Hit:
    return Hit(
        path=context.path_of(span.scheduler, "T_0"),
        message=(
            f"the first cycle takes {count(cycles.first, unit(span.top))}, longer than the"
            f" {span.ticks:,} of the run: the last step runs at {cycles.level(last):.1%} of the"
            " height"
        ),
        fix=f"T_0: {span.ticks}",
        step=context.clock.steps - 1,
    )


RULE = Rule(
    code="LRP601",
    name="warm-restart-run-ends-mid-cycle",
    severity=Severity.WARNING,
    needs="spec",
    summary="The run stops in the middle of a warm-restart cycle.",
    bad=(BAD,),
    good=(BAD.replace("epochs: 100", "epochs: 70"),),
    check=check,
    check_run=check_plans_of_run(check),
    bad_source=(
        script("CosineAnnealingWarmRestarts(optimizer, T_0=7)", after_epoch=("scheduler.step()",)),
    ),
    good_source=(
        script("CosineAnnealingWarmRestarts(optimizer, T_0=5)", after_epoch=("scheduler.step()",)),
    ),
    level="cause",
)
