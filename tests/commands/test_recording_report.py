"""The summary at the end of ``lrplan record``."""

from dataclasses import replace

import torch

from lrplan.commands.recording.recording_report import summary_lines
from tests.support.recorded_runs import record


def test_groups_are_named_apart_from_their_numbers():
    def program():
        first, second = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))
        groups = [{"params": [first]}, {"params": [second], "lr": 0.2}]
        torch.optim.SGD(groups, lr=0.1).step()

    (line,) = summary_lines(record(program))
    assert line == (
        "optimizer-0: SGD, 1 step, lr of group 0: 0.1 to 0.1, lr of group 1: 0.2 to 0.2"
    )


def test_a_group_that_joins_later_is_counted_from_there():
    def program():
        first, second = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))
        optimizer = torch.optim.SGD([first], lr=0.1)
        optimizer.step()
        optimizer.add_param_group({"params": [second], "lr": 0.2})
        optimizer.step()

    (line,) = summary_lines(record(program))
    assert line.endswith("lr of group 0: 0.1 to 0.1, lr of group 1: 0.2 to 0.2, from step 1 on")


def test_of_many_optimizers_the_first_are_told():
    def program():
        for _ in range(12):
            torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1).step()

    lines = list(summary_lines(record(program)))
    assert len(lines) == 11
    assert lines[-1] == "2 more optimizers stepped: lrplan table shows all"


def test_how_a_run_ended():
    run = record(lambda: torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1).step())
    endings = ("finished", "failed", "interrupted", "stopped")
    lines = [list(summary_lines(replace(run, ending=end), "--steps 1"))[1:] for end in endings]
    assert lines == [
        [],
        ["train.py failed: the recording ends there"],
        ["train.py was interrupted: the recording ends there"],
        ["the run was stopped by --steps 1"],
    ]
