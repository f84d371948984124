"""Gradual warm-up: a line, then exactly the other scheduler run alone from the warmed-up rate."""

import copy

import pytest
import torch
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

from lrplan.torch_objects.schedulers import (
    CosineAnnealingWarmUpRestarts,
    GradualWarmupScheduler,
    WarmupCosine,
)
from tests.support.releases import since

REL = 1e-12
TOTAL = 5
AFTER = 40
LOSSES = [1.0, 0.8, 0.8, 0.8, 0.8, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]


def sgd(*rates):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates]
    return SGD(groups, momentum=0.9)


def rates(optimizer):
    return [float(group["lr"]) for group in optimizer.param_groups]


def run(optimizer, scheduler, ticks):
    rows = []
    for _ in range(ticks):
        rows.append(rates(optimizer))
        optimizer.step()
        scheduler.step()
    return rows


def warmup(base, multiplier):
    if multiplier == 1:
        return [base * s / TOTAL for s in range(TOTAL)]
    return [base * ((multiplier - 1) * s / TOTAL + 1) for s in range(TOTAL)]


AFTERS = {
    "CosineAnnealingLR": lambda o: CosineAnnealingLR(o, 15, 0.001),
    "StepLR": lambda o: StepLR(o, 10),
    "StepLR-every-tick": lambda o: StepLR(o, 1, 0.9),
    "MultiStepLR": lambda o: MultiStepLR(o, [3, 3, 20]),
    "MultiStepLR-at-0": lambda o: MultiStepLR(o, [0, 7]),
    "ExponentialLR": lambda o: ExponentialLR(o, 0.9),
    "LambdaLR": lambda o: LambdaLR(o, lambda t: 0.5 / (1 + t)),
    "MultiplicativeLR": lambda o: MultiplicativeLR(o, lambda t: 0.95),
    "LinearLR": lambda o: LinearLR(o, 0.1, 1.0, 10),
    "ConstantLR": lambda o: ConstantLR(o, 0.5, 10),
    "PolynomialLR": lambda o: PolynomialLR(o, 20, 2.0),
    "CosineAnnealingWarmRestarts": lambda o: CosineAnnealingWarmRestarts(o, 5, 2, 0.001),
    "WarmupCosine": lambda o: WarmupCosine(o, 5, 30),
    "own-restarts": lambda o: CosineAnnealingWarmUpRestarts(o, 10, 2, 3.0, 3, 0.5),
    "own-restarts-at-peak": lambda o: CosineAnnealingWarmUpRestarts(o, 10, 1, 3.0, 0, 0.5),
    "SequentialLR": lambda o: SequentialLR(
        o, [LinearLR(o, 0.1, 1.0, 4), CosineAnnealingLR(o, 10), StepLR(o, 3)], [4, 14]
    ),
    "SequentialLR-nested": lambda o: SequentialLR(
        o,
        [SequentialLR(o, [ConstantLR(o, 0.5, 3), ExponentialLR(o, 0.9)], [3]), StepLR(o, 4)],
        [9],
    ),
    "SequentialLR-nested-multiplying": lambda o: SequentialLR(
        o,
        [SequentialLR(o, [ExponentialLR(o, 0.9), PolynomialLR(o, 20)], [3]), StepLR(o, 4)],
        [9],
    ),
    "SequentialLR-nested-entering": lambda o: SequentialLR(
        o,
        [SequentialLR(o, [StepLR(o, 2), MultiplicativeLR(o, lambda t: 0.9)], [1]), StepLR(o, 4)],
        [9],
    ),
    "SequentialLR-nested-chained": lambda o: SequentialLR(
        o, [ChainedScheduler([ConstantLR(o, 0.1, 5), ExponentialLR(o, 0.9)]), StepLR(o, 3)], [6]
    ),
    "ChainedScheduler-of-SequentialLR": lambda o: ChainedScheduler(
        [ConstantLR(o, 0.1, 5), SequentialLR(o, [ExponentialLR(o, 0.9), StepLR(o, 3)], [6])]
    ),
    "ChainedScheduler": lambda o: ChainedScheduler([ConstantLR(o, 0.1, 5), ExponentialLR(o, 0.9)]),
    "GradualWarmup": lambda o: GradualWarmupScheduler(
        o, 2.0, 4, LambdaLR(o, lambda t: 1 / (1 + t))
    ),
}

