"""The recorder: what the observers of a process report, put together into a recording."""

from __future__ import annotations

import sys
import traceback
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

from lrplan.limits import STEPS
from lrplan.observe.event_log import EventCollector
from lrplan.observe.group_values import GroupValues
from lrplan.observe.hand_writes import HandWrittenLine
from lrplan.observe.learning_rates import lrs_of
from lrplan.observe.observed_objects import LiveLoader, LiveOptimizer, ObservedScheduler
from lrplan.observe.plain_arguments import function_in, plain_arguments
from lrplan.observe.recording_limits import RecordingLimits
from lrplan.observe.user_line import UserLines
from lrplan.recordings.model import (
    NOWHERE,
    RecordedLength,
    RecordedLoader,
    RecordedOptimizer,
    RecordedScheduler,
    Recording,
)

_MOST_FAULTS = 5
_MOST_WARNINGS = 1_000
"""Different warnings that are kept."""


class Recorder:
    """Collects what is observed of the run of one process.

    Args:
        file: the script, as it is called in messages.
        own: see ``UserLines``.
    """

    def __init__(self, file: str, own: tuple[str, ...] = ()) -> None:
        self.lines = UserLines(own)
        self._hand_written = HandWrittenLine(self.lines)
        self.limits = RecordingLimits()
        self.events = EventCollector(self.limits)
        self.limits.when_full = [self.events.close, self._pause]
        self.file = file
        self.ending = "unknown"
        self.framework = ""
        self.world_size = 1
        self.rank = 0
        self.optimizers: list[LiveOptimizer] = []
        self.schedulers: list[ObservedScheduler] = []
        self.loaders: list[LiveLoader] = []
        self.lengths: dict[str, RecordedLength] = {}
        self.warnings: dict[tuple[str, int], None] = {}
        self.notes: dict[str, None] = {}
        self.faults: list[str] = []
        """What went wrong in an observer itself; the script does not notice."""
        self.last_loader: LiveLoader | None = None
        self.paused = 0
        """Steps are not counted while this is above 0."""
        self.is_stopped = False
        """The program was asked to end; what it still does is not recorded."""
        self.at_doubled_steps: Callable[[], object] | None = None
        """Called in steps 1, 2, 4, 8 and so on of an optimizer."""
        self._next_doubled = 1
        self.after_step: list[Callable[[LiveOptimizer], object]] = []
        """Called after each optimizer step; SystemExit reaches the program."""
        self.before_batch_counts: list[Callable[[], object]] = []
        """Called when a loader turns out to be one for training."""
        self.iterators: weakref.WeakKeyDictionary[Any, LiveLoader] = weakref.WeakKeyDictionary()
        """The loader of each iterator that is gone through."""
        self._live: dict[int, tuple[weakref.ref[Any], Any]] = {}
        self._stepped = 0
        self._backwards = 0
        self._is_training_known = False
        """Some loader is known to be one for training."""
        self._backwards_per_step: Counter[int] = Counter()
        self.children = 0
        """Processes that the program has started, other than workers of loaders."""

    def _pause(self) -> None:
        self.paused += 1

    def safely(self, observe: Callable[..., Any], *arguments: Any) -> None:
        """Call ``observe``; an exception of it is noted in ``faults`` and goes no further.

        SystemExit, with which a run is stopped on purpose, is no fault.
        """
        try:
            observe(*arguments)
        except Exception:  # noqa: BLE001  # whatever it is, the user's training goes on
            self.note_fault()

    def note_fault(self) -> None:
        """Note the exception that is being handled."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(traceback.format_exc())

    def note_warning(self, text: str, file: str, line: int) -> None:
        """A warning of torch is shown at a line."""
        if len(self.warnings) < _MOST_WARNINGS:
            self.warnings[text, self.lines.add(file, line)] = None

    # ---- objects

    def find(self, target: Any) -> Any:
        """The record of an object: a ``LiveOptimizer`` or the like; None: it is new."""
        entry = self._live.get(id(target))
        # The number of an object that is gone is given to another one.
        return entry[1] if entry is not None and entry[0]() is target else None

    def optimizer(self, target: Any, frame: FrameType | None = None) -> LiveOptimizer:
        """The record of an optimizer; ``frame`` is the one that makes it, if it is made now."""
        known = self.find(target)
        if known is None:
            recorded = RecordedOptimizer(
                type=type(target).__name__,
                module=type(target).__module__,
                arguments=plain_arguments(getattr(target, "defaults", {}))[0],
                location=self.lines.number(frame),
            )
            index = self._next_index(self.optimizers, "some optimizers are")
            known = LiveOptimizer(target, index, recorded, self.limits)
            self._keep(target, known, self.optimizers)
        return known  # type: ignore[no-any-return]

    def scheduler(
        self, target: Any, frame: FrameType | None, arguments: Mapping[str, Any], parent: int
    ) -> ObservedScheduler:
        """The record of a scheduler that is being made."""
        given, unknown = plain_arguments(arguments)
        function, function_arguments = function_in(arguments)
        recorded = RecordedScheduler(
            type=type(target).__name__,
            module=type(target).__module__,
            arguments=given,
            unknown=sorted(unknown),
            function=function,
            function_arguments=function_arguments,
            parent=parent,
            location=self.lines.number(frame),
        )
        index = self._next_index(self.schedulers, "some schedulers are")
        live = ObservedScheduler(target, index, recorded)
        self._keep(target, live, self.schedulers)
        return live

    def loader(self, target: Any, frame: FrameType | None) -> LiveLoader:
        """The record of a data loader."""
        known = self.find(target)
        if known is None:
            recorded = RecordedLoader(location=self.lines.number(frame))
            index = self._next_index(self.loaders, "some loaders are")
            known = LiveLoader(target, index, recorded)
            self._keep(target, known, self.loaders)
        return known  # type: ignore[no-any-return]

    def _next_index(self, among: Sequence[Any], subject: str) -> int:
        if len(among) < self.limits.objects:
            return len(among)
        self.limits.leave_out(f"{subject} not in the recording")
        return NOWHERE

    def _keep(self, target: Any, live: Any, among: list[Any]) -> None:
        # Nothing here keeps objects of the program alive: a script that makes a new optimizer for
        # each fold would otherwise never free the old ones. Python may give the number of an object
        # that is gone to a new one, so the entry goes with its object, and `find` compares the
        # object besides.
        number = id(target)
        self._live[number] = (weakref.ref(target, lambda _: self._live.pop(number, None)), live)
        if live.index != NOWHERE:
            among.append(live)

    # ---- learning rates

    def lrs_of(self, optimizer: Any) -> list[float]:
        """The learning rates in the groups of an optimizer, one a group."""
        return lrs_of(optimizer.param_groups)

    def applied_lrs_of(self, optimizer: Any) -> list[float]:
        """The same, with copies of those that are on a device."""
        return lrs_of(optimizer.param_groups, with_copies=True)

    def note_hand_writes(
        self, live: LiveOptimizer, now: list[float], frame: FrameType | None
    ) -> None:
        """Add an event for each learning rate that nobody seen has written since the last event.

        Args:
            live: the optimizer.
            now: its learning rates.
            frame: what calls the step or tick before which this is noticed.
        """
        before = live.lrs
        # A program that writes `group["lr"] = 0.01` makes no call. It is noticed at the next step
        # or tick: the groups have 0.01, and the last event that may change them left 0.1. If all of
        # several groups were set to one value, that is one event (group -1) and not one a group.
        # NaN, a value on a device that was not read, says nothing: `value == value` is false for
        # it.
        if before and now != before:
            changed = [
                index
                for index, value in enumerate(now)
                if index < len(before) and value != before[index] and value == value  # noqa: PLR0124
            ]
            groups = [-1] if len(changed) == len(now) > 1 and len(set(now)) == 1 else changed
            location = self._hand_written.number(frame) if groups else NOWHERE
            for group in groups:
                values = now[group], before[group]
                self.events.add(
                    "lr_written", "optimizer", live.index, location, *values, group=group
                )
            live.is_hand_written = live.is_hand_written or bool(groups)
        live.lrs = now

    # ---- steps

    def note_step(self, optimizer: Any, lrs: list[float], frame: FrameType | None) -> None:
        """An optimizer has made a step that applied ``lrs``."""
        if self.is_stopped:
            raise SystemExit(0)
        if self.paused:
            return
        live = self.find(optimizer)
        if live is None:
            live = self.optimizer(optimizer)
        if live.index == NOWHERE:
            return
        if live.values.steps == 0:
            live.recorded.order = self._stepped
            self._stepped += 1
            # Only now: at the end, there are no groups of processes any more.
            self.world_size = max(self.world_size, _processes_that_train())
            live.lrs = live.lrs or lrs
        if lrs != live.lrs:
            self.note_hand_writes(live, lrs, frame)
        # In this order: the first may fill the recording, and each step has both.
        self.events.add("optimizer_step", "optimizer", live.index, self.lines.number(frame))
        live.values.append(lrs, optimizer.param_groups)
        self._count_backwards()
        if live.values.steps >= self._next_doubled:
            self._at_doubled_steps(live)
        for action in self.after_step:
            action(live)

    def _at_doubled_steps(self, live: LiveOptimizer) -> None:
        self._next_doubled = min(2 * self._next_doubled, self.limits.steps)
        if self.at_doubled_steps is not None:
            self.safely(self.at_doubled_steps)
        if live.values.steps >= self.limits.steps:
            self.limits.fill(STEPS)

    def note_step_skipped_inside(self, optimizer: Any) -> None:
        """The step that is noted next was made without effect."""
        live = self.optimizer(optimizer)
        live.recorded.skipped.append(live.values.steps)

    def note_optimizer(self, optimizer: Any, frame: FrameType | None) -> None:
        """An optimizer is made."""
        live = self.optimizer(optimizer, frame)
        self.events.add("optimizer_made", "optimizer", live.index, live.recorded.location)

    def note_added_group(self, optimizer: Any, frame: FrameType | None) -> None:
        """A group is added to an optimizer; while it is being made, it is not known yet."""
        live = self.find(optimizer)
        if live is not None:
            number = self.lines.number(frame)
            group = len(optimizer.param_groups) - 1
            self.events.add("group_added", "optimizer", live.index, number, group=group)

    def note_skipped_step(self, optimizer: Any, frame: FrameType | None) -> None:
        """A gradient scaler has left out a step of an optimizer."""
        live = self.optimizer(optimizer)
        number = self.lines.number(frame)
        self.events.add("optimizer_step_skipped", "optimizer", live.index, number)
        self._count_backwards()

    def steps_of(self, optimizer: Any) -> int:
        """The steps that an optimizer has made."""
        live = self.find(optimizer)
        return 0 if live is None else live.values.steps

    def note_state(self, kind: str, subject: str, target: Any, frame: FrameType | None) -> None:
        """The state of an optimizer or a scheduler is saved or loaded."""
        live = self.find(target)
        number = self.lines.number(frame)
        if live is None or number == NOWHERE:
            return
        self.events.add(kind, subject, live.index, number)
        owner = live if subject == "optimizer" else live.optimizer
        if kind == "state_loaded" and owner is not None and owner.target is not None:
            owner.lrs = self.lrs_of(owner.target)  # what was loaded was not written by hand

    def note_backward(self, frame: FrameType | None) -> None:
        """Note that gradients are computed."""
        self._backwards += 1
        loader = self.last_loader
        if loader is not None and not loader.recorded.is_training:
            loader.recorded.is_training = True
            for action in self.before_batch_counts:
                action()
        self.events.add("backward", "", 0, self.lines.number(frame))

    def training_passes(self) -> int:
        """The number of times that the training data was started."""
        return sum(each.recorded.passes for each in self.loaders if each.recorded.is_training)

    def _count_backwards(self) -> None:
        # How many batches an update accumulates is seen here: with 4 of them, 4 backward passes
        # come before each step, and after 100 steps the counter is {4: 100}. A last window of 2
        # batches gives {4: 100, 2: 1}, of which `run_lengths` takes the usual number.
        self._backwards_per_step[self._backwards] += 1
        self._backwards = 0
        if self.last_loader is not None and not self._is_training_known:
            self._is_training_known = True
            if not any(each.recorded.is_training for each in self.loaders):
                self.last_loader.recorded.is_training = True  # a loop without backward passes

    # ---- the end

    def clear(self) -> None:
        """Forget everything that happened: this process was forked off the one it happened in."""
        self.events.clear()
        for each in self.optimizers:
            each.recorded.order, each.recorded.lr, each.recorded.groups = NOWHERE, [], []
            each.values = GroupValues(each.recorded, self.limits)
        self._stepped = self._backwards = 0
        self._backwards_per_step.clear()

    def finish(self, ending: str = "") -> Recording:
        """The recording of all that was observed; the recorder is of no use afterwards."""
        for each in self.optimizers:
            target = each.target
            each.values.finish(each.lrs if target is None else self.lrs_of(target))
        torch = sys.modules.get("torch")
        events = self.events.finish()
        self.notes |= self.limits.notes
        return Recording(
            file=self.file,
            torch=str(getattr(torch, "__version__", "")),
            # What a full recording shows is the beginning of the run.
            ending="stopped" if self.limits.is_full else ending or self.ending,
            framework=self.framework,
            world_size=self.world_size,
            locations=self.lines.locations,
            optimizers=[each.recorded for each in self.optimizers],
            schedulers=[each.recorded for each in self.schedulers],
            loaders=[each.recorded for each in self.loaders],
            lengths=list(self.lengths.values()),
            events=events,
            warnings=list(self.warnings),
            backwards_per_step=list(self._backwards_per_step.items()),
            notes=list(self.notes),
        )


def _processes_that_train() -> int:
    """The number of processes that train together, as torch knows it."""
    distributed = sys.modules.get("torch.distributed")
    with suppress(Exception):
        if distributed is not None and distributed.is_available() and distributed.is_initialized():
            return int(distributed.get_world_size())
    return 1
