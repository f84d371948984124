"""Compares two shapes: the numbers that differ, and the name of the cause that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrplan.auditing.hypothesis_fit import Name
from lrplan.auditing.shapes.sentence import format_lr, sentence_of
from lrplan.auditing.shapes.shape import Shape
from lrplan.text import join_words, quantity

_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """A number of a shape, in the plan and in the log."""

    number: str
    planned_value: float
    logged_value: float


def changes_of(before: Shape, after: Shape) -> Sequence[ShapeChange]:
    """The numbers by which a shape of the same kind differs; ``kind`` for one of another kind."""
    if before.kind != after.kind:
        return []
    pairs = zip(_numbers(before), _numbers(after), strict=True)
    changes = [
        ShapeChange(name, one, other)
        for (name, one), (_, other) in pairs
        if abs(one - other) > _CLOSE * max(abs(one), abs(other))
    ]
    if before.kind == "steps" and _drops(before) != _drops(after):
        changes.append(ShapeChange("drops", 0, after.every or sum(after.milestones)))
    return [each for each in changes if not _is_tied(each, before, after)]


def _is_tied(change: ShapeChange, before: Shape, after: Shape) -> bool:
    """Return True for a number that follows from another one that is changed."""
    one, other = before.lengths, after.lengths
    if change.number in {"start", "floor"}:
        # A share of the peak stays the same share of another peak.
        ratio = change.logged_value * before.peak - change.planned_value * after.peak
        return abs(ratio) <= _CLOSE * abs(change.logged_value * before.peak)
    if change.number == "scale":
        return one.scale == one.warmup and other.scale == other.warmup
    # A longer warm-up leaves less for the fall, where the end stays.
    return change.number == "fall" and one.warmup != other.warmup and one.end == other.end


def _drops(shape: Shape) -> tuple[int, ...]:
    return (shape.every,) if shape.every else shape.milestones


def _numbers(shape: Shape) -> Sequence[tuple[str, float]]:
    lengths = shape.lengths
    begin, end = float(lengths.begin), float(lengths.end)
    if shape.kind == "one-cycle":
        # The top is reported as a share of the length, like the argument.
        begin = (begin + 1) / (end + 1)
        end += 1
    else:
        end, begin = end - begin, begin - float(lengths.warmup)
    return [
        ("warmup", float(lengths.warmup)),
        ("start", shape.start),
        ("peak", shape.peak),
        ("hold", begin if shape.kind not in {"steps", "constant"} else 0.0),
        (
            "fall",
            end if shape.kind not in {"exponential", "inverse-sqrt", "steps", "constant"} else 0.0,
        ),
        ("floor", shape.floor),
        ("power", float(lengths.power)),
        ("gamma", float(lengths.gamma)),
        ("scale", float(lengths.scale)),
        ("mult", float(lengths.mult)),
    ]


def name_of_changes(
    before: Sequence[Shape] | None, after: Sequence[Shape], changes: Sequence[ShapeChange]
) -> tuple[Name, str]:
    """The cause, and its clause."""
    numbers = {each.number for each in changes}
    lengths = numbers & {"warmup", "fall", "hold"}
    # The end of the plan stays where a longer warm-up leaves less for the fall.
    same_end = before is not None and before[0].lengths.end == after[0].lengths.end
    if before is not None and lengths and numbers <= {"warmup", "start", "fall", "hold"}:
        if "warmup" in lengths and (same_end or "fall" not in lengths) and "hold" not in lengths:
            return "warmup-length", _warmup(before[0], after[0])
        if "hold" not in lengths:
            warmup = f" and {_warmup(before[0], after[0])}" if "warmup" in lengths else ""
            # Two lengths at once may come from another cause, such as a delay.
            name: Name = "other-schedule" if warmup else "other-length"
            return name, _length(before[0], after[0]) + warmup
    which = " of the first group" if len(after) > 1 else ""
    said = f"the schedule{which} is {sentence_of(after[0])}"
    if before is None:
        return "other-schedule", said
    if numbers == {"floor"}:
        each = (
            join_words(list(dict.fromkeys(format_lr(shape.floor) for shape in shapes)))
            for shapes in (after, before)
        )
        return "other-schedule", "the rate falls to {}, not to {}".format(*each)
    return "other-schedule", f"{said}, not {sentence_of(before[0])}"


def _warmup(before: Shape, after: Shape) -> str:
    planned = f"{before.lengths.warmup:,.0f}"
    if not after.lengths.warmup:
        return f"there is no warm-up, and {planned} updates of it were planned"
    open_ = after.ranges.get("warmup")
    also = f" ({open_[0]:,} to {open_[1]:,} fit as well)" if open_ else ""
    return f"the warm-up takes {quantity(after.lengths.warmup, 'update')}{also}, not {planned}"


def _length(before: Shape, after: Shape) -> str:
    open_ = after.ranges.get("end")
    also = f" ({open_[0]:,} to {open_[1]:,} fit as well)" if open_ else ""
    if before.kind == "warm-restarts":
        first = after.lengths.end - after.lengths.begin
        planned = before.lengths.end - before.lengths.begin
        return f"the first cycle takes {quantity(first, 'update')}{also}, not {planned:,.0f}"
    more = 1 if before.kind == "one-cycle" else 0
    end, planned = after.lengths.end + more, before.lengths.end + more
    return f"the schedule ends at update {end:,.0f}{also}, not {planned:,.0f}"
