"""The Python interface of the README."""

from __future__ import annotations

import json
from textwrap import dedent

import numpy as np
import pytest
import torch

import lrplan

SPEC = """\
training: {epochs: 2, steps_per_epoch: 3}
schedules:
  finetune:
    optimizer: {type: SGD, groups: {backbone: {lr: 1.0}}}
    scheduler: {type: ExponentialLR, gamma: 0.5}
"""


@pytest.fixture
def plans(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    return lrplan.load(path)


def test_a_plan_is_found_by_name_and_simulated(plans):
    assert list(plans) == ["finetune"]
    trace = plans["finetune"].simulate(device="cpu", engine="auto")
    assert trace.lr["backbone"].dtype == np.float64
    assert trace.lr["backbone"].tolist() == [1.0] * 3 + [0.5] * 3
    assert trace.epoch_axis() == pytest.approx([0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3], rel=1e-12)


def test_a_broken_spec_raises_with_its_findings(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("gamma", "gama"))
    with pytest.raises(lrplan.SpecError) as caught:
        lrplan.load(path)
    (finding,) = caught.value.findings
    assert (finding.name, finding.fix) == ("unknown-key", "did you mean `gamma`?")
    assert [(edit.path.rpartition(".")[2], edit.new) for edit in finding.edits] == [
        ("gama", None),
        ("gamma", "0.5"),
    ]


def test_every_public_name_is_there_and_no_other():
    for name in lrplan.__all__:
        assert getattr(lrplan, name) is not None
    assert dir(lrplan) == sorted(lrplan.__all__)
    with pytest.raises(AttributeError):
        _ = lrplan.nothing


def test_checking_what_is_no_schedule_of_a_spec_is_an_error():
    with pytest.raises(lrplan.LrplanError, match="takes a schedule of"):
        lrplan.check(object())
    trace = preview_of(lambda _: 1)
    with pytest.raises(lrplan.LrplanError, match="a trace alone"):
        lrplan.check(trace, trace)


def preview_of(factor, lr=0.1):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    return lrplan.preview(optimizer, scheduler, steps=1000, steps_per_epoch=100)


def test_curves_of_live_objects_are_checked():
    previews = {
        "fine": preview_of(lambda step: 1 - step / 1000),
        "too short": preview_of(lambda step: 1 - step / 500),
        "cliff": preview_of(lambda step: step / 250 if step <= 250 else 0.02),
        "nothing": preview_of(lambda _: 1, lr=0.0),
        "raises": preview_of(lambda step: 1 / (500 - step)),
    }
    found = {
        what: [(each.name, each.step) for each in lrplan.check(trace)]
        for what, trace in previews.items()
    }
    assert found == {
        "fine": [],
        "too short": [("lr-negative", 501)],
        "cliff": [("unexplained-jump", 251)],
        "nothing": [("lr-zero-for-part-of-run", 0)],
        "raises": [("stops-midway", 499)],
    }
    (cliff,) = lrplan.check(previews["cliff"])
    assert (cliff.file, cliff.schedule, cliff.line) == ("<preview>", "LambdaLR", 1)


def test_checking_finds_what_validate_finds(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(
        "training: {epochs: 100, steps_per_epoch: 10}\nschedules:\n  run:\n"
        "    optimizer: {type: SGD, lr: 0.1}\n"
        "    scheduler: {type: CosineAnnealingLR, T_max: 80}\n"
    )
    plan = lrplan.load(path)["run"]
    for trace in (None, plan.simulate()):
        (finding,) = (f for f in lrplan.check(plan, trace) if f.severity.value == "error")
        assert (finding.name, finding.line) == ("cosine-past-t-max-rises", 5)
    path.write_text(path.read_text() + "    ignore: [cosine-past-t-max-rises]\n")
    assert not [f for f in lrplan.check(lrplan.load(path)["run"]) if f.severity.value == "error"]


def test_a_trace_writes_itself(plans, tmp_path):
    trace = plans["finetune"].simulate()
    assert isinstance(trace, lrplan.Trace)
    assert trace.to_csv(every=2).splitlines()[1] == "finetune,backbone,0,0,1.0,0.0,0.0"
    assert json.loads(trace.to_json())["schedules"][0]["groups"][0]["lr"] == [1.0] * 3 + [0.5] * 3
    trace.to_csv(tmp_path / "numbers.csv")
    assert (tmp_path / "numbers.csv").read_text() == trace.to_csv()


def test_a_trace_draws_itself(plans, tmp_path):
    trace = plans["finetune"].simulate()
    figure = trace.plot(tmp_path / "picture.svg", theme="dark")
    assert len(figure.axes) >= 1
    assert (tmp_path / "picture.svg").read_bytes().startswith(b"<?xml")
    assert trace._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(lrplan.LrplanError, match="gif"):
        trace.plot(tmp_path / "picture.gif")


def test_a_finding_has_no_edits_where_an_alias_shares_what_they_would_change():
    text = """
        training: {epochs: 100, steps_per_epoch: 10}
        schedules:
          first:
            optimizer: {type: SGD, lr: 0.1}
            scheduler: &cosine {type: CosineAnnealingLR, T_max: 80}
          second: {optimizer: {type: SGD, lr: 0.1}, scheduler: *cosine}
        """
    for spec, edits in ((text, 0), (text.replace("*cosine", "{type: StepLR, step_size: 9}"), 1)):
        plan = lrplan.loads(dedent(spec))["first"]
        (finding,) = lrplan.check(plan, plan.simulate())
        assert (finding.name, len(finding.edits)) == ("cosine-past-t-max-rises", edits)
