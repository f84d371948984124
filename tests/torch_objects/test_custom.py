"""Our own schedulers, ticked by a plain loop, against their published definitions."""

import copy
import math

import pytest
import torch
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ExponentialLR,
    LambdaLR,
    SequentialLR,
)

from lrplan.torch_objects.schedulers import (
    REX,
    CosineAnnealingWarmUpRestarts,
    CosineParamScheduler,
    FieldScheduler,
    InverseSqrtScheduler,
    LambdaParamScheduler,
    MilestoneLrScheduler,
    PiecewiseConstant,
    PiecewiseLinear,
    StepWdScheduler,
    TriStage,
    WarmupConstantSchedule,
    WarmupCosine,
    WarmupLinear,
    WarmupPolynomial,
    WarmupStableDecay,
)
from tests.torch_objects.ticking import REL, TICKS, close, run, sgd


def warmup_cosine(s):
    return s / 10 if s < 10 else 0.5 * (1 + math.cos(math.pi * (s - 10) / 40))


FACTORS = {
    "WarmupCosine": (lambda opt, **k: WarmupCosine(opt, 10, 50, **k), warmup_cosine),
    "WarmupConstant": (
        lambda opt, **k: WarmupConstantSchedule(opt, 10, **k),
        lambda s: min(1, s / 10),
    ),
    "InverseSqrt": (
        lambda opt, **k: InverseSqrtScheduler(opt, 9, **k),
        lambda s: s / 9 if s < 9 else 3 / math.sqrt(s),
    ),
    "Milestone": (
        lambda opt, **k: MilestoneLrScheduler(opt, [20, 40, 50], 0.5, **k),
        lambda s: 0.5 ** sum(s >= m for m in (20, 40, 50)),
    ),
    "StepWd-on-lr": (
        lambda opt, **k: StepWdScheduler(opt, 7, **{"param_group_field": "lr"} | k),
        lambda s: 1.1 ** (s // 7),
    ),
    "WarmupLinear": (
        lambda opt, **k: WarmupLinear(opt, 10, 50, 0.1, **k),
        lambda s: s / 10 if s < 10 else 0.1 + 0.9 * max(0, 50 - s) / 40,
    ),
    "WarmupPolynomial": (
        lambda opt, **k: WarmupPolynomial(opt, 10, 50, 2, **k),
        lambda s: s / 10 if s < 10 else (max(0, 50 - s) / 40) ** 2,
    ),
    "WarmupStableDecay": (
        lambda opt, **k: WarmupStableDecay(opt, 10, 50, 20, **k),
        lambda s: min(s / 10, 1, 1 - math.sqrt(min(max(s - 30, 0) / 20, 1))),
    ),
    "TriStage": (
        lambda opt, **k: TriStage(opt, 0, 20, 20, **k),
        lambda s: 0.01 ** min(max(s - 20, 0) / 20, 1),
    ),
    "REX": (
        lambda opt, **k: REX(opt, 50, beta=0.9, **k),
        lambda s: (z := max(0, 50 - s) / 50) / (0.1 + 0.9 * z),
    ),
    "PiecewiseConstant": (
        lambda opt, **k: PiecewiseConstant(opt, [20, 40], factors=[1, 0.3, 2], **k),
        lambda s: 1 if s < 20 else 0.3 if s < 40 else 2,
    ),
    "PiecewiseLinear": (
        lambda opt, **k: PiecewiseLinear(opt, factors=[(0, 1), (40, 3)], **k),
        lambda s: 1 + min(s, 40) / 20,
    ),
    "LambdaParam": (
        lambda opt, param_group_field="lr": LambdaParamScheduler(
            opt, param_group_field, lambda t: 0.95**t
        ),
        lambda s: 0.95**s,
    ),
}
factors = pytest.mark.parametrize(("make", "factor"), FACTORS.values(), ids=FACTORS)


@factors
@pytest.mark.parametrize("rates", [(0.1,), (0.1, 1e-3, 2.0)], ids=["one", "three"])
def test_every_group_follows_the_definition_from_its_own_base(make, factor, rates):
    optimizer = sgd(*rates)
    scheduler = make(optimizer)
    close(run(optimizer, scheduler), [[r * factor(s) for r in rates] for s in range(TICKS)])
    assert scheduler.get_last_lr() == pytest.approx([r * factor(TICKS) for r in rates], rel=REL)


@factors
@pytest.mark.parametrize("field", ["weight_decay", "momentum", "dampening"])
def test_another_field_moves_and_the_lr_does_not(make, factor, field):
    optimizer = sgd(0.1, 0.2, dampening=0.5)
    base = optimizer.defaults[field]
    before = [group["lr"] for group in optimizer.param_groups]
    rows = run(optimizer, make(optimizer, param_group_field=field), field=field)
    close(rows, [[base * factor(s)] * 2 for s in range(TICKS)])
    assert [group["lr"] for group in optimizer.param_groups] == before


@pytest.mark.parametrize("case", [(15, 1, 0.1, 4, 0.5), (5, 2, 0.1, 1, 0.5), (4, 3, 0.2, 0, 1.0)])
def test_restarts_walk_from_floor_to_peak_and_back(case):
    first, mult, peak, up, gamma = case
    optimizer = sgd(1e-4, 0.01)
    scheduler = CosineAnnealingWarmUpRestarts(optimizer, first, mult, peak, up, gamma)

    def value(s, floor):
        length, height = first, peak
        while s >= length:
            s, length, height = s - length, (length - up) * mult + up, height * gamma
        if s < up:
            return floor + (height - floor) * s / up
        return floor + (height - floor) * (1 + math.cos(math.pi * (s - up) / (length - up))) / 2

    close(run(optimizer, scheduler), [[value(s, 1e-4), value(s, 0.01)] for s in range(TICKS)])


@pytest.mark.parametrize(
    "arguments",
    [(0,), (2.5,), (True,), (10, 0), (10, 1.5), (10, 1, 0.1, -1), (10, 1, 0.1, 1.5), (5, 1, 1, 5)],
    ids=str,
)
def test_restarts_refuse_what_is_not_a_cycle(arguments):
    with pytest.raises(ValueError, match="T_"):
        CosineAnnealingWarmUpRestarts(sgd(), *arguments)


@pytest.mark.parametrize("field", ["lr", "weight_decay"])
def test_phases_of_a_sequential(field):
    optimizer = sgd(0.1, 0.2)
    base = [0.1, 0.2] if field == "lr" else [0.04, 0.04]
    first = WarmupConstantSchedule(optimizer, 10, field)
    second = LambdaParamScheduler(optimizer, field, lambda t: 0.9**t)
    third = MilestoneLrScheduler(optimizer, [5], 0.5, field)
    scheduler = SequentialLR(optimizer, [first, second, third], milestones=[10, 30])

    def factor(s):
        if s < 10:
            return s / 10
        return 0.9 ** (s - 10) if s < 30 else 0.5 ** (s - 30 >= 5)

    rows = run(optimizer, scheduler, field=field)
    close(rows, [[b * factor(s) for b in base] for s in range(TICKS)])


def test_between_torch_phases_of_a_sequential():
    optimizer = sgd(0.1)
    scheduler = SequentialLR(
        optimizer,
        [LambdaLR(optimizer, lambda t: 0.5), WarmupCosine(optimizer, 10, 50)],
        milestones=[5],
    )
    expected = [[0.05] if s < 5 else [0.1 * warmup_cosine(s - 5)] for s in range(TICKS)]
    close(run(optimizer, scheduler), expected)


def test_chained_with_a_scheduler_of_torch():
    optimizer = sgd(0.1)
    chained = ChainedScheduler(
        [ExponentialLR(optimizer, 0.9), CosineParamScheduler(optimizer, "weight_decay", 0.4, 50)]
    )
    rows = run(optimizer, chained, field="weight_decay")
    assert rows[50] == [0.4]
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1 * 0.9**TICKS, rel=REL)


