"""The spec that a recorded run amounts to: its curves are the run's, or the reason is said."""

from functools import partial

import pytest
from torch.optim import SGD, AdamW, lr_scheduler

from lrplan.commands.recording.spec_of_run import spec_of_run
from lrplan.lint.run_check import check_observation
from tests.support.recorded_runs import backward, loader, model, record, two_groups

EQUAL = "optimizer-0: simulated, it equals the recording at each of its 12 steps"


def run(make, *, epochs=3, per_epoch=False, metric=None, optimizer=None):
    """A run of epochs with 4 steps each, in which the scheduler ticks by step or by epoch."""

    def program():
        net = model()
        stepped = optimizer(net) if optimizer else SGD(net.parameters(), lr=0.1, momentum=0.9)
        scheduler, batches = make(stepped), loader()
        for epoch in range(epochs):
            for (batch,) in batches:
                backward(net, batch)
                stepped.step()
                if not per_epoch:
                    scheduler.step()
            if per_epoch:
                scheduler.step(*([] if metric is None else [metric[epoch]]))

    return spec_of_run(record(program))


def sequential(optimizer):
    warmup = lr_scheduler.LinearLR(optimizer, 0.25, total_iters=4)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=8, eta_min=0.01)
    return lr_scheduler.SequentialLR(optimizer, [warmup, cosine], [4])


@pytest.mark.parametrize(
    ("make", "options", "line"),
    [
        (lambda o: lr_scheduler.StepLR(o, 2), {"per_epoch": True}, "interval: epoch"),
        (lambda o: lr_scheduler.OneCycleLR(o, 0.5, total_steps=12), {}, "max_lr: 0.5"),
        (sequential, {}, "milestones: [4]"),
        (
            lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=0),
            {"per_epoch": True, "metric": [1.0, 2.0, 0.5]},
            "values: [1.0, 2.0, 0.5]",
        ),
        (
            lambda o: lr_scheduler.ExponentialLR(o, 0.9),
            {"optimizer": lambda net: AdamW(net.parameters(), lr=0.01, betas=(0.8, 0.95))},
            "betas: [0.8, 0.95]",
        ),
        (
            lambda o: lr_scheduler.LinearLR(o, 0.25, total_iters=6),
            {
                "optimizer": lambda net: SGD(
                    [
                        {"params": [net.weight], "weight_decay": 0.05},
                        {"params": [net.bias], "lr": 0.4},
                    ],
                    lr=0.2,
                )
            },
            "{lr: 0.4}",
        ),
    ],
    ids=["StepLR", "OneCycleLR", "SequentialLR", "plateau", "AdamW", "groups"],
)
def test_the_spec_has_the_curves_of_the_run(make, options, line):
    text, notes = run(make, **options)
    assert notes == (EQUAL,)
    assert line in text
    assert text.startswith("# From a recording of train.py")


def test_a_function_is_left_out_and_said():
    text, notes = run(lambda o: lr_scheduler.LambdaLR(o, lambda step: 1 / (1 + step)))
    left_out, difference = notes
    assert "LambdaLR" in left_out
    assert left_out.endswith("is left out: lr_lambda cannot be written in a spec")
    assert difference == "optimizer-0: lr differs from step 1 on: 0.1, and in the run 0.05"
    assert f"# {left_out}\n# {difference}\n" in text
    assert "scheduler:" not in text


def test_an_lr_that_the_program_sets_differs_where_it_does():
    def program():
        net, optimizer = two_groups()
        for number in range(5):
            if number == 3:
                optimizer.param_groups[1]["lr"] = 0.5
            backward(net)
            optimizer.step()

    _, notes = spec_of_run(record(program))
    assert notes == ("optimizer-0: lr of 1 differs from step 3 on: 0.01, and in the run 0.5",)


def test_a_long_run_is_equal_to_the_last_bit():
    text, notes = run(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=20), epochs=30)
    assert "T_max: 20" in text
    assert notes == ("optimizer-0: simulated, it equals the recording at each of its 120 steps",)


def linear_with_warmup(step, *, num_warmup_steps, num_training_steps):
    """As the function of transformers has it."""
    if step < num_warmup_steps:
        return step / max(1, num_warmup_steps)
    left = num_training_steps - step
    return max(0.0, left / max(1, num_training_steps - num_warmup_steps))


@pytest.mark.parametrize("is_known", [True, False])
def test_functions_of_transformers_are_its_schedulers(monkeypatch, is_known):
    name = "_get_linear_schedule_with_warmup_lr_lambda"
    module = "transformers.optimization" if is_known else "train"
    monkeypatch.setattr(linear_with_warmup, "__module__", module)
    monkeypatch.setattr(linear_with_warmup, "__qualname__", name)

    function = partial(linear_with_warmup, num_warmup_steps=2, num_training_steps=12)
    text, notes = run(lambda optimizer: lr_scheduler.LambdaLR(optimizer, function))
    if is_known:
        assert '"transformers:linear", num_warmup_steps: 2, num_training_steps: 12' in text
        assert notes == (EQUAL,)
    else:
        assert f"lr_lambda, the function train.{name} of Python, cannot be written" in notes[0]


@pytest.mark.parametrize("every", [2, 3, 4])
def test_the_steps_of_an_epoch_are_those_of_each_optimizer(every):
    """Of a GAN one optimizer steps with every batch, the other less often."""

    def program():
        critic, generator = model(), model()
        often, seldom = SGD(critic.parameters(), lr=0.1), SGD(generator.parameters(), lr=0.2)
        one, other = lr_scheduler.StepLR(often, 5), lr_scheduler.CosineAnnealingLR(seldom, 20)
        batches = loader(samples=40)
        for _ in range(2):
            for number, (batch,) in enumerate(batches):
                backward(critic, batch)
                often.step()
                one.step()
                if number % every == 0:
                    backward(generator, batch)
                    seldom.step()
                    other.step()

    observed = record(program)
    text, notes = spec_of_run(observed)
    steps = -(-10 // every)
    (finding,) = check_observation(observed)
    assert finding.name == "floor-not-reached"
    assert f"T_max 20 is longer than the {2 * steps} ticks left" in finding.message
    assert notes == (
        "optimizer-0: simulated, it equals the recording at each of its 20 steps",
        f"optimizer-1: simulated, it equals the recording at each of its {2 * steps} steps",
    )
    assert "{type: CosineAnnealingLR, T_max: 20, interval: step}" in text
