"""Logs of plain torch loops with a known mistake: the cause is found, and never a wrong one."""

import itertools
from functools import cache

import numpy as np
import pytest

from lrplan.auditing.explain_log import explain_log
from lrplan.auditing.logged_points import LoggedPoints, PlannedCurves
from tests.support.logged_runs import (
    PER_EPOCH,
    SCHEDULES,
    UPDATES,
    logged,
    once,
    planned_run,
    run,
)

GROUPS = ("backbone", "head")
SKIPPED = {30, 31, 100, 199}


def _shifted(applied, by):
    rows = np.clip(np.arange(len(applied)) + by, 0, len(applied) - 1)
    return applied[rows]


CAUSES = {
    "as-planned": lambda s: run(s, once),
    "logged-one-step-late": lambda s: _shifted(run(s, once), -1),
    "logged-one-step-early": lambda s: run(s, once, UPDATES + 1)[1:],
    "scheduler-before-optimizer": lambda s: run(s, lambda _: 1),
    "skipped-updates": lambda s: run(s, lambda u: int(u > 0 and u - 1 not in SKIPPED)),
    "stopped-early": lambda s: run(s, once, 150),
    "ran-longer": lambda s: run(s, once, UPDATES + 40),
    "schedule-restarted": lambda s: run(s, once, restart=120),
    "stepped-per-epoch": lambda s: run(s, lambda u: int(u > 0 and u % PER_EPOCH == 0)),
    "stepped-per-batch": lambda s: run(s, lambda u: 2 * (u > 0)),
    "stepped-k-times": lambda s: run(s, lambda u: 4 * (u > 0)),
    "peak-scaled": lambda s: run(s, once) * 0.5,
    "group-scaled": lambda s: run(s, once) * [1.0, 2.0],
    "constant": lambda s: np.broadcast_to([0.1, 0.02], (UPDATES, 2)),
}
"""By the name of the cause: the rates that such a run applies, or that such a log has."""
SPELLINGS = ("r", ".4e", ".6f", ".3g")


def names(audit):
    """The causes that an audit names, alternatives included."""
    listed = [each for cause in audit.causes for each in (cause.name, *cause.alternatives)]
    return set(listed) or {audit.verdict}


@cache
def applied(schedule, cause):
    return CAUSES[cause](schedule)


plan_of = cache(planned_run)


def audit(schedule, cause, **log):
    return explain_log(logged(applied(schedule, cause), **log), plan_of(schedule), GROUPS)


def shows_nothing(points, schedule):
    """Whether a log that is thin or rounded has the planned values in spite of the mistake."""
    plan = applied(schedule, "as-planned")
    rows = points.updates[points.updates < UPDATES]
    apart = np.abs(points.values[: rows.size] - plan[rows])
    return rows.size == points.updates.size and (apart <= points.tolerance + 1e-16).all()


def _all_pairs():
    """All schedules with all causes; one schedule is enough for the fast tests."""
    for schedule, cause in itertools.product(SCHEDULES, CAUSES):
        marks = () if schedule == "linear" else pytest.mark.slow
        yield pytest.param(schedule, cause, marks=marks)


@pytest.mark.parametrize(("schedule", "cause"), [*_all_pairs()])
def test_a_full_log(schedule, cause):
    if schedule == "one cycle" and cause in {"stepped-per-batch", "stepped-k-times", "ran-longer"}:
        pytest.skip("OneCycleLR refuses to go on")
    found = audit(schedule, cause)
    assert cause in names(found), found.sentence


@pytest.mark.parametrize(
    ("spelling", "every", "holes"),
    [
        *((spelling, 1, ()) for spelling in SPELLINGS[1:]),
        *((spelling, 7, ()) for spelling in SPELLINGS),
        ("r", 1, range(40, 130)),
        (".4e", 5, range(40, 130)),
    ],
)
@pytest.mark.slow
def test_never_a_wrong_cause(spelling, every, holes):
    wrong = []
    for schedule, cause in itertools.product(SCHEDULES, CAUSES):
        points = logged(applied(schedule, cause), spelling, every, holes=set(holes))
        found = explain_log(points, plan_of(schedule), GROUPS)
        expected = {cause, "unexplained"}
        if shows_nothing(points, schedule):
            expected |= {"as-planned", "stopped-early"}
        if not expected & names(found):
            wrong.append((schedule, cause, found.sentence))
    assert wrong == []


def steps(milestones, updates=UPDATES):
    """The rates of a MultiStepLR from 0.1, shape ``(updates, 1)``."""
    return 0.1 * 0.1 ** np.searchsorted(milestones, np.arange(updates), side="right")[:, None]


def of_steps(applied, **log):
    plan = PlannedCurves(steps([80, 160], UPDATES + 1), UPDATES, PER_EPOCH)
    return explain_log(logged(applied, **log), plan, ["all"])


def test_a_later_drop_in_a_thin_log_is_a_loss_of_updates_or_another_schedule():
    # Rows every 10 updates: what the rates are in between is not known.
    found = of_steps(steps([95, 175]), every=10)
    assert {"skipped-updates", "other-schedule"} <= names(found)
    assert (found.verdict, "the log looks the same if" in found.sentence) == ("explained", True)


