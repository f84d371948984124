"""Outcome rules: what they see in curves that went wrong, and that they leave the others alone."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from lrplan.finding import Severity
from lrplan.lint.context import Context
from lrplan.lint.facts.lr_curves import constant_stretches, curves
from lrplan.lint.registry import all_rules
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load, load_file
from lrplan.text_position import InputText
from tests.support import specs
from tests.support.rule_runs import about, findings
from tests.support.specs import SGD

ORDINARY = load_file(Path(__file__).with_name("ordinary.yaml")).plans
SCHEDULES = load_file(Path(__file__).parents[2] / "schedules.yaml").plans
OWN = {name for name, rule in all_rules().items() if rule.family in ("curve", "plateau")}

EPOCHS = "{epochs: 100, steps_per_epoch: 10}"
TWO = "{type: SGD, groups: {slow: {lr: 0.01}, fast: {lr: 0.1}}}"
MOMENTUM = (
    "{type: LinearParamScheduler, param_group_field: momentum, end_value: 0.99, total_steps: 200}"
)
FLAT = '{val_loss: {expr: "1"}}'
FALLING = '{val_loss: {expr: "1 / (1 + epoch)"}}'


def spec(scheduler, training=EPOCHS, optimizer=SGD, metrics=None):
    return specs.spec(scheduler, training=training, optimizer=optimizer, metrics=metrics)


def seen(name, *args, **kwargs):
    """The findings of one rule, before others supersede them."""
    plan = specs.plan_of(spec(*args, **kwargs))
    context = Context(plan, (2, 13, 0), simulate(plan))
    rule = all_rules()[name]
    return [(hit, hit.severity or rule.severity) for hit in rule.check(context)]


def one(name, *args, **kwargs):
    [(hit, severity)] = seen(name, *args, **kwargs)
    return hit, severity


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_schedules_are_left_alone(name):
    """By each rule on its own: nothing has been superseded."""
    plan = ORDINARY[name]
    context = Context(plan, (2, 13, 0), simulate(plan))
    assert context.trace.failure is None
    worse = [
        (rule, hit.message)
        for rule in OWN
        for hit in all_rules()[rule].check(context)
        if (hit.severity or all_rules()[rule].severity) is not Severity.INFO
    ]
    assert worse == []


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_yaml_is_left_alone(name):
    assert [finding for finding in about(SCHEDULES[name]) if finding.name in OWN] == []


# What each of them sees.


def test_negative_says_how_often_and_how_low():
    hit, severity = one("lr-negative", '{type: LambdaLR, lr_lambda: "1 - epoch / 80"}')
    assert severity is Severity.ERROR
    assert hit.step == 810
    assert "190 steps of 1,000" in hit.message
    assert "-0.02375" in hit.message  # 0.1 * (1 - 99 / 80)


def test_a_factor_below_zero_is_told_once():
    for scheduler in ("StepLR, step_size: 10", "MultiStepLR, milestones: [10, 20]"):
        told = findings(specs.spec(f"{{type: {scheduler}, gamma: -0.1}}"))
        assert [each.name for each in told if each.severity is not Severity.INFO] == ["lr-negative"]


def test_rounding_below_zero_is_not_negative():
    formula = '{type: LambdaLR, lr_lambda: "1 - epoch / 50 if epoch < 50 else -1e-17"}'
    assert seen("lr-negative", formula) == []


def test_overflow_is_not_finite():
    hit, _ = one("lr-not-finite", '{type: MultiplicativeLR, lr_lambda: "1e200"}')
    assert "inf at step 20," in hit.message  # 0.1 * 1e200 * 1e200 > 1.8e308


@pytest.mark.parametrize(
    ("formula", "step"),
    [("(1 - epoch / 5) ** 0.9", 60), ("1 / (5 - epoch)", 50), ("exp(100 * epoch)", 80)],
    ids=["complex", "division by zero", "overflow"],
)
def test_a_formula_without_a_value_is_named_in_place_of_the_stop(formula, step):
    text = spec(f'{{type: LambdaLR, lr_lambda: "{formula}"}}', optimizer="{type: SGD, lr: 1e-3}")
    reported = [f for f in findings(text) if f.severity is Severity.ERROR]
    assert "stops-midway" not in {f.name for f in reported}
    [own] = seen("lr-not-finite", f'{{type: LambdaLR, lr_lambda: "{formula}"}}')
    assert own[0].step == step


def test_a_metric_without_a_value_is_no_rate():
    plateau = "{type: ReduceLROnPlateau}"
    metric = '{val_loss: {expr: "1 / (epoch - 3)"}}'
    assert seen("lr-not-finite", plateau, metrics=metric) == []


@pytest.mark.parametrize(
    ("scheduler", "training", "message"),
    [
        ("{type: PolynomialLR}", EPOCHS, "950 steps of 1,000, from step 50"),
        ("{type: PolynomialLR, total_iters: 99}", EPOCHS, "10 steps of 1,000, from step 990"),
        (
            '{type: LambdaLR, lr_lambda: "max(0, 1 - step / 80)"}',
            "{steps: 100}",
            "20 steps of 100, from step 80",
        ),
    ],
    ids=["default length", "the whole last epoch", "formula"],
)
def test_zero_for_part_of_the_run(scheduler, training, message):
    hit, severity = one("lr-zero-for-part-of-run", scheduler, training)
    assert severity is Severity.WARNING
    assert message in hit.message


@pytest.mark.parametrize(
    ("scheduler", "training"),
    [
        ("{type: LinearLR, start_factor: 1, end_factor: 0, total_iters: 9}", "{steps: 10}"),
        ('{type: LambdaLR, lr_lambda: "step / 100"}', "{steps: 100}"),
        ('{type: LambdaLR, lr_lambda: "epoch / 10"}', "{epochs: 10, steps_per_epoch: 10}"),
    ],
    ids=["one last step", "first step", "first epoch"],
)
def test_a_moment_at_zero_is_left_alone(scheduler, training):
    assert seen("lr-zero-for-part-of-run", scheduler, training) == []


def test_a_formula_that_rises_for_most_of_the_run_and_stays_at_its_top():
    rise = '{type: LambdaLR, lr_lambda: "min(1, (step + 1) / %d)"}'
    hit, severity = one("peak-comes-late", rise % 940, "{steps: 1000}")
    assert (severity, hit.step) == (Severity.WARNING, 939)
    assert "rises until step 939 of 1,000, 93.9% of the run, before it stays at 0.1" in hit.message
    assert seen("peak-comes-late", rise % 300, "{steps: 1000}") == []


def test_a_run_that_waits_at_zero_has_no_warm_up_and_its_decay_does_not_end_early():
    waits = '{type: LambdaLR, lr_lambda: "0 if step < 30 else 1 - (step - 30) / 70"}'
    (finding,) = findings(spec(waits, "{steps: 100}"))
    assert finding.name == "lr-zero-for-part-of-run"
    assert "from the first step on" in finding.fix


def test_a_group_that_rests_while_others_learn_is_a_note():
    formula = '{type: LambdaLR, lr_lambda: {slow: "0 if epoch < 50 else 1", fast: "1"}}'
    hit, severity = one("lr-zero-for-part-of-run", formula, optimizer=TWO)
    assert severity is Severity.INFO
    assert "the lr of slow is exactly 0 at 500 steps" in hit.message


def test_groups_that_rest_together_are_not():
    _, severity = one("lr-zero-for-part-of-run", "{type: PolynomialLR}", optimizer=TWO)
    assert severity is Severity.WARNING


def test_peak_of_a_warmup_that_is_longer_than_the_run():
    ramp = "{type: LinearLR, start_factor: 0.1, total_iters: 200}"
    hit, _ = one("peak-never-reached", ramp)
    # 0.1 * (0.1 + 0.9 * 99 / 200) is 54.55 % of 0.1: the last bit decides which way it is rounded.
    assert re.search(r"peak of 0.1: the highest is 0.05455 \(54.[56]%\), at step 990", hit.message)


def test_groups_that_fail_alike_are_one_finding():
    cycle = (
        "{type: CyclicLR, base_lr: [0.001, 0.01], max_lr: [0.01, 0.1], step_size_up: 300,"
        " cycle_momentum: false}"
    )
    [(hit, _)] = seen("peak-never-reached", cycle, optimizer=TWO)
    assert "the lr of slow and fast" in hit.message
    assert "peak of 0.01:" in hit.message


def test_a_range_test_stops_one_tick_short_of_its_peak():
    assert seen("peak-never-reached", "{type: LinearLR, start_factor: 0.1, total_iters: 100}") == []


def test_overshoot_of_a_floor_above_the_rate():
    cosine = "{type: CosineAnnealingLR, T_max: 100, eta_min: 0.2}"
    hit, _ = one("peak-overshot", cosine)
    assert "the highest lr stated is 0.1" in hit.message


def test_overshoot_of_a_chain_that_divides_what_was_overwritten():
    both = (
        "[{type: ConstantLR, factor: 0.25, total_iters: 5},"
        " {type: CosineAnnealingWarmRestarts, T_0: 100}]"
    )
    reordered = (
        "[{type: CosineAnnealingWarmRestarts, T_0: 100},"
        " {type: ConstantLR, factor: 0.25, total_iters: 5}]"
    )
    assert seen("peak-overshot", both) == []
    hit, _ = one("peak-overshot", reordered)
    assert hit.step == 50


def test_jump_after_a_lost_cut():
    both = "[{type: SWALR, swa_lr: 0.05, anneal_epochs: 5}, {type: StepLR, step_size: 10}]"
    hit, severity = one("unexplained-jump", both)
    assert severity is Severity.WARNING
    assert hit.step == 110
    assert "from 0.005 to 0.05" in hit.message


@pytest.mark.parametrize("total", [3, 4, 5, 7, 10])
@pytest.mark.parametrize("kind", ["OneCycleLR", "CosineAnnealingLR", "PolynomialLR"])
def test_coarse_ticks_are_no_jumps(kind, total):
    name = {"OneCycleLR": "total_steps", "CosineAnnealingLR": "T_max"}.get(kind, "total_iters")
    more = ", max_lr: 0.1" if kind == "OneCycleLR" else ""
    scheduler = f"{{type: {kind}, {name}: {total}{more}}}"
    assert seen("unexplained-jump", scheduler, f"{{epochs: {total}, steps_per_epoch: 9}}") == []


def test_rise_of_a_cool_down_that_ends_early():
    phases = (
        "{type: SequentialLR, milestones: [80], schedulers: [{type: CosineAnnealingLR, T_max: 80,"
        " eta_min: 0.001}, {type: ConstantLR, factor: 0.01, total_iters: 10}]}"
    )
    hit, severity = one("rise-after-minimum", phases)
    assert severity is Severity.WARNING
    assert hit.step == 900
    assert "0.001 by step 899 and rises again, to 0.1" in hit.message


def test_rise_of_a_warmup_cosine_past_its_end():
    hit, _ = one("rise-after-minimum", "{type: WarmupCosine, warmup_steps: 10, total_steps: 70}")
    assert "come down to 0 by step 709" in hit.message
    assert "to 0.04738" in hit.message  # (1 + cos(pi * 89 / 60)) / 20


def test_rise_of_a_cosine_is_another_rules():
    assert seen("rise-after-minimum", "{type: CosineAnnealingLR, T_max: 60}") == []


@pytest.mark.parametrize(
    ("scheduler", "arguments"),
    [
        (
            "{type: LinearLR, start_factor: 1, end_factor: 0.01, total_iters: 150}",
            ("0.03466", "0.001"),
        ),
        ("{type: CosineAnnealingLR, T_max: 150, eta_min: 0.01}", ("0.03332", "0.01")),
        (
            "{type: OneCycleLR, max_lr: 0.1, total_steps: 150, final_div_factor: 100}",
            ("0.04628", "4e-05"),
        ),
        (MOMENTUM, ("momentum ends at 0.9446", "0.99")),
    ],
    ids=["linear", "cosine", "one cycle", "momentum"],
)
def test_floor_missed(scheduler, arguments):
    hit, severity = one("floor-not-reached", scheduler)
    assert severity is Severity.WARNING
    assert all(text in hit.message for text in arguments), hit.message


def test_floor_behind_a_warmup_that_was_not_subtracted_is_another_rules():
    phases = (
        "{type: SequentialLR, milestones: [10], schedulers: [{type: LinearLR, total_iters: 10},"
        " {type: CosineAnnealingLR, T_max: %d, eta_min: 0}]}"
    )
    assert seen("floor-not-reached", phases % 100) == []
    assert seen("floor-not-reached", phases % 120)


def test_without_a_floor_of_its_own_a_decay_is_still_meant_to_arrive():
    assert seen("floor-not-reached", "{type: CosineAnnealingLR, T_max: 105}") == []
    assert seen("floor-not-reached", "{type: CosineAnnealingLR, T_max: 150}") != []


def test_floor_of_a_phase_is_judged_in_its_phase():
    phases = (
        "{type: SequentialLR, milestones: [50], schedulers: [{type: CosineAnnealingLR, T_max: %d,"
        " eta_min: 0.001}, {type: ConstantLR, factor: 0.01, total_iters: 60}]}"
    )
    assert seen("floor-not-reached", phases % 50) == []
    hit, _ = one("floor-not-reached", phases % 100)
    assert hit.step == 499


@pytest.mark.parametrize(
    ("scheduler", "changes", "message"),
    [
        ("{type: StepWdScheduler, every: 5}", {}, "weight_decay stays at 0 in all 1,000 steps"),
        (
            "{type: LinearLR, start_factor: 0.01, total_iters: 5}",
            {"training": "{epochs: 1, steps_per_epoch: 50}"},
            "the lr stays at 0.001 in all 50 steps: LinearLR ticks for the first time after",
        ),
        ("{type: StepLR, step_size: 100}", {}, "the lr stays at 0.1"),
    ],
    ids=["of zero", "one epoch", "beyond the run"],
)
def test_nothing_changes(scheduler, changes, message):
    hit, severity = one("schedule-changes-nothing", scheduler, **changes)
    assert severity is Severity.WARNING
    assert message in hit.message


def test_a_plateau_without_cause_is_a_note():
    plateau = "{type: ReduceLROnPlateau, patience: 5}"
    _, severity = one("schedule-changes-nothing", plateau, metrics=FALLING)
    assert severity is Severity.INFO


def test_only_the_scheduler_that_does_nothing_is_named():
    both = (
        "[{type: StepLR, step_size: 30, groups: [fast]},"
        " {type: StepLR, step_size: 100, groups: [slow]}]"
    )
    hit, _ = one("schedule-changes-nothing", both, optimizer=TWO)
    assert hit.path == "schedules.run.scheduler[1]"


@pytest.mark.parametrize(
    ("formula", "step", "steps"),
    [("0.5 ** epoch", 400, 600), ("1e-310 if epoch > 49 else 1", 500, 500)],
)
def test_vanishing(formula, step, steps):
    hit, _ = one("lr-vanishes", f'{{type: LambdaLR, lr_lambda: "{formula}"}}')
    assert hit.step == step
    assert f"{steps} steps of 1,000" in hit.message


def test_the_foot_of_a_long_cosine_does_not_vanish():
    cosine = "{type: CosineAnnealingLR, T_max: 100%, interval: step}"
    assert seen("lr-vanishes", cosine, "{steps: 20000}") == []


def test_group_ratio_under_a_common_floor():
    cosine = "{type: CosineAnnealingLR, T_max: 100, eta_min: 0.005}"
    hit, severity = one("group-ratio-changes", cosine, optimizer=TWO)
    assert severity is Severity.INFO
    assert "fast and slow start at 0.1 and 0.01" in hit.message


def test_groups_that_start_at_0_are_told_apart_by_their_first_values():
    """Under a warm-up from 0 the slower group, which stands first, does not overtake."""
    cosine = "{type: CosineAnnealingLR, T_max: 90, eta_min: 0.005, warmup: 10, interval: step}"
    rates = "{type: SGD, groups: {slow: {lr: 0.01}, fast: {lr: 0.1}}}"
    hit, severity = one("group-ratio-changes", cosine, optimizer=rates)
    assert severity is Severity.INFO
    assert "fast and slow are 0.01 and 0.001 at step 1 and end at" in hit.message


def test_a_group_that_overtakes_is_worse():
    """A cut of no more than eps, 1e-8, is left out: the slow group keeps its rate."""
    rates = "{type: SGD, groups: {slow: {lr: 1.1e-8}, fast: {lr: 1e-7}}}"
    plateau = "{type: ReduceLROnPlateau, patience: 1}"
    hit, severity = one("group-ratio-changes", plateau, optimizer=rates, metrics=FLAT)
    assert severity is Severity.WARNING
    assert "slow becomes faster than fast at step" in hit.message
    assert "they end at 1e-08 and 1.1e-08" in hit.message


@pytest.mark.parametrize(
    "scheduler",
    [
        "{type: CosineAnnealingLR, T_max: 100}",
        "{type: CosineAnnealingWarmRestarts, T_0: 10}",
        "{type: ExponentialLR, gamma: 0.5}",
        "{type: OneCycleLR, max_lr: 0.1, total_steps: 100, cycle_momentum: false}",
        '{type: LambdaLR, lr_lambda: {slow: "1", fast: "0.9 ** epoch"}}',
        "{type: StepLR, step_size: 30, groups: [fast]}",
    ],
)
def test_groups_that_keep_their_ratio_or_are_meant_not_to(scheduler):
    assert seen("group-ratio-changes", scheduler, optimizer=TWO) == []


# The arithmetic they share.


def test_equal_groups_are_one_curve():
    groups = ", ".join(f"g{i}: {{lr: {0.1 if i % 2 else 0.2}}}" for i in range(20))
    text = spec(
        "{type: ExponentialLR, gamma: 0.9}", optimizer=f"{{type: SGD, groups: {{{groups}}}}}"
    )
    plan = load(InputText("spec.yaml", text), Path()).plans["run"]
    found = curves(Context(plan, (2, 13, 0), simulate(plan)))
    assert [len(curve.groups) for curve in found] == [10, 10]
    assert found[0].groups[0] == "g0"


def test_levels_are_the_stairs():
    starts, heights = constant_stretches(np.array([3.0, 3.0, 2.0, 2.0, 2.0, 3.0]))
    assert starts.tolist() == [0, 2, 5]
    assert heights.tolist() == [3.0, 2.0, 3.0]


def test_the_lost_cut_is_what_torch_does():
    """The jump of the bad example, by a loop of its own."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    average = torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.05, anneal_epochs=5)
    step = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.1)
    used = []
    for _ in range(12):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        average.step()
        step.step()
    assert used[9:12] == pytest.approx([0.05, 0.005, 0.05], rel=1e-12)


