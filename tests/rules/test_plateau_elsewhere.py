"""The plateaus of other packages: the same rules, in the words of the package."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from lrplan.simulate.engine_choice import simulate
from tests.rules.single_rule import plan_of
from tests.support.rule_runs import findings
from tests.support.specs import spec

HF, IGNITE = "transformers:reduce_lr_on_plateau", "ignite:ReduceLROnPlateauScheduler"
TIMM, MM = "timm:PlateauLRScheduler", "mmengine:ReduceOnPlateauLR"
LOSS = "val_loss: {expr: 1 / (1 + epoch)}"
ACCURACY = "val_acc: {expr: 1 - 1 / (2 + epoch)}"
FLAT = "value: {expr: '1'}"


def text(arguments, metric, beside=""):
    kind, comma, rest = arguments.partition(",")
    schedulers = f'scheduler:\n{beside}  - {{type: "{kind}"{comma}{rest}}}\n'
    return spec(optimizer="{type: AdamW, lr: 1e-3}", metrics=f"{{{metric}}}", rest=schedulers)


CASES = [
    (HF, ACCURACY, "plateau-wrong-mode", "mode: max"),
    (IGNITE, ACCURACY, "plateau-wrong-mode", "mode: max"),
    (TIMM, LOSS, "plateau-wrong-mode", "mode: min"),
    (MM, ACCURACY, "plateau-wrong-mode", "rule: greater"),
    (f"{HF}, patience: 40", FLAT, "plateau-patience-semantics", "patience: 27, or less"),
    (f"{IGNITE}, patience: 40", FLAT, "plateau-patience-semantics", "patience: 27, or less"),
    (f"{TIMM}, patience_t: 40", FLAT, "plateau-patience-semantics", "patience_t: 27, or less"),
    (f"{MM}, patience: 40", FLAT, "plateau-patience-semantics", "patience: 27, or less"),
    (f"{HF}, min_lr: 0.01", FLAT, "plateau-floor-surprises", "min_lr: below 0.001"),
    (f"{TIMM}, lr_min: 0.01", FLAT, "plateau-floor-surprises", "lr_min: below 0.001"),
    (f"{MM}, min_value: 0.01", FLAT, "plateau-floor-surprises", "min_value: below 0.001"),
    (HF, "nll: {expr: '-1'}", "plateau-negative-metric", "threshold_mode: abs"),
    (MM, "nll: {expr: '-1'}", "plateau-negative-metric", "threshold_rule: abs"),
    (f"{TIMM}, mode: min", "nll: {expr: '-1'}", "plateau-negative-metric", ""),
]


@pytest.mark.parametrize(("arguments", "metric", "name", "fix"), CASES)
def test_it_is_told_in_the_words_of_the_package(arguments, metric, name, fix):
    reported = [
        each for each in findings(text(arguments, metric), static=True) if each.name == name
    ]
    assert len(reported) == 1
    assert reported[0].fix.startswith(fix)


WELL_MADE = [
    (f"{HF}, mode: max, patience: 3", ACCURACY),
    (f"{IGNITE}, patience: 3", LOSS),
    (f"{TIMM}, mode: min, patience_t: 3, warmup_t: 5", LOSS),
    (f"{TIMM}, patience_t: 3", ACCURACY),
    (f"{MM}, rule: greater, patience: 3", ACCURACY),
    (f"{MM}, patience: 40, begin: 5", FLAT),
]


@pytest.mark.parametrize(("arguments", "metric"), WELL_MADE)
def test_what_is_well_made_is_left_alone(arguments, metric):
    assert findings(text(arguments, metric), static=True) == []


def test_beside_a_warm_up_the_way_out_is_one_the_package_has():
    warm_up = "  - {type: LinearLR, start_factor: 0.1, total_iters: 10}\n"
    fixes = {
        f"{HF}, patience: 2": "the key `warmup` on a ReduceLROnPlateau",
        f"{TIMM}, patience_t: 2": "warmup_t of timm:PlateauLRScheduler",
    }
    for arguments, fix in fixes.items():
        (finding,) = findings(text(arguments, FLAT, warm_up), static=True)
        assert finding.name == "plateau-active-during-warmup"
        assert finding.fix.startswith(fix)


FIRST_CUT = [
    (f"{HF}, patience: 3", 50),  # call 5 is the first to cut, after epoch 4
    (f"{TIMM}, patience_t: 3", 50),
    (f"{TIMM}, patience_t: 3, warmup_t: 6, warmup_lr_init: 1e-3", 110),
    (f"{IGNITE}, patience: 3", 50),
    (f"{MM}, patience: 3", 50),
]


@pytest.mark.parametrize(("arguments", "step"), FIRST_CUT)
def test_all_cut_when_torch_would(arguments, step):
    package = arguments.partition(":")[0]
    if find_spec(package) is None:
        pytest.skip(f"{package} is missing")
    rates = simulate(plan_of(text(arguments, FLAT))).lr["all"]
    assert np.argmax(rates < rates[0]) == step


@pytest.mark.parametrize(("scale", "stuck"), [(0.5, True), (2, False)])
def test_a_scaled_rate_is_what_the_floor_of_timm_is_compared_with(scale, stuck):
    spec = text(f"{TIMM}, mode: min, lr_min: 0.0008", LOSS).replace(
        "lr: 1e-3}", f"lr: 1e-3, groups: {{all: {{lr_scale: {scale}}}}}}}"
    )
    reported = [
        each for each in findings(spec, static=True) if each.name == "plateau-floor-surprises"
    ]
    assert [each.message for each in reported] == (
        ["the lr 0.0005 of all can never be cut: lr_min is 0.0008"] if stuck else []
    )


def test_a_warm_up_of_half_a_tick_more_reads_no_value_less():
    whole, half = (
        [
            (each.name, each.message, each.line)
            for each in findings(
                text(f"{TIMM}, mode: min, patience_t: 2, warmup_t: {ticks}", FLAT), static=True
            )
        ]
        for ticks in (3, 3.5)
    )
    assert whole == half
