"""The text of a lock file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from lrplan.comparison import CurveSummary
from lrplan.destination import LOCK_MARK
from lrplan.lock.block_curve import BlockCurve
from lrplan.lock.model import FORMAT, Lock, LockedCurve, LockedSchedule, Pin
from lrplan.lock.piece_curve import PieceCurve
from lrplan.workflow_commands import escape_quoted

_HEAD = f"""\
{LOCK_MARK}; commit this file, do not edit it.
# A piece is its first step, the values at its first and last step, and how it bends between them.
format: {FORMAT}
"""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./+-]*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_ESCAPED = {'"': '\\"', "\\": "\\\\", "$": "\\x24", "`": "\\x60"}
"""Escapes that YAML reads back, and that a shell given a lock by mistake does not expand."""
_MOST_PLACES = 300
_DIGITS = 12
"""Significant digits of key figures: more would differ from one platform to the next."""


def lock_text(lock: Lock) -> str:
    """The file for ``lock``: sorted, a line per fact, the same text for the same curves."""
    return "\n".join(_lines(lock)) + "\n"


def _lines(lock: Lock) -> Iterator[str]:
    settings = ", ".join(map(quote, lock.settings))
    head = f"{_HEAD}set: [{settings}]\n" if settings else _HEAD
    yield f"{head}schedules:" if lock.schedules else f"{head}schedules: {{}}"
    for name, schedule in sorted(lock.schedules.items()):
        yield f"  {key(name)}:"
        yield from (f"    {line}" for line in _schedule(schedule))


def _schedule(schedule: LockedSchedule) -> Iterator[str]:
    yield f"tolerance: {number(schedule.tolerance)}"
    yield f"plan: {quote(schedule.plan)}"
    if schedule.metrics:
        yield f"metrics: {_flow(schedule.metrics)}"
    if schedule.loop != "torch":
        yield f"loop: {quote(schedule.loop)}"
    yield f"versions: {_flow(schedule.versions)}"
    yield f"steps: {schedule.steps}"
    if schedule.steps_per_epoch is not None:
        yield f"steps_per_epoch: {schedule.steps_per_epoch}"
    yield "groups:"
    for group in sorted(schedule.groups):
        yield f"  {key(group)}:"
        for field, pins in sorted(schedule.pins.items()):
            if group in pins:
                yield from (f"    {line}" for line in _pin(field, pins[group]))


def _flow(texts: Mapping[str, str]) -> str:
    pairs = (f"{key(name)}: {quote(value)}" for name, value in sorted(texts.items()))
    return f"{{{', '.join(pairs)}}}"


def _pin(field: str, pin: Pin) -> Iterator[str]:
    """The lines of one curve; a constant takes one, and so does a multiple of an earlier group.

    ``lr: 0.1``; ``lr: {like: body, times: 10}``; else key figures, and pieces or blocks.
    """
    curve = pin.curve
    if isinstance(curve, PieceCurve) and curve.constant is not None:
        yield f"{key(field)}: {exact(curve.constant)}"
        return
    if pin.like is not None:
        group, factor = pin.like
        yield f"{key(field)}: {{like: {key(group)}, times: {exact(factor)}}}"
        return
    yield f"{key(field)}:"
    yield from (f"  {line}" for line in (*_figures(pin.figures), *_curve(curve)))


def _figures(figures: CurveSummary) -> Iterator[str]:
    top = figures.peak
    peak = 0.0 if top is None else abs(top.value)
    if top is not None:
        yield f"peak: {number(top.value)}"
        yield f"peak_step: {top.step}"
    for name, value in (("last", figures.last), ("mean", figures.mean)):
        if value is not None:
            yield f"{name}: {number(value, peak)}"
    yield f"warmup: {number(figures.warmup)}"


def _curve(curve: LockedCurve) -> Iterator[str]:
    if isinstance(curve, PieceCurve):
        if curve.every > 1:
            yield f"every: {curve.every}"
        if curve.period is not None:
            yield f"period: {curve.period}"
        yield "pieces:"
        for piece in curve.pieces:
            yield f"  {piece.start}: {' '.join(map(exact, piece.numbers))}"
    elif isinstance(curve, BlockCurve):
        yield f"block_steps: {curve.size}"
        yield f"unit: {exact(curve.unit)}"
        yield "blocks:"
        for start, block in zip(curve.starts, curve.blocks, strict=True):
            yield f"  {start}: {number(block.value)} {exact(block.offset)} {block.digest}"


def exact(value: float) -> str:
    """A number as YAML has it, in as many digits as read back as the same."""
    if not math.isfinite(value):
        return number(value)
    return next(text for digits in (12, 15, 17) if float(text := f"{value:.{digits}g}") == value)


def number(value: float, peak: float = 0.0) -> str:
    """A number as YAML has it, in the digits that every platform agrees on.

    With a ``peak``, digits below 1e-11 of it are left out: a cosine from 0.1 ends at 6.1e-18 on one
    platform and at 0 on another, and both are written as 0.
    """
    if math.isfinite(value):
        # A peak of 0.1 has its first digit at 10**-1, so 12 digits end at 12 decimal places.
        # Rounding -6.1e-18 there gives -0.0, and adding 0.0 makes it 0.
        places = _DIGITS - 1 - math.floor(math.log10(peak)) if peak > 0 else None
        rounded = value if places is None or places > _MOST_PLACES else round(value, places)
        return f"{rounded + 0.0:.{_DIGITS}g}"
    return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"


def key(name: str) -> str:
    """A name as a key: plain where that is safe."""
    # `no` and `on` are booleans for many a YAML reader, and `1e3` is a number: they are quoted.
    safe = _PLAIN.fullmatch(name) is not None and name.lower() not in _WORDS
    return name if safe else quote(name)


def quote(text: str) -> str:
    """A string in double quotes, with every character escaped that a reader might refuse."""
    return f'"{escape_quoted("".join(map(_escape, text)))}"'


def _escape(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    if character.isprintable():
        return character
    return f"\\U{ord(character):08X}"
