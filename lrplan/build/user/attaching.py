"""Schedulers that a factory made, put where they are ticked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from lrplan.build.built import Driver
from lrplan.build.user.calling import refusal
from lrplan.build.user.classes import check_step, reads_metric
from lrplan.spec.plan import SchedulerPlan
from lrplan.spec.usercode_rows import scheduler_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch.optim import Optimizer

    from lrplan.build.user.returned import Attached
    from lrplan.errors import SpecError
    from lrplan.spec.plan import FactoryPlan, Interval, SchedulePlan


@dataclass(slots=True)
class Attaching:
    """Says what each scheduler drives, what ticks it, and what it reads.

    Args:
        plan: the schedule.
        factory: what made them.
        whole: the optimizer whose groups are recorded.
        optimizers: those that were returned.
        groups: names of all groups.
    """

    plan: SchedulePlan
    factory: FactoryPlan
    whole: Optimizer
    optimizers: Sequence[Optimizer]
    groups: tuple[str, ...]
    _several: list[SchedulerPlan] = field(default_factory=list)

    def driver(self, attached: Attached) -> Driver:
        """The scheduler with its plan.

        Raises:
            SpecError: it is none, or cannot be ticked in this run.
        """
        live, kind = attached.scheduler, type(attached.scheduler).__name__
        step = getattr(live, "step", None)
        if isinstance(live, type) or not callable(step):
            raise self._refusal(f"it returns {kind} where a scheduler belongs")
        reads = attached.plateau or reads_metric(step)
        monitor = self._monitor(attached, kind) if reads else None
        check_step(self.plan, live, kind, self.factory.path, monitor=monitor)
        indices = self._indices(live, kind)
        plan = SchedulerPlan(
            type=kind,
            row=scheduler_row(kind, metric=reads),
            arguments={},
            interval=cast("Interval", attached.interval or self.factory.interval),
            path=self.factory.path,
            frequency=attached.frequency or self.factory.frequency,
            monitor=monitor,
            groups=tuple(self.groups[index] for index in indices),
            name=attached.name,
        )
        self._check(plan)
        return Driver(plan, live, getattr(live, "optimizer", self.whole), indices)

    def check(self) -> None:
        """Whether the training loop has room for all of them.

        Raises:
            SpecError: it has not.
        """
        loop = self.plan.clock.loop
        if loop.one_scheduler and len(self._several) > 1:
            count = len(self._several)
            raise self._refusal(f"{loop.whose} has room for one scheduler, and here are {count}")

    def _indices(self, live: Any, kind: str) -> tuple[int, ...]:
        places = {id(group): index for index, group in enumerate(self.whole.param_groups)}
        own = getattr(live, "optimizer", None)
        if own is None:
            return tuple(places.values())
        found = [places.get(id(group)) for group in getattr(own, "param_groups", ())]
        if not found or None in found:
            raise self._refusal(f"{kind} drives an optimizer that was not returned")
        return tuple(index for index in found if index is not None)

    def _monitor(self, attached: Attached, kind: str) -> str:
        metrics = self.plan.metrics
        name = attached.monitor
        if name is None and len(metrics) == 1:
            return next(iter(metrics))
        if name is None:
            has = f"{len(metrics)} metrics" if metrics else "no metric"
            fix = "return `monitor` with it" if metrics else "add `metrics: {val_loss: [...]}`"
            message = f"{kind} reads a metric, and this schedule gives {has}"
            raise self._refusal(message, fix)
        if name not in metrics:
            given = ", ".join(metrics) or "none"
            fix = f"give it in `metrics`; there is {given}"
            raise self._refusal(f"{kind} reads `{name}`, which `metrics` does not give", fix)
        return str(name)

    def _check(self, plan: SchedulerPlan) -> None:
        clock = self.plan.clock
        if plan.interval == "epoch" and clock.epochs is None:
            message = f"{plan.type} has interval epoch and never ticks: this run has no epochs"
            raise self._refusal(message, "return interval `step` with it, or give the run epochs")
        refused = clock.loop.refusal(plan.rate, written=True)
        if refused is not None:
            raise self._refusal(f"{plan.type}: {refused.message}", refused.fix)
        if plan.monitor is not None:
            reads = clock.calls_in_run(*plan.rate) // clock.repeats
            problem = self.plan.metrics[plan.monitor].check_length(reads)
            if problem is not None:
                raise self._refusal(problem)
        self._several.append(plan)

    def _refusal(self, message: str, fix: str = "") -> SpecError:
        return refusal(
            self.plan, self.factory.path, f"`{self.factory.code.text}`: {message}", fix=fix
        )
