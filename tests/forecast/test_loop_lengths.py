"""Lengths of a run from the loops of the program, at the step where it is stopped."""

import argparse
import sys
import textwrap

import pytest
import torch
from torch.utils.data import DataLoader

from lrplan.forecast.loop_lengths import loop_lengths

EPOCHS = {
    "a number": "for epoch in range(6):\n    for x in loader:\n        step(x)",
    "an argument": "for epoch in range(args.epochs):\n    for x in loader:\n        step(x)",
    "an item": "for epoch in range(cfg['epochs']):\n    for x in loader:\n        step(x)",
    "a product": "for epoch in range(2 * n + len(cfg) - 1):\n    for x in loader:\n        step(x)",
    "a progress bar": "for e in tqdm(range(1, args.epochs + 1)):\n  for x in loader:\n    step(x)",
    "a function": (
        "def train_one_epoch():\n    for i, x in enumerate(loader):\n        step(x)\n\n"
        "for epoch in range(6):\n    train_one_epoch()"
    ),
    "folds": (
        "def fit():\n    for epoch in range(6):\n        for x in loader:\n            step(x)\n\n"
        "for fold in range(5):\n    fit()"
    ),
    "while": "epoch = 0\nwhile epoch < 6:\n    for x in loader:\n        step(x)\n    epoch += 1",
}
STEPS = {
    "a number": "for i in range(40):\n    step(i)",
    "several batches": "for i in range(40):\n    for j in range(4):\n        pass\n    step(i)",
    "loaders": "for i in range(len(loader)):\n    step(i)",
    "while": "i = 0\nwhile i < limit:\n    step(i)\n    i += 1",
    "while, raised before": "i = 0\nwhile i < limit:\n    i += 1\n    step(i)",
}
UNKNOWN = {
    "endless": "i = 0\nwhile True:\n    step(i)\n    i += 1",
    "a call": "for i in range(length()):\n    step(i)",
    "a property": "for i in range(hidden.length):\n    step(i)",
    "another loop": "for i in range(9):\n    for j in range(2):\n        step(i)",
    "no loop": "step(0)\nstep(0)\nstep(0)",
}


class Hidden:
    @property
    def length(self):
        return 40  # what the program's own code computes is not asked for


class StoppedError(Exception):
    pass


def lengths(source, at, folder, *, per_epoch=0):
    """What is known at step ``at`` of a program with ``per_epoch`` steps an epoch."""
    path = folder / "train.py"
    path.write_text(textwrap.dedent(source), "utf-8")
    calls, found = [], []

    def step(_):
        calls.append(None)
        if len(calls) == at:
            epochs = (at - 1) // per_epoch + 1 if per_epoch else 0
            frame = sys._getframe(1)
            is_user = str(path).__eq__
            found.append(loop_lengths(frame, steps=at, epochs=epochs, is_user=is_user))
            raise StoppedError

    names = {
        "loader": DataLoader(torch.zeros(40)),
        "args": argparse.Namespace(epochs=6),
        "cfg": {"epochs": 6},
        "n": 3,
        "limit": 40,
        "tqdm": iter,
        "length": lambda: 40,
        "hidden": Hidden(),
        "step": step,
    }
    with pytest.raises(StoppedError):
        exec(compile(path.read_text("utf-8"), str(path), "exec"), names)
    return found[0]


@pytest.mark.parametrize("at", [3, 45, 90])
@pytest.mark.parametrize("name", EPOCHS)
def test_the_loop_over_epochs_says_how_many(name, at, tmp_path):
    found = lengths(EPOCHS[name], at, tmp_path, per_epoch=40)
    assert {name: length.value for name, length in found.items()} == {"epochs": 6}


@pytest.mark.parametrize("at", [1, 7])
@pytest.mark.parametrize("name", STEPS)
def test_the_loop_over_steps_says_how_many(name, at, tmp_path):
    found = lengths(STEPS[name], at, tmp_path)
    assert {name: length.value for name, length in found.items()} == {"steps": 40}


@pytest.mark.parametrize("name", UNKNOWN)
def test_other_loops_say_nothing(name, tmp_path):
    assert lengths(UNKNOWN[name], 3, tmp_path) == {}


def test_the_place_and_the_text_are_the_programs(tmp_path):
    length = lengths(EPOCHS["an argument"], 3, tmp_path, per_epoch=40)["epochs"]
    assert (length.location.line, length.text) == (1, "args.epochs")


def test_a_while_over_steps_around_a_loader_counts_steps(tmp_path):
    source = "i = 0\nwhile i < limit:\n    for x in loader:\n        step(x)\n        i += 1"
    found = lengths(source, 5, tmp_path, per_epoch=40)
    assert {name: length.value for name, length in found.items()} == {"steps": 40}
    assert lengths(source, 1, tmp_path, per_epoch=40) == {}  # it could be either


class Reporting:
    """A loader that asks for lengths when it is started for the third time."""

    def __init__(self, path):
        self.path, self.starts, self.found = path, 0, None

    def __iter__(self):
        self.starts += 1
        if self.starts == 3:
            is_user = str(self.path).__eq__
            frame = sys._getframe(1)
            self.found = loop_lengths(frame, steps=20, epochs=2, is_between=True, is_user=is_user)
        return iter(range(10))


@pytest.mark.parametrize("name", EPOCHS)
def test_between_two_epochs_the_loop_has_begun_the_next_pass(name, tmp_path):
    path = tmp_path / "train.py"
    path.write_text(EPOCHS[name], "utf-8")
    loader = Reporting(path)
    names = {"loader": loader, "args": argparse.Namespace(epochs=6), "cfg": {"epochs": 6}}
    names |= {"n": 3, "tqdm": iter, "step": lambda _: None}
    exec(compile(EPOCHS[name], str(path), "exec"), names)
    assert {name: length.value for name, length in loader.found.items()} == {"epochs": 6}


def test_source_that_cannot_be_read_says_nothing(tmp_path):
    assert loop_lengths(None, steps=1, epochs=0) == {}
    code = compile("frame = f()", str(tmp_path / "gone.py"), "exec")
    names = {"f": lambda: loop_lengths(sys._getframe(1), steps=1, epochs=0)}
    exec(code, names)
    assert names["frame"] == {}
