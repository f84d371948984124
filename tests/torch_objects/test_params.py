"""Fields other than lr: values per group, entries of tuples, tensors, and what is refused."""

import math

import pytest
import torch
from torch.optim import AdamW
from torch.optim.lr_scheduler import StepLR

from lrplan.errors import SpecError
from lrplan.torch_objects.builder import build
from lrplan.torch_objects.schedulers import (
    CosineParamScheduler,
    LambdaParamScheduler,
    LinearParamScheduler,
    StepWdScheduler,
    WarmupConstantSchedule,
    WarmupCosine,
    write_field,
)
from tests.support.specs import plan_of, spec
from tests.torch_objects.ticking import REL, TICKS, close, groups, run, sgd


def test_dino_weight_decay_rises_along_a_cosine_and_holds():
    optimizer = AdamW(groups(1e-3), weight_decay=0.04)
    rows = run(
        optimizer, CosineParamScheduler(optimizer, "weight_decay", 0.4, 50), field="weight_decay"
    )
    close(rows, [[0.4 - 0.18 * (1 + math.cos(math.pi * min(s, 50) / 50))] for s in range(TICKS)])
    assert rows[50] == rows[-1] == [0.4]


def test_a_line_takes_values_per_group_into_one_entry_of_a_tuple():
    optimizer = AdamW(groups(1e-3, 1e-3), betas=(0.9, 0.999))
    scheduler = LinearParamScheduler(optimizer, "betas[0]", [0.937, 0.95], 20, start_value=0.8)
    rows = run(optimizer, scheduler, field="betas[0]")
    expected = [[0.8 + (end - 0.8) * min(s, 20) / 20 for end in (0.937, 0.95)] for s in range(60)]
    close(rows, expected)
    assert [group["betas"] for group in optimizer.param_groups] == [(0.937, 0.999), (0.95, 0.999)]


def test_lambdas_per_group():
    optimizer = sgd(0.1, 0.2)
    scheduler = LambdaParamScheduler(optimizer, "momentum", [lambda t: 1.0, lambda t: 1 / (1 + t)])
    close(run(optimizer, scheduler, field="momentum"), [[0.9, 0.9 / (1 + s)] for s in range(60)])


def test_schedulers_of_several_fields_share_an_optimizer_with_torch_ones():
    optimizer = AdamW(groups(0.1), betas=(0.9, 0.999), weight_decay=0.04)
    schedulers = [
        StepWdScheduler(optimizer, 10),
        StepLR(optimizer, 10, 0.5),
        LinearParamScheduler(optimizer, "betas[1]", 0.9, 10),
    ]
    rows = []
    for _ in range(25):
        group = optimizer.param_groups[0]
        rows.append([group["lr"], group["weight_decay"], group["betas"][1]])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    close(
        rows,
        [
            [0.1 * 0.5 ** (s // 10), 0.04 * 1.1 ** (s // 10), 0.999 - 0.0099 * min(s, 10)]
            for s in range(25)
        ],
    )


def test_a_tensor_stays_the_same_tensor():
    optimizer = AdamW(groups(1e-3), weight_decay=0.04, capturable=False)
    optimizer.param_groups[0]["lr"] = lr = torch.tensor(0.1, dtype=torch.float64)
    optimizer.param_groups[0]["weight_decay"] = decay = torch.tensor(0.04, dtype=torch.float64)
    schedulers = [WarmupConstantSchedule(optimizer, 10), StepWdScheduler(optimizer, 10)]
    for tick in range(1, 30):
        optimizer._opt_called = True
        for scheduler in schedulers:
            scheduler.step()
        assert optimizer.param_groups[0]["lr"] is lr
        assert optimizer.param_groups[0]["weight_decay"] is decay
        assert lr.item() == pytest.approx(0.1 * min(1, tick / 10), rel=REL)
        assert decay.item() == pytest.approx(0.04 * 1.1 ** (tick // 10), rel=REL)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("momentun", r"param_groups\[0\] has no field 'momentun'; its fields: .*momentum"),
        ("betas[2]", r"param_groups\[0\] has no field 'betas\[2\]'"),
        ("lr[0]", r"param_groups\[0\] has no field 'lr\[0\]'"),
        ("nesterov", "is not a number: False"),
        ("foreach", "is not a number: None"),
    ],
)
def test_a_field_that_cannot_be_scheduled_is_named(field, message):
    with pytest.raises(ValueError, match=message):
        WarmupCosine(sgd(), 10, 50, param_group_field=field)


def test_the_group_that_lacks_the_field_is_named():
    optimizer = sgd(0.1, 0.2)
    del optimizer.param_groups[1]["weight_decay"]
    with pytest.raises(ValueError, match=r"param_groups\[1\] has no field 'weight_decay'"):
        StepWdScheduler(optimizer, 10)


def test_wrong_numbers_of_values_are_refused():
    optimizer = sgd(0.1, 0.2)
    with pytest.raises(ValueError, match="end_value has 3 values for 2 parameter groups"):
        LinearParamScheduler(optimizer, "momentum", [1, 2, 3], 10)
    with pytest.raises(ValueError, match="start_value has 1 values for 2"):
        CosineParamScheduler(optimizer, "momentum", 1, 10, [1])
    with pytest.raises(ValueError, match="param_lambda has 1 functions for 2"):
        LambdaParamScheduler(optimizer, "momentum", [abs])


def test_write_field_keeps_the_type_of_the_container():
    group = {"betas": [0.9, 0.99], "lr": 0.1}
    write_field(group, "betas[1]", 0.5)
    write_field(group, "lr", 0.2)
    assert group == {"betas": [0.9, 0.5], "lr": 0.2}


class Power:
    def __init__(self, base):
        self.base = base

    def __call__(self, tick):
        return self.base**tick


def test_state_holds_callable_objects_but_not_functions():
    optimizer = sgd(0.1, 0.1)
    scheduler = LambdaParamScheduler(optimizer, "lr", [Power(0.9), lambda t: 1.0])
    state = scheduler.state_dict()
    assert state["param_lambdas"] == [{"base": 0.9}, None]

    fresh = sgd(0.1, 0.1)
    other = LambdaParamScheduler(fresh, "lr", [Power(0.1), lambda t: 2.0])
    other.load_state_dict(state)
    assert other.values_at(2) == pytest.approx([0.1 * 0.81, 0.2], rel=REL)


def test_a_field_that_no_group_has_is_reported_at_its_line_with_the_one_that_was_meant():
    meant = {
        ("SGD", "momentun"): "did you mean `momentum`?",
        ("SGD", "weight_decy"): "did you mean `weight_decay`?",
        ("SGD", "betas[0]"): "did you mean `momentum`?",
        ("AdamW", "momentum"): "did you mean `betas[0]`?",
        ("SGD", "nothing"): "",
    }
    path = "schedules.run.scheduler.param_group_field"
    got = {}
    for optimizer, field in meant:
        scheduler = {"type": "WarmupConstantSchedule", "warmup_steps": 3}
        scheduler["param_group_field"] = f'"{field}"'
        plan = plan_of(spec(scheduler, optimizer=f"{{type: {optimizer}}}"))
        with pytest.raises(SpecError) as caught:
            build(plan, torch.device("cpu"))
        (finding,) = caught.value.findings
        assert finding.path == path
        assert finding.column == plan.position_of(path).column
        got[optimizer, field] = finding.fix
    assert got == meant
