"""Training scripts for tests, and what is read of them."""

import textwrap

from lrplan.schedule_code.short_run import ToyEvents
from lrplan.source_code.observations import observation_of
from lrplan.source_code.reader import read_script
from lrplan.text_position import InputText

HEAD = """\
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import *
from torch.utils.data import DataLoader
model = nn.Linear(2, 2)
loader = DataLoader(data, batch_size=8)
optimizer = optim.SGD(model.parameters(), lr=0.1)
"""


def script(text, head=HEAD):
    """A script: usual imports and objects, then ``text``."""
    return head + textwrap.dedent(text)


def programs(text, name="train.py"):
    """Every way through a script."""
    reading = read_script(InputText(name, text))
    assert reading.problems == ()
    return reading.programs


def observations(text, name="train.py"):
    """The observed runs that a script amounts to."""
    return [observation_of(each) for each in programs(text, name)]


def kinds(program):
    """The kinds of events of the short run, but those of making and loading."""
    left_out = {"optimizer_made", "scheduler_made", "batch_loaded", "backward"}
    return [each.kind for each in ToyEvents(program) if each.kind not in left_out]


def epochs_of(program):
    """The events of each epoch of the short run, one letter each: step S, tick T, get_lr() L."""
    letters = {"optimizer_step": "S", "scheduler_tick": "T", "lr_read": "L", "lr_written": "W"}
    letters["epoch_began"] = "|"
    return "".join(letters.get(kind, "") for kind in kinds(program)).split("|")
