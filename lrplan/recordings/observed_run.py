"""Turns a recording into the observed run that rules, pictures and tables read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import get_args

import numpy as np

from lrplan.arrays import IntArray
from lrplan.catalog import row_of_function
from lrplan.events import Location
from lrplan.observation import (
    Ending,
    Observation,
    ObservedGroup,
    ObservedOptimizer,
    ObservedScheduler,
    RankDifference,
)
from lrplan.recordings.column_codec import DamagedTableError
from lrplan.recordings.consistency import check_consistency
from lrplan.recordings.event_stream import EventStream
from lrplan.recordings.lazy_columns import LrDecoder, RecordedColumns, changes_column
from lrplan.recordings.model import (
    NOWHERE,
    RecordedOptimizer,
    RecordedScheduler,
    Recording,
)
from lrplan.recordings.prediction import predicted_traces
from lrplan.recordings.recorded_events import EventTranslator, epochs_of_steps, group_names
from lrplan.recordings.run_lengths import known_lengths
from lrplan.trace import STANDARD_FIELDS, Trace


def observed_run(recording: Recording) -> Observation:
    """The observed run of ``recording``.

    Raises:
        DamagedTableError: its parts do not fit together, or it is larger than allowed.
    """
    check_consistency(recording)
    epochs = epochs_of_steps(recording)
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
        events=EventStream(recording.events, partial(EventTranslator, recording, numbers, places)),
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
        names = group_names(recording.optimizers[order[each.optimizer]])
        yield RankDifference(
            rank=each.rank,
            step=each.step,
            optimizer=each.optimizer,
            group=names[each.group] if 0 <= each.group < len(names) else str(each.group),
            lr=each.lr,
            lr_of_rank_0=each.lr_of_rank_0,
        )


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
    names = group_names(each)
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
    # Where only the last step of a long run is known, the last value is taken for what came next.
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
    return [
        each for each in dict.fromkeys((*STANDARD_FIELDS, *changed)) if each in present - {"lr"}
    ]


def _steps_per_epoch(epochs: IntArray | None) -> int | None:
    """The steps of an epoch, if all but the last, which may be cut short, have the same."""
    if epochs is None or not len(epochs):
        return None
    *full, last = np.bincount(epochs).tolist()
    if not full:
        return int(last)
    return int(full[0]) if len(set(full)) == 1 and last <= full[0] else None
