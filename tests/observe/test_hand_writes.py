"""The line that wrote a learning rate by hand: named where no other can have done it."""

import pytest

from lrplan.observe.hand_writes import lines_that_write_lrs
from lrplan.recordings import read
from lrplan.recordings.model import NOWHERE
from tests.support.processes import recorded

IN_LOOP = "for group in optimizer.param_groups:\n    {}\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (IN_LOOP.format('group["lr"] = 0.1'), [2]),
        (IN_LOOP.format('group["lr"] *= 0.1'), [2]),
        (IN_LOOP.format('group["lr"].fill_(0.1)'), [2]),
        (IN_LOOP.format('group["weight_decay"] = 0.1'), []),
        (IN_LOOP.format("group[key] = 0.1"), [NOWHERE]),
        (IN_LOOP.format("group.update(lr=0.1)"), [NOWHERE]),
        (IN_LOOP.format('print(group["lr"])'), []),
        ("for i, g in enumerate(optimizer.param_groups):\n    g['lr'] = 0.1 * i", [2]),
        ('x = 1\noptimizer.param_groups[0]["lr"] = x', [2]),
        ('group = optimizer.param_groups[0]\ngroup["lr"] = 1', [2]),
        ('config["lr"] = 0.1', [NOWHERE]),
        ('def set_lr(group):\n    group["lr"] = 0.1', [NOWHERE]),
        ("optimizer.param_groups = saved", [NOWHERE]),
        ("optimizer.param_groups[0] = saved", [NOWHERE]),
        ("x = optimizer.param_groups[0]['lr']", []),
        ("x[g['lr']] = 1", []),
        ("def broken(:", [NOWHERE]),
    ],
    ids=str,
)
def test_statements_that_write_learning_rates(tmp_path, text, lines):
    (tmp_path / "train.py").write_text(text)
    assert lines_that_write_lrs(str(tmp_path / "train.py")) == lines


TRAINS = """\
import torch
import helper
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 8)
for epoch in range(8):
    for group in optimizer.param_groups:
        group["lr"] = 0.1 * 0.5**epoch
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    schedule.step()
"""


@pytest.mark.parametrize(
    ("helper", "line"),
    [("", 8), pytest.param('d = {}\nd["lr"] = 1', 5, marks=pytest.mark.slow)],
    ids=["one", "two"],
)
def test_a_finding_about_a_value_by_hand(tmp_path, helper, line):
    """It names the statement, or where there are two the scheduler."""
    (tmp_path / "train.py").write_text(TRAINS)
    (tmp_path / "helper.py").write_text(helper)
    done = recorded(tmp_path, "train.py")
    assert f"train.py:{line}:" in done.stderr
    assert "scheduler-overwritten-by-hand" in done.stderr
    writes = [each for each in read(tmp_path / "train.lrrec").events if each.kind == "lr_written"]
    by_hand = {each.location.line for each in writes if each.of == "optimizer" and each.location}
    assert by_hand == ({8} if line == 8 else set())
