"""``lrplan import train.py``: values that a script changes before it uses them.

Each script is run too. What the plan has is what Python computes, or it is asked for.
"""

import sys

import pytest

from tests.importers.test_training_script import draft
from tests.importers.whole_scripts import LOOP

TAIL = (
    "optimizer = torch.optim.SGD(model.parameters(), lr=lr)\n"
    "scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, at)\n"
    + LOOP.replace("EPOCHS", "9")
    + "    scheduler.step()\n"
)
HEAD = "import argparse, dataclasses\nlr, at = 0.1, [2]\n"

FOLLOWED = {
    "an item": "c = {'lr': 0.1}\nc['lr'] = 0.2\nlr = c['lr']",
    "update by name": "c = {'lr': 0.1}\nc.update(lr=0.2)\nlr = c['lr']",
    "update by a dict": "c = {'lr': 0.1}\nc.update({'lr': 0.2})\nlr = c['lr']",
    "pop and setdefault": "c = {'lr': 0.1}\nc.pop('lr')\nc.setdefault('lr', 0.4)\nlr = c['lr']",
    "what pop gives": "c = {'lr': 0.3}\nlr = c.pop('lr')",
    "del of a key": "c = {'lr': 0.1}\ndel c['lr']\nlr = c.get('lr', 0.7)",
    "a copy": "c = {'lr': 0.1}\nd = c.copy()\nd['lr'] = 0.2\nlr = c['lr']",
    "dict of a dict": "c = {'lr': 0.1, 'x': 1}\nlr = dict(c, x=2)['lr']",
    "append": "at.append(4)",
    "extend": "at.extend([4, 5])",
    "an element": "at = [2, 3]\nat[1] = 5",
    "the last element": "at = [2, 3]\nat[-1] = 5",
    "pop of a list": "at = [2, 3]\nat.pop()",
    "pop of the first": "at = [2, 3, 5]\nat.pop(0)",
    "del of an element": "at = [2, 3]\ndel at[0]",
    "sort": "at = [4, 2]\nat.sort()",
    "reverse": "at = [4, 2]\nat.reverse()",
    "setattr": "class A: lr = 0.1\na = A()\nsetattr(a, 'lr', 0.5)\nlr = a.lr",
    "post init": (
        "@dataclasses.dataclass\nclass C:\n    lr: float = 0.1\n"
        "    def __post_init__(self):\n        self.lr = self.lr * 5\nlr = C().lr"
    ),
    "set_defaults": (
        "p = argparse.ArgumentParser()\np.add_argument('--lr', type=float, default=0.1)\n"
        "p.set_defaults(lr=0.8)\nlr = p.parse_args().lr"
    ),
    "a number in a text": "lr, at = float('1e-2'), [int('4')]",
    "no words": (
        "p = argparse.ArgumentParser()\np.add_argument('--lr', type=float, default=0.3)\n"
        "lr = p.parse_args([]).lr"
    ),
}
ASKED = {
    "words": (
        "p = argparse.ArgumentParser()\np.add_argument('--lr', type=float, default=0.1)\n"
        "lr = p.parse_args(['--lr', '0.5']).lr"
    ),
    "an unknown update": "c = {'lr': 0.1}\nc.update(find())\nlr = c['lr']",
    "an unknown key": "c = {'lr': 0.1}\nc[find()] = 0.2\nlr = c['lr']",
    "an unknown dict inside": "c = {'lr': 0.1, **find()}\nd = {'x': c}\nlr = d['x']['y']",
    "an update in a loop": "c = {'lr': 0.1}\nfor k in range(n):\n    c.update(lr=k)\nlr = c['lr']",
    "insert": "at.insert(0, 1)",
    "an unknown element": "at = [2, 3]\nat[find()] = 5",
    "halved in a loop": "for k in range(3):\n    lr = lr * 0.5",
    "divided in a loop": "while lr > 0.02:\n    lr /= 2",
}


@pytest.mark.parametrize("change", FOLLOWED.values(), ids=FOLLOWED)
def test_the_plan_has_the_value_that_python_computes(change, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["train.py"])  # not the words of pytest
    names = {}
    exec(compile(HEAD + change, "change.py", "exec"), names)
    imported = draft(HEAD + "import torch\n" + change + "\n" + TAIL)
    run = imported.root.find(["schedules", "run"])
    assert run.find(["optimizer", "lr"]).value == names["lr"]
    assert [each.value for each in run.find(["scheduler", "milestones"]).elements()] == names["at"]


@pytest.mark.parametrize("change", ASKED.values(), ids=ASKED)
def test_a_value_that_is_not_known_in_the_end_is_asked_for(change):
    imported = draft(HEAD + "import torch\n" + change + "\n" + TAIL)
    asked = {path.rpartition(".")[2] for path in imported.questions}
    assert {"lr", "milestones"} & asked


def test_a_value_of_each_round_is_known_in_that_round():
    """A loop over a list is read item by item, and a variable of a function is new in each call."""
    text = HEAD + "import torch\nfor k in (1, 2):\n    lr = lr * 0.5\n" + TAIL
    assert draft(text).root.find(["schedules", "run", "optimizer", "lr"]).value == 0.025


def test_what_an_error_would_change_is_told():
    text = HEAD + "import torch\ntry:\n    import apex\nexcept ImportError:\n    lr = 0.3\n" + TAIL
    imported = draft(text)
    assert "assumed, as their values are not known: `an error in line 4` is false" in imported.notes


@pytest.mark.parametrize(
    ("sampler", "batches"),
    [
        ("sampler=None", 5),
        ("sampler=torch.utils.data.RandomSampler(data, num_samples=8, replacement=True)", None),
        ("batch_sampler=Batches(data)", None),
    ],
)
def test_a_sampler_decides_how_many_batches_an_epoch_has(sampler, batches):
    text = (
        "import torch\ndata = torch.utils.data.TensorDataset(torch.randn(20, 3))\n"
        f"loader = torch.utils.data.DataLoader(data, {'4, ' if 'batch_' not in sampler else ''}"
        f"{sampler})\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "for epoch in range(3):\n    for (x,) in loader:\n        optimizer.step()\n"
    )
    training = draft(text).root.find(["schedules", "run", "training"])
    known = training.get("steps_per_epoch")
    assert (None if batches is None else known.value) == batches
    assert (batches is None) == bool(draft(text).questions)
