"""Groups that are frozen at first, in runs that are broken off, as exported code has it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from lrplan.export.code import to_pytorch
from lrplan.frozen_groups import with_frozen_steps
from lrplan.resume import parse_resume_options
from lrplan.simulate.engine_choice import simulate
from lrplan.simulate.resuming.resume import resume
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.export.running import executed
from tests.resume.by_hand import EPOCHS, PER_EPOCH, loaded, table

COSINE = {"type": "CosineAnnealingLR", "T_max": EPOCHS}


def plan(head, body=0, scheduler=COSINE):
    groups = {"body": {"lr": 0.1, "frozen_until": body}, "head": {"lr": 0.2, "frozen_until": head}}
    schedule = {"optimizer": {"type": "SGD", "groups": groups}, "scheduler": scheduler}
    training = {"epochs": EPOCHS, "steps_per_epoch": PER_EPOCH}
    root = {"training": training, "schedules": {"s": schedule}}
    return load(InputText("spec.yaml", json.dumps(root)), Path()).plans["s"]


class Process:
    """The exported code of a plan, and how far weights with a gradient of 1 move in each step."""

    def __init__(self, own):
        names = executed(to_pytorch(own, with_frozen_steps(own, simulate(own))))
        self.model = torch.nn.Module()
        for name in ("body", "head"):
            self.model.register_parameter(
                name, torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
            )
        self.optimizer = names["build_optimizer"](self.model)
        self.scheduler = names["build_scheduler"](self.optimizer)

    def run(self, begin, end):
        rows = []
        for step in range(begin, end):
            for weight in self.model.parameters():
                weight.data.zero_()
                weight.grad = torch.ones_like(weight)
            self.optimizer.step()
            rows.append([-weight.item() for weight in self.model.parameters()])
            if (step + 1) % PER_EPOCH == 0:
                self.scheduler.step()
        return rows


@pytest.mark.parametrize("parts", [(), ("optimizer",), ("scheduler",), ("none",)], ids=str)
@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        (plan(15), None, 10),
        (plan(15), None, 7),
        (plan(4), None, 10),
        (plan(4, body=12), None, 12),
        (plan(15), plan(25), 10),
        (plan(25), plan(12), 10),
        (plan(4), plan(20), 10),
        (plan(30), plan(0, body=14), 10),
    ],
)
def test_the_applied_lrs_are_those_of_the_exported_code(old, new, at, parts):
    first, second = Process(old), Process(new or old)
    rows = first.run(0, at)
    states = loaded(first.optimizer, first.scheduler)
    for name, state in zip(("optimizer", "scheduler"), states, strict=True):
        if not parts or name in parts:
            getattr(second, name).load_state_dict(state)
    rows += second.run(at, EPOCHS * PER_EPOCH)
    result = resume(old, new or old, parse_resume_options(str(at), parts))
    assert table(result.trace) == pytest.approx(np.array(rows), rel=1e-12, abs=0)
    if not parts:
        assert result.identical or new is not None
        assert np.array_equal(table(result.trace), table(result.unbroken)) == result.identical


def test_a_run_that_is_resumed_whole_shows_no_difference():
    own = plan(15)
    result = resume(own, own, parse_resume_options("10"))
    assert table(result.unbroken) == pytest.approx(
        table(with_frozen_steps(own, simulate(own))), rel=1e-12
    )
    assert (result.differences, result.jumps) == ((), ())
    marks = sorted((mark.step, mark.label) for mark in result.trace.marks)
    assert marks == [(10, "resume"), (15, "unfrozen")]


def test_a_process_without_the_optimizer_s_state_is_marked_where_it_unfreezes():
    own = plan(15)
    result = resume(own, own, parse_resume_options("10", ("scheduler",)))
    marks = sorted((mark.step, mark.label) for mark in result.trace.marks)
    assert marks == [(10, "resume"), (25, "unfrozen")]


def test_the_plan_that_resumes_is_drawn_with_its_own_frozen_steps():
    result = resume(plan(4), plan(20), parse_resume_options("10"))
    assert not result.planned.lr["head"][:20].any()
    assert result.planned.lr["head"][20:-1].all()
    assert not result.trace.lr["head"][:4].any()
    assert result.trace.lr["head"][4:10].all()
    assert not result.trace.lr["head"][10:20].any()
