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
    if scheduler.arguments.get("shape", "linear") != "linear" and multiplier != 1:
        raise UsageError(
            "a non-linear GradualWarmupScheduler with a multiplier other than 1 has no"
            " counterpart in torch"
        )
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
        curve = _curve(writer, scheduler)
        if curve is not None:
            own = (Item(curve, "ramp="),)
        name = writer.parts.include(PLATEAU)
        return call(name, Item(writer.target), total, *own, *writer.arguments(after))
    ramp = _line(writer, scheduler, start, "1.0")
    if after.row.container == "sequential":
        return _longer_sequence(writer, ramp, total, after)
    members = (ramp, writer.scheduler(after))
    milestones = Item(sequence([str(total.value)]), "milestones=", total.note)
    return call(
        "SequentialLR", Item(writer.target), Item(sequence(members), "schedulers="), milestones
    )


def _longer_sequence(writer: Writer, ramp: Brackets, total: Item, after: SchedulerPlan) -> Brackets:
    """The warm-up as the first member of a sequence; all milestones move by its length."""
    # Milestones 10 and 20 after 5 ticks of warm-up are 5, 15 and 25. torch ticks a sequence inside
    # of another one too early, so that there is one only.
    length, later = int(str(total.value)), after.arguments["milestones"]
    listed = later if isinstance(later, list) else [later]
    ends = [length, *(length + int(str(milestone)) for milestone in listed)]
    members = (ramp, *(writer.scheduler(each) for each in after.children()))
    milestones = Item(sequence(map(str, ends)), "milestones=", total.note)
    return call(
        "SequentialLR", Item(writer.target), Item(sequence(members), "schedulers="), milestones
    )


def _curve(writer: Writer, scheduler: SchedulerPlan) -> Brackets | None:
    """The factor of a warm-up that is not linear, as a function of the tick; None for a line."""
    shape = scheduler.arguments.get("shape", "linear")
    if shape == "linear":
        return None
    ticks = argument_of(scheduler, "total_epoch")
    own = [Item(literal(scheduler.arguments.get("start") or 0.0), "start=")]
    return call(
        "partial",
        Item(writer.parts.formula("warmup_ramp")),
        writer.argument(scheduler, ticks, "warmup"),
        *own,
        Item(literal(shape), "shape="),
    )


def _line(writer: Writer, scheduler: SchedulerPlan, start: str, end: str) -> Brackets:
    curve = _curve(writer, scheduler)
    if curve is not None:
        return writer.lambda_lr(curve)
    ticks = argument_of(scheduler, "total_epoch")
    if (start, end) == ("0.0", "1.0"):
        formula, own = "linear_warmup", [writer.argument(scheduler, ticks, "warmup")]
    else:
        total = writer.argument(scheduler, ticks, "total")
        formula, own = "linear", [Item(start, "start="), Item(end, "end="), total]
    function = call("partial", Item(writer.parts.formula(formula)), *own)
    return writer.lambda_lr(function)


def _short(number: float) -> str:
    return literal(int(number) if number.is_integer() else number)


def _check(
    writer: Writer, scheduler: SchedulerPlan, after: SchedulerPlan, multiplier: float
) -> None:
    if scheduler is not writer.top:
        raise UsageError(
            "a GradualWarmupScheduler inside another scheduler has no counterpart in torch"
        )
    followers = list(after.children()) if after.row.container == "sequential" else [after]
    for follower in followers:
        if reason := follower.row.cannot_follow:
            raise UsageError(f"{follower.type} after a GradualWarmupScheduler: {reason}")
    others = [each for each in writer.plan.schedulers if each is not scheduler and drives_lr(each)]
    if multiplier != 1 and any({*each.groups} & {*scheduler.groups} for each in others):
        raise UsageError(
            "a GradualWarmupScheduler whose multiplier is not 1, beside another scheduler of the"
            " same learning rate"
        )
