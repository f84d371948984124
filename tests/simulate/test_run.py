"""The order of a real loop, groups, metrics, devices, and what a trace tells besides the curve."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from lrplan.errors import SpecError, UsageError
from tests.support.catalog_rows import OF_TORCH
from tests.support.specs import trace

SGD = "optimizer: {type: SGD, lr: 1.0}"


def halving(interval, **keys):
    extra = "".join(f", {key}: {value}" for key, value in keys.items())
    return f"{SGD}\nscheduler: {{type: ExponentialLR, gamma: 0.5, interval: {interval}{extra}}}"


def test_without_a_scheduler_the_rate_is_constant():
    assert trace(SGD).lr["all"].tolist() == [1.0] * 24


def test_the_first_step_is_given_the_first_value():
    assert trace(halving("step"), "steps: 4").lr["all"].tolist() == [1, 0.5, 0.25, 0.125]


def test_epoch_schedulers_tick_after_the_last_step_of_an_epoch():
    got = trace(halving("epoch"), "epochs: 3, steps_per_epoch: 2")
    assert got.lr["all"].tolist() == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert got.next_values["lr"]["all"] == 0.125


def test_a_run_cut_in_mid_epoch_has_no_tick_for_that_epochs_end():
    got = trace(halving("epoch"), "epochs: 3, steps_per_epoch: 2, steps: 3")
    assert got.lr["all"].tolist() == [1, 1, 0.5]
    assert got.next_values["lr"]["all"] == 0.5


def test_frequency_thins_ticks():
    got = trace(halving("step", frequency=2), "steps: 6")
    assert got.lr["all"].tolist() == [1, 1, 0.5, 0.5, 0.25, 0.25]


def test_batch_schedulers_tick_after_every_batch_accumulated_or_not():
    got = trace(halving("batch"), "epochs: 1, batches_per_epoch: 6, accumulate: 2")
    # batches 0, (1: step 0), 2, (3: step 1), 4, (5: step 2)
    assert got.lr["all"].tolist() == [0.5, 0.125, 0.03125]


def test_a_tick_before_the_first_step_is_torchs_to_warn_about():
    got = trace(halving("batch"), "epochs: 1, batches_per_epoch: 4, accumulate: 2")
    assert any("before `optimizer.step()`" in warned.message for warned in got.warnings)


def test_the_usual_order_gives_no_warning():
    assert trace(halving("step")).warnings == ()


def test_schedulers_in_a_list_tick_in_the_order_given():
    got = trace(
        f"""{SGD}
