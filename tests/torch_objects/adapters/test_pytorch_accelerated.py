"""pytorch-accelerated: what lrplan shows is what a loop of updates and ``step()`` gives."""

import numpy as np
import pytest

from lrplan.catalog.third_party.pytorch_accelerated import ROWS
from lrplan.errors import SpecError
from lrplan.torch_objects.adapters.pytorch_accelerated import StatelessFormula
from tests.torch_objects.adapters.traced import (
    ONE,
    THREE,
    applied,
    by_row,
    by_signature,
    rates_of,
    sgd,
    trace_of,
)

schedulers = pytest.importorskip(
    "pytorch_accelerated.schedulers", reason="pytorch-accelerated is missing"
)

EPOCHS, PER_EPOCH = 6, 5
TRAINING = {"epochs": EPOCHS, "steps_per_epoch": PER_EPOCH}
STEPS = EPOCHS * PER_EPOCH
LENGTH = {"total_num_epochs": 4, "num_update_steps_per_epoch": PER_EPOCH}
CASES = {
    "cosine": ("CosineLrScheduler", LENGTH),
    "cosine-warmup": ("CosineLrScheduler", {**LENGTH, "num_warmup_epochs": 1}),
    "cosine-cooldown": (
        "CosineLrScheduler",
        {**LENGTH, "num_warmup_epochs": 1, "num_cooldown_epochs": 1, "lr_min": 0.001},
    ),
    "cosine-k-decay": ("CosineLrScheduler", {**LENGTH, "k_decay": 2.0}),
    "cosine-ratios": (
        "CosineLrScheduler",
        {**LENGTH, "num_warmup_epochs": 1, "min_lr_ratio": 0.1, "warmup_starting_lr_ratio": 0.5},
    ),
    "wsd": ("WSDLrScheduler", {"total_steps": 20, "num_warmup_steps": 4}),
    "wsd-epochs": (
        "WSDLrScheduler",
        {"num_epochs": 4, "num_update_steps_per_epoch": PER_EPOCH, "decay_phase_ratio": 0.25},
    ),
    "wsd-inverse": (
        "WSDLrScheduler",
        {
            "total_steps": 20,
            "decay_phase_ratio": 0.5,
            "lr_min": 0.1,
            "use_inverse_sqrt_decay": False,
        },
    ),
    "wsd-checkpoints": (
        "WSDLrScheduler",
        {"total_steps": 24, "num_checkpoints": 3, "decay_phase_ratio": 0.3, "lr_min": 0.1},
    ),
    "wsd-continued": (
        "WSDLrScheduler",
        {"total_steps": 20, "num_warmup_steps": 5, "is_continuation_from_checkpoint": True},
    ),
}


def train(optimizer, after_update, read=rates_of, updates=STEPS):
    """The Trainer's order: the optimizer steps, then the scheduler."""
    rows = []
    for update in range(updates):
        rows.append(read(optimizer))
        optimizer.step()
        after_update(update)
    return np.array(rows)


@pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
@pytest.mark.parametrize(("name", "arguments"), CASES.values(), ids=CASES)
def test_it_gives_what_the_package_gives(name, arguments, rates):
    optimizer = sgd(rates)
    scheduler = getattr(schedulers, name)(optimizer, **arguments)
    reference = train(optimizer, lambda _: scheduler.step())
    assert len(np.unique(reference[:, 0])) > 1
    mapping = {"type": f"pytorch_accelerated:{name}", "interval": "step", **arguments}
    assert applied(mapping, rates=rates, training=TRAINING).tolist() == reference.tolist()


@pytest.mark.parametrize(
    ("name", "lengths"),
    [
        ("CosineLrScheduler", {"total_num_epochs": EPOCHS}),
        ("WSDLrScheduler", {"num_epochs": EPOCHS}),
    ],
)
def test_lengths_left_out_are_those_of_the_run(name, lengths):
    mapping = {"type": f"pytorch_accelerated:{name}", "interval": "step"}
    given = {**mapping, **lengths, "num_update_steps_per_epoch": PER_EPOCH}
    assert applied(mapping, training=TRAINING).tolist() == applied(given).tolist()


@pytest.mark.parametrize("name", ["CosineLrScheduler", "WSDLrScheduler"])
def test_a_run_without_epochs_has_none_to_fill_in(name):
    plan = {"type": f"pytorch_accelerated:{name}"}
    with pytest.raises(SpecError, match="this run has no epochs to take it from"):
        trace_of(plan, training={"steps": 20})


def test_ticked_per_epoch_it_counts_epochs_as_updates():
    optimizer = sgd()
    scheduler = schedulers.CosineLrScheduler(optimizer, **LENGTH)

    def at_the_end_of_an_epoch(update):
        if (update + 1) % PER_EPOCH == 0:
            scheduler.step()

    reference = train(optimizer, at_the_end_of_an_epoch)
    mapping = {"type": "pytorch_accelerated:CosineLrScheduler", **LENGTH}
    assert applied(mapping, training=TRAINING).tolist() == reference.tolist()


