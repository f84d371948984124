"""LightningCLI: what is asked for, refused and told. No Lightning is needed for that."""

from lrplan.lint.runner import check_schedule
from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config, said

RUN = "seed_everything: 1\ntrainer: {max_epochs: 4}\n"
ADAM = "optimizer: {class_path: torch.optim.Adam, init_args: {lr: 0.1}}\n"
INNER = "model:\n  init_args:\n    optimizer: {class_path: torch.optim.SGD, init_args: {lr: 0.1}}\n"

ASKED = [
    ("batches", (RUN + ADAM, {}, ["batches_per_epoch"])),
    ("a batch size", (RUN + ADAM, {"dataset_size": 9}, ["batch_size", "world_size"])),
    (
        "a class",
        (f"{RUN}optimizer: {{lr: 0.1}}\n", {"batches_per_epoch": 3}, ["optimizer.class_path"]),
    ),
    ("an interval", (RUN + INNER, {"batches_per_epoch": 3}, ["interval"])),
]


@for_all(ASKED)
def test_all_that_is_missing_is_asked_for_at_once(text, facts, names):
    _, problems = read_config(text, "config.yaml", **facts)
    (finding,) = [each for each in problems if each.name == "missing-fact"]
    assert [part.split("=")[0] for part in finding.fix.split("--set ")[1:]] == names


REFUSED = [
    (
        "no optimizer",
        ("model: {class_path: a.B}\n", 8, "this config has no optimizer"),
    ),
    ("an own one", ("optimizer: {class_path: a.Fancy}\n", 25, "torch.optim has no `Fancy`")),
    ("a typo", (f"lr_scheduler: {{class_path: a.StpLR}}\n{ADAM}", 28, "lrplan does not know `a.S")),
    (
        "a metric",
        (f"lr_scheduler: {{class_path: x.ReduceLROnPlateau}}\n{ADAM}", 28, "what a plateau sched"),
    ),
]


@for_all(REFUSED)
def test_what_cannot_be_read_is_refused_at_its_place(text, column, message):
    _, problems = read_config(RUN + text, "config.yaml", batches_per_epoch=3)
    assert [each[1:3] for each in said(problems)] == [(3, column)]
    assert problems[0].message.startswith(message)


TRAINERS = [
    ("no end", ("{max_epochs: -1}", 23, "the run has no end")),
    ("a try", ("{fast_dev_run: true, max_epochs: 2}", 25, "with `fast_dev_run` this is a try")),
    (
        "a callback",
        (
            "{max_epochs: 2, callbacks: [{class_path: x.StochasticWeightAveraging}]}",
            51,
            "`StochasticWeightAveraging` changes the rates",
        ),
    ),
]


@for_all(TRAINERS)
def test_a_trainer_that_does_something_else_is_refused(trainer, column, message):
    _, problems = read_config(f"trainer: {trainer}\n{ADAM}", "config.yaml", batches_per_epoch=3)
    assert [each[1:3] for each in said(problems)] == [(1, column)]
    assert problems[0].message.startswith(message)


def test_the_tick_of_the_cli_is_told():
    spec, _ = read_config(RUN + ADAM, "config.yaml", batches_per_epoch=3)
    assert (
        "LightningCLI ticks the scheduler once an epoch: a config cannot change that" in spec.notes
    )


def test_the_data_may_be_told_instead_of_batches():
    text = "trainer: {max_epochs: 2, devices: [0, 1], num_nodes: 2}\ndata: {batch_size: 8}\n"
    spec, problems = read_config(text + ADAM, "config.yaml", dataset_size=1000)
    assert not problems
    assert spec.plans["run"].clock.batches_per_epoch == 32


def test_the_model_says_how_often_its_scheduler_ticks():
    made = "    scheduler: {class_path: optim.ExponentialLR, init_args: {gamma: 0.5}}\n"
    own = curves(RUN + INNER + made, "config.yaml", batches_per_epoch=2, interval="step")
    assert_same(own["all"], [0.1 * 0.5**index for index in range(8)])


def test_the_fix_is_one_that_a_config_or_its_program_can_say():
    """And not ``interval: step``, which LightningCLI does not read."""
    text = """\
trainer: {max_epochs: 10}
optimizer: {class_path: AdamW, init_args: {lr: 0.001}}
lr_scheduler: {class_path: OneCycleLR, init_args: {max_lr: 0.01, total_steps: 1000}}
"""
    spec, _ = read_config(text, batches_per_epoch=100)
    (plan,) = spec.plans.values()
    fixes = {each.name: each.fix for each in check_schedule(plan, None, torch=(2, 13))}
    assert fixes["lightning-interval-defaults-to-epoch"] == (
        "a `configure_optimizers` of your own that returns `interval: step`,"
        " or lr_scheduler.init_args.total_steps: 10"
    )
