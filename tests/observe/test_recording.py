"""What is recorded of small loops in plain torch."""

import copy
import inspect
import math
import pickle
import sys
import warnings

import numpy as np
import pytest
import torch
from torch.optim import SGD, lr_scheduler

from lrplan.api.recorded_run import recording
from lrplan.observe.observed_block import ObservedBlock
from tests.support.recorded_runs import backward, kinds, loader, model, record, two_groups


def applied(observation, index=0):
    trace = observation.optimizers[index].trace
    return [[float(trace.lr[group][step]) for group in trace.groups] for step in range(trace.steps)]


def test_every_step_of_every_group_bit_for_bit():
    seen = []

    def program():
        net, optimizer = two_groups(momentum=0.9)
        schedule = lr_scheduler.OneCycleLR(optimizer, [0.5, 0.05], total_steps=12)
        for _ in range(3):
            for (batch,) in loader():
                backward(net, batch)
                seen.append([group["lr"] for group in optimizer.param_groups])
                optimizer.step()
                schedule.step()

    run = record(program)
    assert applied(run) == seen
    (optimizer,) = run.optimizers
    assert (optimizer.type, [group.name for group in optimizer.groups]) == ("SGD", ["0", "1"])
    assert optimizer.trace.epochs.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert optimizer.trace.momentum["0"][0] == pytest.approx(0.95)  # which OneCycleLR drives
    assert (run.epochs.value, run.batches_per_epoch.value, run.accumulate.value) == (3, 4, 1)
    assert run.dataset_size.value == 16
    assert run.ending == "finished"
    (schedule,) = run.schedulers
    assert (schedule.type, schedule.optimizer) == ("OneCycleLR", 0)
    assert schedule.arguments == {"max_lr": [0.5, 0.05], "total_steps": 12}
    assert schedule.location.file.endswith("test_recording.py")
    line = inspect.getsourcelines(program)[1] + 2
    assert schedule.location.line == line


def test_the_events_of_a_loop_in_order():
    def program():
        net, optimizer = two_groups()
        schedule = lr_scheduler.StepLR(optimizer, 1)
        for (batch,) in loader(8):
            backward(net, batch)
            optimizer.step()
        schedule.step()

    assert [(each.kind, each.step, each.who) for each in record(program).events] == [
        ("optimizer_made", 0, "SGD"),
        ("scheduler_made", 0, "StepLR"),
        ("epoch_began", 0, ""),
        ("batch_loaded", 0, ""),
        ("backward", 0, ""),
        ("optimizer_step", 0, "SGD"),
        ("batch_loaded", 1, ""),
        ("backward", 1, ""),
        ("optimizer_step", 1, "SGD"),
        ("scheduler_tick", 2, "StepLR"),
    ]


def test_a_closure_and_hooks_of_users_that_write_the_lr():
    """The update reads the groups after the closure; what a hook writes afterwards is too late."""

    def program():
        net, optimizer = model(), None
        optimizer = SGD(net.parameters(), lr=0.1)
        optimizer.register_step_post_hook(lambda *_: write(optimizer, 9.0))
        optimizer.register_step_pre_hook(lambda *_: write(optimizer, 0.2))
        backward(net)
        optimizer.step()

        def closure():
            write(optimizer, 0.3)
            return torch.tensor(0.0)

        optimizer.step(closure)

    assert applied(record(program)) == [[0.2], [0.3]]


def test_lbfgs_reads_its_lr_before_the_closure():
    def program():
        net = model()
        optimizer = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=1)

        def closure():
            optimizer.zero_grad()
            write(optimizer, 0.25)
            loss = net(torch.ones(1, 3)).pow(2).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        optimizer.step(closure)

    assert applied(record(program)) == [[0.5], [0.25]]


def write(optimizer, lr):
    for group in optimizer.param_groups:
        group["lr"] = lr


class Twice(SGD):
    """A class whose ``step`` calls that of its parent."""

    def step(self, closure=None):
        result = super().step(closure)
        write(self, 7.0)
        return result