# torch ticks the first phase of a nested SequentialLR while it builds it, and warns of that.
BY_TORCH = pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
CHAIN = since("2.4", "a SequentialLR holding a ChainedScheduler can be built")
CASES = [
    pytest.param(
        make,
        id=name,
        marks=[BY_TORCH] * ("nested" in name) + [CHAIN] * ("nested-chained" in name),
    )
    for name, make in AFTERS.items()
]
afters = pytest.mark.parametrize("make", CASES)


@afters
@pytest.mark.parametrize("multiplier", [1, 8.0])
@pytest.mark.parametrize("bases", [(0.1,), (0.1, 0.003, 1.0)], ids=["one", "three"])
def test_the_other_scheduler_runs_as_if_alone_from_the_warm_rate(make, multiplier, bases):
    alone = sgd(*(base * multiplier for base in bases))
    expected = list(zip(*(warmup(base, multiplier) for base in bases), strict=True))
    expected += run(alone, make(alone), AFTER)

    optimizer = sgd(*bases)
    scheduler = GradualWarmupScheduler(optimizer, multiplier, TOTAL, make(optimizer))
    rows = run(optimizer, scheduler, TOTAL + AFTER)

    for row, wanted in zip(rows, expected, strict=True):
        assert row == pytest.approx(wanted, rel=REL, abs=0)
    assert scheduler.get_last_lr() == rates(optimizer)


def test_cyclic_starts_at_its_scaled_base_and_keeps_its_peak_and_momentum():
    alone, optimizer = sgd(0.2), sgd(0.1)
    expected = run(alone, CyclicLR(alone, 0.2, 1.0, 6), AFTER)
    after = CyclicLR(optimizer, 0.1, 1.0, 6)
    rows = run(optimizer, GradualWarmupScheduler(optimizer, 2, TOTAL, after), TOTAL + AFTER)
    assert rows[TOTAL:] == [pytest.approx(row, rel=REL, abs=0) for row in expected]
    momentum = [optimizer.param_groups[0]["momentum"] for optimizer in (alone, optimizer)]
    assert momentum[0] == pytest.approx(momentum[1], rel=REL)


def test_one_cycle_keeps_the_rates_of_its_own():
    alone, optimizer = sgd(0.1), sgd(0.1)
    expected = run(alone, OneCycleLR(alone, 1.0, AFTER), AFTER)
    after = OneCycleLR(optimizer, 1.0, AFTER)
    rows = run(optimizer, GradualWarmupScheduler(optimizer, 1, TOTAL, after), TOTAL + AFTER)
    assert rows[0] == [0.0]
    assert rows[TOTAL:] == [pytest.approx(row, rel=REL, abs=0) for row in expected]


@pytest.mark.parametrize("multiplier", [1, 4])
def test_without_another_scheduler_the_warm_rate_holds(multiplier):
    optimizer = sgd(0.1, 0.2)
    rows = run(optimizer, GradualWarmupScheduler(optimizer, multiplier, TOTAL), 20)
    assert rows[TOTAL:] == [pytest.approx([0.1 * multiplier, 0.2 * multiplier], rel=REL)] * 15


@pytest.mark.parametrize("multiplier", [1, 4])
def test_a_plateau_starts_its_clock_at_the_hand_over(multiplier):
    alone, optimizer = sgd(0.1 * multiplier), sgd(0.1)
    plateau = ReduceLROnPlateau(alone, patience=2, factor=0.5)
    expected = []
    for loss in LOSSES:
        expected.append(rates(alone))
        alone.step()
        plateau.step(loss)

    after = ReduceLROnPlateau(optimizer, patience=2, factor=0.5)
    scheduler = GradualWarmupScheduler(optimizer, multiplier, TOTAL, after)
    rows = []
    for loss in [9.0, 8.0, 7.0, 0.1, 0.1, *LOSSES]:
        rows.append(rates(optimizer))
        optimizer.step()
        scheduler.step(loss)
    assert rows[:TOTAL] == [pytest.approx([value], rel=REL) for value in warmup(0.1, multiplier)]
    assert rows[TOTAL:] == [pytest.approx(row, rel=REL) for row in expected]
    assert rows[-1][0] < rows[TOTAL][0]
    assert after.best == min(LOSSES)


