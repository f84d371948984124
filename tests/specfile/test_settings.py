"""``--set`` on a spec: keys of ``training``, dotted paths, what it makes redundant."""

from pathlib import Path

import pytest

from lrplan.errors import UsageError
from lrplan.specfile.load import read
from lrplan.specfile.settings import parse_settings
from lrplan.text_position import InputText
from tests.support.for_all import for_all
from tests.support.specs import spec

SPEC = spec({"type": "StepLR", "step_size": 10}, epochs=30, steps_per_epoch=100)


def with_set(*texts, text=SPEC):
    return read(InputText("s.yaml", text), Path(), settings=parse_settings(texts))


STEPS = [
    ("a key of training", (["epochs=20"], 2000)),
    ("data that replaces the steps", (["dataset_size=64_000", "batch_size=32"], 60000)),
    ("devices beside data", (["dataset_size=64000", "batch_size=32", "world_size=4"], 15000)),
    ("devices beside steps", (["world_size=4"], 3000)),
    ("batches that replace the steps", (["batches_per_epoch=50", "accumulate=2"], 750)),
    ("a path of the training", (["schedules.run.training.epochs=2"], 200)),
    ("a path of the defaults", (["training.epochs=3"], 300)),
]


@for_all(STEPS)
def test_the_run_is_that_long(texts, steps):
    """Counted by hand."""
    done, problems = with_set(*texts)
    assert problems == []
    assert done.plans["run"].clock.steps == steps


def test_any_value_can_be_set():
    done, _ = with_set(
        "schedules.run.optimizer.lr=0.2", "schedules.run.scheduler={type: StepLR, step_size: 3}"
    )
    assert done.plans["run"].optimizer.arguments["lr"] == 0.2
    assert done.plans["run"].schedulers[0].arguments["step_size"] == 3
    groups = spec(optimizer="{type: SGD, groups: {a.b: {lr: 1}, c: {lr: 2}}}")
    done, _ = with_set("schedules.run.optimizer.groups.a.b.lr=3", text=groups)
    assert done.plans["run"].optimizer.groups[0].options["lr"] == 3


def test_keys_that_are_not_read_any_more_are_named():
    done, _ = with_set("dataset_size=64000", "batch_size=32")
    assert done.notes == ("with --set batch_size=32, `steps_per_epoch` is not read",)


OWN_EPOCHS = """\
training: {epochs: 30, steps_per_epoch: 100}
schedules:
  a: {training: {epochs: 2}, optimizer: {type: SGD, lr: 1}}
  b: {training: {epochs: 3}, optimizer: {type: SGD, lr: 1}}
"""


def test_a_default_that_no_schedule_takes_is_an_error():
    with pytest.raises(
        UsageError, match="changes nothing: each schedule has a `epochs` of its own"
    ):
        with_set("training.epochs=7", text=OWN_EPOCHS)
    one = OWN_EPOCHS.replace("training: {epochs: 3}, ", "")
    done, problems = with_set("training.epochs=7", text=one)
    assert problems == []
    assert [plan.clock.steps for plan in done.plans.values()] == [200, 700]


REFUSED = [
    ("no key", (["dataset_siz=3"], "did you mean `dataset_size`?")),
    ("no path", (["optimizer.lr=3"], "did you mean `schedules.run.optimizer.lr`?")),
    ("no schedule", (["schedules.rum.optimizer.lr=3"], "no schedule `rum`; did you mean `run`?")),
    ("nothing changes", (["epochs=30"], "--set epochs=30 changes nothing")),
    ("no value", (["epochs"], "write KEY=VALUE")),
    ("twice", (["epochs=3", "epochs=4"], "is given twice")),
    ("not in a mapping", (["schedules.run.optimizer.lr.x=4"], "is in no mapping")),
    ("no element", (["schedules.run.ignore[3]=4"], "there is no element 3")),
]


@for_all(REFUSED)
def test_a_setting_without_a_place_is_an_error(texts, part):
    """With the nearest name."""
    with pytest.raises(UsageError, match="--set") as caught:
        with_set(*texts)
    assert part in str(caught.value)


def test_a_wrong_value_is_reported_where_it_stands_in_the_spec():
    _, problems = with_set("epochs=0")
    (problem,) = problems
    assert problem.message.startswith(
        "with --set epochs=0: `schedules.run.training.epochs` must be"
    )
    assert (problem.line, problem.column) == (1, 20)
