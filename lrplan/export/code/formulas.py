"""The curves of ``lrplan.curves`` as functions of one tick, for code that does not import lrplan.

``tests/export/test_formulas.py`` compares each of them with its curve.
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
def warmup_cosine(tick: int, warmup: int, total: int, floor: float = 0.0) -> float:
    """A line from 0 to 1 in ``warmup`` ticks, then half a cosine to ``floor``."""
    if tick < warmup:
        return tick / warmup
    fall = (1 + math.cos(math.pi * (tick - warmup) / max(1, total - warmup))) / 2
    return floor + (1 - floor) * fall
''',
        "inverse_sqrt": '''\
def inverse_sqrt(
    tick: int,
    warmup: int,
    timescale: float | None = None,
    cooldown: int = 0,
    total: int | None = None,
    start: float = 0.0,
) -> float:
    """A line from ``start`` to 1 in ``warmup`` ticks, then the inverse square root.

    With a ``cooldown``, a line to 0 at ``total`` is laid over its last ticks.
    """
    scale = warmup if timescale is None else timescale
    rise = start + (1 - start) * min(tick / warmup, 1)
    fall = math.sqrt(scale) / math.sqrt(max(tick, warmup) + scale - warmup)
    if cooldown and total is not None:
        fall *= min(max(total - tick, 0) / cooldown, 1)
    return rise * fall
''',
        "warmup_polynomial": '''\
def warmup_polynomial(
    tick: int, warmup: int, total: int, floor: float = 0.0, power: float = 1.0
) -> float:
    """A line from 0 to 1 in ``warmup`` ticks, then a power of the rest to ``floor``."""
    if tick < warmup:
        return tick / warmup
    progress = min((tick - warmup) / max(1, total - warmup), 1)
    return floor + (1 - floor) * (1 - progress) ** power
''',
        "warmup_stable_decay": '''\
def warmup_stable_decay(
    tick: int,
    warmup: int,
    total: int,
    decay: int,
    shape: str = "1-sqrt",
    floor: float = 0.0,
) -> float:
    """A line from 0 to 1, then 1, then to ``floor`` in the last ``decay`` ticks."""
    if tick < warmup:
        return tick / warmup
    progress = min(max((tick - total + decay) / decay, 0), 1)
    if shape == "exponential":
        return floor**progress
    if shape == "cosine":
        left = (1 + math.cos(math.pi * progress)) / 2
    else:
        left = 1 - (progress if shape == "linear" else math.sqrt(progress))
    return floor + (1 - floor) * left
''',
        "tri_stage": '''\
def tri_stage(
    tick: int,
    warmup: int,
    hold: int,
    decay: int,
    start: float = 0.01,
    end: float = 0.01,
) -> float:
    """A line from ``start`` to 1, then 1, then an exponential down to ``end``."""
    if tick < warmup:
        return start + (1 - start) * tick / warmup
    return end ** min(max((tick - warmup - hold) / decay, 0), 1)
''',
        "rex": '''\
def rex(
    tick: int, total: int, warmup: int = 0, floor: float = 0.0, beta: float = 0.5
) -> float:
    """A line from 0 to 1 in ``warmup`` ticks, then ever faster down to ``floor``."""
    if tick < warmup:
        return tick / warmup
    left = 1 - min((tick - warmup) / max(1, total - warmup), 1)
    return floor + (1 - floor) * left / (1 - beta + beta * left)
''',
        "piecewise_constant": '''\
def piecewise_constant(
    tick: int, milestones: Sequence[int], values: Sequence[float]
) -> float:
    """The next of ``values`` from each milestone on."""
    return values[sum(milestone <= tick for milestone in milestones)]
''',
        "piecewise_linear": '''\
def piecewise_linear(tick: int, points: Sequence[tuple[float, float]]) -> float:
    """Straight lines between pairs of a tick and a value."""
    before, value = points[0]
    for point, goal in points:
        if tick <= point:
            share = (tick - before) / (point - before) if tick > before else 0.0
            return value + (goal - value) * share
        before, value = point, goal
    return value
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
