"""Configs of axolotl, beside its own classes stepped in a loop, and its arithmetic by hand.

Where axolotl is installed its own trainer makes the schedule; elsewhere a copy of its classes.
"""

import json
import warnings
from collections import defaultdict
from functools import partial
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR

from tests.support import axolotl_schedules as real
from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config, said
from tests.support.real_code import functions_of, module_of, source_of
from tests.support.transformers_factors import factor

LR = 2e-4
DATA = {"dataset_size": 1000, "world_size": 2}


def stepped(make, total):
    """What ``optimizer.step()`` is given in each update."""
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    lrs = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # axolotl's restarts call get_lr()
        scheduler = make(optimizer)
        for _ in range(total):
            lrs.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
    return lrs


def by_lambda(function, **numbers):
    return lambda optimizer: LambdaLR(optimizer, partial(function, **numbers))


def of_transformers(kind, warmup, total):
    return lambda optimizer: LambdaLR(optimizer, lambda s: factor(kind, s, warmup, total, LR))


def rex(warmup, total, ratio=0.0):
    return lambda o: real.RexLR(o, LR, LR * ratio, total, warmup)


def jagged(inner, every, warmup, anneal, low):
    return lambda o: real.JaggedLRRestartScheduler(o, inner(o), every, warmup, anneal, low)


RUN = {"num_warmup_steps": 10, "num_training_steps": 100}
SCHEDULES = [
    ("the default is cosine", ({}, of_transformers("cosine", 10, 100))),
    ("a floor", (
        {"cosine_min_lr_ratio": 0.1},
        by_lambda(real.cosine_with_floor, **RUN, min_lr_ratio=0.1),
    )),
    ("a floor that is held", (
        {"cosine_min_lr_ratio": 0.1, "cosine_constant_lr_ratio": 0.805},
        by_lambda(
            real.cosine_then_constant, **RUN,
            min_lr_ratio=0.1, constant_lr_ratio=0.805, num_cycles=0.5,
        ),
    )),
    ("a floor of 0 is none", ({"cosine_min_lr_ratio": 0}, of_transformers("cosine", 10, 100))),
    ("quadratic", (
        {"lr_quadratic_warmup": True},
        by_lambda(real.quadratic_warmup, **RUN, num_cycles=0.5),
    )),
    ("a schedule of transformers", (
        {"lr_scheduler": "linear"}, of_transformers("linear", 10, 100),
    )),
    ("rex", ({"lr_scheduler": "rex"}, rex(10, 100))),
    ("rex with a floor", (
        {"lr_scheduler": "rex", "cosine_min_lr_ratio": 0.1}, rex(10, 100, 0.1),
    )),
    ("rex without a warm-up", ({"lr_scheduler": "rex", "warmup_steps": 0}, rex(0, 100))),
    ("one cycle", (
        {"lr_scheduler": "one_cycle"},
        lambda o: OneCycleLR(o, LR, 100, pct_start=0.1, anneal_strategy="cos"),
    )),
    ("one cycle with arguments", (
        {"lr_scheduler": "one_cycle", "lr_scheduler_kwargs": {"pct_start": 0.4, "div_factor": 5}},
        lambda o: OneCycleLR(o, LR, 100, pct_start=0.4, div_factor=5),
    )),
    ("restarts", (
        {"jagged_restart_steps": 25, "jagged_restart_warmup_steps": 5,
         "jagged_restart_anneal_steps": 4},
        jagged(of_transformers("cosine", 10, 100), 25, 5, 4, 0.001),
    )),
    ("restarts of a cosine with a floor", (
        {"jagged_restart_steps": 30, "cosine_min_lr_ratio": 0.2},
        jagged(by_lambda(real.cosine_with_floor, **RUN, min_lr_ratio=0.2), 30, 10, 1, 0.2),
    )),
    ("restarts of a line", (
        {"jagged_restart_steps": 30, "lr_scheduler": "linear"},
        jagged(of_transformers("linear", 10, 100), 30, 10, 1, 0.001),
    )),
    ("restarts of a constant", (
        {"jagged_restart_steps": 30, "lr_scheduler": "constant_with_warmup"},
        jagged(of_transformers("constant_with_warmup", 10, 100), 30, 10, 1, 0.001),
    )),
    ("restarts of waves", (
        {"jagged_restart_steps": 30, "lr_scheduler": "cosine_with_restarts"},
        jagged(of_transformers("cosine_with_restarts", 10, 100), 30, 10, 1, 0.001),
    )),
]  # fmt: skip


