"""The groups that MMEngine makes of ``paramwise_cfg``: one for all parameters treated alike.

Source: mmengine 0.10.7, ``optim/optimizer/default_constructor.py``; for rates by layer,
``LearningRateDecayOptimizerConstructor`` of mmsegmentation and mmdetection.
"""

from __future__ import annotations

import re

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.family import Schedule
from lrplan.node import Node

_PATH = "optim_wrapper.paramwise_cfg"
_DECAYS = {"norm_decay_mult": "norm", "dwconv_decay_mult": "dwconv", "flat_decay_mult": "flat"}
_PLAIN = ("DefaultOptimWrapperConstructor", "")
_MAX_LAYERS = 500


def read_groups(
    config: ConfigReader, lr: ConfigValue[object] | None, decay: ConfigValue[object] | None
) -> Schedule | None:
    """The groups of the optimizer; None for a single one.

    Args:
        config: the config.
        lr: the optimizer's rate.
        decay: the optimizer's weight decay.
    """
    named = config.get("optim_wrapper.constructor")
    constructor = "" if named is None else str(named.value).rpartition(".")[2]
    rates = config.get(_PATH)
    if constructor not in _PLAIN:
        return _layers(config, constructor, lr)
    if rates is None:
        return None
    groups: dict[str, dict[str, object]] = {"default": {}}
    for key, node in _items(rates.get("custom_keys")):
        groups[_group_name(key)] = {
            **_multiple(config, node, "lr", lr, f"{_PATH}.custom_keys.{key}.lr_mult"),
            **_multiple(config, node, "decay", decay, f"{_PATH}.custom_keys.{key}.decay_mult"),
        }
    bias = {
        **_multiple(config, rates, "bias_lr", lr, f"{_PATH}.bias_lr_mult"),
        **_multiple(config, rates, "bias_decay", decay, f"{_PATH}.bias_decay_mult"),
    }
    if bias:
        groups["bias"] = bias
    for key, name in _DECAYS.items():
        made = _multiple(config, rates, key.removesuffix("_mult"), decay, f"{_PATH}.{key}")
        if made:
            groups[name] = made
    offset = _multiple(config, rates, "dcn_offset_lr", lr, f"{_PATH}.dcn_offset_lr_mult")
    if offset:
        groups["dcn_offset"] = offset
    return groups if len(groups) > 1 else None


def _multiple(
    config: ConfigReader, node: Node, of: str, base: ConfigValue[object] | None, key: str
) -> dict[str, object]:
    """``{"lr": base * lr_mult}`` where the node has that key, and ``{}`` where it does not."""
    factor = node.get(f"{of}_mult")
    if factor is None or factor.value is None or base is None:
        return {}
    config.read.add(key)
    if factor.number is None or not isinstance(base.value, (int, float)):
        config.problems.add("wrong-type", factor.place, f"`{key}` must be a number", path=key)
        return {}
    field = "lr" if of.endswith("lr") else "weight_decay"
    return {field: ConfigValue(base.value * factor.number, key, factor, exact=False)}


def _layers(
    config: ConfigReader, constructor: str, lr: ConfigValue[object] | None
) -> Schedule | None:
    """Rates that fall layer by layer towards the stem."""
    key = next(
        (each for each in ("decay_rate", "layer_decay_rate") if config.has(f"{_PATH}.{each}")), ""
    )
    if not key or lr is None or not isinstance(lr.value, (int, float)):
        message = f"`{constructor}` sets learning rates by rules that lrplan does not know"
        config.refuse("optim_wrapper.constructor", message)
        return None
    rate = config.number(f"{_PATH}.{key}", 1.0)
    own = f"{_PATH}.num_layers"
    layers = config.integer(own, 1) if config.has(own) else config.ask_integer("layers")
    if not 0 <= layers.value <= _MAX_LAYERS:
        config.refuse(own, f"the layers must be at most {_MAX_LAYERS}, not {layers.value}")
        return None
    last = layers.value + 1  # the stem comes before the layers, the head after them
    return {
        f"layer_{index}": {"lr": rate.derive(lr.value * rate.value ** (last - index))}
        for index in range(last + 1)
    }


def _items(node: Node | None) -> tuple[tuple[str, Node], ...]:
    return () if node is None else node.items()


def _group_name(key: str) -> str:
    return re.sub(r"[^\w.]+", "_", key).strip("_.") or "custom"
