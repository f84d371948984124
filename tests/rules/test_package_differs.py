"""A package of an unknown release is compared with lrplan's formula of the known one."""

import warnings
from importlib.util import find_spec

import numpy as np
import pytest

from lrplan.catalog import SCHEDULERS
from lrplan.catalog.formula_choice import installed_release
from lrplan.curves.packages import FORMULAS, lr_at
from lrplan.lint import Context
from lrplan.rules.composition import package_differs_from_formula
from lrplan.rules.composition.package_differs_from_formula import BAD
from lrplan.simulate.engine_choice import simulate
from tests.support.fake_timm import RELEASE, fake_timm
from tests.support.rule_runs import findings
from tests.torch_objects.formulas.cases import cases, plan_for

NAME = "package-differs-from-formula"


def said(text):
    return [each for each in findings(text) if each.name == NAME]


def test_the_first_step_that_differs_is_told(tmp_path):
    with fake_timm(tmp_path):
        (finding,) = said(BAD)
    # Epoch 1 begins at step 50; the fake is at epoch 2 of 10 there. Each third step is compared.
    assert finding.step in range(50, 53)
    assert f"timm {RELEASE} does not compute it as 1.0.31" in finding.message
    assert "0.09055 in place of 0.09758 at step 5" in finding.message
    assert finding.fix == f"timm==1.0.31 for the curve that lrplan describes; or pin {RELEASE}"


def test_a_release_with_the_same_curve_is_not_mentioned(tmp_path):
    with fake_timm(tmp_path, ahead=0):
        assert said(BAD) == []


def test_what_cannot_be_compared_is_not_mentioned(tmp_path):
    with_noise = BAD.replace("lr_min: 1e-3", "lr_min: 1e-3, noise_range_t: [2, 4]")
    twice = BAD.replace("scheduler: {", "scheduler: [{").replace(
        "1e-3}", "1e-3}, {type: StepLR, step_size: 3}]"
    )
    wrong_unit = BAD.replace("1e-3}", "1e-3, interval: step}")
    inside = BAD.replace("scheduler: {", "scheduler: {type: ChainedScheduler, schedulers: [{")
    with fake_timm(tmp_path):
        for text in (with_noise, twice, wrong_unit, inside.replace("1e-3}", "1e-3}]}")):
            assert said(text) == []


def test_without_the_package_there_is_nothing_to_compare():
    if find_spec("timm") is not None:
        pytest.skip("timm is installed")
    assert said(BAD) == []


def test_the_known_release_is_not_compared(monkeypatch, tmp_path):
    row = SCHEDULERS["timm:CosineLRScheduler"]
    with fake_timm(tmp_path):
        monkeypatch.setattr("lrplan.catalog.formula_choice.installed_version", lambda _: "1.0.31")
        assert installed_release(row) == "1.0.31"
        assert said(BAD) == []


def test_the_lr_of_a_group_is_a_share_of_what_it_is_a_share_of():
    ticks = np.array([0, 5, 10])
    lengths = {"num_warmup_steps": 5, "num_training_steps": 10}
    linear = lr_at(ticks, "transformers:linear", 0.2, 0.1, lengths)
    assert linear.tolist() == [0.0, 0.2, 0.0]
    floored = lr_at(ticks, "transformers:cosine_with_min_lr", 0.2, 0.1, {**lengths, "min_lr": 0.05})
    assert floored.tolist() == [0.0, 0.2, 0.1]
    assert lr_at(
        ticks, "timm:StepLRScheduler", 0.2, 0.1, {"decay_t": 5, "decay_rate": 0.5}
    ).tolist() == [0.2, 0.1, 0.05]
    assert lr_at(ticks, "transformers:greedy", 0.2, 0.1, {}) is None
    assert lr_at(ticks, "StepLR", 0.2, 0.1, {}) is None
    assert set(FORMULAS) == {"transformers", "diffusers", "timm", "deepspeed"}


@pytest.mark.parametrize("package", FORMULAS)
def test_the_rule_agrees_with_every_scheduler_that_runs(package, monkeypatch):
    # Of another release by name only: the package where it is installed, else the formulas.
    monkeypatch.setattr(package_differs_from_formula, "installed_release", lambda _: "0.0.1")
    compared = 0
    for mapping in cases():
        name = mapping["type"].partition(":")[2]
        if not mapping["type"].startswith(f"{package}:") or name not in FORMULAS[package]:
            continue
        plan = plan_for(mapping)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what DeepSpeed logs
            context = Context(plan, (2, 13, 0), simulate(plan))
        assert list(package_differs_from_formula.check(context)) == [], mapping
        compared += 1
    assert compared > 5
