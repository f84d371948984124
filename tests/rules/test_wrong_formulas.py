"""Formulas, lines and thresholds that do not do what they look like, proved by torch."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np
import pytest
import torch

from lrplan.finding import Severity
from tests.support.rule_runs import findings
from tests.support.specs import spec

STEPS = 1000


def run(*, lr=0.1, steps=STEPS, make, metric=None):
    """The learning rates that torch gives to each step of a plain loop."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=lr)
    schedulers = make(optimizer)
    used = []
    for step in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step(*(() if metric is None else (metric(step),)))
    return np.array(used)


def factor(function):
    return lambda optimizer: [torch.optim.lr_scheduler.LambdaLR(optimizer, function)]


def names(text):
    return [each.name for each in findings(text) if each.severity is not Severity.INFO]


def of_formula(formula, lr="0.1", steps=STEPS):
    scheduler = {"type": "LambdaLR", "lr_lambda": f'"{formula}"'}
    return spec(scheduler, optimizer=f"{{type: SGD, lr: {lr}}}", steps=steps)


def test_a_sine_for_a_cosine_peaks_in_the_middle():
    curve = run(make=factor(lambda step: 0.5 * (1 + sin(pi * step / STEPS))))
    assert curve[[0, 500, 999]] == pytest.approx([0.05, 0.1, 0.05], rel=0.01)
    minus = run(make=factor(lambda step: 0.5 * (1 - cos(pi * step / STEPS))))
    assert minus[[0, 500, 999]] == pytest.approx([0, 0.05, 0.1], abs=1e-4)


FORMULAS = {
    "0.5 * (1 + sin(pi * step / 1000))": "0.5 * (1 + cos(pi * step / 1000))",
    "0.5 * (1 + sin(pi * step / 1000st))": "0.5 * (1 + cos(pi * step / 1000))",
    "0.5 * (1 - cos(pi * step / total))": "0.5 * (1 + cos(pi * step / 1000))",
    "sin(0.5 * pi * step / 1000)": "cos(0.5 * pi * step / 1000)",
    "step / 100 if step < 100 else 0.5 * (1 - cos(pi * (step - 100) / 900))": (
        "step / 100 if step < 100 else 0.5 * (1 + cos(pi * (step - 100) / 900))"
    ),
    # Right as they are: warm-ups, waves, a decay, and what is no decay with a cosine either.
    "sin(pi / 2 * min(1, (step + 1) / 100))": None,
    "0.5 * (1 - cos(2 * pi * step / 1000))": None,
    "0.5 * (1 - cos(pi * min(step / 300, 1)))": None,
    "1 - sin(0.5 * pi * step / 1000)": None,
    "0.5 * (1 + cos(pi * step / 1000))": None,
    "sin(pi * step / 1000)": None,
}


def test_formulas_that_begin_at_their_low_end():
    wrong = {}
    for formula, right in FORMULAS.items():
        found = [
            each
            for each in findings(of_formula(formula))
            if each.name == "formula-starts-at-wrong-end"
        ]
        if [each.fix for each in found] != ([] if right is None else [right]):
            wrong[formula] = found
    assert wrong == {}


def noam(fall, rise):
    return lambda step: 512**-0.5 * min((step + 1) ** fall, (step + 1) * 400**rise)


@pytest.mark.parametrize(
    ("fall", "rise", "top"), [(-1.5, -0.5, 2), (-0.5, -0.5, 7), (0.5, -1.5, 2999)]
)
def test_exponents_of_noam(fall, rise, top):
    right = run(lr=1.0, steps=3000, make=factor(noam(-0.5, -1.5)))
    assert int(right.argmax()) == 399
    curve = run(lr=1.0, steps=3000, make=factor(noam(fall, rise)))
    assert int(curve.argmax()) == top
    formula = f"512 ** -0.5 * min((step + 1) ** {fall}, (step + 1) * 400 ** {rise})"
    (found,) = findings(of_formula(formula, "1.0", 3000))
    assert (found.name, f"at step {top:,}" in found.message) == ("noam-exponents", True)
    fixed = "512 ** -0.5 * min((step + 1) ** -0.5, (step + 1) * 400 ** -1.5)"
    assert found.fix == fixed
    assert names(of_formula(fixed, "1.0", 3000)) == []


