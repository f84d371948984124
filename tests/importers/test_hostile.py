"""Configs from strangers: whatever stands in them is a plan or a problem, never an exception."""

import copy
import json
from pathlib import Path

import pytest
import yaml

from lrplan.errors import LrplanError
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.families import FAMILIES
from lrplan.importers.foreign_text import parse_foreign
from lrplan.specfile.problems import Problems
from lrplan.text_position import InputText
from tests.support.foreign import read_config

VALUES = [
    *("0", "-1", "1e300", "-1e300", "1e-320", "9" * 400, ".inf", ".nan", "0.5", "null", "true"),
    *('""', '"x"', '"' + "x" * 5000 + '"', "[]", "[1, 2]", "{}", "{a: {b: 1}}", '"a.py:B"'),
    *('"${oc.env:HOME}"', '"../../../etc/passwd"', '"\\u202e"', "2026-01-01", "0x10", "1_000"),
]
DATA = {"dataset_size": 10, "world_size": 1}
TRAINER = {"learning_rate": 1e-3, "lr_scheduler_type": "cosine", "warmup_steps": 2, **DATA}
STABLE = {"lr_scheduler_type": "warmup_stable_decay", "lr_scheduler_kwargs": {"num_decay_steps": 1}}
AXOLOTL = {"learning_rate": 1e-3, "cosine_min_lr_ratio": 0.1, **DATA}
CYCLE = {"cycle_min_lr": 1e-3, "cycle_max_lr": 1e-2, "cycle_first_step_size": 5}


TIMM = {"opt": "adamw", "epochs": 8, "batch_size": 2, "grad_accum_steps": 2, **DATA}
MMENGINE = {
    "optim_wrapper": {
        "optimizer": {"type": "SGD", "lr": 0.1},
        "paramwise_cfg": {"bias_lr_mult": 2.0, "custom_keys": {"head": {"lr_mult": 0.1}}},
        "accumulative_counts": 2,
    },
    "train_cfg": {"by_epoch": True, "max_epochs": 4},
    "train_dataloader": {"batch_size": 2},
    "auto_scale_lr": {"enable": True, "base_batch_size": 8},
    **DATA,
}
MMCV = {
    "optimizer": {"type": "SGD", "lr": 0.1},
    "lr_config": {"policy": "step", "step": [2], "warmup": "linear", "warmup_iters": 3},
    "total_epochs": 4,
    "batches_per_epoch": 5,
}
ADAM = {"class_path": "torch.optim.Adam", "init_args": {"lr": 0.1}}
STEP_LR = {"class_path": "torch.optim.lr_scheduler.StepLR", "init_args": {"step_size": 2}}
CLI = {"trainer": {"max_epochs": 4}, "optimizer": ADAM, "batches_per_epoch": 5}


def deepspeed(kind, **params):
    optimizer = {"type": "AdamW", "params": {"lr": 1e-3}}
    return {"steps": 9, "optimizer": optimizer, "scheduler": {"type": kind, "params": params}}


CONFIGS = [
    ("transformers", TRAINER),
    ("transformers", {**TRAINER, **STABLE}),
    ("transformers", {**TRAINER, "max_steps": 5, "deepspeed": deepspeed("WarmupLR")}),
    ("trl", {**TRAINER, "trainer": "sft"}),
    ("llamafactory", {**TRAINER, **STABLE, "loraplus_lr_ratio": 2}),
    ("axolotl", AXOLOTL),
    ("axolotl", {**AXOLOTL, "cosine_constant_lr_ratio": 0.5, "max_steps": 4}),
    ("axolotl", {**AXOLOTL, "lr_scheduler": "rex", "jagged_restart_steps": 3}),
    ("axolotl", {**AXOLOTL, "lr_scheduler": "one_cycle", "jagged_restart_steps": 3}),
    ("axolotl", {**AXOLOTL, "jagged_restart_steps": 3}),
    ("deepspeed", deepspeed("WarmupCosineLR", total_num_steps=9, warmup_num_steps=2)),
    ("deepspeed", deepspeed("WarmupDecayLR", total_num_steps=9, warmup_num_steps=2)),
    ("deepspeed", deepspeed("OneCycle", **CYCLE, decay_step_size=3, decay_lr_rate=0.1)),
    ("deepspeed", deepspeed("LRRangeTest")),
    ("nanogpt", {"max_iters": 9, "lr_decay_iters": 8, "warmup_iters": 2, "min_lr": 1e-5}),
    ("ultralytics", {"lr0": 0.01, "lrf": 0.1, "epochs": 3, **DATA, "nc": 3, "version": "8.3.0"}),
    ("ultralytics", {"optimizer": "auto", "cos_lr": True, **DATA, "nc": 3, "batch": 4}),
    ("timm", {**TIMM, "sched": "cosine", "lr_cycle_limit": 2}),
    ("timm", {**TIMM, "opt": "lamb", "sched": "wsd", "lr_noise": [0.4, 0.9]}),
    ("timm", {**TIMM, "sched": "multistep", "layer_decay": 0.7}),
    ("mmengine", {**MMENGINE, "param_scheduler": {"type": "CosineAnnealingLR", "by_epoch": True}}),
    (
        "mmengine",
        {**MMENGINE, "param_scheduler": {"type": "MultiStepLR", "milestones": [2], "end": 3}},
    ),
    ("mmengine", MMCV),
    ("detectron2", {"SOLVER": {"MAX_ITER": 9, "STEPS": [5], "WARMUP_ITERS": 2}}),
    ("detectron2", {"SOLVER": {"LR_SCHEDULER_NAME": "WarmupCosineLR", "MAX_ITER": 9}}),
    ("lightning-cli", {**CLI, "lr_scheduler": STEP_LR}),
    ("lightning-cli", {"fit": {**CLI, "model": {"init_args": {"optimizer": ADAM}}}}),
]


