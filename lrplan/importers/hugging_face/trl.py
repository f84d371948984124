"""TRL: TrainingArguments whose defaults each trainer changes.

Source: the ``*_config.py`` of trl 1.16.0.
"""

from __future__ import annotations

from lrplan.catalog import nearest
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.fact import Fact
from lrplan.importers.family import ConfigFamily, Schedule
from lrplan.importers.hugging_face.trainer import FACTS, OWN_NAMES
from lrplan.importers.hugging_face.transformers import read as read_trainer
from lrplan.text import join_words

_RELEASE = "trl 1.16"
_LR = {
    "sft": 2e-5,
    "dpo": 1e-6,
    "kto": 1e-6,
    "grpo": 1e-6,
    "rloo": 1e-6,
    "reward": 1e-4,
    "online_dpo": 5e-7,
    "cpo": 1e-6,
    "orpo": 1e-6,
    "tpo": 5e-7,
    "gkd": 2e-5,
    "gold": 1e-7,
    "distillation": 1e-6,
    "async_grpo": 1e-6,
}
"""The default of ``learning_rate``, by trainer."""

_GENERATE = ("grpo", "rloo", "async_grpo", "online_dpo")
_GENERATION_KEYS = ("num_generations", "steps_per_generation", "num_iterations")


def _read(config: ConfigReader) -> Schedule | None:
    trainer = _trainer(config)
    if trainer not in ("", *_LR):
        hint = nearest(trainer, tuple(_LR)) or join_words(tuple(_LR))
        config.refuse("trainer", f"lrplan knows no trainer `{trainer}` of TRL", f"it knows {hint}")
        return None
    generates = trainer in _GENERATE or any(map(config.has, _GENERATION_KEYS))
    if generates and config.integer("max_steps", -1).value < 0:
        config.ask_integer("steps_per_epoch")
    if trainer == "sft" or not trainer:
        _note_packing(config)
    kind = "constant" if trainer == "async_grpo" else "linear"
    schedule = read_trainer(config, _LR.get(trainer, 1.0), kind)
    config.release = f"{_RELEASE} on {config.release}" if config.release else _RELEASE
    return schedule


def _trainer(config: ConfigReader) -> str:
    """The trainer, where a default depends on it: no config names it."""
    if config.has("trainer"):
        return config.text("trainer", "").value.lower()
    if config.has("learning_rate"):
        return ""
    return config.ask_text("trainer", "sft").value


def _note_packing(config: ConfigReader) -> None:
    if config.boolean("packing", default=False).value and config.has("dataset_size"):
        config.assume("`packing` is on: `dataset_size` is taken for the number of packed sequences")


TRL = ConfigFamily(
    name="trl",
    title="a config of TRL",
    release=_RELEASE,
    formats=("yaml", "json"),
    read=_read,
    facts=(
        *FACTS,
        Fact("trainer", "the trainer, such as sft or dpo: defaults depend on it", "sft"),
        Fact("steps_per_epoch", "updates of an epoch: the generations decide it", "100"),
    ),
    own_names=OWN_NAMES,
    notes=(
        "No config names its trainer: without `learning_rate`, say `--set trainer=sft`.",
        "GRPO and RLOO count updates by generations: say `steps_per_epoch`, or `max_steps`.",
        "With `packing: true`, `dataset_size` is the number of packed sequences.",
    ),
)
"""The family of TRL's trainers."""
