"""Configs of TrainingArguments: beside transformers' own scheduler, stepped in a loop.

Where transformers is installed it is ``get_scheduler``; elsewhere a copy of its lambdas.
"""

import json

import pytest

from lrplan.lint.runner import check_schedule
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config, said
from tests.support.trainer_schedules import HAS_TRANSFORMERS, stepped

DATA = {"dataset_size": 1000, "world_size": 2}


SCHEDULES = [
    ("linear", {}),
    ("cosine", {}),
    ("cosine", {"num_cycles": 1.25}),
    ("cosine_with_restarts", {"num_cycles": 3}),
    ("polynomial", {"lr_end": 1e-6, "power": 2.0}),
    ("constant", {}),
    ("constant_with_warmup", {}),
    ("inverse_sqrt", {}),
    ("inverse_sqrt", {"timescale": 50}),
    ("cosine_with_min_lr", {"min_lr": 1e-5}),
    ("cosine_with_min_lr", {"min_lr_rate": 0.2}),
    ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.1}),
    ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.1, "warmup_lr_rate": 0.05}),
    ("warmup_stable_decay", {"num_decay_steps": 30, "min_lr_ratio": 0.1}),
    ("warmup_stable_decay", {"num_decay_steps": 30, "decay_type": "1-sqrt"}),
    ("warmup_stable_decay", {"num_decay_steps": 30, "num_cycles": 0.25}),
    ("polynomial", {}),
    ("cosine_with_restarts", {}),
    (
        "warmup_stable_decay",
        {"num_decay_steps": 9, "num_stable_steps": 20, "warmup_type": "1-sqrt"},
    ),
]
ROWS = [
    (f"{kind} {options} warm-up {warmup}", (kind, options, warmup))
    for kind, options in SCHEDULES
    for warmup in (0, 1, 13, 100)
    if not (kind in ("warmup_stable_decay", "polynomial") and warmup == 100)
]


@for_all(ROWS)
def test_each_schedule_is_that_of_get_scheduler(kind, options, warmup):
    """With and without a warm-up, and with one as long as the run."""
    config = {
        "max_steps": 100,
        "learning_rate": 1e-4,
        "lr_scheduler_type": kind,
        "warmup_steps": warmup,
        "lr_scheduler_kwargs": options,
        "per_device_train_batch_size": 4,
    }
    (own,) = curves(json.dumps(config)).values()
    assert_same(own, stepped(kind, 1e-4, warmup, 100, options))


# What a spec that is kept says of each: type and arguments, beside a warm-up of 13.
TO_THE_END = {"warmup_steps": 13, "total_steps": 100}
OWN_ROWS = [
    ("linear", ("linear", {}, "WarmupLinear", TO_THE_END)),
    ("cosine", ("cosine", {}, "WarmupCosine", TO_THE_END)),
    ("one restart is none", ("cosine_with_restarts", {}, "WarmupCosine", TO_THE_END)),
    ("a line to lr_end", (
        "polynomial", {"lr_end": 1e-5}, "WarmupLinear", {**TO_THE_END, "min_ratio": 0.1},
    )),
    ("a line to the default end", (
        "polynomial", {}, "WarmupLinear", {**TO_THE_END, "min_ratio": 1e-7 / 1e-4},
    )),
    ("a power", (
        "polynomial", {"lr_end": 1e-5, "power": 2}, "WarmupPolynomial",
        {**TO_THE_END, "power": 2, "min_ratio": 0.1},
    )),
    ("constant", (
        "constant_with_warmup", {}, "WarmupConstantSchedule", {"warmup_steps": 13},
    )),
    ("a root", ("inverse_sqrt", {}, "InverseSqrtScheduler", {"warmup_steps": 13})),
    ("a root with a scale", (
        "inverse_sqrt", {"timescale": 50}, "InverseSqrtScheduler",
        {"warmup_steps": 13, "timescale": 50},
    )),
    ("a floor", (
        "cosine_with_min_lr", {"min_lr": 1e-5}, "WarmupCosine", {**TO_THE_END, "min_ratio": 0.1},
    )),
    ("stable", (
        "warmup_stable_decay", {"num_decay_steps": 30}, "WarmupStableDecay",
        {**TO_THE_END, "decay_steps": 30, "decay_type": "cosine"},
    )),
]  # fmt: skip


