"""pytorch-ignite: what lrplan shows is what an engine gives with the handlers attached."""

import numpy as np
import pytest
from torch.optim import lr_scheduler

from lrplan.catalog.third_party.ignite import ROWS
from tests.torch_objects.adapters.traced import (
    ONE,
    THREE,
    applied,
    by_row,
    by_signature,
    sgd,
    trace_of,
)

handlers = pytest.importorskip("ignite.handlers", reason="pytorch-ignite is missing")
engine = pytest.importorskip("ignite.engine", reason="pytorch-ignite is missing")

EPOCHS, PER_EPOCH = 6, 5
TRAINING = {"epochs": EPOCHS, "steps_per_epoch": PER_EPOCH}
Events = engine.Events

CYCLE = {"param_name": "lr", "start_value": 0.0, "end_value": 1.0, "cycle_size": 8}
POINTS = [[0, 0.1], [5, 1.0], [12, 0.2], [12, 0.05], [20, 0.0]]
CASES = {
    "linear": ("LinearCyclicalScheduler", CYCLE),
    "linear-growing": (
        "LinearCyclicalScheduler",
        {**CYCLE, "cycle_mult": 1.5, "start_value_mult": 2.0, "end_value_mult": 0.5},
    ),
    "linear-monotonic": (
        "LinearCyclicalScheduler",
        {**CYCLE, "monotonic": True, "warmup_duration": 3},
    ),
    "cosine": ("CosineAnnealingScheduler", {**CYCLE, "start_value": 1.0, "end_value": 0.01}),
    "cosine-warmup": ("CosineAnnealingScheduler", {**CYCLE, "warmup_duration": 2}),
    "cosine-one-group": ("CosineAnnealingScheduler", {**CYCLE, "param_group_index": 0}),
    "piecewise": ("PiecewiseLinear", {"param_name": "lr", "milestones_values": POINTS}),
    "piecewise-later": (
        "PiecewiseLinear",
        {"param_name": "lr", "milestones_values": [[4, 0.5], [9, 0.1]]},
    ),
}
TORCH = {
    "cosine": ("CosineAnnealingLR", {"T_max": 10}),
    "steps": ("StepLR", {"step_size": 3}),
    "exponential": ("ExponentialLR", {"gamma": 0.9}),
    "restarts": ("CosineAnnealingWarmRestarts", {"T_0": 6, "T_mult": 2}),
    "lambda": ("LambdaLR", {"lr_lambda": "0.8 ** step"}),
}

rates_each = pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
events_each = pytest.mark.parametrize("interval", ["step", "epoch"])


def python(arguments):
    """Arguments of a spec as a program writes them."""
    made = dict(arguments)
    if "milestones_values" in made:
        made["milestones_values"] = [tuple(point) for point in made["milestones_values"]]
    if isinstance(made.get("lr_lambda"), str):
        made["lr_lambda"] = lambda step: 0.8**step
    return made


def train(optimizer, scheduler, interval="step", event=None, field="lr"):
    """A trainer that steps the optimizer, with ``scheduler`` attached where it belongs."""
    rows = []

    def update(*_):
        rows.append([float(group[field]) for group in optimizer.param_groups])
        optimizer.step()

    trainer = engine.Engine(update)
    started = {"step": Events.ITERATION_STARTED, "epoch": Events.EPOCH_STARTED}[interval]
    trainer.add_event_handler(event or started, scheduler)
    trainer.run([0] * PER_EPOCH, max_epochs=EPOCHS)
    return np.array(rows)


@rates_each
@events_each
@pytest.mark.parametrize(("name", "arguments"), CASES.values(), ids=CASES)
def test_it_gives_what_an_engine_gives(name, arguments, interval, rates):
    optimizer = sgd(rates)
    scheduler = getattr(handlers, name)(optimizer, **python(arguments))
    reference = train(optimizer, scheduler, interval)
    assert len(np.unique(reference[:, 0])) > 1
    mapping = {"type": f"ignite:{name}", "interval": interval, **arguments}
    lrs = applied(mapping, rates=rates, training=TRAINING)
    assert lrs.tolist() == reference.tolist()


@rates_each
@events_each
@pytest.mark.parametrize(("name", "arguments"), TORCH.values(), ids=TORCH)
def test_a_scheduler_of_torch_wrapped(name, arguments, interval, rates):
    optimizer = sgd(rates)
    inner = getattr(lr_scheduler, name)(optimizer, **python(arguments))
    reference = train(optimizer, handlers.LRScheduler(inner), interval)
    mapping = {
        "type": "ignite:LRScheduler",
        "interval": interval,
        "lr_scheduler": {"type": name, **arguments},
    }
    lrs = applied(mapping, rates=rates, training=TRAINING)
    assert lrs.tolist() == reference.tolist()


