"""The exact engine: the plan's objects are built and stepped to the end of the run."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from lrplan.build.device import resolve_device
from lrplan.build.gradients import real_step
from lrplan.build.objects import build
from lrplan.build.user.contained import contained
from lrplan.clock import START
from lrplan.errors import SpecError
from lrplan.request import DEFAULT
from lrplan.simulate.budget import check_values
from lrplan.simulate.ghost import Asked, Ghost
from lrplan.simulate.idle import noticed
from lrplan.simulate.known import driven, is_known
from lrplan.simulate.loop import Loop
from lrplan.simulate.outline import extra_fields, names, outline
from lrplan.simulate.quick import straight
from lrplan.simulate.record import STANDARD, Recorder
from lrplan.simulate.reduced import in_arrays, one_of_each
from lrplan.simulate.tick import tickers
from lrplan.simulate.told import Told
from lrplan.simulate.warned import collected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch.optim import Optimizer

    from lrplan.build.objects import Built
    from lrplan.clock import Position
    from lrplan.request import Request
    from lrplan.simulate.loop import Ticks
    from lrplan.simulate.reduced import Reduced
    from lrplan.simulate.warned import WarningLog
    from lrplan.spec.plan import SchedulePlan
    from lrplan.trace import Trace

    Progress = Callable[[int], None]


def step(
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
    if request.step_optimizer or plan.optimizer.has_tensors or not is_known(plan):
        return _run(plan, request, progress)
    arrays = None if request.get_lr else in_arrays(plan)
    told = Told(progress)
    if arrays is not None:
        trace = _in_arrays(plan, arrays, request, told)
        if trace is not None:
            return trace
    single = one_of_each(plan)
    try:
        return _for_all(plan, single, _run(single.plan, request, told.again()))
    except SpecError:
        # The message may count the groups.
        return _run(plan, request, told.again())


def _in_arrays(
    plan: SchedulePlan, arrays: Reduced, request: Request, progress: Progress
) -> Trace | None:
    """The trace, where nothing on the way sets arrays apart from numbers."""
    try:
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            trace = _run(arrays.plan, request, progress, arrays)
    except (SpecError, ValueError, TypeError, ArithmeticError):
        return None
    return None if trace.failure is not None else _for_all(plan, arrays, trace)


def _for_all(plan: SchedulePlan, reduced: Reduced, trace: Trace) -> Trace:
    return replace(
        trace,
        groups=names(plan),
        columns={field: reduced.for_all(held) for field, held in trace.columns.items()},
        next_values={field: reduced.for_all(held) for field, held in trace.next_values.items()},
        get_lr=reduced.for_all(trace.get_lr),
    )


def _run(
    plan: SchedulePlan,
    request: Request,
    progress: Progress | None,
    reduced: Reduced | None = None,
) -> Trace:
    where = resolve_device(request.device)
    with collected() as log, contained(plan):
        built = build(plan, where, prepare=None if reduced is None else reduced.prepare)
        members = {} if reduced is None else reduced.members
        loop = loop_of(built.plan, built, log, request, members=members)
        failure = loop.advance(progress=progress)
    ghost, done, recorder = loop.ghost, loop.done, loop.recorder
    return replace(
        outline(built.plan, recorder.columns(), recorder.now(), done),
        get_lr={} if ghost is None else ghost.columns(done),
        get_lr_note="" if ghost is None else ghost.note,
        warnings=log.warnings,
        failure=failure,
        device=str(where),
        engine="step",
    )


def loop_of(
    plan: SchedulePlan,
    built: Built,
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
    groups, clock, known = names(plan), plan.clock, is_known(plan)
    plain = known and not plan.optimizer.has_tensors
    # A tensor may be that of other groups too.
    moving = driven(plan, members) if plain else None
    extra = extra_fields(plan)
    every = len(groups) * (len(STANDARD) + len(extra))
    check_values(plan, every if moving is None else len(moving))
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


def _ghost(plan: SchedulePlan, built: Built, since: Position) -> Ghost:
    asked = [Asked(each.plan.type, each.scheduler, each.groups) for each in built.drivers]
    return Ghost(built.optimizer, asked, names(plan), plan.clock.steps, since.steps)


def _interrupted(request: Request) -> bool:
    """Whether more is to be done at every step than to tick."""
    return request.get_lr or request.step_optimizer


def _stepping(built: Built, *, known: bool, really: bool) -> Callable[[], object]:
    if really:
        return real_step(built)
    return noticed(_optimizers(built)) if known else built.step


def _optimizers(built: Built) -> list[Optimizer]:
    """The optimizer, and the views of it that schedulers drive."""
    return [built.optimizer, *(driver.optimizer for driver in built.drivers)]


def _straight(built: Built, recorder: Recorder, ticks: Ticks) -> Callable[[int], object] | None:
    lane = recorder.straight
    if len(ticks) != 1 or lane is None or not is_known(built.plan):
        return None
    return straight(built.drivers[0].scheduler, ticks[0], lane)
