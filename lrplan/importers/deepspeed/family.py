"""A DeepSpeed config alone, as ``deepspeed.initialize`` takes it.

Each ``"auto"`` is asked for by the name that transformers gives it.
"""

from __future__ import annotations

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.deepspeed.optimizer import optimizer_of
from lrplan.importers.deepspeed.schedules import AutoValues, is_auto, scheduler_of
from lrplan.importers.fact import DATASET_SIZE, WORLD_SIZE, Fact
from lrplan.importers.family import ConfigFamily, Schedule

_LR = "optimizer.params.lr"
_TOTAL = "scheduler.params.total_num_steps"


def _read(config: ConfigReader) -> Schedule | None:
    if not config.has("optimizer") and not config.has("scheduler"):
        config.refuse("", "neither `optimizer` nor `scheduler`: nothing decides a learning rate")
        return None
    lr = _lr(config)
    filled = AutoValues(
        peak=lambda: config.ask_number("learning_rate"),
        warmup=lambda: config.ask_integer("warmup_steps"),
        total=lambda: _total(config),
    )
    scheduler = scheduler_of(config, filled) if config.has("scheduler") else None
    return {
        "training": _training(config),
        "optimizer": optimizer_of(config, lr),
        "scheduler": scheduler,
    }


def _total(config: ConfigReader) -> ConfigValue[int]:
    """The value of the Trainer for ``total_num_steps: auto``: the updates of the run."""
    if config.has("steps") and not config.has("max_steps"):
        return config.integer("steps", 1)
    return config.ask_integer("max_steps")


def _lr(config: ConfigReader) -> ConfigValue[float]:
    """The learning rate of the optimizer; without one, the script builds it."""
    if is_auto(config, _LR) or not config.has("optimizer"):
        return config.ask_number("learning_rate")
    return config.number(_LR, 1e-3)


def _training(config: ConfigReader) -> Schedule:
    """The length of the run, which the script decides."""
    batch = {
        "batch_size": config.integer("train_micro_batch_size_per_gpu", 1)
        if _is_number(config, "train_micro_batch_size_per_gpu")
        else None,
        "accumulate": config.integer("gradient_accumulation_steps", 1)
        if _is_number(config, "gradient_accumulation_steps")
        else None,
    }
    if config.has("epochs"):
        epochs = config.integer("epochs", 1)
        data = {"dataset_size": config.ask_integer("dataset_size")}
        return {"epochs": epochs, **data, "world_size": config.ask_integer("world_size"), **batch}
    if config.has("steps"):
        return {"steps": config.integer("steps", 1), **batch}
    if _is_number(config, _TOTAL):
        config.assume("the run is taken to last for `total_num_steps`")
        return {"steps": config.integer(_TOTAL, 1), **batch}
    if is_auto(config, _TOTAL):
        return {"steps": config.ask_integer("max_steps"), **batch}
    return {"steps": config.ask_integer("steps"), **batch}


def _is_number(config: ConfigReader, key: str) -> bool:
    return config.has(key) and not is_auto(config, key)


DEEPSPEED = ConfigFamily(
    name="deepspeed",
    title="a DeepSpeed config",
    release="DeepSpeed 0.19.8",
    formats=("json", "yaml"),
    read=_read,
    facts=(
        Fact("learning_rate", "the peak, `auto` in the config", "1e-4"),
        Fact("warmup_steps", "updates of the warm-up, `auto` in the config", "100"),
        Fact("max_steps", "updates of the run, `auto` in the config", "10000"),
        Fact("steps", "updates of the run, which the script decides", "10000"),
        DATASET_SIZE,
        WORLD_SIZE,
    ),
    notes=(
        "`warmup_type` is `log` unless the config says `linear`.",
        "`WarmupDecayLR` climbs to `warmup_max_lr`, 0.001 by default, whatever the optimizer has.",
        "Named by `deepspeed:` of a config of the Trainer, its `auto` is filled in from there.",
        "Where DeepSpeed is installed its own classes run; elsewhere lrplan's formulas of 0.19.8.",
        "What contradicts the Trainer's arguments is refused, as transformers does.",
    ),
)
"""The family of DeepSpeed."""
