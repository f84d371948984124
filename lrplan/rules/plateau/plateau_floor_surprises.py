"""A floor above the learning rate, or an lr close to `eps`, keeps a plateau from ever cutting.

A cut is made only if the learning rate falls by more than ``eps`` (1e-8 unless given), and it never
goes below ``min_lr``. A ``min_lr`` at or above a group's learning rate, or a learning rate so small
that the whole cut is no more than ``eps``, disables the scheduler for that group, without a
warning. One ``min_lr`` holds for all groups, so it easily lies above the learning rate of the
slowest.

## Why it matters

A learning rate of 1e-8 is never cut at all, one of 1e-7 once. With groups at 1e-3 and 1e-5 and
``min_lr: 1e-4``, the first ends at 1e-4 and the second stays at 1e-5 for good.

## How to fix it

One ``min_lr`` per group, or a lower one; for tiny learning rates ``eps: 0``.

## When it is fine

A list of ``min_lr`` with a group's own learning rate keeps that group constant on purpose.

## References

joeynmt/joeynmt#163, nitrain/nitrain#110
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lrplan.lint import Context, Edit, Hit, Rule, Severity, Span, write_values
from lrplan.lint.facts.plateaus import argument_names, eps, floors, path_of_argument, plateaus

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer:
      type: AdamW
      groups: {head: {lr: 1e-3}, backbone: {lr: 1e-5}}
    scheduler: {type: ReduceLROnPlateau, patience: 2, min_lr: 1e-4}
    metrics: {val_loss: {expr: "max(0.5, 1 - epoch / 10)"}}
"""


class _Stuck(NamedTuple):
    group: str
    lr: float
    floor: float


def check(context: Context) -> Iterator[Hit]:
    """Groups whose first cut is already ruled out."""
    for span in plateaus(context):
        factor = context.number(span.scheduler, argument_names(span.scheduler).factor)
        least = eps(context, span)
        lrs = _group_lrs(context, span)
        if factor is None or least is None:
            continue
        under = [
            each
            for each in lrs
            if each.floor >= each.lr > 0 and not _is_floor_per_group(each, span)
        ]
        # torch skips a cut of at most eps: an lr of 1e-8 with factor 0.1 would lose 9e-9, less than
        # the default eps of 1e-8, so it stays where it is.
        small = [
            each
            for each in lrs
            if each.lr > each.floor and 0 < each.lr - max(each.lr * factor, each.floor) <= least
        ]
        yield from _hits(context, span, argument_names(span.scheduler).floor, under)
        yield from _hits(context, span, argument_names(span.scheduler).eps, small)


def _group_lrs(context: Context, span: Span) -> list[_Stuck]:
    """Each group that the plateau drives, the lr it starts with, and its floor."""
    base, floor, groups = context.base_values(), floors(span), span.top.groups
    each_floor = floor if isinstance(floor, list) else [floor] * len(groups)
    scale = context.number(span.top, "multiplier") or 1
    return [
        _Stuck(name, base[name] * scale * _lr_scale(context, span, name), float(each))
        for name, each in zip(groups, each_floor, strict=False)
        if name in base and isinstance(each, (int, float))
    ]


def _lr_scale(context: Context, span: Span, group: str) -> float:
    """Return the factor by which the plateau itself multiplies the base lr when it is built."""
    return context.lr_scale(group) if span.scheduler.row.family == "timm" else 1.0


def _is_floor_per_group(stuck: _Stuck, span: Span) -> bool:
    return stuck.lr == stuck.floor and isinstance(floors(span), list)


def _hits(context: Context, span: Span, name: str, stuck: list[_Stuck]) -> Iterator[Hit]:
    if not stuck:
        return
    first, more = stuck[0], len(stuck) - 1
    edits: tuple[Edit, ...] = ()
    others = "" if not more else f" (nor can that of {more} other group{'s' if more > 1 else ''})"
    if name and name == argument_names(span.scheduler).floor:
        why = f"{name} is {first.floor:g}"
        fix = f"{name}: below {first.lr:g}"
        argument = span.scheduler.row.argument(name)
        if len(span.top.groups) > 1 and argument is not None and argument.per_group:
            each = f"one floor per group, the one of {first.group} below {first.lr:g}"
            fix = f"{name}: a list with {each}"
    else:
        why = "the whole cut is no more than eps"
        fix = f"{name}: 0" if name else "larger lrs"
        edits = write_values(span.scheduler.path, {name: 0}) if name else ()
    yield Hit(
        path=path_of_argument(context, span, name),
        message=f"the lr {first.lr:g} of {first.group} can never be cut: {why}{others}",
        fix=fix,
        edits=edits,
    )


RULE = Rule(
    code="LRP505",
    name="plateau-floor-surprises",
    severity=Severity.WARNING,
    needs="spec",
    summary="A plateau can never cut a group: min_lr is above its lr, or eps too large.",
    bad=(BAD, BAD.replace("1e-5", "1e-8").replace(", min_lr: 1e-4", "")),
    good=(
        BAD.replace("min_lr: 1e-4", "min_lr: {head: 1e-4, backbone: 1e-6}"),
        BAD.replace("min_lr: 1e-4", "min_lr: {head: 1e-4, backbone: 1e-5}"),
    ),
    check=check,
    level="cause",
)
