"""Fixes keep what the user wrote: its proportions, its count, its unit; and each one works."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrplan.lint.context import Context
from lrplan.lint.facts.expressions import factors, with_rise_above_zero
from lrplan.specfile.apply_edits import apply
from lrplan.specfile.expressions.expression import Expression
from tests.rules.single_rule import one, plan_of, rates
from tests.support.rule_runs import names

SPEC = """\
training: {epochs: 90, steps_per_epoch: 100}
schedules:
  run:
    optimizer: OPTIMIZER
    scheduler: SCHEDULER
"""

SEQUENCE = (
    "{type: SequentialLR, milestones: [5], schedulers: [{type: LinearLR, start_factor: 0.1,"
    " total_iters: 5}, {type: MultiStepLR, milestones: [30, 88]}]}"
)

FIXES = {
    ("milestones-beyond-run", "{type: MultiStepLR, milestones: [100, 150, 180]}"): (
        "give shares of the run, such as [42%, 62%, 75%] in the same proportions"
    ),
    ("milestones-beyond-run", "{type: StepLR, step_size: 100}"): (
        "a shorter step_size, such as 40%, which changes the lr twice"
    ),
    ("length-stretched-by-frequency", "{type: StepLR, step_size: 30, frequency: 10}"): (
        "step_size: 30ep, or no frequency"
    ),
    ("milestones-beyond-run", SEQUENCE): (
        "milestones count from the start of their phase, at epoch 5: [25, 83]"
    ),
    ("milestones-unsorted-or-duplicate", "{type: MultiStepLR, milestones: [30, 60, 60]}"): (
        "leave one of them out, or write the milestone that was meant"
    ),
    (
        "surprising-defaults-constant-linear-polynomial",
        "[{type: LinearLR, interval: step}, {type: ExponentialLR, gamma: 0.9}]",
    ): "give the warm-up a length, such as total_iters: 5%; or 5, if meant",
    ("lr-vanishes", "{type: ExponentialLR, gamma: 0.01}"): (
        "gamma is the factor of one tick: 0.9496 comes down to 0.01 in the run"
    ),
    (
        "floor-not-reached",
        "{type: LinearLR, start_factor: 1, end_factor: 0.01, total_iters: 150}",
    ): ("total_iters: 90, or a training.horizon if the run is to go on"),
    ("floor-not-reached", "{type: CosineAnnealingLR, T_max: 150, eta_min: 0.0001}"): (
        "T_max: 90, or a training.horizon if the run is to go on"
    ),
    (
        "warmup-first-update-zero",
        '{type: LambdaLR, interval: step, frequency: 100, lr_lambda: "min(1, step / 9)"}',
    ): "start above 0: (step + 1) / (W + 1), or LinearLR with a small start_factor",
}


def spec(scheduler, optimizer="{type: SGD, lr: 0.1}"):
    return SPEC.replace("OPTIMIZER", optimizer).replace("SCHEDULER", scheduler)


def test_fixes_keep_what_the_user_wrote():
    got = {(name, text): one(spec(text), name).fix for name, text in FIXES}
    assert got == FIXES


def test_a_floor_for_several_groups_is_not_that_of_the_smallest():
    groups = "{type: SGD, groups: {body: {lr: 0.0001}, head: {lr: 0.1}}}"
    text = spec("{type: CosineAnnealingLR, T_max: 90, eta_min: 0.001}", groups)
    fix = one(text, "eta-min-shared-across-groups").fix
    assert fix == "an eta_min below 0.0001, or a scheduler for body alone: groups: [body]"


def test_the_longest_patience_can_still_cut():
    text = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: ReduceLROnPlateau, patience: PATIENCE}
    metrics: {val_loss: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}
"""
    fix = one(text.replace("PATIENCE", "10"), "plateau-patience-semantics").fix
    assert fix == "patience: 7, or less"
    assert rates(text.replace("PATIENCE", "7"))[-1] < 1e-3
    assert rates(text.replace("PATIENCE", "8"))[-1] == 1e-3


@pytest.mark.parametrize(
    "name", ["milestones-beyond-run", "floor-not-reached", "length-stretched-by-frequency"]
)
def test_edits_of_fixes_silence_the_rule(name):
    texts = [spec(text) for rule, text in FIXES if rule == name]
    edited = [apply(text, found.edits) for text in texts if (found := one(text, name)).edits]
    assert edited
    for text in edited:
        assert name not in names(text)


