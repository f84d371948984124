"""Schedules typed as TYPE KEY=VALUE are the plans of the specs that they stand for."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.example import example
from lrplan.errors import SpecError, UsageError
from lrplan.importers.plan_source import load_source
from lrplan.importers.typed_schedule.keys import KeyReader
from lrplan.importers.typed_schedule.spec_text import spec_text
from lrplan.request import SourceOptions
from lrplan.specfile.load import load
from lrplan.text import yaml_flow
from lrplan.text_position import InputText

WHERE = {"name", "title", "source", "node", "path", "resolved", "origin", "written_as"}
"""What a plan says of its text."""


def typed(*words):
    return load_source(words[0], SourceOptions(schedule_words=words))


def plan_of(text, name):
    return load(InputText("spec.yaml", text), Path()).plans[name]


def without_places(value):
    """A plan as plain data, without what says where it stands."""
    names = getattr(value, "__dataclass_fields__", None)
    if names is not None:
        return {
            each: without_places(getattr(value, each))
            for each in names
            if each not in WHERE and not each.startswith("_")
        }
    if isinstance(value, tuple | list):
        return [without_places(each) for each in value]
    if isinstance(value, dict):
        return {key: without_places(each) for key, each in value.items()}
    return value if isinstance(value, int | float | str | bool | None) else type(value).__name__


def words_of(text):
    """The words for the one schedule of a spec, every key with the name of its mapping."""
    spec = yaml.load(text, Loader=yaml.BaseLoader)
    schedule = load(InputText("spec.yaml", text), Path()).root.get("schedules").get("example")
    words = [spec["schedules"]["example"]["scheduler"]["type"]]
    for section in ("optimizer", "scheduler", "metrics"):
        node = schedule.get(section)
        for key, value in () if node is None else node.items():
            if (section, key) != ("scheduler", "type"):
                words.append(f"{section}.{key}={yaml_flow(value.to_python())}")
    return *words, "--epochs=30", "--steps-per-epoch=100"


def test_the_comparison_of_plans_sees_every_value():
    text = example(SCHEDULERS["CosineAnnealingLR"])
    other = text.replace("lr: 0.1", "lr: 0.2"), text.replace("epochs: 30", "epochs: 31")
    plans = [without_places(plan_of(each, "example")) for each in (text, *other)]
    assert text not in other
    assert plans[0] not in plans[1:]


def test_every_scheduler_can_be_typed_as_in_a_spec():
    wrong = []
    for row in SCHEDULERS.values():
        text = example(row)
        spec = typed(*words_of(text))
        (plan,) = spec.plans.values()
        again = plan_of(spec_text(spec.root), plan.name)
        wanted = without_places(plan_of(text, "example"))
        if not without_places(plan) == without_places(again) == wanted:
            wrong.append(row.name)
    assert wrong == []
    assert len(SCHEDULERS) > 80


TYPED = {
    "WarmupStableDecay warmup=2000st decay=20% lr=3e-4 --steps=1_000_000": (
        "steps: 1000000",
        "type: SGD, lr: 3e-4",
        "type: WarmupStableDecay, warmup_steps: 2000, decay_steps: 200000, total_steps: 1000000",
    ),
    "CosineAnnealingLR T_max=95 lr=0.1 warmup=5ep momentum=0.9 epochs=100": (
        "epochs: 100, steps_per_epoch: 1",
        "type: SGD, lr: 0.1, momentum: 0.9",
        "type: CosineAnnealingLR, T_max: 95, warmup: 5ep",
    ),
    "StepLR step_size=3 betas=[0.9,0.95] interval=step dataset_size=99 batch_size=9 --epochs=2": (
        "epochs: 2, dataset_size: 99, batch_size: 9",
        "type: AdamW, betas: [0.9, 0.95]",
        "type: StepLR, step_size: 3, interval: step",
    ),
    "transformers:cosine warmup=10% eps=1e-6 lr=1 --steps=100 optimizer=Adam": (
        "steps: 100",
        "type: Adam, lr: 1, eps: 1e-6",
        "type: 'transformers:cosine', num_warmup_steps: 10, num_training_steps: 100",
    ),
    "OneCycleLR max_lr=0.1 --steps=30": (
        "steps: 30",
        "type: SGD",
        "type: OneCycleLR, max_lr: 0.1, total_steps: 30",
    ),
    "OneCycleLR max_lr=0.1 epochs=3 steps_per_epoch=10 --steps=30": (
        "steps: 30",
        "type: SGD",
        "type: OneCycleLR, max_lr: 0.1, epochs: 3, steps_per_epoch: 10",
    ),
    "ReduceLROnPlateau eps=1e-9 lr=1 metrics.val_loss=[1,0.5] --epochs=2": (
        "epochs: 2, steps_per_epoch: 1",
        "type: SGD, lr: 1",
        "type: ReduceLROnPlateau, eps: 1e-9",
        "metrics: {val_loss: [1, 0.5]}",
    ),
    'ConstantLR groups={"a":{"lr":1},"b":{"lr":2}} optimizer.momentum=0.5 --epochs=2': (
        "epochs: 2, steps_per_epoch: 1",
        "type: SGD, momentum: 0.5, groups: {a: {lr: 1}, b: {lr: 2}}",
        "type: ConstantLR",
    ),
    "StepLR step_size=3 lr=[0.1,0.01] momentum=[0.9,0] --epochs=2": (
        "epochs: 2, steps_per_epoch: 1",
        "type: SGD, groups: {group0: {lr: 0.1, momentum: 0.9}, group1: {lr: 0.01, momentum: 0}}",
        "type: StepLR, step_size: 3",
    ),
    "OneCycleLR max_lr=[0.1,0.2] lr=[1,2] betas=[0.9,0.95] --steps=30": (
        "steps: 30",
        "type: AdamW, betas: [0.9, 0.95], groups: {group0: {lr: 1}, group1: {lr: 2}}",
        "type: OneCycleLR, max_lr: [0.1, 0.2], total_steps: 30",
    ),
}


@pytest.mark.parametrize(("words", "parts"), TYPED.items(), ids=[each.split()[0] for each in TYPED])
def test_keys_go_where_they_belong(words, parts):
    training, optimizer, scheduler, *more = parts
    entries = [f"optimizer: {{{optimizer}}}", f"scheduler: {{{scheduler}}}", *more]
    text = f"training: {{{training}}}\nschedules: {{a: {{{', '.join(entries)}}}}}\n"
    (plan,) = typed(*words.split()).plans.values()
    assert without_places(plan) == without_places(plan_of(text, "a"))


def test_what_is_filled_in_is_said():
    (note,) = typed("CosineAnnealingLR", "lr=0.1", "--epochs=9").notes
    wanted = "one step an epoch (--steps-per-epoch 1), optimizer=SGD, T_max=rest"
    assert note == f"assumed: {wanted}"
    words = ("StepLR", "step_size=3", "optimizer=SGD", "lr=0.1", "--steps=9")
    assert typed(*words).notes == ()


@pytest.mark.parametrize("optimizer", ["adam", "Adamw", "module.of_mine:Optimizer"])
def test_keys_of_an_optimizer_that_is_not_known_are_its_own(optimizer):
    with pytest.raises(SpecError) as caught:
        typed(
            "StepLR", "step_size=3", "lr=1", "betas=[0.9,1]", f"optimizer={optimizer}", "--steps=9"
        )
    assert [each.path for each in caught.value.findings] == ["schedules.StepLR.optimizer.type"]


def test_a_function_is_told_where_it_stands():
    with pytest.raises(SpecError) as caught:
        typed("LambdaLR", "lr_lambda=lambda e: 0.95**e", "lr=1", "--steps=9")
    (finding,) = caught.value.findings
    assert "lambda is not needed" in finding.message
    assert (finding.line, finding.column) == (1, len("LambdaLR lr_lambda=") + 1)


def test_no_end_is_filled_in_beside_a_misspelt_one():
    with pytest.raises(SpecError) as caught:
        typed("CosineAnnealingLR", "T_mx=9", "lr=0.1", "--epochs=9")
    assert [each.fix for each in caught.value.findings] == ["did you mean `T_max`?"]


def test_a_number_keeps_its_digits_in_the_spec_that_is_printed():
    spec = typed("StepLR", "step_size=3", "lr=0.30000000000000004", "--steps=9")
    (plan,) = load(InputText("a", spec_text(spec.root)), Path()).plans.values()
    assert plan.optimizer.arguments["lr"] == 0.30000000000000004


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("cosne --epochs=2", "no scheduler `cosne`; did you mean `CosineAnnealingLR` or"),
        ("CosinAnnealingLR --epochs=2", "did you mean `CosineAnnealingLR`?"),
        ("xyzzy --epochs=2", "no scheduler `xyzzy`; `lrplan schedulers` lists schedulers"),
        ("StepLR step_size=2", "give --epochs N or --steps N"),
        ("StepLR finetune --epochs=2", "'finetune': write KEY=VALUE, such as lr=0.1"),
        ("StepLR lr=1 lr=2 --epochs=2", "optimizer.lr is given twice"),
        ("StepLR epochs=1 --epochs=2", "training.epochs is given twice"),
        ("StepLR lr=[1,2] lr=2 --epochs=2", "optimizer.lr is given twice"),
        ("StepLR lr=2 lr=[1,2] --epochs=2", "optimizer.lr is given twice"),
        ("StepLR lr=1,2 --epochs=2", "lr=1,2: write lr=[1,2] for 2 groups"),
        ("StepLR lr=[1,2] momentum=[1] --epochs=2", "`lr` has 2 and `momentum` has 1"),
        ("StepLR lr=0,1 --epochs=2", "lr=0,1: write lr=[0,1] for 2 groups, or lr=0.1"),
        ("StepLR step_size 3 --epochs=2", "'step_size': write step_size=3"),
        ("StepLR step_size --epochs=2", "'step_size': write KEY=VALUE, such as lr=0.1"),
        ("StepLR lr=[] --epochs=2", "a list has a value for each group: `lr` has 0"),
        (
            'StepLR groups={"a":{}} lr=[1,2] --epochs=2',
            "`groups` has the groups already: give `lr` in each of them",
        ),
        ("AdamW lr=1 --epochs=2", "AdamW is an optimizer: begin with a scheduler"),
        ("StepLR lr=1 lr.a=2 --epochs=2", "`a` is set inside a value that is not a mapping"),
        ("StepLR " + "a=1 " * 200 + "--epochs=2", "more than 200 words"),
    ],
)
def test_wrong_words_are_refused(words, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        typed(*words.split())


def test_a_length_has_a_short_name_where_only_one_has_that_word():
    def reader(name):
        return KeyReader(SCHEDULERS[name], [OPTIMIZERS["SGD"]])

    assert reader("WarmupStableDecay").path("decay") == ("scheduler", "decay_steps")
    assert reader("timm:CosineLRScheduler").path("warmup") == ("scheduler", "warmup_t")
    assert reader("CosineAnnealingLR").path("warmup") == ("scheduler", "warmup")
    assert reader("OneCycleLR").path("steps") == ("training", "steps")


def test_code_of_the_users_own_needs_trust(tmp_path):
    words = ("module.of_mine:Decay", "gamma=0.9", "--epochs=2")
    spec = replace(SourceOptions(), schedule_words=words)
    with pytest.raises(Exception, match="untrusted-code"):
        load_source(words[0], spec)