def test_a_legacy_wrapper_belongs_after_the_update():
    optimizer = sgd()
    with pytest.warns(UserWarning, match="ITERATION_COMPLETED"):
        scheduler = handlers.LRScheduler(lr_scheduler.StepLR(optimizer, 3), use_legacy=True)
    reference = train(optimizer, scheduler, event=Events.ITERATION_COMPLETED)
    mapping = {
        "type": "ignite:LRScheduler",
        "interval": "step",
        "use_legacy": True,
        "lr_scheduler": {"type": "StepLR", "step_size": 3},
    }
    assert applied(mapping, training=TRAINING).tolist() == reference.tolist()


@rates_each
@pytest.mark.parametrize("end", [None, 0.5], ids=["to-the-base-rate", "to-a-rate-of-its-own"])
@pytest.mark.parametrize("duration", [2, 5])
@pytest.mark.parametrize(("name", "arguments"), TORCH.values(), ids=TORCH)
def test_warmup_before_a_scheduler_of_torch(name, arguments, duration, end, rates):
    given = {"warmup_start_value": 0.01, "warmup_duration": duration, "warmup_end_value": end}
    optimizer = sgd(rates)
    inner = getattr(lr_scheduler, name)(optimizer, **python(arguments))
    scheduler = handlers.create_lr_scheduler_with_warmup(inner, **given)
    mapping = {
        "type": "ignite:create_lr_scheduler_with_warmup",
        "interval": "step",
        "lr_scheduler": {"type": name, **arguments},
        **given,
    }
    reference = train(optimizer, scheduler)
    lrs = applied(mapping, rates=rates, training=TRAINING)
    assert lrs.tolist() == reference.tolist()


@rates_each
@pytest.mark.parametrize("end", [1.0, 0.5], ids=["meets", "jumps"])
def test_warmup_before_a_scheduler_of_ignite(end, rates):
    cycle = {**CYCLE, "start_value": 1.0, "end_value": 0.1}
    given = {"warmup_start_value": 0.0, "warmup_duration": 4, "warmup_end_value": end}
    optimizer = sgd(rates)
    inner = handlers.CosineAnnealingScheduler(optimizer, **cycle)
    reference = train(optimizer, handlers.create_lr_scheduler_with_warmup(inner, **given))
    mapping = {
        "type": "ignite:create_lr_scheduler_with_warmup",
        "interval": "step",
        "lr_scheduler": {"type": "ignite:CosineAnnealingScheduler", **cycle},
        **given,
    }
    lrs = applied(mapping, rates=rates, training=TRAINING)
    assert lrs.tolist() == reference.tolist()


@rates_each
def test_one_after_the_other(rates):
    rise, fall = {**CYCLE, "cycle_size": 10}, {**CYCLE, "start_value": 1.0, "end_value": 0.2}
    optimizer = sgd(rates)
    members = [
        handlers.LinearCyclicalScheduler(optimizer, **rise),
        handlers.CosineAnnealingScheduler(optimizer, **fall),
        handlers.LRScheduler(lr_scheduler.ExponentialLR(optimizer, 0.9)),
    ]
    reference = train(optimizer, handlers.ConcatScheduler(members, [5, 7]))
    mapping = {
        "type": "ignite:ConcatScheduler",
        "interval": "step",
        "durations": [5, 7],
        "schedulers": [
            {"type": "ignite:LinearCyclicalScheduler", **rise},
            {"type": "ignite:CosineAnnealingScheduler", **fall},
            {"type": "ignite:LRScheduler", "lr_scheduler": {"type": "ExponentialLR", "gamma": 0.9}},
        ],
    }
    lrs = applied(mapping, rates=rates, training=TRAINING)
    assert lrs.tolist() == reference.tolist()


def test_a_group_each():
    cycles = [{**CYCLE, "end_value": end, "param_group_index": i} for i, end in enumerate(THREE)]
    optimizer = sgd(THREE)
    members = [handlers.CosineAnnealingScheduler(optimizer, **cycle) for cycle in cycles]
    reference = train(optimizer, handlers.ParamGroupScheduler(members))
    mapping = {
        "type": "ignite:ParamGroupScheduler",
        "interval": "step",
        "schedulers": [{"type": "ignite:CosineAnnealingScheduler", **cycle} for cycle in cycles],
    }
    lrs = applied(mapping, rates=THREE, training=TRAINING)
    assert lrs.tolist() == reference.tolist()


