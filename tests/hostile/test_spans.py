"""Spans of schedulers when milestones are absurd."""

from __future__ import annotations

import pytest

from tests.hostile.attack import READERS, run_all, spec_of
from tests.support.specs import plan

STEP = {"type": "StepLR", "step_size": 1}


@pytest.mark.parametrize("tick", [-1e308, -(10**12), -1, 0, 10**12, 1e308])
@pytest.mark.parametrize("kind", ["SequentialLR", "MultiStepLR"])
def test_milestones_out_of_the_run(tick, kind, tmp_path):
    inner = {"schedulers": [STEP, STEP]} if kind == "SequentialLR" else {}
    scheduler = {"type": kind, "milestones": [tick], **inner}
    path = tmp_path / "spec.yaml"
    path.write_text(spec_of({"a": {"optimizer": {"type": "SGD", "lr": 1}, "scheduler": scheduler}}))
    run_all(path, READERS[:4])


@pytest.mark.parametrize("milestone", [-5, 3, 50])
def test_spans_keep_to_the_run(milestone):
    spans = list(
        plan(
            "optimizer: {type: SGD, lr: 0.1}\n"
            f"scheduler: {{type: SequentialLR, milestones: [{milestone}], schedulers:"
            " [{type: StepLR, step_size: 1}, {type: StepLR, step_size: 2}]}"
        ).spans()
    )
    edge = min(max(milestone, 0), 6)
    assert [(span.begin, span.end) for span in spans] == [(0, 6), (0, edge), (edge, 6)]


def test_more_milestones_than_hand_overs(tmp_path):
    inner = {"type": "SequentialLR", "milestones": [3, 2, 1], "schedulers": [STEP, STEP]}
    path = tmp_path / "spec.yaml"
    path.write_text(spec_of({"a": {"optimizer": {"type": "SGD", "lr": 1}, "scheduler": inner}}))
    assert [each.exit_code for each in run_all(path, READERS[:1])] == [2]


def test_spans_are_worked_out_once():
    one = plan("optimizer: {type: SGD, lr: 0.1}\nscheduler: {type: StepLR, step_size: 1}")
    assert [id(span) for span in one.spans()] == [id(span) for span in one.spans()]
