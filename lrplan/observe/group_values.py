"""Collects what the parameter groups of one optimizer have at each of its steps."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from lrplan.limits import GROUPS
from lrplan.observe.learning_rates import NAN, LrOnDevice
from lrplan.observe.recording_limits import RecordingLimits
from lrplan.recordings.model import FieldChanges, RecordedGroup, RecordedOptimizer

_ROWS = 1 << 16
_VALUES = 1 << 20
"""Learning rates that wait until they are compressed: the most steps, and the most values."""
_COPIES = 4096
"""Copies of learning rates on a device that wait."""
_CHANGES = 4096
"""Changes of a field that wait."""
_NO_FIELDS = {"lr", "initial_lr", "params", "param_names", "name"}
"""Keys of a group that are not a field of the update, or that have a column of their own."""


class GroupValues:
    """The applied values of an optimizer, appended step by step, in bounded memory.

    Args:
        recorded: where they end up.
        limits: the limits of the recording.
    """

    def __init__(self, recorded: RecordedOptimizer, limits: RecordingLimits) -> None:
        self.recorded = recorded
        self.steps = 0
        self._limits = limits
        self._most_groups = limits.groups
        self._waiting = 0
        """Steps whose learning rates are in ``_lr``."""
        self._lr = array("d")
        self._on_device: list[tuple[int, Any]] = []
        """Places in ``_lr``, and the copies on a device that belong there."""
        self._width = 0
        self._readers: list[Callable[[Mapping[str, Any]], Any]] = []
        self._last: list[Any] = []
        self._changes: dict[tuple[int, str], _Changes] = {}

    def append(self, lrs: Sequence[float], groups: Sequence[Mapping[str, Any]]) -> None:
        """Add the values of a step.

        Args:
            lrs: the learning rates that it applied, one a group.
            groups: the groups themselves, for their other fields.
        """
        if len(lrs) != self._width:
            if len(lrs) > self._most_groups:
                lrs, groups = lrs[: self._most_groups], groups[: self._most_groups]
                self._limits.leave_out("some groups are not in the recording", GROUPS)
            if len(lrs) != self._width:
                self._change_width(groups)
        if lrs and type(lrs[0]) is LrOnDevice:
            start = len(self._lr)
            copies = enumerate(lrs, start)
            self._on_device += [(at, lr.copy) for at, lr in copies if isinstance(lr, LrOnDevice)]
        self._lr.extend(lrs)
        for index, group in enumerate(groups):
            try:
                now = self._readers[index](group)
                # Nearly all steps change the learning rate alone. The other fields of a group are
                # read with one `itemgetter`, as a tuple that is compared with the last one; what
                # changed, and how it is called, is asked only where they differ.
                changed = now != self._last[index]
            except (KeyError, IndexError, TypeError, ValueError, RuntimeError):
                # A key went away with `load_state_dict`, or a tensor cannot be compared.
                changed, now = True, None
            if changed:
                self._note_changes(index, group, now)
        self.steps += 1
        self._waiting += 1
        if len(self._lr) >= _VALUES or self._waiting >= _ROWS:
            self._flush()
        elif len(self._on_device) >= _COPIES:
            self._read_device()

    def finish(self, lrs: Sequence[float]) -> None:
        """Put everything into ``recorded``; ``lrs`` are the learning rates at the end."""
        self._flush()
        self.recorded.steps = self.steps
        self.recorded.final_lr = list(lrs)
        for each in self._changes.values():
            each.flush(self._limits)
        self.recorded.changes = [each.recorded for each in self._changes.values()]

    def _change_width(self, groups: Sequence[Mapping[str, Any]]) -> None:
        self._flush()
        self._width = len(groups)
        for index, group in enumerate(groups):
            if index >= len(self._readers):
                name = group.get("name")
                options = dict(numbers_of(group))
                self.recorded.groups.append(
                    RecordedGroup(
                        name=name if isinstance(name, str) else "",
                        options={"lr": as_number(group.get("lr")), **options},
                        first_step=self.steps,
                        initial_lr=as_number(group["initial_lr"])
                        if "initial_lr" in group
                        else None,
                    )
                )
                self._readers.append(_reader(group))
                self._last.append(self._readers[index](group))

    def _note_changes(self, index: int, group: Mapping[str, Any], now: Any) -> None:
        known = self.recorded.groups[index].options
        for field, value in numbers_of(group):
            key = (index, field)
            changes = self._changes.get(key)
            last = known.get(field) if changes is None else changes.recorded.last
            if last is None:
                continue  # a field that was not there at first
            if value != last and not (value != value and last != last):  # noqa: PLR0124  # NaN
                if changes is None:
                    changes = self._changes[key] = _Changes(FieldChanges(index, field))
                changes.append(self.steps, value, self._limits)
        if now is None:
            self._readers[index] = _reader(group)
            now = self._readers[index](group)
        self._last[index] = now

    def _read_device(self) -> None:
        """Put the learning rates that were copied on a device into their places.

        The first of them waits for the device: once in thousands of steps.
        """
        for at, copy in self._on_device:
            self._lr[at] = as_number(copy)
        self._on_device.clear()

    def _flush(self) -> None:
        self._read_device()
        # Loaded only now: see `event_log.py`.
        import numpy as np

        from lrplan.recordings.column_codec import encode_table

        if self._waiting:
            table = np.array(self._lr).reshape(self._waiting, self._width)
            # Columns that lie one after the other in memory are read faster.
            columns = list(np.ascontiguousarray(table.T))
            self.recorded.lr.append(
                self._limits.count_bytes(encode_table(columns, rows=self._waiting))
            )
            self._lr, self._waiting = array("d"), 0


class _Changes:
    """The changes of one field of one group."""

    def __init__(self, recorded: FieldChanges) -> None:
        self.recorded = recorded
        self._steps = array("d")
        self._values = array("d")

    def append(self, step: int, value: float, limits: RecordingLimits) -> None:
        self._steps.append(step)
        self._values.append(value)
        self.recorded.last = value
        if len(self._steps) >= _CHANGES:
            self.flush(limits)

    def flush(self, limits: RecordingLimits) -> None:
        """Compress the changes that wait."""
        import numpy as np

        from lrplan.recordings.column_codec import encode_table

        if self._steps:
            table = encode_table([np.array(self._steps), np.array(self._values)])
            self.recorded.tables.append(limits.count_bytes(table))
            self._steps, self._values = array("d"), array("d")


def numbers_of(group: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The numbers in ``group`` besides its learning rate, by the names that lrplan gives them.

    ``betas`` are ``momentum``, which is the first one, and ``betas[1]``.
    """
    for key, value in group.items():
        if key in _NO_FIELDS:
            continue
        if key == "betas" and isinstance(value, (tuple, list)):
            for index, each in enumerate(value):
                if _is_number(each):
                    yield ("betas[1]" if index == 1 else "momentum", float(each))
        elif _is_number(value):
            yield key, float(value)


def as_number(value: Any) -> float:
    """``value`` as a float; NaN for what is not a number."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return NAN


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _reader(group: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """A fast function that reads everything that may be a number in ``group``, for comparison."""
    keys = [
        key
        for key, value in group.items()
        if key not in _NO_FIELDS and (_is_number(value) or key == "betas")
    ]
    return itemgetter(*keys) if keys else _nothing


def _nothing(_: Mapping[str, Any]) -> None:
    return None
