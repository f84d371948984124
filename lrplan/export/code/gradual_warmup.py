"""``GradualWarmupScheduler`` by torch's own means: a sequence, or a plateau that warms up."""

from __future__ import annotations

from lrplan.errors import UsageError
from lrplan.export.code.classes import PLATEAU
from lrplan.export.code.field_schedulers import argument_of, drives_lr
from lrplan.export.code.formatting import Brackets, Item, call, sequence
from lrplan.export.code.literals import literal
from lrplan.export.code.writer import Writer
from lrplan.plan import SchedulerPlan


def gradual(writer: Writer, scheduler: SchedulerPlan) -> Brackets:
    """The warm-up, and the scheduler that follows it, as one scheduler.

    With a multiplier of 8 and an lr of 0.1, what follows starts from 0.8. Torch builds it from the
    optimizer's lr, so the optimizer is written with 0.8, and the warm-up as a ``LambdaLR`` from a
    factor of 1 / 8 to 1.

    Raises:
        UsageError: torch alone cannot do the same with this scheduler after or around it.
    """
    after = scheduler.arguments.get("after_scheduler")
    multiplier = float(str(scheduler.arguments["multiplier"]))
    if scheduler.arguments.get("shape", "linear") != "linear":
        raise UsageError("a GradualWarmupScheduler that is no line has no counterpart in torch")
    given = scheduler.arguments.get("start")
    if not isinstance(after, SchedulerPlan):
        start, end = ("0.0", "1.0") if multiplier == 1 else ("1.0", _short(multiplier))
        start = start if given is None else literal(given)
        return _line(writer, scheduler, start, end)
    _check(writer, scheduler, after, multiplier)
    for group in writer.top.groups:
        writer.parts.multipliers[group] = multiplier
    # GradualWarmupScheduler begins at 0 for a multiplier of 1, and at the optimizer's lr for
    # others: with 8, the optimizer is written 8 times as high, and begins at 1 / 8 of it.
    start = "0.0" if multiplier == 1 else f"1 / {_short(multiplier)}"
    if given is not None:
        start = literal(given) if multiplier == 1 else f"{literal(given)} / {_short(multiplier)}"
    total = writer.argument(scheduler, argument_of(scheduler, "total_epoch"), "warmup")
    # torch's SequentialLR cannot hold a plateau, whose step() takes a metric: it has a class of its
    # own. Everything else is `SequentialLR([warm-up, after], milestones=[total_epoch])`.
    if after.row.family == "torch" and after.row.name_of("patience"):
        own = () if start == "0.0" else (Item(start, "start="),)
        name = writer.parts.include(PLATEAU)
        return call(name, Item(writer.target), total, *own, *writer.arguments(after))
    members = (_line(writer, scheduler, start, "1.0"), writer.scheduler(after))
    milestones = Item(sequence([str(total.value)]), "milestones=", total.note)
    return call(
        "SequentialLR", Item(writer.target), Item(sequence(members), "schedulers="), milestones
    )


def _line(writer: Writer, scheduler: SchedulerPlan, start: str, end: str) -> Brackets:
    ticks = argument_of(scheduler, "total_epoch")
    if (start, end) == ("0.0", "1.0"):
        formula, own = "linear_warmup", [writer.argument(scheduler, ticks, "warmup")]
    else:
        total = writer.argument(scheduler, ticks, "total")
        formula, own = "linear", [Item(start, "start="), Item(end, "end="), total]
    function = call("partial", Item(writer.parts.formula(formula)), *own)
    return call("LambdaLR", Item(writer.target), Item(function, "lr_lambda="))


def _short(number: float) -> str:
    return literal(int(number) if number.is_integer() else number)


def _check(
    writer: Writer, scheduler: SchedulerPlan, after: SchedulerPlan, multiplier: float
) -> None:
    if scheduler is not writer.top:
        raise UsageError(
            "a GradualWarmupScheduler inside another scheduler has no counterpart in torch"
        )
    reason = after.row.cannot_follow
    if reason:
        raise UsageError(f"{after.type} after a GradualWarmupScheduler: {reason}")
    others = [each for each in writer.plan.schedulers if each is not scheduler and drives_lr(each)]
    if multiplier != 1 and any({*each.groups} & {*scheduler.groups} for each in others):
        raise UsageError(
            "a GradualWarmupScheduler whose multiplier is not 1, beside another scheduler of the"
            " same learning rate"
        )
