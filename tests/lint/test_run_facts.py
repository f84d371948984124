"""Counts and cadences of observed runs."""

import pytest

from lrplan.lint.run_facts import cadence, facts_of_events, ticks_per_step
from tests.support.observations import loop, tick, wrote

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
    assert facts.ticks[0].total == 6
    assert facts.ticks[0].before_first_step == 1
    assert facts.ticks[0].by_epoch == [2, 2, 2]


@pytest.mark.parametrize(
    ("run", "by_step", "times"),
    [
        ({"order": STEP_TICK}, {1: 12, 0: 0}, 1),
        ({"order": ("step", "tick", "tick")}, {2: 12, 0: 0}, 2),
        ({"order": STEP, "per_epoch": ("tick",)}, {1: 3, 0: 6}, 0),
        ({"order": ("tick", "step")}, {1: 11, 0: 1}, 1),
    ],
)
@pytest.mark.parametrize("optimizer_of", [{}, {0: 0}])
def test_the_ticks_after_each_step(run, by_step, times, optimizer_of):
    facts = facts_of_events(loop(epochs=3, batches=4, **run), optimizer_of)
    assert facts.ticks[0].by_step == by_step
    assert ticks_per_step(facts.ticks[0]) == times


def test_what_a_program_writes_between_two_steps_is_one_entry():
    def wrote_twice(_, step):
        return wrote(0.1 * (step + 1), replaced=0.5)(_, step)

    events = loop(epochs=2, batches=2, order=(wrote_twice, wrote_twice, "step", "tick"))
    writes = facts_of_events(events, {0: 0}).writes[0]
    assert list(writes.steps) == [0, 1, 2, 3]
    assert list(writes.values) == pytest.approx([0.1, 0.2, 0.3, 0.4], rel=1e-12)
    assert list(writes.replaced) == [0.5] * 4
    assert list(writes.ticked_before) == [0, 1, 1, 1]
    assert list(writes.ticked_after) == [0] * 4
    assert writes.groups == {"all"}


def test_a_scheduler_for_every_step_takes_no_time_beyond_its_own():
    # Each of 3,000 schedulers ticks once: a step looks at those that ticked since the last one.
    events = loop(epochs=3, batches=1000, order=("step", lambda _, s: tick(s)(_, s)))
    facts = facts_of_events(events, dict.fromkeys(range(3001), 0))
    assert len(facts.ticks) == 3000
    assert facts.ticks[1].by_step == {1: 1, 0: 2999}
