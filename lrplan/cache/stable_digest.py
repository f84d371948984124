"""A stable digest of plain data: equal for equal data, in every process."""

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
    """Something whose content cannot be seen; the text names its type."""


class Digest:
    """Takes in values one by one, each with its type and its length, so that none runs together.

    Args:
        skip: names of dataclass fields that do not count.
    """

    def __init__(self, skip: Collection[str] = ()) -> None:
        self._pieces: list[str] = []
        self._skip = frozenset(skip)

    def add(self, value: object) -> Digest:
        """Take in ``value``: scalars, lists, tuples, mappings in their order, and dataclasses.

        ``1``, ``1.0`` and ``True`` differ, and so do the zeros with and without a sign.

        Raises:
            OpaqueError: it holds something else.
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
            self._piece("row", f"{value.name} {value.path}")
        else:
            self._compound(value)
        return self

    def text(self) -> str:
        """What all that was taken in comes to: 64 hexadecimal digits."""
        # One call for all of it: a plan has a hundred pieces, and most of them are short.
        return hashlib.sha256("".join(self._pieces).encode("utf-8", "surrogatepass")).hexdigest()

    def _piece(self, kind: str, text: str) -> None:
        self._pieces.append(f"{kind}:{len(text)}:{text}")

    def _compound(self, value: object) -> None:
        if isinstance(value, Mapping):
            self._each("mapping", (part for item in value.items() for part in item), len(value))
        elif isinstance(value, (tuple, list)):
            self._listed(value)
        elif is_dataclass(value) and not isinstance(value, type):
            counted = [name for name in _compared(type(value)) if name not in self._skip]
            parts = (part for name in counted for part in (name, getattr(value, name)))
            self._each(type(value).__qualname__, parts, len(counted))
        else:
            raise NotHashableError(type(value).__qualname__)

    def _listed(self, value: tuple[object, ...] | list[object]) -> None:
        name = "list" if isinstance(value, list) else "tuple"
        numbers = [each for each in value if type(each) is float]
        if numbers and len(numbers) == len(value):
            # A metric may have millions of them.
            content = hashlib.sha256(array("d", numbers).tobytes()).hexdigest()
            self._piece("floats", f"{name} {len(numbers)} {content}")
        else:
            self._each(name, value, len(value))

    def _each(self, kind: str, parts: Iterable[object], count: int) -> None:
        self._piece(kind, str(count))
        for part in parts:
            self.add(part)


@cache
def _compared(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass that count when two of them are compared."""
    return tuple(each.name for each in fields(kind) if each.compare)
