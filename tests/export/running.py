"""Generated code at work: executed, and stepped by loops that know nothing of lrplan's own."""

import sys
import warnings
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.data import DataLoader

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.example import example
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load, load_file
from lrplan.text_position import InputText
from tests.export.accelerate_package import DataLoaderConfiguration, accelerator_of
from tests.export.plans import MORE
from tests.support.releases import has

SPEC = load_file(Path(__file__).parents[2] / "schedules.yaml")
EXAMPLES = {
    f"example-{row.name}": load(InputText("spec.yaml", example(row)), Path()).plans["example"]
    for row in (*SCHEDULERS.values(), *OPTIMIZERS.values())
    if row.path.startswith(("torch.", "lrplan.torch_objects.schedulers")) and has(row)
}
PLANS = {**SPEC.plans, **EXAMPLES, **MORE}

needs_ruff = pytest.mark.skipif(find_spec("ruff") is None, reason="ruff is not installed")


@cache
def traced(name):
    return simulate(PLANS[name])


class Lightning(nn.Module):
    """A replacement for ``lightning.LightningModule`` where lightning is not installed."""


@contextmanager
def stubbed(name, **contents):
    """A package that need not be installed, for as long as the code is executed."""
    stub = ModuleType(name)
    vars(stub).update(contents)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, name, stub)
        yield


def executed(source, processes=1):
    """The names that the module defines; with accelerate, in one of so many processes."""
    namespace = {"__name__": "generated"}
    with ExitStack() as packages:
        packages.enter_context(stubbed("lightning", LightningModule=Lightning))
        if find_spec("accelerate") is None:
            accelerator, config = accelerator_of(processes), DataLoaderConfiguration
            packages.enter_context(stubbed("accelerate", Accelerator=accelerator))
            packages.enter_context(stubbed("accelerate.utils", DataLoaderConfiguration=config))
        exec(compile(source, "generated.py", "exec"), namespace)
    return namespace


def filled(module, groups):
    """``module`` with one parameter for each group, and how ``group_of`` finds it."""
    for index in range(len(groups)):
        module.register_parameter(f"p{index}", nn.Parameter(torch.zeros(1, 1)))
    return module, lambda name, _: groups[int(name[1:])]


class Record:
    """The values in an optimizer's groups at each of its steps."""

    def __init__(self, trace):
        self.rows = {(f, g): [] for f, columns in trace.columns.items() for g in columns}
        self.names = trace.groups

    def __call__(self, optimizer, *_):
        for name, group in zip(self.names, optimizer.param_groups, strict=True):
            assert group.get("name", name) == name
            for (field, of), rows in self.rows.items():
                if of == name:
                    rows.append(float(held(group, field)))

    def check(self, trace):
        for (field, group), rows in self.rows.items():
            expected = trace.columns[field][group]
            # One rounding of a cosine near its foot is 1e-16 of the peak.
            atol = 2e-16 * np.abs(expected).max(initial=0)
            np.testing.assert_allclose(rows, expected, 1e-12, atol, err_msg=f"{field} {group}")


def held(group, field):
    if field == "momentum" and "momentum" not in group:
        field = "betas[0]"
    key, _, index = field.partition("[")
    return group[key][int(index[:-1])] if index else group[key]


def built(namespace, plan):
    """Optimizer and schedulers by the functions of a generated module."""
    groups = [group.name for group in plan.optimizer.groups]
    model, namespace["group_of"] = filled(nn.Module(), groups)
    optimizer = namespace["build_optimizer"](model)
    if "build_scheduler" in namespace:
        return optimizer, [namespace["build_scheduler"](optimizer)]
    if "build_schedulers" in namespace:
        return optimizer, list(namespace["build_schedulers"](optimizer))
    return optimizer, []


def step(optimizer):
    optimizer.step((lambda: 0.0) if type(optimizer).__name__ == "LBFGS" else None)


def plain_loop(source, plan, trace):
    """The order of the contract: step, then ``step`` ticks, ``batch`` ticks, ``epoch`` ticks."""
    optimizer, schedulers = built(executed(source), plan)
    record, clock = Record(trace), plan.clock
    tick = Ticker(zip(plan.schedulers, schedulers, strict=True), plan.metrics)
    per_epoch, window = clock.batches_per_epoch, clock.batching.accumulate
    steps = pending = 0
    for batch in count(1):
        last = per_epoch is not None and batch % per_epoch == 0
        pending += 1
        if pending == window or (last and clock.batching.last_window == "step"):
            record(optimizer)
            step(optimizer)
            steps, pending = steps + 1, 0
            tick("step")
        tick("batch")
        if last:
            tick("epoch")
            pending = 0 if clock.batching.last_window == "drop" else pending
        if steps == clock.steps:
            break
    return record


