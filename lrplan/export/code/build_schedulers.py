"""``build_scheduler`` or ``build_schedulers``: everything that ticks, built on the optimizer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lrplan.clock import Interval
from lrplan.export.code.classes import VIEW
from lrplan.export.code.factor_schedulers import factor_formula
from lrplan.export.code.field_schedulers import drives_lr, field_of
from lrplan.export.code.formatting import Brackets, Item, call, sequence, statement
from lrplan.export.code.identifiers import snake_case
from lrplan.export.code.literals import literal
from lrplan.export.code.module_parts import Parts
from lrplan.export.code.scheduler_call import write_scheduler
from lrplan.export.code.writer import Writer
from lrplan.plan import SchedulePlan, SchedulerPlan

ENDS: Mapping[Interval, str] = {"step": "optimizer step", "batch": "batch", "epoch": "epoch"}
"""The thing that has ended when a scheduler ticks, by its interval, for docstrings."""


@dataclass(frozen=True, slots=True)
class OutermostScheduler:
    """An outermost scheduler in the code."""

    name: str
    """The variable that holds it."""
    plan: SchedulerPlan
    metric: str | None
    """The metric that its ``step()`` takes."""
    cls: str
    """The name of its class."""


@dataclass(frozen=True, slots=True)
class BuilderCode:
    """The function that builds the schedulers of a schedule."""

    source: str
    """The function; empty if nothing is scheduled."""
    ticked: tuple[OutermostScheduler, ...]

    @property
    def call(self) -> str:
        """The expression that builds them on ``optimizer``; empty if there are none."""
        if not self.ticked:
            return ""
        return f"build_scheduler{'s' if len(self.ticked) > 1 else ''}(optimizer)"

    @property
    def statement(self) -> str:
        """The statement that gives them their names; empty if there are none."""
        return f"{', '.join(each.name for each in self.ticked)} = {self.call}" if self.call else ""


def write_schedulers(
    plan: SchedulePlan, parts: Parts, ends: Mapping[Interval, str] = ENDS
) -> BuilderCode:
    """Write the function that builds the schedulers of ``plan``.

    Args:
        plan: the schedule.
        parts: takes the classes and imports that the function needs.
        ends: what has ended when a scheduler of each interval ticks.

    Raises:
        UsageError: one of them cannot be built from torch alone.
    """
    ticked, lines, results = [], [], []
    for scheduler in plan.schedulers:
        alone = len(plan.schedulers) == 1
        name = parts.names.new("scheduler" if alone else _wish(plan, scheduler), "scheduler")
        prelude, node = _outermost(plan, scheduler, parts)
        # The opening of the call, `StepLR(`, names the class.
        cls = node.opening.rstrip("(")
        ticked.append(OutermostScheduler(name, scheduler, _metric(scheduler), cls))
        results.append((name, node))
        lines += prelude
        if not alone:
            lines += statement(f"{name} = ", node, 4)
    if not ticked:
        return BuilderCode("", ())
    if len(ticked) == 1:
        lines += statement("return ", results[0][1], 4)
    else:
        lines.append(f"    return {', '.join(each.name for each in ticked)}")
    return BuilderCode("\n".join((*_head(ticked, plan, ends), *lines)), tuple(ticked))


def _wish(plan: SchedulePlan, scheduler: SchedulerPlan) -> str:
    if scheduler.name:
        return scheduler.name
    if not drives_lr(scheduler):
        return f"{field_of(scheduler)}_scheduler"
    alone = sum(map(drives_lr, plan.schedulers)) == 1
    return "lr_scheduler" if alone else snake_case(scheduler.type)


def _outermost(
    plan: SchedulePlan, scheduler: SchedulerPlan, parts: Parts
) -> tuple[list[str], Brackets]:
    """The statements that come first, and the call that builds ``scheduler``.

    A scheduler of torch drives all groups. One that the plan gives to some groups only is either
    spread over all (a ``LambdaLR`` with a factor of 1 for the others), or built on a view of its
    groups: ``head = GroupView(optimizer, ["head"])``, then ``StepLR(head, step_size=30)``.
    """
    drives_all = len(scheduler.groups) == len(plan.optimizer.groups)
    if drives_all or _may_drive_all(plan, scheduler):
        target, spread, prelude = "optimizer", not drives_all, []
    else:
        target, spread = parts.names.new("_".join(scheduler.groups), "view"), False
        names = sequence(literal(name) for name in scheduler.groups)
        view = call(parts.include(VIEW), Item("optimizer"), Item(names))
        prelude = statement(f"{target} = ", view, 4)
    writer = Writer(plan, scheduler, parts, target, spread=spread, write=write_scheduler)
    return prelude, writer.scheduler(scheduler)


def _may_drive_all(plan: SchedulePlan, scheduler: SchedulerPlan) -> bool:
    """Return True if a LambdaLR may drive the other groups, too, by 1: no other scheduler does."""
    row = scheduler.row
    is_lambda = row.family == "torch" and row.update == "sets" and row.name_of("function")
    if not is_lambda and factor_formula(scheduler) is None:
        return False
    # A factor of 1 is not nothing: at every tick LambdaLR sets the lr back to the initial one, and
    # so would undo what another scheduler did to that group.
    others = (each for each in plan.schedulers if each is not scheduler and drives_lr(each))
    free = all({*each.groups} <= {*scheduler.groups} for each in others)
    return field_of(scheduler) == "lr" and free


def _metric(scheduler: SchedulerPlan) -> str | None:
    return scheduler.monitor if scheduler.row.metric else None


def _head(
    ticked: list[OutermostScheduler], plan: SchedulePlan, ends: Mapping[Interval, str]
) -> Iterator[str]:
    if len(ticked) == 1:
        yield f"def build_scheduler(optimizer: Optimizer) -> {ticked[0].cls}:"
        yield f'    """Call its ``step()`` {_when(ticked[0].plan, plan, ends)}."""'
        return
    kinds = f"tuple[{', '.join(each.cls for each in ticked)}]"
    signature = f"def build_schedulers(optimizer: Optimizer) -> {kinds}:"
    if len(signature) <= 88:
        yield signature
    else:
        yield "def build_schedulers("
        yield "    optimizer: Optimizer,"
        yield f") -> {kinds}:"
    yield '    """When to call their ``step()``, in this order:'
    yield ""
    yield from (f"    - ``{each.name}`` {_when(each.plan, plan, ends)}" for each in ticked)
    yield '    """'


def _when(scheduler: SchedulerPlan, plan: SchedulePlan, ends: Mapping[Interval, str]) -> str:
    interval: Interval = scheduler.interval
    metric = ", with the metric" if _metric(scheduler) is not None else ""
    if plan.clock.settings.loop == "lightning" and interval == "step" and scheduler.frequency > 1:
        # Lightning counts batches: with a frequency of 2, and 2 batches a step, every step counts
        # but for that of a short last window, at an odd batch.
        first = ", ".join(str(times * scheduler.frequency) for times in (1, 2, 3))
        return f"after optimizer steps at batches {first} ... of an epoch{metric}"
    every = "every" if scheduler.frequency == 1 else f"every {scheduler.frequency}"
    plural = "" if scheduler.frequency == 1 else "s"
    return f"after {every} {ends[interval]}{plural}{metric}"