def keys_read(config, family):
    """The keys that a family reads in a config, and those that it has."""
    source = InputText("a.yaml", json.dumps(config))
    reader = ConfigReader(parse_foreign(source), Problems(source), {}, family.facts, Path())
    family.read(reader)
    odd = {"lr_scheduler_kwargs.num_cycles", "param_scheduler.gamma", "model", "_base_", "_BASE_"}
    return sorted({*reader.read, *leaves(config), *odd} - {"", "version"})


def leaves(config):
    """The dotted names of what stands in mappings, and of these."""
    for key, value in config.items():
        yield key
        if isinstance(value, dict):
            yield from (f"{key}.{inner}" for inner in leaves(value))


def with_value(config, key, value):
    """The text of ``config`` with ``value``, YAML, for ``key``."""
    changed = copy.deepcopy(config)
    inside = changed
    *parts, last = key.split(".")
    for part in parts:
        if not isinstance(inside.get(part), dict):
            inside[part] = {}
        inside = inside[part]
    inside[last] = "@"
    return json.dumps(changed).replace('"@"', value)


def as_python(text):
    """A mapping in YAML as assignments."""
    values = yaml.safe_load(text)
    lines = (f"{key} = {each!r}\n" for key, each in values.items())
    return "".join(lines).replace("inf", "1e999").replace("nan", "1e999 - 1e999")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "config"), CONFIGS)
def test_any_value_of_any_key_is_a_plan_or_a_problem(name, config):
    check(name, config, VALUES)


@pytest.mark.parametrize(("name", "config"), CONFIGS[::3])
def test_the_oddest_values_are_plans_or_problems(name, config):
    check(name, config, ("0", "9" * 400, '"a.py:B"', "{a: {b: 1}}"))


def check(name, config, values):
    """Give each key each of some values."""
    wrong = []
    for key in keys_read(config, FAMILIES[name]):
        for value in values:
            try:
                text, file = with_value(config, key, value), "a.yaml"
                if "yaml" not in FAMILIES[name].formats:
                    text, file = as_python(text), "a.py"
                read_config(text, file, name)
            except LrplanError:
                pass
            except Exception as error:  # noqa: BLE001  # told with its key
                wrong.append(f"{key}: {value[:20]}: {type(error).__name__}: {error}")
    assert wrong == []


FAMILY_OF = {"a.json": "deepspeed", "a.py": "nanogpt", "a.toml": "transformers"}
TEXTS = [
    *("/*" * 100_000, "//" * 100_000, '"' * 100_001, '{"a": ' * 5_000, "[" * 50_000),
    *(", " * 50_000, "\0", "a: &a [*a]", "{", "", "\ufeff{}", "a" * 100_000, "x = " + "(" * 10_000),
]
TABLES = ["x = [" * 9_000, "[a]\n" * 30_000, "[[a]]\n" * 30_000, f"[{'a.' * 100_000}a]\n"]


@pytest.mark.parametrize("name", ["a.json", "a.py", "a.toml"])
def test_any_text_is_a_plan_or_a_problem_at_once(name):
    wrong = []
    for text in TEXTS if name != "a.toml" else [*TEXTS, *TABLES]:
        for family in ("", FAMILY_OF[name]):
            try:
                read_config(text, name, family)
            except LrplanError:
                pass
            except Exception as error:  # noqa: BLE001  # told with its text
                wrong.append(f"{text[:20]!r} as {family}: {type(error).__name__}: {error}")
    assert wrong == []
