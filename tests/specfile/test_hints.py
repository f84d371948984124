"""Hints of problems of a spec: what people write by mistake, and what they are told to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lrplan.errors import SpecError
from lrplan.specfile.apply_edits import apply
from lrplan.specfile.load import load, read
from lrplan.specfile.models import SchedulerKeysModel, TrainingModel
from lrplan.text_position import InputText

_PYDANTIC = re.compile(r"Value error|Input should|must must|valid (int|str|list|dict)|or equal to")

SPEC = """\
training: {training}
schedules:
  run:
    optimizer: {optimizer}
    scheduler: {scheduler}
"""

USUAL = {
    "training": "{epochs: 90, steps_per_epoch: 100}",
    "optimizer": "{type: SGD, lr: 0.1}",
    "scheduler": "{type: StepLR, step_size: 30}",
}


def scheduler(text):
    return {"scheduler": "{" + text + "}"}


def training(text):
    return {"training": "{" + text + "}"}


NEEDS_A_DECISION = (
    # what is written, the hint
    (scheduler("type: LinearLR, total_iters: 2.5"), "write 2 or 3, or give a unit as in 2.5ep"),
    (
        {**training("steps: 1000"), **scheduler("type: LinearLR, total_iters: 2.5")},
        "write 2 or 3, or give a unit as in 2.5st",
    ),
    (
        training("epochs: 3, steps_per_epoch: 9, train_batch_size: 8"),
        (
            "`batch_size` counts the samples of one device and one batch: divide by `world_size`"
            " and `accumulate`"
        ),
    ),
    (
        training("epochs: 3, steps_per_epoch: 9, num_train_epochs: 3"),
        "`epochs` means that, and is given: delete one of the two",
    ),
    (
        training("epochs: 3, steps_per_epoch: 9, lr: 0.1"),
        "`lr` is a key of `optimizer`: write it there",
    ),
    (
        training("epochs: 3, steps_per_epoch: 9, warmup_steps: 5"),
        "a warm-up belongs to a scheduler: write `warmup: 5%` there",
    ),
    (
        {"optimizer": "{type: SGD, lr: 0.1, max_epochs: 3}"},
        "write it into `training`, as `epochs`",
    ),
    *(
        (
            training(f"epochs: 3, steps_per_epoch: 9, {key}: 5"),
            "a warm-up belongs to a scheduler: write `warmup: 5%` there",
        )
        for key in ("warmup_epochs", "warmup_ratio", "num_warmup_steps")
    ),
    (
        {"optimizer": "{type: AdamW, momentum: 0.8}"},
        "its `betas[0]` is that, as in `betas: [0.8, 0.999]`",
    ),
    (
        {"optimizer": "{type: SGD, betas: [0.9, 0.999]}"},
        "its `momentum` plays the part of the first of `betas`",
    ),
    ({"optimizer": "{type: SGD, amsgrad: true}"}, "it is an argument of Adam and AdamW"),
    ({"optimizer": "{type: SGD, rho: 0.9}"}, "it is an argument of Adadelta"),
    ({"optimizer": "{type: SGD, eps: 1e-8}"}, "it is an argument of Adam and AdamW"),
    (
        scheduler("type: CosineAnnealingWarmRestarts, T_max: 9"),
        "`T_0` is the length of the first cycle here",
    ),
    (
        scheduler("type: StepLR, step_size: 9, T_max: 9"),
        "it is an argument of CosineAnnealingLR",
    ),
    (
        scheduler("type: StepLR, step_size: 9, lr: 0.1"),
        "`lr` is a key of `optimizer`: write it there",
    ),
    (
        scheduler("type: StepLR, step_size: 9, epochs: 3"),
        "`epochs` is a key of `training`: write it there",
    ),
    (
        scheduler("type: LinearLR, end_lr: 0.01"),
        "`end_factor` is a factor on the optimizer's `lr`: write `end_lr` divided by that `lr`",
    ),
    (
        scheduler("type: LinearLR, start_lr: 0.01"),
        "`start_factor` is a factor on the optimizer's `lr`: write `start_lr` divided by that `lr`",
    ),
    (
        scheduler("type: ExponentialLR, gamma: 0.9, wavelength: 3"),
        "valid: gamma, type, interval, frequency, monitor, groups, warmup, name",
    ),
    (
        scheduler("type: CosineAnnealingLR, T_max: 90, eta_max: 0.1"),
        "the lr that it starts from is `lr` of the optimizer",
    ),
    (
        scheduler("type: OneCycleLR, lr: 0.1, total_steps: 90"),
        "the lr at the peak is `max_lr` here",
    ),
    (
        scheduler("type: CyclicLR, base_lr: 0.1, max_lr: 0.2, step_size: 3"),
        "`step_size_up` is the number of ticks of one rise here",
    ),
    (
        scheduler("type: WarmupCosine, warmup_epochs: 5ep, total_steps: 90"),
        "did you mean `warmup_steps`, as in `warmup_steps: 5ep`?",
    ),
    (
        {"scheduler": "{type: StepLR, step_size: 3}\n    lr_scheduler: {type: StepLR}"},
        "`scheduler` means that, and is given: delete one of the two",
    ),
    (
        {"optimizer": "{type: Adam, beta1: 0.9}"},
        "write both as a list: `betas: [0.9, 0.999]`",
    ),
    (
        scheduler("type: CosineAnnealingLR, T_max: 90, patience: 3"),
        "it is an argument of ReduceLROnPlateau",
    ),
    (
        scheduler("type: CosineAnnealingLR, T_max: 90, pct_start: 0.3"),
        "it is an argument of OneCycleLR",
    ),
    (
        scheduler("type: CosineAnnealingLR, T_max: 90, by_epoch: true"),
        "write `interval: epoch` for true, `interval: step` for false",
    ),
    (
        {"optimizer": "{generator: {type: Adam}, discriminator: {type: Adam}}"},
        "a schedule has one optimizer: give generator and discriminator each a schedule of its own",
    ),
    (
        {"optimizer": "[{type: Adam}, {type: Adam}]"},
        "a schedule has one optimizer: give each a schedule of its own",
    ),
    ({"scheduler": "StepLR"}, "write {type: StepLR, step_size: ...}"),
    (
        scheduler("type: ReduceLROnPlateau, monitor: loss"),
        (
            "add `metrics: {loss: [...]}`, or `metrics: {loss: {csv: log.csv, column: loss}}`"
            " for a column of a CSV file"
        ),
    ),
    (
        scheduler(
            "type: SequentialLR, milestones: [5, 9], schedulers: [{type: LinearLR}, {type: SWALR,"
            " swa_lr: 0.1}]"
        ),
        "leave out 1 milestone",
    ),
    (
        scheduler("type: CosineAnnealingLR, T_max: {all: 90}"),
        (
            "write one value for all groups; a list of schedulers, each with `groups: [NAME]`,"
            " gives others"
        ),
    ),
    (
        scheduler("type: OneCycleLR, total_steps: 90, max_lr: [0.1, 0.2]"),
        "one value for all groups, one for each in that order, or a mapping by name",
    ),
    (
        {"scheduler": "\n      StepLR: {step_size: 3}"},
        "name a scheduler: `lrplan schedulers` lists them",
    ),
)

EDITED = (
    # what is written, the hint, and what the edits make of it
    (
        scheduler("type: LinearLR, total_iters: 0.06"),
        "write 6% for that share of the run",
        scheduler("type: LinearLR, total_iters: 6%"),
    ),
    (
        scheduler("type: MultiStepLR, milestones: [0.6, 50]"),
        "write 60% for that share of the run",
        scheduler("type: MultiStepLR, milestones: [60%, 50]"),
    ),
    (
        scheduler('type: StepLR, step_size: "30"'),
        "write 30 without quotes for ticks, or give a unit, as in 30ep",
        scheduler("type: StepLR, step_size: 30"),
    ),
    (
        scheduler("type: StepLR, step_size: 30 epochs"),
        "write 30ep",
        scheduler("type: StepLR, step_size: 30ep"),
    ),
    (
        training('steps: "1000"'),
        "write 1000 without quotes, or give a unit, as in 1000st",
        training("steps: 1000"),
    ),
    (
        training('epochs: 3, batch_size: 50, dataset_size: "50,000"'),
        "write 50000",
        training("epochs: 3, batch_size: 50, dataset_size: 50000"),
    ),
    (
        training("epochs: 3, steps_per_epoch: 9, gradient_accumulation_steps: 4"),
        "did you mean `accumulate`?",
        training("epochs: 3, steps_per_epoch: 9, accumulate: 4"),
    ),
    (
        training("epochs: 3, steps_per_epoch: 9, devices: 4"),
        "did you mean `world_size`?",
        training("epochs: 3, steps_per_epoch: 9, world_size: 4"),
    ),
    (
        scheduler("type: CosineAnnealingLR, Tmax: 90"),
        "did you mean `T_max`?",
        scheduler("type: CosineAnnealingLR, T_max: 90"),
    ),
    (
        scheduler("type: CosineAnnealingLR, T_max: 90, min_lr: 1e-3"),
        "did you mean `eta_min`?",
        scheduler("type: CosineAnnealingLR, T_max: 90, eta_min: 0.001"),
    ),
    (
        {**scheduler("type: transformers:linear, num_training_steps: 90, warmup_ratio: 0.1")},
        "did you mean `num_warmup_steps: 10%`?",
        scheduler("type: transformers:linear, num_training_steps: 90, num_warmup_steps: 10%"),
    ),
    (
        scheduler("type: StepLR, step_size: 30, interval: steps"),
        "did you mean `step`?",
        scheduler("type: StepLR, step_size: 30, interval: step"),
    ),
    (
        scheduler("type: StepLR, step_size: 30, groups: all"),
        "write a list: [all]",
        scheduler("type: StepLR, step_size: 30, groups: [all]"),
    ),
    (
        scheduler("type: StepLR, step_size: 30, gamma: 10%"),
        "write 0.1",
        scheduler("type: StepLR, step_size: 30, gamma: 0.1"),
    ),
    (
        scheduler("type: StepLR, step_size: 30, gamma: '0.1'"),
        "write it without quotes",
        scheduler("type: StepLR, step_size: 30, gamma: 0.1"),
    ),
    (
        scheduler("type: StepLR, step_size: 30, gamma: '0,1'"),
        "write 0.1",
        scheduler("type: StepLR, step_size: 30, gamma: 0.1"),
    ),
    (
        {"optimizer": "\n      type: Adam\n      betas: (0.9, 0.95)"},
        "write [0.9, 0.95], without quotes",
        {"optimizer": "\n      type: Adam\n      betas: [0.9, 0.95]"},
    ),
    (
        {"optimizer": "{type: SGD, lr: 0.1, nesterov: on, momentum: 0.9}"},
        "write true: this word is a text in YAML 1.2",
        {"optimizer": "{type: SGD, lr: 0.1, nesterov: true, momentum: 0.9}"},
    ),
    (
        {"optimizer": "{type: SGD, learning_rate: 1_000}"},
        "did you mean `lr`?",
        {"optimizer": "{type: SGD, lr: 1_000}"},
    ),
    (
        training("train_samples: 300_000, batch_size: 8, epochs: 1"),
        "did you mean `dataset_size`?",
        training("dataset_size: 300_000, batch_size: 8, epochs: 1"),
    ),
    (
        training("samples_per_epoch: 300, batch_size: 8, epochs: 1"),
        "did you mean `dataset_size`?",
        training("dataset_size: 300, batch_size: 8, epochs: 1"),
    ),
    (
        scheduler("type: WarmupCosine, warmup_epochs: 5, total_steps: 90"),
        "did you mean `warmup_steps: 5ep`?",
        scheduler("type: WarmupCosine, warmup_steps: 5ep, total_steps: 90"),
    ),
    (
        scheduler("type: WarmupCosine, warmup_steps: 5, max_epochs: 90"),
        "did you mean `total_steps: 90ep`?",
        scheduler("type: WarmupCosine, warmup_steps: 5, total_steps: 90ep"),
    ),
    (
        scheduler("type: StepLR, decay_epochs: 2.4"),
        "did you mean `step_size: 2.4ep`?",
        scheduler("type: StepLR, step_size: 2.4ep"),
    ),
    (
        scheduler("type: LambdaLR, lambda: 0.9 ** epoch"),
        "did you mean `lr_lambda`?",
        scheduler('type: LambdaLR, lr_lambda: "0.9 ** epoch"'),
    ),
    (
        {"optimizer": "adamw"},
        "write {type: AdamW}, with its arguments",
        {"optimizer": "{type: AdamW}"},
    ),
)


def spec(changes):
    return SPEC.format(**{**USUAL, **changes})


def problems(changes):
    with pytest.raises(SpecError) as caught:
        load(InputText("spec.yaml", spec(changes)), Path())
    return caught.value.findings


def test_hints_say_what_to_decide():
    wrong = {}
    for changes, hint in NEEDS_A_DECISION:
        results = [(each.fix, each.edits) for each in problems(changes)]
        if results != [(hint, ())]:
            wrong[str(changes)] = results
    assert wrong == {}


def test_hints_without_a_choice_are_edits():
    wrong = {}
    for changes, hint, mended in EDITED:
        reported = problems(changes)
        text = apply(spec(changes), [edit for each in reported for edit in each.edits])
        if ([each.fix for each in reported], text) != ([hint], spec(mended)):
            wrong[str(changes)] = (reported, text)
    assert wrong == {}


OTHER_KEYS = {
    "training": "eval_steps val_steps test_steps log_steps save_steps logging_steps swa_epochs"
    " min_epochs eval_batch_size val_batch_size per_device_eval_batch_size limit_train_batches"
    " start_epoch batch",
    "optimizer": "layer_decay weight_decay_end decay warmup_lr name",
    "scheduler": "end begin eta_min_ratio unit",
}
"""Keys that are spelled a little like one there is, and mean something else."""


def test_a_key_that_means_something_else_is_no_misspelling():
    wrong = {}
    for place, keys in OTHER_KEYS.items():
        for key in keys.split():
            (finding,) = problems({place: USUAL[place].replace("}", f", {key}: 1}}")})
            if not finding.fix.startswith("valid: ") or finding.edits:
                wrong[key] = (finding.fix, finding.edits)
    assert wrong == {}


def test_punctuation_that_makes_a_key_is_explained():
    texts = {
        "optimizer:{type: SGD}": "a space is missing after `optimizer:`",
        "optimizer: {type: SGD, lr: 0,1}": "a comma in `{...}` begins a new key: numbers have none,"
        " and lists are [1, 2]",
    }
    for text, hint in texts.items():
        with pytest.raises(SpecError) as caught:
            load(
                InputText("spec.yaml", f"training: {{steps: 9}}\nschedules:\n  run:\n    {text}\n"),
                Path(),
            )
        assert hint in [each.fix for each in caught.value.findings]


@pytest.mark.parametrize(
    "text",
    [
        "training:{epochs: 1, steps_per_epoch: 3}\n",
        "training: {steps: 9}\nschedules:\n  run:\n    optimizer:{type: SGD, lr: 0.1}\n",
        "schedules:\n  run:\n    title: x\n    optimizer:{type: SGD, lr: 1}\n",
        "training: {steps: 9}\nschedules:\n  run: {optimizer:{type: SGD, lr: 1}}\n",
        "training: {steps: 9}\nschedules: {run: {optimizer: {type: SGD, betas:[0.9, 0.95]}}}\n",
    ],
)
def test_a_bracket_without_a_space_before_it_is_explained(text):
    with pytest.raises(SpecError) as caught:
        load(InputText("spec.yaml", text), Path())
    (finding,) = caught.value.findings
    assert finding.message.startswith("a space is missing after `")


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"optimizer": "{type: AdamW, betas: (0.9, 0.95), lr: 0.1}"}, "write [0.9, 0.95]"),
        ({"optimizer": "{type: AdamW, groups: {a: {betas: (0.9, 0.95)}}}"}, "write [0.9, 0.95]"),
        ({"optimizer": "{type: AdamW, betas: (0.9, x)}"}, "[0.9, 0.95]"),
        (scheduler("type: MultiStepLR, milestones: (30, 60, 80), gamma: 0.1"), "[30, 60, 80]"),
    ],
)
def test_a_tuple_in_a_flow_mapping_is_one_mistake(where, says):
    (finding,) = problems(where)
    assert says in finding.fix
    assert "string '(" in finding.message
    assert finding.edits == ()


def test_a_bracket_that_is_never_closed_leaves_the_other_keys_alone():
    found = problems({"optimizer": "{type: AdamW, betas: (0.9, 0.95, lr: 0.1}"})
    assert {each.name for each in found} == {"wrong-type", "unknown-key"}


def test_keys_at_the_wrong_level_say_where_they_belong():
    text = "optimizer: {type: SGD}\nscheduler: {type: StepLR, step_size: 3}\ntype: SGD\n"
    with pytest.raises(SpecError) as caught:
        load(InputText("spec.yaml", text), Path())
    assert {each.path: each.fix for each in caught.value.findings} == {
        "schedules": "write `schedules: {NAME: {optimizer: ..., scheduler: ...}}`",
        "optimizer": "`optimizer` is a key of a schedule (`schedules: NAME:`): write it there",
        "scheduler": "`scheduler` is a key of a schedule (`schedules: NAME:`): write it there",
        "type": "`type` is a key of `optimizer` or `scheduler`: write it there",
    }


def test_a_wrong_length_at_the_top_is_reported_once():
    text = spec(training('steps: "1000"')) + "  other: {optimizer: {type: SGD}}\n"
    with pytest.raises(SpecError) as caught:
        load(InputText("spec.yaml", text), Path())
    (finding,) = caught.value.findings
    assert (finding.path, finding.schedule) == ("training.steps", None)


def test_no_message_has_the_words_of_pydantic():
    values = ("-1", "1.5", "abc", "[a]", "{a: 1}", ".inf", "1e13", "true", "[-1]", "null")
    wrong = []
    for field in TrainingModel.model_fields:
        for value in values:
            text = (
                f"training: {{{field}: {value}}}\nschedules: {{a: {{optimizer: {{type: SGD}}}}}}\n"
            )
            _, found = read(InputText("spec.yaml", text), Path())
            wrong += [str(each) for each in found if _PYDANTIC.search(each.message)]
    for field in SchedulerKeysModel.model_fields:
        for value in values:
            text = spec(scheduler(f"type: StepLR, step_size: 3, {field}: {value}"))
            _, found = read(InputText("spec.yaml", text), Path())
            wrong += [str(each) for each in found if _PYDANTIC.search(each.message)]
    assert wrong == []


def test_numbers_may_have_underscores():
    text = spec(
        {
            **training("steps: 1_000_000, accumulate: 1_0"),
            "optimizer": "{type: SGD, lr: 1_0.5}",
            **scheduler("type: MultiStepLR, milestones: [1_000, 2_000], frequency: 1_0"),
        }
    )
    plan = load(InputText("spec.yaml", text), Path()).plans["run"]
    assert (plan.clock.steps, plan.clock.settings.accumulate) == (1_000_000, 10)
    assert plan.optimizer.arguments == {"lr": 10.5}
    assert plan.schedulers[0].arguments == {"milestones": [1000, 2000]}
    assert plan.schedulers[0].frequency == 10


@pytest.mark.parametrize("text", ['"1_000"', "1__000", "_1000", "1_000_"])
def test_other_texts_are_no_numbers(text):
    assert problems(training(f"epochs: {text}, steps_per_epoch: 3"))
