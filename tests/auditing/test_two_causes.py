"""Logs of plain torch loops with two mistakes: both are told where the rows tell them, or none."""

import numpy as np
import pytest

from lrplan.auditing.explain_log import explain_log
from lrplan.auditing.logged_points import PlannedCurves
from tests.support.logged_runs import UPDATES, logged, once, planned_run, run

GROUPS = ("backbone", "head")
SKIPPED = {60, 61, 130}
MOVED = {
    "skipped updates": (
        lambda s: run(s, lambda u: int(u > 0 and u - 1 not in SKIPPED)),
        (
            "3 updates did not count for the schedule (1 by update 61, 1 by update 62 and 1 by"
            " update 131)"
        ),
    ),
    "updates that the log leaves out": (
        lambda s: run(s, lambda u: int(u > 0) + (u in SKIPPED)),
        (
            "the schedule counted 3 updates that the log does not count (1 by update 60, 1 by"
            " update 61 and 1 by update 130)"
        ),
    ),
    "a restart": (
        lambda s: run(s, once, restart=120),
        "at update 120 the schedule went on from its start",
    ),
}


def told(audit):
    return [{cause.name, *cause.alternatives} for cause in audit.causes]


@pytest.mark.parametrize("factor", [0.5, 8.0, 0.95])
@pytest.mark.parametrize("moved", MOVED)
@pytest.mark.parametrize("schedule", ["warm-up and cosine", "exponential"])
def test_another_peak_and_a_schedule_that_moved(schedule, moved, factor):
    make, clause = MOVED[moved]
    found = explain_log(logged(make(schedule) * factor, ".6e"), planned_run(schedule), GROUPS)
    assert found.sentence == f"every rate is {factor:g} times the planned one; {clause}"
    assert found.verdict == "differs"
    first, second = told(found)
    assert first == {"peak-scaled"}
    assert second == {"schedule-restarted" if moved == "a restart" else "skipped-updates"}


@pytest.mark.parametrize(("spelling", "every"), [("r", 5), (".4e", 10), (".2e", 1)])
def test_thinner_logs_say_the_same_or_nothing(spelling, every):
    for make, _ in MOVED.values():
        points = logged(make("exponential") * 0.5, spelling, every)
        found = explain_log(points, planned_run("exponential"), GROUPS)
        assert told(found) in ([], [{"peak-scaled"}, *told(found)[1:]])
        if found.causes:
            assert told(found)[1] & {"skipped-updates", "schedule-restarted"}


def test_a_factor_that_nobody_chose_is_none():
    make, _ = MOVED["skipped updates"]
    found = explain_log(
        logged(make("exponential") * 0.51234567), planned_run("exponential"), GROUPS
    )
    assert found.verdict == "unexplained"


def test_drops_at_other_updates_are_no_lost_updates_of_another_peak():
    # Half of the planned rates, and a drop 30 updates late: another schedule as well.
    steps = 0.1 * 0.1 ** np.searchsorted([80, 160], np.arange(UPDATES + 1), side="right")[:, None]
    late = 0.05 * 0.1 ** np.searchsorted([110, 160], np.arange(UPDATES), side="right")[:, None]
    found = explain_log(logged(late), PlannedCurves(steps, UPDATES), ["all"])
    assert {"skipped-updates"} not in told(found)


def test_two_multiples_in_one_log_are_no_peak():
    # Half of the planned rates up to update 120, and a quarter from there on.
    applied = run("linear", once) * np.where(np.arange(UPDATES) < 120, 0.5, 0.25)[:, None]
    assert explain_log(logged(applied), planned_run("linear"), GROUPS).verdict == "unexplained"


def test_a_multiple_of_a_late_log_may_be_a_lost_update():
    late = run("linear", once)[np.maximum(np.arange(UPDATES) - 1, 0)]
    found = explain_log(logged(late * 0.5), planned_run("linear"), GROUPS)
    assert "one step late, or the schedule lost an update at its start" in found.sentence


def test_rates_that_are_rounded_to_zero_tell_no_factor():
    # The head stays at 2e-6, which five decimals show as 0: that is not 0 times the planned rate.
    applied = np.stack([run("linear", once)[:, 0] * 0.01, np.full(UPDATES, 2e-6)], axis=1)
    plan = planned_run("linear")
    small = PlannedCurves(plan.values * [0.1, 0.01], UPDATES)
    assert explain_log(logged(applied, ".5f"), small, GROUPS).verdict == "unexplained"
