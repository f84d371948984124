"""The schedule that a logged curve may be of: every shape of the catalogue that gives all rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrplan.auditing.shapes.cycles import one_cycle, warm_restarts
from lrplan.auditing.shapes.decays import decays
from lrplan.auditing.shapes.falls import falls
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Shape
from lrplan.auditing.shapes.short_number import digits_of
from lrplan.auditing.shapes.stairs import constant, stairs
from lrplan.auditing.shapes.top import top_of

LEAST_ROWS = 4
"""Rows by which a shape can be told."""
_MARGIN = 10.0
"""Bits: a shape that takes a thousand times the luck of another one is no alternative to it."""
_BITS_A_DIGIT = 3.32


def identify(samples: Samples) -> Sequence[Shape]:
    """The shapes that give every row to its digits, the simplest first; those alone that are not
    much less likely than the simplest one.
    """
    if len(samples.values) < LEAST_ROWS:
        return []
    found = sorted(_fitting(samples), key=bits_of)
    least = bits_of(found[0]) if found else 0.0
    return [shape for shape in found if bits_of(shape) <= least + _MARGIN]


def bits_of(shape: Shape) -> float:
    """How much has to be told to name a shape, in bits."""
    lengths = shape.lengths
    numbers = [shape.peak, shape.floor, shape.start, lengths.warmup, lengths.end]
    numbers += [0 if lengths.begin == lengths.warmup else lengths.begin]
    numbers += [*shape.milestones] if not shape.every else [shape.every]
    numbers += [0 if each == 1 else each for each in (lengths.power, lengths.gamma, lengths.scale)]
    digits = sum(digits_of(float(each)) + 1 for each in numbers if each)
    return _BITS_A_DIGIT * digits


def _fitting(samples: Samples) -> Iterator[Shape]:
    top = top_of(samples)
    still = list(constant(samples, top)) if top.last == len(samples.values) - 1 else []
    still = still or list(stairs(samples, top))
    yield from still
    if still:
        # Rows that stand still are no chance of a curve that falls.
        return
    for kinds in (falls, decays, one_cycle, warm_restarts):
        yield from kinds(samples, top)
