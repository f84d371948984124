"""A warm-up that starts at 0 makes the first updates do nothing.

``step / W`` is 0 at step 0, so the first update moves no weight. The batch is wasted, an adaptive
optimizer counts the update and changes its moments, and code that divides by the learning rate
divides by 0. A scheduler that ticks once per epoch keeps that 0 for the whole first epoch.

## Why it matters

``LambdaLR`` with ``min(1, step / 5)`` gives 0, 0.2, 0.4, 0.6, 0.8, 1. Ticked once per epoch of 4
steps, the first 4 updates all run at 0. ``AdamW`` at a learning rate of 0 leaves the weights alone,
but counts the update and moves its first moment to a tenth of the gradient.

## How to fix it

Start above 0: ``(step + 1) / W``, or ``LinearLR`` with a small ``start_factor``. Tick a warm-up
per step (``interval: step``), not per epoch.

## When it is fine

One lost update changes nothing and is the usual form of Hugging Face's schedules: it is not
reported. Several are, when they fill an epoch, or more than 1 % of the run. A group that
is held at 0 while others train, for longer than a tick or without a ramp after it, is taken to be
frozen on purpose.

## References

karpathy/nanoGPT#578, google-research/bert#1293
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.lint import Context, Edit, Hit, Rule, Severity, Span, count, yaml_flow
from lrplan.lint.facts.expressions import factors, factors_on_base_lr, with_rise_above_zero
from lrplan.lint.facts.tick_usage import last_used_tick

BAD = """\
training: {epochs: 30, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "min(1, epoch / 5)"}
"""

_LENGTHS = ("warmup_steps", "total_epoch")
_PART = 0.01


def check(context: Context) -> Iterator[Hit]:
    """Groups whose curve begins with zeros and then ramps up."""
    zeros = {group: _leading_zeros(context, group) for group in context.base_values()}
    for span in context.spans():
        own = span.scheduler
        is_key = bool(own.written_as) and bool(own.row.name_of("warm-up"))
        holds = any(own.children()) and not is_key
        if span.begin or context.field_of(own) != "lr" or holds:
            continue
        rising = [
            group
            for group in span.top.groups
            if zeros.get(group) and _warms_up(context, span, group, zeros)
        ]
        if rising:
            longest = max(rising, key=lambda group: zeros[group])
            if _costs(context, span, zeros[longest]):
                yield _hit(context, span, longest, zeros[longest])
            return


def _leading_zeros(context: Context, group: str) -> int:
    """Steps at 0 before the first that is not; 0 when all are, or nothing would move it."""
    values = context.trace.lr[group]
    moves = np.flatnonzero(values)
    return int(moves[0]) if len(moves) and context.base_values()[group] > 0 else 0


def _warms_up(context: Context, span: Span, group: str, zeros: dict[str, int]) -> bool:
    values: FloatArray = context.trace.lr[group]
    ramps = bool(values[zeros[group]] < 0.9 * values.max())
    first = zeros[group] <= _first_tick(context, span)
    # Where all groups begin at 0, none is frozen beside another: a rise that is late, or takes one
    # tick only, counts as well. A curve that is held at 0 and then starts at its height does not.
    if all(zeros.values()) and zeros[group] == min(zeros.values()):
        return ramps or first
    return ramps and first


def _first_tick(context: Context, span: Span) -> int:
    """Steps before the scheduler's first tick."""
    return context.step(span, 1) or context.clock.steps


def _costs(context: Context, span: Span, zeros: int) -> bool:
    """Return True if several updates are lost: a tick of an epoch, or more than 1 % of the run."""
    clock = context.clock
    many = zeros > _PART * clock.steps or zeros >= (clock.steps_per_epoch or clock.steps)
    return zeros > 1 and (many or _is_coarse(context, span, zeros))


def _is_coarse(context: Context, span: Span, zeros: int) -> bool:
    return span.top.interval == "epoch" and zeros >= _first_tick(context, span)


def _path(context: Context, span: Span, group: str) -> str:
    """The formula of the group, the length of the warm-up, or the type."""
    own = (each for each in factors(context) if each.span.scheduler is span.scheduler)
    formula = next((each.path for each in own if group in each.groups), None)
    lengths = (name for name in _LENGTHS if context.is_given(span.scheduler, name))
    return formula or context.path_of(span.scheduler, next(lengths, "type"))


def _hit(context: Context, span: Span, group: str, zeros: int) -> Hit:
    coarse = _is_coarse(context, span, zeros)
    fix = (
        "interval: step, with the warm-up in steps, or (epoch + 1) / (W + 1)"
        if coarse
        else "start above 0: (step + 1) / (W + 1), or LinearLR with a small start_factor"
    )
    if span.scheduler.written_as:
        more = ", or interval: step" if coarse else ""
        fix = f"start above 0: `warmup: {{length: ..., start: 0.01}}`{more}"
    whole = ", a whole epoch," if zeros == context.clock.steps_per_epoch else ""
    return Hit(
        path=_path(context, span, group),
        message=f"the first {count(zeros, 'update')}{whole} run at an lr of 0: the warm-up starts"
        " at 0",
        fix=fix,
        edits=_edits(context, span),
        step=0,
    )


def _edits(context: Context, span: Span) -> tuple[Edit, ...]:
    """The expressions of the warm-up, each begun one tick later."""
    own = [each for each in factors_on_base_lr(context) if each.span.scheduler is span.scheduler]
    last = last_used_tick(context, span)
    begun = {each.path: with_rise_above_zero(each.expression, last) for each in own}
    return tuple(Edit(path, yaml_flow(text)) for path, text in begun.items() if text is not None)


RULE = Rule(
    code="LRP201",
    name="warmup-first-update-zero",
    severity=Severity.WARNING,
    needs="curve",
    summary="A warm-up starts at 0, so the first updates do nothing.",
    bad=(BAD,),
    good=(BAD.replace("epoch / 5", "(epoch + 1) / 6"),),
    check=check,
)
