"""schedules.yaml: every schedule is there, and gives what it says, step by step."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lrplan.catalog import SCHEDULERS
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load_file
from tests.support.schedule_references import REFERENCES

SPEC = load_file(Path(__file__).parents[1] / "schedules.yaml")

# The examples that lrplan was made for, by what each of them must contain.
EXAMPLES = {
    "lambda-decay": {"LambdaLR"},
    "lambda-function": {"LambdaLR"},
    "warmup-constant": {"WarmupConstantSchedule"},
    "step": {"StepLR"},
    "multistep": {"MultiStepLR"},
    "exponential": {"ExponentialLR"},
    "cosine": {"CosineAnnealingLR"},
    "plateau": {"ReduceLROnPlateau"},
    "plateau-threshold": {"ReduceLROnPlateau"},
    "cyclic-triangular": {"CyclicLR"},
    "cyclic-triangular2": {"CyclicLR"},
    "cyclic-exp-range": {"CyclicLR"},
    "warm-restarts": {"CosineAnnealingWarmRestarts"},
    "eight-lambda-decay": {"LambdaLR"},
    "eight-step": {"StepLR"},
    "eight-multistep": {"MultiStepLR"},
    "eight-exponential": {"ExponentialLR"},
    "eight-cosine": {"CosineAnnealingLR"},
    "eight-cyclic": {"CyclicLR"},
    "eight-warm-restarts": {"CosineAnnealingWarmRestarts"},
    "eight-gradual-warmup": {"GradualWarmupScheduler", "StepLR"},
    "finetune": {"LambdaLR"},
    "finetune-list": {"LambdaLR"},
    "finetune-per-group": {"WarmupCosine"},
    "warmup-cosine": {"WarmupCosine"},
    "warmup-linear": {"WarmupLinear"},
    "warmup-polynomial": {"WarmupPolynomial"},
    "warmup-stable-decay": {"WarmupStableDecay"},
    "tri-stage": {"TriStage"},
    "rex": {"REX"},
    "levels": {"PiecewiseConstant"},
    "points": {"PiecewiseLinear"},
    "inverse-sqrt-step": {"InverseSqrtScheduler"},
    "inverse-sqrt-epoch": {"InverseSqrtScheduler"},
    "warm-up-restarts-150": {"CosineAnnealingWarmUpRestarts"},
    "warm-up-restarts-50": {"CosineAnnealingWarmUpRestarts"},
    "warm-up-restarts-100": {"CosineAnnealingWarmUpRestarts"},
    "gradual-warmup": {"GradualWarmupScheduler"},
    "gradual-warmup-multiplier": {"GradualWarmupScheduler", "CosineAnnealingLR"},
    "milestone-lr": {"MilestoneLrScheduler"},
    "step-wd": {"StepWdScheduler"},
    "warmup-cosine-cooldown": {"SequentialLR", "LinearLR", "CosineAnnealingLR", "ConstantLR"},
    "cosine-k-decay": {"LambdaLR"},
    "lightning-one-cycle": {"OneCycleLR"},
    "lightning-frequency": {"ExponentialLR"},
    "lightning-plateau": {"ReduceLROnPlateau"},
    "lightning-two": {"LinearLR", "ReduceLROnPlateau"},
    "gan-generator": {"LambdaLR"},
    "gan-discriminator": {"LambdaLR"},
    "warm-step": {"GradualWarmupScheduler", "StepLR"},
    "warm-multistep": {"GradualWarmupScheduler", "MultiStepLR"},
    "warm-cosine": {"GradualWarmupScheduler", "CosineAnnealingLR"},
    "warm-exponential": {"GradualWarmupScheduler", "ExponentialLR"},
    "warm-plateau": {"GradualWarmupScheduler", "ReduceLROnPlateau"},
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_is_present(name):
    assert types_of(SPEC.plans[name]) == EXAMPLES[name]


def test_every_scheduler_of_the_catalogue_has_an_example():
    used = {kind for plan in SPEC.plans.values() for kind in types_of(plan)}
    assert used == {name for name, row in SCHEDULERS.items() if not row.extra}


def test_every_schedule_has_a_reference():
    assert set(REFERENCES) == set(SPEC.plans)


def test_every_schedule_says_what_it_is():
    plans = SPEC.plans.values()
    assert not [plan.name for plan in plans if not plan.title or not plan.description]
    assert len({plan.title for plan in plans}) == len(plans)
    assert not [plan.title for plan in plans if len(plan.title) > 48]


@pytest.mark.parametrize("name", SPEC.plans)
def test_schedule_gives_what_its_reference_gives(name):
    trace = run(name)
    assert trace.failure is None
    expected = REFERENCES[name]()
    assert {group for group, _ in expected} == set(trace.groups)
    assert {group for group, field in expected if field == "lr"} == set(trace.groups)
    for (group, field), rows in expected.items():
        # An absolute 1e-17 is one rounding of a cosine near the foot of these curves.
        np.testing.assert_allclose(
            trace.columns[field][group], rows, rtol=1e-12, atol=1e-17, err_msg=f"{group} {field}"
        )


@pytest.mark.parametrize("name", SPEC.plans)
def test_only_scheduled_fields_move(name):
    trace = run(name)
    told = {field for _, field in REFERENCES[name]()}
    for field, columns in trace.columns.items():
        if field not in told:
            assert not any(np.ptp(column) for column in columns.values()), field


def test_three_ways_to_drive_one_group_are_one_curve():
    named, listed, alone = map(run, ("finetune", "finetune-list", "finetune-per-group"))
    for group in ("backbone", "head"):
        np.testing.assert_array_equal(named.lr[group], listed.lr[group])
        np.testing.assert_allclose(named.lr[group], alone.lr[group], rtol=1e-12, atol=1e-17)


def test_names_and_intervals_are_those_of_the_lightning_section():
    two = SPEC.plans["lightning-two"].schedulers
    results = [(each.name, each.interval, each.monitor) for each in two]
    assert results == [("warm-up", "step", None), ("plateau", "epoch", "val_loss")]
    assert SPEC.plans["lightning-plateau"].schedulers[0].frequency == 5


@cache
def run(name):
    return simulate(SPEC.plans[name])


def types_of(plan):
    return {each.type for top in plan.schedulers for each in top.walk()}
