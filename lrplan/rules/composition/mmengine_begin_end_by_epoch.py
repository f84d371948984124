"""mmengine's begin, end and by_epoch decide how long a phase is, and in what unit.

A phase acts on the ticks from ``begin`` to ``end - 1`` of the run, counted in epochs or, with
``by_epoch: false``, in iterations. Its curve is stretched over them: ``LinearLR`` without ``end``
rises for a thousand million ticks, a phase in epochs never reaches a number of iterations, and a
cosine stops at ``end`` even if it has not reached its floor. Two phases at the same time multiply.

## Why it matters

With a base of 0.1, ``LinearLR`` from 0.1 without an ``end`` stays at 0.01 forever. A cosine with
``T_max: 10`` and ``end: 5`` is frozen at 0.0655. A warm-up of 3 ticks under a cosine of 10 peaks at
0.0905. ``LinearLR`` with ``end: 3`` takes 0.01, 0.055, 0.1, two intervals; torch's, with
``total_iters: 3``, takes three.

## How to fix it

Give every phase a ``begin`` and an ``end`` in the unit it is ticked in, one phase's ``end`` being
the next one's ``begin``, and leave ``T_max`` to its default, ``end - begin``. Units
convert for you: ``interval: step`` with ``end: 5ep`` is what ``convert_to_iter_based`` makes of 5.

## When it is fine

Between two phases the learning rate is constant, which many published configurations intend. A
cosine whose ``T_max`` is ``end - begin`` misses its floor by one tick; one without a floor of its
own may stop at a tenth of its height. A warm-up under ``MultiStepLR``, or so short that a cosine
above it takes less than a hundredth, is not flagged; nor is a plan whose ``training.horizon`` is
beyond this run.

## References

open-mmlab/mmpose#2645, open-mmlab/mmdetection#6785, open-mmlab/mmengine#221
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Hit,
    Rule,
    SchedulerPlan,
    Severity,
    duration,
    number,
    share,
    ticks,
    units,
    write_values,
)
from lrplan.lint.facts.tick_usage import ticks_of_plan

_START = """\
training: {epochs: 30, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
"""
NO_END = f"""{_START}\
      - {{type: "mmengine:LinearLR", start_factor: 0.1}}
"""
ITERATIONS = f"""{_START}\
      - {{type: "mmengine:LinearLR", start_factor: 0.001, end: 500}}
      - {{type: "mmengine:MultiStepLR", milestones: [16, 22]}}
"""
FROZEN = f"""{_START}\
      - {{type: "mmengine:CosineAnnealingLR", T_max: 30, end: 15}}
"""
OVERLAP = f"""{_START}\
      - {{type: "mmengine:LinearLR", start_factor: 0.1, end: 5}}
      - {{type: "mmengine:CosineAnnealingLR", end: 30}}
"""
NEVER = f"""{_START}\
      - {{type: "mmengine:LinearLR", interval: step, start_factor: 0.001, end: 500}}
      - {{type: "mmengine:StepLR", begin: 500, step_size: 10}}
"""
GOOD = f"""{_START}\
      - {{type: "mmengine:LinearLR", interval: step, start_factor: 0.001, end: 5ep}}
      - {{type: "mmengine:CosineAnnealingLR", interval: step, begin: 5ep, end: 30ep}}
"""
_END = 1_000_000_000
_MARGIN = 0.01
_TAIL = 0.1
"""The share of its peak at which a cosine to an unwritten floor may end, as in
floor-not-reached."""


def check(context: Context) -> Iterator[Hit]:
    """Phases that the run does not reach, does not finish, or has twice."""
    phases = [top for top in context.plan.schedulers if top.row.family == "mmengine"]
    for top in phases:
        begin, end = _bounds(context, top)
        if begin >= ticks_of_plan(context, top):
            yield _never(context, top, begin)
        elif "Linear" in top.type:
            yield from _unfinished(context, top, begin, end)
        elif "CosineAnnealing" in top.type:
            yield from _frozen(context, top, begin, end)
            yield from _overlaps(context, top, phases)


def _bounds(context: Context, top: SchedulerPlan) -> tuple[int, int]:
    begin = context.integer(top, "begin") or 0
    return begin, context.integer(top, "end") or _END


def _never(context: Context, top: SchedulerPlan, begin: int) -> Hit:
    run = ticks(context.ticks(top), top)
    return Hit(
        path=context.path_of(top, "begin"),
        message=f"it never acts: begin {begin:,} counts {units(top)}, and the run has {run}",
        fix="begin and end in the unit of its interval, such as 5ep",
    )


def _unfinished(context: Context, top: SchedulerPlan, begin: int, end: int) -> Iterator[Hit]:
    start = context.number(top, "start_factor") or 0.0
    goal = context.number(top, "end_factor") or 0.0
    # mmengine's phase acts at the ticks before `end`: with end 5 those are 0 to 4, so the line is
    # divided by 4 and is at its goal at tick 4.
    total, last = end - begin - 1, ticks_of_plan(context, top) - 1 - begin
    if total <= last or start >= goal:
        return
    reached = start + (goal - start) * last / total
    if reached > (1 - _MARGIN) * goal:
        return
    if end == _END:
        problem = f"has no end: the factor stays at {number(start)}"
    else:
        problem = f"reaches {share(reached / goal)} of its goal: end {end:,} counts {units(top)}"
    yield Hit(
        path=context.path_of(top, "end"),
        message=f"the line {problem}, and the run has {ticks(context.ticks(top), top)}",
        fix="an end within the run, in the unit of its interval, such as 5ep",
        severity=Severity.ERROR if end == _END else None,
    )


def _frozen(context: Context, top: SchedulerPlan, begin: int, end: int) -> Iterator[Hit]:
    period = context.integer(top, "T_max")
    last = min(end, context.ticks(top)) - begin - 1
    if period is None or period <= 0 or end > context.ticks(top):
        return
    # T_max 30 with end 15: the last tick is 14, where the cosine is at (1 + cos(14 pi / 30)) / 2,
    # 55 % of its height, and stays. `climbed` is the same past the bottom, where it goes up again.
    left = (1 + math.cos(math.pi * min(last, period) / period)) / 2
    climbed = (1 - math.cos(math.pi * max(last - period, 0) / period)) / 2
    floor = context.is_given(top, "eta_min") or context.is_given(top, "eta_min_ratio")
    if period > end - begin and left > (_MARGIN if floor else _TAIL):
        problem = f"stops at {share(left)} of its height"
    elif climbed > _MARGIN:
        problem = f"is down after {period:,} and climbs to {share(climbed)} of its height"
    else:
        return
    yield Hit(
        path=context.path_of(top, "T_max"),
        message=f"the cosine {problem}: T_max is {period:,} and end - begin {end - begin:,}",
        fix=f"T_max: {duration(context, top, end - begin)}",
        edits=write_values(top.path, {"T_max": end - begin}),
    )


def _overlaps(
    context: Context, cosine: SchedulerPlan, phases: list[SchedulerPlan]
) -> Iterator[Hit]:
    """Warm-ups under the cosine, of the same groups and the same field."""
    begin, end = _bounds(context, cosine)
    period = context.integer(cosine, "T_max") or end - begin
    for warmup in phases:
        if "Linear" not in warmup.type or not _overlap(context, warmup, cosine):
            continue
        done = _own_tick(context, warmup, cosine) - begin
        left = (1 + math.cos(math.pi * min(max(done, 0), period) / period)) / 2
        if left < 1 - _MARGIN:
            yield Hit(
                path=context.path_of(cosine, "begin"),
                message=(
                    f"the warm-up and the cosine act at once and multiply: when the warm-up is over"
                    f" the cosine has come down to {share(left)}"
                ),
                fix="begin where the warm-up ends",
            )


def _overlap(context: Context, warmup: SchedulerPlan, cosine: SchedulerPlan) -> bool:
    start = context.number(warmup, "start_factor") or 0.0
    goal = context.number(warmup, "end_factor") or 0.0
    same_field = context.field_of(warmup) == context.field_of(cosine)
    ends = _bounds(context, warmup)[1] <= context.ticks(warmup)
    return same_field and ends and start < goal and bool(set(warmup.groups) & set(cosine.groups))


def _own_tick(context: Context, warmup: SchedulerPlan, cosine: SchedulerPlan) -> int:
    """The tick of the cosine at which the warm-up's last one falls."""
    last = _bounds(context, warmup)[1] - 1
    step = context.clock.step_of_call(last, warmup.cadence)
    ticks_before = context.clock.calls_before(cosine.cadence)
    return 0 if step is None else int(ticks_before[step])


RULE = Rule(
    code="LRP454",
    name="mmengine-begin-end-by-epoch",
    severity=Severity.WARNING,
    needs="spec",
    summary="A phase of mmengine is out of reach, cut short, or doubled.",
    bad=(NO_END, ITERATIONS, FROZEN, OVERLAP, NEVER),
    good=(GOOD,),
    check=check,
    extra="mmengine",
)