def test_a_step_inside_of_a_step_counts_once():
    def program():
        SGD(model().parameters(), lr=0.1).step()  # torch then hooks the parent's `step` too
        optimizer = Twice(model().parameters(), lr=0.2)
        optimizer.step()
        optimizer.step()

    run = record(program)
    assert [each.trace.steps for each in run.optimizers] == [1, 2]
    assert applied(run, 1) == [[0.2], [7.0]]


def test_a_step_that_fails_leaves_the_next_ones_whole():
    def program():
        optimizer = SGD(model().parameters(), lr=0.1)
        with pytest.raises(ZeroDivisionError):
            optimizer.step(lambda: 1 / 0)
        optimizer.step()
        optimizer.step()

    assert applied(record(program)) == [[0.1], [0.1]]


def test_optimizers_are_numbered_by_their_first_steps():
    def program():
        first, second = (SGD(model().parameters(), lr=lr) for lr in (0.1, 0.2))
        SGD(model().parameters(), lr=0.3)
        second.step()
        first.step()

    run = record(program)
    assert [each.trace.name for each in run.optimizers] == [f"optimizer-{n}" for n in range(3)]
    assert [each.arguments["lr"] for each in run.optimizers] == [0.2, 0.1, 0.3]
    assert [each.trace.steps for each in run.optimizers] == [1, 1, 0]
    steps = [each for each in run.events if each.kind == "optimizer_step"]
    assert [each.index for each in steps] == [0, 1]


def test_a_group_that_is_added_later():
    def program():
        net, optimizer = model(), None
        optimizer = SGD([net.weight], lr=0.1)
        optimizer.step()
        optimizer.add_param_group({"params": [net.bias], "lr": 0.5})
        optimizer.step()

    run = record(program)
    trace = run.optimizers[0].trace
    assert trace.lr["0"].tolist() == [0.1, 0.1]
    assert math.isnan(trace.lr["1"][0])
    assert trace.lr["1"][1] == 0.5
    assert [group.first_step for group in run.optimizers[0].groups] == [0, 1]
    assert kinds(run, "group_added") == [("group_added", 1)]


def test_fields_that_change_and_lrs_of_any_sort():
    def program():
        net = model()
        optimizer = torch.optim.Adam(net.parameters(), lr=torch.tensor(0.1), betas=(0.8, 0.99))
        for step in range(4):
            optimizer.param_groups[0]["lr"].fill_(0.5**step)
            optimizer.param_groups[0]["betas"] = (0.8 + step / 100, 0.99)
            optimizer.param_groups[0]["weight_decay"] = step // 2
            optimizer.step()

    trace = record(program).optimizers[0].trace
    assert trace.lr["all"].tolist() == [1.0, 0.5, 0.25, 0.125]
    assert trace.momentum["all"].tolist() == [0.8, 0.81, 0.8200000000000001, 0.8300000000000001]
    assert trace.weight_decay["all"].tolist() == [0, 0, 1, 1]
    assert set(trace.columns) == {"lr", "momentum", "weight_decay"}


def test_lrs_written_by_hand_and_by_schedulers():
    def program():
        optimizer = SGD(model().parameters(), lr=1.0)
        schedule = lr_scheduler.LambdaLR(optimizer, lambda tick: 1 / (1 + tick))
        optimizer.step()
        write(optimizer, 0.3)
        schedule.step()
        optimizer.step()
        schedule.step()
        optimizer.step()

    run = record(program)
    assert applied(run) == [[1.0], [0.5], [1 / 3]]
    writes = [each for each in run.events if each.kind == "lr_written"]
    # A tick that nothing competes with is not noted: the steps show what it wrote.
    assert [(each.of, each.step, each.value) for each in writes] == [
        ("optimizer", 1, 0.3),
        ("scheduler", 1, 0.5),
    ]
    assert run.schedulers[0].unknown == {"lr_lambda"}


def test_schedulers_inside_of_schedulers():
    def program():
        optimizer = SGD(model().parameters(), lr=1.0)
        warmup = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=2)
        decay = lr_scheduler.ExponentialLR(optimizer, 0.5)
        both = lr_scheduler.SequentialLR(optimizer, [warmup, decay], milestones=[2])
        for _ in range(4):
            optimizer.step()
            both.step()

    run = record(program)
    assert [(each.type, each.parent) for each in run.schedulers] == [
        ("LinearLR", 2),
        ("ExponentialLR", 2),
        ("SequentialLR", None),
    ]
    ticks = [each.index for each in run.events if each.kind == "scheduler_tick"]
    assert ticks == [2] * 4


