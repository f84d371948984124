"""The optimizer of a DeepSpeed config, with the names of torch."""

from __future__ import annotations

from lrplan.catalog import OPTIMIZERS
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.deepspeed.schedules import is_auto
from lrplan.importers.family import Schedule

_PARAMS = "optimizer.params"


def optimizer_of(config: ConfigReader, lr: ConfigValue[float]) -> Schedule:
    """The optimizer, with the Trainer's defaults for what it leaves to the Trainer."""
    kind = type_of(config)
    optimizer: dict[str, object] = {"type": kind, "lr": lr}
    # DeepSpeed's Lamb and Lion, which decay nothing by default either.
    stand_in = bool(OPTIMIZERS[kind.value].package)
    if kind.value in ("Adam", "AdamW"):
        optimizer["betas"] = _betas(config)
    elif stand_in and config.has(f"{_PARAMS}.betas") and not is_auto(config, f"{_PARAMS}.betas"):
        optimizer["betas"] = config.numbers(f"{_PARAMS}.betas", [0.9, 0.999])
    key = f"{_PARAMS}.weight_decay"
    if is_auto(config, key):
        config.assume("`weight_decay` is taken for 0, the default of transformers")
        optimizer["weight_decay"] = 0.0
    elif config.has(key) or stand_in or _is_own_adam(config):
        optimizer["weight_decay"] = config.number(key, 0.0)
    return optimizer


def _is_own_adam(config: ConfigReader) -> bool:
    """Return True for DeepSpeed's own Adam, which decays nothing by default; torch's AdamW does."""
    named = config.has("optimizer.type") and config.text("optimizer.type", "AdamW").value
    if named not in ("Adam", "AdamW"):
        return False
    key = f"{_PARAMS}.torch_adam"
    return not (config.has(key) and config.boolean(key, default=False).value)


def type_of(config: ConfigReader) -> ConfigValue[str]:
    """The optimizer's class in torch, or its stand-in."""
    name = config.text("optimizer.type", "AdamW")
    return name.derive(_kind(config, name.value))


def _kind(config: ConfigReader, name: str) -> str:
    if name == "Adam":
        # The decay of DeepSpeed's Adam is decoupled, as AdamW's is, unless the config says no.
        decoupled = config.boolean(f"{_PARAMS}.adam_w_mode", default=True).value
        return "AdamW" if decoupled else "Adam"
    if name in OPTIMIZERS:
        return name
    config.assume(f"`{name}` is shown as AdamW: its own betas and decay are not known")
    return "AdamW"


def _betas(config: ConfigReader) -> object:
    key = f"{_PARAMS}.betas"
    if is_auto(config, key):
        config.assume("`betas` are taken for 0.9 and 0.999, the defaults of transformers")
        return [0.9, 0.999]
    return config.numbers(key, [0.9, 0.999])
