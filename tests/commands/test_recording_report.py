"""The summary at the end of ``lrplan record``."""

import torch

from lrplan.commands.recording_report import summary_lines
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
