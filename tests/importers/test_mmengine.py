"""MMEngine: its own config, optimizer wrapper, builder of schedulers and hook, in a plain loop."""

import warnings
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
import torch

from tests.support.foreign import assert_same, curves

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the package, while it is imported
    hooks = pytest.importorskip("mmengine.hooks", reason="mmengine is missing")
    config_module = pytest.importorskip("mmengine.config", reason="mmengine is missing")
    optim = pytest.importorskip("mmengine.optim", reason="mmengine is missing")
    runners = pytest.importorskip("mmengine.runner", reason="mmengine is missing")
Config, Runner = config_module.Config, runners.Runner

pytestmark = pytest.mark.filterwarnings("ignore")

OPTIMIZER = "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9))\n"
EPOCHS = f"{OPTIMIZER}train_cfg = dict(by_epoch=True, max_epochs=12)\n"
ITERATIONS = f"{OPTIMIZER}train_cfg = dict(type='IterBasedTrainLoop', max_iters=200)\n"
LOADER = "train_dataloader = dict(batch_size=16)\n"
BATCHES = 7
FILES = {
    "base/schedule.py": """
max_epochs = 10
base_lr = 0.02
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=base_lr * 4 / 8, weight_decay=0.05, betas=(0.9, 0.98)),
    paramwise_cfg=dict(norm_decay_mult=0.))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=20),
    dict(type='CosineAnnealingLR', T_max=max_epochs, by_epoch=True, begin=0, end=max_epochs)]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1)
""",
    "base/default.py": "default_scope = 'mmpretrain'\nfraction = [1, 2, 3][::-1]\n",
}


class Loop(runners.BaseLoop):
    """Says how long the run is."""

    def run(self):
        """Not called."""


