"""Configs from strangers: whatever stands in them is a plan or a problem, never an exception."""

import copy
import json
from pathlib import Path

import pytest

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
]


def keys_read(config, family):
    """The keys that a family reads in a config, and those that it has."""
    source = InputText("a.yaml", json.dumps(config))
    reader = ConfigReader(parse_foreign(source), Problems(source), {}, family.facts, Path())
    family.read(reader)
    return sorted({*reader.read, *config, "lr_scheduler_kwargs.num_cycles"} - {"", "version"})


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


@pytest.mark.slow
@pytest.mark.parametrize(("name", "config"), CONFIGS)
def test_any_value_of_any_key_is_a_plan_or_a_problem(name, config):
    check(name, config, VALUES)


@pytest.mark.parametrize(("name", "config"), CONFIGS[::4])
def test_the_oddest_values_are_plans_or_problems(name, config):
    check(name, config, ("0", "9" * 400, '"a.py:B"', "{a: {b: 1}}"))


def check(name, config, values):
    """Give each key each of some values."""
    wrong = []
    for key in keys_read(config, FAMILIES[name]):
        for value in values:
            try:
                read_config(with_value(config, key, value), "a.yaml", name)
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
