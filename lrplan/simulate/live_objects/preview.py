"""The preview of live objects: copies of them are stepped through a run."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from lrplan.arrays import FloatArray
from lrplan.clock import Cadence, Clock, ClockError, Interval, TrainingSettings, call_order
from lrplan.errors import UsageError
from lrplan.simulate.live_objects.metric_arguments import Metric, MetricFeeds
from lrplan.simulate.live_objects.named_optimizers import NamedOptimizers, parse_optimizers
from lrplan.simulate.live_objects.random_state import random_state_restored
from lrplan.simulate.live_objects.scheduler_config import SchedulerConfig, parse_schedulers
from lrplan.simulate.live_objects.torch_copies import TorchCopies
from lrplan.simulate.sampling.get_lr_probe import GetLrProbe, ProbedScheduler
from lrplan.simulate.sampling.recorder import FieldRecorder
from lrplan.simulate.sampling.warning_log import collect_warnings, silence_warnings
from lrplan.simulate.stepping.loop import Ticks, TrainingLoop
from lrplan.trace import STANDARD_FIELDS, Failure, Trace


def preview_live(
    optimizer: object,
    scheduler: object,
    *,
    steps: int,
    steps_per_epoch: int | None = None,
    interval: Interval = "step",
    frequency: int = 1,
    groups: Sequence[str] | None = None,
    metrics: Mapping[str, Metric] | Metric | None = None,
    get_lr: bool = False,
) -> Trace:
    """Return the values that the optimizer will have in the further steps of a training loop.

    Copies of the objects are stepped, so the objects themselves do not change. ``lrplan.preview``
    is this, and describes the arguments.

    Raises:
        UsageError: arguments that do not go together.
        LrplanError: something that a scheduler holds cannot be copied.
    """
    clock = _clock(steps, steps_per_epoch)
    configs = parse_schedulers(scheduler, interval, frequency)
    optimizers = parse_optimizers(optimizer)
    _check_epochs(configs, clock)
    names = optimizers.group_names(groups)
    feeds = MetricFeeds(metrics, clock)
    with random_state_restored(), collect_warnings() as log:
        copies = _Copies(optimizers, configs)
        ticks = copies.ticks(feeds)
        calls = call_order(clock, [Cadence(each.interval, each.frequency) for each in configs])
        extra = _other_numbers(optimizers.groups)
        recorder = FieldRecorder(copies.groups, names, extra, clock.steps)
        probe = (
            GetLrProbe(copies.groups, copies.probed_schedulers(), names, clock.steps)
            if get_lr
            else None
        )
        loop = TrainingLoop(recorder, probe, log, copies.step, ticks, calls, clock.steps)
        failure = loop.advance()
        return _trace(loop, clock, names, copies, failure)


class _Copies:
    """Copies of the user's objects."""

    def __init__(self, originals: NamedOptimizers, configs: Sequence[SchedulerConfig]) -> None:
        self.configs = configs
        self._copier = TorchCopies(config.scheduler for config in configs)
        with silence_warnings():  # copying an iterator of itertools warns from Python 3.12 on
            copied = [self._copier.optimizer(each) for each in originals.optimizers]
            self.groups = [group for each in copied for group in each.param_groups]
            self._copied_ids = self._copier.copied_ids()
            self.schedulers = [self._copy(config) for config in configs]

    def _copy(self, config: SchedulerConfig) -> Any:
        inside_another = id(config.scheduler) in self._copier.memo
        self._copier.reached_again.clear()
        copied = self._copier.scheduler(config.scheduler, config.name)
        if not inside_another and not self._copied_ids & self._copier.reached_again:
            reason = "it drives another one, or finds it by a global name"
            raise UsageError(f"{config.name} does not hold an optimizer given: {reason}")
        self._copied_ids.add(id(config.scheduler))
        return copied

    @property
    def device(self) -> str:
        """The device of the parameters."""
        groups = self._copier.optimizers[0][0].param_groups
        return next((str(each.device) for group in groups for each in group["params"]), "cpu")

    def ticks(self, feeds: MetricFeeds) -> Ticks:
        pairs = zip(self.configs, self.schedulers, strict=True)
        ticks = [feeds.tick_of(config, copied) for config, copied in pairs]
        feeds.check_all_read()
        return ticks

    def step(self) -> None:
        """Step every optimizer once: some wrap others."""
        for _, copied in self._copier.optimizers:
            copied.step()

    def probed_schedulers(self) -> list[ProbedScheduler]:
        indices = {id(group): index for index, group in enumerate(self.groups)}
        return [
            ProbedScheduler(config.name, copied, _groups_of(copied, indices))
            for config, copied in zip(self.configs, self.schedulers, strict=True)
        ]


