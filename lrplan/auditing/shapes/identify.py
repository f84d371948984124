"""Identifies a logged curve: every schedule shape that reproduces all of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lrplan.arrays import BoolArray
from lrplan.auditing.shapes.candidates import bits_of
from lrplan.auditing.shapes.cycles import one_cycle, warm_restarts
from lrplan.auditing.shapes.endless_decays import decays
from lrplan.auditing.shapes.finite_decays import finite_decays
from lrplan.auditing.shapes.peak_rows import peak_rows_of
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Shape
from lrplan.auditing.shapes.step_decays import constant, stairs

LEAST_ROWS = 4
"""Rows that are needed to identify a shape."""
_LEAST = 8.0
"""Bits that a shape has to save: chance does so in one log of 256."""
_MARGIN = 10.0
"""A shape that needs this many bits more than the simplest one is not an alternative to it."""


def identify(samples: Samples) -> Sequence[Shape]:
    """The shapes that give every row to its digits, the simplest first.

    One that is much less simple than the first is left out.
    """
    if len(samples.values) < LEAST_ROWS:
        return []
    if not samples.values.any():
        # Every schedule of a peak of 0 gives such rows: searches by shares of the peak do not end.
        return [Shape("constant", 0.0)]
    told = _bits_told(samples) - _LEAST
    found = sorted((s for s in _fitting(samples) if _is_determined(s, samples, told)), key=bits_of)
    least = bits_of(found[0]) if found else 0.0
    return [shape for shape in found if bits_of(shape) <= least + _MARGIN]


def some_shape_fits(samples: Samples) -> bool:
    """Return True if some schedule gives every row, even if the rows are too few to identify it."""
    return any(True for _ in _fitting(samples))


def _is_determined(shape: Shape, samples: Samples, told: float) -> bool:
    """Return True if the rows determine a shape: more rows change than it has numbers."""
    lengths = shape.lengths
    numbers = [shape.peak, shape.floor, shape.start, lengths.warmup, lengths.end]
    numbers += [lengths.begin - lengths.warmup, lengths.power - 1, lengths.gamma - 1]
    few = shape.kind not in {"steps", "constant"} and _moves(samples).sum() <= np.count_nonzero(
        numbers
    )
    return bits_of(shape) <= told and not few


def _moves(samples: Samples) -> BoolArray:
    """Say of each row whether it differs from the one before."""
    return np.asarray(np.abs(np.diff(samples.values, prepend=0.0)) > samples.slack)


def _bits_told(samples: Samples) -> float:
    """The bits of the rows without a shape: a row that repeats the last one takes 1."""
    moves = _moves(samples)
    digits = np.log2(1 + np.abs(samples.values).max() / (samples.slack + 1e-300))
    return float(np.where(moves, digits, 1.0).sum())


def _fitting(samples: Samples) -> Iterator[Shape]:
    top = peak_rows_of(samples)
    still = list(constant(samples, top)) if top.last == len(samples.values) - 1 else []
    still = still or list(stairs(samples, top))
    yield from still
    if still:
        # A falling curve does not give constant rows by chance.
        return
    for kinds in (finite_decays, decays, one_cycle, warm_restarts):
        yield from kinds(samples, top)
