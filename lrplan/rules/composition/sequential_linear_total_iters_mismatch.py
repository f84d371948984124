"""A linear warm-up that is not as long as its phase of the ``SequentialLR``.

``total_iters`` of the warm-up and the milestone that ends it are two numbers for the same length.
If the warm-up is longer, it is cut before its goal and the learning rate jumps at the hand-over; if
it is shorter, the learning rate stays at the peak until then.

## Why it matters

``LinearLR`` from a tenth with ``total_iters: 5`` and a milestone of 3, base lr 0.1, gives 0.01,
0.028, 0.046 and then 0.1: more than double in one step. With 11 instead of 10 it is 0.0836 to 0.1.

## How to fix it

Give both the same number, best as one duration such as ``5ep`` in both places.

## When it is fine

Less than 2 % missing at the hand-over, one tick more at the peak, and a hold of at least the
warm-up's own length, which is a phase of its own (warm-up, stable, decay). A short hold is an info.
Nothing is reported if the next phase continues from the value at which the warm-up was cut.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, check_plans_of_run, script
from lrplan.lint.facts.combinations import Phase, first_factors, phases
from lrplan.lint.facts.lengths import in_written_unit, write_lengths

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [5]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 8}
        - {type: CosineAnnealingLR, T_max: 25}
"""

_NEGLIGIBLE = 0.02


def check(context: Context) -> Iterator[Hit]:
    """Each rising line that is handed over before or after its end."""
    for phase in phases(context):
        name = _length(phase.span.scheduler)
        ticks = phase.span.ticks
        if not name or not phase.is_handed_over or ticks < 1:
            continue
        total = context.integer(phase.span.scheduler, name)
        start, end = _factors(context, phase)
        if total is None or total < 1 or not start < end:
            continue
        # start_factor 0.1 and total_iters 10, handed over at 5: 0.1 + 0.9 * 5 / 10 = 0.55 of the
        # base lr.
        reached = start + (end - start) * min(ticks / total, 1.0)
        if total > ticks and _jumps(context, phase, reached, end):
            yield _cut(context, phase, name, reached / end)
        elif total + 1 < ticks < 2 * total:
            yield _waits_at_peak(context, phase, name, total)


def _length(scheduler: SchedulerPlan) -> str:
    """The argument that says how long a line is after which nothing more comes; else empty."""
    row = scheduler.row
    if row.name_of("end factor"):
        return row.name_of("end")
    curve = "" if row.formula is None else row.formula.curve
    return row.name_of("warm-up") if curve == "linear_warmup" else ""


def _factors(context: Context, phase: Phase) -> tuple[float, float]:
    end = context.number(phase.span.scheduler, "end_factor")
    return first_factors(context, phase.span.scheduler)[0], 1.0 if end is None else float(end)


def _jumps(context: Context, phase: Phase, reached: float, end: float) -> bool:
    goes_on = phase.after is not None and any(
        abs(factor - reached) <= _NEGLIGIBLE * end for factor in first_factors(context, phase.after)
    )
    return end - reached > _NEGLIGIBLE * end and not goes_on


def _cut(context: Context, phase: Phase, name: str, share: float) -> Hit:
    scheduler, ticks = phase.span.scheduler, phase.span.ticks
    total = context.integer(scheduler, name) or 0
    return Hit(
        path=context.path_of(scheduler, name),
        message=(
            f"the warm-up is cut at {share:.1%} of its goal, and the lr jumps: {name} is"
            f" {total:,}, but the next phase begins after {ticks:,} ticks"
        ),
        fix=f"{name}: {in_written_unit(context, phase.span, name, ticks)}",
        edits=write_lengths(context, phase.span, {name: ticks}),
        step=context.step(phase.span, ticks),
    )


def _waits_at_peak(context: Context, phase: Phase, name: str, total: int) -> Hit:
    ticks = phase.span.ticks
    return Hit(
        path=context.path_of(phase.span.scheduler, name),
        message=(
            f"the warm-up is over after {total:,} ticks and the lr waits at its peak for"
            f" {ticks - total:,} more until the next phase"
        ),
        fix=f"{name}: {in_written_unit(context, phase.span, name, ticks)}",
        edits=write_lengths(context, phase.span, {name: ticks}),
        step=context.step(phase.span, total),
        severity=Severity.INFO,
    )


def _example(warmup: int) -> str:
    return script(
        "SequentialLR(optimizer, [\n"
        f"    torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters={warmup}),\n"
        "    torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8),\n"
        "], milestones=[2])",
        after_epoch=("scheduler.step()",),
    )


RULE = Rule(
    code="LRP404",
    name="sequential-linear-total-iters-mismatch",
    severity=Severity.WARNING,
    needs="spec",
    summary="A warm-up's length differs from its phase in SequentialLR.",
    bad=(BAD,),
    good=(BAD.replace("total_iters: 8", "total_iters: 5"),),
    check=check,
    check_run=check_plans_of_run(check),
    bad_source=(_example(4),),
    good_source=(_example(2),),
    level="cause",
)
