"""Warm-ups: measured numbers, and what must stay silent."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from lrplan.simulate.engine_choice import simulate
from tests.rules.neighbours import (
    ADAMW,
    GROUPS,
    MENTIONED,
    RAMP,
    SHORT,
    SILENT,
    STEPS,
    VISION,
    sequence,
    spec,
)
from tests.rules.single_rule import one, own, plan_of, rates
from tests.support import specs
from tests.support.rule_runs import about, findings


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_a_well_made_schedule_is_silent(text):
    assert own(text) == {}


@pytest.mark.parametrize(("text", "expected"), MENTIONED.values(), ids=MENTIONED)
def test_what_is_worth_knowing_is_an_info(text, expected):
    reported = own(text)
    assert set(reported) == expected
    assert {each.severity for each in reported.values()} == {Severity.INFO}


@pytest.mark.parametrize("text", [*SILENT.values()], ids=SILENT)
def test_the_neighbours_load_and_run_to_their_end(text):
    trace = simulate(plan_of(text))
    assert trace.failure is None
    assert trace.steps == trace.planned_steps


# warmup-first-update-zero


def test_zero_at_first_per_step():
    text = spec("{steps: 600}", '{type: LambdaLR, lr_lambda: "min(1, step / 5)"}')
    assert rates(text)[:7] == pytest.approx([0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.1], abs=1e-15)
    assert own(text) == {}


def test_zero_for_the_first_epoch():
    training = "{epochs: 30, steps_per_epoch: 4}"
    text = spec(training, '{type: LambdaLR, lr_lambda: "min(1, epoch / 5)"}')
    assert list(rates(text)[:5]) == [0, 0, 0, 0, pytest.approx(0.02)]
    finding = one(text, "warmup-first-update-zero")
    assert finding.severity is Severity.WARNING
    assert "the first 4 updates, a whole epoch," in finding.message
    assert "interval: step" in finding.fix
    assert finding.step == 0
    assert finding.path == "schedules.run.scheduler.lr_lambda"


def test_a_long_stretch_of_zeros_per_step_is_a_warning():
    text = spec("{steps: 600}", '{type: LambdaLR, lr_lambda: "max(0, min(1, (step - 9) / 100))"}')
    assert one(text, "warmup-first-update-zero").severity is Severity.WARNING


@pytest.mark.parametrize("name", ["WarmupConstantSchedule", "InverseSqrtScheduler"])
def test_own_warmups_ticked_per_epoch_lose_an_epoch(name):
    text = spec(VISION, f"{{type: {name}, warmup_steps: 5}}")
    finding = one(text, "warmup-first-update-zero")
    assert finding.severity is Severity.WARNING
    assert finding.path.endswith(".warmup_steps")


def test_a_group_that_starts_at_zero_while_the_other_trains():
    lambdas = '{backbone: "min(1, epoch / 5)", head: "1"}'
    text = spec(VISION, f"{{type: LambdaLR, lr_lambda: {lambdas}}}", GROUPS)
    assert one(text, "warmup-first-update-zero").severity is Severity.WARNING


def test_a_rate_of_zero_in_the_optimizer_is_no_warmup():
    assert "warmup-first-update-zero" not in own(
        spec(VISION, "{type: StepLR, step_size: 30}", "{type: SGD, lr: 0.0}")
    )


# warmup-never-finishes


@pytest.mark.parametrize(("warmup", "peak"), [(20, 0.045), (10, 0.09)])
def test_the_peak_of_a_warmup_as_long_as_the_run(warmup, peak):
    text = spec("{steps: 10}", f"{{type: WarmupConstantSchedule, warmup_steps: {warmup}}}")
    assert rates(text).max() == pytest.approx(peak)
    assert one(text, "warmup-never-finishes").severity is Severity.ERROR
    assert "peak-never-reached" not in {each.name for each in findings(text)}


def test_a_warmup_that_just_ends():
    text = spec("{steps: 20}", "{type: WarmupConstantSchedule, warmup_steps: 10}")
    assert "warmup-never-finishes" not in own(text)


@pytest.mark.parametrize(
    ("scheduler", "severity"),
    [
        ("{type: LinearLR, start_factor: 0.01, total_iters: 100}", Severity.INFO),
        ("{type: LinearLR, start_factor: 0.01, total_iters: 101}", Severity.ERROR),
        ("{type: LinearLR, start_factor: 0.01, total_iters: 60}", Severity.WARNING),
        ("{type: WarmupCosine, warmup_steps: 100, total_steps: 100}", Severity.ERROR),
        ("{type: GradualWarmupScheduler, multiplier: 8, total_epoch: 150}", Severity.ERROR),
        ('{type: LambdaLR, lr_lambda: "min(1, (step + 1) / 200)"}', Severity.ERROR),
    ],
)
def test_how_bad_a_long_warmup_is(scheduler, severity):
    assert one(spec("{steps: 100}", scheduler), "warmup-never-finishes").severity is severity


def test_a_length_is_advised_that_is_a_tick_at_least():
    long = "{type: LinearLR, start_factor: 0.01, total_iters: 20}"
    advised = {
        training: one(spec(training, long), "warmup-never-finishes").fix
        for training in ("{epochs: 9, steps_per_epoch: 100}", "{steps: 9}", "{steps: 10}")
    }
    # 5 % of 10 ticks is half a tick, which is rounded up.
    assert list(advised.values()) == [
        "total_iters: 1, or interval: step with 5%",
        "total_iters: 1",
        "total_iters: 5%, a share of the run",
    ]


def test_a_sequence_that_never_leaves_its_warmup_is_reported_once():
    text = spec(
        SHORT,
        sequence(
            "{type: LinearLR, start_factor: 0.01, total_iters: 10}",
            "{type: CosineAnnealingLR, T_max: 5}",
            milestones="[10]",
        ),
    )
    worst = {each.name for each in findings(text) if each.severity is not Severity.INFO}
    assert worst == {"warmup-never-finishes"}


def test_a_decay_as_long_as_the_run_is_no_warmup():
    text = spec(
        "{steps: 100}", "{type: LinearLR, start_factor: 1, end_factor: 0, total_iters: 150}"
    )
    assert "warmup-never-finishes" not in own(text)


# warmup-not-subtracted-from-decay


@pytest.mark.parametrize(
    ("length", "last", "fires"),
    [(100, 0.0296, True), (90, 0.0003, False), (89, 0.0, False)],
)
def test_what_a_cosine_ends_at(length, last, fires):
    decay = f"{{type: CosineAnnealingLR, T_max: {length}}}"
    ramp = "{type: LinearLR, start_factor: 0.01, total_iters: 10}"
    text = spec("{steps: 100}", sequence(ramp, decay, milestones="[10]", interval="step"))
    assert rates(text)[-1] / 0.1 == pytest.approx(last, abs=5e-5)
    assert ("warmup-not-subtracted-from-decay" in own(text)) is fires


@pytest.mark.parametrize(
    ("decay", "argument"),
    [
        ("{type: CosineAnnealingLR, T_max: 100%}", "T_max"),
        ("{type: CosineAnnealingLR, T_max: 89}", "T_max"),
        ("{type: PolynomialLR, total_iters: 90}", "total_iters"),
        ("{type: LinearLR, start_factor: 1, end_factor: 0.01, total_iters: 90}", "total_iters"),
    ],
)
def test_every_decay_with_an_end(decay, argument):
    finding = one(
        spec(VISION, sequence(RAMP.replace("5", "15"), decay, milestones="[15]")),
        "warmup-not-subtracted-from-decay",
    )
    assert finding.severity is Severity.WARNING
    assert finding.path == f"schedules.run.scheduler.schedulers[1].{argument}"
    assert finding.fix == f"{argument}: 75"


def test_after_a_gradual_warmup():
    after = "{type: CosineAnnealingLR, T_max: 90}"
    text = spec(
        VISION,
        "{type: GradualWarmupScheduler, multiplier: 1, total_epoch: 15,"
        f" after_scheduler: {after}}}",
    )
    assert "warmup-not-subtracted-from-decay" in own(text)


@pytest.mark.parametrize("length", [60, 84, 120])
def test_other_lengths_are_not_taken_for_the_whole_run(length):
    decay = f"{{type: CosineAnnealingLR, T_max: {length}}}"
    text = spec(VISION, sequence(RAMP, decay, milestones="[5]"))
    assert "warmup-not-subtracted-from-decay" not in own(text)


# warmup-peak-off-by-one


PEAKS = {
    "min(1, step / 50)": (50, False),
    "min(1, (step + 1) / 50)": (49, False),
    "min(1, (step + 1) / 51)": (50, False),
    "min(1, (step + 1) / 51) * max(0.1, 1 - step / 1000)": (50, False),
    "min(1, (step + 1) / 51 if step < 50 else 1)": (50, False),
    "((step + 1) % 50) / 50 if step < 500 else 0.5 - (step - 50) / 2000": (48, False),
    "(step + 1) / 50 if step < 50 else 0.5 * (1 + cos(pi * (step - 50) / 950))": (49, True),
    "min(1, (step + 1) / 50, (1000 - step) / (1000 - 50))": (49, True),
    "max(0, step - 1) / 50 if step < 52 else 1 - (step - 50) / 950": (51, True),
    "min(1, (step + 1) / 2)": (1, False),
    "0.99 ** step": (0, False),
}
"""Formulas of 1,000 steps: the step of the peak, and whether it is not where the formula says."""


def test_the_step_of_the_peak_is_told_where_a_decay_counts_from_another():
    got = {}
    for expression in PEAKS:
        text = spec("{steps: 1000}", f'{{type: LambdaLR, lr_lambda: "{expression}"}}')
        finding = own(text).get("warmup-peak-off-by-one")
        peak = int(rates(text).argmax())
        got[expression] = (peak, finding is not None)
        assert finding is None or (finding.step, finding.severity) == (peak, Severity.INFO)
    assert got == PEAKS


def test_a_one_cycle_with_ticks_of_an_epoch():
    cycle = "{type: OneCycleLR, max_lr: 0.1, total_steps: 30, pct_start: 0.1}"
    text = spec("{epochs: 30, steps_per_epoch: 10}", cycle)
    assert int(rates(text).argmax()) == 20
    assert one(text, "warmup-peak-off-by-one").severity is Severity.INFO


# inverse-sqrt-edge-cases


def test_the_first_rates_of_an_inverse_square_root():
    text = spec("{steps: 100}", "{type: InverseSqrtScheduler, warmup_steps: 3}")
    expected = [0, 0.1 / 3, 0.2 / 3, 0.1, 0.1 * (3 / 4) ** 0.5, 0.1 * (3 / 5) ** 0.5]
    assert rates(text)[:6] == pytest.approx(expected)
    assert "inverse-sqrt-edge-cases" not in own(text)


def test_a_warmup_of_one_tick():
    text = spec("{steps: 101}", "{type: InverseSqrtScheduler, warmup_steps: 1}")
    assert rates(text)[[0, 1, 4, 100]] == pytest.approx([0, 0.1, 0.05, 0.01])
    assert one(text, "inverse-sqrt-edge-cases").severity is Severity.WARNING


def test_a_warmup_of_no_tick_is_explained():
    (finding,) = findings(spec(STEPS, "{type: InverseSqrtScheduler, warmup_steps: 0}"))
    assert (finding.rule, finding.name) == ("LRP205", "inverse-sqrt-edge-cases")
    assert finding.path.endswith(".warmup_steps")


def test_other_bad_values_are_left_alone():
    (finding,) = findings(spec(STEPS, "{type: WarmupConstantSchedule, warmup_steps: -1}"))
    assert finding.name == "bad-value"


@pytest.mark.parametrize(
    "expression", ["step ** -0.5", "1 / sqrt(step)", "min(step ** -0.5, step * 400 ** -1.5)"]
)
def test_no_value_at_the_first_tick(expression):
    text = spec(STEPS, f'{{type: LambdaLR, lr_lambda: "{expression}"}}')
    (finding,) = findings(text)
    assert (finding.name, finding.severity) == ("inverse-sqrt-edge-cases", Severity.ERROR)


def test_a_warmup_beyond_the_run():
    text = spec(
        "{epochs: 30, steps_per_epoch: 100}", "{type: InverseSqrtScheduler, warmup_steps: 40}"
    )
    assert rates(text).max() == pytest.approx(0.1 * 29 / 40)
    finding = one(text, "inverse-sqrt-edge-cases")
    assert finding.severity is Severity.ERROR
    assert "0.725 of the base" in finding.message


# noam-lr-is-a-scale-factor

NOAM = "512 ** -0.5 * min((step + 1) ** -0.5, (step + 1) * 4000 ** -1.5)"


@pytest.mark.parametrize(
    ("rate", "peak", "fires"),
    [("1.0", 6.99e-4, False), ("1e-3", 6.99e-7, True), ("2.0", 1.398e-3, False)],
)
def test_the_peak_of_noam(rate, peak, fires):
    optimizer = f"{{type: Adam, lr: {rate}}}"
    text = spec(STEPS, f'{{type: LambdaLR, lr_lambda: "{NOAM}"}}', optimizer)
    assert rates(text).max() == pytest.approx(peak, rel=1e-3)
    finding = own(text).get("noam-lr-is-a-scale-factor")
    assert (finding is not None) is fires
    assert finding is None or finding.path == "schedules.run.optimizer.lr"


@pytest.mark.parametrize(
    ("expression", "optimizer", "rule"),
    [
        (NOAM, "{type: Adam, lr: 1e-3}", "noam-lr-is-a-scale-factor"),
        ("min(1, step / 50000)", ADAMW, "warmup-never-finishes"),
        ("1 / sqrt(step)", ADAMW, "inverse-sqrt-edge-cases"),
    ],
)
def test_a_factor_of_any_field_is_judged_as_a_lambda_lr_where_that_field_is_the_lr(
    expression, optimizer, rule
):
    def rules_of(field):
        scheduler = f'{{type: LambdaParamScheduler, {field}, param_lambda: "{expression}"}}'
        return set(own(spec(STEPS, scheduler, optimizer)))

    alike = spec(STEPS, f'{{type: LambdaLR, lr_lambda: "{expression}"}}', optimizer)
    assert rule in own(alike)
    assert rules_of("param_group_field: lr") == set(own(alike))
    assert rule not in rules_of("param_group_field: weight_decay")


def test_a_small_rate_with_another_shape():
    expression = "0.001 * 0.999 ** step"
    text = spec(STEPS, f'{{type: LambdaLR, lr_lambda: "{expression}"}}', ADAMW)
    assert "noam-lr-is-a-scale-factor" not in own(text)


# surprising-defaults-constant-linear-polynomial


def test_polynomial_without_arguments():
    text = spec("{epochs: 30, steps_per_epoch: 1}", "{type: PolynomialLR}")
    assert rates(text)[:7] == pytest.approx([0.1, 0.08, 0.06, 0.04, 0.02, 0, 0], abs=1e-12)
    finding = one(text, "surprising-defaults-constant-linear-polynomial")
    assert (finding.severity, finding.step) == (Severity.ERROR, 5)
    assert "lr-zero-for-part-of-run" not in {each.name for each in findings(text)}


def test_a_stable_phase_at_a_third():
    text = spec(
        VISION,
        sequence(
            RAMP,
            "{type: ConstantLR, total_iters: 60}",
            "{type: CosineAnnealingLR, T_max: 25}",
            milestones="[5, 65]",
        ),
    )
    assert rates(text)[500 * 30] == pytest.approx(0.1 / 3)
    finding = one(text, "surprising-defaults-constant-linear-polynomial")
    assert finding.severity is Severity.WARNING
    assert "60 epochs run at a third" in finding.message


@pytest.mark.parametrize(
    ("scheduler", "severity"),
    [
        ("{type: LinearLR, end_factor: 0.0, total_iters: 90}", Severity.WARNING),
        ("{type: LinearLR, total_iters: 5}", Severity.INFO),
        ("{type: LinearLR, start_factor: 0.1, interval: step}", Severity.WARNING),
        ("{type: ConstantLR, factor: 0.1, interval: step}", Severity.WARNING),
        ("{type: ConstantLR}", Severity.WARNING),
        ("{type: ConstantLR, total_iters: 5}", Severity.INFO),
        ("{type: ConstantLR, total_iters: 90}", Severity.WARNING),
    ],
)
def test_how_bad_a_default_is(scheduler, severity):
    finding = one(spec(VISION, scheduler), "surprising-defaults-constant-linear-polynomial")
    assert finding.severity is severity


@pytest.mark.parametrize(
    "scheduler",
    [
        "{type: ConstantLR, factor: 0.3333, total_iters: 4}",
        "{type: ConstantLR, factor: 1.0}",
        "{type: LinearLR, start_factor: 0.3333, total_iters: 5}",
        sequence(
            "{type: LinearLR, start_factor: 0.1}",
            "{type: CosineAnnealingLR, T_max: 85}",
            milestones="[5]",
        ),
    ],
)
def test_what_is_written_down_is_meant(scheduler):
    assert "surprising-defaults-constant-linear-polynomial" not in own(spec(VISION, scheduler))


def test_rules_that_need_no_curve_run_without_one():
    text = spec("{steps: 100}", "{type: WarmupConstantSchedule, warmup_steps: 200}")
    assert "warmup-never-finishes" in {each.name for each in about(plan_of(text), static=True)}


PLACES = {".warmup", ".warmup.length", ".T_max"}
WARMED_UP = {
    # The keys of a scheduler with its `warmup`, and the rules that speak; the run has 90 epochs of
    # 100 steps.
    "type: MultiStepLR, milestones: [30ep], warmup: {length: 5ep, start: 0.03, mode: mask}": [],
    "type: MultiStepLR, milestones: [30ep, 60ep], warmup: {length: 5ep, mode: multiply}": [],
    "type: CosineAnnealingLR, T_max: rest, warmup: 2000st": [],
    "type: CosineAnnealingLR, T_max: rest, warmup: {length: 5ep, start: 10}": [],
    "type: CosineAnnealingLR, T_max: 100%, warmup: {length: 20%, mode: mask}": [],
    "type: CosineAnnealingLR, T_max: 100%, warmup: {length: 20%, mode: multiply}": [],
    "type: ExponentialLR, gamma: 0.9999, warmup: {length: 3ep, shape: cosine}": [],
    "type: ExponentialLR, gamma: 0.9999, warmup: {length: 3ep, mode: mask}": [],
    "type: ChainedScheduler, schedulers: [{type: StepLR, step_size: 30ep}], warmup: 5ep": [],
    "type: LambdaLR, lr_lambda: '1ep/max(t, 1ep)', warmup: {length: 1ep, mode: multiply}": [],
    "type: StepLR, step_size: 30ep, warmup: 90ep": ["warmup-never-finishes"],
    "type: StepLR, step_size: 30ep, warmup: {length: 90ep, mode: mask}": ["warmup-never-finishes"],
    "type: CosineAnnealingLR, T_max: 100%, warmup: 10ep": ["warmup-not-subtracted-from-decay"],
    "type: StepLR, step_size: 30, interval: epoch, warmup: 5": ["warmup-first-update-zero"],
    "type: CosineAnnealingLR, T_max: rest, interval: epoch, warmup: {length: 5, start: 0.01}": [],
}  # fmt: skip


def test_a_warmup_that_is_right_draws_no_finding_and_a_wrong_one_its_own():
    wrong = {}
    for keys, names in WARMED_UP.items():
        interval = "" if "interval" in keys else ", interval: step"
        text = specs.spec(f"{{{keys}{interval}}}", epochs=90, steps_per_epoch=100)
        found = findings(text)
        places = {each.path.partition("scheduler")[2] for each in found}
        if [each.name for each in found] != names or not places <= PLACES:
            wrong[keys] = [(each.name, each.path) for each in found]
    assert wrong == {}


def test_the_length_of_a_warmup_in_the_wrong_unit_is_told_and_mended_once():
    keys = "type: CosineAnnealingLR, T_max: 85, interval: step, warmup: {length: 5, start: 0.1}"
    (found,) = findings(specs.spec(f"{{{keys}}}", epochs=90, steps_per_epoch=100))
    assert found.message.startswith("T_max 85 and length 5 look like epochs")
    scheduler = "schedules.run.scheduler"
    assert [(each.path, each.new) for each in found.edits] == [
        (f"{scheduler}.T_max", "85ep"),
        (f"{scheduler}.warmup.length", "5ep"),
    ]
