"""LLaMA-Factory: TrainingArguments, and arguments of its own, in one flat mapping.

Source: llamafactory 0.9.5, ``train/trainer_utils.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.deepspeed.beside_trainer import with_deepspeed
from lrplan.importers.family import ConfigFamily, Schedule
from lrplan.importers.hugging_face.trainer import (
    FACTS,
    OWN_NAMES,
    NamedSchedule,
    kind_of,
    length_of_run,
    optimizer_of,
    scheduler_of,
)
from lrplan.importers.hugging_face.warmup import warmup_of
from lrplan.node import Node
from lrplan.text_position import START

_RELEASE = "LLaMA-Factory 0.9.5"


def _read(config: ConfigReader) -> Schedule | None:
    stage = config.text("stage", "sft")
    if stage.value == "ppo":
        config.refuse("stage", "PPO counts its updates by a buffer of its own: not understood")
        return None
    lr, kind = config.number("learning_rate", 5e-5), kind_of(config)
    if config.boolean("streaming", default=False).value and not config.has("max_steps"):
        config.refuse("streaming", "streamed data have no length: `max_steps` is needed")
    length = length_of_run(config)
    warmup = warmup_of(config, length.steps, kind.name.value)
    kind = _with_stable_phase(kind, warmup.value, length.steps)
    config.release = f"{_RELEASE} on {config.release}" if config.release else _RELEASE
    schedule = {
        "training": length.training,
        "optimizer": optimizer_of(config, lr, groups=_groups(config, lr)),
        "scheduler": scheduler_of(config, kind, lr, warmup, length.steps),
    }
    return with_deepspeed(config, schedule, warmup, length.steps)


def _groups(config: ConfigReader, lr: ConfigValue[float]) -> Mapping[str, object] | None:
    """The groups of LoRA+: matrices B learn faster."""
    if not config.has("loraplus_lr_ratio"):
        return None
    ratio = config.number("loraplus_lr_ratio", 1.0)
    fast = ratio.derive(lr.value * ratio.value)
    return {
        "lora_a": {},
        "lora_b": {"lr": fast},
        "lora_b_no_decay": {"lr": fast, "weight_decay": 0.0},
        "embedding": {"lr": config.number("loraplus_lr_embedding", 1e-6)},
    }


def _with_stable_phase(kind: NamedSchedule, warmup: int, steps: int) -> NamedSchedule:
    """``warmup_stable_decay`` with LLaMA-Factory's lengths: a third of the rest is stable."""
    if kind.name.value != "warmup_stable_decay":
        return kind
    rest = steps - warmup
    stable = rest // 3
    place = START if kind.options is None else kind.options.place
    defaults = {"num_stable_steps": stable, "num_decay_steps": rest - stable}
    own = {} if kind.options is None else dict(kind.options.items())
    nodes = {key: Node(value, place) for key, value in defaults.items()}
    return replace(kind, options=Node({**nodes, **own}, place))


LLAMA_FACTORY = ConfigFamily(
    name="llamafactory",
    title="a config of LLaMA-Factory",
    release=_RELEASE,
    formats=("yaml", "json"),
    read=_read,
    facts=FACTS,
    own_names=OWN_NAMES,
    notes=(
        "`dataset_size` is the number of samples after `max_samples` and `val_size`.",
        "`warmup_stable_decay` without lengths is stable for a third of what follows the warm-up.",
        "`loraplus_lr_ratio` gives the groups of LoRA+; one that the model lacks is empty.",
        "`stage: ppo` is refused.",
    ),
)
"""The family of LLaMA-Factory."""
