"""Every wrong length of one cause is told in one finding; what says nothing is let pass."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from tests.support.rule_runs import findings
from tests.support.unit_specs import spec

PHASES = (
    "{{type: SequentialLR, interval: {interval}, milestones: [{cut}], schedules: ["
    "{{type: LinearLR, start_factor: 0.01, total_iters: {warmup}}},"
    " {{type: CosineAnnealingLR, T_max: {rest}}}]}}"
).replace("schedules:", "schedulers:")
EPOCHS = "epochs: 90, steps_per_epoch: 100"
ACCUMULATED = "epochs: 90, batches_per_epoch: 100, accumulate: 4"
DEVICES = "epochs: 90, dataset_size: 3200, batch_size: 32, world_size: 4"
CASES = {
    "all-in-epochs": (
        (EPOCHS, "step", 5, 5, 85),
        "T_max 85 and milestones 5 and total_iters 5 look like epochs",
    ),
    "the-last-one-mended": (
        (EPOCHS, "step", 5, 5, "85ep"),
        "milestones 5 and total_iters 5 look like epochs",
    ),
    "two-mended": ((EPOCHS, "step", 5, "5ep", "85ep"), "milestones 5 looks like epochs"),
    "all-in-steps": (
        (EPOCHS, "epoch", 500, 500, 8500),
        "T_max 8,500 and milestones 500 and total_iters 500 look like steps",
    ),
    "all-in-batches": (
        (ACCUMULATED, "step", 500, 500, 8500),
        "4 times too long; milestones 500 and total_iters 500 are in the same unit",
    ),
    "all-of-one-device": (
        (DEVICES, "step", 500, 500, 8500),
        "4 times too long; milestones 500 and total_iters 500 are in the same unit",
    ),
}


def test_every_wrong_length_is_told_at_once():
    wrong = {}
    for name, ((training, interval, cut, warmup, rest), said) in CASES.items():
        text = spec(training, PHASES.format(interval=interval, cut=cut, warmup=warmup, rest=rest))
        grave = [each.message for each in findings(text) if each.severity is not Severity.INFO]
        if len(grave) != 1 or said not in grave[0]:
            wrong[name] = grave
    assert wrong == {}


@pytest.mark.parametrize("last_epoch", [-1])
def test_the_default_of_last_epoch_is_let_pass(last_epoch):
    text = spec(EPOCHS, f"{{type: ExponentialLR, gamma: 0.97, last_epoch: {last_epoch}}}")
    assert findings(text) == []


def test_a_sequence_with_last_epoch_begins_again():
    parts = "[{type: LinearLR, total_iters: 2}, {type: CosineAnnealingLR, T_max: 88}]"
    text = spec(
        EPOCHS, f"{{type: SequentialLR, milestones: [2], last_epoch: 4999, schedulers: {parts}}}"
    )
    (finding,) = findings(text)
    assert finding.name == "resume-missing-initial-lr"
    assert "SequentialLR starts its first member again" in finding.message


ORDINARY = (
    "{type: StepLR, step_size: 30}",
    "{type: MultiStepLR, milestones: [30, 60, 80]}",
    "{type: ExponentialLR, gamma: 0.95}",
    "{type: CosineAnnealingLR, T_max: 90}",
    "{type: CosineAnnealingLR, T_max: 9000, interval: step}",
)


def test_ordinary_schedules_have_no_findings():
    said = {scheduler: findings(spec(EPOCHS, scheduler)) for scheduler in ORDINARY}
    assert {scheduler: found for scheduler, found in said.items() if found} == {}


def test_the_gradual_warm_up_of_our_own_is_told_once_a_file():
    one = (
        "    optimizer: {type: SGD, lr: 0.1}\n"
        "    scheduler: {type: GradualWarmupScheduler, multiplier: 1, total_epoch: 5,"
        " after_scheduler: {type: CosineAnnealingLR, T_max: 85}}\n"
    )
    text = f"training: {{{EPOCHS}}}\nschedules:\n  a:\n{one}  b:\n{one}"
    (finding,) = findings(text)
    assert (finding.name, finding.schedule, finding.line) == ("gradual-warmup-handover", "a", 5)
    assert finding.severity is Severity.INFO
