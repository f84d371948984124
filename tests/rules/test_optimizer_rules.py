"""Optimizers with a schedule of their own, decay times the rate, and resuming."""

from __future__ import annotations

import math

import pytest
import torch
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR

from lrplan.finding import Severity
from tests.support.releases import since
from tests.support.rule_runs import findings
from tests.support.specs import spec

RUN = "epochs: 10, steps_per_epoch: 100"
CONSTANT = "[]"
COSINE = "{type: CosineAnnealingLR, T_max: 10}"
ADAFACTOR = since("2.5", "there is an Adafactor")


def about(optimizer, scheduler=COSINE, training=RUN, family="LRP80"):
    text = spec(scheduler, training=f"{{{training}}}", optimizer=optimizer)
    return [each for each in findings(text) if each.rule.startswith(family)]


def moves(kind, rates, **options):
    """The change of a weight with gradient 1 at each step, stepped by hand."""
    weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = kind([weight], lr=rates[0], **options)
    results = []
    for rate in rates:
        before = weight.item()
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = torch.ones_like(weight)
        optimizer.step()
        results.append(before - weight.item())
    return results


@ADAFACTOR
def test_adafactor_does_not_go_above_its_ceiling():
    ceiling = [1 / math.sqrt(step) for step in range(1, 9)]
    assert moves(torch.optim.Adafactor, [100.0] * 8) == moves(torch.optim.Adafactor, ceiling)
    assert moves(torch.optim.Adafactor, [0.1] * 8) != moves(torch.optim.Adafactor, ceiling)


@ADAFACTOR
def test_adafactor_is_told_where_its_ceiling_is_lower():
    (finding,) = about("{type: Adafactor, lr: 0.1}", "{type: StepLR, step_size: 5, gamma: 0.5}")
    # 0.1 exceeds 1/sqrt(n) for n > 100, 0.05 for n > 400: all of the second half.
    assert finding.name == "self-scheduling-optimizer-plus-scheduler"
    assert finding.severity is Severity.WARNING
    assert "at 900 steps of 1,000: at step 499 0.04472 where 0.1 is planned" in finding.message
    assert finding.step == 100
    assert finding.path == "schedules.run.scheduler.type"


def test_rprop_reads_the_rate_once():
    falling = [10.0**-power for power in range(1, 7)]
    assert moves(torch.optim.Rprop, falling) == moves(torch.optim.Rprop, [0.1] * 6)
    (finding,) = about("{type: Rprop, lr: 0.1}")
    assert "the schedule of the other 999 steps has no effect" in finding.message


def test_asgd_is_told_what_its_own_decay_leaves():
    lambd, alpha, rate, steps = 0.5, 0.75, 0.1, 10
    moved = moves(torch.optim.ASGD, [rate] * steps, lambd=lambd, alpha=alpha)
    decay = [lambd * (1 - sum(moved[:step])) for step in range(steps)]  # of the weight itself
    used = [move / (1 + pull) for move, pull in zip(moved, decay, strict=True)]
    expected = [rate / (1 + lambd * rate * step) ** alpha for step in range(steps)]
    assert used == pytest.approx(expected, rel=1e-6)
    (finding,) = about(
        "{type: ASGD, lr: 0.1, lambd: 0.5}", "{type: LinearLR, start_factor: 1, end_factor: 0.9}"
    )
    assert finding.severity is Severity.INFO
    share = 100 * (1 + 0.5 * 0.09 * 999) ** -0.75
    assert f"step 999 uses {share:.3g}% of its lr" in finding.message


def test_adagrad_is_told_what_its_own_decay_leaves():
    plain = moves(torch.optim.Adagrad, [0.1] * 5)
    decayed = moves(torch.optim.Adagrad, [0.1] * 5, lr_decay=0.5)
    ratios = [less / more for less, more in zip(decayed, plain, strict=True)]
    assert ratios == pytest.approx([1 / (1 + 0.5 * step) for step in range(5)])
    (finding,) = about("{type: Adagrad, lr: 0.1, lr_decay: 0.001}")
    assert finding.severity is Severity.INFO
    assert "step 999 uses 50% of its lr" in finding.message


@pytest.mark.parametrize(
    ("optimizer", "scheduler"),
    [
        ("{type: Adafactor, lr: 0.01}", COSINE),
        ("{type: Adafactor, lr: 0.1}", CONSTANT),
        ("{type: Adafactor, lr: 0.1}", "{type: LinearLR, start_factor: 1, end_factor: 1}"),
        ("{type: Adafactor, lr: 0.0318}", COSINE),
        ("{type: Rprop, lr: 0.1}", CONSTANT),
        ("{type: ASGD, lr: 0.01}", COSINE),
        ("{type: Adagrad, lr: 0.01}", COSINE),
        ("{type: Adagrad, lr: 0.01, lr_decay: 0.001}", CONSTANT),
        ("{type: RAdam, lr: 1e-3}", COSINE),
        ("{type: SGD, lr: 0.1}", COSINE),
        ("{type: Adam, lr: 1e-3}", COSINE),
    ],
)
def test_optimizers_that_go_by_the_schedule_are_silent(optimizer, scheduler):
    assert about(optimizer, scheduler) == []


def left(steps, schedule=None):
    """The rest of a weight without gradient after AdamW's decay, stepped by hand."""
    weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = AdamW([weight], lr=1e-3, weight_decay=0.1)
    scheduler = None if schedule is None else schedule(optimizer)
    weight.grad = torch.zeros_like(weight)
    for _ in range(steps):
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
    return weight.item()


