"""Plans of the schedulers that a factory made: their groups, intervals and metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from torch.optim import Optimizer

from lrplan.clock import Interval
from lrplan.errors import SpecError
from lrplan.plan import FactoryPlan, SchedulePlan, SchedulerPlan
from lrplan.specfile.metrics import how_to_give
from lrplan.specfile.user_code.rows import scheduler_row
from lrplan.torch_objects.live_schedule import LiveScheduler
from lrplan.torch_objects.user_code.checked_calls import refusal
from lrplan.torch_objects.user_code.classes import check_step, needs, needs_count
from lrplan.torch_objects.user_code.factory_result import ReturnedScheduler
from lrplan.torch_objects.user_code.lightning.analysis import Analysis
from lrplan.torch_objects.user_code.lightning.rules import LightningRules
from lrplan.torch_objects.user_code.lightning.scheduler_step import CountedScheduler
from lrplan.torch_objects.user_code.lightning.unsupported_hook import UnsupportedHook
from lrplan.torch_objects.user_code.lightning.values import Kind
from lrplan.torch_objects.user_code.package_schedulers import (
    interval_mismatch,
    package_of,
    reads_metric,
)
from lrplan.torch_objects.user_code.prior_use import prior_steps, prior_use

_FRESH = (
    "make new objects in the function; in Python, lrplan.preview shows what used ones do from here"
    " on"
)
_HOOK_DICTS = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")
_NO_HOOKS = "let a scheduler do it"


@dataclass(slots=True)
class FactorySchedulers:
    """Finds the groups that each scheduler drives, its interval and its metric.

    Args:
        plan: the schedule.
        factory: the code that made them.
        whole: the optimizer whose groups are recorded.
        optimizers: those that were returned.
        groups: names of all groups.
        lightning: Lightning's rules, for a LightningModule in its loop.
    """

    plan: SchedulePlan
    factory: FactoryPlan
    whole: Optimizer
    optimizers: Sequence[Optimizer]
    groups: tuple[str, ...]
    lightning: LightningRules | None = None
    _several: list[SchedulerPlan] = field(default_factory=list)

    def driver(self, returned_scheduler: ReturnedScheduler) -> LiveScheduler:
        """The scheduler as it is ticked, with its plan.

        Raises:
            SpecError: it is not a scheduler, was used before, or cannot be ticked in this run.
        """
        live, kind = returned_scheduler.scheduler, type(returned_scheduler.scheduler).__name__
        interval = self._interval(returned_scheduler)
        if isinstance(live, type) or not callable(getattr(live, "step", self._handler(live))):
            raise self._refusal(f"it returns {kind} where a scheduler belongs")
        self._check_unused(live, kind)
        indices = self._indices(live, kind)
        reads = self._reads_metric(returned_scheduler)
        ticked = self._object_to_tick(live, interval, reads=reads)
        if self.lightning is None and not reads:
            reads = bool(needs(ticked.step)) and not needs_count(ticked.step)
        monitor = self._monitor(returned_scheduler, kind) if reads else None
        check_step(self.plan, ticked, kind, self.factory.path, monitor=monitor)
        plan = SchedulerPlan(
            type=kind,
            row=scheduler_row(kind, metric=reads),
            arguments={},
            interval=interval,
            path=self.factory.path,
            frequency=returned_scheduler.frequency or self.factory.frequency,
            monitor=monitor,
            groups=tuple(self.groups[index] for index in indices),
            name=returned_scheduler.name,
        )
        self._check(plan)
        if isinstance(ticked, CountedScheduler):
            ticked.follow(self.plan.clock, plan.cadence)
        return LiveScheduler(plan, ticked, getattr(live, "optimizer", self.whole), indices)

    def _handler(self, live: Any) -> Any:
        """The adapter for a scheduler without ``step()``; None where its package has none."""
        package = package_of(live)
        return None if package is None else package.adapt

    def _interval(self, returned_scheduler: ReturnedScheduler) -> Interval:
        package = package_of(returned_scheduler.scheduler)
        counted = None if package is None else package.interval(returned_scheduler.scheduler)
        own = returned_scheduler.interval or self.factory.interval
        interval = own or (counted if self.lightning is None else None)
        return cast("Interval", interval or self.plan.clock.default_interval)

    def _reads_metric(self, returned_scheduler: ReturnedScheduler) -> bool:
        """Return True if a scheduler is given a metric at each tick."""
        if self.lightning is not None or returned_scheduler.plateau:
            return returned_scheduler.plateau
        return reads_metric(returned_scheduler.scheduler)

    def _object_to_tick(self, live: Any, interval: Interval, *, reads: bool) -> Any:
        """The object whose ``step()`` is called at each tick."""
        if self.lightning is not None:
            ticked = self.lightning.object_to_tick(live, has_metric=reads)
            if isinstance(ticked, UnsupportedHook):
                name, path = type(self.lightning.module).__name__, self.factory.path
                message = f"{name}: {ticked.message}"
                raise refusal(self.plan, path, message, ticked.detail, ticked.fix)
            return ticked
        message, fix = interval_mismatch(live, interval)
        if message:
            raise self._refusal(message, fix)
        package = package_of(live)
        return live if package is None else package.adapt(live, interval)

    def _check_unused(self, live: Any, kind: str) -> None:
        used = prior_use(live)
        if used:
            raise self._refusal(f"{kind} {used}, so its curve would begin there", _FRESH)

    def check(self) -> None:
        """Check that the optimizers are unused, and that the loop takes so many schedulers.

        Raises:
            SpecError: they are not, or it does not.
        """
        for each in self.optimizers:
            self._check_optimizer(each)
        loop = self.plan.clock.loop
        if loop.one_scheduler and len(self._several) > 1:
            count = len(self._several)
            raise self._refusal(
                f"{loop.display_name} takes one scheduler, and {count} are returned"
            )

    def _check_optimizer(self, optimizer: Optimizer) -> None:
        kind, steps = type(optimizer).__name__, prior_steps(optimizer)
        if steps is None or steps > 0:
            count = "steps" if steps is None else f"{steps} step{'' if steps == 1 else 's'}"
            raise self._refusal(f"{kind} has made {count} already", _FRESH)
        for what, frames in _step_hook_effects(optimizer):
            message = f"`{self.factory.code.text}`: {kind} is not simulated: {what}"
            raise refusal(self.plan, self.factory.path, message, frames, _NO_HOOKS)

    def _indices(self, live: Any, kind: str) -> tuple[int, ...]:
        places = {id(group): index for index, group in enumerate(self.whole.param_groups)}
        package = package_of(live)
        if package is None and getattr(live, "optimizer", None) is None:
            return tuple(places.values())
        own = package.groups(live) if package else getattr(live.optimizer, "param_groups", ())
        # Groups are compared by identity and not by their options, which may be the same. With
        # SGD's groups a and b and Adam's group c returned, a scheduler on Adam has the indices
        # (2,); one on an optimizer that was not returned finds None.
        indices = [places.get(id(group)) for group in own]
        if not indices or None in indices:
            raise self._refusal(f"{kind} drives an optimizer that was not returned")
        return tuple(sorted({index for index in indices if index is not None}))

    def _monitor(self, returned_scheduler: ReturnedScheduler, kind: str) -> str:
        metrics = self.plan.metrics
        name = returned_scheduler.monitor
        if name is None and len(metrics) == 1:
            return next(iter(metrics))
        if name is None:
            has = f"{len(metrics)} metrics" if metrics else "no metric"
            fix = "return `monitor` with it" if metrics else how_to_give("val_loss")
            message = f"{kind} reads a metric, and this schedule gives {has}"
            raise self._refusal(message, fix)
        if name not in metrics:
            there = f"give it in `metrics`; there is {', '.join(metrics)}"
            fix = there if metrics else how_to_give(name)
            raise self._refusal(f"{kind} reads `{name}`, which `metrics` does not give", fix)
        return str(name)

    def _check(self, plan: SchedulerPlan) -> None:
        clock = self.plan.clock
        if plan.interval == "epoch" and clock.epochs is None:
            message = f"{plan.type} has interval epoch and never ticks: this run has no epochs"
            raise self._refusal(message, "return interval `step` with it, or give the run epochs")
        refused = clock.loop.refusal(plan.cadence, written=True)
        if refused is not None:
            raise self._refusal(f"{plan.type}: {refused.message}", refused.fix)
        if plan.monitor is not None:
            reads = clock.metric_length(plan.cadence)
            problem = self.plan.metrics[plan.monitor].check_length(reads)
            if problem is not None:
                raise self._refusal(problem)
        self._several.append(plan)

    def _refusal(self, message: str, fix: str = "") -> SpecError:
        return refusal(
            self.plan, self.factory.path, f"`{self.factory.code.text}`: {message}", fix=fix
        )


def _step_hook_effects(optimizer: Optimizer) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the effects of hooks around ``step()`` on the schedule, with the lines of source."""
    analysis = Analysis(optimizer)
    for name in _HOOK_DICTS:
        hooks: dict[Any, Any] = getattr(optimizer, name, None) or {}
        for hook in hooks.values():
            outcome = analysis.outcome(hook, None, _arguments(hook), {})
            if outcome is None:
                yield f"a hook of its step(), {hook!r}, has no source that can be read", ()
            elif outcome.effects:
                first = outcome.effects[0]
                frames = tuple(each.frame for each in outcome.effects)
                yield f"a hook of its step() {first.what} ({first.where})", frames


def _arguments(hook: Any) -> list[Kind]:
    bound = [Kind.PLAIN] if hasattr(hook, "__self__") else []
    return [*bound, Kind.DRIVER]
