"""The events of a recording as users see them, and the epochs that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from lrplan.arrays import IntArray
from lrplan.events import Event, Location
from lrplan.recordings.column_codec import DamagedTableError
from lrplan.recordings.event_stream import code_chunks
from lrplan.recordings.model import NOWHERE, EventCode, RecordedOptimizer, Recording
from lrplan.trace import DEFAULT_GROUP


class EventTranslator:
    """Turns the codes of one iteration over the events into events that users see."""

    def __init__(
        self, recording: Recording, numbers: dict[int, int], places: Sequence[Location]
    ) -> None:
        self._recording = recording
        self._numbers = numbers
        self._places = places
        self._rows: Counter[int] = Counter()
        """Steps so far, by optimizer, those without effect included."""
        self._steps: Counter[int] = Counter()
        self._skipped = [set(each.skipped) for each in recording.optimizers]
        self._groups = [group_names(each) for each in recording.optimizers]
        self._first = next((old for old, new in numbers.items() if new == 0), 0)
        """The optimizer that stepped first: its steps count where none is meant."""

    def __call__(self, number: int, values: Sequence[float]) -> Event | None:
        """The next event, from the number of its code; None for one that users do not see."""
        code = self._recording.events.codes[number]
        old = code.index
        if code.subject == "loader" and not self._recording.loaders[old].is_training:
            return None
        scheduler = self._recording.schedulers[old] if code.subject == "scheduler" else None
        optimizer = old if code.subject == "optimizer" else self._first
        if scheduler is not None and scheduler.optimizer != NOWHERE:
            optimizer = scheduler.optimizer
        kind, step = code.kind, self._steps[optimizer]
        if kind == "optimizer_step":
            # A fused optimizer is called even where the gradient scaler found infinities, and skips
            # the update itself: such a call is among the steps of the recording, listed in
            # `skipped`. Users see a step that was left out, and later steps keep counting updates:
            # of 3 calls with the second skipped, steps 0 and 1.
            if self._rows[old] in self._skipped[old]:
                kind = "optimizer_step_skipped"
            else:
                self._steps[old] += 1
            self._rows[old] += 1
        return Event(
            kind=kind,  # type: ignore[arg-type]  # checked when the recording was read
            step=step,
            who=self._who(code),
            index=self._numbers[old] if code.subject == "optimizer" else old,
            group=self._group(optimizer, code),
            value=values[0] if values else None,
            applied=values[1] if len(values) > 1 else None,
            location=None if code.location == NOWHERE else self._places[code.location],
            of="optimizer" if code.subject == "optimizer" else "scheduler",
        )

    def _who(self, code: EventCode) -> str:
        if code.subject == "optimizer":
            return "" if code.kind == "lr_written" else self._recording.optimizers[code.index].type
        return self._recording.schedulers[code.index].type if code.subject == "scheduler" else ""

    def _group(self, optimizer: int, code: EventCode) -> str:
        if code.group == NOWHERE or optimizer >= len(self._groups):
            return ""
        names = self._groups[optimizer]
        return names[code.group] if code.group < len(names) else str(code.group)


def epochs_of_steps(recording: Recording) -> dict[int, IntArray]:
    """The epoch of each step, by optimizer; empty where no epochs were seen."""
    codes = recording.events.codes
    # Example: with codes 0 = an epoch begins and 1 = a step, and the events 0 1 1 0 1: `begins`
    # is [True, False]; indexed by the events it is 1 0 0 1 0, whose running sum 1 1 1 2 2 is the
    # epoch of each event, from 1. Those of the steps, less one, are 0 0 1.
    begins = np.array([_begins_epoch(recording, code) for code in codes], dtype=bool)
    if not begins.any():
        return {}
    owners = np.array([each.index if each.kind == "optimizer_step" else -1 for each in codes])
    parts: dict[int, list[IntArray]] = {}
    done = 0
    for chunk in code_chunks(recording.events):
        epoch = np.cumsum(begins[chunk]) + done
        done = int(epoch[-1]) if len(epoch) else done
        of_chunk = owners[chunk]
        for index in np.unique(of_chunk[of_chunk >= 0]).tolist():
            parts.setdefault(index, []).append(epoch[of_chunk == index])
    epochs = {}
    for index in range(len(recording.optimizers)):
        each = parts.get(index, [np.empty(0, dtype=np.int64)])
        # Steps before the first epoch, as of a warm-up outside of any loop, count as its own.
        whole = np.maximum(np.concatenate(each) - 1, 0)
        optimizer = recording.optimizers[index]
        if len(whole) != optimizer.steps:
            raise DamagedTableError("there are more or fewer events than steps")
        epochs[index] = np.delete(whole, optimizer.skipped) if optimizer.skipped else whole
    return epochs


def _begins_epoch(recording: Recording, code: EventCode) -> bool:
    return code.kind == "epoch_began" and recording.loaders[code.index].is_training


def group_names(optimizer: RecordedOptimizer) -> tuple[str, ...]:
    """The groups' own names where each has one; else ``all`` for a single group, and numbers."""
    own = [group.name for group in optimizer.groups]
    if all(own) and len(set(own)) == len(own):
        return tuple(own)
    return (DEFAULT_GROUP,) if len(own) == 1 else tuple(str(number) for number in range(len(own)))
