"""``1_000`` is a number wherever one is expected, and text everywhere else."""

import json
from pathlib import Path

import pytest

from lrplan.errors import SpecError
from lrplan.specfile.load import load
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.core_schema import resolve
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText
from tests.support.spec_validator import spec_validator

SPEC = """\
training: {{epochs: {epochs}, steps_per_epoch: {per_epoch}, skipped_steps: [{skipped}]}}
schedules:
  {name}:
    title: {title}
    optimizer:
      type: SGD
      lr: {lr}
      groups: {{{group}: {{momentum: 0.9}}}}
    scheduler:
      - {{type: StepLR, step_size: {ticks}, frequency: {frequency}, name: {text}, interval: step}}
      - {{type: MultiStepLR, milestones: [{ticks}, 2{ticks}], interval: step}}
      - {{type: LambdaLR, lr_lambda: {number}, groups: [{group}]}}
      - {{type: ReduceLROnPlateau, patience: {ticks}, monitor: {text}}}
    metrics:
      {text}: {{values: [{number}, 1], then: hold}}
"""
PLAIN = {"name": "it", "title": "t", "group": "g", "text": "m"} | {
    **dict.fromkeys(("per_epoch", "skipped", "ticks"), "100"),
    **dict.fromkeys(("epochs", "frequency"), "10"),
    **dict.fromkeys(("lr", "number"), "1000"),
}
GROUPED = PLAIN | {
    **dict.fromkeys(("per_epoch", "skipped", "ticks"), "1_00"),
    **dict.fromkeys(("epochs", "frequency"), "1_0"),
    **dict.fromkeys(("lr", "number"), "1_000"),
}


def read(**values):
    return load(InputText("spec.yaml", SPEC.format(**values)), Path()).plans


def test_a_spec_reads_the_same_with_underscores():
    plain, grouped = (read(**values)["it"] for values in (PLAIN, GROUPED))
    assert grouped.clock == plain.clock
    assert grouped.optimizer == plain.optimizer
    assert grouped.metrics == plain.metrics
    results = [(each.frequency, repr(each.arguments)) for each in grouped.schedulers]
    assert results == [(each.frequency, repr(each.arguments)) for each in plain.schedulers]
    assert repr(dict(grouped.resolved)) == repr(dict(plain.resolved)), "no text among the numbers"


def test_the_contracts_run():
    text = """\
schedules:
  it:
    training: {steps: 1_000_000}
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 1_000_000}
"""
    plan = load(InputText("spec.yaml", text), Path()).plans["it"]
    assert plan.clock.steps == plan.schedulers[0].arguments["T_max"] == 1_000_000


def test_names_are_text_all_the_same():
    plans = read(**(GROUPED | {"name": "1_0", "title": "2_0", "group": "3_0", "text": "4_0"}))
    assert list(plans) == ["1_0"]
    assert plans["1_0"].title == "2_0"
    assert [each.name for each in plans["1_0"].optimizer.groups] == ["3_0"]
    assert plans["1_0"].schedulers[0].name == "4_0"
    assert plans["1_0"].schedulers[3].monitor == "4_0"


NO_NUMBERS = ["1__000", "_1", "1_", "1_000_", "1_.0", "1._0", "1_0e", "0x1_0", "1_0 0", "--1_0"]


def test_what_is_no_number_stays_text():
    wrong = []
    for text in [*NO_NUMBERS, '"1_000"']:
        with pytest.raises(SpecError) as caught:
            read(**(GROUPED | {"lr": text}))
        if not any("`lr` must be a number" in each.message for each in caught.value.findings):
            wrong.append((text, caught.value.findings))
    assert wrong == []


def test_it_is_text_in_yaml():
    assert resolve("1_000") == "1_000"
    assert json.dumps(resolve("1_000.5e1_0")) == '"1_000.5e1_0"'
    huge = "1_" + "0" * 400
    assert type(resolve(huge)) is str


def test_the_schema_takes_what_yaml_says_it_is():
    validator = spec_validator()
    for values in (PLAIN, GROUPED):
        text = SPEC.format(**values)
        source = InputText("spec.yaml", text)
        validator.validate(parse(source, Problems(source)).to_python())


FORMS = {
    # where in SPEC: texts that the loader takes, and texts that it refuses
    "lr": (["1_0.5", "1_0e-3", "1_0.2_5", "+1_0"], ["1__0", "1_0.", "1_0e", "1_0ep", "_1"]),
    "per_epoch": (["1_00.0", "1_0e1"], ["1_00.5", "1_0st"]),
    "frequency": (["1_0.0", "1_0e0"], ["1_0.5"]),
    "epochs": (["1_0", "1_0.0"], ["1_0ep"]),
    "ticks": (["1_0.0", "1_0e1", "1_0ep", ".5ep", "1_0.5st", "1_0% - .5ep"], ["1_0.5", "1_0 eps"]),
}


def test_the_schema_takes_numbers_and_durations_as_the_loader_does():
    validator, wrong = spec_validator(), []
    template = SPEC.replace(", 2{ticks}", "")
    for key, (right, refused) in FORMS.items():
        for text in (*right, *refused):
            source = InputText("spec.yaml", template.format(**(PLAIN | {key: text})))
            try:
                loads = bool(load(source, Path()).plans)
            except SpecError:
                loads = False
            passes = validator.is_valid(parse(source, Problems(source)).to_python())
            if not loads == passes == (text in right):
                wrong.append((key, text, loads, passes))
    assert wrong == []