@pytest.mark.parametrize(
    ("field", "optimizer_arguments", "recorded"),
    [
        ("momentum", {"momentum": 0.9}, "momentum"),
        ("weight_decay", {"weight_decay": 0.1}, "weight_decay"),
        ("dampening", {"momentum": 0.9}, "dampening"),
    ],
)
def test_any_field(field, optimizer_arguments, recorded):
    cycle = {**CYCLE, "param_name": field}
    optimizer = sgd(ONE, **optimizer_arguments)
    scheduler = handlers.LinearCyclicalScheduler(optimizer, **cycle)
    reference = train(optimizer, scheduler, field=field)
    mapping = {"type": "ignite:LinearCyclicalScheduler", "interval": "step", **cycle}
    trace = trace_of(mapping, training=TRAINING, **optimizer_arguments)
    assert trace.columns[recorded]["g0"].tolist() == reference[:, 0].tolist()
    assert set(trace.lr["g0"]) == {1.0}


METRIC = [1.0, 0.9, 0.9, 0.9, 0.9, 0.9]


@pytest.mark.parametrize("index", [None, 1], ids=["all-groups", "one-group"])
def test_a_plateau_is_told_by_the_evaluator(index):
    given = {"factor": 0.5, "patience": 1, "min_lr": 0.2, "param_group_index": index}
    optimizer = sgd(THREE)
    scheduler = handlers.ReduceLROnPlateauScheduler(optimizer, "loss", **given)
    evaluator = engine.Engine(lambda *_: None)
    evaluator.add_event_handler(Events.COMPLETED, scheduler)
    values = iter(METRIC)

    def evaluate(_):
        evaluator.state.metrics = {"loss": next(values)}
        scheduler(evaluator)

    reference = train(optimizer, evaluate, event=Events.EPOCH_COMPLETED)
    assert len(np.unique(reference)) > 3
    mapping = {"type": "ignite:ReduceLROnPlateauScheduler", **given}
    trace = trace_of(mapping, rates=THREE, training=TRAINING, metric=METRIC)
    assert [trace.lr[name].tolist() for name in trace.groups] == reference.T.tolist()


# Measured with pytorch-ignite 0.5.5 at a base rate of 1, to the digits given.
def test_one_recipe_gives_the_measured_curve():
    mapping = {
        "type": "ignite:create_lr_scheduler_with_warmup",
        "interval": "step",
        "warmup_start_value": 0.0,
        "warmup_duration": 5,
        "lr_scheduler": {"type": "CosineAnnealingLR", "T_max": 10},
    }
    rates = applied(mapping, training=TRAINING)[:, 0]
    assert (rates[0], rates.argmax(), rates.max()) == (0.0, 4, 1.0)
    three = {**mapping, "warmup_duration": 3}
    rates = applied(three, rates=(0.1,), training=TRAINING)[:, 0]
    assert rates[:4] == pytest.approx([0, 0.05, 0.1, 0.0976], abs=5e-5)


NO_CURVE = {"self", "optimizer", "save_history", "names", "output_simulated_values"}
NOT_OF_A_SPEC = NO_CURVE | {"metric_name", "trainer", "last_epoch", "verbose"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_arguments_are_those_of_the_class(row):
    name = row.name.partition(":")[2]
    arguments = by_signature(getattr(handlers, name), without=NOT_OF_A_SPEC)
    if name == "LinearCyclicalScheduler":  # *args: those of its base
        arguments |= by_signature(handlers.CosineAnnealingScheduler, without=NOT_OF_A_SPEC)
        arguments.pop("args")
    if name == "ReduceLROnPlateauScheduler":
        arguments |= by_signature(lr_scheduler.ReduceLROnPlateau, without=NOT_OF_A_SPEC)
    assert by_row(row) == arguments


def test_every_scheduler_of_an_optimizer_has_a_row():
    from ignite.handlers import param_scheduler

    bases = {"BaseParamScheduler", "ParamScheduler", "CyclicalScheduler"}
    elsewhere = {"BatchSizeScheduler", "PyTorchLRScheduler"}
    public = {
        name
        for name, item in vars(param_scheduler).items()
        if not name.startswith("_")
        and (name.endswith("Scheduler") or name == "PiecewiseLinear" or "warmup" in name)
        and callable(item)
    }
    assert {row.name for row in ROWS} == {f"ignite:{name}" for name in public - bases - elsewhere}
