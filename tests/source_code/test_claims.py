"""What rules about scripts say of torch and ignite, measured with the packages themselves."""

import pytest
import torch
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    StepLR,
)


def sgd(lr=0.1):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)


def rate(optimizer):
    return optimizer.param_groups[0]["lr"]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (lambda opt: LambdaLR(opt, lambda epoch: 0.9**epoch), 0.1),
        (lambda opt: CosineAnnealingWarmRestarts(opt, 4), 0.1),
        (lambda opt: ExponentialLR(opt, 0.9), 0.001),
    ],
)
def test_a_second_stage_starts_at_the_first_ones_base(second, expected):
    optimizer = sgd()
    StepLR(optimizer, 3)
    optimizer.param_groups[0]["lr"] = 0.001
    second(optimizer)
    assert rate(optimizer) == pytest.approx(expected)


@pytest.mark.parametrize(("shift", "expected"), [(0, [0.1, 0.1]), (1, [0.1, 0.0961939766])])
def test_the_number_of_the_batch_that_is_over_uses_the_first_value_twice(shift, expected):
    optimizer = sgd()
    scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=2)
    used = []
    for batch in range(2):
        used.append(rate(optimizer))
        optimizer.step()
        scheduler.step(0 + (batch + shift) / 4)
    assert used == pytest.approx(expected)


@pytest.mark.parametrize(
    ("make", "is_restored"),
    [
        (lambda opt: LambdaLR(opt, lambda epoch: 0.9**epoch), False),
        (lambda opt: CosineAnnealingWarmRestarts(opt, 8), False),
        (lambda opt: LinearLR(opt, total_iters=9), False),
        (lambda opt: ConstantLR(opt, total_iters=9), False),
        (lambda opt: StepLR(opt, 2), True),
        (lambda opt: ExponentialLR(opt, 0.9), True),
    ],
)
def test_a_state_that_is_loaded_before_the_scheduler_is_made(make, is_restored):
    optimizer = sgd()
    scheduler = make(optimizer)
    for _ in range(5):
        optimizer.step()
        scheduler.step()
    saved = optimizer.state_dict(), scheduler.state_dict()
    resumed = sgd()
    resumed.load_state_dict(saved[0])
    make(resumed).load_state_dict(saved[1])
    assert (rate(resumed) == pytest.approx(rate(optimizer))) is is_restored


@pytest.mark.parametrize(
    ("event", "expected"), [("ITERATION_STARTED", [0.0, 0.05]), ("ITERATION_COMPLETED", [0.1, 0.0])]
)
def test_a_scheduler_of_ignite_on_completed_iterations_is_one_late(event, expected):
    engine = pytest.importorskip("ignite.engine")
    handlers = pytest.importorskip("ignite.handlers")
    optimizer = sgd()
    used = []
    trainer = engine.Engine(lambda *_: used.append(rate(optimizer)))
    scheduler = handlers.LinearCyclicalScheduler(optimizer, "lr", 0.0, 0.1, cycle_size=4)
    trainer.add_event_handler(engine.Events[event], scheduler)
    trainer.run([0, 1], max_epochs=1)
    assert used == pytest.approx(expected)
