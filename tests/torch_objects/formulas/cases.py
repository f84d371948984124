"""Schedulers of other packages with arguments of every kind, edges included, for all formulas.

``PYTHONPATH=. python tests/torch_objects/formulas/cases.py``, with the packages installed, writes
their values at some steps into ``tests/data/package_curves.json``.
"""

import json
import warnings
from pathlib import Path

import numpy as np

from lrplan.simulate.engine_choice import simulate
from tests.torch_objects.adapters.timm_plans import EPOCHS, NAMES, PER_EPOCH, random_arguments
from tests.torch_objects.adapters.traced import plan_of

MEASURED = Path(__file__).parents[2] / "data" / "package_curves.json"
STEPS = EPOCHS * PER_EPOCH
SHOWN = (0, 1, 2, 5, 8, 9, 13, 16, 20, 21, 28, 35)
BASES = (0.3, 0.1, 0.0)
METRIC = [1.0, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8]
_LENGTHS = (
    {"num_warmup_steps": 5, "num_training_steps": 20},
    {"num_warmup_steps": 0, "num_training_steps": 30},
    {"num_warmup_steps": 1, "num_training_steps": 2},
    {"num_warmup_steps": 12, "num_training_steps": 8},
    {"num_warmup_steps": 9, "num_training_steps": 9},
)
_HF = {
    "linear": ({},),
    "cosine": ({}, {"num_cycles": 1.3}),
    "cosine_with_restarts": ({}, {"num_cycles": 3}),
    "polynomial": ({"lr_end": 0.001, "power": 2.0}, {"power": 0.5}),
    "constant": ({},),
    "constant_with_warmup": ({},),
    "inverse_sqrt": ({}, {"timescale": 3}, {"timescale": 40}),
    "reduce_lr_on_plateau": ({"factor": 0.5, "patience": 1, "min_lr": 0.01},),
    "cosine_with_min_lr": ({"min_lr": 0.05}, {"min_lr_rate": 0.1, "num_cycles": 0.8}),
    "cosine_warmup_with_min_lr": (
        {"min_lr_rate": 0.1},
        {"min_lr": 0.01, "warmup_lr_rate": 0.05},
    ),
    "warmup_stable_decay": (
        {"num_decay_steps": 5},
        {"num_decay_steps": 7, "num_stable_steps": 6, "num_training_steps": None},
        {
            "num_decay_steps": 4,
            "warmup_type": "cosine",
            "decay_type": "linear",
            "min_lr_ratio": 0.1,
        },
        {"num_decay_steps": 15, "warmup_type": "1-sqrt", "decay_type": "1-sqrt"},
        {"num_decay_steps": 0, "num_cycles": 1.2},
    ),
}
_DIFFUSERS = ("linear", "cosine", "cosine_with_restarts", "constant", "constant_with_warmup")
_RULES = ("1:10,0.1:20,0.005", "0.1:20,1:10,2", "1:10,0.5:10,0.1", "0.3")
_WARMUPS = ({"warmup_num_steps": 5}, {"warmup_num_steps": 1}, {"warmup_num_steps": 26})
_DEEPSPEED = {
    "WarmupLR": ({"warmup_min_lr": 0.01}, {"warmup_max_lr": [1.0, 0.5, 0.2]}),
    "WarmupDecayLR": ({"total_num_steps": 24, "warmup_max_lr": 0.5, "warmup_min_lr": 0.02},),
    "WarmupCosineLR": (
        {"total_num_steps": 24},
        {"total_num_steps": 20, "warmup_min_ratio": 0.1, "cos_min_ratio": 0.05},
    ),
}
_CYCLE = {"cycle_min_lr": 0.1, "cycle_max_lr": [1.0, 0.8, 0.3]}
_ONE_CYCLE = (
    {"cycle_first_step_size": 6},
    {"cycle_first_step_size": 7, "cycle_second_step_size": 3, "cycle_first_stair_count": 7},
    {"cycle_first_step_size": 10, "cycle_first_stair_count": 5, "cycle_second_stair_count": 2},
    {"cycle_first_step_size": 9, "cycle_second_step_size": 0},
    {
        "cycle_first_step_size": 6,
        "cycle_second_step_size": 9,
        "decay_step_size": 4,
        "decay_lr_rate": 0.5,
        "decay_mom_rate": 0.1,
        "cycle_min_mom": 0.7,
        "cycle_max_mom": [0.8, 0.9, 0.95],
    },
)
_RANGE_TEST = (
    {"lr_range_test_min_lr": 0.01, "lr_range_test_step_size": 4},
    {"lr_range_test_step_size": 4, "lr_range_test_staircase": True},
    {"lr_range_test_min_lr": [0.1, 0.2, 0.3], "lr_range_test_step_rate": 2.5},
)


