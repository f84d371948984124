"""The words of a finding as they stand for a config of another framework."""

import pytest

from lrplan.edits import Edit
from lrplan.finding import Finding, spec_problem
from lrplan.plan_origin import ForeignKey, Origin, TypedOrigin
from lrplan.text_position import START

LENGTH = "schedules.run.scheduler.T_max"
KEYS = {LENGTH: ForeignKey("init_args.T_max")}
ASKED = {**KEYS, "schedules.run.scheduler.interval": ForeignKey("interval", set_by_user=True)}


def fix_of(origin, fix):
    finding = spec_problem("bad-value", "m", place=START, file="a.yaml", path=LENGTH, fix=fix)
    return origin.translate(finding).fix


@pytest.mark.parametrize(
    ("fix", "own"),
    [
        ("interval: step", ""),
        ("interval: step, or T_max: 10", "init_args.T_max: 10"),
        ("a longer run, or interval: step", "a longer run"),
        ("T_max: 10, or 20", "init_args.T_max: 10, or 20"),
    ],
)
def test_a_file_without_intervals_is_not_told_to_write_one(fix, own):
    assert fix_of(Origin("a", KEYS), fix) == own


def test_what_makes_a_scheduler_tick_per_step_has_the_words_of_the_framework():
    fix = "interval: step, or T_max: 10"
    assert fix_of(Origin("a", KEYS, per_step_setting="by_epoch=False"), fix) == (
        "by_epoch=False, or init_args.T_max: 10"
    )
    assert (
        fix_of(Origin("a", ASKED, per_step_setting="x"), fix)
        == "interval: step, or init_args.T_max: 10"
    )


@pytest.mark.parametrize(
    ("fix", "wanted"),
    [
        ("T_max: 95, or interval: step", "T_max=95, or interval=step"),
        ("start above 0: `warmup: {length: 1, start: 0.01}`", None),
        ("add `metrics: {val_loss: [...]}`", "add `metrics={val_loss: [...]}`"),
        (
            "add `metrics: {a: [1]}`, or `metrics: {a: {csv: T_max: 1, column: a}}` or T_max: 3",
            "add `metrics={a: [1]}`, or `metrics={a: {csv: T_max: 1, column: a}}` or T_max=3",
        ),
        ("something else: 3", "something else: 3"),
    ],
)
def test_the_fix_of_a_typed_schedule_can_be_typed(fix, wanted):
    names = frozenset({"T_max", "interval", "warmup", "metrics", "start"})
    finding = Finding(
        rule="LRP301", name="a", message="T_max: 95", fix=fix, edits=(Edit("a", "b"),)
    )
    told = TypedOrigin(names=names).translate(finding)
    assert told.fix == (wanted or "start above 0: `warmup={length: 1, start: 0.01}`")
    assert told.message == finding.message
    assert told.edits == ()
