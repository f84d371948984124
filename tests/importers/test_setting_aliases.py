"""``--set epochs=5`` of a config that calls it otherwise: as if its own key had that value."""

import re

import numpy as np
import pytest

from lrplan.errors import UsageError
from tests.support.for_all import for_all
from tests.support.foreign import curves, read_config

DATA = {"dataset_size": 5000, "world_size": 1}
TRAINER = """\
per_device_train_batch_size: 16
gradient_accumulation_steps: 2
num_train_epochs: 3
learning_rate: 2e-5
lr_scheduler_type: linear
warmup_ratio: 0.1
"""
AXOLOTL = """\
base_model: m
micro_batch_size: 2
gradient_accumulation_steps: 4
num_epochs: 2
learning_rate: 0.0002
lr_scheduler: cosine
warmup_ratio: 0.1
"""
LIGHTNING = """\
trainer: {max_epochs: 5, devices: 1}
model: m
optimizer: {class_path: torch.optim.SGD, init_args: {lr: 0.1}}
lr_scheduler: {class_path: torch.optim.lr_scheduler.StepLR, init_args: {step_size: 2}}
"""
TIMM = """\
opt: adamw
sched: cosine
sched_on_updates: true
lr_base: 0.1
epochs: 20
warmup_epochs: 3
batch_size: 128
grad_accum_steps: 2
"""


def trainer(steps, warmup):
    """The linear schedule of transformers, by its formula."""
    peak = 2e-5
    return [
        peak * (s / warmup if s < warmup else (steps - s) / (steps - warmup)) for s in range(steps)
    ]


LENGTHS = [
    ("epochs", ({"epochs": 5}, trainer(785, 79))),  # ceil(ceil(5000 / 16) / 2) x 5
    ("a path of the spec", ({"schedules__run__training__epochs": 5}, trainer(785, 79))),
    ("steps", ({"steps": 100}, trainer(100, 10))),
    ("accumulated batches", ({"accumulate": 4}, trainer(237, 24))),
    ("samples of a batch", ({"batch_size": 8}, trainer(939, 94))),
    ("the last batch", ({"drop_last": "true"}, trainer(468, 47))),
]


@for_all(LENGTHS)
def test_the_warm_up_of_a_trainer_is_a_share_of_the_run_that_is_set(facts, expected):
    own = curves(TRAINER, **DATA, **facts)["all"]
    assert list(own) == pytest.approx(expected, rel=1e-12)


EDITED = [
    ("axolotl, epochs", (AXOLOTL, {"epochs": 4}, ("num_epochs: 2", "num_epochs: 4"))),
    ("axolotl, steps", (AXOLOTL, {"steps": 100}, ("num_epochs: 2", "max_steps: 100"))),
    ("Lightning, epochs", (LIGHTNING, {"epochs": 3}, ("max_epochs: 5", "max_epochs: 3"))),
    (
        "timm, accumulated batches, which also scale the rate",
        (TIMM, {"accumulate": 4}, ("grad_accum_steps: 2", "grad_accum_steps: 4")),
    ),
]


@for_all(EDITED)
def test_it_is_as_if_the_file_had_that_value(text, facts, edit):
    data = {"batches_per_epoch": 10} if text is LIGHTNING else DATA
    own = curves(text, **data, **facts)
    edited = curves(re.sub(*edit, text), **data)
    assert list(own) == list(edited)
    for group, values in own.items():
        assert np.array_equal(values, edited[group])
    assert len(next(iter(own.values()))) != len(next(iter(curves(text, **data).values())))


def test_the_key_that_was_meant_is_told():
    spec, _ = read_config(TRAINER, **DATA, epochs=5)
    assert spec.notes[-1] == "--set epochs=5 is taken for `num_train_epochs`"


ULTRALYTICS = """\
lr0: 0.01
lrf: 0.01
epochs: 10
batch: 16
warmup_epochs: 3.0
warmup_bias_lr: 0.1
optimizer: SGD
"""
REFUSED = [
    (
        "two names of one value",
        (TRAINER, {**DATA, "epochs": 5, "num_train_epochs": 6}, "set the same value"),
    ),
    (
        "a value that is computed",
        (ULTRALYTICS, {"dataset_size": 1000, "version": "8.3.0", "steps": 100},
         "`steps` of this config is computed from `epochs`; set that"),
    ),
    (
        "a value that is not read beside another",
        (TRAINER, {"max_steps": 50, "epochs": 5}, "--set epochs=5: nothing in args.yaml reads it"),
    ),
]  # fmt: skip


@for_all(REFUSED)
def test_what_cannot_be_set_is_refused(text, facts, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        read_config(text, **facts)
