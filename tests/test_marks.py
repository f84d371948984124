"""Marks: the steps that a plan names, as it names them."""

from __future__ import annotations

import pytest

from tests.support.specs import plan_of, spec

MULTI = {"type": "MultiStepLR", "gamma": 0.5}


@pytest.mark.parametrize(
    ("interval", "milestones", "written"),
    [
        ("epoch", "[10, 20]", ["epoch 10", "epoch 20"]),
        ("step", "[10ep, 20ep]", ["epoch 10", "epoch 20"]),
        ("step", "[10%, 90%]", ["10%", "90%"]),
        ("step", "[100, 200st]", ["", ""]),
        ("step", "[2.55ep, 10ep + 1st]", ["", ""]),  # neither is the first step of an epoch
    ],
)
def test_a_milestone_is_written_as_in_the_spec(interval, milestones, written):
    plan = plan_of(spec({**MULTI, "interval": interval, "milestones": milestones}))
    assert [mark.written for mark in plan.marks()] == written


def test_a_length_inside_a_sequence_counts_from_its_own_beginning():
    inner = {**MULTI, "milestones": "[10%]"}
    first = {"type": "LinearLR", "total_iters": 30}
    scheduler = {
        "type": "SequentialLR",
        "interval": "step",
        "milestones": "[10ep]",
        "schedulers": [first, inner],
    }
    marks = plan_of(spec(scheduler)).marks()
    assert [(mark.step, mark.written) for mark in marks] == [(100, "epoch 10"), (130, "")]
