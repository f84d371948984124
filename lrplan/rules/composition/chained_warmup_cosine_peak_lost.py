"""A warm-up beside a decay never reaches the learning rate that it is meant to reach.

Schedulers in a ``ChainedScheduler``, or in a list, tick at the same time and multiply. While the
warm-up climbs, the decay has already begun, so the product turns down before the base lr is
reached, and less of the decay is left when the warm-up ends.

## Why it matters

``LinearLR`` from a tenth over 3 ticks beside ``CosineAnnealingLR`` with ``T_max: 10`` gets to
0.0794 with a base lr of 0.1: a fifth of the peak is missing.

## How to fix it

Let the decay begin when the warm-up ends: ``SequentialLR`` with the end of the warm-up as its
milestone, and a decay over the ticks that are left.

## When it is fine

A product of two decays is not reported. Neither is a decay that has not begun when the warm-up
ends: later milestones, or a cosine so long that less than 1 % is lost. A loss of up to 5 %, and a
warm-up beside ``ExponentialLR`` or ``MultiplicativeLR``, which have no planned end, are an info. It
is an error where the decay is exactly as long as the run after the warm-up: then it was meant to
follow the warm-up.

## References

open-mmlab/mmpose#2645, pytorch/pytorch#33416
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan import features
from lrplan.lint import Context, Edit, Hit, Rule, SchedulerPlan, Severity, Span, write_values
from lrplan.lint.facts.combinations import (
    falls_to_end,
    is_closed_form,
    is_warmup,
    multiplies_by_factor,
    schedulers_without_containers,
    shares_groups,
    side_by_side,
)

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: ChainedScheduler
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 10}
        - {type: CosineAnnealingLR, T_max: 30}
"""
GOOD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [10]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 10}
        - {type: CosineAnnealingLR, T_max: 20}
"""

_LENGTHS = ("T_max", "total_iters")
_NOTABLE = 0.99
_LARGE = 0.95


def check(context: Context) -> Iterator[Hit]:
    """Each warm-up with a decay beside it, and a peak that falls short."""
    for team in side_by_side(context):
        if any(
            is_closed_form(leaf)
            for member in team
            for leaf in schedulers_without_containers(member)
        ):
            continue
        for warmup in team:
            decays = [each for each in team if _decays(context, each, warmup)]
            if decays and is_warmup(context, warmup):
                yield from _short_of_peak(context, warmup, decays)


def _decays(context: Context, other: SchedulerPlan, warmup: SchedulerPlan) -> bool:
    row = other.row
    line = bool(row.name_of("end factor")) and not is_warmup(context, other)
    product = bool(row.name_of("function")) and row.update == "multiplies"
    falls = line or product or falls_to_end(other) or multiplies_by_factor(other)
    return falls and shares_groups(other, warmup)


def _is_endless(scheduler: SchedulerPlan) -> bool:
    """Return True if it goes on at every tick: nothing says when it cuts, or when it is over."""
    return not scheduler.row.name_of("end", "every", "cuts")


def _short_of_peak(
    context: Context, warmup: SchedulerPlan, decays: list[SchedulerPlan]
) -> Iterator[Hit]:
    span = next(span for span in context.spans() if span.scheduler is warmup)
    total = context.integer(warmup, "total_iters") or 0
    end = context.number(warmup, "end_factor") or 1.0
    group = next(name for name in warmup.groups if name in decays[0].groups)
    goal = context.base_values()[group] * end
    # Past its T_max a cosine comes back up, which is not a warm-up any more.
    until = context.step(span, total)
    peak = features.peak(context.trace.lr[group][: None if until is None else until + 1])
    if peak is None or not 0 < total < span.ticks or goal <= 0 or peak.value > _NOTABLE * goal:
        return
    harmless = peak.value > _LARGE * goal or all(map(_is_endless, decays))
    yield Hit(
        path=context.path_of(decays[0], "type"),
        message=(
            f"{decays[0].type} decays while {warmup.type} warms up for {total:,} ticks: the lr"
            f" peaks at {peak.value:.4g}, {peak.value / goal:.1%} of {goal:.4g}"
        ),
        fix=f"SequentialLR with milestones: [{total}], the decay over the ticks that are left",
        edits=_in_sequence(context, span, total, decays),
        step=peak.step,
        severity=_severity(context, span, total, decays) if not harmless else Severity.INFO,
    )


def _in_sequence(
    context: Context, warmup: Span, total: int, decays: list[SchedulerPlan]
) -> tuple[Edit, ...]:
    """One after the other, where a ChainedScheduler holds just the warm-up and then a decay."""
    top, decay = warmup.top, decays[0]
    name = decay.row.name_of("end")
    chained = top.row.container == "chained"
    if not chained or list(top.children()) != [warmup.scheduler, decay] or not name:
        return ()
    sequence = write_values(top.path, {"type": "SequentialLR", "milestones": [total]})
    return (*sequence, *write_values(decay.path, {name: context.ticks(top) - total}))


def _severity(
    context: Context, span: Span, warmup: int, decays: list[SchedulerPlan]
) -> Severity | None:
    """An error where a decay is exactly as long as what the warm-up leaves of the run."""
    # A warm-up of 10 beside T_max 20 in 30 ticks: 10 + 20 = 30, so the decay was meant to follow.
    lengths = [context.integer(each, name) for each in decays for name in _LENGTHS]
    fits = any(each is not None and each + warmup == span.ticks for each in lengths)
    return Severity.ERROR if fits else None


RULE = Rule(
    code="LRP402",
    name="chained-warmup-cosine-peak-lost",
    severity=Severity.WARNING,
    needs="curve",
    summary="A warm-up beside a decay never reaches its peak.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
    level="cause",
    supersedes=("cosine-past-t-max-rises",),
)
