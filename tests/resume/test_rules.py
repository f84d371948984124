"""Findings about resumed runs, with the figures measured for each pitfall."""

import pytest

from lrplan.errors import SpecError
from lrplan.finding import Severity
from lrplan.lint.runner import explain_problems
from lrplan.resume import parse_resume_options
from tests.resume.by_hand import ask, spec_of
from tests.resume.kinds import KINDS
from tests.support.releases import since
from tests.support.rule_runs import resumed
from tests.support.specs import spec

OWN = {
    "resume-discontinuity",
    "resume-load-order-or-missing-optimizer-state",
    "resume-state-dict-overrides-arguments",
    "resume-last-epoch-wrong-value",
    "resume-last-epoch-at-boundary",
    "sequential-resume-by-last-epoch",
}


def text(scheduler, more=""):
    sgd = "{type: SGD, lr: 0.1}"
    return spec(scheduler, optimizer=sgd, rest=more, epochs=20, steps_per_epoch=2)


def said(scheduler, at="5ep", parts=(), training=(), more=""):
    reported = resumed(text(scheduler, more), parse_resume_options(at, parts, training))
    return [each for each in reported if each.name in OWN]


def names(*args, **options):
    return [each.name for each in said(*args, **options)]


COSINE = "{type: CosineAnnealingLR, T_max: 20}"
STEP = "{type: StepLR, step_size: 5}"
SEQUENCE = (
    "{type: SequentialLR, milestones: [3], schedulers:"
    " [{type: LinearLR, start_factor: 0.1, total_iters: 3}, {type: CosineAnnealingLR, T_max: 17}]}"
)


@pytest.mark.parametrize("scheduler", [COSINE, STEP, SEQUENCE])
def test_nothing_to_say_of_a_complete_resume(scheduler):
    for at in ("1", "5ep", "13"):
        assert names(scheduler, at) == []


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        (("scheduler",), "resume-load-order-or-missing-optimizer-state"),
        (("optimizer",), "resume-discontinuity"),
        (("none",), "resume-discontinuity"),
        pytest.param(
            ("last_epoch",),
            "resume-last-epoch-wrong-value",
            marks=since("2.8", "a cosine that is built goes on from the rate it finds"),
        ),
        (("optimizer", "last_epoch=5"), "resume-last-epoch-wrong-value"),
        (("optimizer", "last_epoch"), None),
        (("optimizer", "last_epoch=4"), None),
        (("early-optimizer", "scheduler"), None),
    ],
)
def test_one_cause_one_rule(parts, rule):
    assert names(COSINE, parts=parts) == ([rule] if rule else [])


def test_the_optimizer_loaded_too_early_is_told_where_it_matters():
    linear = "{type: LinearLR, start_factor: 0.1, total_iters: 8}"
    (finding,) = said(linear, parts=("early-optimizer", "scheduler"))
    assert finding.name == "resume-load-order-or-missing-optimizer-state"
    assert "loaded before its schedulers are built" in finding.message


def test_ten_times_too_high_for_good():
    (finding,) = said(STEP, "6ep", ("scheduler",))
    assert "the lr at step 12 is 0.1 instead of 0.01; all 28 remaining steps differ" in (
        finding.message
    )
    assert finding.step == 12
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("scheduler", "factor"),
    [
        (STEP, "0.001 instead of 0.01"),
        ("{type: MultiStepLR, milestones: [5, 30]}", "0.001 instead of 0.01"),
        ("{type: ConstantLR, factor: 0.5, total_iters: 5}", "0.2 instead of 0.1"),
    ],
)
def test_a_milestone_is_applied_twice(scheduler, factor):
    by_count = ("optimizer", "last_epoch")
    (finding,) = said(scheduler, "5ep", by_count)
    assert finding.name == "resume-last-epoch-at-boundary"
    assert factor in finding.message
    assert "last_epoch=4" in finding.message
    for at in ("4ep", "6ep"):
        assert names(scheduler, at, by_count) == []


def test_a_sequence_starts_over():
    assert names(SEQUENCE, parts=("optimizer", "last_epoch")) == ["sequential-resume-by-last-epoch"]


def test_longer_training_changes_nothing():
    scheduler = "{type: CosineAnnealingLR, T_max: 100%}"
    (finding,) = said(scheduler, training=("epochs=40",))
    assert finding.name == "resume-state-dict-overrides-arguments"
    assert finding.path == "schedules.run.scheduler.T_max"
    assert "the loaded state keeps T_max 20, not 40" in finding.message


def test_longer_training_of_a_fixed_length_is_fine():
    assert names(COSINE, training=("epochs=40",)) == []


def test_a_fresh_scheduler_takes_the_new_length():
    scheduler = "{type: LambdaLR, lr_lambda: '0.97 ** x'}"
    assert names(scheduler, training=("epochs=40",)) == []


def test_one_cycle_says_that_it_will_stop():
    scheduler = "{type: OneCycleLR, max_lr: 0.1, total_steps: 100%}"
    (finding,) = said(scheduler, training=("epochs=40",))
    assert "the resumed run stops after step 41" in finding.message


def test_functions_are_told_as_a_note_once_for_each():
    scheduler = "{type: LambdaLR, lr_lambda: ['1/(1+x)']}"
    reported = resumed(text(scheduler), parse_resume_options("5ep"))
    (note,) = [each for each in reported if each.name == "lambda-not-saved"]
    assert note.severity is Severity.INFO
    assert "does not save 1 function" in note.message
    without = resumed(text(scheduler), parse_resume_options("5ep", ("none",)))
    assert "lambda-not-saved" not in {each.name for each in without}


def test_what_one_cycle_misses_is_a_known_pitfall():
    with pytest.raises(SpecError) as caught:
        ask(spec_of(KINDS["OneCycleLR"][1]), "last_epoch")
    (finding,) = explain_problems(caught.value.findings)
    assert finding.name == "resume-missing-initial-lr"
    assert "max_lr" in finding.message
