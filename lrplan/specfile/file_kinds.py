"""Recognizes files of other tools by their content, to name them in messages.

Each row of the tables is one kind of file. JSON and YAML are recognized by their keys, other files
by a line of text. The first row that fits wins, so special kinds come before general ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class KeyedFormat(NamedTuple):
    """A kind of file that is a mapping, such as JSON or YAML."""

    name: str
    """With its article, for sentences: ``a DeepSpeed config``."""
    keys: tuple[str, ...]
    """Alternatives: each is one or more paths, with spaces between them, that must all exist."""
    family: str = ""
    """The family of configs that reads it, as ``--as`` names it; empty: it is only named."""


class TextFormat(NamedTuple):
    """A kind of file that is not a mapping, such as a Python file."""

    name: str
    line: str
    """A regular expression for a line that others do not have."""


PYTHON = "a Python file"
"""The kind of file that a Python program is."""
EXPORT = "an export of lrplan"
"""The kind of file that a JSON export of lrplan is."""


KEYED_FORMATS = (
    KeyedFormat(EXPORT, ("lrplan schedules",)),
    # Training
    KeyedFormat(
        "a DeepSpeed config",
        (
            "zero_optimization",
            "train_micro_batch_size_per_gpu",
            "train_batch_size optimizer.params",
            "train_batch_size scheduler.params",
            "optimizer.params scheduler.params",
        ),
        "deepspeed",
    ),
    KeyedFormat(
        "an args.yaml of Ultralytics YOLO",
        ("lr0 lrf", "warmup_epochs close_mosaic", "warmup_bias_lr"),
        "ultralytics",
    ),
    KeyedFormat(
        "an MMEngine config",
        (
            "optim_wrapper",
            "param_scheduler train_cfg",
            "lr_config runner",
            "lr_config total_epochs",
            "lr_config optimizer",
            "_base_",
        ),
        "mmengine",
    ),
    KeyedFormat("a Detectron2 config", ("SOLVER", "_BASE_ MODEL", "_BASE_"), "detectron2"),
    KeyedFormat("a trainer_state.json of transformers", ("log_history global_step",)),
    KeyedFormat(
        "an Axolotl config", ("base_model micro_batch_size", "base_model datasets"), "axolotl"
    ),
    KeyedFormat(
        "a config of LLaMA-Factory",
        ("stage finetuning_type", "template finetuning_type", "stage template"),
        "llamafactory",
    ),
    KeyedFormat(
        "a config of TRL",
        (
            "dataset_mixer",
            "dataset_mixture",
            "num_generations learning_rate",
            "num_generations per_device_train_batch_size",
            "use_peft learning_rate",
            "use_peft per_device_train_batch_size",
            "dataset_name attn_implementation",
            "dataset_name learning_rate max_length",
            "trainer per_device_train_batch_size",
        ),
        "trl",
    ),
    KeyedFormat(
        "a config with TrainingArguments of transformers",
        ("per_device_train_batch_size", "learning_rate lr_scheduler_type"),
        "transformers",
    ),
    KeyedFormat(
        "a nanoGPT config",
        ("max_iters lr_decay_iters", "max_iters block_size", "max_iters eval_interval"),
        "nanogpt",
    ),
    KeyedFormat("a model config of transformers", ("architectures model_type",)),
    KeyedFormat("a NeMo config", ("trainer model.optim", "trainer exp_manager")),
    KeyedFormat("a config with Hydra's `_target_`", ("trainer._target_", "model._target_")),
    KeyedFormat(
        "a config of LightningCLI",
        (
            "seed_everything trainer",
            "trainer model data",
            "trainer model.class_path",
            "trainer.max_epochs",
            "trainer.max_steps",
            "trainer.accelerator",
            "trainer optimizer",
            "trainer lr_scheduler",
            "fit.trainer",
        ),
        "lightning-cli",
    ),
    KeyedFormat(
        "an args.yaml of timm",
        ("opt sched", "opt warmup_epochs decay_epochs", "sched lr_base", "sched warmup_lr"),
        "timm",
    ),
    KeyedFormat("a torchtune config", ("optimizer._component_", "lr_scheduler._component_")),
    KeyedFormat("a fairseq config", ("optimization lr_scheduler", "optimization checkpoint task")),
    KeyedFormat("a Composer config", ("max_duration optimizer", "max_duration optimizers")),
    KeyedFormat("a config.yaml of Weights & Biases", ("wandb_version", "_wandb")),
    KeyedFormat("a Hydra config", ("hydra",)),
    KeyedFormat("a config with Hydra's `_target_`", ("optimizer._target_", "scheduler._target_")),
    # All the rest of a repository
    KeyedFormat("a GitHub workflow", ("on jobs",)),
    KeyedFormat("a GitHub action", ("runs inputs", "runs.using")),
    KeyedFormat("a pipeline of GitLab CI or DVC", ("stages",)),
    KeyedFormat("a configuration of pre-commit", ("repos",)),
    KeyedFormat("a package.json", ("name version scripts", "dependencies devDependencies")),
    KeyedFormat("a tsconfig.json", ("compilerOptions",)),
    KeyedFormat("a Docker Compose file", ("services",)),
    KeyedFormat("a Kubernetes manifest", ("apiVersion kind",)),
    KeyedFormat("a conda environment", ("channels dependencies",)),
    KeyedFormat("a MkDocs configuration", ("site_name",)),
    KeyedFormat("a Hydra config", ("defaults",)),
    KeyedFormat("a Jupyter notebook", ("cells nbformat",)),
    KeyedFormat("a JSON Schema", ("$schema $defs", "$schema properties")),
    KeyedFormat(
        "a list of hyperparameters, as in Lightning's hparams.yaml",
        ("learning_rate batch_size", "lr batch_size", "learning_rate weight_decay"),
    ),
)

TEXT_FORMATS = (
    TextFormat("an MMEngine config", r"(?:optim_wrapper|param_scheduler|lr_config|_base_)\s*="),
    TextFormat(PYTHON, r"(?:import \w|from [\w.]+ import |def \w+\(|class \w+[(:])"),
    TextFormat("a TOML file", r"\[\[?[\w.\"-]+\]\]?\s*(?:#.*)?$"),
    TextFormat("a shell script", r"#!.*\bsh\b"),
)


def format_of_mapping(document: object) -> str:
    """The kind of file that holds ``document``, plain data, in words; empty if it is not known."""
    row = _row_of(document)
    return "" if row is None else row.name


def family_of_mapping(document: object) -> str:
    """The family of configs that ``document`` is of, as ``--as`` names it; empty for others."""
    row = _row_of(document)
    return "" if row is None else row.family


def _row_of(document: object) -> KeyedFormat | None:
    if not isinstance(document, Mapping):
        return None
    return next(
        (
            each
            for each in KEYED_FORMATS
            if any(all(_has(document, path) for path in keys.split()) for keys in each.keys)
        ),
        None,
    )


def format_of_text(text: str) -> str:
    """The kind of file of ``text``, which is not a mapping; empty if it is not known."""
    found = (each.name for each in TEXT_FORMATS if re.search(f"^{each.line}", text, re.MULTILINE))
    return next(found, "")


def _has(document: Mapping[object, object], path: str) -> bool:
    value: object = document
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            return False
        value = value[key]
    return True
