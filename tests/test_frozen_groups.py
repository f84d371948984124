"""Groups that are frozen at first: their applied lr is 0, and the schedule runs beneath."""

from __future__ import annotations

import pytest
import torch

import lrplan
from lrplan.errors import SpecError
from lrplan.export.code import to_lightning, to_pytorch, to_transformers
from lrplan.frozen_groups import as_scheduled, with_frozen_steps
from lrplan.lock.fingerprint import plan_digest
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from tests.export.running import executed
from tests.support.specs import plan_of, spec

STEP = "{type: StepLR, step_size: 1, gamma: 0.5}"


def frozen(until, scheduler=STEP, **training):
    groups = f"{{a: {{frozen_until: {until}}}, b: {{}}}}"
    return plan_of(spec(scheduler, optimizer=f"{{type: SGD, lr: 1, groups: {groups}}}", **training))


@pytest.mark.parametrize("engine", ["step", "closed"])
def test_the_lr_is_0_until_then_and_what_the_scheduler_says_from_there(engine):
    plan = frozen("2ep", epochs=4, steps_per_epoch=2)
    trace = with_frozen_steps(plan, simulate(plan, Request(engine=engine)))
    assert trace.lr["a"].tolist() == [0, 0, 0, 0, 0.25, 0.25, 0.125, 0.125]
    assert trace.lr["b"].tolist() == [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]
    assert as_scheduled(trace).lr["a"].tolist() == trace.lr["b"].tolist()
    assert [(mark.step, mark.label) for mark in trace.marks] == [(4, "unfrozen")]
    assert trace.distinct("lr") == [("a",), ("b",)]


def test_a_whole_run_and_the_step_after_it():
    plan = frozen(9, epochs=4, steps_per_epoch=2)
    trace = with_frozen_steps(plan, simulate(plan))
    assert not trace.lr["a"].any()
    assert trace.next_values["lr"] == {"a": 0.0, "b": 0.0625}
    assert trace.marks == ()


def test_a_length_is_in_steps_where_a_loop_ticks_several_times_a_step():
    """4 devices of accelerate tick 4 times a step; the group is frozen for steps."""
    prepared = {"steps": 20, "world_size": 4, "batch_size": 2, "loop": "accelerate"}
    for until in (5, "5st", "25%", "40sp"):
        plan = frozen(until, "{type: ConstantLR, factor: 1}", **prepared)
        assert with_frozen_steps(plan, simulate(plan)).lr["a"].tolist() == [0] * 5 + [1] * 15


def test_the_python_interface_shows_it_and_rules_do_not_see_it(tmp_path):
    path = tmp_path / "spec.yaml"
    groups = "{a: {lr: 0.1x, frozen_until: 1ep}, b: {}}"
    optimizer = f"{{type: SGD, lr: 0.1, momentum: 0.9, groups: {groups}}}"
    cosine = "{type: CosineAnnealingLR, T_max: 100%, interval: step}"
    path.write_text(spec(cosine, optimizer=optimizer), encoding="utf-8")
    plan = lrplan.load(path)["run"]
    trace = plan.simulate()
    assert not trace.lr["a"][:10].any()
    assert trace.lr["a"][10:].all()
    assert lrplan.check(plan, trace) == []


def test_exported_code_steps_with_an_lr_of_0():
    """By how much weights move whose gradient is 1: that is the lr of SGD."""
    plan = frozen("3st", epochs=4, steps_per_epoch=2)
    trace = with_frozen_steps(plan, simulate(plan))
    names = executed(to_pytorch(plan, trace))
    model = torch.nn.Module()
    for name in ("a", "b"):
        weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
        model.register_parameter(name, weight)
    optimizer = names["build_optimizer"](model)
    scheduler = names["build_scheduler"](optimizer)
    for step in range(8):
        before = {name: each.item() for name, each in model.named_parameters()}
        for each in model.parameters():
            each.grad = torch.ones_like(each)
        optimizer.step()
        for name, each in model.named_parameters():
            assert before[name] - each.item() == pytest.approx(trace.lr[name][step], abs=1e-12)
        if step % 2:
            scheduler.step()
    assert "freeze(optimizer" in to_lightning(plan, trace)


@pytest.mark.parametrize("export", [to_pytorch, to_lightning])
def test_code_cannot_count_the_steps_that_a_gradient_scaler_skips(export):
    before, after = (
        frozen("3st", epochs=4, steps_per_epoch=2, skipped_steps=[step]) for step in (2, 3)
    )
    with pytest.raises(lrplan.LrplanError, match="of which a gradient scaler skips 1, and code"):
        export(before, simulate(before))
    assert "freeze(optimizer" in export(after, simulate(after))


def test_a_trainer_freezes_nothing():
    groups = "{all: {frozen_until: 1}}"
    text = spec(
        "{type: ReduceLROnPlateau}",
        optimizer=f"{{type: AdamW, groups: {groups}}}",
        metrics="{loss: {expr: '1'}}",
    )
    plan = plan_of(text)
    with pytest.raises(lrplan.LrplanError, match="Trainer"):
        to_transformers(plan, with_frozen_steps(plan, simulate(plan)))


def test_a_lock_sees_another_freeze():
    digests = [plan_digest(frozen(until)) for until in (0, 5, 6)]
    assert len(set(digests)) == 3
    assert digests[0] == plan_digest(
        plan_of(spec(STEP, optimizer="{type: SGD, lr: 1, groups: {a: {}, b: {}}}"))
    )


@pytest.mark.parametrize("until", ["soon", "-1", "2.5", "5xx"])
def test_what_is_no_length_is_refused_at_its_place(until):
    with pytest.raises(SpecError) as caught:
        frozen(until)
    (finding,) = caught.value.findings
    assert finding.path == "schedules.run.optimizer.groups.a.frozen_until"
