"""The one loop that owns the order of calls: record, step the optimizer, tick the schedulers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch

from lrplan.build.device import resolve_device
from lrplan.build.objects import build
from lrplan.errors import UsageError
from lrplan.simulate.ghost import Ghost
from lrplan.simulate.record import STANDARD, Recorder
from lrplan.simulate.tick import tickers
from lrplan.simulate.warned import collected
from lrplan.trace import Failure, Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.build.objects import Built
    from lrplan.simulate.warned import WarningLog
    from lrplan.spec.plan import SchedulePlan, SchedulerPlan

PROGRESS_EVERY = 2048
"""Steps between two calls of ``progress``."""

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
        run = _Run(plan, built, log, get_lr=get_lr)
        failure = run.go(progress)
    return run.trace(failure, str(where))


class _Run:
    def __init__(self, plan: SchedulePlan, built: Built, log: WarningLog, *, get_lr: bool) -> None:
        self.plan = plan
        self.built = built
        self.log = log
        self.done = 0
        self.groups = tuple(group.name for group in plan.optimizer.groups)
        steps = plan.clock.steps
        self.recorder = Recorder(built.optimizer, self.groups, _extra_fields(plan), steps)
        self.ghost = Ghost(built, self.groups, steps) if get_lr else None

    def go(self, progress: Callable[[int], None] | None) -> Failure | None:
        """Run to the end, or to the step after which something raises."""
        try:
            self._loop(progress)
        except Exception as error:  # noqa: BLE001  # a scheduler may raise anything
            reason = str(error) or type(error).__name__
            return Failure(self.done - 1, reason)
        return None

    def _loop(self, progress: Callable[[int], None] | None) -> None:
        ticks = tickers(self.plan, self.built)
        gaps = self.plan.clock.gaps()
        for interval in next(gaps):
            for tick in ticks[interval]:
                tick()
        for step, gap in enumerate(gaps):
            self._record(step)
            self.done = step + 1
            self.log.step = step
            if step == 0:
                # torch's schedulers look whether the optimizer was ever stepped, no further;
                # without gradients every later call would change nothing.
                self.built.step()
            for interval in gap:
                for tick in ticks[interval]:
                    tick()
            if progress is not None and self.done % PROGRESS_EVERY == 0:
                progress(PROGRESS_EVERY)
        if progress is not None:
            progress(self.done % PROGRESS_EVERY)

    def _record(self, step: int) -> None:
        self.recorder.record(step)
        if self.ghost is not None:
            self.ghost.record(step)

    def trace(self, failure: Failure | None, device: str) -> Trace:
        """What was recorded."""
        plan, clock = self.plan, self.plan.clock
        epochs = clock.epoch_of_step()
        return Trace(
            name=plan.name,
            title=plan.title,
            description=plan.description,
            columns=self.recorder.columns(self.done),
            next_values=self.recorder.now(),
            groups=self.groups,
            planned_steps=clock.steps,
            epochs=None if epochs is None else epochs[: self.done],
            steps_per_epoch=clock.steps_per_epoch,
            get_lr={} if self.ghost is None else self.ghost.columns(self.done),
            get_lr_note="" if self.ghost is None else self.ghost.note,
            marks=plan.marks(),
            resolved=plan.resolved,
            arithmetic=clock.explain(),
            warnings=self.log.warnings,
            failure=failure,
            torch=str(torch.__version__),
            device=device,
            engine="step",
        )


def _extra_fields(plan: SchedulePlan) -> tuple[str, ...]:
    """Fields that some scheduler drives and that are not recorded anyway."""
    fields = dict.fromkeys(_driven_field(each) for top in plan.schedulers for each in top.walk())
    return tuple(field for field in fields if field not in (*STANDARD, *_MOMENTUM_FIELDS))


def _driven_field(scheduler: SchedulerPlan) -> str:
    argument = scheduler.row.argument("param_group_field")
    if argument is None:
        return "lr"
    return str(scheduler.arguments.get(argument.name, argument.default))
