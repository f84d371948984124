"""What the schedulers of DeepSpeed are made of: their parameters, and schedulers of a spec."""

from __future__ import annotations

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.family import Schedule
from lrplan.importers.value import Value

PARAMS = "scheduler.params"


def is_auto(config: ConfigReader, key: str) -> bool:
    """Return True if the config leaves ``key`` to the Trainer."""
    node = config.get(key)
    return node is not None and node.value == "auto"


def number(config: ConfigReader, name: str, default: float) -> float:
    """A parameter of the scheduler."""
    return config.number(f"{PARAMS}.{name}", default).value


def expression(value: Value[str]) -> Schedule:
    """A scheduler whose factor is an expression."""
    return {"type": "LambdaLR", "lr_lambda": value, "interval": "step"}


def lines(*points: tuple[object, object], **arguments: object) -> Schedule:
    """Lines between points: pairs of a tick and the learning rate of all groups there."""
    pairs = [list(each) for each in points]
    return {"type": "PiecewiseLinear", "points": pairs, **arguments, "interval": "step"}