@for_all(SCHEDULES)
def test_each_schedule_is_that_of_axolotl(settings, make):
    """For 100 updates, 10 of them a warm-up."""
    config = {"learning_rate": LR, "max_steps": 100, "warmup_steps": 10, **settings}
    (own,) = curves(json.dumps(config), family="axolotl").values()
    assert_same(own, stepped(make, 100))


def made_by_axolotl(settings, steps):
    """What makes the scheduler of a config: axolotl's builder and trainer, and transformers'."""
    transformers = pytest.importorskip("transformers", reason="transformers is missing")
    namespace = vars(module_of("axolotl", "axolotl/utils/schedulers.py"))
    plugins = MagicMock()
    plugins.get_instance().create_lr_scheduler.return_value = None
    builder, mixin = (
        source_of("axolotl", f"axolotl/core/{path}.py")
        for path in ("builders/base", "trainers/mixins/scheduler")
    )
    names = ("_configure_scheduler", "_configure_warmup_and_logging")
    parts, cfg, options = functions_of(builder, names, {}), defaultdict(lambda: None, settings), {}
    half_built = SimpleNamespace(cfg=Settings(cfg))
    parts["_configure_scheduler"](half_built, options)
    parts["_configure_warmup_and_logging"](half_built, steps, options)
    own = {key: cfg[key] for key in OWN}
    arguments = transformers.TrainingArguments(
        "unused", learning_rate=LR, **{key: options[key] for key in options if key not in own}
    )
    vars(arguments).update({**own, **options}, lr_scheduler_type=options["lr_scheduler_type"])

    def make(optimizer):
        trainer = SimpleNamespace(args=arguments, optimizer=optimizer, lr_scheduler=None)
        create = partial(transformers.Trainer.create_scheduler, trainer)
        known = {
            **namespace,
            "OneCycleLR": OneCycleLR,
            "PluginManager": plugins,
            "super": lambda: SimpleNamespace(create_scheduler=create),
        }
        return functions_of(mixin, ("create_scheduler",), known)["create_scheduler"](
            trainer, steps, optimizer
        )

    return make


OWN = (
    "alternate_lr_scheduler_type",
    "lr_quadratic_warmup",
    "cosine_min_lr_ratio",
    "cosine_constant_lr_ratio",
    "jagged_restart_steps",
    "jagged_restart_warmup_steps",
    "jagged_restart_anneal_steps",
)
"""What axolotl adds to TrainingArguments about schedules."""


