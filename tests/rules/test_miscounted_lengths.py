"""Lengths that count steps of one device, batches or calls: each is mended with the others."""

from __future__ import annotations

from lrplan.specfile.apply_edits import apply
from tests.rules.single_rule import plan_of
from tests.support.unit_specs import sequence, spec, units

TOGETHER = {
    "devices": (
        "epochs: 100, dataset_size: 50000, batch_size: 128, world_size: 4",  # 9,800 steps
        sequence(2000, 37100),
        "world-size-horizon",
        sequence(500, 9300),
    ),
    "devices-with-a-milestone-past-the-end": (
        "epochs: 10, steps_per_epoch: 100, world_size: 8",
        sequence(1600, 6400),
        "world-size-horizon",
        sequence(200, 800),
    ),
    "devices-and-accumulation": (
        "epochs: 10, steps_per_epoch: 100, world_size: 4, accumulate: 2",
        sequence(800, 7200),
        "world-size-horizon",
        sequence(100, 900),
    ),
    "batches": (
        "epochs: 10, batches_per_epoch: 400, accumulate: 4",
        sequence(400, 3600),
        "gradient-accumulation-horizon",
        sequence(100, 900),
    ),
    "a-cosine-of-the-whole-run": (
        "epochs: 10, batches_per_epoch: 400, accumulate: 4",
        sequence(400, 4000),
        "gradient-accumulation-horizon",
        sequence(100, 900),
    ),
    "accelerate": (
        "epochs: 100, dataset_size: 50000, batch_size: 128, world_size: 4, loop: accelerate",
        sequence(500, 9300),
        "accelerate-multi-process-step-multiplier",
        sequence(2000, 37200),
    ),
    "not-whole": (
        "epochs: 100, dataset_size: 50000, batch_size: 128, world_size: 4",
        sequence(2001, 37099),
        "world-size-horizon",
        None,
    ),
    "another-length": (
        "epochs: 100, dataset_size: 50000, batch_size: 128, world_size: 4",
        sequence(2000, 37100).replace("total_iters: 2000", "total_iters: 1000"),
        "world-size-horizon",
        None,
    ),
}
"""Lengths of a warm-up and of the decay after it, the rule that knows them, and the right ones."""


def arguments(text):
    """The values of the scheduler, with those of the ones inside."""
    (top,) = plan_of(text).schedulers
    return [
        {key: value for key, value in each.arguments.items() if key != "schedulers"}
        for each in top.walk()
    ]


def test_lengths_that_are_named_together_are_mended_together():
    wrong = {}
    for case, (training, scheduler, name, right) in TOGETHER.items():
        text = spec(training, scheduler)
        (finding,) = (each for each in units(text) if each.name == name)
        got = arguments(apply(text, finding.edits)) if finding.edits else None
        if got != (None if right is None else arguments(spec(training, right))):
            wrong[case] = (finding.message, finding.fix, got)
    assert wrong == {}
