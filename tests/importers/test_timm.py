"""timm: the curves are those of ``create_scheduler_v2``, ticked as ``train.py`` ticks it."""

import json
import math
import random
from types import SimpleNamespace

import pytest
import torch

from lrplan.errors import MissingExtraError
from lrplan.torch_objects.adapters.timm import _package
from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config

try:
    _package()
except MissingExtraError:
    pytest.skip("timm is missing", allow_module_level=True)

DEFAULTS = {
    "sched": "cosine",
    "sched_on_updates": False,
    "lr": None,
    "lr_base": 0.1,
    "lr_base_size": 256,
    "lr_base_scale": "",
    "epochs": 300,
    "warmup_epochs": 5,
    "warmup_lr": 1e-5,
    "warmup_prefix": False,
    "min_lr": 0,
    "cooldown_epochs": 0,
    "decay_epochs": None,
    "decay_milestones": [90, 180, 270],
    "decay_rate": 0.1,
    "patience_epochs": 10,
    "lr_cycle_mul": 1.0,
    "lr_cycle_decay": 0.5,
    "lr_cycle_limit": 1,
    "lr_k_decay": 1.0,
    "lr_noise": None,
    "lr_noise_pct": 0.67,
    "lr_noise_std": 1.0,
    "opt": "sgd",
    "momentum": 0.9,
    "weight_decay": 2e-5,
    "grad_accum_steps": 1,
    "batch_size": 128,
    "seed": 42,
}
"""The options of train.py that decide the learning rate, with its defaults."""
SMALL = {"dataset_size": 5003, "world_size": 2}


def yaml_of(options):
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in options.items())


def train(options, dataset_size, world_size):
    """The rate at each update of the first group, as train.py makes and ticks the scheduler."""
    package = _package()
    args = SimpleNamespace(**{**DEFAULTS, **options})
    if not args.lr:
        ratio = args.batch_size * world_size * args.grad_accum_steps / args.lr_base_size
        scale = args.lr_base_scale
        if not scale:
            scale = (
                "sqrt" if any(each in args.opt.lower() for each in ("ada", "lamb")) else "linear"
            )
        args.lr = args.lr_base * (ratio**0.5 if scale == "sqrt" else ratio)
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=args.lr)
    loader = math.ceil(dataset_size / world_size) // args.batch_size
    updates = (loader + args.grad_accum_steps - 1) // args.grad_accum_steps
    kwargs = package.scheduler_factory.scheduler_kwargs(args)
    scheduler, epochs = package.create_scheduler_v2(optimizer, **kwargs, updates_per_epoch=updates)
    lrs = []
    for epoch in range(epochs):
        done = epoch * updates
        for _ in range(updates):
            lrs.append(optimizer.param_groups[0]["lr"])
            done += 1
            if scheduler is not None:
                scheduler.step_update(num_updates=done, metric=0.0)
        if scheduler is not None:
            scheduler.step(epoch + 1, 0.0)
    return lrs