scheduler:
  - {{type: StepLR, step_size: 2, gamma: 0.1, interval: step}}
  - {{type: StepLR, step_size: 1, gamma: 0.5, interval: epoch}}""",
        "epochs: 2, steps_per_epoch: 3",
    )
    np.testing.assert_allclose(got.lr["all"], [1, 1, 0.1, 0.05, 0.005, 0.005], rtol=1e-12)


def test_a_scheduler_restricted_to_groups_drives_only_those():
    got = trace(
        """
        optimizer:
          type: AdamW
          groups: {body: {lr: 1.0}, neck: {lr: 2.0}, head: {lr: 3.0}}
        scheduler:
          - {type: CosineAnnealingLR, T_max: 8, groups: [head, body], interval: step}
          - {type: OneCycleLR, max_lr: 5.0, total_steps: 24, groups: [neck], interval: step}
        """
    )
    alone = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    cosine = lr_scheduler.CosineAnnealingLR(alone, 8)
    other = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    cycle = lr_scheduler.OneCycleLR(other, 5.0, total_steps=24)
    for step in range(24):
        assert got.lr["body"][step] == alone.param_groups[0]["lr"]
        assert got.lr["head"][step] == pytest.approx(3 * alone.param_groups[0]["lr"], rel=1e-12)
        assert got.lr["neck"][step] == other.param_groups[0]["lr"]
        assert got.momentum["neck"][step] == other.param_groups[0]["betas"][0]
        assert got.momentum["body"][step] == 0.9
        for optimizer, scheduler in ((alone, cosine), (other, cycle)):
            optimizer.step()
            scheduler.step()


def test_per_group_values_may_be_given_by_name_in_any_order():
    groups = "groups: {a: {lr: 1.0}, b: {lr: 2.0}}"
    by_name = trace(
        f"optimizer: {{type: SGD, {groups}}}\n"
        "scheduler: {type: LambdaLR, lr_lambda: {b: '1', a: '0.5 ** x'}}"
    )
    in_order = trace(
        f"optimizer: {{type: SGD, {groups}}}\n"
        "scheduler: {type: LambdaLR, lr_lambda: ['0.5 ** x', 1]}"
    )
    for group in ("a", "b"):
        assert by_name.lr[group].tolist() == in_order.lr[group].tolist()
    assert by_name.lr["b"].tolist() == [2.0] * 24


def test_plateau_reads_its_metric_by_expression():
    got = trace(
        """
        optimizer: {type: SGD, lr: 1.0}
        scheduler: {type: ReduceLROnPlateau, patience: 0, factor: 0.1, monitor: loss}
        metrics: {loss: {expr: "max(1, 3 - epoch)"}, other: [1, 2]}
        """,
        "epochs: 6, steps_per_epoch: 1",
    )
    # losses 3 2 1 1 1 1: the fourth is the first that is no better, and cuts what follows
    np.testing.assert_allclose(got.lr["all"], [1, 1, 1, 1, 0.1, 0.01], rtol=1e-12)


def test_a_scheduler_that_raises_keeps_what_was_recorded():
    got = trace(
        f"{SGD}\nscheduler: {{type: OneCycleLR, max_lr: 1.0, total_steps: 10, interval: step}}",
        "steps: 20",
    )
    assert got.failure is not None
    assert got.failure.step == 10
    assert "10" in got.failure.message
    assert got.steps == 11
    assert got.planned_steps == 20


def test_an_expression_that_divides_by_zero_stops_at_its_tick():
    got = trace(
        f"{SGD}\nscheduler: {{type: LambdaLR, lr_lambda: '1 / (3 - x)', interval: step}}",
        "steps: 9",
    )
    assert got.failure is not None
    assert got.failure.step == 2
    assert "3" in got.failure.message


def test_what_torch_refuses_is_reported_at_its_place():
    with pytest.raises(SpecError) as caught:
        trace(
            f"{SGD}\nscheduler: {{type: SequentialLR, milestones: [1, 2], schedulers: "
            "[{type: ConstantLR}, {type: ConstantLR}]}"
        )
    (finding,) = caught.value.findings
    assert finding.name == "bad-value"
    assert finding.line == 5
    assert "milestone" in finding.message


def test_get_lr_lies_at_milestones_and_only_there():
    got = trace(
        f"{SGD}\nscheduler: {{type: StepLR, step_size: 3, gamma: 0.1, interval: step}}",
        "steps: 9",
        get_lr=True,
    )
    lies = np.flatnonzero(~np.isclose(got.get_lr["all"], got.lr["all"], rtol=1e-9))
    assert lies.tolist() == [3, 6]
    np.testing.assert_allclose(got.get_lr["all"][lies], got.lr["all"][lies] * 0.1, rtol=1e-12)


@pytest.mark.parametrize(
    "scheduler",
    [
        "{type: CyclicLR, base_lr: 0.1, max_lr: 1.0, step_size_up: 3, interval: step}",
        "{type: OneCycleLR, max_lr: 1.0, total_steps: 24, interval: step}",
    ],
)
def test_asking_for_get_lr_changes_nothing(scheduler):
    text = f"optimizer: {{type: SGD, lr: 1.0, momentum: 0.9}}\nscheduler: {scheduler}"
    asked, left_alone = trace(text, get_lr=True), trace(text)
    assert asked.lr["all"].tolist() == left_alone.lr["all"].tolist()
    assert asked.momentum["all"].tolist() == left_alone.momentum["all"].tolist()
    assert asked.warnings == left_alone.warnings


def test_a_scheduler_without_get_lr_says_so():
    got = trace(
        f"{SGD}\nscheduler: {{type: ReduceLROnPlateau}}\nmetrics: {{loss: [1, 1, 1, 1, 1, 1]}}",
        get_lr=True,
    )
    assert not got.get_lr
    assert "ReduceLROnPlateau" in got.get_lr_note


@pytest.mark.parametrize("name", OF_TORCH)
def test_every_optimizer_of_torch_can_be_planned_with(name):
    got = trace(
        f"optimizer: {{type: {name}, lr: 0.5}}\n"
        "scheduler: {type: ExponentialLR, gamma: 0.5, interval: step}",
        "steps: 4",
    )
    assert got.lr["all"].tolist() == [0.5, 0.25, 0.125, 0.0625]


def test_a_field_of_its_own_becomes_a_column():
    got = trace(
        """
        optimizer: {type: AdamW, lr: 1.0}
        scheduler: {type: LinearParamScheduler, param_group_field: eps, end_value: 1.0,
                    start_value: 0.0, total_steps: 4, interval: step}
        """,
        "steps: 5",
    )
    np.testing.assert_allclose(got.columns["eps"]["all"], [0, 0.25, 0.5, 0.75, 1], rtol=1e-12)
    assert got.lr["all"].tolist() == [1.0] * 5


def test_progress_counts_every_step_once():
    done = []
    trace(halving("epoch"), "epochs: 50, steps_per_epoch: 100", progress=done.append)
    assert sum(done) == 5000


@pytest.mark.parametrize("device", ["cuda:99", "tpu", "nonsense"])
def test_a_device_that_is_not_there_is_a_clear_error(device):
    with pytest.raises(UsageError, match=device):
        trace(SGD, device=device)


def test_auto_takes_what_is_there():
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert trace(SGD, device="auto").device.startswith((expected, "mps"))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_curve_does_not_depend_on_the_device():
    text = halving("step")
    assert trace(text, device="cuda").lr["all"].tolist() == trace(text).lr["all"].tolist()


def test_a_list_follows_the_optimizers_order_however_groups_names_them():
    got = trace(
        "optimizer: {type: SGD, groups: {a: {lr: 1.0}, b: {lr: 0.1}}}\n"
        "scheduler: {type: LambdaLR, groups: [b, a], lr_lambda: ['0.5', '1']}"
    )
    assert (got.lr["a"][0], got.lr["b"][0]) == (0.5, 0.1)