GROUPS = "{type: SGD, lr: 0.1, groups: {body: {}, neck: {}, head: {}}}"
FORMULA = '{type: LambdaLR, interval: step, lr_lambda: "EXPRESSION"}'
STRETCHED = SEQUENCE.replace("[5]", "[5], frequency: 10").replace("88", "80")
MEET = (
    "[{type: StepLR, step_size: 30, groups: [body, neck]},"
    " {type: StepLR, step_size: 30, groups: [neck, head]}]"
)
EDITS = {
    ("angle-not-in-radians", "0.5 * (1 + cos(step / 9000))"): ["0.5 * (1 + cos(pi * step / 9000))"],
    ("angle-not-in-radians", "cos(90 * step / 9000)"): ["cos(pi / 2 * step / 9000)"],
    ("angle-not-in-radians", "0.5 * (1 + cos((step + 1) / 9000))"): [
        "0.5 * (1 + cos(pi * ((step + 1) / 9000)))"
    ],
    ("angle-not-in-radians", "cos(step / 9000)"): [],
    ("angle-not-in-radians", "0.5 * (1 + cos(step / 4500))"): [],
    ("alternates-every-tick", "0.5 * (1 + cos(pi * t))"): ["0.5 * (1 + cos(pi * t / total))"],
    ("alternates-every-tick", "(1 + cos(pi * t)) / 2 if t < 8000 else 0"): [],
    (
        "length-stretched-by-frequency",
        "{type: MultiStepLR, milestones: [30, 60], frequency: 10}",
    ): ["[30ep, 60ep]"],
    (
        "length-stretched-by-frequency",
        STRETCHED,
    ): [],
    ("group-without-schedule", "{type: ExponentialLR, gamma: 0.9, groups: [body, neck]}"): [None],
    (
        "group-without-schedule",
        "{type: LambdaLR, lr_lambda: [1 - t / 90, 1 - t / 91], groups: [body, neck]}",
    ): [],
    ("group-driven-twice", MEET): ["[head]"],
    ("group-driven-twice", MEET.replace("30", "40", 1)): [],
}
"""What is written into the spec; nothing where there is something to decide."""


def edits_of(name, text):
    scheduler = text if text.startswith(("{", "[")) else FORMULA.replace("EXPRESSION", text)
    found = one(spec(scheduler, GROUPS if "group" in name else "{type: SGD, lr: 0.1}"), name)
    return [None if each.new is None else each.new.strip('"') for each in found.edits]


def test_edits_are_given_where_there_is_nothing_to_decide():
    assert {key: edits_of(*key) for key in EDITS} == EDITS


def test_a_milestone_moved_to_its_phase_cuts_where_it_was_meant():
    text = spec(SEQUENCE)
    got = rates(apply(text, one(text, "milestones-beyond-run").edits))
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=5)
    cuts = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[25, 83])
    both = torch.optim.lr_scheduler.SequentialLR(optimizer, [warmup, cuts], milestones=[5])
    plain = []
    for _ in range(90):
        plain += [optimizer.param_groups[0]["lr"]] * 100
        optimizer.step()
        both.step()
    np.testing.assert_allclose(got, plain, rtol=1e-12)
    changes = np.flatnonzero(np.diff(got)) // 100 + 1
    assert {30, 88} <= set(changes.tolist())


RISES = {
    "min(1, step / 500)": "min(1, (step + 1) / (500 + 1))",
    "min(1, (epoch + 1) / 5)": "min(1, (epoch + 1) / (5 + 1))",
    "t / 50 if t < 50 else 0.9 ** (t - 50)": "(t + 1) / (50 + 1) if t < 50 else 0.9 ** (t - 50)",
    "step / 500 * (1 - step / 9000)": None,
    "2 * step / 500": None,
    "step / 500 / 2": None,
    "step / 0.5": None,
    "0.9 ** step": None,
    # The highest value, or the one at the end of the rise, would change.
    "min((step + 1) / 500, sqrt(500 / (step + 1)))": None,
    "(step + 1) / 500 if step + 1 < 500 else 1 - (step - 500) / 1500": None,
    "min(1, step / 5000)": None,
}


def value_at(expression, tick):
    return Expression(expression)(tick)


def test_a_rise_begins_above_zero():
    assert {text: with_rise_above_zero(Expression(text), 1999) for text in RISES} == RISES
    for text, length in {"min(1, step / 500)": 500, "min(1, (epoch + 1) / 5)": 5}.items():
        values = [value_at(RISES[text], tick) for tick in (0, length - 1, length, length + 1)]
        assert 0 < values[0] < values[1] < values[2] == values[3] == 1