@for_all(OWN_ROWS)
def test_a_schedule_is_said_by_a_row_of_lrplan(kind, options, row, arguments):
    """With its arguments, at the config's own keys."""
    config = {
        "max_steps": 100,
        "learning_rate": 1e-4,
        "lr_scheduler_type": kind,
        "warmup_steps": 13,
        "lr_scheduler_kwargs": options,
        "per_device_train_batch_size": 4,
    }
    spec, _ = read_config(json.dumps(config))
    (scheduler,) = spec.plans["run"].schedulers
    assert (scheduler.type, dict(scheduler.arguments)) == (row, pytest.approx(arguments))
    keys = {path.rpartition(".")[2]: key.name for path, key in spec.origin.keys.items()}
    assert (keys["type"], keys["warmup_steps"]) == ("lr_scheduler_type", "warmup_steps")


# Name, the config, facts, updates and ticks of the warm-up.
LENGTHS = [
    ("defaults only", ("{}", DATA, 189, 0)),
    ("accumulation", ("gradient_accumulation_steps: 8", DATA, 24, 0)),
    ("a fraction of an epoch", ("num_train_epochs: 1.5", DATA, 95, 0)),
    ("drop_last", ("dataloader_drop_last: true", DATA, 186, 0)),
    ("max_steps wins", ("max_steps: 50", {}, 50, 0)),
    ("a share, rounded up", ("warmup_steps: 0.05", DATA, 189, 10)),
    ("a ratio, rounded up", ("warmup_ratio: 0.05", DATA, 189, 10)),
    ("warmup_steps before the ratio", ("warmup_ratio: 0.05\nwarmup_steps: 3", DATA, 189, 3)),
    ("text is a number", ("learning_rate: '5e-5'\nnum_train_epochs: '1'", DATA, 63, 0)),
    ("batches said instead", ("{}", {"batches_per_epoch": 10}, 30, 0)),
    ("steps said instead", ("{}", {"steps_per_epoch": 10}, 30, 0)),
    ("facts before the file", ("max_steps: 50", {"max_steps": 20}, 20, 0)),
]


@for_all(LENGTHS)
def test_the_run_is_as_long_as_the_trainer_makes_it(text, facts, steps, warmup):
    """63 batches of 8 on each of 2 devices; counted by hand."""
    (own,) = curves(text, family="transformers", **facts).values()
    assert_same(own, stepped("linear", 5e-5, warmup, steps, {}))


@pytest.mark.skipif(not HAS_TRANSFORMERS, reason="transformers is missing")
def test_the_defaults_are_those_of_training_arguments():
    from transformers import TrainingArguments

    real = TrainingArguments(output_dir="x")
    spec, _ = read_config("{}", family="transformers", **DATA)
    plan = spec.plans["run"]
    lr, betas = plan.optimizer.arguments["lr"], plan.optimizer.arguments["betas"]
    assert (lr, tuple(betas)) == (real.learning_rate, (real.adam_beta1, real.adam_beta2))
    settings = plan.clock.settings
    assert settings.epochs == real.num_train_epochs
    assert settings.batch_size == real.per_device_train_batch_size
    assert settings.accumulate == real.gradient_accumulation_steps
    assert settings.drop_last == real.dataloader_drop_last
    assert TrainingArguments(output_dir="x", warmup_steps=0.05).get_warmup_steps(189) == 10


def test_what_the_config_does_not_say_is_asked_for_at_once():
    _, (problem,) = read_config("learning_rate: 1e-4\nlr_scheduler_type: cosine\n")
    assert (problem.name, problem.line) == ("missing-fact", 1)
    assert problem.message == (
        "this config does not say `dataset_size` (samples in the training data) and `world_size`"
        " (devices that train together)"
    )
    assert problem.fix == "add --set dataset_size=50000 --set world_size=1, with your own values"


REFUSED = [
    ("a metric", ("lr_scheduler_type: reduce_lr_on_plateau", "bad-value", 2, "follows a metric")),
    ("no such schedule", ("lr_scheduler_type: cosin", "bad-value", 2, "there is no schedule")),
    (
        "no learning rate",
        (
            "learning_rate: 0\nlr_scheduler_type: polynomial\nlr_scheduler_kwargs: {lr_end: -1}",
            "bad-value",
            4,
            "must be below",
        ),
    ),
    ("no such argument", ("lr_scheduler_kwargs: {min_lr: 1}", "bad-value", 2, "takes no `min_lr`")),
    ("no number", ("learning_rate: fast", "wrong-type", 2, "`learning_rate` must be a number")),
    ("no steps", ("max_steps: 0", "bad-value", 2, "no update is made")),
    ("layerwise", ("optim: galore_adamw_layerwise", "bad-value", 2, "inside the backward pass")),
    ("a ratio above 1", ("warmup_ratio: 10", "bad-value", 2, "must be from 0 to 1")),
]


