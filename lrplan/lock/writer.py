"""The text of a lock file."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison import finite, largest_magnitude, relate
from lrplan.destination import LOCK_MARK
from lrplan.lock.model import DIGITS
from lrplan.workflow_commands import escape_quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lrplan.lock.model import Lock, LockedSchedule, Pin

FORMAT = 1
"""The version of the file format; a reader refuses every other one."""

_HEAD = f"""\
{LOCK_MARK}; commit this file, do not edit it.
# A point is a step, its value, and the mean from there to before the next point.
format: {FORMAT}
"""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./+-]*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_ESCAPED = {'"': '\\"', "\\": "\\\\", "$": "\\x24", "`": "\\x60"}
"""Escapes that YAML reads back, and that a shell given a lock by mistake does not expand."""
_SAME = 1e-12
_MOST_PLACES = 300


def lock_text(lock: Lock) -> str:
    """The file for ``lock``: sorted, a line per fact, the same text for the same curves."""
    return "\n".join(_lines(lock)) + "\n"


def _lines(lock: Lock) -> Iterator[str]:
    yield f"{_HEAD}tolerance: {number(lock.tolerance)}"
    yield "schedules:" if lock.schedules else "schedules: {}"
    for name, schedule in sorted(lock.schedules.items()):
        yield f"  {key(name)}:"
        yield from (f"    {line}" for line in _schedule(schedule))


def _schedule(schedule: LockedSchedule) -> Iterator[str]:
    versions = ", ".join(
        f"{key(name)}: {quoted(value)}" for name, value in sorted(schedule.versions.items())
    )
    yield f"plan: {quoted(schedule.plan)}"
    yield f"versions: {{{versions}}}"
    yield f"steps: {schedule.steps}"
    if schedule.steps_per_epoch is not None:
        yield f"steps_per_epoch: {schedule.steps_per_epoch}"
    yield "groups:"
    for group in sorted(schedule.groups):
        yield f"  {key(group)}:"
        for field, pins in sorted(schedule.pins.items()):
            if group in pins:
                yield from (f"    {line}" for line in _pin(field, group, pins))


def _pin(field: str, group: str, pins: Mapping[str, Pin]) -> Iterator[str]:
    """The lines of one curve; a constant takes one, and so does a multiple of an earlier group.

    ``lr: 0.1``; ``lr: {like: body, times: 10}``; else a digest, key figures and points.
    """
    own = pins[group]
    if _is_constant(own):
        yield f"{key(field)}: {number(own.values[0])}"
        return
    # Groups are written in alphabetical order, so a group can refer to those before it only.
    for model in sorted(name for name in pins if name < group):
        factor = None if _is_constant(pins[model]) else _factor(pins[model], own)
        if factor is not None:
            yield f"{key(field)}: {{like: {key(model)}, times: {number(factor)}}}"
            return
    yield f"{key(field)}:"
    yield from (f"  {line}" for line in _curve(own))


def _is_constant(pin: Pin) -> bool:
    # Means as well: a bump between two points leaves both at the same value. [:1] is the first
    # point as an array, so that a curve without any point is no error.
    peaks = np.abs(pin.values[:1])
    near = np.abs(np.concatenate([pin.values, pin.means]) - pin.values[:1]) <= _SAME * peaks
    return bool(pin.values.size and near.all())


def _factor(model: Pin, own: Pin) -> float | None:
    """The factor from ``model`` to ``own`` at every value in the file; None without one."""
    if not np.array_equal(model.steps, own.steps):
        return None
    relation = relate(
        np.concatenate([model.values, model.means]), np.concatenate([own.values, own.means]), _SAME
    )
    return relation.factor if relation.kind in ("equal", "scaled") else None


def _curve(pin: Pin) -> Iterator[str]:
    top = pin.figures.peak
    peak = largest_magnitude(finite(pin.values))
    yield f"digest: {quoted(pin.digest)}"
    if top is not None:
        yield f"peak: {number(top.value)}"
        yield f"peak_step: {top.step}"
    for name, value in (("last", pin.figures.last), ("mean", pin.figures.mean)):
        if value is not None:
            yield f"{name}: {number(value, peak)}"
    yield f"warmup: {number(pin.figures.warmup)}"
    yield "points:"
    for step, value, mean in zip(pin.steps, pin.values, pin.means, strict=True):
        yield f"  {step}: {number(value, peak)} {number(mean, peak)}"


def number(value: float, peak: float = 0.0) -> str:
    """A number as YAML has it, in the digits that every platform agrees on.

    With a ``peak``, digits below 1e-11 of it are left out: a cosine from 0.1 ends at 6.1e-18 on one
    platform and at 0 on another, and both are written as 0.
    """
    if math.isfinite(value):
        # A peak of 0.1 has its first digit at 10**-1, so 12 digits end at 12 decimal places.
        # Rounding -6.1e-18 there gives -0.0, and adding 0.0 makes it 0.
        places = DIGITS - 1 - math.floor(math.log10(peak)) if peak > 0 else None
        rounded = value if places is None or places > _MOST_PLACES else round(value, places)
        return f"{rounded + 0.0:.{DIGITS}g}"
    return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"


def key(name: str) -> str:
    """A name as a key: plain where that is safe."""
    # `no` and `on` are booleans for many a YAML reader, and `1e3` is a number: they are quoted.
    safe = _PLAIN.fullmatch(name) is not None and name.lower() not in _WORDS
    return name if safe else quoted(name)


def quoted(text: str) -> str:
    """A string in double quotes, with every character escaped that a reader might refuse."""
    return f'"{escape_quoted("".join(map(_escape, text)))}"'


def _escape(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    if character.isprintable():
        return character
    return f"\\U{ord(character):08X}"