def cases():
    """Every case: what a spec has as its scheduler."""
    for name, options in _HF.items():
        for lengths in _LENGTHS:
            for own in options:
                # A decay of no ticks is refused, when it is reached.
                if name == "polynomial" and lengths == _LENGTHS[-1]:
                    continue
                yield {"type": f"transformers:{name}", "interval": "step", **lengths, **own}
    for lengths in _LENGTHS:
        for name in _DIFFUSERS:
            yield {"type": f"diffusers:{name}", "interval": "step", **lengths}
    for power in (1.0, 2.5):
        own = {**_LENGTHS[0], "power": power}
        yield {"type": "diffusers:polynomial", "interval": "step", **own}
    for rules in _RULES:
        yield {"type": "diffusers:piecewise_constant", "interval": "step", "step_rules": rules}
    yield from _of_deepspeed()
    yield from _of_timm()


def _of_deepspeed():
    for name, options in _DEEPSPEED.items():
        for warmup in _WARMUPS:
            for kind in ("log", "linear"):
                for own in options:
                    given = {**warmup, "warmup_type": kind, **own}
                    yield {"type": f"deepspeed:{name}", "interval": "step", **given}
    for own in _ONE_CYCLE:
        yield {"type": "deepspeed:OneCycle", "interval": "step", **_CYCLE, **own}
    for own in _RANGE_TEST:
        yield {"type": "deepspeed:LRRangeTest", "interval": "step", **own}


def _of_timm():
    rng = np.random.default_rng(0)
    for name in NAMES:
        for _ in range(12):
            arguments = random_arguments(name, rng)
            interval = "epoch" if arguments.get("t_in_epochs", True) else "step"
            yield {"type": f"timm:{name}", "interval": interval, **arguments}


def values(mapping):
    """By field, the values of every step and group: an array of steps by groups."""
    kind = mapping["type"]
    trace = simulate(plan_for(mapping))
    assert trace.failure is None, trace.failure
    fields = ("lr", "momentum") if kind == "deepspeed:OneCycle" else ("lr",)
    return {
        field: np.column_stack([trace.columns[field][group] for group in trace.groups])
        for field in fields
    }


def plan_for(mapping):
    """The plan of a case: three groups, and a metric for schedulers that read one."""
    kind = mapping["type"]
    # AdamW has betas, which OneCycle writes. A rate of 0 is as good as any; the optimizer's own, of
    # which some floors are a share, is that of the first group.
    return plan_of(
        mapping,
        rates=BASES,
        training={"epochs": EPOCHS, "steps_per_epoch": PER_EPOCH},
        metric=_metric(kind, mapping["interval"]),
        type="AdamW",
        groups={
            "a": {"lr": BASES[0]},
            "b": {"lr": BASES[1], **({"lr_scale": 0.5} if "timm" in kind else {})},
            "c": {"lr": BASES[2]},
        },
    )


def _metric(kind, interval):
    if "lateau" not in kind:
        return None
    return METRIC if interval == "epoch" else np.repeat(METRIC, PER_EPOCH).tolist()


def _measure():
    rows = []
    for mapping in cases():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = values(mapping)
        rows.append([mapping, {field: each[list(SHOWN)].tolist() for field, each in found.items()}])
    MEASURED.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n", "utf-8")


if __name__ == "__main__":
    _measure()