@for_all(REFUSED)
def test_what_cannot_be_a_plan_is_refused_at_its_place(text, name, line, part):
    """By line, with the key's own name."""
    _, problems = read_config(f"per_device_train_batch_size: 4\n{text}\n", **DATA)
    assert [(each.name, each.line) for each in problems] == [(name, line)]
    assert part in problems[0].message


def test_a_share_is_refused_where_the_release_takes_none():
    _, (problem,) = read_config(
        "per_device_train_batch_size: 4\nwarmup_steps: 0.1\n", **DATA, version="4.50"
    )
    assert (problem.line, problem.message) == (2, "transformers 4.50 takes a whole number, not 0.1")


def test_a_ratio_is_refused_where_the_release_has_none():
    text = "warmup_ratio: 0.1\nper_device_train_batch_size: 4\n"
    _, problems = read_config(text, **DATA, version="5.20")
    (problem,) = problems
    assert problem.message == "transformers 5.24 has no `warmup_ratio`"
    assert problem.fix == "write warmup_steps: 0.1, a share"


def test_a_warm_up_that_is_not_made_is_a_finding():
    text = "per_device_train_batch_size: 4\nlr_scheduler_type: constant\nwarmup_ratio: 0.1\n"
    spec, problems = read_config(text, **DATA)
    assert problems == []
    message = "`warmup_ratio` is not read: the schedule `constant` has no warm-up"
    assert said(spec.origin.findings) == [("misleading-config-key", 3, 1, message)]
    assert spec.notes[0].startswith("read as transformers 4.57 reads it, which fills in: ")


def test_findings_name_the_keys_of_the_config():
    text = "per_device_train_batch_size: 4\nlearning_rate: -1\nmax_steps: 10\n"
    _, (problem,) = read_config(text)
    assert (problem.line, problem.column) == (2, 16)
    assert "learning_rate" in problem.message
    assert "`lr`" not in problem.message


FINDINGS = [
    ("a number of steps", (
        "warmup_steps: 80", "the warm-up takes 80 of the 100 steps (80% of the run)",
        "warmup_steps of 5%, a share of the run",
    )),
    ("a share", (
        "warmup_ratio: 0.8",
        (
            "the warm-up takes 80 of the 100 steps (80% of the run)"
            " (from `warmup_ratio`)"
        ),
        "warmup_ratio of 5%, a share of the run",
    )),
]  # fmt: skip


@for_all(FINDINGS)
def test_a_finding_about_the_warm_up_stands_at_its_key(warmup, message, fix):
    """And its fix is no duration of a spec, which the Trainer does not take."""
    text = f"per_device_train_batch_size: 4\nlearning_rate: 1e-4\nmax_steps: 100\n{warmup}\n"
    spec, _ = read_config(text)
    plan = spec.plans["run"]
    (finding,) = check_schedule(plan, simulate(plan, Request()))
    column = warmup.index(" ") + 2
    assert (finding.line, finding.column, finding.fix) == (4, column, fix)
    assert finding.message == message


@pytest.mark.parametrize(
    ("optim", "kind"),
    [
        ("adafactor", "transformers:Adafactor"),
        ("paged_lion_8bit", "Lion8bit"),
        ("lion_32bit", "Lion"),
        ("schedule_free_adamw", "AdamWScheduleFree"),
        ("schedule_free_sgd", "SGDScheduleFree"),
    ],
)
def test_an_optimizer_outside_of_torch_has_its_stand_in(optim, kind):
    text = f"optim: {optim}\nweight_decay: 0.1\nlr_scheduler_type: linear\n"
    spec, problems = read_config(text, family="transformers", **DATA)
    assert not problems
    optimizer = spec.plans["run"].optimizer
    assert optimizer.row.name == kind
    if optimizer.row.argument("betas") is not None:
        assert tuple(optimizer.arguments["betas"]) == (0.9, 0.999), "the Trainer's, not its own"
    assert not any("shown as" in note for note in spec.notes)