LENGTHS = {
    "step / 5ep if step < 5ep else 1 - (step - 5ep) / (total - 5ep)": (
        "(step + 1) / (5ep + 1) if step < 5ep else 1 - (step - 5ep) / (total - 5ep)"
    ),
    "(step + 1) / 10% if step < 10% else 1 - (step - 10%) / (total - 10%)": (
        "(step + 1) / (10% + 1) if step < 10% else 1 - (step - 10%) / (total - 10%)"
    ),
    "min(1, step / per_epoch) * (total - step) / total": (
        "min(1, (step + 1) / (per_epoch + 1)) * (total - step) / total"
    ),
}


def test_an_edit_of_a_formula_keeps_its_lengths():
    run = spec('{type: LambdaLR, interval: step, lr_lambda: "FORMULA"}')
    wrong = {}
    for formula, wanted in LENGTHS.items():
        (factor,) = factors(Context(plan_of(run.replace("FORMULA", formula)), (2, 13, 0)))
        got = with_rise_above_zero(factor.expression, 8999)
        after = rates(run.replace("FORMULA", wanted))
        before = rates(run.replace("FORMULA", formula))
        same = np.allclose(after[1000:], before[1000:], rtol=1e-12)
        if got != wanted or not same or after[0] == 0 or after.max() != before.max():
            wrong[formula] = got
    assert wrong == {}
    text = spec('{type: LambdaLR, interval: step, lr_lambda: "1 - 2 * step / total"}')
    assert one(text, "lambda-negative-or-complex-past-end").fix == "max(0, 1 - 2 * step / total)"


PHASES = """\
    {type: SequentialLR, interval: INTERVAL, milestones: [5ep], schedulers: [{type: LinearLR,
    start_factor: 0.1, total_iters: 5ep}, PHASE]}
"""
IN_UNITS = {
    ("epoch", "{type: MultiStepLR, milestones: [30, 60, 90]}"): "[25, 55]",
    ("step", "{type: MultiStepLR, milestones: [30ep, 60ep, 90ep]}"): "[25ep, 55ep]",
    ("step", "{type: MultiStepLR, milestones: [3000, 8800]}"): "[2500, 8300]",
    ("step", "{type: CosineAnnealingLR, T_max: 90ep}"): "85ep",
    ("step", "{type: CosineAnnealingLR, T_max: 9000st}"): "8500st",
    ("step", "{type: CosineAnnealingLR, T_max: 100%}"): "85ep",
    ("step", "{type: CosineAnnealingLR, T_max: 9000}"): "8500",
}


def test_edits_keep_the_unit_of_the_spec():
    got = {}
    for interval, phase in IN_UNITS:
        text = spec(PHASES.replace("INTERVAL", interval).replace("PHASE", phase).strip())
        name = (
            "milestones-beyond-run"
            if "MultiStepLR" in phase
            else "warmup-not-subtracted-from-decay"
        )
        finding = one(text, name)
        got[interval, phase] = finding.edits[0].new
    assert got == IN_UNITS


def test_a_milestone_of_another_field_names_it():
    text = spec(
        "{type: StepWdScheduler, every: 100, gamma: 0.5}",
        "{type: SGD, lr: 0.1, weight_decay: 0.1}",
    )
    message = one(text, "milestones-beyond-run").message
    assert message.endswith("the scheduler gets 90 epochs: `weight_decay` never changes")


def test_a_schedule_of_nothing_asks_for_a_value_of_the_optimizer():
    finding = one(spec("{type: StepWdScheduler, every: 5}"), "schedule-changes-nothing")
    assert finding.fix == "give the optimizer a weight_decay above 0, or take StepWdScheduler out"


def test_a_line_below_0_names_the_number_at_which_it_is_down():
    message = one(
        spec('{type: LambdaLR, lr_lambda: "1 - epoch / 20"}'),
        "lambda-negative-or-complex-past-end",
    ).message
    assert message.endswith("its 20 is the end of the decay, and the run has 90 epochs")


def test_a_factor_below_0_is_named():
    fix = one(spec("{type: StepLR, step_size: 30, gamma: -0.1}"), "lr-negative").fix
    assert fix == "gamma: 0.1; a change by -0.1 makes the lr negative"


def test_a_length_that_may_count_steps_is_not_written_in_batches():
    text = spec("{type: CosineAnnealingLR, T_max: T, interval: batch}")
    text = text.replace("steps_per_epoch: 100", "batches_per_epoch: 800, accumulate: 8")
    name = "scheduler-step-before-optimizer-step"
    assert one(text.replace("T_max: T", "T_max: 9000"), name).edits == ()
    assert one(text.replace("T_max: T", "T_max: 72000"), name).edits != ()