@pytest.mark.parametrize("spelling", [".2g", ".3g"])
def test_noise_is_no_factor(spelling):
    noise = 1 - 1e-4 * np.random.default_rng(0).random((UPDATES, 2))
    plan = plan_of("warm-up and cosine")
    points = logged(plan.values[:UPDATES] * noise, spelling)
    assert names(explain_log(points, plan, GROUPS)) == {"unexplained"}


def test_a_clock_with_a_remainder():
    # 7 batches an epoch, 2 an update: the last of 4 updates has 1, and every batch ticks.
    plan = planned_run("warm-up and cosine")
    plan = PlannedCurves(
        plan.values, UPDATES, 4, accumulate=2, simulate_longer=plan.simulate_longer
    )
    updates = np.arange(120)
    ticks = updates // 4 * 7 + np.minimum(updates % 4 * 2 + 1, 6)
    found = explain_log(logged(plan.values_up_to(220)[ticks]), plan, GROUPS)
    assert "stepped-per-batch" in names(found), found.sentence


def test_few_rows_are_no_factor():
    # One value is some multiple of whatever was planned.
    cosine = plan_of("warm-up and cosine").values[:UPDATES] * 0.37
    plan = plan_of("warm-up and cosine")
    rows = logged(cosine, first=100)
    for count, verdict in ((1, "unexplained"), (2, "unexplained"), (3, "differs")):
        points = LoggedPoints(rows.updates[:count], rows.values[:count], rows.tolerance[:count])
        assert explain_log(points, plan, GROUPS).verdict == verdict


@pytest.mark.parametrize("every", [1, 5])
def test_a_drop_that_is_not_there_is_no_restart(every):
    assert names(of_steps(steps([80]), every=every)) == {"other-schedule"}


@pytest.mark.parametrize("spelling", ["r", ".3g"])
def test_short_numbers_are_not_numbers_of_one_digit(spelling):
    # 0.1, 0.1, 0.05, 0.05: rounded to one digit, all of them might be half of the planned 0.1.
    applied = np.where(np.arange(UPDATES) < 100, 0.1, 0.05)[:, None]
    plan = PlannedCurves(np.full((UPDATES + 1, 1), 0.1), UPDATES, PER_EPOCH)
    assert names(explain_log(logged(applied, spelling), plan, ["all"])) == {"other-schedule"}
    halved = explain_log(logged(applied * 0 + 0.05, spelling), plan, ["all"])
    assert names(halved) == {"peak-scaled"}
    assert "0.5 times" in halved.sentence


def test_a_log_that_is_late_besides():
    applied = _shifted(run("linear", once), -1) * 0.5
    found = explain_log(logged(applied), plan_of("linear"), GROUPS)
    assert (names(found), found.offset) == ({"peak-scaled"}, -1)
    assert "every rate is 0.5 times the planned one; and the log has" in found.sentence
    assert "one step late" in found.sentence


@pytest.mark.parametrize(
    ("every", "sentence"),
    [
        # A tick that is lost after update 30 shows at update 31.
        (
            1,
            "4 updates did not count for the schedule (1 by update 31, 1 by update 32, 1 by update",
        ),
        # Rows 35, 105 and 203 are the first behind the lost ticks.
        (7, "4 updates did not count for the schedule (2 by update 35, 1 by update 105 and 1 by"),
    ],
)
@pytest.mark.parametrize("schedule", ["warm-up and cosine", "exponential"])
def test_skipped_updates_are_counted_where_they_show(schedule, every, sentence):
    assert audit(schedule, "skipped-updates", every=every).sentence.startswith(sentence)


@pytest.mark.parametrize("every", [1, 7])
def test_lost_updates_do_not_turn_a_schedule_back(every):
    # At update 120 the state of update 60 is loaded: time runs backwards.
    applied = run("exponential", once)
    found = explain_log(
        logged(np.concatenate([applied[:120], applied[60:180]]), every=every),
        plan_of("exponential"),
        GROUPS,
    )
    assert (names(found), found.verdict) == ({"schedule-restarted"}, "differs")


def test_a_log_that_begins_behind_the_lost_updates():
    # Before its first row two updates may have been lost, or the schedule begun anew at update 2.
    late = _shifted(run("exponential", once), -2)
    found = explain_log(logged(late, ".2g", 20, first=100), plan_of("exponential"), GROUPS)
    assert {"skipped-updates", "schedule-restarted"} <= names(found)
    assert found.verdict == "explained"


def test_rows_of_one_digit_may_be_the_plan():
    # Four decimals leave two values of a line, which are no drop from 0.0002 to 0.0001.
    line = np.linspace(2.3e-4, 1.4e-4, UPDATES + 1)[:, None]
    plan = PlannedCurves(line, UPDATES, PER_EPOCH)
    assert explain_log(logged(line[:UPDATES], ".4f"), plan, ["all"]).verdict == "unexplained"
    drop = np.where(np.arange(UPDATES) < 100, 3e-4, 2e-4)[:, None]
    assert names(explain_log(logged(drop, ".4f"), plan, ["all"])) == {"other-schedule"}
