"""A digest of plain data that is equal for equal data in every process.

Python's ``hash()`` differs between processes, and ``1 == 1.0 == True``. Here a value becomes a text
of pieces, each with its type and length, and the text is hashed: ``["ab", 1]`` is
``list:1:2str:2:abint:3:0x1``. The lengths keep ``["ab", "c"]`` apart from ``["a", "bc"]``.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from lrplan.catalog.rows import OptimizerRow, SchedulerRow
from lrplan.specfile.expressions.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


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
        if isinstance(value, str):
            self._piece("str", value)
        elif value is None or isinstance(value, bool):
            self._piece("constant", str(value))
        elif isinstance(value, int):
            self._piece("int", hex(value))
        elif isinstance(value, float):
            self._piece("float", value.hex())
        elif isinstance(value, Fraction):
            self._piece("fraction", str(value))
        elif isinstance(value, Expression):
            self._piece("expression", value.text)
        elif isinstance(value, (OptimizerRow, SchedulerRow)):
            # A row is code of lrplan, which has a fingerprint of its own: its name is enough.
            self._piece("row", f"{value.name} {value.path}")
        else:
            self._compound(value)
        return self

    def text(self) -> str:
        """The digest of all values added so far: 64 hexadecimal digits."""
        # One call for all of it: a plan has a hundred pieces, and most of them are short.
        return hashlib.sha256("".join(self._pieces).encode("utf-8", "surrogatepass")).hexdigest()

    def _piece(self, kind: str, text: str) -> None:
        self._pieces.append(f"{kind}:{len(text)}:{text}")

    def _compound(self, value: object) -> None:
        if isinstance(value, Mapping):
            self._add_parts(
                "mapping", (part for item in value.items() for part in item), len(value)
            )
        elif isinstance(value, (tuple, list)):
            self._sequence(value)
        elif is_dataclass(value) and not isinstance(value, type):
            names = [name for name in _compared_fields(type(value)) if name not in self._skip]
            parts = (part for name in names for part in (name, getattr(value, name)))
            self._add_parts(type(value).__qualname__, parts, len(names))
        else:
            raise NotHashableError(type(value).__qualname__)

    def _sequence(self, value: tuple[object, ...] | list[object]) -> None:
        name = "list" if isinstance(value, list) else "tuple"
        numbers = [each for each in value if type(each) is float]
        if numbers and len(numbers) == len(value):
            # A metric may have millions of numbers: their bytes are hashed, not a text of each.
            content = hashlib.sha256(array("d", numbers).tobytes()).hexdigest()
            self._piece("floats", f"{name} {len(numbers)} {content}")
        else:
            self._add_parts(name, value, len(value))

    def _add_parts(self, kind: str, parts: Iterable[object], count: int) -> None:
        self._piece(kind, str(count))
        for part in parts:
            self.add(part)


@cache
def _compared_fields(kind: type[Any]) -> tuple[str, ...]:
    """The names of the fields of a dataclass that take part in ``==``."""
    return tuple(each.name for each in fields(kind) if each.compare)
