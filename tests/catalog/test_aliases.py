"""Names that people bring along: each leads to a name there is, and the hint says what it takes."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import pytest

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.aliases import SAME_KEYS, resolve_alias, resolve_choice, resolve_key
from lrplan.catalog.optimizer_arguments import GROUP_KEYS
from lrplan.errors import SpecError, UsageError
from lrplan.specfile.models import ScheduleModel, SchedulerKeysModel, SpecModel, TrainingModel
from tests.support.specs import SGD, plan_of, spec

ALIASES = {alias: row.name for row in SCHEDULERS.values() for alias in row.aliases}

SCHEDULER_HINTS = {
    "get_cosine_schedule_with_warmup": "did you mean `WarmupCosine` or `transformers:cosine`?",
    "inverse_sqrt": "did you mean `InverseSqrtScheduler` or `transformers:inverse_sqrt`?",
    "linear_with_warmup": "did you mean `transformers:linear`?"
    " It takes num_warmup_steps and num_training_steps",
    "get_linear_schedule_with_warmup": "did you mean `transformers:linear`?"
    " It takes num_warmup_steps and num_training_steps",
    "WarmupMultiStepLR": "write MultiStepLR with the key `warmup`",
    "transformers:get_constant_schedule": "did you mean `transformers:constant`?",
    "optax.warmup_cosine_decay_schedule": "did you mean `WarmupCosine`?"
    " It takes warmup_steps and total_steps",
    "keras.optimizers.schedules.CosineDecay": "did you mean `CosineAnnealingLR`? It takes T_max",
    "cosinedecay": "did you mean `CosineAnnealingLR`? It takes T_max",
    "CosineAnealingLR": "did you mean `CosineAnnealingLR`?",
    "cosine": "did you mean `CosineAnnealingLR` or `transformers:cosine`?",
    "linear": "did you mean `LinearLR` or `transformers:linear`?",
    "linear_warmup": "did you mean `LinearLR`?",
    "WSD": "did you mean `WarmupStableDecay`? It takes warmup_steps, total_steps and decay_steps",
    "CosineLRScheduler": "did you mean `timm:CosineLRScheduler`? It takes t_initial",
    "timm.scheduler.StepLRScheduler": "did you mean `timm:StepLRScheduler`? It takes decay_t",
    "WarmupDecayLR": "did you mean `deepspeed:WarmupDecayLR`? It takes total_num_steps",
    "torch.optim.lr_scheduler.StepLR": "did you mean `StepLR`? It takes step_size",
    "mmengine.StepLR": "did you mean `mmengine:StepLR`? It takes step_size",
    "step": "did you mean `StepLR`?",
    "plateau": "did you mean `ReduceLROnPlateau`?",
    "onecycle": "did you mean `OneCycleLR` or `deepspeed:OneCycle`?",
}

OPTIMIZER_HINTS = {
    "adamw_torch": "did you mean `AdamW`?",
    "paged_adamw_8bit": "did you mean `AdamW`?",
    "FusedAdam": "did you mean `Adam`?",
    "torch.optim.SGD": "did you mean `SGD`?",
    "sgd": "did you mean `SGD`?",
}

KEYS = {
    "num_train_epochs": "epochs",
    "max_epochs": "epochs",
    "max_steps": "steps",
    "num_training_steps": "steps",
    "num_samples": "dataset_size",
    "per_device_train_batch_size": "batch_size",
    "train_micro_batch_size_per_gpu": "batch_size",
    "devices": "world_size",
    "num_processes": "world_size",
    "gradient_accumulation_steps": "accumulate",
    "accumulate_grad_batches": "accumulate",
    "update_freq": "accumulate",
    "block_size": "sequence_length",
    "dataloader_drop_last": "drop_last",
}
"""Keys of ``training`` by the names that trainers have for them."""

ARGUMENTS = {
    ("CosineAnnealingLR", "min_lr"): "eta_min",
    ("CosineAnnealingLR", "decay_steps"): "T_max",
    ("CosineAnnealingWarmRestarts", "first_decay_steps"): "T_0",
    ("ReduceLROnPlateau", "eta_min"): "min_lr",
    ("WarmupCosine", "num_warmup_steps"): "warmup_steps",
    ("transformers:linear", "warmup_steps"): "num_warmup_steps",
    ("timm:CosineLRScheduler", "warmup_iters"): "warmup_t",
    ("deepspeed:WarmupLR", "num_warmup_steps"): "warmup_num_steps",
    ("ExponentialLR", "decay_rate"): "gamma",
    ("OneCycleLR", "peak_lr"): "max_lr",
    ("MultiStepLR", "boundaries"): "milestones",
}


def hint(key, name):
    changed = {key: {"type": f'"{name}"'}}
    with pytest.raises(SpecError) as caught:
        plan_of(spec(changed.get("scheduler"), optimizer=changed.get("optimizer", SGD), steps=100))
    (finding,) = caught.value.findings
    assert finding.name == "unknown-name"
    return finding.fix


def test_names_of_schedulers_and_optimizers_lead_to_ours():
    got = {name: hint("scheduler", name) for name in SCHEDULER_HINTS}
    assert got == SCHEDULER_HINTS
    got = {name: hint("optimizer", name) for name in OPTIMIZER_HINTS}
    assert got == OPTIMIZER_HINTS


def test_lrplan_schedulers_says_the_same(capsys):
    from lrplan.commands.schedulers import schedulers

    for name, text in {"WSD": SCHEDULER_HINTS["WSD"], "adamw_torch": "`AdamW`"}.items():
        with pytest.raises(UsageError) as caught:
            schedulers(name, None, output_format="json")
        assert text in str(caught.value)


def test_each_alias_leads_to_its_row_and_is_no_name_itself():
    wrong = {
        alias: resolve_alias(alias)
        for alias, name in ALIASES.items()
        if name not in resolve_alias(alias) or alias in SCHEDULERS
    }
    assert wrong == {}


def test_keys_lead_to_those_of_the_mapping_they_stand_in():
    got = {key: resolve_key(key, tuple(TrainingModel.model_fields)) for key in KEYS}
    assert got == KEYS
    rows = {name: [each.name for each in row.arguments] for name, row in SCHEDULERS.items()}
    got = {(row, key): resolve_key(key, rows[row]) for row, key in ARGUMENTS}
    assert got == ARGUMENTS


def test_each_set_of_names_holds_a_key_that_there_is():
    arguments = {
        each.name
        for rows in (SCHEDULERS, OPTIMIZERS)
        for row in rows.values()
        for each in row.arguments
    }
    arguments |= {each.name for each in GROUP_KEYS}
    models = (SpecModel, ScheduleModel, TrainingModel, SchedulerKeysModel)
    known = {*arguments, *(field for model in models for field in model.model_fields)}
    assert [names for names in SAME_KEYS if not known & set(names)] == []


def test_values_of_choices():
    assert resolve_choice("steps", ["step", "epoch"]) == "step"
    assert resolve_choice("huggingface", ["torch", "transformers"]) == "transformers"
    assert resolve_choice("huggingface", ["step"]) is None


def test_what_nobody_knows_is_not_guessed():
    assert resolve_alias("Nothing") == ()
    assert resolve_key("nothing", ["epochs"]) is None


@pytest.mark.skipif(find_spec("transformers") is None, reason="transformers is missing")
def test_functions_of_transformers_are_those_behind_its_names():
    optimization = import_module("transformers.optimization")
    behind = {
        function.__name__: str(kind.value)
        for kind, function in optimization.TYPE_TO_SCHEDULER_FUNCTION.items()
        if hasattr(function, "__name__")
    }
    own = {name: meant for name, meant in ALIASES.items() if name in behind}
    assert len(own) >= 9
    assert {name: f"transformers:{behind[name]}" for name in own} == own