def test_a_metric_is_asked_for_when_needed_and_refused_when_not():
    optimizer = sgd(0.1)
    scheduler = GradualWarmupScheduler(optimizer, 1, 1, ReduceLROnPlateau(optimizer))
    assert scheduler.takes_metric
    optimizer.step()
    scheduler.step()
    with pytest.raises(TypeError, match="needs a metric"):
        scheduler.step()

    other = sgd(0.1)
    plain = GradualWarmupScheduler(other, 1, 1, StepLR(other, 3))
    assert not plain.takes_metric
    other.step()
    with pytest.raises(TypeError, match="takes a metric only with"):
        plain.step(0.5)


def test_building_leaves_the_rate_at_the_start_of_the_warm_up():
    optimizer = sgd(0.1)
    after = LinearLR(optimizer, 0.1)
    GradualWarmupScheduler(optimizer, 3.0, TOTAL, after)
    assert rates(optimizer) == [0.1]
    assert after.base_lrs == pytest.approx([0.3], rel=REL)


@since("2.4", "a tensor is filled, not replaced")
def test_a_tensor_rate_stays_the_same_tensor():
    lr = torch.tensor(0.1, dtype=torch.float64)
    optimizer = Adam([torch.nn.Parameter(torch.zeros(1))], lr=lr, capturable=False, foreach=False)
    scheduler = GradualWarmupScheduler(optimizer, 2.0, TOTAL, ExponentialLR(optimizer, 0.5))
    for _ in range(TOTAL + 2):
        optimizer.step()
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == pytest.approx(0.2 * 0.25, rel=REL)
    assert scheduler.get_last_lr() == [lr]
    assert scheduler.get_last_lr()[0] is not lr


@pytest.mark.parametrize("make", [*CASES, pytest.param(ReduceLROnPlateau, id="ReduceLROnPlateau")])
@BY_TORCH
def test_at_the_hand_over_the_other_scheduler_knows_its_rate(make):
    optimizer = sgd(0.1, 0.2)
    after = make(optimizer)
    run(optimizer, GradualWarmupScheduler(optimizer, 2.0, TOTAL, after), TOTAL)
    assert after.get_last_lr() == rates(optimizer)


@afters
@pytest.mark.parametrize("at", [3, TOTAL, 12], ids=["warm-up", "hand-over", "after"])
def test_resumes_from_its_state_as_if_never_stopped(make, at):
    whole, part, fresh = sgd(0.1), sgd(0.1), sgd(0.7)
    expected = run(whole, GradualWarmupScheduler(whole, 2.0, TOTAL, make(whole)), 30)
    scheduler = GradualWarmupScheduler(part, 2.0, TOTAL, make(part))
    run(part, scheduler, at)
    saved = copy.deepcopy((part.state_dict(), scheduler.state_dict()))

    resumed = GradualWarmupScheduler(fresh, 2.0, TOTAL, make(fresh))
    fresh.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])
    assert run(fresh, resumed, 30 - at) == expected[at:]


def test_state_holds_no_objects(tmp_path):
    optimizer = sgd(0.1)
    scheduler = GradualWarmupScheduler(optimizer, 1, TOTAL, CosineAnnealingLR(optimizer, 10))
    torch.save(scheduler.state_dict(), tmp_path / "state.pt")
    assert torch.load(tmp_path / "state.pt", weights_only=True) == scheduler.state_dict()


def test_as_a_later_phase_of_a_sequential():
    alone, optimizer = sgd(0.1), sgd(0.1)
    expected = run(alone, GradualWarmupScheduler(alone, 1, TOTAL, StepLR(alone, 3)), 20)
    phases = [
        ConstantLR(optimizer, 0.5, 4),
        GradualWarmupScheduler(optimizer, 1, TOTAL, StepLR(optimizer, 3)),
    ]
    rows = run(optimizer, SequentialLR(optimizer, phases, [4]), 24)
    assert rows[:4] == [[0.05]] * 4
    assert rows[4:] == [pytest.approx(row, rel=REL, abs=0) for row in expected]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: GradualWarmupScheduler(o, 0.5, 5), "multiplier must be at least 1"),
        (lambda o: GradualWarmupScheduler(o, 1, 0), "total must be at least 1"),
        (lambda o: GradualWarmupScheduler(o, 1, 5, StepLR(sgd(0.1), 3)), "same optimizer"),
        (lambda o: GradualWarmupScheduler(o, 1, 5, StepLR(o, 3), 5), "load_state_dict"),
    ],
)
def test_refuses_what_has_no_curve(make, message):
    with pytest.raises(ValueError, match=message):
        make(sgd(0.1))