def test_a_flat_line_jumps_at_its_end():
    def make(optimizer):
        flat = torch.optim.lr_scheduler.LinearLR(optimizer, 1e-3, 1e-3, total_iters=500)
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 2500)
        return [torch.optim.lr_scheduler.SequentialLR(optimizer, [flat, cosine], [500])]

    assert run(steps=502, make=make)[[0, 499, 500]] == pytest.approx([1e-4, 1e-4, 0.1], rel=1e-9)
    flat = "{type: LinearLR, start_factor: 1e-3, end_factor: 1e-3, total_iters: 500}"
    assert names(spec(flat, steps=3000)) == ["linear-lr-is-flat"]
    assert names(spec(flat.replace("1e-3", "1.0"), steps=3000)) != ["linear-lr-is-flat"]


LOSS = [2.3 - 0.1 * epoch for epoch in range(10)]


@pytest.mark.parametrize(("threshold", "cuts"), [(0.5, 2), (1e-4, 0)])
def test_a_threshold_that_no_improvement_passes(threshold, cuts):
    def make(optimizer):
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau
        return [plateau(optimizer, patience=3, threshold=threshold)]

    curve = run(steps=10, make=make, metric=LOSS.__getitem__)
    assert curve[-1] == pytest.approx(0.1 * 0.1**cuts, rel=1e-9)
    text = spec(
        f"{{type: ReduceLROnPlateau, patience: 3, threshold: {threshold}}}",
        metrics=f"{{val_loss: {LOSS}}}",
        epochs=10,
        steps_per_epoch=1,
    )
    assert ("plateau-threshold-too-large" in names(text)) == (cuts > 0)


def test_swalr_and_a_cosine_pull_at_one_lr():
    def make(optimizer):
        scheduler = torch.optim.lr_scheduler
        cosine = scheduler.CosineAnnealingLR(optimizer, 30)
        return [cosine, torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.05)]

    # After anneal_epochs (10) ticks nothing is left of the cosine.
    assert run(steps=30, make=make)[10:] == pytest.approx([0.05] * 20, rel=1e-9)
    both = "[{type: CosineAnnealingLR, T_max: 30}, {type: SWALR, swa_lr: 0.05}]"
    assert names(spec(both, steps_per_epoch=1)) == ["group-driven-twice"]
    warm = "[{type: LinearLR, total_iters: 5}, {type: SWALR, swa_lr: 0.05}]"
    assert "group-driven-twice" not in names(spec(warm, steps_per_epoch=1))


ABSOLUTE = {
    ("3e-4 * (1 - step / 1000)", "0.1"): True,
    ("1e-5 + 0.5 * (3e-4 - 1e-5) * (1 + cos(pi * step / 1000))", "0.1"): True,
    ("3e-4 * (1 - step / 1000)", "1.0"): False,
    ("0.01 * (1 - step / 1000)", "0.1"): False,
    ("512 ** -0.5 * min((step + 1) ** -0.5, (step + 1) * 400 ** -1.5)", "0.5"): False,
    ("step / 1000000", "0.1"): False,
}


def test_lambdas_that_return_lrs_other_than_the_base():
    curve = run(make=factor(lambda step: 3e-4 * (1 - step / STEPS)))
    assert curve[0] == pytest.approx(3e-5, rel=1e-9)
    wrong = [
        each
        for each, is_told in ABSOLUTE.items()
        if ("lambda-returns-absolute-lr" in names(of_formula(*each))) != is_told
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("field", "end", "told"),
    [
        ("lr", 0.001, True),
        ("weight_decay", 0.4, True),
        ("lr", 0.5, False),
        ("momentum", 0.8, False),
    ],
)
def test_a_ramp_of_a_field_in_epochs(field, end, told):
    """An lr or a momentum may rise within the first 30 steps of 30 epochs."""
    ramp = f"{{type: LinearParamScheduler, param_group_field: {field}, end_value: {end},"
    optimizer = "{type: SGD, lr: 0.1, momentum: 0.9, weight_decay: 0.01}"
    for length, counts_epochs in (("30", True), ("30ep", False), ("300", False)):
        text = spec(
            f"{ramp} total_steps: {length}, interval: step}}",
            optimizer=optimizer,
            steps_per_epoch=100,
        )
        found = "horizon-in-epochs-stepped-per-step" in names(text)
        assert found == (told and counts_epochs), length
