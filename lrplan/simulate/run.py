"""A plan, run: its objects are built and stepped to the end, and what they did is a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch

from lrplan.build.device import resolve_device
from lrplan.build.objects import build
from lrplan.errors import UsageError
from lrplan.simulate.ghost import Asked, Ghost
from lrplan.simulate.loop import Loop
from lrplan.simulate.record import STANDARD, Recorder
from lrplan.simulate.tick import tickers
from lrplan.simulate.warned import collected
from lrplan.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.build.objects import Built
    from lrplan.simulate.warned import WarningLog
    from lrplan.spec.plan import SchedulePlan, SchedulerPlan
    from lrplan.trace import Failure

_MOMENTUM_FIELDS = ("momentum", "betas[0]")


def simulate(
    plan: SchedulePlan,
    *,
    device: str = "cpu",
    engine: Literal["auto", "step"] = "auto",
    get_lr: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Trace:
    """Step the real optimizer and schedulers of ``plan`` and record what every step was given.

    Args:
        plan: the schedule.
        device: where the parameters live: cpu, cuda, cuda:N, mps or auto.
        engine: how the curve is obtained; ``step`` runs torch's own code at every tick.
        get_lr: also record what ``scheduler.get_lr()`` would have logged.
        progress: called now and then with the number of steps done since the last call.

    Raises:
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device or engine.
    """
    if engine not in ("auto", "step"):
        raise UsageError(f"there is no engine {engine!r}; use auto or step")
    where = resolve_device(device)
    with collected() as log:
        built = build(plan, where)
        loop = _loop(plan, built, log, get_lr=get_lr)
        failure = loop.go(plan.clock.gaps(), progress)
    return _trace(plan, loop, failure, str(where))


def _loop(plan: SchedulePlan, built: Built, log: WarningLog, *, get_lr: bool) -> Loop:
    names, steps = _names(plan), plan.clock.steps
    asked = [Asked(each.plan.type, each.scheduler, each.groups) for each in built.drivers]
    return Loop(
        recorder=Recorder(built.optimizer, names, _extra_fields(plan), steps),
        ghost=Ghost(built.optimizer, asked, names, steps) if get_lr else None,
        log=log,
        step=built.step,
        ticks=tickers(plan, built),
    )


def _trace(plan: SchedulePlan, loop: Loop, failure: Failure | None, device: str) -> Trace:
    clock, ghost, done = plan.clock, loop.ghost, loop.done
    epochs = clock.epoch_of_step()
    return Trace(
        name=plan.name,
        title=plan.title,
        description=plan.description,
        columns=loop.recorder.columns(done),
        next_values=loop.recorder.now(),
        groups=_names(plan),
        planned_steps=clock.steps,
        epochs=None if epochs is None else epochs[:done],
        steps_per_epoch=clock.steps_per_epoch,
        get_lr={} if ghost is None else ghost.columns(done),
        get_lr_note="" if ghost is None else ghost.note,
        marks=plan.marks(),
        resolved=plan.resolved,
        arithmetic=clock.explain(),
        warnings=loop.log.warnings,
        failure=failure,
        torch=str(torch.__version__),
        device=device,
        engine="step",
    )


def _names(plan: SchedulePlan) -> tuple[str, ...]:
    return tuple(group.name for group in plan.optimizer.groups)


def _extra_fields(plan: SchedulePlan) -> tuple[str, ...]:
    """Fields that some scheduler drives and that are not recorded anyway."""
    fields = dict.fromkeys(_driven_field(each) for top in plan.schedulers for each in top.walk())
    return tuple(field for field in fields if field not in (*STANDARD, *_MOMENTUM_FIELDS))


def _driven_field(scheduler: SchedulerPlan) -> str:
    return scheduler.row.field(scheduler.arguments)
