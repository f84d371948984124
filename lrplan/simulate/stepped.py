"""The exact engine: the plan's objects are built and stepped to the end of the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lrplan.build.device import resolve_device
from lrplan.build.objects import build
from lrplan.request import DEFAULT
from lrplan.simulate.ghost import Asked, Ghost
from lrplan.simulate.loop import Loop
from lrplan.simulate.outline import extra_fields, names, outline
from lrplan.simulate.record import Recorder
from lrplan.simulate.tick import tickers
from lrplan.simulate.warned import collected

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.build.objects import Built
    from lrplan.request import Request
    from lrplan.simulate.warned import WarningLog
    from lrplan.spec.plan import SchedulePlan
    from lrplan.trace import Failure, Trace


def step(
    plan: SchedulePlan,
    request: Request = DEFAULT,
    *,
    progress: Callable[[int], None] | None = None,
) -> Trace:
    """Step the real optimizer and schedulers of ``plan`` and record what every step was given.

    Args:
        plan: the schedule.
        request: where parameters live, and what is recorded.
        progress: called now and then with the number of steps done since the last call.

    Raises:
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device.
    """
    where = resolve_device(request.device)
    with collected() as log:
        built = build(plan, where)
        loop = _loop(plan, built, log, get_lr=request.get_lr)
        failure = loop.go(plan.clock.gaps(), progress)
    return _trace(plan, loop, failure, str(where))


def _loop(plan: SchedulePlan, built: Built, log: WarningLog, *, get_lr: bool) -> Loop:
    groups, steps = names(plan), plan.clock.steps
    asked = [Asked(each.plan.type, each.scheduler, each.groups) for each in built.drivers]
    return Loop(
        recorder=Recorder(built.optimizer, groups, extra_fields(plan), steps),
        ghost=Ghost(built.optimizer, asked, groups, steps) if get_lr else None,
        log=log,
        step=built.step,
        ticks=tickers(plan, built),
    )


def _trace(plan: SchedulePlan, loop: Loop, failure: Failure | None, device: str) -> Trace:
    ghost, done = loop.ghost, loop.done
    trace = outline(plan, loop.recorder.columns(done), loop.recorder.now(), done)
    return replace(
        trace,
        get_lr={} if ghost is None else ghost.columns(done),
        get_lr_note="" if ghost is None else ghost.note,
        warnings=loop.log.warnings,
        failure=failure,
        device=device,
        engine="step",
    )
