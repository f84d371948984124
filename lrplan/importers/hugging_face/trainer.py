"""Code that the four dialects share: run length, optimizer and schedule of the Trainer.

Source: transformers 5.24.0, ``trainer.py`` (``set_initial_training_values``, ``create_scheduler``)
and ``trainer_optimizer.py``; 4.57.1 counts updates alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lrplan.catalog import OPTIMIZERS, nearest
from lrplan.clock import Clock, ClockError, TrainingSettings
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.fact import DATASET_SIZE, WORLD_SIZE
from lrplan.importers.family import Schedule
from lrplan.importers.hugging_face.options import OptionError, SchedulerKwargs
from lrplan.importers.hugging_face.schedules import (
    NEED_METRIC,
    SCHEDULES,
    TAKE_NO_OPTIONS,
    RunFacts,
)
from lrplan.node import Node
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text import join_words
from lrplan.text_position import InputText

RELEASE = "transformers 5.24"
FACTS = (DATASET_SIZE, WORLD_SIZE)

_TORCH = {
    "adamw_torch": "AdamW",
    "adamw_torch_fused": "AdamW",
    "adamw_torch_xla": "AdamW",
    "adamw_torch_npu_fused": "AdamW",
    "adamw_hf": "AdamW",
    "adamw_anyprecision": "AdamW",
    "adamw_torch_4bit": "AdamW",
    "adamw_torch_8bit": "AdamW",
    "adamw_bnb_8bit": "AdamW",
    "adamw_8bit": "AdamW",
    "paged_adamw_32bit": "AdamW",
    "paged_adamw_8bit": "AdamW",
    "sgd": "SGD",
    "adagrad": "Adagrad",
    "rmsprop": "RMSprop",
}
"""``optim`` of transformers that are classes of torch, or of the same arithmetic."""

_STAND_INS: dict[str, tuple[str, dict[str, object]]] = {
    "adafactor": ("transformers:Adafactor", {"scale_parameter": False, "relative_step": False}),
    "lion_32bit": ("Lion", {}),
    "paged_lion_32bit": ("Lion", {}),
    "lion_8bit": ("Lion8bit", {}),
    "paged_lion_8bit": ("Lion8bit", {}),
    "schedule_free_adamw": ("AdamWScheduleFree", {}),
    "schedule_free_radam": ("RAdamScheduleFree", {}),
    "schedule_free_sgd": ("SGDScheduleFree", {}),
}
"""``optim`` of transformers that lrplan has stand-ins for, with what the Trainer gives them."""


@dataclass(frozen=True, slots=True)
class RunLength:
    """The length of a run.

    Args:
        training: as a spec has it.
        steps: the number of updates; a placeholder where facts are missing.
        key: the key that decides it.
    """

    training: Mapping[str, object]
    steps: int
    key: str


OWN_NAMES = {
    "epochs": "num_train_epochs",
    "steps": "max_steps",
    "batch_size": "per_device_train_batch_size",
    "accumulate": "gradient_accumulation_steps",
    "drop_last": "dataloader_drop_last",
}
"""Keys of ``training`` as the Trainer names them."""


def length_of_run(config: ConfigReader) -> RunLength:
    """Updates of the run: ``max_steps``, else epochs of data that the user is asked for."""
    cap = config.integer("max_steps", -1)
    config.defaults.pop("max_steps", None)
    if cap.value > 0:
        return RunLength({"steps": cap, "loop": "transformers"}, cap.value, "max_steps")
    if cap.value == 0:
        config.refuse("max_steps", "no update is made with `max_steps: 0`", "-1: epochs decide")
    epochs = config.number("num_train_epochs", 3.0)
    training: dict[str, ConfigValue[object]] = {"epochs": epochs}
    accumulate = config.integer("gradient_accumulation_steps", 1)
    if accumulate.value != 1:
        training["accumulate"] = accumulate
    for key in ("steps_per_epoch", "batches_per_epoch"):
        if config.has(key) or key in config.missing:
            training[key] = config.integer(key, 1)
            break
    else:
        training |= _data(config)
    length = {**training, "loop": "transformers"}
    return RunLength(length, _steps(config, training, epochs.key), "num_train_epochs")


def _data(config: ConfigReader) -> dict[str, ConfigValue[object]]:
    data: dict[str, object] = {
        "dataset_size": config.ask_integer("dataset_size"),
        "batch_size": config.integer("per_device_train_batch_size", 8),
        "world_size": config.ask_integer("world_size"),
    }
    drop_last = config.boolean("dataloader_drop_last", default=False)
    if drop_last.value:
        data["drop_last"] = drop_last
    return data  # type: ignore[return-value]


def _steps(config: ConfigReader, training: Mapping[str, ConfigValue[object]], key: str) -> int:
    if config.missing or config.problems.findings:
        return 1
    plain = {name: value.value for name, value in training.items()}
    try:
        return Clock.derive(TrainingSettings(**plain, loop="transformers")).steps  # type: ignore[arg-type]
    except ClockError as error:
        value = training.get(error.key)
        config.refuse(key if value is None else value.key, error.message, error.fix)
        return 1


@dataclass(frozen=True, slots=True)
class NamedSchedule:
    """The schedule that a config asks for, and the key that names it."""

    name: ConfigValue[str]
    options: Node | None
    options_key: str


def kind_of(
    config: ConfigReader,
    key: str = "lr_scheduler_type",
    default: str = "linear",
    options_key: str = "lr_scheduler_kwargs",
) -> NamedSchedule:
    """The schedule by name, and its arguments: a mapping, or JSON in a text."""
    name = config.text(key, default)
    node = config.get(options_key)
    if node is not None and isinstance(node.value, str):
        problems = Problems(InputText("", node.value))
        parsed = parse(problems.source, problems) if node.value.strip() else None
        node = None if parsed is None else Node(parsed.value, node.place, node.key_place)
    if node is not None and not node.is_mapping:
        config.refuse(options_key, "must be a mapping")
        node = None
    return NamedSchedule(name, node, options_key)


def scheduler_of(
    config: ConfigReader,
    kind: NamedSchedule,
    lr: ConfigValue[float],
    warmup: ConfigValue[int],
    steps: int,
) -> Schedule | None:
    """The scheduler of a spec; None for a constant one, and after reporting why not."""
    name = kind.name.value
    if name in TAKE_NO_OPTIONS and kind.options is not None:
        message = f"`{kind.options_key}` is not read: `{name}` takes no arguments"
        config.warn_unread(kind.options_key, message, "delete it")
    if name == "constant":
        return None
    if name in NEED_METRIC:
        message = f"`{name}` follows a metric, and no config has its values"
        config.refuse(kind.name.key, message, "write a spec with `metrics` for it")
        return None
    make = SCHEDULES.get(name)
    if make is None:
        hint = nearest(name, tuple(SCHEDULES)) or join_words(("constant", *SCHEDULES))
        config.refuse(kind.name.key, f"there is no schedule `{name}`", f"did you mean {hint}?")
        return None
    options = SchedulerKwargs(None if name in TAKE_NO_OPTIONS else kind.options, kind.options_key)
    try:
        made = make(RunFacts(lr.value, warmup, steps), options)
        options.check_all_known()
    except OptionError as error:
        config.refuse(f"{kind.options_key}.{error.key}" if error.key else kind.name.key, str(error))
        return None
    return at_key_place(kind, made)


def at_key_place(kind: NamedSchedule, made: Schedule) -> Schedule:
    """``made`` at the place of the key that asks for it: its expression, else its type."""
    key = "lr_lambda" if "lr_lambda" in made else "type"
    return {**made, key: kind.name.derive(made[key])}


def optimizer_of(
    config: ConfigReader,
    lr: ConfigValue[float],
    key: str = "optim",
    groups: Mapping[str, object] | None = None,
) -> Schedule:
    """The optimizer as torch has it, or a stand-in; one that has none is shown as AdamW."""
    name = config.text(key, "adamw_torch_fused")
    decay = config.number("weight_decay", 0.0)
    stand_in, extra = _STAND_INS.get(name.value, (None, {}))
    kind = _TORCH.get(name.value, stand_in)
    if "layerwise" in name.value or name.value in ("lomo", "adalomo"):
        config.refuse(
            key, f"`{name.value}` steps inside the backward pass, which is not understood"
        )
    elif kind is None:
        config.assume(f"`{name.value}` is shown as AdamW: its own betas and decay are not known")
    optimizer: dict[str, object] = {"type": name.derive(kind or "AdamW"), "lr": lr, **extra}
    if kind in (None, "AdamW") or (stand_in and OPTIMIZERS[stand_in].argument("betas")):
        beta1, beta2 = config.number("adam_beta1", 0.9), config.number("adam_beta2", 0.999)
        optimizer["betas"] = [beta1, beta2]
    optimizer["weight_decay"] = decay
    if groups is not None:
        optimizer["groups"] = groups
    elif decay.value:
        # Biases and weights of norms are never decayed.
        optimizer["groups"] = {"decay": {}, "no_decay": {"weight_decay": 0.0}}
    return optimizer
