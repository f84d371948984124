"""Small example specs for the rows of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from lrplan.catalog.rows import OptimizerRow, SchedulerRow
from lrplan.text import yaml_flow

_TRAINING = "training: {epochs: 30, steps_per_epoch: 100}"
_PLAIN_SGD = "optimizer: {type: SGD, lr: 0.1}"
_DECAYING = "optimizer: {type: AdamW, lr: 0.001, weight_decay: 0.04}"
_METRICS = ("metrics:", '  val_loss: {expr: "1 / (1 + min(epoch, 12))"}')


def example(row: SchedulerRow | OptimizerRow) -> str:
    """A whole spec, in YAML, whose one schedule uses ``row``; ends with a newline.

    It gives the arguments that have an ``Argument.example``, among them all required ones.
    """
    body = _scheduler(row) if isinstance(row, SchedulerRow) else _optimizer(row)
    return "\n".join((_TRAINING, "schedules:", "  example:", *_indented(_indented(body)), ""))


def _scheduler(row: SchedulerRow) -> list[str]:
    entries: dict[str, object] = {"type": row.name}
    if row.meant_for == "step":
        entries["interval"] = "step"
    entries |= {each.name: each.example for each in row.arguments if each.example is not None}
    optimizer = _DECAYING if _drives_decay(row) else _PLAIN_SGD
    lines = [optimizer, *_entry("scheduler", entries)]
    reads_one = row.metric and all(each.kind != "scheduler" for each in row.arguments)
    return [*lines, *_METRICS] if reads_one else lines


def _drives_decay(row: SchedulerRow) -> bool:
    field = row.argument("param_group_field")
    return field is not None and "weight_decay" in (field.default, field.example)


def _entry(name: str, value: object) -> list[str]:
    """A key and its value, a line each if schedulers are nested; not indented."""
    # PyYAML is not needed for this, and would not give the layout that people write: plain values
    # in flow style on one line (`milestones: [15ep, 25ep]`), nested schedulers as a block list
    # whose items begin with a dash (`- type: LinearLR`).
    if isinstance(value, Mapping):
        return [f"{name}:", *_indented(_entries(value))]
    if isinstance(value, tuple) and isinstance(value[0], Mapping):
        items = [_indented(_entries(item)) for item in value]
        return [f"{name}:", *_indented([line for item in items for line in _dashed(item)])]
    return [f"{name}: {yaml_flow(value)}"]


def _entries(mapping: Mapping[str, object]) -> list[str]:
    return [line for key, value in mapping.items() for line in _entry(key, value)]


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _dashed(lines: list[str]) -> list[str]:
    return [f"-{lines[0][1:]}", *lines[1:]]


def _optimizer(row: OptimizerRow) -> list[str]:
    lr = row.argument("lr")
    default_lr = "" if lr is None else f", lr: {yaml_flow(lr.default)}"
    return [
        f"optimizer: {{type: {row.name}{default_lr}}}",
        "scheduler: {type: CosineAnnealingLR, T_max: 30ep}",
    ]
