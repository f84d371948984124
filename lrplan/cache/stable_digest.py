"""A digest of plain data that is equal for equal data in every process.

Python's ``hash()`` differs between processes, and ``1 == 1.0 == True``. Here a value becomes a text
of pieces, each with its type and length, and the text is hashed: ``["ab", 1]`` is
``list:1:2str:2:abint:3:0x1``. The lengths keep ``["ab", "c"]`` apart from ``["a", "bc"]``.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import cache
from operator import attrgetter
from typing import Any

from lrplan.catalog.rows import OptimizerRow, SchedulerRow
from lrplan.specfile.expressions.expression import Expression


class NotHashableError(Exception):
    """A value is not plain data; the message names its type."""


class Digest:
    """A digest to which values are added one by one.

    Args:
        skip: names of dataclass fields that are left out.
    """

    def __init__(self, skip: Collection[str] = ()) -> None:
        self._pieces: list[str] = []
        self._skip = frozenset(skip)

    def add(self, value: object) -> Digest:
        """Add ``value``: a scalar, list, tuple, mapping in its order, or dataclass, to any depth.

        ``1``, ``1.0`` and ``True`` differ, and so do the zeros with and without a sign.

        Raises:
            NotHashableError: it holds something else.
        """
        scalar = _SCALARS.get(type(value))
        if scalar is not None:
            kind, text_of = scalar
            self._pieces.append(_piece(kind, text_of(value)))
        elif isinstance(value, (tuple, list)):
            self._sequence(value)
        elif is_dataclass(value):
            self._dataclass(value)
        elif isinstance(value, Mapping):
            self._piece("mapping", str(len(value)))
            for key, each in value.items():
                self.add(key)
                self.add(each)
        else:
            self._subclass(value)
        return self

    def text(self) -> str:
        """The digest of all values added so far: 64 hexadecimal digits."""
        # One call for all of it: a plan has a hundred pieces, and most of them are short.
        return hashlib.sha256("".join(self._pieces).encode("utf-8", "surrogatepass")).hexdigest()

    def _piece(self, kind: str, text: str) -> None:
        self._pieces.append(_piece(kind, text))

    def _dataclass(self, value: object) -> None:
        kind: Any = type(value)
        head, names = _layout(kind, self._skip)
        pieces = self._pieces
        pieces.append(head)
        for piece, name in names:
            each = getattr(value, name)
            scalar = _SCALARS.get(type(each))
            if scalar is None:
                pieces.append(piece)
                self.add(each)
            else:  # most fields: the same as `add`, without the cost of a call
                pieces.append(piece + _piece(scalar[0], scalar[1](each)))

    def _subclass(self, value: object) -> None:
        """A number or text of another class than Python's own, such as that of an enumeration."""
        found = (_SCALARS[base] for base in type(value).__mro__ if base in _SCALARS)
        scalar = next(found, None)
        if scalar is None:
            raise NotHashableError(type(value).__qualname__)
        kind, text_of = scalar
        self._piece(kind, text_of(value))

    def _sequence(self, value: tuple[object, ...] | list[object]) -> None:
        name = "list" if isinstance(value, list) else "tuple"
        numbers = [each for each in value if type(each) is float]
        if numbers and len(numbers) == len(value):
            # A metric may have millions of numbers: their bytes are hashed, not a text of each.
            content = hashlib.sha256(array("d", numbers).tobytes()).hexdigest()
            self._piece("floats", f"{name} {len(numbers)} {content}")
        else:
            self._piece(name, str(len(value)))
            for each in value:
                self.add(each)


def _row(row: OptimizerRow | SchedulerRow) -> str:
    # A row is code of lrplan, which has a fingerprint of its own: its name is enough.
    return f"{row.name} {row.path}"


# By exact class, so that True and the int 1 differ. A plan has a hundred scalars.
_SCALARS: Mapping[type, tuple[str, Callable[[Any], str]]] = {
    str: ("str", str.__str__),
    bool: ("constant", str),
    type(None): ("constant", str),
    int: ("int", hex),
    float: ("float", float.hex),
    Fraction: ("fraction", str),
    Expression: ("expression", attrgetter("text")),
    OptimizerRow: ("row", _row),
    SchedulerRow: ("row", _row),
}


def _piece(kind: str, text: str) -> str:
    return f"{kind}:{len(text)}:{text}"


@cache
def _layout(kind: Any, skip: frozenset[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The pieces of a dataclass that are the same in every plan, half of all pieces.

    They are the one it begins with, then, for each field that takes part in ``==``, its piece and
    its name: ``Point(x=1, y=2)`` has ``Point:1:2``, then ``str:1:x`` and ``str:1:y``.
    """
    names = [each.name for each in fields(kind) if each.compare and each.name not in skip]
    return _piece(kind.__qualname__, str(len(names))), tuple((_piece("str", n), n) for n in names)
