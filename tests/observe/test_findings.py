"""What recordings of real training loops are found to have, at the lines of the script."""

import warnings

import pytest
import torch

from lrplan.api.recorded_run import recording
from lrplan.lint.example_scripts import script
from lrplan.lint.registry import all_rules
from lrplan.lint.run_check import check_observation
from tests.support.unusual_scripts import UNUSUAL

NOT_HERE = {
    *("ranks-differ", "world-size-horizon", "accelerate-multi-process-step-multiplier"),
    "amp-skipped-update",
}
"""Rules whose examples need several processes, or a device whose gradients are scaled."""
RULES = [rule for rule in all_rules().values() if rule.bad_source and rule.seen_in != "source"]


def record(text):
    """The observed run of a script, also when it fails."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with recording("train.py") as block:
                exec(compile(text, "train.py", "exec"), {"__name__": "__main__"})
        except (ValueError, KeyError):  # what torch says of some of the mistakes
            assert block.observation.ending == "failed"
    return block.observation


def found(text):
    return [(each.name, each.line) for each in check_observation(record(text))]


def line_of(text, part):
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.slow
def test_each_example_of_a_rule_fires_it_alone():
    pytest.importorskip("accelerate")
    wrong = {}
    for rule in RULES:
        for text in () if rule.name in NOT_HERE else rule.bad_source:
            names = {name for name, _ in found(text)}
            if names != {rule.name}:
                wrong[rule.name] = names
    assert wrong == {}


@pytest.mark.slow
def test_each_example_made_right_is_silent():
    pytest.importorskip("accelerate")
    texts = {(rule.name, text): found(text) for rule in RULES for text in rule.good_source}
    assert {name: each for (name, _), each in texts.items() if each} == {}


def example(name):
    return all_rules()[name].bad_source[0]


EPOCH = ("scheduler.step()",)
TOO_LONG = script("CosineAnnealingLR(optimizer, T_max=30)", after_epoch=EPOCH)
USED_UP = script("OneCycleLR(optimizer, 0.1, total_steps=60)", after_step=EPOCH)
TO_ZERO = script("LambdaLR(optimizer, lambda step: max(0, 1 - step / 60))", after_step=EPOCH)
PLATEAU_UNDONE = script(
    "LambdaLR(optimizer, lambda step: min(1, (step + 1) / 20))",
    made=("plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)",),
    after_step=EPOCH,
    after_epoch=("plateau.step(loss.item())",),
)
AHEAD = script(
    "CosineAnnealingLR(optimizer, T_max=80)",
    made=('scaler = torch.amp.GradScaler("cpu", init_scale=2.0**120)',),
    before_step=("optimizer.zero_grad()", "scaler.scale(1e6 * model(x).pow(2).mean()).backward()"),
    step="scaler.step(optimizer); scaler.update()",
    after_step=EPOCH,
)
IN_TURN_STEPS = script(
    "SequentialLR(optimizer, [torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=2),"
    " torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)], milestones=[2])",
    after_epoch=EPOCH,
)
METRIC = script(
    "ReduceLROnPlateau(optimizer, patience=2)",
    after_epoch=('scheduler.step(float("nan") if epoch > 4 else 1 / (1 + epoch))',),
)


@pytest.mark.parametrize(
    ("text", "name", "part"),
    [
        (TOO_LONG, "floor-not-reached", "CosineAnnealingLR"),
        (USED_UP, "onecycle-total-steps-exhausted", "OneCycleLR"),
        (TO_ZERO, "lr-zero-for-part-of-run", "LambdaLR"),
        (PLATEAU_UNDONE, "closed-form-member-overwrites-chain", "LambdaLR"),
        (AHEAD, "amp-skipped-update", "        scheduler.step()"),
        (IN_TURN_STEPS, "warmup-not-subtracted-from-decay", "SequentialLR"),
        (METRIC, "plateau-nan-metric", "scheduler.step"),
        (example("resume-missing-initial-lr"), "resume-missing-initial-lr", "StepLR"),
        (example("scheduler-overwritten-by-hand"), "scheduler-overwritten-by-hand", "Cosine"),
        (example("manual-lr-edit-overwritten"), "manual-lr-edit-overwritten", "LambdaLR"),
    ],
)
def test_more_mistakes_at_their_lines(text, name, part):
    assert found(text) == [(name, line_of(text, part))]


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_scripts_that_are_right_are_silent(name):
    assert found(UNUSUAL[name]) == []
