"""The curves of ``lrplan.curves`` as functions of one tick, for code that stands alone.

``tests/export/test_formulas.py`` holds each of them against its curve.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FORMULAS: Mapping[str, str] = MappingProxyType(
    {
        "linear_warmup": '''\
def linear_warmup(tick: int, warmup: int) -> float:
    """A line from 0 to 1 in ``warmup`` ticks, then 1."""
    return tick / warmup if tick < warmup else 1.0
''',
        "warmup_ramp": '''\
def warmup_ramp(
    tick: int, warmup: int, start: float = 0.0, shape: str = "linear"
) -> float:
    """From ``start`` to 1 in ``warmup`` ticks: linear, cosine or exponential."""
    progress = tick / warmup if tick < warmup else 1.0
    if shape == "exponential":
        return start ** (1 - progress)
    if shape == "cosine":
        progress = (1 - math.cos(math.pi * progress)) / 2
    return start + (1 - start) * progress
''',
        "warmup_cosine": '''\
def warmup_cosine(tick: int, warmup: int, total: int) -> float:
    """A line from 0 to 1 in ``warmup`` ticks, then half a cosine to 0 at ``total``."""
    if tick < warmup:
        return tick / warmup
    return (1 + math.cos(math.pi * (tick - warmup) / max(1, total - warmup))) / 2
''',
        "inverse_sqrt": '''\
def inverse_sqrt(tick: int, warmup: int) -> float:
    """A line from 0 to 1 in ``warmup`` ticks, then the inverse square root."""
    return tick / warmup if tick < warmup else math.sqrt(warmup) / math.sqrt(tick)
''',
        "milestone_decay": '''\
def milestone_decay(tick: int, milestones: Sequence[int], gamma: float) -> float:
    """Times ``gamma`` at every milestone."""
    return gamma ** sum(milestone <= tick for milestone in milestones)
''',
        "step_decay": '''\
def step_decay(tick: int, every: int, gamma: float) -> float:
    """Times ``gamma`` every so many ticks."""
    return gamma ** (tick // every)
''',
        "linear": '''\
def linear(tick: int, start: float, end: float, total: int) -> float:
    """A line from ``start`` to ``end`` in ``total`` ticks, then ``end``."""
    progress = min(tick, total) / total
    return start * (1 - progress) + end * progress
''',
        "cosine": '''\
def cosine(tick: int, start: float, end: float, total: int) -> float:
    """Half a cosine from ``start`` to ``end`` in ``total`` ticks, then ``end``."""
    share = (1 + math.cos(math.pi * min(tick, total) / total)) / 2
    return end + (start - end) * share
''',
        "cosine_warmup_restarts": '''\
def cosine_warmup_restarts(
    tick: int,
    floor: float,
    peak: float,
    first: int,
    mult: int = 1,
    warmup: int = 0,
    gamma: float = 1.0,
) -> float:
    """Cycles of a line from ``floor`` up to ``peak`` and half a cosine back down.

    The first cycle has ``first`` ticks, ``warmup`` of them upwards. From cycle to cycle
    the fall is ``mult`` times as long, and the peak ``gamma`` times as high.
    """
    length = first
    while tick >= length:
        tick -= length
        length = (length - warmup) * mult + warmup
        peak *= gamma
    if tick < warmup:
        return floor + (peak - floor) * (tick / warmup)
    progress = (tick - warmup) / (length - warmup)
    return floor + (peak - floor) * (1 + math.cos(math.pi * progress)) / 2
''',
    }
)
"""Source of each function by its name."""