FACTORY = """
import torch

def make(kind, **arguments):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    return optimizer, getattr(torch.optim.lr_scheduler, kind)(optimizer, **arguments)

def formula(optimizer=None):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    factor = lambda tick: tick / 250 if tick <= 250 else 0.02
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
"""


def of_factory(folder, factory, training="{epochs: 30, steps_per_epoch: 20}"):
    """What is said of a factory of the user's."""
    (folder / "m.py").write_text(FACTORY, encoding="utf-8")
    text = f"training: {training}\nschedules:\n  run: {{factory: {factory}}}\n"
    plan = load(InputText("spec.yaml", text), folder, trust=True).plans["run"]
    return [each for each in about(plan) if each.severity is not Severity.INFO]


@pytest.mark.parametrize(
    "arguments",
    [
        "kind: StepLR, step_size: 10",
        "kind: MultiStepLR, milestones: [10, 20]",
        "kind: CosineAnnealingWarmRestarts, T_0: 10",
        "kind: ExponentialLR, gamma: 0.9",
        "kind: CosineAnnealingLR, T_max: 30",
    ],
)
def test_torchs_schedulers_are_left_alone_when_a_factory_makes_them(tmp_path, arguments):
    assert of_factory(tmp_path, f'{{call: "./m.py:make", arguments: {{{arguments}}}}}') == []


