"""A plan as a base class for a LightningModule."""

from __future__ import annotations

from itertools import combinations
from textwrap import wrap
from typing import TYPE_CHECKING

from lrplan.clock import Cadence
from lrplan.clock.loops import LOOPS
from lrplan.errors import UsageError
from lrplan.export.code.classes import ATTACHED_VIEW, CLASSES, VIEW
from lrplan.export.code.field_schedulers import fields_of
from lrplan.export.code.formatting import INDENT, mapping, sequence, statement
from lrplan.export.code.header import header
from lrplan.export.code.literals import WIDTH, literal
from lrplan.export.code.module import module
from lrplan.export.code.module_parts import Parts
from lrplan.export.code.optimizer import optimizer_sources
from lrplan.export.code.schedulers import write_schedulers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.clock import Clock, Interval
    from lrplan.clock.cadence import Kind
    from lrplan.export.code.formatting import Brackets, Node
    from lrplan.export.code.schedulers import Built, Ticked
    from lrplan.plan import SchedulePlan, SchedulerPlan
    from lrplan.trace import Trace


_MARGIN = " " * INDENT


def to_lightning(plan: SchedulePlan, trace: Trace) -> str:
    """A module with a ``LightningModule`` whose ``configure_optimizers`` is ``plan``.

    Args:
        plan: the schedule.
        trace: its run, whose key figures stand at the top.

    Raises:
        UsageError: the schedule cannot be built from torch alone, Lightning would tick it
            otherwise, or its run fails.
    """
    _check_loop(plan)
    parts, top = Parts(), header(plan, trace)
    built = write_schedulers(plan, parts)
    sources = (
        *parts.sources({**CLASSES, VIEW: ATTACHED_VIEW}),
        *optimizer_sources(plan.optimizer, parts.multipliers),
        *((built.source,) if built.source else ()),
        "\n".join(_class(plan, built)),
    )
    return module(top, sources)


def _class(plan: SchedulePlan, built: Built) -> Iterator[str]:
    yield "class Scheduled(LightningModule):"
    yield '    """A module to derive from: it brings the optimizer and its schedule along.'
    yield ""
    yield from wrap(
        _expectations(plan.clock), WIDTH, initial_indent=_MARGIN, subsequent_indent=_MARGIN
    )
    yield '    """'
    yield ""
    yield "    def configure_optimizers(self) -> Any:"
    if not built.ticked:
        yield "        return build_optimizer(self)"
        return
    yield "        optimizer = build_optimizer(self)"
    if len(built.ticked) == 1:
        config = _config(built.ticked[0], built.call, plan.clock)
        node = mapping((("optimizer", "optimizer"), ("lr_scheduler", config)))
        yield from statement("return ", node, 2 * INDENT)
        return
    yield f"        {built.statement}"
    configs = sequence(_config(each, each.name, plan.clock) for each in built.ticked)
    yield from statement("configs = ", configs, 2 * INDENT)
    yield "        return [optimizer], configs"


def _expectations(clock: Clock) -> str:
    per_epoch = clock.batches_per_epoch
    whole = per_epoch is not None and clock.batches % per_epoch == 0
    length = f"max_epochs={clock.epochs}" if whole else f"max_steps={clock.steps}"
    if clock.batching.accumulate > 1:
        length += f", accumulate_grad_batches={clock.batching.accumulate}"
    lasts = "a loader that lasts for the whole run"
    loader = lasts if per_epoch is None else f"{per_epoch} batches an epoch on each device"
    return f"It was planned for ``Trainer({length})`` and {loader}."


def _config(ticked: Ticked, scheduler: str, clock: Clock) -> Brackets:
    plan = ticked.plan
    interval = "epoch" if plan.interval == "epoch" else "step"
    entries: list[tuple[str, Node]] = [("scheduler", scheduler), ("interval", literal(interval))]
    if plan.frequency > 1:
        # For `interval: "step"` Lightning counts batches, not steps: every second step of 4 batches
        # is a frequency of 8.
        frequency = plan.frequency * (clock.batching.accumulate if interval == "step" else 1)
        entries.append(("frequency", str(frequency)))
    if ticked.metric is not None:
        entries.append(("monitor", literal(ticked.metric)))
    if plan.name is not None:
        entries.append(("name", literal(plan.name)))
    return mapping(entries)


def _check_loop(plan: SchedulePlan) -> None:
    """Refuse a loop that Lightning's own would not follow."""
    clock = plan.clock
    batches, accumulate = clock.batches_per_epoch, clock.batching.accumulate
    short = batches is not None and batches % accumulate != 0
    if short and clock.batching.last_window != "step":
        raise UsageError(
            f"Lightning steps the short last window of an epoch of {batches} batches, and the plan"
            f" says `last_window: {clock.batching.last_window}`"
        )
    if plan.optimizer.row.needs_closure and accumulate > 1:
        raise UsageError(f"{plan.optimizer.type} cannot accumulate {accumulate} batches")
    for scheduler in plan.schedulers:
        _check_ticks(scheduler, clock)
    _check_order(plan)


def _check_ticks(scheduler: SchedulerPlan, clock: Clock) -> None:
    if scheduler.interval == "batch" and clock.batching.accumulate > 1:
        raise UsageError(
            f"{scheduler.type} ticks after every batch; Lightning ticks after optimizer steps or"
            f" epochs, and a step here takes {clock.batching.accumulate} batches"
        )
    if scheduler.interval == "epoch" or scheduler.frequency == 1:
        return
    # With a frequency of 3 and 10 batches an epoch, the plan ticks after batches 3, 6, 9, 12, ...
    # and Lightning after 3, 6, 9 and then 13: its count begins anew with each epoch.
    # A run that ends with its first epoch never begins anew.
    every = scheduler.frequency * clock.batching.accumulate
    per_epoch = clock.batches_per_epoch or clock.batches
    if per_epoch % every and per_epoch < clock.batches:
        raise UsageError(
            f"{scheduler.type} ticks every {scheduler.frequency} steps; Lightning begins to count"
            f" anew with every epoch, whose {per_epoch} batches are no multiple of {every}"
        )


def _check_order(plan: SchedulePlan) -> None:
    """Refuse schedulers of one value that Lightning ticks in another order than the plan."""
    # sorted() is stable: two of the same rank stay in the order of the plan on both sides.
    for pair in combinations(plan.schedulers, 2):
        planned = sorted(pair, key=lambda each: plan.clock.loop.rank(each.cadence))
        if planned != sorted(pair, key=_rank) and _meet(*pair):
            first, second = planned
            reads = ", which reads a metric," if first.monitor is not None else ""
            raise UsageError(
                f"Lightning ticks {first.type}{reads} after {second.type}; the plan says before it"
            )


def _rank(scheduler: SchedulerPlan) -> tuple[int, int]:
    """Lightning ticks a scheduler of a lower rank first; it knows no ``batch``."""
    interval: Interval = "epoch" if scheduler.interval == "epoch" else "step"
    kind: Kind = "plain" if scheduler.monitor is None else "plateau"
    return LOOPS["lightning"].rank(Cadence(interval, kind=kind))


def _meet(one: SchedulerPlan, other: SchedulerPlan) -> bool:
    """Return True if both drive the same field of a group."""
    same_group = {*one.groups} & {*other.groups}
    return bool(same_group and fields_of(one) & fields_of(other))
