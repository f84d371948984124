"""``configure_optimizers``, stepped as Lightning does, gives the curve that lrplan simulates."""

import pytest

from lrplan.errors import UsageError
from lrplan.export.code import to_lightning
from tests.export.plans import EPOCHS, LINE, PLATEAU, STEP, field, written
from tests.export.running import PLANS, lightning_loop, torch_may_warn, traced
from tests.support.specs import plan, trace

REFUSED = {
    "every-batch": "LinearLR ticks 3 times before step 0 in a plain loop, and 0 times in",
    "every-third-batch": "LinearLR ticks 1 time before step 0 in a plain loop, and 0 times in",
    "every-third-batch-in-steps": "1 time before step 0 in a plain loop, and 0 times in Lightning",
    "plateau-every-batch": "3 times before step 0 in a plain loop, and 0 times in Lightning",
    "plateau-short-epochs": "last_window: carry",
    "warmup-mask-plateau": "passes a metric to ReduceLROnPlateau only, not to a warm-up over it",
    "window-drop": "last_window: drop",
    "window-carry": "last_window: carry",
    "window-capped": "2 times before step 4 in a plain loop, and 1 time in Lightning's loop",
}
EXPRESSED = [name for name in PLANS if name not in REFUSED]


@pytest.mark.parametrize("name", EXPRESSED)
def test_stepped_as_lightning_does_it_gives_the_curve(name):
    expected = traced(name)
    with torch_may_warn():
        lightning_loop(to_lightning(PLANS[name], expected), PLANS[name], expected).check(expected)


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_what_its_loop_does_otherwise_is_refused(name, reason):
    with pytest.raises(UsageError, match=reason):
        to_lightning(PLANS[name], traced(name))


@pytest.mark.parametrize(
    ("scheduler", "training", "frequency"),
    [
        (f"{LINE}, interval: step, frequency: 2", EPOCHS, 2),
        (f"{LINE}, interval: step, frequency: 2", f"{EPOCHS}, accumulate: 3", 6),
        (f"{LINE}, interval: epoch, frequency: 3", f"{EPOCHS}, accumulate: 3", 3),
        (f"{LINE}, interval: batch, frequency: 2", EPOCHS, 2),
    ],
    ids=["steps", "steps-in-batches", "epochs", "batches-are-steps"],
)
def test_its_frequency_counts_batches_or_epochs(scheduler, training, frequency):
    schedule = written(scheduler)
    expected, the_plan = trace(schedule, training), plan(schedule, training)
    source = to_lightning(the_plan, expected)
    assert f'"frequency": {frequency}' in source
    lightning_loop(source, the_plan, expected).check(expected)


def test_batches_of_accelerate_are_steps_of_lightning():
    training = "epochs: 2, batches_per_epoch: 5, accumulate: 2, loop: accelerate"
    schedule = written(f"{LINE}, interval: batch")
    expected, the_plan = trace(schedule, training), plan(schedule, training)
    source = to_lightning(the_plan, expected)
    assert '"""Call its ``step()`` after every optimizer step."""' in source
    assert '"interval": "step"' in source
    lightning_loop(source, the_plan, expected).check(expected)


def test_what_lightning_counts_stands_at_its_scheduler():
    training = "epochs: 2, batches_per_epoch: 5, accumulate: 2, loop: lightning"
    schedule = written(f"{LINE}, interval: step, frequency: 2")
    expected, the_plan = trace(schedule, training), plan(schedule, training)
    source = to_lightning(the_plan, expected)
    assert "after optimizer steps at batches 2, 4, 6 ... of an epoch" in source
    # The third step of an epoch is at batch 5: no tick follows, so steps 2 and 3 have one lr.
    rates = expected.lr["all"]
    assert [bool(rates[step] != rates[step + 1]) for step in (0, 1, 2)] == [True, True, False]
    lightning_loop(source, the_plan, expected).check(expected)


def test_a_metric_is_read_after_everything_else_of_that_interval():
    last, first = written((STEP, PLATEAU)), written((PLATEAU, STEP))
    assert "Scheduled" in to_lightning(plan(last), trace(last))
    with pytest.raises(UsageError, match="after StepLR; the plan says before"):
        to_lightning(plan(first), trace(first))


def test_a_metric_is_read_after_what_ticks_per_epoch_too():
    each_step = f"{PLATEAU}, interval: step"
    with pytest.raises(UsageError, match="ReduceLROnPlateau, which reads a metric, after StepLR"):
        to_lightning(plan(written((each_step, STEP))), trace(written((each_step, STEP))))
    beside = field("LinearParamScheduler", "momentum", "end_value: 0.5, total_steps: 3")
    schedule = written((each_step, beside))
    source = to_lightning(plan(schedule), trace(schedule))
    lightning_loop(source, plan(schedule), trace(schedule)).check(trace(schedule))


def test_batches_are_steps_in_the_order_given():
    schedule = written((f"{LINE}, interval: batch", f"{STEP}, interval: step"))
    with pytest.raises(UsageError, match="ticks StepLR after LinearLR; the plan says before it"):
        to_lightning(plan(schedule), trace(schedule))


def test_it_says_what_trainer_it_was_planned_for():
    name = "window-step"
    text = to_lightning(PLANS[name], traced(name))
    assert "Trainer(max_epochs=3, accumulate_grad_batches=4)" in text
    assert "10 batches an epoch" in text
    assert "Trainer(max_steps=10)" in to_lightning(PLANS["capped"], traced("capped"))