def test_a_cliff_behind_a_warm_up_is_told_of_a_factory_too(tmp_path):
    found = of_factory(tmp_path, '"./m.py:formula"', "{steps: 1000}")
    assert [each.name for each in found] == ["unexplained-jump"]
    assert "falls from 0.1 to 0.002 right after its rise, at step 251" in found[0].message
    assert found[0].path == "schedules.run.factory"


MESSAGES = {
    "a-base-rate-of-0": (
        ("{type: Adam, lr: 0}", "{type: ExponentialLR, gamma: 0.9}"),
        ("error", "optimizer.lr", "is 0 at every step, because the base lr is 0"),
    ),
    "growth": (
        ("{type: SGD, lr: 0.1}", "{type: ExponentialLR, gamma: 1.1}"),
        ("warning", "scheduler", "1.586 at the last step, 15.9 times the 0.1 stated"),
    ),
    "momentum-beyond-1": (
        (
            "{type: SGD, lr: 0.1, momentum: 0.9}",
            (
                "{type: LinearParamScheduler, param_group_field: momentum, end_value: 1.2,"
                " total_steps: 30}"
            ),
        ),
        ("error", "scheduler", "the momentum is 1.19 at the worst, and has to be at least 0"),
    ),
    "a-rise-after-0": (
        ("{type: SGD, lr: 0.1}", '{type: LambdaLR, lr_lambda: "abs(1 - epoch / 20)"}'),
        ("warning", "scheduler.lr_lambda", "has come down to 0 by step 209 and rises again"),
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_what_is_told_and_where(case):
    (optimizer, scheduler), (severity, path, said) = MESSAGES[case]
    text = spec(scheduler, training="{epochs: 30, steps_per_epoch: 10}", optimizer=optimizer)
    (finding,) = [each for each in findings(text) if each.severity is not Severity.INFO]
    assert (finding.severity.value, finding.path) == (severity, f"schedules.run.{path}")
    assert said in finding.message


def test_a_frozen_group_beside_a_warm_up_from_0_is_a_note():
    frozen, head = "0 if step < 300 else 1", "min(1, step / 50)"
    text = spec(
        f'{{type: LambdaLR, lr_lambda: {{backbone: "{frozen}", head: "{head}"}}}}',
        training="{steps: 1000}",
        optimizer="{type: AdamW, lr: 1e-3, groups: {backbone: {lr: 1e-4}, head: {}}}",
    )
    (finding,) = findings(text)
    assert (finding.name, finding.severity) == ("lr-zero-for-part-of-run", Severity.INFO)
    assert finding.path == "schedules.run.scheduler.lr_lambda.backbone"


@pytest.mark.parametrize(
    ("scheduler", "training"),
    [
        ("{type: TriStage, warmup_steps: 2, hold_steps: 5, decay_steps: 2}", "{steps: 20}"),
        ("{type: PiecewiseLinear, factors: [[5, 1], [6, 0.25], [9, 0.5]]}", "{steps: 20}"),
        (
            "{type: ExponentialLR, gamma: 0.9, interval: batch, warmup: {length: 13, mode: mask}}",
            "{steps: 20, accumulate: 5}",
        ),
    ],
    ids=["short decay", "points side by side", "several ticks between steps"],
)
def test_a_jump_that_the_spec_asks_for(scheduler, training):
    assert not seen("unexplained-jump", scheduler, training)
