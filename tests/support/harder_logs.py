"""Random logs that are harder to judge: unusual schedules, few rows, few digits, two causes.

As in ``simulated_logs``, schedules are plain functions of a tick that owe nothing to lrplan.
``python -m tests.support.harder_logs COUNT [SEED]`` prints how many audits were right, by cause.
"""

import math
import sys
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

import numpy as np

from lrplan.auditing.logged_points import PlannedCurves
from tests.support.simulated_logs import lost, report, written


def cosine(done):
    return (1 + math.cos(math.pi * min(max(done, 0.0), 1.0))) / 2


def one_cycle(total, top, start, end, bend):
    """As torch has it: up to ``top * total - 1``, down to ``total - 1``, by ``bend``."""
    turn, last = top * total - 1, total - 1

    def at(tick):
        if tick <= turn:
            return 1 + (start - 1) * bend(tick / turn)
        return end + (1 - end) * bend(min((tick - turn) / (last - turn), 1.0))

    return at


def triangles(rise, fall, base, shrinks):
    """A line up and a line down again and again; each peak half of the last one if it shrinks."""

    def at(tick):
        cycle, rest = divmod(tick, rise + fall)
        part = rest / rise if rest <= rise else 1 - (rest - rise) / fall
        return base + (1 - base) * part * (0.5**cycle if shrinks else 1)

    return at


def warm_restarts(first, mult, floor):
    def at(tick):
        length = first
        tick = tick % first if mult == 1 else tick
        while tick >= length:
            tick -= length
            length *= mult
        return floor + (1 - floor) * cosine(tick / length)

    return at


def polynomial(total, power, floor):
    return lambda tick: floor + (1 - floor) * (1 - min(tick / total, 1.0)) ** power


def plateaus(drops, gamma):
    """Drops at the updates at which a metric stood still: no rule tells them."""
    return lambda tick: gamma ** sum(tick >= each for each in drops)


def trapezoid(warmup, begin, total, bend):
    def at(tick):
        if tick < warmup:
            return (tick + 1) / (warmup + 1)
        return bend(min(max(tick - begin, 0) / (total - begin), 1.0))

    return at


