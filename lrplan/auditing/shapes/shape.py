"""A shape: a linear warm-up or none, a peak that may be held, and a way down to a floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np

from lrplan.arrays import FloatArray, IntArray

Kind = Literal[
    "constant",
    "linear",
    "cosine",
    "repeated-cosine",
    "1-sqrt",
    "polynomial",
    "exponential",
    "inverse-sqrt",
    "one-cycle",
    "warm-restarts",
    "steps",
]


@dataclass(frozen=True, slots=True)
class ShapeLengths:
    """The lengths and factors of a shape; lengths are in updates, counted from 0.

    Args:
        warmup: the update that has the peak; 0 for no warm-up.
        begin: the update from which on the rate falls; with ``one-cycle`` the (real) top.
        end: the update that has the floor; of warm restarts the end of the first cycle.
        power: the exponent of a polynomial.
        gamma: the factor of an update of an exponential, or of a drop.
        scale: the time scale of an inverse square root.
        mult: the ratio of one cycle to the cycle before.
    """

    warmup: float = 0
    begin: float = 0
    end: float = 0
    power: float = 1.0
    gamma: float = 1.0
    scale: float = 1
    mult: int = 1


@dataclass(frozen=True, slots=True)
class Candidates:
    """Lengths of several shapes, each one number for all or an array ``(candidates, 1)``."""

    warmup: float | FloatArray = 0
    begin: float | FloatArray = 0
    end: float | FloatArray = 0
    power: float | FloatArray = 1.0
    gamma: float | FloatArray = 1.0
    scale: float | FloatArray = 1
    mult: int = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """A curve as a schedule has it. ``peak``, ``floor`` and ``start`` are learning rates."""

    kind: Kind
    peak: float
    floor: float = 0.0
    """The rate at ``lengths.end``; of warm restarts the lowest one."""
    start: float = 0.0
    """The rate of update 0, if there is a warm-up."""
    lengths: ShapeLengths = field(default_factory=ShapeLengths)
    milestones: tuple[int, ...] = ()
    """The updates at which ``steps`` drop."""
    every: int = 0
    """The updates from drop to drop, if all are equally far apart; else 0."""
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Lengths that the log does not determine exactly: the least and the largest, by name."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The shares of peak, floor and start in each value; arrays of one shape."""

    peak: FloatArray
    floor: FloatArray
    start: FloatArray


def curve_of(shape: Shape, updates: IntArray) -> FloatArray:
    """The learning rates of a shape at some updates.

    Args:
        shape: whose numbers are single ones.
        updates: from 0, shape ``(n,)``.
    """
    if shape.kind == "steps":
        drops = np.searchsorted(np.asarray(shape.milestones), updates, side="right")
        if shape.every:
            drops = np.maximum(updates - int(shape.lengths.begin), 0) // shape.every
        share = weights_of("constant", updates, shape.lengths)
        held = shape.peak * np.asarray(shape.lengths.gamma, np.float64) ** drops
        return np.asarray(np.where(share.start > 0, _mixed(share, shape), held))
    return _mixed(weights_of(shape.kind, updates, shape.lengths), shape)


def _mixed(share: Weights, shape: Shape) -> FloatArray:
    return share.peak * shape.peak + share.floor * shape.floor + share.start * shape.start


def weights_of(kind: Kind, updates: IntArray, lengths: ShapeLengths | Candidates) -> Weights:
    """The shares of peak, floor and start at some updates.

    Args:
        kind: any but ``steps``.
        updates: from 0, shape ``(n,)``.
        lengths: of one shape, or of several candidates.
    """
    at = updates.astype(np.float64)
    rise = lengths.begin if kind == "one-cycle" else lengths.warmup
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        done = np.clip(at / np.maximum(rise, 1e-9), 0.0, 1.0)
        if kind == "one-cycle":
            done = (1 - np.cos(np.pi * done)) / 2
        share = _FALLS[kind](np.maximum(at - lengths.begin, 0.0), lengths)
    # The top of a cycle of torch may lie between two updates: `rise` is a real number then.
    rising = at < rise
    share = np.where(rising, 1.0, share)
    return Weights(
        np.where(rising, done, share),
        np.where(rising, 0.0, 1 - share),
        np.where(rising, 1 - done, 0),
    )


def _done(after: FloatArray, lengths: ShapeLengths | Candidates) -> FloatArray:
    return np.asarray(np.clip(after / np.maximum(lengths.end - lengths.begin, 1e-9), 0.0, 1.0))


def _half_cosine(done: FloatArray) -> FloatArray:
    return np.asarray((1 + np.cos(np.pi * done)) / 2)


def _cycles(after: FloatArray, lengths: ShapeLengths | Candidates) -> FloatArray:
    first = np.asarray(lengths.end - lengths.begin, np.float64)
    if lengths.mult == 1:
        return _half_cosine(after % first / first)
    # Cycles of lengths c, m c, m m c ...: n of them take c (m ** n - 1) / (m - 1) updates.
    ratio = lengths.mult
    number = np.floor(np.log1p(after * (ratio - 1) / first) / np.log(ratio) + 1e-12)
    over = first * (ratio**number - 1) / (ratio - 1)
    return _half_cosine((after - over) / (first * ratio**number))


_FALLS: Mapping[Kind, Callable[[FloatArray, ShapeLengths | Candidates], FloatArray]] = (
    MappingProxyType(
        {
            "constant": lambda after, lengths: np.ones_like(after + lengths.begin),
            "linear": lambda after, lengths: 1 - _done(after, lengths),
            "cosine": lambda after, lengths: _half_cosine(_done(after, lengths)),
            "one-cycle": lambda after, lengths: _half_cosine(_done(after, lengths)),
            "repeated-cosine": lambda after, lengths: _half_cosine(
                after / np.maximum(lengths.end - lengths.begin, 1e-9)
            ),
            "1-sqrt": lambda after, lengths: 1 - np.sqrt(_done(after, lengths)),
            "polynomial": lambda after, lengths: (1 - _done(after, lengths)) ** lengths.power,
            "exponential": lambda after, lengths: np.asarray(lengths.gamma, np.float64) ** after,
            "inverse-sqrt": lambda after, lengths: np.sqrt(lengths.scale / (lengths.scale + after)),
            "warm-restarts": _cycles,
        }
    )
)
