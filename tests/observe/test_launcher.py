"""Processes that train together: each is recorded, and process 0 compares them."""

import multiprocessing
import os
from dataclasses import replace

import numpy as np
import pytest

from lrplan.commands.recording.rank_merge import merge_ranks
from lrplan.observe.launcher import LaunchedProcess, has_ended, launched_process, wait_for
from lrplan.observe.recorder import Recorder
from lrplan.recordings import read
from lrplan.recordings.column_codec import encode_table
from lrplan.recordings.observed_run import observed_run
from lrplan.recordings.writer import write_recording
from tests.support.processes import python
from tests.support.recorded_runs import record, two_groups
from tests.support.recordings import recording

TRAINS = """\
import sys, torch
import torch.distributed as dist
dist.init_process_group("gloo")
net = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(3, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1 + dist.get_rank() * float(sys.argv[1]))
for _ in range(4):
    net(torch.ones(4, 3)).sum().backward()
    optimizer.step()
dist.destroy_process_group()
"""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"RANK": "0", "WORLD_SIZE": "1"}, None),
        ({"RANK": "1", "WORLD_SIZE": "4"}, LaunchedProcess(1, 4)),
        ({"RANK": "4", "WORLD_SIZE": "4"}, None),
        ({"RANK": "x", "WORLD_SIZE": "4"}, None),
    ],
    ids=str,
)
def test_what_a_launcher_says(environment, expected, monkeypatch):
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert launched_process() == expected


def with_lrs(*values, process=0):
    made = recording(process=process)
    optimizer = made.optimizers[0]
    made.optimizers[0] = replace(
        optimizer, steps=len(values), lr=[encode_table([np.array(values)])]
    )
    return made


def test_processes_are_compared(tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setattr("lrplan.commands.recording.rank_merge.PATIENCE", 0.0)
    path = tmp_path / "train.lrrec"
    process = LaunchedProcess(0, 4)
    write_recording(process.part(path, 1), with_lrs(0.1, 0.1, 0.05))
    write_recording(process.part(path, 2), with_lrs(0.1, 0.2))
    first = with_lrs(0.1, 0.1, 0.05)
    notes = merge_ranks(first, Recorder("train.py"), path)
    assert notes == ["process 3 left no recording beside train.lrrec: it is not compared"]
    assert list(tmp_path.iterdir()) == []
    (difference,) = observed_run(first).rank_differences
    assert (difference.rank, difference.step, difference.group) == (2, 1, "all")
    assert (difference.lr, difference.lr_of_rank_0) == (0.2, 0.1)
    assert first.world_size == 4


def test_a_process_that_made_fewer_steps(tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    path = tmp_path / "train.lrrec"
    write_recording(LaunchedProcess(0, 2).part(path, 1), with_lrs(0.1, 0.1))
    first = with_lrs(0.1, 0.1, 0.05)
    merge_ranks(first, Recorder("train.py"), path)
    (difference,) = first.rank_differences
    assert (difference.step, difference.lr_of_rank_0) == (2, 0.05)
    assert difference.lr != difference.lr


def test_processes_that_are_not_recorded_are_said(tmp_path, monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    recorder = Recorder("train.py")
    recorder.children = 2
    (note,) = merge_ranks(recording_without_steps(), recorder, tmp_path / "x")
    assert note == (
        "2 processes that this program started were not recorded; to record all: torchrun"
        " --nproc-per-node 2 -m lrplan record train.py"
    )
    assert merge_ranks(with_lrs(0.1), recorder, tmp_path / "x") == []
    several = with_lrs(0.1)
    several.world_size = 2
    (note,) = merge_ranks(several, Recorder("train.py"), tmp_path / "x")
    assert note.startswith("1 process of 2 that this program started was not recorded")


def recording_without_steps():
    made = recording()
    made.optimizers[0] = replace(made.optimizers[0], steps=0, lr=[])
    return made


def test_waiting_ends():
    assert wait_for(lambda: True, 0.0)
    assert not wait_for(lambda: False, 0.0)
    assert not has_ended(os.getpid())
    assert has_ended(0)


def train_in_a_child(queue):
    _, optimizer = two_groups()
    optimizer.step()
    queue.put("done")


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # fork of a process with threads
def test_what_a_forked_process_does_is_not_what_this_one_did():
    context = multiprocessing.get_context("fork")

    def program():
        _, optimizer = two_groups()
        optimizer.step()
        queue = context.SimpleQueue()
        child = context.Process(target=train_in_a_child, args=(queue,))
        child.start()
        assert queue.get() == "done"
        child.join()
        optimizer.step()

    run = record(program)
    assert [each.trace.steps for each in run.optimizers] == [2]


@pytest.mark.slow
@pytest.mark.parametrize(("more", "status"), [("0", 0), ("0.5", 1)])
def test_two_processes_of_torchrun(tmp_path, more, status):
    (tmp_path / "train.py").write_text(TRAINS)
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2"]
    words = ["-m", "lrplan", "record", "--fail-on", "error", "train.py", more]
    done = python(tmp_path, *launcher, *words)
    assert done.returncode == status, done.stderr
    assert [each.name for each in tmp_path.glob("*lrrec*")] == ["train.lrrec"]
    run = read(tmp_path / "train.lrrec")
    assert (run.world_size, run.optimizers[0].trace.steps) == (2, 4)
    assert len(run.rank_differences) == status
