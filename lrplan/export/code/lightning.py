"""A plan as a base class for a LightningModule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from lrplan.clock import Cadence, Clock, Interval
from lrplan.clock.cadence import Kind
from lrplan.clock.loops import LOOPS
from lrplan.errors import UsageError
from lrplan.export.code.build_schedulers import (
    ENDS,
    BuilderCode,
    OutermostScheduler,
    write_schedulers,
)
from lrplan.export.code.classes import ATTACHED_VIEW, CLASSES, VIEW, WARMUP_OVER
from lrplan.export.code.formatting import INDENT, Brackets, Node, mapping, sequence, statement
from lrplan.export.code.header import header
from lrplan.export.code.literals import WIDTH, literal
from lrplan.export.code.loop_check import check_calls, check_frozen, difference
from lrplan.export.code.module import module
from lrplan.export.code.module_parts import Parts
from lrplan.export.code.optimizer import optimizer_sources
from lrplan.plan import SchedulePlan, SchedulerPlan
from lrplan.trace import Trace

_MARGIN = " " * INDENT


def to_lightning(plan: SchedulePlan, trace: Trace) -> str:
    """A module with a ``LightningModule`` whose ``configure_optimizers`` is ``plan``.

    Args:
        plan: the schedule.
        trace: its run, whose key figures are written at the top.

    Raises:
        UsageError: the schedule cannot be built from torch alone, Lightning would tick it
            otherwise, or its run fails.
    """
    top, cadences = header(plan, trace), _cadences(plan)
    parts = Parts()
    check_frozen(plan)
    # `interval: batch` of accelerate moves a scheduler once a step, and Lightning ticks it there.
    built = write_schedulers(plan, parts, {**ENDS, "batch": ENDS["step"]})
    if any(each.cls == WARMUP_OVER and each.metric is not None for each in built.ticked):
        raise UsageError(
            "Lightning passes a metric to ReduceLROnPlateau only, not to a warm-up over it"
        )
    sources = (
        *parts.sources({**CLASSES, VIEW: ATTACHED_VIEW}),
        *optimizer_sources(plan.optimizer, parts.multipliers),
        *((built.source,) if built.source else ()),
        "\n".join(_class(plan, built, cadences)),
    )
    return module(top, sources)


def _class(plan: SchedulePlan, built: BuilderCode, cadences: Sequence[Cadence]) -> Iterator[str]:
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
        config = _config(built.ticked[0], built.call, cadences[0])
        node = mapping((("optimizer", "optimizer"), ("lr_scheduler", config)))
        yield from statement("return ", node, 2 * INDENT)
        return
    yield f"        {built.statement}"
    pairs = zip(built.ticked, cadences, strict=True)
    configs = sequence(_config(each, each.name, cadence) for each, cadence in pairs)
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


def _config(ticked: OutermostScheduler, scheduler: str, cadence: Cadence) -> Brackets:
    entries: list[tuple[str, Node]] = [
        ("scheduler", scheduler),
        ("interval", literal(cadence.interval)),
    ]
    if cadence.frequency > 1:
        entries.append(("frequency", str(cadence.frequency)))
    if ticked.metric is not None:
        entries.append(("monitor", literal(ticked.metric)))
    if ticked.plan.name is not None:
        entries.append(("name", literal(ticked.plan.name)))
    return mapping(entries)


def _cadences(plan: SchedulePlan) -> list[Cadence]:
    """The interval and frequency that make Lightning tick each scheduler at the steps of the plan.

    Raises:
        UsageError: there is no such way.
    """
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
    found = [_cadence(plan, scheduler) for scheduler in plan.schedulers]
    check_calls(plan, found, LOOPS["lightning"], "`-f pytorch` writes a loop of its own")
    return found


def _cadence(plan: SchedulePlan, scheduler: SchedulerPlan) -> Cadence:
    """The interval and frequency of Lightning that tick ``scheduler`` as the plan does, if any."""
    kind: Kind = "plain" if scheduler.monitor is None else "plateau"
    interval: Interval = "epoch" if scheduler.interval == "epoch" else "step"
    frequency = scheduler.frequency
    tried = [Cadence(interval, frequency, kind)]
    if interval == "step" and frequency > 1:
        # Lightning counts batches, not steps: every second step of 4 batches is a frequency of 8.
        tried.insert(0, Cadence(interval, frequency * plan.clock.batching.accumulate, kind))
    same = (each for each in tried if not difference(plan, scheduler, each, LOOPS["lightning"]))
    return next(same, tried[0])
