"""Read and write a field of a parameter group by name: ``lr``, ``weight_decay``, ``betas[0]``."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from functools import cache
from typing import Any

from torch import Tensor

ParamGroup = MutableMapping[str, Any]

_ENTRY = re.compile(r"(\w+)\[(\d+)\]")


class NoFieldError(ValueError):
    """A parameter group has no such field.

    Args:
        message: says so.
        field: the name.
        fields: the names that the group has.
    """

    def __init__(self, message: str, field: str, fields: tuple[str, ...]) -> None:
        super().__init__(message)
        self.field = field
        self.fields = fields


def read_field(group: Mapping[str, Any], field: str) -> Any:
    """The value of ``field`` in ``group``: of a key, or of ``key[i]``, an entry of a tuple.

    Raises:
        KeyError: if the group has no such key, or IndexError: no such entry.
    """
    key, entry = _split(field)
    return group[key] if entry is None else group[key][entry]


def write_field(group: ParamGroup, field: str, value: float | Tensor) -> None:
    """Set ``field`` of ``group`` to ``value``; a tensor is filled in place, and stays the same.

    Raises:
        KeyError: if the group has no such key, or IndexError: no such entry.
    """
    current = read_field(group, field)
    key, entry = _split(field)
    if isinstance(current, Tensor):
        # A capturable optimizer has recorded this very tensor in a CUDA graph.
        current.fill_(value)
    elif entry is None:
        group[key] = value
    else:
        # `betas` is a tuple, which cannot be changed in place: (0.9, 0.999) with betas[0] = 0.85
        # becomes a new tuple (0.85, 0.999); a list stays a list.
        entries = list(group[key])
        entries[entry] = value
        group[key] = type(group[key])(entries)


def initial_values(groups: Sequence[ParamGroup], field: str, *, resuming: bool) -> list[float]:
    """The initial value of ``field`` in each group, kept in the group as ``initial_<field>``.

    This is torch's ``initial_lr`` for any field: the first scheduler of a field stores it, later
    ones find it. When resuming, it must be there already.

    Raises:
        ValueError: if a group has no number under that name.
        KeyError: if ``resuming`` and a group has no initial value.
    """
    key = f"initial_{field}"
    for index, group in enumerate(groups):
        _check_number(index, group, field)
        if resuming and key not in group:
            raise KeyError(f"param_groups[{index}] has no {key!r}, which a resumed scheduler needs")
        group.setdefault(key, float(read_field(group, field)))
    return [float(group[key]) for group in groups]


@cache
def _split(field: str) -> tuple[str, int | None]:
    match = _ENTRY.fullmatch(field)
    return (field, None) if match is None else (match[1], int(match[2]))


def _check_number(index: int, group: Mapping[str, Any], field: str) -> None:
    try:
        value = read_field(group, field)
    except (KeyError, IndexError, TypeError):
        fields = tuple(sorted(key for key in group if key != "params"))
        message = f"param_groups[{index}] has no field {field!r}; its fields: {', '.join(fields)}"
        raise NoFieldError(message, field, fields) from None
    if not _is_number(value):
        raise ValueError(f"param_groups[{index}][{field!r}] is not a number: {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Tensor) and not isinstance(value, bool)
