"""The numbers on the pages of the composition rules: what torch really does."""

from __future__ import annotations

from operator import truediv

import pytest
from torch import zeros
from torch.optim import SGD, lr_scheduler

from tests.support.composed_specs import LINEAR, used
from tests.support.releases import since
from tests.support.rule_runs import findings
from tests.support.specs import spec


def by_torch(make, ticks: int, lr: float = 0.1):
    """The same by a plain loop over torch's own objects."""
    optimizer = SGD([zeros(1, requires_grad=True)], lr=lr)
    schedulers = make(optimizer)
    rates = []
    for _ in range(ticks):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for each in schedulers:
            each.step()
    return rates


# The numbers of the pages: torch 2.13 by hand, and lrplan's run of the same spec.
MEASURED = [
    pytest.param(
        "[{type: ExponentialLR, gamma: 0.9}, {type: LambdaLR, lr_lambda: '1'}]",
        [0.1, 0.1, 0.1],
        id="lambda-erases-exponential",
    ),
    pytest.param(
        f"[{LINEAR}, {{type: CosineAnnealingWarmRestarts, T_0: 5}}]",
        [0.1, 0.0905, 0.0655],
        id="restarts-erase-warm-up",
    ),
    pytest.param(
        "[{type: LambdaLR, lr_lambda: 'min(1, (t + 1) / 3)'}, {type: ExponentialLR, gamma: 0.9}]",
        [0.0333, 0.06, 0.09, 0.09, 0.09],
        id="decay-acts-once",
    ),
    pytest.param(
        f"{{type: ChainedScheduler, schedulers: [{LINEAR},"
        " {type: CosineAnnealingLR, T_max: 10}]}",
        [0.01, 0.03902, 0.06331, 0.07939, 0.06545],
        id="peak-lost",
    ),
    pytest.param("[{type: LinearLR}, {type: LinearLR}]", [0.0111], id="two-constructors"),
    pytest.param(
        f"[{LINEAR}, {{type: SequentialLR, milestones: [3], schedulers:"
        " [{type: ConstantLR, factor: 1.0}, {type: CosineAnnealingLR, T_max: 7}]}]",
        [0.1, 0.4, 0.7, 0.1],
        id="sequential-sets-back",
    ),
    pytest.param(
        "{type: SequentialLR, milestones: [3], schedulers: [{type: LinearLR, start_factor: 0.1,"
        " total_iters: 5}, {type: CosineAnnealingLR, T_max: 7}]}",
        [0.01, 0.028, 0.046, 0.1],
        id="warm-up-cut",
    ),
    pytest.param(
        f"{{type: SequentialLR, milestones: [3], schedulers: [{LINEAR},"
        " {type: OneCycleLR, max_lr: 0.1, total_steps: 7}]}",
        [0.0004, 0.0016, 0.0028, 0.004, 0.0981],
        id="onecycle-member",
    ),
    pytest.param(
        "{type: SequentialLR, milestones: [5], schedulers: [{type: SequentialLR, milestones: [3],"
        f" schedulers: [{LINEAR}, {{type: ConstantLR, factor: 1.0, total_iters: 1}}]}},"
        " {type: CosineAnnealingLR, T_max: 5}]}",
        [0.01, 0.04, 0.1, 0.1],
        id="nested-first",
        marks=since("2.6", "a sequence inside another loses a step"),
    ),
    pytest.param(
        "{type: SequentialLR, milestones: [6, 3], schedulers: [{type: ConstantLR, factor: 0.1,"
        " total_iters: 99}, {type: ConstantLR, factor: 0.2, total_iters: 99}, {type: ConstantLR,"
        " factor: 0.3, total_iters: 99}]}",
        [0.01, 0.01, 0.01, 0.03, 0.03, 0.03, 0.03, 0.03],
        id="unsorted-milestones",
    ),
    pytest.param(
        f"{{type: SequentialLR, milestones: [0], schedulers: [{LINEAR},"
        " {type: CosineAnnealingLR, T_max: 4}]}",
        [0.1, 0.0854],
        id="milestone-zero",
        marks=since("2.13", "a milestone of 0 begins with the second scheduler's rate"),
    ),
    pytest.param(
        f"{{type: SequentialLR, milestones: [3], schedulers: [{LINEAR},"
        " {type: MultiplicativeLR, lr_lambda: '0.5'}]}",
        [0.01, 0.04, 0.07, 0.035],
        id="multiplicative-member",
        marks=since("2.9", "a member's first tick is its own get_lr()"),
    ),
    pytest.param(
        "{type: LambdaLR, lr_lambda: '0.1 * (1 - t / 10)'}", [0.01, 0.009, 0.008], id="absolute"
    ),
]


