"""Turns a recording into the observed run that rules, pictures and tables read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import get_args

import numpy as np

from lrplan.arrays import IntArray
from lrplan.catalog import row_of_function
from lrplan.events import Event, EventKind, Location
from lrplan.limits import CALLS, GROUPS, RECORDED, STEPS
from lrplan.observation import (
    Ending,
    Observation,
    ObservedGroup,
    ObservedOptimizer,
    ObservedScheduler,
    RankDifference,
)
from lrplan.recordings.column_codec import DamagedTableError, TooLargeRecordingError
from lrplan.recordings.event_stream import EventStream, code_chunks
from lrplan.recordings.lazy_columns import LrDecoder, RecordedColumns, changes_column
from lrplan.recordings.model import (
    NOWHERE,
    EventCode,
    RecordedOptimizer,
    RecordedScheduler,
    Recording,
)
from lrplan.recordings.prediction import predicted_traces
from lrplan.recordings.run_lengths import known_lengths
from lrplan.trace import DEFAULT_GROUP, Trace

_ALWAYS = ("lr", "momentum", "weight_decay")


def observed_run(recording: Recording) -> Observation:
    """The observed run of ``recording``.

    Raises:
        DamagedTableError: its parts do not fit together, or it is larger than allowed.
    """
    _check(recording)
    epochs = _epochs_of_steps(recording)
    order = user_order(recording.optimizers)
    places = [Location(file=file, line=line) for file, line in recording.locations]
    numbers = {old: new for new, old in enumerate(order)}
    optimizers = {
        old: _optimizer(recording, old, new, places, epochs.get(old))
        for new, old in enumerate(order)
    }
    predicted = predicted_traces(recording, {old: each.trace for old, each in optimizers.items()})
    return Observation(
        evidence="recording",
        file=recording.file,
        optimizers=tuple(
            replace(each, predicted=predicted.get(old)) for old, each in optimizers.items()
        ),
        prediction_notes=tuple(recording.prediction_notes),
        schedulers=tuple(
            _scheduler(each, index, numbers, places)
            for index, each in enumerate(recording.schedulers)
        ),
        events=EventStream(recording.events, partial(_translator, recording, numbers, places)),
        world_size=recording.world_size,
        rank_differences=tuple(_rank_differences(recording, order)),
        framework=recording.framework,
        torch=recording.torch,
        ending=_ending(recording.ending),
        warnings=tuple((text, _place(places, at)) for text, at in recording.warnings),
        **known_lengths(recording, places),
    )


def _rank_differences(recording: Recording, order: Sequence[int]) -> Iterator[RankDifference]:
    for each in recording.rank_differences:
        if not 0 <= each.optimizer < len(order):
            raise DamagedTableError("an optimizer that does not exist")
        names = _group_names(recording.optimizers[order[each.optimizer]])
        yield RankDifference(
            rank=each.rank,
            step=each.step,
            optimizer=each.optimizer,
            group=names[each.group] if 0 <= each.group < len(names) else str(each.group),
            lr=each.lr,
            lr_of_rank_0=each.lr_of_rank_0,
        )


def _check(recording: Recording) -> None:
    """Refuse numbers that refer to nothing, and more of anything than is allowed."""
    limits = {
        "optimizer": len(recording.optimizers),
        "scheduler": len(recording.schedulers),
        "loader": len(recording.loaders),
        "": 1,
    }
    _check_sizes(recording, max(limits.values()))
    locations = [each.location for each in recording.optimizers]
    locations += [each.location for each in recording.schedulers]
    locations += [each.location for each in recording.loaders]
    locations += [each.location for each in recording.lengths]
    locations += [code.location for code in recording.events.codes]
    locations += [at for _, at in recording.warnings]
    _check_range(locations, len(recording.locations), "a place")
    for code in recording.events.codes:
        if code.kind not in get_args(EventKind) or code.subject not in limits:
            raise DamagedTableError("an event of a sort that does not exist")
        if not 0 <= code.index < limits[code.subject] or not 0 <= code.values <= 2:
            raise DamagedTableError("an event of something that does not exist")
        if code.group < NOWHERE:
            raise DamagedTableError("an event of a group that does not exist")
    for each in recording.schedulers:
        _check_range([each.optimizer], limits["optimizer"], "an optimizer")
        _check_range([each.parent], limits["scheduler"], "a scheduler")
    for optimizer in recording.optimizers:
        _check_range(optimizer.skipped, optimizer.steps, "a step")


def _check_sizes(recording: Recording, objects: int) -> None:
    """Refuse more than is allowed: what is read must fit into memory."""
    if any(each.steps < 0 for each in recording.optimizers):
        raise DamagedTableError("a number of steps below 0")
    counts = {
        RECORDED: objects,
        STEPS: max((each.steps for each in recording.optimizers), default=0),
        GROUPS: max((len(each.groups) for each in recording.optimizers), default=0),
        CALLS: sum(recording.events.counts),
    }
    for limit, count in counts.items():
        if count > limit.now:
            raise TooLargeRecordingError(limit)


def _check_range(numbers: Sequence[int], end: int, what: str) -> None:
    if any(not NOWHERE <= number < end for number in numbers):
        raise DamagedTableError(f"{what} that does not exist")


def user_order(optimizers: Sequence[RecordedOptimizer]) -> list[int]:
    """The optimizers in the order of their first steps; then those that made none."""
    keys = [len(optimizers) if each.order == NOWHERE else each.order for each in optimizers]
    return sorted(range(len(optimizers)), key=keys.__getitem__)


def _place(places: Sequence[Location], index: int) -> Location:
    return Location() if index == NOWHERE else places[index]


def _ending(text: str) -> Ending:
    known: dict[str, Ending] = {each: each for each in get_args(Ending)}
    return known.get(text, "unknown")


def _scheduler(
    each: RecordedScheduler, index: int, numbers: dict[int, int], places: Sequence[Location]
) -> ObservedScheduler:
    seen = ObservedScheduler(
        index=index,
        type=each.type,
        module=each.module,
        optimizer=numbers.get(each.optimizer),
        arguments=each.arguments,
        unknown=frozenset(each.unknown),
        function=each.function,
        parent=None if each.parent == NOWHERE else each.parent,
        step=each.step,
        prepared=each.is_prepared,
        location=None if each.location == NOWHERE else places[each.location],
    )
    row = row_of_function(each.function, each.function_arguments)
    if row is None:
        return seen
    # `get_linear_schedule_with_warmup(optimizer, 100, 1000)` of transformers is a LambdaLR with a
    # function that knows these numbers: it is the scheduler of that name.
    module, _, name = row.name.partition(":")
    return replace(
        seen,
        type=name,
        module=module,
        arguments=each.function_arguments,
        unknown=seen.unknown - {"lr_lambda"},
    )


def _optimizer(
    recording: Recording, old: int, new: int, places: Sequence[Location], epochs: IntArray | None
) -> ObservedOptimizer:
    each = recording.optimizers[old]
    names = _group_names(each)
    groups = [
        ObservedGroup(
            name=name,
            options=group.options,
            first_step=group.first_step,
            initial_lr=group.initial_lr,
        )
        for name, group in zip(names, each.groups, strict=True)
    ]
    return ObservedOptimizer(
        index=new,
        type=each.type,
        module=each.module,
        arguments=each.arguments,
        groups=tuple(groups),
        location=None if each.location == NOWHERE else places[each.location],
        trace=_trace(recording, each, f"optimizer-{new}", names, epochs),
    )


def _group_names(optimizer: RecordedOptimizer) -> tuple[str, ...]:
    """The groups' own names where each has one; else ``all`` for a single group, and numbers."""
    own = [group.name for group in optimizer.groups]
    if all(own) and len(set(own)) == len(own):
        return tuple(own)
    return (DEFAULT_GROUP,) if len(own) == 1 else tuple(str(number) for number in range(len(own)))


