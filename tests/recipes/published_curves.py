"""The rates that a row of ``tests/data/recipes.json`` says, worked out without lrplan.

A row has phases, one after the other: shape, length in ticks, first rate, last rate, and what else
the shape needs. Shapes are written here from their definitions. A phase ends where the next begins,
so its last rate belongs to the tick after it, but for ``inclusive`` ones. ``since`` is the tick on
which its clock began, ``full`` the length that it was planned for, where those differ.
"""

from fractions import Fraction
from math import cos, floor, pi, sqrt


def rate(phases, tick):
    """The rate on ``tick`` (a number of ticks, or of samples), by the phase that it lies in."""
    start = 0
    for phase in phases[:-1]:
        if tick < start + phase[1]:
            return _in_phase(phase, start, tick)
        start += phase[1]
    return _in_phase(phases[-1], start, tick)


def _in_phase(phase, start, tick):
    shape, length, first, last, *rest = phase
    more = rest[0] if rest else {}
    full = more.get("full", length) - (1 if more.get("inclusive") else 0)
    share = min((tick - more.get("since", start)) / full, 1)
    return SHAPES[shape](first, last, share, tick, more)


def _restarts(first, last, share, tick, more):
    cycle = more["first"]
    while tick >= cycle:
        tick, cycle = tick - cycle, cycle * more["times"]
    return _cosine(first, last, tick / cycle, tick, more)


def _triangles(first, last, share, tick, more):
    return last + (first - last) * abs(1 - 2 * (tick % more["cycle"]) / more["cycle"])


def _noam(first, last, share, tick, more):
    scale = more["scale"] if "scale" in more else 1 / sqrt(more["width"])
    return scale * min(1 / sqrt(tick + 1), (tick + 1) / more["warmup"] ** 1.5)


def _cosine(first, last, share, tick, more):
    return last + (first - last) * (1 + cos(pi * share)) / 2


SHAPES = {
    "constant": lambda first, last, share, tick, more: first,
    "linear": lambda first, last, share, tick, more: first + (last - first) * share,
    "cosine": _cosine,
    "poly": lambda first, last, share, tick, more: (
        last + (first - last) * (1 - share) ** more["power"]
    ),
    "exponential": lambda first, last, share, tick, more: first * (last / first) ** share,
    "one_minus_sqrt": lambda first, last, share, tick, more: (
        last + (first - last) * (1 - sqrt(share))
    ),
    "inverse_sqrt": lambda first, last, share, tick, more: first * sqrt(more["timescale"] / tick),
    "step": lambda first, last, share, tick, more: (
        first * more["gamma"] ** sum(cut <= tick for cut in more["cuts"])
    ),
    "staircase": lambda first, last, share, tick, more: (
        first * more["gamma"] ** floor(tick / more["every"])
    ),
    "cosine_restarts": _restarts,
    "triangular_cycles": _triangles,
    "noam": _noam,
}


def blended(row, group, tick):
    """The rate of YOLO: it warms up toward a target that falls from epoch to epoch."""
    blend = row["blend"]
    first = blend["from"][group]
    done = (tick // blend["ticks_per_epoch"]) / blend["epochs"]
    target = row["peak"] * (1 - done * (1 - blend["to"]))
    return first + (target - first) * min(1, tick / blend["length"])


def samples_before(ramp, steps):
    """The samples that were read before each of ``steps`` steps, while the batch grows."""
    rises = (ramp["last"] - ramp["first"]) // ramp["by"]
    # Whole numbers: 469e9 tokens are 114501953.125 samples of DeepSeek-V3.
    length, whole = Fraction(ramp["samples"]).as_integer_ratio()
    seen, samples = 0, []
    for _ in range(steps):
        samples.append(seen)
        risen = min(seen * whole * rises // length, rises)
        seen += ramp["first"] + ramp["by"] * risen
    return samples


def ticks_to_look_at(row):
    """The ends of each phase with the ticks around them, its middle, and the last tick."""
    ticks, start = {0, 1, row["ticks"] - 1}, 0
    for phase in row["phases"]:
        end = start + phase[1]
        ticks |= {int(start) - 1, int(start), int(start) + 1, int((start + end) / 2), int(end)}
        start = end
    ticks |= {cut + shift for phase in row["phases"] for cut in _cuts(phase) for shift in (-1, 0)}
    return sorted(tick for tick in ticks if 0 <= tick < row["ticks"])


def _cuts(phase):
    return phase[4].get("cuts", ()) if len(phase) > 4 else ()
