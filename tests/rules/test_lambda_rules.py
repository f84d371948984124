"""Expressions that were written for another class, or for another base."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from tests.support.composed_specs import among, used
from tests.support.specs import spec

OWN = {rule.name for rule in all_rules().values() if rule.family == "composition"}


def own(text: str, torch: str = "2.13.0", least: Severity = Severity.INFO):
    """The findings of this family, down to a severity."""
    return among(OWN, text, torch, least)


def hit(text: str, name: str, torch: str = "2.13.0"):
    """The one finding called ``name``, the only one of its family."""
    reported = own(text, torch)
    assert [f.name for f in reported] == [name]
    return reported[0]


def test_powers_in_multiplicative_pile_up():
    multiplied = used("{type: MultiplicativeLR, lr_lambda: '0.95 ** t'}", 11)[10]
    meant = used("{type: LambdaLR, lr_lambda: '0.95 ** t'}", 11)[10]
    assert multiplied == pytest.approx(0.1 * 0.95**55, rel=1e-9) == pytest.approx(0.00595, rel=1e-2)
    assert meant == pytest.approx(0.0599, rel=1e-3)


@pytest.mark.parametrize(
    "expression",
    [
        "0.95 ** t",
        "0.999 ** t",
        "0.5 * (1 + cos(pi * t / 30))",
        "1 - t / 40",
        "1 / (1 + 0.1 * t)",
        "exp(-t / 20)",
        "(1 - t / 31) ** 0.9",
        "min(1, t / 10)",
        "min(1, (t + 1) / 10)",
    ],
)
def test_whole_formulas_in_multiplicative_fire(expression):
    text = spec(f"{{type: MultiplicativeLR, lr_lambda: '{expression}'}}")
    assert hit(text, "lambda-vs-multiplicative").severity is Severity.WARNING


@pytest.mark.parametrize(
    "expression",
    [
        "0.95",
        "1",
        "0.1 if epoch == 10 or epoch == 20 else 1",
        "0.1 if epoch % 10 == 0 else 1",
        "1 if epoch < 10 else 0.95",
        "0.95 if epoch < 10 else 0.9",
        "sqrt(t / (t + 1))",
        "(31 - t) / (32 - t)",
        "(1.0001 + cos(pi * t / 30)) / (1.0001 + cos(pi * (t - 1) / 30))",
        "1.1 if epoch < 5 else 0.98",
    ],
)
def test_factors_of_one_tick_in_multiplicative_are_silent(expression):
    text = spec(f"{{type: MultiplicativeLR, lr_lambda: '{expression}'}}")
    assert own(text) == []


@pytest.mark.parametrize(
    ("scheduler", "fires"),
    [
        pytest.param("{type: LambdaLR, lr_lambda: '0.95'}", True, id="decay-factor"),
        pytest.param("{type: LambdaLR, lr_lambda: '1'}", False, id="one"),
        pytest.param("{type: LambdaLR, lr_lambda: '0.1'}", False, id="scale"),
        pytest.param("{type: LambdaLR, lr_lambda: ['0.9', '0.95 ** t']}", False, id="one-of-two"),
        pytest.param("{type: LambdaLR, lr_lambda: ['0.9', '0.95']}", True, id="both"),
    ],
)
def test_constants_in_lambda(scheduler, fires):
    groups = "{type: SGD, momentum: 0.9, groups: {one: {lr: 0.1}, two: {lr: 0.3}}}"
    text = spec(scheduler, optimizer=groups) if "[" in scheduler else spec(scheduler)
    assert [f.name for f in own(text)] == (["lambda-vs-multiplicative"] if fires else [])


@pytest.mark.parametrize(
    ("lr", "expression", "fires"),
    [
        pytest.param(0.1, "0.1 * (1 - t / 31)", True, id="linear"),
        pytest.param(1e-3, "1e-3 * 0.95 ** t", True, id="exponential"),
        pytest.param(1e-3, "1e-3 * min(1, (t + 1) / 5)", True, id="warm-up"),
        pytest.param(
            1.0, "512 ** -0.5 * min((t + 1) ** -0.5, (t + 1) * 10 ** -1.5)", False, id="noam"
        ),
        pytest.param(
            1e-3, "512 ** -0.5 * min((t+1) ** -0.5, (t+1) * 10 ** -1.5)", False, id="noam-2"
        ),
        pytest.param(0.1, "0.1 ** (t // 10)", False, id="steps-of-a-tenth"),
        pytest.param(0.01, "(t + 1) / 3000", False, id="warm-up-cut-short"),
        pytest.param(0.1, "min(1, 0.001 + t / 10)", False, id="from-tiny"),
        pytest.param(0.1, "0.1", False, id="constant-scale"),
        pytest.param(0.5, "0.5 * 0.95 ** t", True, id="half-is-the-base"),
        pytest.param(0.5, "0.45 * 0.95 ** t", False, id="near-half"),
        pytest.param(30, "30 * 0.95 ** t", True, id="squares-a-large-lr"),
        pytest.param(30, "0.95 ** t", False, id="a-large-lr"),
        pytest.param(1.0, "0.1 * 0.95 ** t", False, id="lr-is-one"),
        pytest.param(5e-5, "max(0, 1 - t / 30)", False, id="fine-tuning"),
    ],
)
def test_rates_for_factors(lr, expression, fires):
    text = spec(
        f"{{type: LambdaLR, lr_lambda: '{expression}'}}", optimizer=f"{{type: SGD, lr: {lr}}}"
    )
    assert [f.name for f in own(text)] == (["lambda-returns-absolute-lr"] if fires else [])


def test_a_group_scaled_down_beside_another_is_silent():
    text = spec(
        "{type: LambdaLR, lr_lambda: {backbone: '0.1 * 0.95 ** t', head: '0.95 ** t'}}",
        optimizer="{type: SGD, groups: {backbone: {lr: 0.1}, head: {lr: 0.1}}}",
    )
    assert own(text) == []


def test_the_edit_of_a_frozen_factor_keeps_the_durations_that_are_written():
    for written, edited in (("1 - 1ep / 20ep", "(1 - 1ep / 20ep)"), ("0.95", "0.95")):
        text = spec({"type": "LambdaLR", "lr_lambda": f"'{written}'"}, epochs=30)
        (edit,) = hit(text, "lambda-vs-multiplicative").edits
        assert edit.new == f'"{edited} ** epoch"'
