"""The exact engine: the plan's objects are built and stepped to the end of the run."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from lrplan.clock import START
from lrplan.errors import SpecError
from lrplan.request import DEFAULT
from lrplan.simulate.sampling.get_lr_probe import GetLrProbe, ProbedScheduler
from lrplan.simulate.sampling.recorder import STANDARD, Recorder
from lrplan.simulate.sampling.warning_log import collect_warnings
from lrplan.simulate.stepping.fast_step import straight
from lrplan.simulate.stepping.group_batching import deduplicate, in_arrays
from lrplan.simulate.stepping.loop import Loop
from lrplan.simulate.stepping.memory_limit import check_memory
from lrplan.simulate.stepping.noop_step import mark_stepped
from lrplan.simulate.stepping.progress import MonotonicProgress
from lrplan.simulate.stepping.supported import driven_fields, has_only_known_classes
from lrplan.simulate.stepping.tickers import tickers
from lrplan.simulate.trace_header import extra_fields, group_names, trace_of_plan
from lrplan.torch_objects.builder import build
from lrplan.torch_objects.device import resolve_device
from lrplan.torch_objects.gradients import real_step
from lrplan.torch_objects.user_code.environment import user_code_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch.optim import Optimizer

    from lrplan.clock import Position
    from lrplan.plan import SchedulePlan
    from lrplan.request import Request
    from lrplan.simulate.sampling.warning_log import WarningLog
    from lrplan.simulate.stepping.group_batching import BatchedGroups
    from lrplan.simulate.stepping.loop import Ticks
    from lrplan.torch_objects.builder import LiveSchedule
    from lrplan.trace import Trace

    Progress = Callable[[int], None]


def simulate_by_stepping(
    plan: SchedulePlan,
    request: Request = DEFAULT,
    *,
    progress: Progress | None = None,
) -> Trace:
    """Step the real optimizer and schedulers of ``plan`` and record what every step was given.

    Groups that are sure to have the same curve are stepped once, and share their columns; groups
    that differ in their learning rates alone are stepped together.

    Args:
        plan: the schedule.
        request: where parameters live, and what is recorded.
        progress: called now and then with the number of steps done since the last call.

    Raises:
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device.
    """
    if request.step_optimizer or plan.optimizer.has_tensors or not has_only_known_classes(plan):
        return _run(plan, request, progress)
    arrays = None if request.get_lr else in_arrays(plan)
    told = MonotonicProgress(progress)
    if arrays is not None:
        trace = _in_arrays(plan, arrays, request, told)
        if trace is not None:
            return trace
    single = deduplicate(plan)
    try:
        return _for_all(plan, single, _run(single.plan, request, told.again()))
    except SpecError:
        # The message may count the groups.
        return _run(plan, request, told.again())


def _in_arrays(
    plan: SchedulePlan, arrays: BatchedGroups, request: Request, progress: Progress
) -> Trace | None:
    """The trace, where nothing on the way sets arrays apart from numbers."""
    try:
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            trace = _run(arrays.plan, request, progress, arrays)
    except (SpecError, ValueError, TypeError, ArithmeticError):
        return None
    return None if trace.failure is not None else _for_all(plan, arrays, trace)


def _for_all(plan: SchedulePlan, reduced: BatchedGroups, trace: Trace) -> Trace:
    return replace(
        trace,
        groups=group_names(plan),
        columns={field: reduced.for_all(held) for field, held in trace.columns.items()},
        next_values={field: reduced.for_all(held) for field, held in trace.next_values.items()},
        get_lr=reduced.for_all(trace.get_lr),
    )


def _run(
    plan: SchedulePlan,
    request: Request,
    progress: Progress | None,
    reduced: BatchedGroups | None = None,
) -> Trace:
    where = resolve_device(request.device)
    with collect_warnings() as log, user_code_environment(plan):
        built = build(plan, where, prepare=None if reduced is None else reduced.prepare)
        members = {} if reduced is None else reduced.members
        loop = make_loop(built.plan, built, log, request, members=members)
        failure = loop.advance(progress=progress)
    ghost, done, recorder = loop.ghost, loop.done, loop.recorder
    return replace(
        trace_of_plan(built.plan, recorder.columns(), recorder.now(), done),
        get_lr={} if ghost is None else ghost.columns(done),
        get_lr_note="" if ghost is None else ghost.note,
        warnings=log.warnings,
        failure=failure,
        device=str(where),
        engine="step",
    )


def make_loop(
    plan: SchedulePlan,
    built: LiveSchedule,
    log: WarningLog,
    request: Request,
    *,
    since: Position = START,
    values_read: Sequence[int] = (),
    members: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Loop:
    """The objects ``built`` from ``plan`` on their way through its run.

    Args:
        plan: the schedule.
        built: its objects.
        log: takes the warnings.
        request: what is recorded.
        since: how far the run has come when these objects take over.
        values_read: for each scheduler, how many values of its metric were read until then.
        members: of a group whose lr is an array: the names of those it stands for.
    """
    groups, clock, known = group_names(plan), plan.clock, has_only_known_classes(plan)
    plain = known and not plan.optimizer.has_tensors
    # A tensor may be that of other groups too.
    moving = driven_fields(plan, members) if plain else None
    extra = extra_fields(plan)
    every = len(groups) * (len(STANDARD) + len(extra))
    check_memory(plan, every if moving is None else len(moving))
    recorder = Recorder(
        built.optimizer,
        groups,
        extra,
        clock.steps,
        driven=moving,
        start=since.steps,
        members=members,
    )
    ticks = tickers(plan, built, since=since, values_read=values_read, exact=not plain)
    return Loop(
        recorder=recorder,
        ghost=_ghost(plan, built, since) if request.get_lr else None,
        log=log,
        step=_stepping(built, known=known, really=request.step_optimizer),
        ticks=ticks,
        calls=clock.calls([scheduler.rate for scheduler in plan.schedulers], since),
        steps=clock.steps,
        every_step=request.step_optimizer,
        straight=None if _interrupted(request) else _straight(built, recorder, ticks),
    )


def _ghost(plan: SchedulePlan, built: LiveSchedule, since: Position) -> GetLrProbe:
    asked = [ProbedScheduler(each.plan.type, each.scheduler, each.groups) for each in built.drivers]
    return GetLrProbe(built.optimizer, asked, group_names(plan), plan.clock.steps, since.steps)


def _interrupted(request: Request) -> bool:
    """Whether more is to be done at every step than to tick."""
    return request.get_lr or request.step_optimizer


def _stepping(built: LiveSchedule, *, known: bool, really: bool) -> Callable[[], object]:
    if really:
        return real_step(built)
    return mark_stepped(_optimizers(built)) if known else built.step


def _optimizers(built: LiveSchedule) -> list[Optimizer]:
    """The optimizer, and the views of it that schedulers drive."""
    return [built.optimizer, *(driver.optimizer for driver in built.drivers)]


def _straight(
    built: LiveSchedule, recorder: Recorder, ticks: Ticks
) -> Callable[[int], object] | None:
    lane = recorder.straight
    if len(ticks) != 1 or lane is None or not has_only_known_classes(built.plan):
        return None
    return straight(built.drivers[0].scheduler, ticks[0], lane)