def train(config, accumulate):
    """The rates of all groups at each update, as MMEngine's own parts set them."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.LayerNorm(2))
    wrapper = optim.build_optim_wrapper(model, config.optim_wrapper)
    cycle = config.train_cfg
    by_epoch = cycle.get("type", "EpochBasedTrainLoop") == "EpochBasedTrainLoop"
    iterations = cycle.max_epochs * BATCHES if by_epoch else cycle.max_iters
    runner = MagicMock()
    runner._train_loop = Loop(runner, [0])
    runner.max_epochs, runner.max_iters = cycle.get("max_epochs", 0), iterations
    runner.train_dataloader = range(BATCHES)
    schedulers = config.get("param_scheduler", [])
    runner.param_schedulers = Runner._build_param_scheduler(runner, schedulers, wrapper)
    wrapper.initialize_count_status(model, 0, iterations)
    lrs, step = [], wrapper.optimizer.step

    def record(*args, **kwargs):
        lrs.append([group["lr"] for group in wrapper.optimizer.param_groups])
        step(*args, **kwargs)

    wrapper.optimizer.step = record
    hook = hooks.ParamSchedulerHook()
    for index in range(iterations):
        wrapper.update_params(model(torch.zeros(1, 2)).sum())
        hook.after_train_iter(runner, index)
        if by_epoch and (index + 1) % BATCHES == 0:
            hook.after_train_epoch(runner)
    return lrs[: iterations // accumulate]


CASES = [
    ("no scheduler", EPOCHS),
    ("steps", EPOCHS + "param_scheduler = dict(type='MultiStepLR', milestones=[8, 11])"),
    (
        "a warm-up by iteration",
        EPOCHS + "param_scheduler = [dict(type='LinearLR', start_factor=0.001, by_epoch=False,"
        " begin=0, end=50), dict(type='MultiStepLR', begin=0, end=12, milestones=[8, 11])]",
    ),
    (
        "converted to iterations",
        EPOCHS + "param_scheduler = [dict(type='LinearLR', start_factor=1e-3, begin=0, end=2,"
        " convert_to_iter_based=True), dict(type='CosineAnnealingLR', T_max=10, eta_min=1e-5,"
        " by_epoch=True, begin=2, end=12, convert_to_iter_based=True)]",
    ),
    (
        "without an end",
        EPOCHS + "param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=False),"
        " dict(type='PolyLR', power=0.9, eta_min=1e-4)]",
    ),
    (
        "by iteration",
        ITERATIONS + "param_scheduler = [dict(type='LinearLR', by_epoch=False, end=30),"
        " dict(type='PolyLR', power=0.9, eta_min=1e-4, begin=30, by_epoch=False)]",
    ),
    (
        "restarts",
        ITERATIONS + "param_scheduler = dict(type='CosineRestartLR', periods=[60, 140],"
        " restart_weights=[1, 0.5], eta_min=1e-5, by_epoch=False)",
    ),
    (
        "accumulation",
        EPOCHS + "optim_wrapper['accumulative_counts'] = 4\n"
        "param_scheduler = dict(type='CosineAnnealingLR', T_max=84, by_epoch=False)",
    ),
    (
        "accumulation by iteration",
        ITERATIONS + "optim_wrapper.update(accumulative_counts=3)\n"
        "param_scheduler = dict(type='ExponentialLR', gamma=0.99, by_epoch=False)",
    ),
    ("computed elsewhere", "mean = [1, 2][::-1]\n" + EPOCHS + "dataset = dict(mean=mean)\n"),
]
BASED = [
    ("bases", ""),
    ("an own rate", "optim_wrapper = dict(optimizer=dict(lr={{_base_.base_lr}}))\n"),
    ("a base's name", "train_cfg = dict(max_epochs=_base_.max_epochs + 2)\n"),
    (
        "deleted",
        (
            "optim_wrapper = dict(optimizer=dict(_delete_=True, type='SGD', lr=3, weight_decay=1))"
            "\nparam_scheduler = dict(_delete_=True, type='StepLR', step_size=3)\n"
        ),
    ),
]


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(("name", "text"), CASES, ids=[name for name, _ in CASES])
def test_the_curve_is_that_of_mmengine(name, text, tmp_path):
    path = tmp_path / "config.py"
    path.write_text(text)
    config = Config.fromfile(path)
    accumulate = config.optim_wrapper.get("accumulative_counts", 1)
    real = train(config, accumulate)
    facts = {} if "IterBased" in text else {"batches_per_epoch": BATCHES}
    own = curves(text, "config.py", **facts)
    assert_same(next(iter(own.values())), [each[0] for each in real])


@pytest.mark.parametrize(("name", "text"), BASED, ids=[name for name, _ in BASED])
def test_bases_are_merged_as_mmengine_does(name, text, folder):
    text = f"_base_ = ['base/schedule.py', 'base/default.py']\n{text}"
    path = folder / "config.py"
    path.write_text(text)
    config = Config.fromfile(path)
    real = train(config, 1)
    own = curves(text, "config.py", folder=folder, batches_per_epoch=BATCHES)
    assert_same(next(iter(own.values())), [each[0] for each in real])


def test_groups_have_the_rates_of_paramwise_cfg(tmp_path):
    text = EPOCHS.replace("dict(optimizer", (
        "dict(paramwise_cfg=dict(bias_lr_mult=2.0, custom_keys={'1': dict(lr_mult=0.1)}), optimizer"
    ))  # fmt: skip
    path = tmp_path / "config.py"
    path.write_text(text)
    real = {round(each, 12) for each in train(Config.fromfile(path), 1)[0]}
    own = curves(text, "config.py", batches_per_epoch=BATCHES)
    assert list(own) == ["default", "1", "bias"]
    assert {round(each[0], 12) for each in own.values()} == real


def test_the_rate_is_scaled_where_that_is_enabled():
    wrapper = SimpleNamespace()
    text = EPOCHS + LOADER + "auto_scale_lr = dict(enable=True, base_batch_size=256)\n"
    model = torch.nn.Linear(1, 1)
    config = Config.fromstring(text, ".py")
    wrapper = optim.build_optim_wrapper(model, config.optim_wrapper)
    runner = MagicMock(world_size=4, param_schedulers=[])
    runner._train_dataloader = config.train_dataloader
    Runner.scale_lr(runner, wrapper, config.auto_scale_lr)
    own = curves(text, "config.py", dataset_size=1000, world_size=4)
    assert own["all"][0] == wrapper.optimizer.param_groups[0]["lr"]
