"""A whole spec: everything that is wrong is said at once, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrplan.errors import SpecError, UsageError
from lrplan.specfile.load import load, load_file
from lrplan.text_position import InputText
from tests.support.specs import plan

BROKEN = """\
training:
  epochs: 30
  steps_per_epoch: 100
schedules:
  one:
    optimizer: {type: SDG, lr: 0.1}
    scheduler: {type: StepLR, step_size: "30", gama: 0.1}
  two:
    optimizer: {type: SGD, lr: "1e-3"}
    scheduler:
      type: LambdaLR
      lr_lambda: "epcoh * 2"
      interval: setp
    metrics: {loss: []}
"""


def problems(text, directory=None):
    with pytest.raises(SpecError) as caught:
        load(InputText("spec.yaml", text), directory or Path())
    return [(f.name, f.line, f.column, f.fix) for f in caught.value.findings]


def test_six_mistakes_are_reported_together_with_their_places():
    assert [found[:3] for found in problems(BROKEN)] == [
        ("unknown-name", 6, 23),
        ("bad-duration", 7, 42),
        ("unknown-key", 7, 48),
        ("wrong-type", 9, 32),
        ("bad-value", 13, 17),
        ("bad-metric", 14, 21),
    ]


def test_an_expression_is_checked_once_its_scheduler_is_right():
    text = BROKEN.replace("setp", "step")
    assert ("bad-expression", 12, 19) in [found[:3] for found in problems(text)]


def test_the_nearest_right_thing_is_named():
    fixes = {line: fix for _, line, _, fix in problems(BROKEN)}
    assert "`SGD`" in fixes[6]
    assert "`gamma`" in fixes[7]
    assert "without quotes" in fixes[9]


def test_a_mistake_in_the_defaults_is_reported_once():
    text = BROKEN.replace("steps_per_epoch", "steps_per_epochs")
    assert [found[:3] for found in problems(text)].count(("unknown-key", 3, 3)) == 1


@pytest.mark.parametrize(
    ("text", "name", "line", "column"),
    [
        ("", "yaml-syntax", 1, 1),
        ("training: {epochs: 1, steps_per_epoch: 1}\n", "missing-key", 1, 1),
        ("schedules: {}\n", "bad-value", 1, 12),
        ("schedules:\n  a: 3\n", "wrong-type", 2, 6),
        ("schedules:\n  a: {optimizer: {type: SGD}}\n", "missing-key", 2, 3),
        ("- 1\n", "wrong-type", 1, 1),
        ("schedules:\n  a: {}\nschedulers:\n  b: {}\n", "unknown-key", 3, 1),
    ],
)
def test_what_is_missing_or_misshapen_has_a_place(text, name, line, column):
    assert (name, line, column) in [found[:3] for found in problems(text)]


TRAINED = "training: {epochs: 4, steps_per_epoch: 5}\nschedules:\n  it:\n"


@pytest.mark.parametrize(
    ("schedule", "name", "column"),
    [
        ("optimizer: {lr: 1}", "missing-key", 5),
        ("optimizer: {type: 3}", "wrong-type", 23),
        ("optimizer: {type: SGD, groups: 3}", "wrong-type", 36),
        ("optimizer: {type: SGD, groups: [{lr: 1}]}", "missing-key", 37),
        ("optimizer: {type: SGD, groups: {a: {lrr: 1}}}", "unknown-key", 41),
        ("optimizer: {type: SGD, lr: .nan}", "bad-value", 32),
        ("optimizer: {type: AdamW, betas: [0.9]}", "bad-value", 37),
        ("optimizer: {type: SGD, nesterov: on}", "wrong-type", 38),
        ("optimizer: {type: LBFGS, groups: {a: {}, b: {}}}", "bad-value", 30),
        ("optimizer: {type: './mine.py:Opt'}", "untrusted-code", 23),
    ],
)
def test_an_optimizer_with_a_mistake(schedule, name, column):
    text = f"{TRAINED}    {schedule}\n"
    assert (name, 4, column) in [found[:3] for found in problems(text)]


@pytest.mark.parametrize(
    ("scheduler", "name", "column"),
    [
        ("{type: StepLR}", "missing-key", 17),
        ("{type: Step}", "unknown-name", 23),
        ("{type: mine.lr:Cosine}", "untrusted-code", 23),
        ("3", "wrong-type", 16),
        ("{type: StepLR, step_size: true}", "wrong-type", 42),
        ("{type: StepLR, step_size: 30mins}", "bad-duration", 42),
        ("{type: StepLR, step_size: 3, groups: [al]}", "unknown-name", 54),
        ("{type: LambdaLR, lr_lambda: ['1', '2']}", "bad-value", 44),
        ("{type: MultiStepLR, milestones: 3}", "wrong-type", 48),
        ("{type: CyclicLR, base_lr: 0, max_lr: 1, mode: triangle}", "bad-value", 62),
        ("{type: SequentialLR, milestones: [1], schedulers: []}", "wrong-type", 66),
        ("{type: ReduceLROnPlateau}", "bad-metric", 16),
        ("{type: StepLR, step_size: 3, frequency: 0}", "bad-value", 56),
    ],
)
def test_a_scheduler_with_a_mistake(scheduler, name, column):
    text = f"{TRAINED}    optimizer: {{type: SGD}}\n    scheduler: {scheduler}\n"
    assert (name, 5, column) in [found[:3] for found in problems(text)]


def test_a_nested_scheduler_has_no_interval_of_its_own():
    text = (
        f"{TRAINED}    optimizer: {{type: SGD}}\n    scheduler:\n"
        "      type: SequentialLR\n      milestones: [2]\n      schedulers:\n"
        "        - {type: ConstantLR, interval: step}\n        - {type: ConstantLR}\n"
    )
    ((name, line, column, _),) = problems(text)
    assert (name, line, column) == ("unknown-key", 9, 30)


def test_a_metric_that_is_too_short_is_an_error_unless_it_holds():
    text = (
        f"{TRAINED}    optimizer: {{type: SGD}}\n    scheduler: {{type: ReduceLROnPlateau}}\n"
        "    metrics: {loss: [1, 2, 3]}\n"
    )
    assert problems(text)[0][:2] == ("bad-metric", 6)
    held = text.replace("[1, 2, 3]", "{values: [1, 2, 3], then: hold}")
    assert load(InputText("spec.yaml", held), Path()).plans


def test_defaults_are_merged_key_by_key():
    text = (
        "training: {epochs: 4, steps_per_epoch: 5}\nschedules:\n"
        "  a: {optimizer: {type: SGD}}\n"
        "  b: {optimizer: {type: SGD}, training: {epochs: 2}}\n"
    )
    plans = load(InputText("spec.yaml", text), Path()).plans
    assert (plans["a"].clock.steps, plans["b"].clock.steps) == (20, 10)


def test_durations_are_resolved_to_ticks_of_the_outermost_interval():
    resolved = plan(
        """
        optimizer: {type: SGD, lr: 0.1}
        scheduler:
          type: SequentialLR
          milestones: [5ep]
          interval: step
          schedulers:
            - {type: LinearLR, start_factor: 0.01, total_iters: 5ep}
            - {type: CosineAnnealingLR, T_max: 83.34%}
        """,
        "epochs: 30, steps_per_epoch: 100",
    ).resolved
    assert resolved == {
        "milestones": [500],
        "schedulers[0].total_iters": 500,
        "schedulers[1].T_max": 2500,
    }


def test_yaml_12_numbers_and_words():
    optimizer = plan("optimizer: {type: SGD, lr: 1e-3, weight_decay: 3e-4}").optimizer
    assert optimizer.arguments == {"lr": 1e-3, "weight_decay": 3e-4}


def test_anchors_have_a_place_at_the_top():
    text = (
        "x-sgd: &sgd {type: SGD, lr: 0.5}\ntraining: {steps: 3}\n"
        "schedules: {a: {optimizer: *sgd}}\n"
    )
    assert load(InputText("s", text), Path()).plans["a"].optimizer.arguments == {"lr": 0.5}


def test_selecting_a_schedule_that_is_not_there_names_the_nearest(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text("training: {steps: 3}\nschedules: {finetune: {optimizer: {type: SGD}}}\n")
    spec = load_file(path)
    assert [each.name for each in spec.select([])] == ["finetune"]
    with pytest.raises(UsageError, match="`finetune`"):
        spec.select(["fintune"])


def test_a_missing_length_of_the_run_says_how_to_write_it():
    text = f"{TRAINED}    optimizer: {{type: SGD, lr: 1}}\n    scheduler: {{type: REX}}\n"
    with pytest.raises(SpecError) as caught:
        load(InputText("spec.yaml", text), Path())
    fixes = {found.path.rpartition(".")[2]: found.fix for found in caught.value.findings}
    assert "`total_steps: rest`" in fixes["total_steps"]