@pytest.mark.parametrize(
    ("schedule", "steps", "remaining"),
    [
        (None, 1000, 0.9048),
        (lambda it: CosineAnnealingLR(it, 1000), 1000, 0.9512),
        (None, 10_000, 0.368),
        (lambda it: CosineAnnealingLR(it, 10_000), 10_000, 0.606),
        (lambda it: LinearLR(it, 1, 0, 10_000), 10_000, 0.606),
    ],
    ids=["constant-1000", "cosine-1000", "constant", "cosine", "line"],
)
def test_the_page_gives_what_adamw_leaves(schedule, steps, remaining):
    assert left(steps, schedule) == pytest.approx(remaining, abs=6e-4)


def test_a_decay_that_comes_to_nothing_is_mentioned():
    (finding,) = about("{type: AdamW, lr: 1e-4, weight_decay: 1e-4}")
    total = sum(1e-4 * 1e-4 * (1 + math.cos(math.pi * epoch / 10)) / 2 * 100 for epoch in range(10))
    assert finding.name == "weight-decay-scaled-by-lr"
    assert finding.severity is Severity.INFO
    assert f"adds up to {total:.2g} in 1,000 steps" in finding.message
    assert finding.path == "schedules.run.optimizer.weight_decay"


@pytest.mark.parametrize(
    ("decay", "severity", "said"),
    [
        (15, "warning", "takes 1.5% off"),
        (150, "warning", "takes 15% off"),
        (1500, "warning", "flips the sign of"),
    ],
)
def test_a_decay_that_takes_all_is_told(decay, severity, said):
    (finding,) = about(f"{{type: AdamW, lr: 1e-3, weight_decay: {decay}}}")
    assert finding.severity.value == severity
    assert said in finding.message
    assert finding.step == 0


def test_a_group_is_told_by_its_own_decay():
    groups = "{backbone: {weight_decay: 2000}, head: {weight_decay: 0.1}}"
    (finding,) = about(f"{{type: AdamW, lr: 1e-3, groups: {groups}}}")
    assert finding.path == "schedules.run.optimizer.groups.backbone.weight_decay"
    assert finding.message.endswith("every weight of backbone")
    listed = "[{name: backbone, weight_decay: 0.1}, {name: head, weight_decay: 2000}]"
    (finding,) = about(f"{{type: AdamW, lr: 1e-3, groups: {listed}}}")
    assert finding.path == "schedules.run.optimizer.groups[1].weight_decay"


@pytest.mark.parametrize(
    ("optimizer", "training"),
    [
        ("{type: AdamW, lr: 1e-3}", RUN),
        ("{type: AdamW, lr: 1e-3, weight_decay: 0.05}", RUN),
        ("{type: AdamW, lr: 1e-3, weight_decay: 0}", RUN),
        ("{type: AdamW, lr: 2e-5, weight_decay: 0.01}", "epochs: 10, steps_per_epoch: 300"),
        ("{type: AdamW, lr: 1e-4, weight_decay: 1e-4}", "epochs: 10, steps_per_epoch: 1"),
        ("{type: AdamW, lr: 3e-4, weight_decay: 0.1}", "epochs: 10, steps_per_epoch: 3000"),
        ("{type: Adam, lr: 1e-4, weight_decay: 1e-4}", RUN),
        ("{type: SGD, lr: 0.1, weight_decay: 1e-4}", RUN),
    ],
)
def test_ordinary_decays_are_silent(optimizer, training):
    assert about(optimizer, training=training) == []


@since("2.7", "Adam takes decoupled_weight_decay")
def test_adam_with_the_decay_apart_is_looked_at():
    decoupled = "{type: Adam, lr: 1e-3, weight_decay: 1500, decoupled_weight_decay: true}"
    assert [each.name for each in about(decoupled)] == ["weight-decay-scaled-by-lr"]


@pytest.mark.parametrize(
    "scheduler",
    [
        "{type: StepLR, step_size: 3, last_epoch: 4}",
        (
            "{type: SequentialLR, milestones: [3], schedulers:"
            " [{type: LinearLR}, {type: StepLR, step_size: 3, last_epoch: 2}]}"
        ),
    ],
    ids=["alone", "nested"],
)
def test_last_epoch_is_known_for_what_it_is(scheduler):
    (finding,) = about("{type: SGD, lr: 0.1}", scheduler, family="LRP")
    assert (finding.rule, finding.name) == ("LRP851", "resume-missing-initial-lr")
    assert "initial_lr" in finding.message


def test_last_epoch_of_an_optimizer_is_an_unknown_key():
    (finding,) = about("{type: SGD, lr: 0.1, last_epoch: 4}", family="LRP")
    assert finding.name == "unknown-key"


def test_torch_misses_initial_lr():
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    with pytest.raises(KeyError, match="initial_lr"):
        CosineAnnealingLR(optimizer, 10, last_epoch=4)


@pytest.mark.parametrize(
    ("optimizer", "gamma", "is_told"),
    [
        # 1e-7 * 1.0186 ** 999 is 10, and 1e-7 * 1.0256 ** 999 is 9e3.
        ("{type: AdamW, lr: 1e-7, weight_decay: 0}", 1.0186, False),
        ("{type: AdamW, lr: 1e-7, weight_decay: 0}", 1.0256, True),
        ("{type: AdamW, lr: 0.6, weight_decay: 0}", 0.99, True),
    ],
    ids=["range test", "no range test", "too large at first"],
)
def test_a_range_test_climbs_to_a_large_lr(optimizer, gamma, is_told):
    scheduler = f"{{type: ExponentialLR, gamma: {gamma}, interval: step}}"
    told = about(optimizer, scheduler) + about(optimizer, scheduler, family="LRP912")
    assert bool(told) == is_told