def _trace(
    recording: Recording,
    optimizer: RecordedOptimizer,
    title: str,
    names: Sequence[str],
    epochs: IntArray | None,
) -> Trace:
    decoder = LrDecoder(optimizer)
    changed = {(each.group, each.name): each for each in optimizer.changes}
    columns = {
        "lr": RecordedColumns(
            {name: partial(decoder.column, group) for group, name in enumerate(names)}
        )
    }
    next_values: dict[str, dict[str, float]] = {
        "lr": {name: decoder.last(group) for group, name in enumerate(names)}
    }
    # Where only the last step of a long run is known, the last value stands for what came next.
    next_values["lr"] |= dict(zip(names, optimizer.final_lr, strict=False))
    for field in _fields(optimizer):
        decoders: dict[str, Callable[[], np.ndarray]] = {}
        for index, (name, group) in enumerate(zip(names, optimizer.groups, strict=True)):
            if field in group.options:
                changes = changed.get((index, field))
                first = group.options[field], group.first_step
                decoders[name] = partial(changes_column, *first, changes, optimizer)
                last = group.options[field] if changes is None else changes.last
                next_values.setdefault(field, {})[name] = last
        columns[field] = RecordedColumns(decoders)
    return Trace(
        name=title,
        title=f"{optimizer.type} of {recording.file}",
        columns=columns,
        next_values=next_values,
        groups=tuple(names),
        epochs=epochs,
        steps_per_epoch=_steps_per_epoch(epochs),
        planned_steps=optimizer.steps - len(optimizer.skipped),
        torch=recording.torch,
    )


def _fields(optimizer: RecordedOptimizer) -> list[str]:
    """Momentum and weight decay where there are some, and every other field that has changed."""
    present = {field for group in optimizer.groups for field in group.options}
    changed = dict.fromkeys(each.name for each in optimizer.changes)
    return [each for each in dict.fromkeys((*_ALWAYS, *changed)) if each in present - {"lr"}]


def _epochs_of_steps(recording: Recording) -> dict[int, IntArray]:
    """The epoch of each step, by optimizer; empty where no epochs were seen."""
    codes = recording.events.codes
    # By example, with codes 0 = an epoch begins and 1 = a step, and the events 0 1 1 0 1: `begins`
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


def _steps_per_epoch(epochs: IntArray | None) -> int | None:
    """The steps of an epoch, if all but the last, which may be cut short, have the same."""
    if epochs is None or not len(epochs):
        return None
    *full, last = np.bincount(epochs).tolist()
    if not full:
        return int(last)
    return int(full[0]) if len(set(full)) == 1 and last <= full[0] else None


class _Translator:
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
        self._groups = [_group_names(each) for each in recording.optimizers]
        self._first = next((old for old, new in numbers.items() if new == 0), 0)
        """The optimizer that stepped first: its steps count where none is meant."""

    def __call__(self, number: int, values: Sequence[float]) -> Event | None:
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


def _translator(
    recording: Recording, numbers: dict[int, int], places: Sequence[Location]
) -> Callable[[int, Sequence[float]], Event | None]:
    return _Translator(recording, numbers, places)