@pytest.mark.parametrize(("scheduler", "expected"), MEASURED)
def test_the_pages_numbers_are_what_runs_give(scheduler, expected):
    assert used(scheduler, 10)[: len(expected)] == pytest.approx(expected, rel=5e-3, abs=1e-6)


def test_the_pages_numbers_are_torchs_own():
    def reset(optimizer):
        warmup = lr_scheduler.LinearLR(optimizer, 0.1, 1, 3)
        hold = lr_scheduler.ConstantLR(optimizer, 1.0, 3)
        cosine = lr_scheduler.CosineAnnealingLR(optimizer, 7)
        return [warmup, lr_scheduler.SequentialLR(optimizer, [hold, cosine], [3])]

    def chain(optimizer):
        members = [
            lr_scheduler.LinearLR(optimizer, 0.1, 1, 3),
            lr_scheduler.CosineAnnealingLR(optimizer, 10),
        ]
        return [lr_scheduler.ChainedScheduler(members)]

    assert by_torch(reset, 4) == pytest.approx([0.1, 0.4, 0.7, 0.1], rel=1e-9)
    assert max(by_torch(chain, 10)) == pytest.approx(0.0794, rel=1e-3)


def warmed_up(per_epoch: int, warmup, steps: int):
    """A LambdaLR per epoch in front of a warm-up per step, by torch and as the product of both."""
    optimizer = SGD([zeros(1, requires_grad=True)], lr=0.1)
    decay = lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + 0.1 * epoch))
    ramp = warmup(optimizer)
    alone = warmup(SGD([zeros(1, requires_grad=True)], lr=0.1))
    used_lrs, meant = [], []
    for step in range(steps):
        used_lrs.append(optimizer.param_groups[0]["lr"])
        meant.append(alone.optimizer.param_groups[0]["lr"] / (1 + 0.1 * (step // per_epoch)))
        for each in (optimizer, alone.optimizer, ramp, alone):
            each.step()
        if (step + 1) % per_epoch == 0:
            decay.step()
    return used_lrs, meant


@pytest.mark.parametrize(
    ("per_epoch", "total", "severity"),
    [(9, 10, "warning"), (100, 110, "warning"), (5, 10, "error"), (100, 1000, "error")],
)
def test_a_warm_up_that_a_tick_cuts_short_costs_what_is_said(per_epoch, total, severity):
    used_lrs, meant = warmed_up(
        per_epoch, lambda opt: lr_scheduler.LinearLR(opt, 0.1, 1, total), total + 2 * per_epoch
    )
    ratios = [one / other for one, other in zip(used_lrs, meant, strict=True)]
    first = next(step for step, ratio in enumerate(ratios) if abs(ratio - 1) > 1e-9)
    (finding,) = [
        each
        for each in findings(
            spec(
                "[{type: LambdaLR, lr_lambda: '1 / (1 + 0.1 * t)'}, {type: LinearLR,"
                f" start_factor: 0.1, total_iters: {total}, interval: step}}]",
                training=f"{{epochs: 30, steps_per_epoch: {per_epoch}}}",
            )
        )
        if each.name == "closed-form-member-overwrites-chain"
    ]
    assert finding.severity.value == severity
    assert (first, finding.step) == (per_epoch, per_epoch)
    assert f"{per_epoch} of the {total:,} ticks of LinearLR" in finding.message
    assert finding.message.endswith(f"up to {max(ratios):.3g} times what both give together")


def test_a_constant_warm_up_that_is_cut_by_its_last_tick_costs_its_whole_factor():
    used_lrs, meant = warmed_up(9, lambda opt: lr_scheduler.ConstantLR(opt, 0.1, 10), 30)
    assert max(map(truediv, used_lrs, meant)) == pytest.approx(10)
    text = spec(
        "[{type: LambdaLR, lr_lambda: '1 / (1 + 0.1 * t)'},"
        " {type: ConstantLR, factor: 0.1, total_iters: 10, interval: step}]",
        training="{epochs: 30, steps_per_epoch: 9}",
    )
    (finding,) = [f for f in findings(text) if f.name == "closed-form-member-overwrites-chain"]
    assert finding.severity.value == "error"
    assert "up to 10 times" in finding.message


def test_a_warm_up_that_is_over_before_the_first_tick_loses_nothing():
    used_lrs, meant = warmed_up(10, lambda opt: lr_scheduler.LinearLR(opt, 0.1, 1, 10), 40)
    assert used_lrs == pytest.approx(meant, rel=1e-12)
    text = spec(
        "[{type: LambdaLR, lr_lambda: '1 / (1 + 0.1 * t)'}, {type: LinearLR, start_factor: 0.1,"
        " total_iters: 10, interval: step}]",
        training="{epochs: 30, steps_per_epoch: 10}",
    )
    assert "closed-form-member-overwrites-chain" not in {each.name for each in findings(text)}
