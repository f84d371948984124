"""``eta_min`` is one learning rate for all groups, and lifts those that lie below it.

``CosineAnnealingLR`` and ``CosineAnnealingWarmRestarts`` go from each group's own learning rate to
the same ``eta_min``. A group that starts below it rises; groups of different learning rates end up
equal.

## Why it matters

Groups of 0.1 and 0.01 with ``eta_min: 0.02`` over 5 ticks: the second goes from 0.01 up to 0.019,
while the first falls to 0.0276. A single group of 1e-3 with ``eta_min: 1e-2`` rises tenfold; one
with ``eta_min`` equal to its learning rate stays flat.

## How to fix it

Set ``eta_min`` below the smallest learning rate; a thousandth of it changes no ratio that matters.
For a floor relative to each group write a multiple, ``eta_min: 0.01x``: 1 % of each group's lr.

## When it is fine

Groups of one learning rate, and a floor of at most a tenth of the smallest learning rate. Above
that the ratio of different groups is lost towards the end, which is an info.

## References

open-mmlab/mmengine#725
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, groups: {backbone: {lr: 0.01}, head: {lr: 0.1}}}
    scheduler: {type: CosineAnnealingLR, T_max: 30, eta_min: 0.02}
"""
_TINY = 0.1


def check(context: Context) -> Iterator[Hit]:
    """Each cosine whose floor is at, above, or near the lr of a group it drives."""
    for span in context.spans():
        if span.scheduler.row.family != "torch":
            continue
        floor = context.number(span.scheduler, "eta_min")
        lrs = _start_lrs(context, span)
        if not floor or not lrs:
            continue
        name = min(lrs, key=lrs.__getitem__)
        if floor >= lrs[name]:
            yield _lifted(context, span, floor, name, lrs[name])
        elif len(set(lrs.values())) > 1 and floor > _TINY * lrs[name]:
            yield _flattened(context, span, floor, lrs)


def _start_lrs(context: Context, span: Span) -> dict[str, float]:
    """The lr that each group anneals from: its base, times the multiplier of a gradual warm-up."""
    base = context.base_values()
    scale = 1.0
    for outer in span.top.walk():
        inside = outer.type == "GradualWarmupScheduler" and span.scheduler in outer.children()
        if inside:
            scale *= context.number(outer, "multiplier") or 1.0
    return {name: base[name] * scale for name in span.top.groups if name in base}


def _lifted(context: Context, span: Span, floor: float, name: str, lr: float) -> Hit:
    who = f"group {name}" if len(span.top.groups) > 1 else "the lr"
    moves = "stays flat" if lr == floor else "rises"
    return Hit(
        path=context.path_of(span.scheduler, "eta_min"),
        message=f"{who} {moves}: eta_min {floor:.4g} is not below its lr of {lr:.4g}",
        fix=f"eta_min: {lr / 100:g} or less"
        if len(span.top.groups) == 1
        else f"an eta_min below {lr:g}, or a scheduler for {name} alone: groups: [{name}]",
        step=context.step(span, 1),
    )


def _flattened(context: Context, span: Span, floor: float, lrs: dict[str, float]) -> Hit:
    low, high = min(lrs.values()), max(lrs.values())
    return Hit(
        path=context.path_of(span.scheduler, "eta_min"),
        message=(
            f"all groups go to the same eta_min {floor:.4g}, {floor / low:.0%} of the smallest"
            f" lr: their ratio of {high / low:.3g} is lost towards the end"
        ),
        fix="a smaller eta_min, or a multiple of each group's lr: eta_min: 0.01x",
        severity=Severity.INFO,
    )


RULE = Rule(
    code="LRP701",
    name="eta-min-shared-across-groups",
    severity=Severity.ERROR,
    needs="spec",
    summary="eta_min is at or above the lr of a group, which then rises.",
    bad=(BAD,),
    good=(BAD.replace("eta_min: 0.02", "eta_min: 1e-5"),),
    check=check,
    level="cause",
)