CASES = [
    {},
    {"lr": 0.05, "epochs": 20},
    {"opt": "adamw", "lr_base": 1e-3, "epochs": 12},
    {"opt": "lamb", "epochs": 12, "grad_accum_steps": 4},
    {"lr_base_scale": "sqrt", "epochs": 12, "batch_size": 60},
    {"epochs": 12, "warmup_epochs": 3, "warmup_prefix": True, "cooldown_epochs": 4, "min_lr": 1e-4},
    {"epochs": 12, "warmup_epochs": 2.5, "sched_on_updates": True, "grad_accum_steps": 3},
    {"epochs": 6, "lr_cycle_limit": 3, "lr_cycle_mul": 1.5, "warmup_epochs": 0},
    {"epochs": 6, "lr_cycle_limit": 2, "cooldown_epochs": 3, "sched_on_updates": True},
    {"epochs": 12, "lr_k_decay": 1.7, "warmup_lr": 0.0},
    {"sched": "tanh", "epochs": 14, "min_lr": 1e-5},
    {"sched": "poly", "epochs": 14, "decay_rate": 1.0, "lr_k_decay": 2.0},
    {"sched": "step", "epochs": 14, "decay_epochs": 2.4, "decay_rate": 0.97},
    {"sched": "step", "epochs": 100},
    {"sched": "step", "epochs": 7, "decay_epochs": 2, "sched_on_updates": True, "warmup_epochs": 1},
    {"sched": "multistep", "epochs": 14, "decay_milestones": [6, 10], "warmup_prefix": True},
    {"sched": "constant", "epochs": 9, "warmup_epochs": 3},
    {"sched": "wsd", "epochs": 20},
    {"sched": "wsd", "epochs": 20, "decay_epochs": 6, "warmup_prefix": True, "cooldown_epochs": 2},
    {"sched": "rsqrt", "epochs": 20, "sched_on_updates": True, "lr_stable_timescale": 2.0},
    {"sched": "none", "epochs": 5},
    {"epochs": 12, "lr_noise": [0.4, 0.9]},
    {"epochs": 12, "lr_noise": 0.5, "lr_noise_pct": 0.3},
]


@for_all((str(case), (case,)) for case in CASES)
def test_the_curve_is_that_of_train_py(case):
    real = train(case, **SMALL)
    for curve in curves(yaml_of({**DEFAULTS, **case}), **SMALL).values():
        assert_same(curve, real)


OPTIONS = {
    "sched": ("cosine", "tanh", "poly", "step", "multistep", "constant", "wsd", "rsqrt"),
    "sched_on_updates": (True, False),
    "lr": (None, 0.05, 1e-3),
    "lr_base_scale": ("", "sqrt", "linear"),
    "epochs": (3, 8, 17),
    "warmup_epochs": (0, 1, 2.5, 5),
    "warmup_lr": (0.0, 1e-5, 0.01),
    "warmup_prefix": (True, False),
    "min_lr": (0, 1e-5, 1e-3),
    "cooldown_epochs": (0, 3),
    "decay_epochs": (1, 2.4, 4),
    "decay_milestones": ([2, 5], [1], [3, 4, 16]),
    "decay_rate": (0.1, 0.5, 1.0),
    "lr_cycle_limit": (1, 2, 4),
    "lr_cycle_mul": (1.0, 1.5),
    "lr_k_decay": (1.0, 0.7, 2.0),
    "opt": ("sgd", "adamw", "lamb"),
    "grad_accum_steps": (1, 3),
    "batch_size": (128, 60),
}


def drawn(seed):
    """A few options at random."""
    draw = random.Random(seed)
    names = draw.sample(sorted(OPTIONS), 8)
    return {"epochs": 6, **{name: draw.choice(OPTIONS[name]) for name in names}}


@pytest.mark.slow
@for_all((f"seed {seed}", (drawn(seed),)) for seed in range(400))
def test_random_options_have_the_curve_of_train_py(case):
    text = yaml_of({**DEFAULTS, **case})
    try:
        real = train(case, **SMALL)
    except (TypeError, ValueError):  # timm refuses it, or train.py has no number of epochs
        assert read_config(text, **SMALL)[1]
        return
    for curve in curves(text, **SMALL).values():
        assert_same(curve, real)


def test_batches_may_be_given_instead_of_images():
    text = yaml_of({**DEFAULTS, "lr": 0.1, "epochs": 4})
    real = train({"lr": 0.1, "epochs": 4}, 128 * 19, 1)
    assert_same(curves(text, batches_per_epoch=19)["decay"], real)


def test_layers_have_their_share_of_the_rate():
    text = yaml_of({**DEFAULTS, "epochs": 4, "layer_decay": 0.5})
    real = train({"epochs": 4}, **SMALL)
    own = curves(text, layers=3, **SMALL)
    for share, curve in zip((0.25, 0.5, 1), own.values(), strict=True):
        assert_same(curve, [each * share for each in real])
