"""A DeepSpeed config that the arguments of transformers' Trainer name by ``deepspeed:``.

Its scheduler runs in place of the Trainer's. ``"auto"`` is filled in from the arguments, and what
contradicts them is refused.

Source: transformers 5.24.0, ``integrations/deepspeed.py``: ``deepspeed_optim_sched``,
``HfTrainerDeepSpeedConfig.trainer_config_process`` and ``trainer_config_finalize``.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.deepspeed.optimizer import type_of
from lrplan.importers.deepspeed.schedules import AutoValues, is_auto, scheduler_of
from lrplan.importers.family import Schedule
from lrplan.importers.other_files import OtherFileError, at_place
from lrplan.node import Node

_KEY = "deepspeed"


def with_deepspeed(
    config: ConfigReader, schedule: Schedule, warmup: ConfigValue[int], steps: int
) -> Schedule:
    """``schedule``, which the Trainer builds, with what the DeepSpeed config replaces in it.

    Args:
        config: the arguments of the Trainer.
        schedule: what it builds of them alone.
        warmup: ticks of its warm-up.
        steps: updates of the run; a placeholder where facts are missing.
    """
    root = _open(config)
    optimizer = schedule["optimizer"]
    if root is None or not isinstance(optimizer, dict):
        return schedule
    other = config.reader_of_other_file(root)
    lr = optimizer["lr"]
    if not config.missing:
        _check_matches(config, other, optimizer, lr, warmup, steps)
    if other.has("optimizer"):
        schedule = {**schedule, "optimizer": {**optimizer, "type": type_of(other)}}
    if not other.has("scheduler"):
        return schedule
    total = ConfigValue(steps, "scheduler.params.total_num_steps", config.get(_KEY), exact=False)
    filled = AutoValues(
        peak=lambda: lr,
        warmup=lambda: warmup.derive(max(1, warmup.value)),
        total=lambda: total,
    )
    config.assume(f"the scheduler of `{_KEY}` runs, and not the Trainer's own")
    return {**schedule, "scheduler": scheduler_of(other, filled)}


def _open(config: ConfigReader) -> Node | None:
    """The tree of the DeepSpeed config, all of it at the place of the key that names it."""
    node = config.get(_KEY)
    if node is None or node.is_mapping:
        return node
    if not isinstance(node.value, str):
        config.refuse(_KEY, "must be the name of a file, or a mapping")
        return None
    try:
        root = config.others.open(node.value, formats=("json",)).config.root
    except OtherFileError as error:
        config.refuse(_KEY, str(error), "write it in here, or beside this config")
        return None
    return None if root is None else at_place(root, node.place)


def _check_matches(
    config: ConfigReader,
    other: ConfigReader,
    optimizer: dict[str, object],
    lr: ConfigValue[float],
    warmup: ConfigValue[int],
    steps: int,
) -> None:
    """Refuse what contradicts the arguments, as ``trainer_config_finalize`` does."""
    decay = optimizer["weight_decay"]
    for key, value, name in (
        ("optimizer.params.lr", lr.value, lr.key),
        ("optimizer.params.weight_decay", _plain(decay), "weight_decay"),
        ("scheduler.params.warmup_max_lr", lr.value, lr.key),
        ("scheduler.params.total_num_steps", steps, "the number of updates"),
        ("scheduler.params.warmup_num_steps", max(1, warmup.value), "the warm-up"),
        *_batches(config),
    ):
        node = other.get(key)
        if node is not None and not is_auto(other, key) and node.number != value:
            message = f"`{key}` is {node.value}, and {name} of this config is {value:g}"
            config.refuse(_KEY, message, 'write "auto" there: transformers refuses the two')


def _batches(config: ConfigReader) -> Iterator[tuple[str, float, str]]:
    for key, own in (
        ("train_micro_batch_size_per_gpu", ("per_device_train_batch_size", "micro_batch_size")),
        ("gradient_accumulation_steps", ("gradient_accumulation_steps",)),
    ):
        for name in own:
            if config.has(name):
                yield key, float(config.integer(name, 1).value), name


def _plain(value: object) -> float:
    number = value.value if isinstance(value, ConfigValue) else value
    return float(number) if isinstance(number, (int, float)) else 0.0