class Settings(SimpleNamespace):
    """A config of axolotl: a key that it does not have is None."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def __getattr__(self, name):
        return self.values[name]


REAL = [
    *((name, ({"warmup_steps": 10, **settings},)) for name, (settings, _) in SCHEDULES),
    ("a default warm-up", ({},)),
    ("a ratio", ({"warmup_ratio": 0.079},)),
    ("a ratio of one step", ({"warmup_ratio": 0.01, "lr_scheduler": "linear"},)),
    ("a floor and restarts", ({"cosine_min_lr_ratio": 0.3, "jagged_restart_steps": 20},)),
    ("quadratic, with a floor", ({"lr_quadratic_warmup": True, "cosine_min_lr_ratio": 0.3},)),
    ("a constant", ({"lr_scheduler": "constant_with_warmup"},)),
    (
        "waves",
        ({"lr_scheduler": "cosine_with_restarts", "lr_scheduler_kwargs": {"num_cycles": 3}},),
    ),
    ("one cycle, one step", ({"lr_scheduler": "one_cycle", "warmup_ratio": 0.01},)),
]


@for_all(REAL)
def test_the_trainer_of_axolotl_makes_the_same(settings):
    """For 100 updates."""
    real = stepped(made_by_axolotl(settings, 100), 100)
    config = {"learning_rate": LR, "max_steps": 100, **settings}
    (own,) = curves(json.dumps(config), family="axolotl").values()
    assert_same(own, real)


LENGTHS = [
    ("defaults only", ("", DATA, 500, 15)),
    ("accumulation", ("gradient_accumulation_steps: 8", DATA, 63, 2)),
    ("a warm-up of 1 is 2", ("gradient_accumulation_steps: 8\nwarmup_ratio: 0.02", DATA, 63, 2)),
    ("batch_size", ("batch_size: 16\nmicro_batch_size: 2", DATA, 32, 0)),
    ("epochs together", ("num_epochs: 1.5\nmicro_batch_size: 7", DATA, 108, 3)),
    ("at most 100", ("num_epochs: 10", DATA, 5000, 100)),
    ("a ratio, rounded down", ("warmup_ratio: 0.0999", DATA, 500, 49)),
    ("max_steps", ("max_steps: 200\nwarmup_ratio: 0.1", {}, 200, 20)),
    ("max_steps beyond the data", ("max_steps: 900\nwarmup_ratio: 0.1", DATA, 900, 50)),
    (
        "max_steps of a preference run",
        ("rl: dpo\nmax_steps: 200\nwarmup_ratio: 0.1", DATA, 200, 50),
    ),
    ("packed", ("sample_packing: true", {"max_steps": 400}, 400, 12)),
    ("text is a number", ("warmup_steps: '7'", DATA, 500, 7)),
]


@for_all(LENGTHS)
def test_the_run_is_as_long_as_axolotl_makes_it(text, facts, steps, warmup):
    """Batches of 1 on each of 2 devices; counted by hand."""
    (own,) = curves(f"learning_rate: {LR}\n{text}\n", family="axolotl", **facts).values()
    assert_same(own, [LR * factor("cosine", step, warmup, steps, LR) for step in range(steps)])


def test_groups_have_their_own_rates():
    config = f"learning_rate: {LR}\nmax_steps: 50\nwarmup_steps: 0\n"
    lora = curves(config + "loraplus_lr_ratio: 16\n", family="axolotl")
    assert {name: curve[0] for name, curve in lora.items()} == {
        "lora_a": LR, "embedding": 1e-6, "lora_b": LR * 16, "lora_b_no_decay": LR * 16,
    }  # fmt: skip
    named = "embedding_lr: 1e-5\nlr_groups: [{name: o, modules: [o_proj], lr: 1e-3}]\n"
    groups = curves(config + named, family="axolotl")
    assert {name: curve[0] for name, curve in groups.items()} == {
        "decay": LR, "embeddings": 1e-5, "o": 1e-3, "no_decay": LR,
    }  # fmt: skip


def test_only_what_decides_is_asked_for():
    asked = {}
    for text in ("", "sample_packing: true\n", "rl: grpo\n", "rl: dpo\nmax_steps: 5\n"):
        _, (problem,) = read_config(f"base_model: x\nmicro_batch_size: 1\nlearning_rate: 1\n{text}")
        asked[text] = problem.fix.removeprefix("add ").removesuffix(", with your own values")
    data = "--set dataset_size=50000 --set world_size=1"
    packed = "--set max_steps=1000"
    assert list(asked.values()) == [data, packed, packed, data]


REFUSED = [
    ("a share as steps", ("warmup_steps: 0.1", 3, "a share of the run is `warmup_ratio`")),
    ("two warm-ups", ("warmup_steps: 5\nwarmup_ratio: 0.1", 4, "")),
    ("a floor above 1", ("cosine_min_lr_ratio: 10", 3, "")),
    ("no such schedule", ("lr_scheduler: rexx", 3, "")),
    (
        "restarts of what is no expression",
        (
            "max_steps: 9\njagged_restart_steps: 3\nlr_scheduler: inverse_sqrt\nwarmup_steps: 2",
            4,
            "",
        ),
    ),
]


@for_all(REFUSED)
def test_what_axolotl_refuses_is_refused_at_its_place(text, line, fix):
    """By line."""
    _, problems = read_config(
        f"base_model: x\nlearning_rate: 1e-4\n{text}\n", "a.yaml", "axolotl", **DATA
    )
    assert [each.line for each in problems] == [line]
    assert fix in problems[0].fix


def test_a_floor_that_no_schedule_reads_is_a_finding():
    text = (
        "base_model: x\nmicro_batch_size: 1\nlearning_rate: 1e-4\nmax_steps: 9\nwarmup_steps: 0\n"
    )
    spec, _ = read_config(f"{text}lr_scheduler: linear\ncosine_min_lr_ratio: 0.1\n")
    message = "`cosine_min_lr_ratio` is not read: the schedule is `linear`"
    assert said(spec.origin.findings) == [("misleading-config-key", 7, 1, message)]
