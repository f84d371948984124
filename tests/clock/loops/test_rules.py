"""The findings about schedules under each training loop."""

from __future__ import annotations

import pytest

from tests.support.rule_runs import findings
from tests.support.specs import spec

DATA = "epochs: 10, dataset_size: 51200, batch_size: 64, world_size: 8"


def said(training, scheduler):
    adamw = "{type: AdamW, lr: 1e-3}"
    text = spec(f"{{{scheduler}}}", training=f"{{{training}}}", optimizer=adamw)
    return [each for each in findings(text, "2.13.0") if each.severity.rank <= 1]


def names(training, scheduler):
    return {each.name for each in said(training, scheduler)}


COSINE = "type: CosineAnnealingLR, T_max: {}, interval: step"


@pytest.mark.parametrize(
    ("loop", "length", "expected"),
    [
        ("torch", 1000, set()),
        ("torch", 8000, {"world-size-horizon"}),
        ("lightning", 1000, set()),
        ("lightning", 8000, {"world-size-horizon"}),
        ("transformers", 1000, set()),
        ("transformers", 8000, {"world-size-horizon"}),
        ("accelerate", 8000, set()),
        ("accelerate", 1000, {"accelerate-multi-process-step-multiplier"}),
        ("accelerate, split_batches: true", 1000, set()),
        ("accelerate, split_batches: true", 8000, {"world-size-horizon"}),
        ("accelerate, step_scheduler_with_optimizer: false", 1000, set()),
    ],
)
def test_lengths_where_devices_share_the_data(loop, length, expected):
    assert names(f"{DATA}, loop: {loop}", COSINE.format(length)) == expected


def test_accelerates_multiplier_is_said_with_numbers():
    (finding,) = said(f"{DATA}, loop: accelerate", COSINE.format(1000))
    assert "8 times for each" in finding.message
    assert "8,000 times in all" in finding.message
    assert finding.fix == "T_max: 8000, or 100%"


WINDOWS = "epochs: 30, batches_per_epoch: 10, accumulate: 4"
POLYNOMIAL = "type: PolynomialLR, total_iters: {}, interval: step"


@pytest.mark.parametrize("loop", ["torch", "lightning", "transformers", "accelerate"])
def test_every_loop_steps_with_the_short_window(loop):
    training = f"{WINDOWS}, loop: {loop}"
    assert names(training, POLYNOMIAL.format(90)) == set()
    assert names(training, POLYNOMIAL.format(60)) == {"partial-accumulation-window"}


def test_windows_are_counted_for_all_devices_of_accelerate():
    training = f"{WINDOWS}, world_size: 2, loop: accelerate"
    assert names(training, POLYNOMIAL.format(180)) == set()
    assert names(training, POLYNOMIAL.format(120)) == {"partial-accumulation-window"}


BATCHES = "epochs: 10, batches_per_epoch: 40, accumulate: 4"


@pytest.mark.parametrize("interval", ["step", "batch"])
@pytest.mark.parametrize(
    ("devices", "length", "expected"),
    [
        (1, 100, set()),
        (1, 400, {"gradient-accumulation-horizon"}),
        (2, 200, set()),
        (2, 800, {"gradient-accumulation-horizon"}),
        (2, 100, {"accelerate-multi-process-step-multiplier"}),
    ],
)
def test_batches_for_steps_with_accelerate(interval, devices, length, expected):
    """A prepared scheduler that is called with every batch ticks with steps."""
    scheduler = f"type: CosineAnnealingLR, T_max: {length}, interval: {interval}"
    training = f"{BATCHES}, world_size: {devices}, loop: accelerate"
    assert names(training, scheduler) == expected


def test_a_plain_loop_ticks_with_batches():
    scheduler = "type: CosineAnnealingLR, T_max: 100, interval: batch"
    assert "gradient-accumulation-horizon" in names(BATCHES, scheduler)


LIGHTNING = "epochs: 30, steps_per_epoch: 100, loop: lightning"


def test_an_interval_that_is_written_is_the_other_rules_business():
    scheduler = "type: CosineAnnealingLR, T_max: 3000"
    assert names(LIGHTNING, scheduler) == {"lightning-interval-defaults-to-epoch"}
    written = f"{scheduler}, interval: epoch"
    assert names(LIGHTNING, written) == {"horizon-in-steps-stepped-per-epoch"}
    plain = names(LIGHTNING.replace("lightning", "torch"), scheduler)
    assert plain == {"horizon-in-steps-stepped-per-epoch"}


@pytest.mark.parametrize(
    ("loop", "skipped", "severity"),
    [
        ("torch", "[0, 1, 2]", "warning"),
        ("torch", "[4]", "info"),
        ("lightning", "[4, 5]", "warning"),
        ("transformers", "[4, 5]", None),
        ("accelerate", "[4, 5]", None),
        ("accelerate, step_scheduler_with_optimizer: false", "[4, 5]", "warning"),
    ],
)
def test_skipped_steps_matter_where_the_loop_does_not_look(loop, skipped, severity):
    training = f"epochs: 1, steps_per_epoch: 100, loop: {loop}, skipped_steps: {skipped}"
    text = spec(f"{{{COSINE.format(100)}}}", training=f"{{{training}}}")
    reported = [each for each in findings(text, "2.13.0") if each.name == "amp-skipped-update"]
    assert [each.severity.value for each in reported] == ([] if severity is None else [severity])
