"""Checks that the parts of a recording fit together, and that it is not larger than allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from lrplan.events import EventKind
from lrplan.limits import CALLS, GROUPS, RECORDED, STEPS
from lrplan.recordings.column_codec import DamagedTableError, TooLargeRecordingError
from lrplan.recordings.model import NOWHERE, Recording


def check_consistency(recording: Recording) -> None:
    """Refuse numbers that refer to nothing, and more of anything than is allowed.

    Raises:
        DamagedTableError: its parts do not fit together.
        TooLargeRecordingError: it is larger than allowed.
    """
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
        if count > limit.value:
            raise TooLargeRecordingError(limit)


def _check_range(numbers: Sequence[int], end: int, what: str) -> None:
    if any(not NOWHERE <= number < end for number in numbers):
        raise DamagedTableError(f"{what} that does not exist")