class Halving(lr_scheduler.LRScheduler):
    """A class of the user's own."""

    def __init__(self, optimizer, factor=0.5, last_epoch=-1):
        self.factor = factor
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [base * self.factor**self.last_epoch for base in self.base_lrs]


def test_classes_of_users_metrics_and_reads():
    def program():
        class Local(Halving):
            pass

        optimizer = SGD(model().parameters(), lr=1.0)
        schedule = Local(optimizer, factor=0.1)
        plateau = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
        optimizer.step()
        schedule.step()
        schedule.get_lr()
        schedule.get_last_lr()
        plateau.step(torch.tensor(1.5))
        plateau.step(metrics=2.5)

    run = record(program)
    assert run.schedulers[0].arguments == {"factor": 0.1}
    ticks = [(each.who, each.value) for each in run.events if each.kind == "scheduler_tick"]
    assert ticks == [("Local", None), ("ReduceLROnPlateau", 1.5), ("ReduceLROnPlateau", 2.5)]
    (read,) = [each for each in run.events if each.kind == "lr_read"]
    assert (read.value, read.applied, read.group) == (0.1, 0.1, "all")


def test_states_that_are_saved_and_loaded():
    def program():
        optimizer = SGD(model().parameters(), lr=1.0)
        schedule = lr_scheduler.StepLR(optimizer, 1)
        saved = optimizer.state_dict(), schedule.state_dict()
        optimizer.step()
        schedule.step()
        optimizer.load_state_dict(saved[0])
        schedule.load_state_dict(saved[1])
        optimizer.step()

    run = record(program)
    assert applied(run) == [[1.0], [1.0]]
    states = [each for each in run.events if each.kind.startswith("state_")]
    assert [(each.kind, each.of, each.step) for each in states] == [
        ("state_saved", "optimizer", 0),
        ("state_saved", "scheduler", 0),
        ("state_loaded", "optimizer", 1),
        ("state_loaded", "scheduler", 1),
    ]
    assert kinds(run, "lr_written") == []


def test_a_validation_loader_is_no_epoch():
    def program():
        net, optimizer = two_groups()
        for _ in range(2):
            for (batch,) in loader(8):
                backward(net, batch)
                optimizer.step()
            for (batch,) in loader(12):
                net(batch)

    run = record(program)
    assert kinds(run, "epoch_began") == [("epoch_began", 0), ("epoch_began", 2)]
    assert len(kinds(run, "batch_loaded")) == 4
    assert run.batches_per_epoch.value == 2


def test_accumulated_batches():
    def program():
        net, optimizer = two_groups()
        for number, (batch,) in enumerate(loader(32)):
            backward(net, batch)
            if number % 4 == 3:
                optimizer.step()

    assert record(program).accumulate.value == 4


def test_steps_that_a_gradient_scaler_leaves_out():
    def program(**options):
        net = model()
        optimizer = SGD(net.parameters(), lr=0.1, **options)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
        for bad in (False, True, False):
            optimizer.zero_grad()
            loss = net(torch.ones(1, 3)).sum() * (float("inf") if bad else 1.0)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()

    for options in ({}, {"fused": True}):
        run = record(lambda options=options: program(**options))
        assert run.optimizers[0].trace.steps == 2, options
        assert kinds(run, "optimizer_step", "optimizer_step_skipped") == [
            ("optimizer_step", 0),
            ("optimizer_step_skipped", 1),
            ("optimizer_step", 1),
        ], options


def test_a_warning_names_the_line_of_the_user():
    def program():
        optimizer = SGD(model().parameters(), lr=0.1)
        schedule = lr_scheduler.StepLR(optimizer, 1)
        schedule.step()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = record(program)
    line = inspect.getsourcelines(program)[1] + 3
    assert [(each.filename, each.lineno) for each in caught] == [(__file__, line)]
    ((text, location),) = run.warnings
    assert "lr_scheduler.step()` before `optimizer.step()" in text
    assert location.line == line


