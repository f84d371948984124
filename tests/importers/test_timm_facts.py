"""timm: what is asked for, refused and told. No timm is needed for that."""

import pytest

from tests.support.for_all import for_all
from tests.support.foreign import read_config, said

FILE = "opt: sgd\nsched: cosine\nepochs: 20\n"

RATE = f"{FILE}lr: 1\n"

ASKED = [
    ("a file without a rate", (FILE, {}, ["dataset_size", "world_size"])),
    ("a rate", (FILE + "lr: 0.1\n", {"world_size": 1}, ["dataset_size"])),
    ("a rate by the batch", (FILE, {"batches_per_epoch": 9}, ["world_size"])),
    ("layers", (RATE + "layer_decay: 0.7\n", {"batches_per_epoch": 9}, ["layers"])),
    ("repeats", (RATE + "aug_repeats: 3\n", {}, ["batches_per_epoch"])),
]


@for_all(ASKED)
def test_all_that_is_missing_is_asked_for_at_once(text, facts, names):
    _, problems = read_config(text, **facts)
    (finding,) = [each for each in problems if each.name == "missing-fact"]
    assert [part.split("=")[0] for part in finding.fix.split("--set ")[1:]] == names


REFUSED = [
    (
        "an unknown schedule",
        ("opt: a\nsched: cosin\nlr: 1\n", 2, 8, "timm has no schedule `cosin`"),
    ),
    ("a metric", ("opt: a\nsched: plateau\nlr: 1\n", 2, 8, "what `sched: plateau` does depends")),
    ("words", (RATE + "min_lr: low\n", 5, 9, "`min_lr` must be a number")),
    ("half an epoch", (RATE + "warmup_epochs: 2.5\nwarmup_prefix: true\n", 5, 16, "must be whole")),
    ("no scale", ("opt: a\nsched: rsqrt\nlr: 1\nwarmup_epochs: 0\n", 4, 16, "`rsqrt` falls by")),
    ("a long decay", ("opt: a\nsched: wsd\nlr: 1\ndecay_epochs: 900\n", 4, 15, "the decay of 900")),
    ("growing cycles", (RATE + "lr_cycle_mul: 9\nlr_cycle_limit: 999\n", 5, 15, "the cycles grow")),
    ("layers", (RATE + "layer_decay: 0.7\nlayers: 9999\n", 6, 9, "`layers` must be from 1 to 500")),
]


@for_all(REFUSED)
def test_what_cannot_be_read_is_refused_at_its_place(text, line, column, message):
    _, problems = read_config(text, batches_per_epoch=9)
    assert [(each[1], each[2]) for each in said(problems)] == [(line, column)]
    assert problems[0].message.startswith(message)


def test_the_rate_is_told_where_the_batch_scales_it():
    spec, _ = read_config(f"{FILE[9:]}opt: adamw\n", dataset_size=9999, world_size=8)
    assert "the learning rate is lr_base 0.1 x sqrt(1024 / 256) = 0.2" in spec.notes


def test_an_optimizer_that_lrplan_does_not_have_is_shown_as_another():
    spec, _ = read_config(f"{FILE[9:]}opt: adahessian\n", dataset_size=9999, world_size=8)
    told = "`opt: adahessian` is shown as AdamW: the learning rates are the same"
    assert told in spec.notes


@pytest.mark.parametrize(
    ("opt", "kind", "arguments"),
    [
        ("lamb", "Lamb", {"weight_decay": 2e-5}),
        ("lambc", "Lamb", {"trust_clip": True}),
        ("nlars", "Lars", {"nesterov": True, "momentum": 0.9}),
        ("lion", "Lion", {}),
        ("rmsproptf", "RMSpropTF", {"momentum": 0.9}),
    ],
)
def test_an_optimizer_outside_of_torch_has_its_stand_in(opt, kind, arguments):
    spec, _ = read_config(f"{FILE[9:]}opt: {opt}\n", dataset_size=9999, world_size=8)
    (plan,) = spec.plans.values()
    assert plan.optimizer.row.name == kind
    assert arguments.items() <= dict(plan.optimizer.arguments).items()
    assert not any("shown as" in note for note in spec.notes)