@factors
@pytest.mark.parametrize("field", ["lr", "weight_decay"])
def test_resumes_from_its_state_as_if_never_stopped(make, factor, field):
    whole, part = sgd(0.1, 0.2), sgd(0.1, 0.2)
    expected = run(whole, make(whole, param_group_field=field), field=field)
    scheduler = make(part, param_group_field=field)
    run(part, scheduler, field=field, ticks=23)
    saved = copy.deepcopy((part.state_dict(), scheduler.state_dict()))

    fresh = sgd(0.5, 0.5)
    resumed = make(fresh, param_group_field=field)
    fresh.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])
    assert run(fresh, resumed, field=field, ticks=TICKS - 23) == expected[23:]


def test_state_survives_a_safe_load(tmp_path):
    optimizer = sgd(0.1)
    scheduler = CosineParamScheduler(optimizer, "weight_decay", 0.4, 50)
    run(optimizer, scheduler, ticks=9)
    torch.save(scheduler.state_dict(), tmp_path / "state.pt")
    loaded = torch.load(tmp_path / "state.pt", weights_only=True)
    assert loaded == scheduler.state_dict()
    assert "optimizer" not in loaded


def test_last_epoch_resumes_where_the_groups_know_their_start():
    optimizer = sgd(0.1)
    run(optimizer, StepWdScheduler(optimizer, 10), ticks=25)
    resumed = StepWdScheduler(optimizer, 10, last_epoch=24)
    assert resumed.last_epoch == 25
    assert optimizer.param_groups[0]["weight_decay"] == pytest.approx(0.04 * 1.21, rel=REL)
    with pytest.raises(KeyError, match="initial_weight_decay"):
        StepWdScheduler(sgd(), 10, last_epoch=24)


@pytest.mark.parametrize("field", ["lr", "weight_decay"])
def test_step_update_is_told_the_count(field):
    optimizer = sgd(0.1)
    scheduler = WarmupConstantSchedule(optimizer, 10, field)
    base = scheduler.base_values[0]
    for count in (1, 2, 7, 3, 40):
        optimizer.step()
        scheduler.step_update(count)
        expected = base * min(1, count / 10)
        assert optimizer.param_groups[0][field] == pytest.approx(expected, rel=REL)
        assert scheduler.last_epoch == count


class EveryTenth(FieldScheduler):
    def values_at(self, tick):
        return [base * tick for base in self.base_values] if tick % 10 == 0 else None


@pytest.mark.parametrize("field", ["lr", "weight_decay"])
def test_no_values_leave_the_field_alone(field):
    optimizer = sgd(0.1)
    scheduler = EveryTenth(optimizer, field)
    base = scheduler.base_values[0]
    rows = run(optimizer, scheduler, field=field)
    close(rows, [[base * (s - s % 10)] for s in range(TICKS)])


@pytest.mark.parametrize("make", [lambda: WarmupCosine("SGD", 1, 2), lambda: EveryTenth(None)])
def test_only_an_optimizer_is_driven(make):
    with pytest.raises(TypeError, match="is not an Optimizer"):
        make()


def test_bad_lengths_are_refused_when_built():
    with pytest.raises(ValueError, match="warmup must be at least 1"):
        InverseSqrtScheduler(sgd(), 0)
    with pytest.raises(ValueError, match="every must be at least 1"):
        StepWdScheduler(sgd(), 0)


def test_ticking_before_the_optimizer_warns_as_torch_does():
    scheduler = WarmupCosine(sgd(), 10, 50)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        scheduler.step()