def test_optimizers_that_were_there_before():
    optimizer = SGD(model().parameters(), lr=0.1)
    schedule = lr_scheduler.StepLR(optimizer, 1)

    def program():
        optimizer.step()
        schedule.step()
        optimizer.step()

    run = record(program)
    assert applied(run) == [[0.1], [0.010000000000000002]]
    assert [each.type for each in run.schedulers] == ["StepLR"]
    assert kinds(run, "scheduler_tick") == [("scheduler_tick", 1)]


def test_copies_and_pickles_are_as_they_would_be():
    def program():
        optimizer = SGD(model().parameters(), lr=0.1)
        schedule = lr_scheduler.StepLR(optimizer, 1)
        for made in (copy.deepcopy(schedule), pickle.loads(pickle.dumps(schedule))):
            assert made.state_dict() == schedule.state_dict()
        assert list(inspect.signature(lr_scheduler.StepLR).parameters) == [
            *("optimizer", "step_size", "gamma", "last_epoch"),
        ]

    assert len(record(program).schedulers) == 1


def everything():
    """All attributes that observers replace."""
    classes = [lr_scheduler.LRScheduler, lr_scheduler.StepLR, lr_scheduler.ReduceLROnPlateau]
    classes += [torch.optim.Optimizer, SGD, torch.utils.data.DataLoader, torch.amp.GradScaler]
    return [
        *(dict(vars(each)) for each in classes),
        torch.autograd.backward,
        warnings._showwarnmsg,
        dict(sys.modules["torch.optim.optimizer"]._global_optimizer_pre_hooks),
        dict(sys.modules["torch.optim.optimizer"]._global_optimizer_post_hooks),
        list(sys.meta_path),
    ]


def test_no_trace_is_left():
    SGD(model().parameters(), lr=0.1)  # the first one has its class changed by torch
    before = everything()
    random = torch.get_rng_state()
    with pytest.raises(KeyError), recording() as block:  # noqa: PT012  # what `recording` is for
        assert everything() != before
        raise KeyError
    assert everything() == before
    assert torch.equal(torch.get_rng_state(), random)
    assert block.observation.ending == "failed"


def test_an_observer_that_fails_does_not_reach_the_program(monkeypatch):
    monkeypatch.setattr("lrplan.observe.group_values.numbers_of", lambda group: 1 / 0)
    block = ObservedBlock()
    block.start()
    SGD(model().parameters(), lr=0.1).step()
    block.end()
    assert any("ZeroDivisionError" in each for each in block.faults)


def test_training_is_the_same_with_and_without():
    def program():
        torch.manual_seed(0)
        net = model()
        optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
        schedule = lr_scheduler.CosineAnnealingLR(optimizer, 10)
        for _ in range(10):
            backward(net, torch.randn(4, 3))
            optimizer.step()
            schedule.step()
        results.append([each.detach().clone() for each in net.parameters()])

    results = []
    program()
    record(program)
    for without, observed in zip(*results, strict=True):
        assert torch.equal(without, observed)


def test_long_runs_are_flushed_and_whole(monkeypatch):
    monkeypatch.setattr("lrplan.observe.group_values._ROWS", 7)
    monkeypatch.setattr("lrplan.observe.group_values._CHANGES", 5)
    monkeypatch.setattr("lrplan.observe.event_log._CHUNK", 11)
    seen = []

    def program():
        _, optimizer = two_groups(momentum=0.9)
        schedule = lr_scheduler.CyclicLR(optimizer, 0.01, 0.1, step_size_up=4)
        for _ in range(50):
            group = optimizer.param_groups[1]
            seen.append((group["lr"], group["momentum"]))
            optimizer.step()
            schedule.step()

    run = record(program)
    trace = run.optimizers[0].trace
    assert list(zip(trace.lr["1"].tolist(), trace.momentum["1"].tolist(), strict=True)) == seen
    assert np.diff([each.step for each in run.events]).max() == 1
    assert len(kinds(run, "optimizer_step")) == 50
    assert list(run.events) == list(run.events)
