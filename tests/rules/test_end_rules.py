"""Ends of runs: measured numbers, and what must stay silent."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from lrplan.simulate.engine_choice import simulate
from tests.rules.neighbours import ADAMW, GROUPS, RAMP, SGD, STEPS, VISION, sequence, spec
from tests.rules.single_rule import one, own, plan_of, rates
from tests.support import specs
from tests.support.releases import since
from tests.support.rule_runs import findings


def worst(text):
    """The names of everything said that is more than an info."""
    return {each.name for each in findings(text) if each.severity is not Severity.INFO}


# cosine-past-t-max-rises


def cosine(period, ticks, extra=""):
    return spec(f"{{steps: {ticks}}}", f"{{type: CosineAnnealingLR, T_max: {period}{extra}}}")


def test_the_rates_past_the_floor():
    expected = [0, 0.0095, 0.0345, 0.0655, 0.0905, 0.1]
    assert rates(cosine(5, 11))[5:] == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("period", "ticks", "last"),
    [(50, 100, 0.999), (80, 100, 0.1328), (90, 100, 0.0245), (95, 100, 0.0044)],
)
def test_where_a_cosine_ends_that_climbs(period, ticks, last):
    text = cosine(period, ticks)
    assert rates(text)[-1] / 0.1 == pytest.approx(last, abs=5e-5)
    finding = one(text, "cosine-past-t-max-rises")
    assert finding.severity is (Severity.ERROR if last > 0.1 else Severity.WARNING)
    assert finding.fix == f"T_max: {ticks}"
    assert finding.step == period + 1
    assert rates(text)[finding.step] > rates(text)[finding.step - 1]
    assert worst(text) == {"cosine-past-t-max-rises"}


@pytest.mark.parametrize("period", [99, 100, 150])
def test_a_floor_at_or_after_the_last_update(period):
    assert "cosine-past-t-max-rises" not in own(cosine(period, 100))


@pytest.mark.parametrize(
    ("period", "severity"),
    [(10, None), (20, None), (33, None), (12, Severity.INFO), (14, None), (25, Severity.INFO)],
)
def test_many_half_waves(period, severity):
    ticks = {12: 100, 20: 100, 33: 100, 14: 98, 10: 90, 25: 100}[period]
    finding = own(cosine(period, ticks)).get("cosine-past-t-max-rises")
    assert (finding and finding.severity) == severity


def test_a_period_of_one_tick_alternates():
    assert rates(cosine(1, 6)) == pytest.approx([0.1, 0, 0.1, 0, 0.1, 0], abs=1e-15)
    assert one(cosine(1, 6), "cosine-past-t-max-rises").severity is Severity.ERROR


def test_a_cosine_with_a_floor_above_the_rate_is_another_mistake():
    assert "cosine-past-t-max-rises" not in own(cosine(50, 100, ", eta_min: 0.5"))


def test_inside_a_sequence_its_own_ticks_count():
    decay = "{type: CosineAnnealingLR, T_max: 70}"
    text = spec(VISION, sequence(RAMP, decay, milestones="[5]"))
    finding = one(text, "cosine-past-t-max-rises")
    assert finding.path == "schedules.run.scheduler.schedulers[1].T_max"
    assert finding.fix == "T_max: 85"
    assert finding.step == (5 + 71) * 500


def test_a_cosine_that_is_followed_by_its_floor():
    decay = "{type: CosineAnnealingLR, T_max: 60, eta_min: 0.001}"
    hold = "{type: ConstantLR, factor: 0.01, total_iters: 1000}"
    assert "cosine-past-t-max-rises" not in own(
        spec(VISION, sequence(decay, hold, milestones="[60]"))
    )


def test_per_step_the_fix_is_in_epochs_too():
    text = spec(VISION, "{type: CosineAnnealingLR, T_max: 40000, interval: step}")
    assert one(text, "cosine-past-t-max-rises").fix == "T_max: 45000, or 90ep"


def test_own_cosine_with_warmup():
    text = spec("{steps: 1000}", "{type: WarmupCosine, warmup_steps: 100, total_steps: 600}")
    finding = one(text, "cosine-past-t-max-rises")
    assert (finding.severity, finding.fix) == (Severity.ERROR, "total_steps: 1000")


def test_a_longer_plan_does_not_excuse_a_rise_in_this_run():
    text = spec("{steps: 100, horizon: 200}", "{type: CosineAnnealingLR, T_max: 60}")
    assert one(text, "cosine-past-t-max-rises").fix == "T_max: 200"


# onecycle-total-steps-exhausted


LOADER = "dataset_size: 1000, batch_size: 64"


def test_too_few_ticks_end_in_an_exception():
    cycle = "{type: OneCycleLR, max_lr: 0.1, epochs: 10, steps_per_epoch: 15, interval: step}"
    text = spec(f"{{epochs: 10, {LOADER}}}", cycle)
    failure = simulate(plan_of(text)).failure
    assert failure is not None
    assert "Tried to step 151 times" in failure.message
    finding = one(text, "onecycle-total-steps-exhausted")
    assert finding.severity is Severity.ERROR
    assert finding.step == failure.step == 150
    assert finding.path == "schedules.run.scheduler.steps_per_epoch"
    assert finding.fix == "steps_per_epoch: 16"
    assert worst(text) == {"onecycle-total-steps-exhausted"}


@pytest.mark.parametrize("anneal", ["cos", "linear"])
@pytest.mark.parametrize("extra", ["", ", three_phase: true", ", pct_start: 0.2, div_factor: 10"])
def test_the_rate_it_is_said_to_end_at_is_the_one_used(anneal, extra):
    kind = f"{{type: OneCycleLR, max_lr: 0.1, anneal_strategy: {anneal}"
    text = spec("{steps: 150}", f"{kind}, total_steps: 200{extra}}}")
    finding = one(text, "onecycle-total-steps-exhausted")
    assert f"ends at {100 * rates(text)[-1] / 0.1:.3g}% of the peak" in finding.message


def test_a_surplus_from_counting_the_short_batch():
    cycle = "{type: OneCycleLR, max_lr: 0.1, epochs: 10, steps_per_epoch: 16, interval: step}"
    text = spec(f"{{epochs: 10, {LOADER}, drop_last: true}}", cycle)
    assert rates(text)[-1] == pytest.approx(0.00195, abs=5e-6)
    assert one(text, "onecycle-total-steps-exhausted").severity is Severity.WARNING


@pytest.mark.parametrize(
    ("total", "severity"),
    [(1000, None), (1001, None), (1002, None), (1010, Severity.INFO), (1100, Severity.WARNING)],
)
def test_how_bad_a_surplus_is(total, severity):
    text = spec("{steps: 1000}", f"{{type: OneCycleLR, max_lr: 0.1, total_steps: {total}}}")
    finding = own(text).get("onecycle-total-steps-exhausted")
    assert (finding and finding.severity) == severity


# onecycle-past-end-turns-up-or-negative


@pytest.mark.parametrize(
    ("anneal", "extra", "rate"),
    [
        ("linear", "", -0.01429),
        ("cos", "", 0.00495),
        ("linear", ", three_phase: true", -0.0008),
        ("cos", ", three_phase: true", 0.000382),
    ],
)
def test_the_rate_one_tick_past_the_end(anneal, extra, rate):
    kind = f"{{type: OneCycleLR, max_lr: 0.1, anneal_strategy: {anneal}"
    text = spec("{steps: 11}", f"{kind}, total_steps: 10{extra}}}")
    assert rates(text)[10] == pytest.approx(rate, abs=5e-6)
    finding = one(text, "onecycle-past-end-turns-up-or-negative")
    assert (finding.severity, finding.step) == (Severity.ERROR, 10)
    assert f"at {1000 * rates(text)[10]:.3g}% of the peak" in finding.message
    assert worst(text) == {"onecycle-past-end-turns-up-or-negative"}


def test_two_ticks_past_the_end_is_an_exception_before_that():
    text = spec("{steps: 12}", "{type: OneCycleLR, max_lr: 0.1, total_steps: 10}")
    assert worst(text) == {"onecycle-total-steps-exhausted"}


# milestones-beyond-run


@pytest.mark.parametrize(
    ("scheduler", "severity"),
    [
        ("{type: MultiStepLR, milestones: [30, 60]}", Severity.WARNING),
        ("{type: MultiStepLR, milestones: [8]}", Severity.WARNING),
        ("{type: MultiStepLR, milestones: [4, 8]}", Severity.INFO),
        ("{type: MultiStepLR, milestones: [4, 7]}", None),
        ("{type: MultiStepLR, milestones: [4, 9]}", Severity.WARNING),
        ("{type: MultiStepLR, milestones: [30, 60], gamma: 1.0}", None),
        ("{type: StepLR, step_size: 30}", Severity.WARNING),
        ("{type: StepLR, step_size: 8}", Severity.WARNING),
        ("{type: StepLR, step_size: 7}", None),
        ("{type: MilestoneLrScheduler, milestones: [10]}", Severity.WARNING),
        ("{type: StepWdScheduler, every: 20}", Severity.WARNING),
    ],
)
def test_a_run_of_eight_epochs(scheduler, severity):
    optimizer = "{type: AdamW, lr: 0.1, weight_decay: 0.01}"
    text = spec("{epochs: 8, steps_per_epoch: 10}", scheduler, optimizer)
    finding = own(text).get("milestones-beyond-run")
    assert (finding and finding.severity) == severity
    if severity is Severity.WARNING and "4" not in scheduler and "Wd" not in scheduler:
        assert set(rates(text)) == {0.1}


def test_a_milestone_used_in_a_capped_epoch():
    training = "{epochs: 10, steps_per_epoch: 100, steps: 850}"
    assert own(spec(training, "{type: MultiStepLR, milestones: [8]}")) == {}


def test_members_of_a_sequence_count_their_own_ticks():
    late = "{type: MultiStepLR, milestones: [30, 85]}"
    text = spec(VISION, sequence(RAMP, late, milestones="[5]"))
    assert one(text, "milestones-beyond-run").severity is Severity.INFO


# cosine-floor-never-used


@pytest.mark.parametrize(
    ("period", "last"), [(10, 0.00245), (9, 0.0)], ids=["floor after the run", "floor used"]
)
def test_the_last_rate_of_ten(period, last):
    assert rates(cosine(period, 10))[-1] == pytest.approx(last, abs=5e-6)


@pytest.mark.parametrize(
    ("ticks", "extra", "fires"),
    [
        (3, "", True),
        (10, "", False),
        (6, ", eta_min: 1e-6", True),
        (7, ", eta_min: 1e-6", False),
        (90, ", eta_min: 1e-6", False),
        (90, ", eta_min: 0.001", False),
        (90, ", eta_min: 0", False),
        (10000, ", eta_min: 1e-5", False),
    ],
)
def test_a_floor_that_comes_too_late(ticks, extra, fires):
    finding = own(cosine(ticks, ticks, extra)).get("cosine-floor-never-used")
    assert (finding is not None) is fires
    assert finding is None or finding.severity is Severity.INFO


def test_the_rate_in_the_message_is_the_last_one_used():
    text = cosine(5, 5, ", eta_min: 1e-6")
    assert f"runs at {rates(text)[-1]:.3g}" in one(text, "cosine-floor-never-used").message


# lambda-negative-or-complex-past-end


def test_a_straight_line_past_its_end():
    text = spec("{steps: 6}", '{type: LambdaLR, lr_lambda: "1 - step / 3"}')
    expected = [0.1, 0.0667, 0.0333, 0, -0.0333, -0.0667]
    assert rates(text) == pytest.approx(expected, abs=5e-5)
    finding = one(text, "lambda-negative-or-complex-past-end")
    assert finding.step == 4
    assert worst(text) == {"lambda-negative-or-complex-past-end"}


def test_a_power_past_its_end():
    text = spec("{steps: 6}", '{type: LambdaLR, lr_lambda: "(1 - step / 3) ** 0.9"}')
    failure = simulate(plan_of(text)).failure
    assert failure is not None
    finding = one(text, "lambda-negative-or-complex-past-end")
    assert finding.step == failure.step == 3
    assert worst(text) == {"lambda-negative-or-complex-past-end"}


@pytest.mark.parametrize(
    "expression",
    ["1 - step / 100", "(1 - step / 100) ** 0.9", "0.5 * (1 + cos(pi * step / 100))", "sqrt(step)"],
)
def test_what_is_still_in_its_domain(expression):
    text = spec("{steps: 100}", f'{{type: LambdaLR, lr_lambda: "{expression}"}}')
    assert "lambda-negative-or-complex-past-end" not in own(text)


def test_a_failure_at_the_call_after_the_last_step():
    text = spec("{steps: 100}", '{type: LambdaLR, lr_lambda: "1 / (100 - step)"}')
    finding = one(text, "lambda-negative-or-complex-past-end")
    assert finding.step == 99
    assert "stops-midway" not in worst(text)


def test_a_failure_while_it_is_built():
    text = spec("{steps: 100}", '{type: LambdaLR, lr_lambda: "log(step)"}')
    assert worst(text) == {"lambda-negative-or-complex-past-end"}


def test_the_first_bad_tick_of_a_long_run_is_found():
    text = spec("{steps: 50000}", '{type: LambdaLR, lr_lambda: "1 - step / 43210"}')
    assert one(text, "lambda-negative-or-complex-past-end").step == 43211


def test_a_multiplicative_factor_that_fails_later():
    text = spec("{steps: 10}", '{type: MultiplicativeLR, lr_lambda: "(5 - step) ** 0.01"}')
    assert one(text, "lambda-negative-or-complex-past-end").step == 5
    text = spec("{steps: 10}", '{type: MultiplicativeLR, lr_lambda: "step ** -0.5"}')
    assert own(text) == {}


def test_only_the_group_at_fault():
    lambdas = '{backbone: "1 - epoch / 50", head: "1"}'
    text = spec(VISION, f"{{type: LambdaLR, lr_lambda: {lambdas}}}", GROUPS)
    finding = one(text, "lambda-negative-or-complex-past-end")
    assert finding.path == "schedules.run.scheduler.lr_lambda.backbone"


def test_a_multiplicative_factor_of_tick_zero_is_never_used():
    text = spec("{steps: 10}", '{type: MultiplicativeLR, lr_lambda: "0.9 if step else -1"}')
    assert "lambda-negative-or-complex-past-end" not in own(text)


# milestone-misses-epoch-boundary

NINETY = "{epochs: 90, steps_per_epoch: 128}"


@pytest.mark.parametrize(
    ("milestones", "fires"),
    [
        ("[3839, 7680]", True),
        ("[3841]", True),
        ("[3840, 7680]", False),
        ("[3000, 6000]", False),
        ("[3850, 7000]", False),
        ("[30ep, 60ep]", False),
    ],
)
def test_milestones_in_steps(milestones, fires):
    text = spec(NINETY, f"{{type: MultiStepLR, milestones: {milestones}, interval: step}}")
    assert ("milestone-misses-epoch-boundary" in own(text)) is fires


def test_round_steps_beside_a_boundary_are_no_accident():
    training = "{epochs: 90, steps_per_epoch: 101}"
    text = spec(training, "{type: MultiStepLR, milestones: [3000, 5050], interval: step}")
    assert "milestone-misses-epoch-boundary" not in own(text)
    text = spec(training, "{type: MultiStepLR, milestones: [100], interval: step}")
    assert "milestone-misses-epoch-boundary" not in own(text)


@pytest.mark.parametrize(
    ("milestones", "fires"),
    [("[29, 59]", True), ("[29, 60]", False), ("[79]", False), ("[8, 11]", False)],
)
def test_milestones_in_epochs(milestones, fires):
    text = spec(NINETY, f"{{type: MultiStepLR, milestones: {milestones}}}")
    assert ("milestone-misses-epoch-boundary" in own(text)) is fires


# zero-or-degenerate-length-fails-late


@pytest.mark.parametrize(
    ("scheduler", "step"),
    [
        ("{type: StepLR, step_size: 0}", 0),
        ("{type: CosineAnnealingLR, T_max: 0}", 0),
        ("{type: ConstantLR, factor: 0.0, total_iters: 8}", 7),
    ],
)
def test_the_step_after_which_a_zero_stops_the_run(scheduler, step):
    text = spec("{steps: 20}", scheduler)
    failure = simulate(plan_of(text)).failure
    assert failure is not None
    assert failure.step == step
    assert f"after step {step}" in one(text, "zero-or-degenerate-length-fails-late").message
    assert worst(text) == {"zero-or-degenerate-length-fails-late"}


@pytest.mark.parametrize(
    "member", ["{type: StepLR, step_size: 0}", "{type: CosineAnnealingLR, T_max: 0}"]
)
def test_inside_a_sequence_it_fails_at_the_hand_over(member):
    ramp = "{type: LinearLR, start_factor: 0.1, total_iters: 3}"
    text = spec("{steps: 20}", sequence(ramp, member, milestones="[3]", interval="step"))
    failure = simulate(plan_of(text)).failure
    assert failure is not None
    assert failure.step == 2
    assert "after step 2" in one(text, "zero-or-degenerate-length-fails-late").message


@pytest.mark.parametrize(("size", "severity"), [(-1, Severity.ERROR), (-3, Severity.WARNING)])
def test_a_negative_step_size_is_its_magnitude(size, severity):
    text = spec("{steps: 7}", f"{{type: StepLR, step_size: {size}}}")
    expected = [0.1 * 0.1 ** (tick // -size) for tick in range(7)]
    assert rates(text) == pytest.approx(expected, rel=1e-9)
    assert one(text, "zero-or-degenerate-length-fails-late").severity is severity


def test_a_polynomial_over_no_ticks_never_decays():
    text = spec("{steps: 7}", "{type: PolynomialLR, total_iters: 0}")
    assert set(rates(text)) == {0.1}
    assert worst(text) == {"zero-or-degenerate-length-fails-late"}


def test_a_factor_of_zero_that_is_replaced_before_its_end():
    freeze = "{type: ConstantLR, factor: 0, total_iters: 5}"
    text = spec(VISION, sequence(freeze, "{type: StepLR, step_size: 30}", milestones="[5]"))
    assert simulate(plan_of(text)).failure is None
    assert "zero-or-degenerate-length-fails-late" not in own(text)


# linear-constant-total-iters-zero


@pytest.mark.parametrize("length", [0, -3])
@pytest.mark.parametrize("scheduler", ["LinearLR, start_factor", "ConstantLR, factor"])
def test_a_factor_that_is_never_undone(scheduler, length):
    text = spec("{steps: 7}", f"{{type: {scheduler}: 0.1, total_iters: {length}}}")
    assert rates(text) == pytest.approx([0.01] * 7)
    assert one(text, "linear-constant-total-iters-zero").severity is Severity.ERROR
    assert worst(text) == {"linear-constant-total-iters-zero"}


@pytest.mark.parametrize(
    "scheduler",
    [
        "{type: LinearLR, start_factor: 1.0, total_iters: 0}",
        "{type: ConstantLR, factor: 1.0, total_iters: 0}",
        pytest.param(
            sequence(
                "{type: LinearLR, start_factor: 0.1, total_iters: 0}",
                "{type: CosineAnnealingLR, T_max: 90}",
                milestones="[0]",
            ),
            marks=since("2.13", "a milestone of 0 begins with the second scheduler's rate"),
        ),
    ],
)
def test_a_length_of_zero_that_changes_nothing(scheduler):
    assert rates(spec(VISION, scheduler))[0] == 0.1
    assert "linear-constant-total-iters-zero" not in own(spec(VISION, scheduler))


# milestones-unsorted-or-duplicate


@pytest.mark.parametrize(
    ("milestones", "expected", "severity"),
    [
        ("[3, 3, 6]", [0.1, 0.1, 0.1, 1e-3, 1e-3, 1e-3, 1e-4], Severity.WARNING),
        ("[6, 3]", [0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 1e-3], Severity.INFO),
        ("[0, 3]", [0.01, 0.01, 0.01, 1e-3, 1e-3, 1e-3, 1e-3], Severity.WARNING),
    ],
)
def test_odd_lists_of_milestones(milestones, expected, severity):
    text = spec("{steps: 7}", f"{{type: MultiStepLR, milestones: {milestones}}}")
    assert rates(text) == pytest.approx(expected)
    assert one(text, "milestones-unsorted-or-duplicate").severity is severity


def test_durations_that_fall_on_the_same_tick():
    text = spec("{epochs: 10, steps_per_epoch: 9}", "{type: MultiStepLR, milestones: [50%, 5ep]}")
    assert "5 is in the list 2 times" in one(text, "milestones-unsorted-or-duplicate").message


def test_a_factor_of_one_makes_doubles_harmless():
    text = spec(VISION, "{type: MultiStepLR, milestones: [0, 3, 3], gamma: 1.0}")
    assert "milestones-unsorted-or-duplicate" not in own(text)


@pytest.mark.parametrize("optimizer", [SGD, ADAMW])
def test_the_unit_of_a_length_is_told_by_another_rule(optimizer):
    text = spec(STEPS, "{type: CosineAnnealingLR, T_max: 20000}", optimizer)
    assert own(text) == {}


def test_a_floor_of_each_group_is_told_of_the_group_with_the_highest_lr():
    """lr 0.1, floor 0.01, T_max 3: at tick 2 a quarter of 0.09 is left above the floor."""
    cosine = "{type: CosineAnnealingLR, T_max: 3, eta_min: 0.1x}"
    groups = "{type: SGD, groups: {a: {lr: 0.01}, b: {lr: 0.1}}}"
    text = specs.spec(cosine, optimizer=groups, steps=3)
    assert one(text, "cosine-floor-never-used").message == (
        "the last step runs at 0.0325: the floor of 0.01 comes one step later"
    )
