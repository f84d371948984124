"""``TrainingArguments`` of transformers: a flat mapping, for ``HfArgumentParser``."""

from __future__ import annotations

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.deepspeed.beside_trainer import with_deepspeed
from lrplan.importers.family import ConfigFamily, Schedule
from lrplan.importers.hugging_face.trainer import (
    FACTS,
    OWN_NAMES,
    RELEASE,
    kind_of,
    length_of_run,
    optimizer_of,
    scheduler_of,
)
from lrplan.importers.hugging_face.warmup import warmup_of


def read(config: ConfigReader, default_lr: float = 5e-5, default_kind: str = "linear") -> Schedule:
    """The schedule of a run of the Trainer."""
    lr = config.number("learning_rate", default_lr)
    kind = kind_of(config, default=default_kind)
    length = length_of_run(config)
    warmup = warmup_of(config, length.steps, kind.name.value)
    schedule = {
        "training": length.training,
        "optimizer": optimizer_of(config, lr),
        "scheduler": scheduler_of(config, kind, lr, warmup, length.steps),
    }
    return with_deepspeed(config, schedule, warmup, length.steps)


TRANSFORMERS = ConfigFamily(
    name="transformers",
    title="a config with TrainingArguments of transformers",
    release=RELEASE,
    formats=("yaml", "json", "toml"),
    read=read,
    facts=FACTS,
    own_names=OWN_NAMES,
    notes=(
        "A `warmup_ratio` is read by the rules of 4.57, the last release that had it.",
        "`warmup_steps` below 1 is a share of the run, rounded up; until 4.57 it was refused.",
        "Under `constant` a warm-up is not made; that is a finding.",
        "Schedules are lrplan's own, such as `WarmupCosine`: transformers is not imported.",
    ),
)
"""The family of the Trainer itself."""