def random_shape(rng, total):
    """Return the factor of the peak as a function of the tick."""
    kind = rng.randrange(7)
    if kind == 0:
        top, start, end = rng.choice([0.3, 0.1, 0.25]), rng.choice([0.04, 0.1]), 1e-4
        return one_cycle(total, top, start, end, rng.choice([cosine, lambda done: 1 - done]))
    if kind == 1:
        rise = max(total // rng.choice([4, 6, 10]), 3)
        shrinks = rng.random() < 0.4
        return triangles(rise, rng.choice([rise, 2 * rise]), rng.choice([0.1, 0.01]), shrinks)
    if kind == 2:
        first = max(total // rng.choice([3, 5, 7]), 3)
        return warm_restarts(first, rng.choice([1, 2, 3]), rng.choice([0.0, 0.01]))
    if kind == 3:
        return polynomial(total, rng.choice([0.5, 0.9, 1.0, 2.0, 4.0]), rng.choice([0.0, 0.05]))
    if kind == 4:
        drops = rng.sample(range(total // 8, total), rng.randrange(1, 5))
        return plateaus(drops, rng.choice([0.1, 0.5, 0.2]))
    if kind == 5:
        warmup, begin = rng.randrange(2, total // 5), rng.randrange(total // 4, total - 5)
        bend = rng.choice([cosine, lambda done: 1 - done, lambda done: 1 - math.sqrt(done)])
        return trapezoid(warmup, begin, total, bend)
    return trapezoid(rng.randrange(2, total // 5), total // 5, total, cosine)


@dataclass
class Run:
    """What is true of a run; a shape and a scale for each group, a tick for each update."""

    shapes: list
    ticks: list
    scale: list
    truth: set = field(default_factory=set)
    noise: float = 0.0


def _late(rng, run):
    run.ticks = [max(each - 1, 0) for each in run.ticks]
    return {"logged-one-step-late"}


def _early(rng, run):
    run.ticks = [each + 1 for each in run.ticks]
    return {"logged-one-step-early", "scheduler-before-optimizer"}


def _skipped(rng, run):
    run.ticks = lost(rng, run.ticks, rng.randrange(1, 7))
    return {"skipped-updates"}


def _ahead(rng, run):
    run.ticks = lost(rng, run.ticks, rng.randrange(1, 7), -1)
    return {"skipped-updates"}


def _restarted(rng, run):
    at = rng.randrange(len(run.ticks) // 6, len(run.ticks) * 5 // 6)
    back = rng.choice([0, rng.randrange(at)])
    run.ticks = [*run.ticks[:at], *(tick - run.ticks[at] + back for tick in run.ticks[at:])]
    return {"schedule-restarted"}


def _per_epoch(rng, run):
    run.ticks = [tick // 20 for tick in run.ticks]
    return {"stepped-per-epoch", "stepped-k-times"}


def _faster(rng, run):
    factor = rng.choice([2, 4, 8, 3])
    run.ticks = [tick * factor for tick in run.ticks]
    return {"stepped-k-times", "stepped-per-batch"}


def _slower(rng, run):
    factor = rng.choice([2, 4, 8, 3])
    run.ticks = [tick // factor for tick in run.ticks]
    return {"stepped-k-times"}


def _peak(rng, run):
    factor = rng.choice([0.5, 2, 0.1, 0.9, 1.25, 0.167])
    run.scale = [each * factor for each in run.scale]
    return {"peak-scaled"}


def _group(rng, run):
    run.scale[0] *= 3
    return {"group-scaled"} if len(run.scale) > 1 else {"peak-scaled"}


def _frozen(rng, run):
    """One group keeps its first rate, as one that was added without its scheduler."""
    first = run.shapes[-1](0)
    run.shapes = [*run.shapes[:-1], lambda tick: first]
    return {"other-schedule", "constant"}


def _schedule(rng, run):
    shape = random_shape(rng, len(run.ticks))
    run.shapes = [shape for _ in run.shapes]
    return {"other-schedule", "other-length", "warmup-length"}


def _noise(rng, run):
    run.noise = rng.choice([1e-3, 1e-2])
    return {"noise"}


def _nothing(rng, run):
    return {"as-planned"}


SINGLE = {
    "as planned": _nothing,
    "one step late": _late,
    "one step early": _early,
    "skipped updates": _skipped,
    "unlogged skipped updates": _ahead,
    "restarted": _restarted,
    "once an epoch": _per_epoch,
    "several ticks an update": _faster,
    "one tick in several updates": _slower,
    "another peak": _peak,
    "another rate of one group": _group,
    "a frozen group": _frozen,
    "another schedule": _schedule,
    "noise": _noise,
}
PAIRS = [
    pair
    for pair in combinations(SINGLE.values(), 2)
    if not {_noise, _nothing} & set(pair) and pair != (_late, _early)
]
SPELLINGS = ("r", "f", ".1e", ".1e", ".2e", ".2e", ".2g", ".3g", ".3g", ".4f", ".5f")


def random_case(rng):
    """Return the name of a cause, the plan, the run and the rows of its log."""
    total = rng.choice([rng.randrange(40, 900), 100 * rng.randrange(1, 10)])
    peaks = [rng.choice([1e-3, 3e-4, 0.1, 0.02, rng.randrange(11, 99) * 1e-5])]
    shapes = [random_shape(rng, total)]
    if rng.random() < 0.5:
        peaks.append(peaks[0] / rng.choice([2, 10, 5]))
        shapes.append(random_shape(rng, total) if rng.random() < 0.3 else shapes[0])
    run = Run(list(shapes), list(range(total)), list(peaks))
    if rng.random() < 0.35:
        name, pair = "two at once", rng.choice(PAIRS)
        run.truth = {"other-schedule"}.union(*(each(rng, run) for each in pair))
    else:
        name = rng.choice(list(SINGLE))
        run.truth = SINGLE[name](rng, run)

    @cache
    def longer(ticks):
        each = [peak * np.array([shape(tick) for tick in range(ticks)])
                for peak, shape in zip(peaks, shapes, strict=True)]  # fmt: skip
        return np.stack(each, axis=1)

    plan = PlannedCurves(
        longer(total + 1), total, 20, accumulate=2, world_size=4, simulate_longer=longer
    )
    updates, every = _rows(rng, total)
    applied = np.array(
        [
            [s * shape(run.ticks[u]) for s, shape in zip(run.scale, run.shapes, strict=True)]
            for u in updates
        ]
    )
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(size=applied.shape)
    applied *= 1 + run.noise * noise
    return name, plan, run, written(np.array(updates), applied, rng.choice(SPELLINGS)), every


def _rows(rng, total):
    """Some updates, in half of the logs very few, and what is said of their spacing."""
    count = rng.randrange(5, 16)
    kind = rng.randrange(6)
    if kind == 0:
        return sorted(rng.sample(range(total), count)), "at random"
    if kind == 1:
        return list(range(min(count * 2, total))), "1, cut"
    every = max(total // count, 1) if kind == 2 else rng.choice([1, 1, 3, 10])
    holes = set(rng.sample(range(total), total // 10)) if rng.random() < 0.3 else set()
    return [each for each in range(0, total, every) if each not in holes], every


if __name__ == "__main__":
    report(random_case, [*SINGLE, "two at once"], int(sys.argv[1]), *sys.argv[2:3])