def _groups_of(scheduler: Any, indices: Mapping[int, int]) -> Sequence[int]:
    """The indices of the groups that a scheduler answers for: those of its optimizer, else all."""
    own = getattr(getattr(scheduler, "optimizer", None), "param_groups", ())
    return [indices[id(group)] for group in own if id(group) in indices] or list(indices.values())


def _clock(steps: int, steps_per_epoch: int | None) -> Clock:
    try:
        per_epoch = None if steps_per_epoch is None else operator.index(steps_per_epoch)
        return Clock.derive(
            TrainingSettings(steps=operator.index(steps), steps_per_epoch=per_epoch)
        )
    except TypeError:
        message = f"steps={steps!r}, steps_per_epoch={steps_per_epoch!r}: give whole numbers"
        raise UsageError(message) from None
    except ClockError as error:
        raise UsageError(f"{error}; {error.fix}" if error.fix else str(error)) from error


def _check_epochs(configs: Sequence[SchedulerConfig], clock: Clock) -> None:
    by_epoch = next((config.name for config in configs if config.interval == "epoch"), None)
    if by_epoch is not None and clock.steps_per_epoch is None:
        raise UsageError(f"{by_epoch} ticks once an epoch: give steps_per_epoch")


def _other_numbers(groups: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Fields besides the standard ones that a scheduler might drive."""
    numbers = dict.fromkeys(
        key for group in groups for key, value in group.items() if _is_number(value)
    )
    return tuple(key for key in numbers if key not in STANDARD_FIELDS and "[" not in key)


def _is_number(value: object) -> bool:
    return isinstance(value, float) or (isinstance(value, torch.Tensor) and value.numel() == 1)


def _trace(
    loop: TrainingLoop,
    clock: Clock,
    names: tuple[str, ...],
    copies: _Copies,
    failure: Failure | None,
) -> Trace:
    done, probe, epochs = loop.done, loop.get_lr_probe, clock.epoch_of_step()
    columns = _without_constant_extras(loop.recorder.columns())
    current = loop.recorder.current_values()
    return Trace(
        name=" + ".join(config.name for config in copies.configs) or "constant",
        columns=columns,
        next_values={field: current[field] for field in columns},
        groups=names,
        planned_steps=clock.steps,
        epochs=None if epochs is None else epochs[:done],
        steps_per_epoch=clock.steps_per_epoch,
        get_lr={} if probe is None else probe.columns(done),
        get_lr_note="" if probe is None else probe.note,
        arithmetic=clock.explain(),
        warnings=loop.log.warnings,
        failure=failure,
        torch=str(torch.__version__),
        device=copies.device,
        engine="step",
    )


def _without_constant_extras(
    columns: Mapping[str, Mapping[str, FloatArray]],
) -> dict[str, Mapping[str, FloatArray]]:
    """The columns, without those fields beside the standard ones that nothing drives."""
    return {
        field: by_group
        for field, by_group in columns.items()
        if field in STANDARD_FIELDS
        or any((column != column[:1]).any() for column in by_group.values())
    }
