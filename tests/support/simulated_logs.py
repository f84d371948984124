"""Random runs with a known cause, and their logs: the truth by which audits are counted.

Schedules are plain functions of a tick, written here and nowhere else, so that nothing of lrplan
takes part in what is true. ``python -m tests.support.simulated_logs COUNT [SEED]`` prints how many
audits were right, by cause.
"""

import math
import random
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from lrplan.auditing.explain_log import explain_log
from lrplan.auditing.logged_points import LoggedPoints, PlannedCurves
from lrplan.logs.precision import FLOAT32, precision_of_texts

END = {"stopped-early", "ran-longer"}


@dataclass(frozen=True)
class Schedule:
    """A schedule with its numbers; ``at`` gives the factor of the peak at a tick."""

    kind: str
    total: int
    warmup: int = 0
    start: float = 0.0
    floor: float = 0.0
    power: float = 1.0
    gamma: float = 0.5
    cuts: tuple = ()
    hold: int = 0

    def at(self, tick):
        if tick < self.warmup:
            return self.start + (1 - self.start) * tick / self.warmup
        done = min((tick - self.warmup) / max(self.total - self.warmup, 1), 1.0)
        return self.floor + (1 - self.floor) * self._fall(tick, done)

    def _fall(self, tick, done):
        late = max(tick - self.hold, 0) / max(self.total - self.hold, 1)
        return {
            "constant": lambda: 1.0,
            "cosine": lambda: (1 + math.cos(math.pi * done)) / 2,
            "linear": lambda: 1 - done,
            "polynomial": lambda: (1 - done) ** self.power,
            "step": lambda: self.gamma ** (tick // self.cuts[0]),
            "multistep": lambda: self.gamma ** sum(tick >= cut for cut in self.cuts),
            "exponential": lambda: self.gamma ** (tick - self.warmup),
            "inverse-sqrt": lambda: math.sqrt(self.warmup / max(tick, 1)),
            "wsd": lambda: 1 - min(late, 1.0),
            "restarts": lambda: (
                (1 + math.cos(math.pi * ((tick - self.warmup) % self.hold) / self.hold)) / 2
            ),
            "waves": lambda: 0.6 + 0.4 * math.cos(tick / self.hold) * math.exp(-done),
        }[self.kind]()


KINDS = [
    *("cosine", "cosine", "linear", "polynomial", "step", "multistep", "exponential"),
    *("inverse-sqrt", "wsd", "restarts", "waves", "constant"),
]


def random_schedule(rng, kind=None, total=None):
    kind = kind or rng.choice(KINDS)
    total = total or rng.choice([rng.randrange(100, 1500), 100 * rng.randrange(2, 15)])
    warmup = rng.choice([0, rng.randrange(2, total // 5)])
    if kind == "inverse-sqrt":
        warmup = rng.randrange(10, total // 5)
    if kind in {"step", "wsd", "waves"}:
        warmup = 0 if kind == "step" else warmup
    hold = (
        rng.randrange(total // 2, total - 10) if kind == "wsd" else total // rng.choice([3, 4, 5])
    )
    gamma = rng.choice([0.1, 0.5, 0.3])
    if kind == "exponential":
        gamma = rng.choice([0.99, 0.995, 0.999])
    cuts = (total // rng.choice([3, 4, 5]),)
    if kind == "multistep":
        cuts = tuple(sorted(rng.sample(range(total // 5, total), 2)))
        warmup = min(warmup, cuts[0] - 1)
    floored = kind in {"cosine", "linear", "polynomial"}
    return Schedule(
        kind,
        total,
        warmup,
        rng.choice([0.0, 0.01, 1e-3]) if warmup else 0.0,
        rng.choice([0.0, 0.1, 0.01]) if floored else 0.0,
        rng.choice([0.5, 2.0, 1.5, 3.0]),
        gamma,
        cuts,
        hold,
    )


@dataclass
class Run:
    """What is true of a run: the tick of each update, the factor of each group, its schedule."""

    schedule: Schedule
    ticks: list
    scale: list
    truth: set = field(default_factory=set)
    noise: float = 0.0


def lost(rng, ticks, count, by=1):
    """Ticks with updates that do not count (``by`` 1), or that count twice (-1)."""
    moved, at = [], sorted(rng.sample(range(1, len(ticks)), count))
    for update, tick in enumerate(ticks):
        moved.append(tick - by * sum(update >= each for each in at))
    return moved


def other(rng, schedule, **changes):
    return Schedule(**{**schedule.__dict__, **changes})


def _as_planned(rng, run):
    run.truth = {"as-planned"}


def _late(rng, run):
    run.ticks = [max(each - 1, 0) for each in run.ticks]
    run.truth = {"logged-one-step-late"}


def _early(rng, run):
    run.ticks = [each + 1 for each in run.ticks]
    run.truth = {"logged-one-step-early", "scheduler-before-optimizer"}


def _skipped(rng, run):
    run.ticks = lost(rng, run.ticks, rng.randrange(1, 9))
    run.truth = {"skipped-updates"}


def _ahead(rng, run):
    run.ticks = lost(rng, run.ticks, rng.randrange(1, 9), -1)
    run.truth = {"skipped-updates"}


def _restarted(rng, run):
    at = rng.randrange(len(run.ticks) // 5, len(run.ticks) * 4 // 5)
    back = rng.choice([0, rng.randrange(at)])
    run.ticks = [tick if tick < at else tick - at + back for tick in run.ticks]
    run.truth = {"schedule-restarted"}


def _per_epoch(rng, run):
    run.ticks = [tick // 20 for tick in run.ticks]
    run.truth = {"stepped-per-epoch", "stepped-k-times"}


def _faster(rng, run):
    factor = rng.choice([2, 4, 8, 3])
    phase = rng.choice([0, factor - 1])
    run.ticks = [tick * factor + phase for tick in run.ticks]
    run.truth = {"stepped-k-times", "stepped-per-batch"}


def _slower(rng, run):
    factor = rng.choice([2, 4, 8, 3, 7])
    phase = rng.randrange(factor)
    run.ticks = [(tick + phase) // factor for tick in run.ticks]
    run.truth = {"stepped-k-times"}


def _peak(rng, run):
    factor = rng.choice([0.5, 2, 0.1, 0.25, 8, 1.7, 0.95])
    run.scale = [each * factor for each in run.scale]
    run.truth = {"peak-scaled"}


def _group(rng, run):
    run.scale = [run.scale[0], *(each * 3 for each in run.scale[1:])]
    run.truth = {"group-scaled"} if len(run.scale) > 1 else {"as-planned"}


def _constant(rng, run):
    run.ticks = [0 if run.schedule.warmup == 0 else run.schedule.warmup for _ in run.ticks]
    run.truth = {"constant"}


def _warmup(rng, run):
    longest = max(run.schedule.total // 4, 3)
    if run.schedule.kind == "multistep":
        longest = max(min(longest, run.schedule.cuts[0]), 3)
    run.schedule = other(rng, run.schedule, warmup=rng.randrange(2, longest))
    run.truth = {"warmup-length", "other-schedule"}


def _length(rng, run):
    total = rng.choice([run.schedule.total // 2, run.schedule.total * 2, run.schedule.total + 57])
    warmup = min(run.schedule.warmup, total // 3)
    run.schedule = other(rng, run.schedule, total=total, warmup=warmup)
    run.truth = {"other-length", "warmup-length", "other-schedule"}


def _floor(rng, run):
    run.schedule = other(rng, run.schedule, floor=rng.choice([0.2, 0.05, 0.3]))
    run.truth = {"other-schedule"}


def _schedule(rng, run):
    run.schedule = random_schedule(rng, total=run.schedule.total)
    run.truth = {"other-schedule", "other-length", "warmup-length"}


def _noise(rng, run):
    run.noise = rng.choice([1e-4, 1e-3, 1e-2])
    run.truth = {"noise"}


SINGLE = {
    "as planned": _as_planned,
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
    "constant": _constant,
    "another warm-up": _warmup,
    "another length": _length,
    "another floor": _floor,
    "another schedule": _schedule,
    "noise": _noise,
}
PAIRS = [
    *((_peak, _skipped), (_peak, _late), (_warmup, _skipped), (_length, _peak)),
    *((_restarted, _peak), (_faster, _peak), (_schedule, _skipped), (_floor, _peak)),
    (_skipped, _late),
]
SPELLINGS = ("r", "r", "f", ".4e", ".3g", ".2e", ".6f")


def random_case(rng):
    """Return the name of a cause, the plan, the run and the rows of its log."""
    planned = random_schedule(rng)
    peaks = [rng.choice([1e-3, 3e-4, 5e-5, 0.1, 0.02, rng.randrange(11, 99) * 1e-5])]
    if rng.random() < 0.4:
        peaks.append(peaks[0] / rng.choice([2, 10, 5]))
    total = planned.total
    run = Run(planned, list(range(total)), peaks)
    if rng.random() < 0.15:
        name, pair = "two at once", rng.choice(PAIRS)
        truth = set()
        for each in pair:
            each(rng, run)
            truth |= run.truth
        run.truth = truth | {"other-schedule"}
    else:
        name = rng.choice(list(SINGLE))
        SINGLE[name](rng, run)

    @cache
    def longer(ticks):
        return np.array([[peak * planned.at(tick) for peak in peaks] for tick in range(ticks)])

    plan = PlannedCurves(
        longer(total + 1), total, 20, accumulate=2, world_size=4, simulate_longer=longer
    )
    every = rng.choice([1, 1, 2, 5, 10, 10, 25, 50])
    holes = set(rng.sample(range(total), total // 10)) if rng.random() < 0.3 else set()
    updates = [update for update in range(0, total, every) if update not in holes]
    applied = np.array(
        [[scale * run.schedule.at(run.ticks[u]) for scale in run.scale] for u in updates]
    )
    applied *= 1 + run.noise * np.random.default_rng(rng.randrange(1 << 30)).normal(
        size=applied.shape
    )
    return name, plan, run, written(np.array(updates), applied, rng.choice(SPELLINGS)), every


def written(updates, applied, spelling):
    """The rows of a log whose values are written in one way."""
    if spelling == "f":
        values = applied.astype(np.float32).astype(np.float64)
        return LoggedPoints(updates, values, FLOAT32.tolerance(values)), spelling

    def text(value):
        return repr(float(value)) if spelling == "r" else format(value, spelling)

    texts = [[text(value) for value in row] for row in applied]
    values = np.array([[float(text) for text in row] for row in texts])
    exact = [precision_of_texts(row[g] for row in texts) for g in range(values.shape[1])]
    tolerance = np.stack([each.tolerance(values[:, g]) for g, each in enumerate(exact)], axis=1)
    return LoggedPoints(updates, values, tolerance), spelling


def judge(case):
    """Return ``right``, ``unexplained`` or ``wrong``, and the audit."""
    _, plan, run, (points, _), _ = case
    groups = ["a", "b"][: points.values.shape[1]]
    audit = explain_log(points, plan, groups)
    named = {each for cause in audit.causes for each in (cause.name, *cause.alternatives)} - END
    planned = plan.values[points.updates]
    truth = set(run.truth)
    if (np.ptp(points.values, axis=0) <= 2 * points.tolerance.max()).all():
        truth.add("constant")  # that is what such a log shows
    same = np.abs(points.values - planned) <= points.tolerance + 4e-15 * np.abs(planned)
    if same.all():  # the rows do not show the mistake
        return ("right" if not named else "wrong"), audit
    if audit.verdict == "unexplained":
        return ("right" if "noise" in run.truth else "unexplained"), audit
    return ("right" if named & truth else "wrong"), audit


def report(draw, names, count, seed=0):
    """Judge so many random logs of ``draw``, and print the counts by cause."""
    counts = defaultdict(Counter)
    for index in range(count):
        case = draw(random.Random(f"{seed} {index}"))
        verdict, audit = judge(case)
        counts[case[0]][verdict] += 1
        if verdict == "wrong" or (len(sys.argv) > 3 and verdict == "unexplained"):
            name, plan, run, (_, spelling), every = case
            say(f"{verdict} {index}: {name} {spelling} every {every}: {sorted(run.truth)}")
            say(f"   {getattr(run, 'schedule', '')} of {plan.steps}")
            say(f"   {audit.sentence[:400]}")
    total = sum(counts.values(), Counter())
    for name, row in [*((each, counts[each]) for each in names), ("all", total)]:
        numbers = " | ".join(str(row[key]) for key in ("right", "unexplained", "wrong"))
        say(f"| {name} | {row.total()} | {numbers} |")


def say(text):
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    report(random_case, [*SINGLE, "two at once"], int(sys.argv[1]), *sys.argv[2:3])
