"""Observes schedulers: how they are made, stepped and asked for learning rates."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import FrameType, ModuleType
from typing import Any

from lrplan.observe.compiled_code import is_translating, keep_untranslated
from lrplan.observe.observed_objects import LiveOptimizer, ObservedScheduler
from lrplan.observe.patches import Patches
from lrplan.observe.recorder import Recorder
from lrplan.observe.scheduler_arguments import (
    by_name,
    first_number,
    members_of,
    number_of,
    optimizer_in,
)

_Make = Callable[[Callable[..., Any]], Callable[..., Any]]


class _RunningCalls:
    """The schedulers at work in a thread: calls that they make themselves are not the program's."""

    __slots__ = ("making", "ticking")

    def __init__(self) -> None:
        self.ticking = 0
        self.making: list[Any] = []
        """Those whose constructors run, the outermost first."""


class _OfThread(threading.local):
    """The calls of schedulers that run in each thread."""

    def __init__(self) -> None:
        self.busy = _RunningCalls()


class SchedulerObserver:
    """Observes the classes below one or several root classes, also those made later.

    Args:
        recorder: notes them.
        patches: undoes it.
        is_compiling: says whether torch.compile is translating the code that asks.
        keep_uncompiled: makes a function one that torch.compile leaves as it is.
        passive: classes whose objects only hand calls on to others, which are observed.
        has_effect: says of a scheduler and a method whether a call does anything; None: all do.
    """

    def __init__(
        self,
        recorder: Recorder,
        patches: Patches,
        *,
        is_compiling: Callable[[], bool] | None = None,
        keep_uncompiled: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None,
        passive: tuple[type, ...] = (),
        has_effect: Callable[[Any, str], bool] | None = None,
    ) -> None:
        self._recorder = recorder
        self._patches = patches
        self._of_thread = _OfThread()
        self._is_compiling = is_compiling or _never
        self._keep_uncompiled = keep_uncompiled or _unchanged
        self._passive = passive
        self._has_effect = has_effect
        self._seen: set[type] = set()

    def watch(self, root: type, ticks: Sequence[str], reads: Sequence[str] = ()) -> None:
        """Observe ``root`` and all classes below it.

        Args:
            root: a class.
            ticks: the names of the methods that step it.
            reads: the names of the methods that return its learning rates.
        """
        makers: dict[str, _Make] = {"__init__": self._observe_making}
        makers |= {name: partial(self._observe_tick, name) for name in ticks}
        makers |= dict.fromkeys(reads, self._observe_read)
        for each in _tree(root):
            self._watch_class(each, makers)
        # Python calls `__init_subclass__` of a class when a class below it is made: so classes that
        # the script defines later, or that packages imported later define, are observed as well.
        before = vars(root).get("__init_subclass__")
        # In a class method made here, super() needs the class as an argument.
        inherited = before.__func__ if isinstance(before, classmethod) else None

        def subclass_made(cls: Any, /, **keywords: Any) -> None:
            if inherited is not None:
                inherited(cls, **keywords)
            else:
                super(root, cls).__init_subclass__(**keywords)  # type: ignore[arg-type]
            self._watch_class(cls, makers)

        self._patches.replace(root, "__init_subclass__", classmethod(subclass_made))

    def _watch_class(self, cls: type, makers: Mapping[str, _Make]) -> None:
        if cls in self._seen:
            return
        self._seen.add(cls)
        for name, make in makers.items():
            self._patches.wrap(cls, name, make)

    def _observe_making(self, original: Callable[..., Any]) -> Callable[..., Any]:
        of_thread, note, safely = self._of_thread, self._made, self._recorder.safely

        def making_one(self: Any, *arguments: Any, **keywords: Any) -> None:
            # A constructor calls `super().__init__()`, whose constructor is observed too, and
            # torch's own then calls `step()`; `SequentialLR` also makes its members step. Only the
            # outermost call is the program's: `making` lists the objects whose constructors run,
            # and ticks during that time do not count.
            making = of_thread.busy.making
            if making and making[-1] is self:  # called by the constructor of a subclass
                original(self, *arguments, **keywords)
                return
            making.append(self)
            tried = False
            try:
                original(self, *arguments, **keywords)
                tried = True
            except KeyError:
                # A failed constructor call with `last_epoch` is noted: it explains the missing
                # `initial_lr`.
                tried = True
                raise
            finally:
                making.pop()
                if tried:
                    safely(note, self, original, arguments, keywords, sys._getframe(1))  # noqa: SLF001

        return making_one

    def _observe_tick(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        of_thread, is_compiling = self._of_thread, self._is_compiling
        before, after = (
            self._keep_uncompiled(self._before_tick),
            self._keep_uncompiled(self._ticked),
        )
        is_special, self_is_silent = bool(self._passive or self._has_effect), self._is_silent

        def step(self: Any, *arguments: Any, **keywords: Any) -> Any:
            if is_compiling():
                return original(self, *arguments, **keywords)
            busy = of_thread.busy
            if busy.ticking or busy.making:
                return original(self, *arguments, **keywords)
            if is_special and self_is_silent(self, name):
                return original(self, *arguments, **keywords)
            frame = sys._getframe(1)  # noqa: SLF001
            live, target = before(self, frame)
            busy.ticking += 1
            try:
                result = original(self, *arguments, **keywords)
            finally:
                busy.ticking -= 1
            after(self, live, target, arguments, keywords, frame)
            return result

        return step

    def _before_tick(
        self, target: Any, frame: FrameType | None
    ) -> tuple[ObservedScheduler | None, Any]:
        """Note what was written by hand; what is known of a scheduler, and its optimizer."""
        recorder = self._recorder
        live: ObservedScheduler | None = recorder.find(target)
        owner = None if live is None else live.optimizer
        optimizer = None if owner is None else owner.target
        if owner is not None and optimizer is not None:
            try:
                now = recorder.lrs_of(optimizer)
                if now != owner.lrs:
                    recorder.note_hand_writes(owner, now, frame)
            except Exception:  # noqa: BLE001  # whatever it is, the user's training goes on
                recorder.note_fault()
        return live, optimizer

    def _is_silent(self, target: Any, method: str) -> bool:
        if isinstance(target, self._passive):
            return True
        return self._has_effect is not None and not self._has_effect(target, method)

    def _observe_read(self, original: Callable[..., Any]) -> Callable[..., Any]:
        of_thread, note, safely = self._of_thread, self._read, self._recorder.safely

        def get_lr(self: Any, *arguments: Any, **keywords: Any) -> Any:
            busy = of_thread.busy
            if busy.ticking or busy.making:
                return original(self, *arguments, **keywords)
            busy.ticking += 1  # it may ask others, or itself through `super()`
            try:
                result = original(self, *arguments, **keywords)
            finally:
                busy.ticking -= 1
            safely(note, self, result, sys._getframe(1))  # noqa: SLF001
            return result

        return get_lr

    def _made(
        self,
        target: Any,
        original: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        frame: FrameType | None,
    ) -> None:
        recorder = self._recorder
        if isinstance(target, self._passive):
            return
        # `SequentialLR(optimizer, [LinearLR(optimizer), CosineAnnealingLR(optimizer, 90)])`: the
        # members are made first, as schedulers by themselves, and become children only now that the
        # container is given them. A container that makes its members inside its own constructor is
        # known by `making`.
        given = by_name(original, target, arguments, keywords)
        optimizer = optimizer_in(given, target)
        members = [recorder.find(each) for each in members_of(given)]
        children = [each for each in members if isinstance(each, ObservedScheduler)]
        plain = {name: each for name, each in given.items() if each is not optimizer}
        making = self._of_thread.busy.making
        outer = recorder.find(making[-1]) if making else None
        live = recorder.scheduler(target, frame, plain, -1 if outer is None else outer.index)
        for child in children:
            child.recorded.parent = live.index
        self._attach(live, optimizer)
        location = live.recorded.location
        recorder.events.add("scheduler_made", "scheduler", live.index, location)

    def _attach(self, live: ObservedScheduler, optimizer: Any) -> None:
        if optimizer is None:
            return
        owner = self._recorder.optimizer(optimizer)
        live.optimizer = owner
        live.recorded.optimizer = owner.index
        live.recorded.step = owner.values.steps
        owner.schedulers += live.recorded.parent == -1
        # What constructors write is theirs.
        owner.lrs = self._recorder.lrs_of(optimizer)

    def _ticked(
        self,
        target: Any,
        live: ObservedScheduler | None,
        optimizer: Any,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        frame: FrameType | None,
    ) -> None:
        recorder = self._recorder
        try:
            if live is None:  # made before the observers were there, or copied or unpickled
                live = recorder.scheduler(target, None, {}, -1)
                optimizer = optimizer_in({}, target)
                self._attach(live, optimizer)
            location = recorder.lines.number(frame)
            value = first_number(arguments, keywords) if arguments or keywords else None
            if value is None:
                recorder.events.add("scheduler_tick", "scheduler", live.index, location)
            else:
                recorder.events.add("scheduler_tick", "scheduler", live.index, location, value)
            owner = live.optimizer
            if owner is None or optimizer is None:
                return
            now = recorder.lrs_of(optimizer)
            if now != owner.lrs:
                self._note_change(live, owner, now, location)
        except Exception:  # noqa: BLE001  # whatever it is, the user's training goes on
            recorder.note_fault()

    def _note_change(
        self, live: ObservedScheduler, owner: LiveOptimizer, now: list[float], location: int
    ) -> None:
        """A tick has set learning rates."""
        # An event for every tick of every run would fill the recording with what the steps say
        # anyway: with one scheduler, whatever a step applies that differs from the step before was
        # written by its tick. With two on one optimizer, or a program that writes too, the event
        # shows who wrote what.
        is_known = now[0] == now[0]  # no NaN
        if is_known and (owner.is_hand_written or owner.schedulers > 1):
            values = now[0], owner.lrs[0]
            self._recorder.events.add("lr_written", "scheduler", live.index, location, *values)
        owner.is_hand_written = False
        owner.lrs = now

    def _read(self, target: Any, result: Any, frame: FrameType | None) -> None:
        recorder = self._recorder
        live = recorder.find(target)
        owner = None if live is None else live.optimizer
        optimizer = None if owner is None else owner.target
        if live is None or optimizer is None or not isinstance(result, (list, tuple)):
            return
        location = recorder.lines.number(frame)
        if location == -1:
            return  # a package that asks for itself
        applied = recorder.lrs_of(optimizer)
        for index, (value, now) in enumerate(zip(result, applied, strict=False)):
            number = number_of(value)
            if number is not None:
                recorder.events.add(
                    "lr_read", "scheduler", live.index, location, number, now, group=index
                )


def observe_torch_schedulers(recorder: Recorder, patches: Patches, module: ModuleType) -> None:
    """Observe the schedulers of ``torch.optim.lr_scheduler``, and those derived from them."""
    observer = SchedulerObserver(
        recorder, patches, is_compiling=is_translating(), keep_uncompiled=keep_untranslated
    )
    root = getattr(module, "LRScheduler", None) or module._LRScheduler  # noqa: SLF001
    observer.watch(root, ["step"], ["get_lr"])
    # Before torch 2.2 it had no base class in common with the others.
    plateau = module.ReduceLROnPlateau
    if not issubclass(plateau, root):
        observer.watch(plateau, ["step"])


def _never() -> bool:
    return False


def _unchanged(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def _tree(root: type) -> Iterator[type]:
    """``root`` and every class below it."""
    yield root
    below: list[type] = type.__subclasses__(root)
    for each in below:
        yield from _tree(each)
