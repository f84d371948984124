"""Counts and cadences of observed runs."""

import pytest

from lrplan.lint.run_facts import cadence, facts_of_events
from tests.support.observations import loop

BATCH_TICK, STEP_TICK, STEP = ("step", "batch tick"), ("step", "tick"), ("step",)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ({"order": STEP_TICK}, "step"),
        ({"order": STEP, "per_epoch": ("tick",)}, "epoch"),
        ({"order": STEP_TICK, "accumulate": 2}, "step"),
        ({"order": BATCH_TICK, "accumulate": 2}, "batch"),
        ({"order": STEP, "per_epoch": ("tick",), "accumulate": 4}, None),  # one step an epoch
        ({"order": STEP_TICK, "batches": 1}, None),
        ({"order": STEP}, None),  # it never ticks
    ],
)
def test_the_cadence_of_a_scheduler(run, expected):
    assert cadence(facts_of_events(loop(**run)), 0) == expected


def test_the_counts_of_a_run():
    facts = facts_of_events(loop(epochs=3, batches=4, accumulate=2, order=("tick", "step")))
    assert facts.steps_by_epoch == [2, 2, 2]
    assert facts.batches_by_epoch == [4, 4, 4]
    assert facts.backwards == 12
    assert facts.ticks[0].total == 6
    assert facts.ticks[0].before_first_step == 1
    assert facts.ticks[0].by_epoch == [2, 2, 2]
