"""What is recorded fits into memory: beyond a limit it is left out, and that is said."""

import math

import numpy as np
import pytest
import torch

from lrplan.observe.observed_block import ObservedBlock
from lrplan.recordings.file_format import pack, unpack
from lrplan.recordings.observed_run import observed_run


def recorded(program):
    """The run of ``program()`` as a file of it would be read, and the notes of the recorder."""
    block = ObservedBlock("train.py")
    block.start()
    try:
        program()
    finally:
        recording = block.end()
    assert block.faults == []
    return observed_run(unpack(pack(recording))), recording.notes


def optimizer_of(groups, lr=0.1):
    made = [{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(groups)]
    return torch.optim.SGD(made, lr=lr)


def test_optimizers_and_schedulers_beyond_the_limit_are_left_out(monkeypatch):
    monkeypatch.setenv("LRPLAN_MAX_RECORDED", "2")

    def program():
        for number in range(4):
            optimizer = optimizer_of(1, lr=number + 1.0)
            schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
            for _ in range(3):
                optimizer.step()
                schedule.step()
            optimizer.load_state_dict(optimizer.state_dict())

    run, notes = recorded(program)
    assert [each.trace.lr["all"].tolist() for each in run.optimizers] == [
        [1.0, 0.5, 0.25],
        [2.0, 1.0, 0.5],
    ]
    assert [each.optimizer for each in run.schedulers] == [0, 1]
    assert {each.index for each in run.events} == {0, 1}
    assert notes == [
        f"some {what} are not in the recording: 2 optimizers of a recording are allowed;"
        " LRPLAN_MAX_RECORDED=N in the environment allows more"
        for what in ("optimizers", "schedulers")
    ]


def test_groups_beyond_the_limit_are_left_out(monkeypatch):
    monkeypatch.setenv("LRPLAN_MAX_GROUPS", "2")

    def program():
        optimizer = optimizer_of(4)
        for step in range(3):
            optimizer.param_groups[3]["lr"] = optimizer.param_groups[0]["lr"] = 0.5**step
            optimizer.step()

    run, (note,) = recorded(program)
    trace = run.optimizers[0].trace
    assert trace.lr["0"].tolist() == [1.0, 0.5, 0.25]
    assert trace.groups == ("0", "1")
    assert "some groups are not in the recording" in note


@pytest.mark.parametrize(
    ("name", "value", "steps"), [("STEPS", "7", 7), ("RECORDING_BYTES", "600", None)]
)
def test_a_recording_that_is_full_ends_early(monkeypatch, name, value, steps):
    monkeypatch.setenv(f"LRPLAN_MAX_{name}", value)
    monkeypatch.setattr("lrplan.observe.group_values._ROWS", 5)
    monkeypatch.setattr("lrplan.observe.event_log._CHUNK", 8)
    applied = []

    def program():
        optimizer = optimizer_of(1)
        for step in range(100):
            optimizer.param_groups[0]["lr"] = 1 / (3 + step * step)
            applied.append(1 / (3 + step * step))
            optimizer.step()

    run, (note,) = recorded(program)
    seen = run.optimizers[0].trace.lr["all"].tolist()
    assert len(seen) == steps if steps else 5 <= len(seen) < 100
    assert seen == applied[: len(seen)]
    assert run.ending == "stopped"
    assert note.startswith("nothing more was recorded: ")
    assert f"LRPLAN_MAX_{name}=N" in note


def test_groups_that_come_and_go():
    def program():
        optimizer = optimizer_of(2)
        optimizer.step()
        kept = optimizer.param_groups.pop(0)
        optimizer.step()
        other = optimizer.param_groups.pop()
        optimizer.step()
        optimizer.param_groups += [kept, other]
        optimizer.step()
        optimizer.param_groups.clear()
        optimizer.step()

    run, _ = recorded(program)
    nan = math.nan
    for group, lrs in (("0", [0.1, 0.1, nan, 0.1, nan]), ("1", [0.1, nan, nan, 0.1, nan])):
        np.testing.assert_array_equal(run.optimizers[0].trace.lr[group], lrs)
