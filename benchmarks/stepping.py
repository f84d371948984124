"""The time that the values of every step take, beside the loop that one writes oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.closed import plan as warm_cosine_plan
from benchmarks.measure import best, seconds
from benchmarks.report import Table, count, duration, times
from benchmarks.subjects import PLAIN, SUBJECTS, engine, plain_loop, plan_of
from lrplan.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.subjects import Subject
    from lrplan.request import EngineName

STEPS = (1_000, 10_000, 100_000, 1_000_000)
GROUPS = (1, 10, 100)
CELLS = ((1, 300), (1, 1_000), (1, 10_000), (10, 1_000), (10, 10_000), (100, 1_000), (1_000, 1_000))
"""Groups and steps of the runs that show the price of ``--engine step``."""
FIRST = 1_000
"""Steps of the run that tells how many more can be afforded."""
_HOW = (
    "Seconds for the values of every group at every step, from objects to arrays or lists, imports "
    "left out; in brackets how many times faster than the plain loop of the same column. `~`: "
    "fewer steps were run, and the time was scaled."
)


def tables(
    steps: Sequence[int] = STEPS,
    groups: Sequence[int] = GROUPS,
    *,
    rounds: int = 3,
    most: float = 3.0,
) -> Iterator[Table]:
    """One table per number of groups, one of groups that are alike, then the price of stepping.

    Args:
        steps: lengths of runs.
        groups: numbers of groups.
        rounds: how often each is measured; the best counts.
        most: seconds that one run may take; longer ones are run in part.
    """
    for number in groups:
        yield _table(number, steps, rounds=rounds, most=most)
    yield alike(rounds=rounds, steps=FIRST if most < 1 else 10 * FIRST)
    yield engines(CELLS if most >= 1 else CELLS[:2], rounds=rounds)


def _table(groups: int, steps: Sequence[int], *, rounds: int, most: float) -> Table:
    title = f"{groups} {'group' if groups == 1 else 'groups, all different'}"
    table = Table(title, ("", *(f"{count(each)} steps" for each in steps)), _HOW)
    able = [subject for subject in SUBJECTS if not subject.missing]
    shares = {subject.name: _affordable(subject, groups, most) for subject in able}
    columns = [_column(able, shares, each, groups, rounds) for each in steps]
    for subject in SUBJECTS:
        table.add(subject.name, *(column.get(subject.name, "-") for column in columns))
    for needs in dict.fromkeys(subject.needs for subject in SUBJECTS if subject.missing):
        table.notes.append(f"{needs} is missing: pip install -r benchmarks/requirements.txt")
    return table


def _affordable(subject: Subject, groups: int, most: float) -> int:
    """How many steps of ``subject`` fit into ``most`` seconds, a power of ten; 0: it cannot.

    Each size is tried before the next: not every subject takes ten times longer for ten times more.
    """
    steps = FIRST
    try:
        taken = _tried(subject, steps, groups)
    except UsageError:  # an engine that does not do this plan
        return 0
    while taken is not None and 10 * taken <= most and steps < max(STEPS):
        steps *= 10
        taken = _tried(subject, steps, groups)
    return 0 if taken is None else steps


def _tried(subject: Subject, steps: int, groups: int) -> float | None:
    run = subject.make(steps, groups)
    # The first call imports.
    return None if run is None else min(seconds(run), seconds(run))


def _column(
    subjects: Sequence[Subject], affordable: dict[str, int], steps: int, groups: int, rounds: int
) -> dict[str, str]:
    runs: dict[str, Callable[[], object]] = {}
    factors: dict[str, float] = {}
    for subject in subjects:
        part = min(steps, affordable[subject.name])
        run = subject.make(part, groups) if part else None
        if run is not None:
            runs[subject.name] = run
            factors[subject.name] = steps / part
    found = best(runs, rounds)
    whole = {name: taken * factors[name] for name, taken in found.items()}
    return {
        name: f"{duration(taken, scaled=factors[name] > 1)} ({times(whole[PLAIN.name] / taken)})"
        for name, taken in whole.items()
    }


def alike(*, rounds: int = 3, steps: int = 10_000, groups: int = 50, same: int = 47) -> Table:
    """Groups that must have the same curve are stepped once by the exact engine."""
    table = Table(
        f"{groups} groups, {same + 1} of them alike",
        ("", f"{count(steps)} steps", "beside the plain loop"),
        "Groups with the same settings have the same curve: lrplan makes it once.",
    )
    plan = plan_of(steps, groups, alike=same)
    found = best(
        {
            PLAIN.name: plain_loop(steps, groups, alike=same),
            "lrplan, exact engine": engine("step", plan),
        },
        rounds,
    )
    for name, taken in found.items():
        table.add(name, duration(taken), times(found[PLAIN.name] / taken))
    return table


def engines(cells: Sequence[tuple[int, int]] = CELLS, *, rounds: int = 3) -> Table:
    """Return the price of ``--engine step``: both engines beside what ``auto`` takes."""
    table = Table(
        "The price of --engine step",
        ("", "auto", "--engine step", "--engine closed"),
        "A warm-up and a cosine as one scheduler for groups that all differ in their learning "
        "rates. `auto` steps runs of up to 300 steps, and computes longer ones.",
    )
    for groups, steps in cells:
        plan = warm_cosine_plan(groups, steps)
        names: tuple[EngineName, ...] = ("auto", "step", "closed")
        taken = best({name: engine(name, plan) for name in names}, rounds)
        title = f"{count(steps)} steps x {groups:,} {'group' if groups == 1 else 'groups'}"
        table.add(title, *(duration(taken[name]) for name in names))
    return table