class Ticker:
    """Ticks the schedulers of an interval that are due, with their metrics.

    Args:
        pairs: each scheduler of the plan with the one that was built for it.
        metrics: of the plan.
    """

    def __init__(self, pairs, metrics):
        self.pairs = list(pairs)
        self.metrics = metrics
        self.calls = [0] * len(self.pairs)
        self.ticks = [0] * len(self.pairs)

    def __call__(self, interval):
        for index, (plan, scheduler) in enumerate(self.pairs):
            if plan.interval == interval:
                self.calls[index] += 1
                if self.calls[index] % plan.frequency == 0:
                    scheduler.step(*self.metric(plan, index))
                    self.ticks[index] += 1

    def metric(self, plan, index):
        reads = plan.row.metric and plan.monitor is not None
        return [self.metrics[plan.monitor].at(self.ticks[index])] if reads else []


def own_loop(source, plan, trace, batches=None):
    """What the generated ``train`` does with batches, losses and gradients."""
    namespace, record = executed(source, plan.clock.settings.world_size), Record(trace)
    groups = [group.name for group in plan.optimizer.groups]
    model, namespace["group_of"] = filled(nn.Module(), groups)
    batches = batches or plan.clock.batches_per_epoch or plan.clock.batches
    # The real accelerate knows the last batch of an epoch of a DataLoader alone.
    is_prepared = plan.clock.settings.loop == "accelerate" and find_spec("accelerate") is not None
    loader = DataLoader(range(batches)) if is_prepared else range(batches)
    arguments = [model, loader, lambda of, _: sum(p.sum() for p in of.parameters()) * 0]
    if any(each.row.metric and each.monitor for each in plan.schedulers):
        arguments.append(evaluation(plan))
    handle = register_optimizer_step_pre_hook(record)
    try:
        namespace["train"](*arguments)
    finally:
        handle.remove()
    return record


def evaluation(plan):
    """The function that ``train`` calls when a metric is due."""
    reader = next(each for each in plan.schedulers if each.row.metric and each.monitor)
    numbers = count()
    return lambda model: plan.metrics[reader.monitor].at(next(numbers))


@contextmanager
def torch_may_warn():
    # SequentialLR and MultiStepLR beyond their ends warn; so do they without lrplan.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def lightning_loop(source, plan, trace):
    """Call everything as Lightning 2.6 does in ``_TrainingEpochLoop`` and ``_FitLoop``."""
    namespace, record, clock = executed(source), Record(trace), plan.clock
    groups = [group.name for group in plan.optimizer.groups]
    module, namespace["group_of"] = filled(namespace["Scheduled"](), groups)
    optimizer, configs = configured(module.configure_optimizers())
    fed = {id(config): metrics_of(config, plan) for config in configs}

    def update(interval, index, *, plateau):
        for config in configs:
            reads = isinstance(config["scheduler"], ReduceLROnPlateau)
            due = (index + 1) % config.get("frequency", 1) == 0
            if reads == plateau and config["interval"] == interval and due:
                config["scheduler"].step(*(next(metric) for metric in fed[id(config)]))

    per_epoch, accumulate = clock.batches_per_epoch or clock.batches, clock.batching.accumulate
    steps = 0
    for epoch in count():
        for index in range(per_epoch):
            last = index == per_epoch - 1
            whole = last or (index + 1) % accumulate == 0
            if whole:
                record(optimizer)
                step(optimizer)
                steps += 1
                update("step", index, plateau=False)
            if last:
                update("epoch", epoch, plateau=False)
            if whole:
                update("step", index, plateau=True)
            if steps == clock.steps:
                return record
        update("epoch", epoch, plateau=True)
    return record


def metrics_of(config, plan):
    """For a configuration with a monitor, an iterator over its values."""
    return [map(plan.metrics[config["monitor"]].at, count())] if "monitor" in config else []


def configured(result):
    """The optimizer and the configurations that ``configure_optimizers`` has given."""
    if isinstance(result, dict):
        optimizers, configs = [result["optimizer"]], [result["lr_scheduler"]]
    elif isinstance(result, tuple):
        optimizers, configs = result
    else:
        optimizers, configs = [result], []
    for config in configs:
        # What Lightning insists on.
        assert config["scheduler"].optimizer in optimizers
        assert isinstance(config["scheduler"], LRScheduler | ReduceLROnPlateau)
        assert config.keys() <= {"scheduler", "interval", "frequency", "monitor", "name"}
        assert ("monitor" in config) == isinstance(config["scheduler"], ReduceLROnPlateau)
    return optimizers[0], configs
