"""Observes data loaders and backward passes: the clock of a training loop."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, ModuleType
from typing import Any

from lrplan.observe.observed_objects import LiveLoader
from lrplan.observe.patches import Patches
from lrplan.observe.recorder import Recorder


def observe_loaders(
    recorder: Recorder, patches: Patches, module: ModuleType, at_start: Callable[[LiveLoader], None]
) -> None:
    """Observe the loaders of ``torch.utils.data.dataloader``.

    Args:
        recorder: notes passes and batches.
        patches: undoes it.
        module: ``torch.utils.data.dataloader``.
        at_start: called before a loader is started; what it raises reaches the program.
    """

    def observe_making(original: Callable[..., Any]) -> Callable[..., Any]:
        def making(self: Any, *arguments: Any, **keywords: Any) -> None:
            original(self, *arguments, **keywords)
            recorder.safely(recorder.loader, self, sys._getframe(1))  # noqa: SLF001

        return making

    def observe_start(original: Callable[..., Any]) -> Callable[..., Any]:
        def start(self: Any) -> Any:
            frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
            live = recorder.loader(self, frame)
            at_start(live)
            recorder.safely(_note_start, recorder, live, self, frame)
            # One loader may have several iterators at a time, and `enumerate(loader)` or tqdm hold
            # the iterator and not the loader; so a batch is counted for the loader whose `__iter__`
            # gave its iterator. Some iterators cannot be referred to weakly: their batches are then
            # not counted.
            iterator = original(self)
            with suppress(AttributeError, TypeError):
                recorder.iterators[iterator] = live
            return iterator

        return start

    def observe_batch(original: Callable[..., Any]) -> Callable[..., Any]:
        def fetch(self: Any) -> Any:
            batch = original(self)
            live = recorder.iterators.get(self)
            if live is not None:
                recorder.last_loader = live
                recorder.events.add("batch_loaded", "loader", live.index)
            return batch

        return fetch

    patches.wrap(module.DataLoader, "__init__", observe_making)
    patches.wrap(module.DataLoader, "__iter__", observe_start)
    patches.wrap(module._BaseDataLoaderIter, "__next__", observe_batch)  # noqa: SLF001


def observe_backward(recorder: Recorder, patches: Patches, module: ModuleType) -> None:
    """Observe ``torch.autograd.backward``, which ``Tensor.backward`` calls."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def backward(*arguments: Any, **keywords: Any) -> Any:
            result = original(*arguments, **keywords)
            recorder.safely(recorder.note_backward, sys._getframe(1))  # noqa: SLF001
            return result

        return backward

    patches.wrap(module, "backward", make)


def _note_start(recorder: Recorder, live: LiveLoader, loader: Any, frame: FrameType | None) -> None:
    recorded = live.recorded
    if recorded.passes == 0:
        dataset = getattr(loader, "dataset", None)
        # Asking how long a stream is makes torch compare it with what comes, and warn.
        if hasattr(type(dataset), "__getitem__"):
            recorded.batches = _length(loader)
            recorded.dataset_size = _length(dataset)
        size = getattr(loader, "batch_size", None) or getattr(loader, "total_batch_size", None)
        recorded.batch_size = size if type(size) is int else None
    recorded.passes += 1
    recorder.events.add("epoch_began", "loader", live.index, recorder.lines.number(frame))


def _length(sized: Any) -> int | None:
    try:
        return len(sized)
    except Exception:  # noqa: BLE001  # code of users, which need not have a length
        return None
