"""Types of numpy arrays, for annotations, and columns of them.

At run time they are strings, so that numpy is loaded only when something is computed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from numpy.typing import NDArray

ArrayLike: TypeAlias = "npt.ArrayLike"
"""Anything that ``np.asarray`` takes: a number, a list of numbers, an array."""
FloatArray: TypeAlias = "NDArray[np.float64]"
IntArray: TypeAlias = "NDArray[np.int64]"
IndexArray: TypeAlias = "NDArray[np.intp]"
"""Indices, as ``np.flatnonzero`` and ``np.argsort`` return them."""
BoolArray: TypeAlias = "NDArray[np.bool_]"


class DeferredColumns(Mapping[str, "FloatArray"]):
    """Columns by name, each computed when it is read; the ``repr`` is that of a dict.

    Args:
        names: of the columns, in their order.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names  # Mapping would compute the column to know

    def __repr__(self) -> str:
        return repr(dict(self))
