"""What is done with the hits of rules about runs: positions, causes, and what is left out."""

from dataclasses import replace

import pytest

from lrplan.events import Location
from lrplan.lint import run_check
from lrplan.lint.registry import all_rules
from lrplan.lint.rule import RunHit
from lrplan.lint.run_context import RunContext
from tests.support.observations import observation, scheduler

CAUSE, SYMPTOM = "horizon-in-epochs-stepped-per-step", "cosine-past-t-max-rises"


@pytest.fixture
def found(monkeypatch):
    """Find the hits that are given by the name of their rule, in a run of two schedulers."""

    def find(hits, evidence="recording", seen_in="any"):
        rules = [
            replace(all_rules()[name], seen_in=seen_in, check_run=lambda _, each=each: [each])
            for name, each in hits
        ]
        monkeypatch.setattr(run_check, "all_rules", lambda: {rule.name: rule for rule in rules})
        nested = replace(scheduler("StepLR", index=0), parent=2)
        others = (scheduler("StepLR", index=1), scheduler("SequentialLR", index=2))
        return run_check.check_observation(observation(nested, *others, evidence=evidence))

    return find


def hit(index=None, **place):
    return RunHit(Location(file="train.py", **place), "it happens", "undo it", scheduler=index)


def test_a_finding_has_the_place_that_is_known(found):
    place = {"line": 7, "column": 5, "end_line": 7, "end_column": 9}
    (finding,) = found([(SYMPTOM, hit(**place))])
    assert (finding.file, finding.line, finding.column) == ("train.py", 7, 5)
    assert (finding.end_line, finding.end_column) == (7, 9)
    (finding,) = found([(SYMPTOM, hit())])
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("cause", "symptom", "kept"),
    [
        (0, 0, [CAUSE]),
        (2, 0, [CAUSE]),  # the one that is stepped, and the one inside it
        (1, 0, [SYMPTOM, CAUSE]),
        (None, 0, [CAUSE]),
    ],
)
def test_a_cause_silences_the_symptoms_of_its_scheduler(found, cause, symptom, kept):
    findings = found([(CAUSE, hit(cause, line=9)), (SYMPTOM, hit(symptom, line=4))])
    assert [each.name for each in findings] == kept


@pytest.mark.parametrize(
    ("seen_in", "evidence", "number"),
    [
        ("any", "source", 1),
        ("recording", "source", 0),
        ("recording", "recording", 1),
        ("source", "recording", 0),
    ],
)
def test_a_rule_is_handed_what_it_can_judge(found, seen_in, evidence, number):
    assert len(found([(SYMPTOM, hit(line=1))], evidence, seen_in)) == number


def test_a_circle_of_schedulers_ends():
    run = observation(*(replace(scheduler("StepLR", index=i), parent=1 - i) for i in (0, 1)))
    assert RunContext(run).top(0) in (0, 1)
