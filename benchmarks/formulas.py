"""The closed-form engine on long runs: formulas, their check, and every value read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.closed import GROUPS, STEPS, measure
from benchmarks.report import Table, count, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def tables(
    groups: Sequence[int] = GROUPS, *, steps: int = STEPS, rounds: int = 3
) -> Iterator[Table]:
    """One scheduler for all groups, and one for each.

    Args:
        groups: numbers of groups, all different.
        steps: length of the runs.
        rounds: how often each is measured; the best counts.
    """
    table = Table(
        f"Closed form, {count(steps)} steps",
        ("", "one scheduler", "one for each group"),
        "Seconds for the formulas of a warm-up and a cosine, their check against torch's own "
        "schedulers, and a pass over every learning rate.",
    )
    measure(1, 1_000, repeats=1)  # imports
    for number in groups:
        shared, own = (measure(number, steps, own=own, repeats=rounds) for own in (False, True))
        table.add(f"{number} groups" if number > 1 else "1 group", duration(shared), duration(own))
    yield table
