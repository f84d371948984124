"""What has to be known of a curve before it is drawn, so that no picture holds all its values."""

from __future__ import annotations

import math
import struct
import weakref
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from lrplan.features import Extent, Peak, extent, peak

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.trace import FloatArray

_SAMPLES = 400
_PIECE = 65_536
"""Values looked at in one go: they stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveStats:
    """A curve in a few numbers."""

    key: bytes
    """Equal only where all values are, to the last bit; both zeros count as one."""
    reach: Extent
    lowest_positive: float
    """The smallest finite value above 0, infinity where there is none."""
    peak: Peak | None
    last: float
    """The last finite value, 0 where there is none."""
    mean: float
    """Of the finite values, 0 where there are none."""
    samples: FloatArray
    """Values at some steps, spread evenly over the run."""


def curve_stats(values: FloatArray) -> CurveStats:
    """``values`` in a few numbers."""
    reach = extent(values)
    finite = values if reach.whole else values[np.isfinite(values)]
    return CurveStats(
        key=_key(values, reach),
        reach=reach,
        lowest_positive=_lowest_positive(values, reach),
        peak=peak(values),
        last=float(finite[-1]) if finite.size else 0.0,
        # Divided first: the sum of huge values would overflow.
        mean=float(np.sum(finite / finite.size)) if finite.size else 0.0,
        samples=_samples(values),
    )


def sketcher() -> Callable[[FloatArray], CurveStats]:
    """:func:`sketch_of` for the columns of a trace: an array that groups share is read once."""
    known: dict[int, tuple[weakref.ref[FloatArray], CurveStats]] = {}

    def sketch(values: FloatArray) -> CurveStats:
        # The number of an array that is gone may be that of a new one: hence the reference.
        held = known.get(id(values))
        if held is None or held[0]() is not values:
            held = known[id(values)] = (weakref.ref(values), curve_stats(values))
        return held[1]

    return sketch


def _samples(values: FloatArray) -> FloatArray:
    steps = np.linspace(0, values.size - 1, _SAMPLES if values.size else 0)
    return np.asarray(values[steps.round().astype(np.int64)])


def _key(values: FloatArray, reach: Extent) -> bytes:
    if reach.whole and reach.low == reach.high:
        return struct.pack("<dq", reach.low + 0.0, values.size)
    digest = blake2b(digest_size=32)
    for start in range(0, values.size, _PIECE):
        # Adding 0 makes one of both zeros.
        digest.update((values[start : start + _PIECE] + 0.0).tobytes())
    return digest.digest()


def _lowest_positive(values: FloatArray, reach: Extent) -> float:
    if reach.low > 0:
        return reach.low
    if reach.high <= 0:
        return math.inf
    pieces = (values[start : start + _PIECE] for start in range(0, values.size, _PIECE))
    return min(float(piece[piece > 0].min(initial=np.inf)) for piece in pieces)