class ByMilestone(schedulers.StatefulSchedulerBase):
    """lr 0.1, halved at the updates of epochs 2 and 4; as the package's guide writes one."""

    def get_updated_values(self, num_updates):
        passed = sum(num_updates >= epoch * PER_EPOCH for epoch in (2, 4))
        return 0.1 * 0.5**passed

    def state_dict(self):
        return {}

    def load_state_dict(self, scheduler_state_dict):
        raise NotImplementedError


class DecayByUpdates(schedulers.SchedulerBase):
    """Weight decay times 1.1 every 7 updates, for each group from its own."""

    def get_updated_values(self, num_updates):
        return [0.01 * 1.1 ** (num_updates // 7), 0.02 * 1.1 ** (num_updates // 7)]


def test_the_stateful_base_counts_for_itself():
    optimizer = sgd((0.1,))
    scheduler = ByMilestone(optimizer)
    reference = train(optimizer, lambda _: scheduler.step())
    mapping = {
        "type": "pytorch_accelerated:StatefulSchedulerBase",
        "interval": "step",
        "get_updated_values": "0.1 if step < 10 else 0.05 if step < 20 else 0.025",
    }
    lrs = applied(mapping, rates=(0.1,), training=TRAINING)
    assert lrs.tolist() == reference.tolist()
    assert lrs[:, 0].tolist() == [0.1] * 11 + [0.05] * 10 + [0.025] * 9


def test_the_stateless_base_is_told_the_count_and_drives_any_field():
    optimizer = sgd((1.0, 0.5), weight_decay=0.01)
    optimizer.param_groups[1]["weight_decay"] = 0.02
    scheduler = DecayByUpdates(optimizer, param_group_field="weight_decay")
    decays = lambda optimizer: [group["weight_decay"] for group in optimizer.param_groups]  # noqa: E731
    reference = train(optimizer, lambda update: scheduler.step_update(update + 1), decays)
    mapping = {
        "type": "pytorch_accelerated:SchedulerBase",
        "interval": "step",
        "param_group_field": "weight_decay",
        "get_updated_values": ["0.01 * 1.1 ** (step // 7)", "0.02 * 1.1 ** (step // 7)"],
    }
    groups = {"a": {"lr": 1.0, "weight_decay": 0.01}, "b": {"lr": 0.5, "weight_decay": 0.02}}
    trace = trace_of(mapping, training=TRAINING, groups=groups)
    values = np.column_stack([trace.weight_decay[name] for name in ("a", "b")])
    assert values.tolist() == reference.tolist()
    assert set(trace.lr["a"]) == {1.0}


def test_a_field_that_no_group_has_is_refused():
    mapping = {
        "type": "pytorch_accelerated:SchedulerBase",
        "param_group_field": "warmth",
        "get_updated_values": "1",
    }
    with pytest.raises(SpecError, match="warmth missing from param_groups"):
        trace_of(mapping)


# Measured with pytorch-accelerated 0.1.61 at a base rate of 1: 4 epochs of 5 updates, one of them
# warm-up, to the digits given.
def test_one_recipe_gives_the_measured_curve():
    mapping = {"type": "pytorch_accelerated:CosineLrScheduler", "interval": "step"}
    given = {**LENGTH, "num_warmup_epochs": 1, "warmup_starting_lr": 0.01, "lr_min": 0.0}
    rates = applied({**mapping, **given}, training=TRAINING)[:, 0]
    assert rates[:2].tolist() == [0.01, 0.01]
    assert (rates.argmax(), rates.max()) == (6, 1.0)
    assert rates[15] == pytest.approx(0.3455, abs=5e-5)
    assert rates[16:].tolist() == [0.0] * 14


NOT_WRITTEN = {"StatefulSchedulerBase", "SchedulerBase"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_arguments_are_those_of_the_class(row):
    name = row.name.partition(":")[2]
    found, told = by_signature(getattr(schedulers, name)), by_row(row)
    if name in NOT_WRITTEN:
        found["get_updated_values"] = told["get_updated_values"]
    lengths = {"total_num_epochs", "num_epochs", "num_update_steps_per_epoch"}
    assert list(told) == list(found)
    assert {key: told[key] for key in told if key not in lengths} == {
        key: found[key] for key in found if key not in lengths
    }


def test_every_scheduler_has_a_row():
    real = {name for name in vars(schedulers) if name.endswith(("Scheduler", "Base"))}
    assert {row.name for row in ROWS} == {f"pytorch_accelerated:{name}" for name in real}


def test_a_saved_state_goes_on():
    halves = lambda updates: 0.5**updates  # noqa: E731
    first, second = sgd(), sgd()
    one, other = StatelessFormula(first, halves), StatelessFormula(second, halves)
    one.step()
    one.step()
    other.load_state_dict(one.state_dict())
    other.step()
    assert rates_of(second) == [0.125]
