"""axolotl: its own names for arguments of the Trainer, and its own schedules.

Source: axolotl 0.19.0, ``core/builders/base.py``, ``utils/trainer.py``, ``utils/data/sft.py``,
``core/trainers/mixins``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.deepspeed.beside_trainer import with_deepspeed
from lrplan.importers.fact import DATASET_SIZE, WORLD_SIZE, Fact
from lrplan.importers.family import ConfigFamily, Schedule
from lrplan.importers.hugging_face.axolotl_schedules import schedule_of
from lrplan.importers.hugging_face.trainer import RunLength, kind_of, optimizer_of


def _read(config: ConfigReader) -> Schedule | None:
    if not config.has("learning_rate"):
        config.refuse("learning_rate", "axolotl needs `learning_rate`")
    lr = config.number("learning_rate", 1.0)
    kind = kind_of(config, "lr_scheduler", "cosine")
    groups = _groups(config, lr)
    if groups is not None and kind.name.value == "rex":
        config.refuse("lr_scheduler", "`rex` with several learning rates is not understood")
    length, counted = _length(config)
    warmup = _warmup(config, counted)
    if kind.name.value == "constant" and config.has("warmup_steps") and warmup.value:
        message = "`warmup_steps` is not read: the schedule `constant` has no warm-up"
        config.warn_unread(
            "warmup_steps", message, "lr_scheduler: constant_with_warmup, or delete it"
        )
    schedule = {
        "training": length.training,
        "optimizer": optimizer_of(config, lr, "optimizer", groups),
        "scheduler": schedule_of(config, kind, lr, warmup, length.steps),
    }
    return with_deepspeed(config, schedule, warmup, length.steps)


def _length(config: ConfigReader) -> tuple[RunLength, int | None]:
    """The length of the run, and the updates that the warm-up is a share of; None: not known."""
    cap = config.integer("max_steps", 0) if config.has("max_steps") else ConfigValue(0, "max_steps")
    is_packed = config.boolean("sample_packing", default=False).value
    generates = config.text("rl", "").value in ("grpo", "ebft")
    if cap.value <= 0 and (is_packed or generates):
        cap = config.ask_integer("max_steps")
    if cap.value > 0 and (is_packed or generates or not _needs_data(config)):
        return RunLength({"steps": cap, "loop": "transformers"}, cap.value, "max_steps"), cap.value
    data = _data(config)
    counted = _updates(config, data)
    if cap.value > 0:
        shared = counted if config.has("rl") else min(counted, cap.value)
        return RunLength(
            {"steps": cap, **data, "loop": "transformers"}, cap.value, "max_steps"
        ), shared
    steps = config.number("num_epochs", 1.0).derive(counted)
    return RunLength(
        {"steps": steps, **data, "loop": "transformers"}, counted, "num_epochs"
    ), counted


def _needs_data(config: ConfigReader) -> bool:
    """Return True if the size of the data decides something beside ``max_steps``."""
    if config.has("warmup_steps"):
        return False
    if config.has("dataset_size") or config.has("rl"):
        return True
    config.assume("the data are taken to last for `max_steps`: the warm-up is a share of them")
    return False


def _data(config: ConfigReader) -> dict[str, ConfigValue[int]]:
    micro = config.integer("micro_batch_size", 1)
    count = config.integer("gradient_accumulation_steps", 1)
    if config.has("batch_size") and not config.has("gradient_accumulation_steps"):
        total = config.integer("batch_size", 1)
        count = total.derive(max(1, total.value // max(1, micro.value)))
    return {
        "dataset_size": config.ask_integer("dataset_size"),
        "batch_size": micro,
        "accumulate": count,
        "world_size": config.ask_integer("world_size"),
    }


def _updates(config: ConfigReader, data: Mapping[str, ConfigValue[int]]) -> int:
    """``ceil(samples * epochs / batch)``: axolotl does not round at the end of an epoch."""
    batch = data["batch_size"].value * data["accumulate"].value
    if config.has("batch_size"):
        batch = config.integer("batch_size", batch).value
    together = batch * data["world_size"].value
    if together <= 0:
        config.refuse("micro_batch_size", "an update needs at least one sample")
        return 1
    epochs = config.number("num_epochs", 1.0).value
    return max(1, math.ceil(data["dataset_size"].value * epochs / together))


def _warmup(config: ConfigReader, counted: int | None) -> ConfigValue[int]:
    """Ticks of the warm-up: ``int``, not ``ceil``, and 1 becomes 2."""
    steps, ratio = config.number("warmup_steps", 0), config.number("warmup_ratio", 0.03)
    if steps.is_given and ratio.is_given and steps.value and ratio.value:
        config.refuse("warmup_ratio", "`warmup_steps` and `warmup_ratio` exclude each other")
    if config.has("warmup_steps"):
        if not float(steps.value).is_integer() or steps.value < 0:
            message = f"must be a whole number, not {steps.value:g}"
            config.refuse("warmup_steps", message, "a share of the run is `warmup_ratio`")
        config.defaults.pop("warmup_ratio", None)
        return _at_least_two(steps, int(steps.value))
    config.defaults.pop("warmup_steps", None)
    if config.has("warmup_ratio"):
        return _at_least_two(ratio, max(int(ratio.value * (counted or 1)), 0))
    config.defaults["warmup_ratio"] = 0.03
    return _at_least_two(ratio, min(int(0.03 * (counted or 1)), 100))


def _at_least_two(source: ConfigValue[float], count: int) -> ConfigValue[int]:
    count = 2 if count == 1 else count
    return source.same(count) if count == source.value else source.derive(count)


def _groups(config: ConfigReader, lr: ConfigValue[float]) -> Mapping[str, object] | None:
    """The groups of LoRA+, of embeddings, and of ``lr_groups``."""
    if config.has("loraplus_lr_ratio"):
        ratio = config.number("loraplus_lr_ratio", 1.0)
        fast = ratio.derive(lr.value * ratio.value)
        return {
            "lora_a": {},
            "embedding": {"lr": config.number("loraplus_lr_embedding", 1e-6)},
            "lora_b": {"lr": fast},
            "lora_b_no_decay": {"lr": fast, "weight_decay": 0.0},
        }
    groups: dict[str, object] = {}
    if config.has("embedding_lr_scale"):
        scale = config.number("embedding_lr_scale", 1.0)
        groups["embeddings"] = {"lr": scale.derive(lr.value * scale.value), "weight_decay": 0.0}
    elif config.has("embedding_lr"):
        groups["embeddings"] = {"lr": config.number("embedding_lr", 1.0), "weight_decay": 0.0}
    node = config.get("lr_groups")
    for element in () if node is None else node.elements():
        name, own = element.get("name"), element.get("lr")
        if name is None or not isinstance(name.value, str) or own is None or own.number is None:
            config.refuse("lr_groups", "each needs `name`, `modules` and `lr`, a number")
            continue
        groups[name.value] = {"lr": ConfigValue(own.number, "lr_groups.lr", own)}
    if not groups:
        return None
    return {"decay": {}, **groups, "no_decay": {"weight_decay": 0.0}}


AXOLOTL = ConfigFamily(
    name="axolotl",
    title="an Axolotl config",
    release="axolotl 0.19",
    formats=("yaml",),
    read=_read,
    facts=(
        DATASET_SIZE,
        WORLD_SIZE,
        Fact("max_steps", "updates of the run, as axolotl logs them: the data decide", "1000"),
    ),
    own_names={
        "epochs": "num_epochs",
        "steps": "max_steps",
        "accumulate": "gradient_accumulation_steps",
    },
    notes=(
        "Updates are `ceil(samples * num_epochs / batch)`, without rounding at ends of epochs.",
        "`warmup_ratio` is rounded down; left out it is 3 %, at most 100 updates; 1 becomes 2.",
        "With `sample_packing` or GRPO the data decide the length: say `max_steps`.",
        "`cosine_min_lr_ratio` is read under `cosine` and `rex` only.",
    ),
)
"""The family of axolotl."""
