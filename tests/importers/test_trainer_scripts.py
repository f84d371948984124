"""``lrplan import train.py`` of a script with a Trainer of transformers: what its arguments are."""

import math

import pytest

from lrplan.request import DEFAULT_REQUEST
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.importers.test_training_script import lrplan_import

HEAD = """
from transformers import Trainer, TrainingArguments
"""
MADE = """
args = TrainingArguments(
    "out", max_steps=200, learning_rate=1e-3, warmup_steps=20, lr_scheduler_type="KIND", MORE
)
"""
TRAIN = "Trainer(model=model, args=args, train_dataset=data).train()\n"


def made(kind, more=""):
    return MADE.replace("KIND", kind).replace("MORE", more)


def imported(tmp_path, text):
    script = tmp_path / "train.py"
    script.write_text(text, "utf-8")
    return lrplan_import(script)


def rates(written, tmp_path):
    plan = load(InputText("plan.yaml", written), tmp_path).plans["run"]
    return list(simulate(plan, DEFAULT_REQUEST).lr["all"])


def restarts(cycles, warmup=20, total=200):
    """The factors of ``get_cosine_with_hard_restarts_schedule_with_warmup``, by its formula."""
    for step in range(total):
        progress = (step - warmup) / (total - warmup)
        wave = 0.5 * (1 + math.cos(math.pi * (cycles * progress % 1)))
        yield step / warmup if step < warmup else wave


@pytest.mark.parametrize(
    "options", ['{"num_cycles": 3}', "dict(num_cycles=3)", "OPTIONS", '{"num_cycles": n}']
)
def test_options_of_the_schedule_in_a_mapping_are_read(tmp_path, options):
    text = HEAD + "n = 3\nOPTIONS = {'num_cycles': n}\n"
    text += made("cosine_with_restarts", f"lr_scheduler_kwargs={options}") + TRAIN
    status, written, _ = imported(tmp_path, text)
    assert status == 0
    assert rates(written, tmp_path) == pytest.approx(
        [1e-3 * each for each in restarts(3)], rel=1e-12, abs=1e-15
    )


def test_arguments_that_are_set_later_hold(tmp_path):
    later = "args.warmup_steps = 50\nargs.learning_rate = 2e-3\n"
    status, written, _ = imported(tmp_path, HEAD + made("linear") + later + TRAIN)
    assert status == 0
    assert "warmup_steps: 50                      # warmup_steps in train.py:7" in written
    expected = [2e-3 * (s / 50 if s < 50 else (200 - s) / 150) for s in range(200)]
    assert rates(written, tmp_path) == pytest.approx(expected, rel=1e-12)


OWN = {
    "objects": "Trainer(model, args, optimizers=(optimizer, None))",
    "a tuple": "both = make(model)\nTrainer(model, args, optimizers=both)",
    "a setter": "args.set_lr_scheduler(name='cosine')\nTrainer(model, args)",
    "a method": "class T(Trainer):\n    def create_scheduler(self, n, optimizer=None):\n"
    "        return self.lr_scheduler\n\nT(model, args)",
    "an inherited method": "class B(Trainer):\n    def create_optimizer(self):\n        return 1\n"
    "\nclass T(B):\n    pass\n\nT(model, args)",
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_a_schedule_that_is_not_that_of_the_arguments_is_no_plan(tmp_path, own):
    status, written, error = imported(tmp_path, HEAD + made("linear") + own + ".train()\n")
    assert (status, written) == (2, "")
    assert "not that of the Trainer's arguments alone" in error
    assert "lrplan record" in error


@pytest.mark.parametrize(
    "trainer",
    [
        "Trainer(model, args, optimizers=(None, None))",
        "Trainer(model, args, optimizers=None)",
        "class T(Trainer):\n    def compute_loss(self, *a):\n        return 0\n\nT(model, args)",
    ],
)
def test_a_trainer_that_keeps_the_schedule_of_its_arguments_is_read(tmp_path, trainer):
    assert imported(tmp_path, HEAD + made("linear") + trainer + ".train()\n")[0] == 0


def test_what_a_script_leaves_open_is_told(tmp_path):
    text = HEAD + made("linear") + "if fast():\n    args.warmup_steps = 5\n" + TRAIN
    status, written, _ = imported(tmp_path, text)
    assert status == 0
    assert "Assumed, as their values are not known: `fast()`" in written
    status, written, _ = imported(tmp_path, HEAD + made("linear") + made("cosine") + TRAIN)
    assert "makes 2 `TrainingArguments`: the first are taken" in " ".join(written.split())
