"""A shape in words: ``cosine from 3e-4 to 0 over 1,000 updates after 100 warm-up updates``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from lrplan.auditing.shapes.shape import Kind, Shape
from lrplan.text import join_words, quantity

_DIGITS = 6
_MOST_MILESTONES = 8
_NAMES = {
    "linear": "linear",
    "cosine": "cosine",
    "repeated-cosine": "cosine down and up again",
    "1-sqrt": "1 - sqrt",
}


def sentence_of(shape: Shape, unit: str = "update") -> str:
    """The schedule that a shape is, with its numbers; lengths are in ``unit``."""
    parts = [_body(shape), _hold(shape), _warmup(shape)]
    text = " ".join(part for part in parts if part) + _ranges(shape)
    return text if unit == "update" else text.replace("update", unit)


def format_lr(value: float) -> str:
    """A learning rate as people write it: ``3e-4``, ``0.1``."""
    if value and abs(value) < 1e-3:
        mantissa, _, exponent = f"{value:.{_DIGITS - 1}e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{value:.{_DIGITS}g}"


def _body(shape: Shape) -> str:
    make = _BODIES.get(shape.kind)
    if make is not None:
        return make(shape)
    return f"{_NAMES[shape.kind]} {_from_peak_to_floor(shape)}"


def _from_peak_to_floor(shape: Shape) -> str:
    fall = quantity(shape.lengths.end - shape.lengths.begin, "update")
    return f"from {format_lr(shape.peak)} to {format_lr(shape.floor)} over {fall}"


def _polynomial(shape: Shape) -> str:
    return f"polynomial of power {shape.lengths.power:g} {_from_peak_to_floor(shape)}"


def _exponential(shape: Shape) -> str:
    factor = f"{shape.lengths.gamma:.{_DIGITS}g}"
    return f"exponential from {format_lr(shape.peak)}, times {factor} at each update"


def _inverse_sqrt(shape: Shape) -> str:
    scale = quantity(shape.lengths.scale, "update")
    return f"inverse square root from {format_lr(shape.peak)} with a time scale of {scale}"


def _one_cycle(shape: Shape) -> str:
    total, top = quantity(shape.lengths.end + 1, "update"), round(shape.lengths.begin)
    up = f"from {format_lr(shape.start)} up to {format_lr(shape.peak)} near update {top:,}"
    return f"one cycle {up} and down to {format_lr(shape.floor)}, over {total}"


def _restarts(shape: Shape) -> str:
    first = quantity(shape.lengths.end - shape.lengths.begin, "update")
    mult = shape.lengths.mult
    grow = f", each {mult} times as long as the one before" if mult > 1 else ""
    way = f"from {format_lr(shape.peak)} to {format_lr(shape.floor)}"
    return f"cosine {way} with warm restarts, the first after {first}{grow}"


def _steps(shape: Shape) -> str:
    times = f"times {shape.lengths.gamma:.{_DIGITS}g}"
    if shape.every:
        return (
            f"steps from {format_lr(shape.peak)}, {times} every {quantity(shape.every, 'update')}"
        )
    where = [f"{each:,}" for each in shape.milestones[:_MOST_MILESTONES]]
    if len(shape.milestones) > _MOST_MILESTONES:
        where.append(f"{len(shape.milestones) - _MOST_MILESTONES} more")
    plural = "s" if len(shape.milestones) > 1 else ""
    return f"steps from {format_lr(shape.peak)}, {times} at update{plural} {join_words(where)}"


_BODIES: Mapping[Kind, Callable[[Shape], str]] = MappingProxyType(
    {
        "constant": lambda shape: f"constant at {format_lr(shape.peak)}",
        "polynomial": _polynomial,
        "exponential": _exponential,
        "inverse-sqrt": _inverse_sqrt,
        "one-cycle": _one_cycle,
        "warm-restarts": _restarts,
        "steps": _steps,
    }
)


def _hold(shape: Shape) -> str:
    lengths = shape.lengths
    if shape.kind in {"one-cycle", "steps", "constant"} or lengths.begin == lengths.warmup:
        return ""
    return f"after {quantity(lengths.begin - lengths.warmup, 'update')} at the peak"


def _warmup(shape: Shape) -> str:
    if not shape.lengths.warmup:
        return ""
    start = f" from {format_lr(shape.start)}" if shape.start else ""
    is_held = bool(_hold(shape))
    return (
        f"{'and' if is_held else 'after'} {quantity(shape.lengths.warmup, 'warm-up update')}{start}"
    )


_WHAT = {
    "warmup": "the warm-up may end at any update",
    "begin": "the fall may begin at any update",
    "end": "it may end at any update",
    "every": "the distance may be anything",
    "scale": "the scale may be anything",
}


def _ranges(shape: Shape) -> str:
    """The ranges that the digits and the rows of the log leave open."""
    said = []
    for name, (low, high) in shape.ranges.items():
        what = _WHAT.get(name, "")
        if name.startswith("milestone"):
            index = int(name.partition(" ")[2])
            what = f"the drop at {shape.milestones[index]:,} may be at any update"
        if what:
            said.append(f"{what} from {low:,} to {high:,}")
    return f" ({join_words(said)})" if said else ""
