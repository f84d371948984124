"""timm: ``args.yaml``, which ``train.py`` writes into the folder of each run.

Source: timm 1.0.31: ``train.py``, ``timm/scheduler/scheduler_factory.py``,
``timm/optim/_param_groups.py``.
"""

from __future__ import annotations

from lrplan.catalog import OPTIMIZERS
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.fact import DATASET_SIZE, WORLD_SIZE, Fact
from lrplan.importers.family import ConfigFamily, Schedule
from lrplan.importers.timm_schedule import ScheduleClock, read_scheduler

_BATCHES = Fact("batches_per_epoch", "batches of an epoch on one device, instead of dataset_size")
_LAYERS = Fact(
    "layers", "groups that `layer_decay` makes of the model, head and stem counted", "14"
)

_TORCH = {
    "sgd": ("SGD", {"nesterov": True}),
    "nesterov": ("SGD", {"nesterov": True}),
    "momentum": ("SGD", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "nadam": ("NAdam", {}),
    "radam": ("RAdam", {}),
    "adamax": ("Adamax", {}),
    "rmsprop": ("RMSprop", {}),
}
_STAND_INS = {
    "adan": ("Adan", {}),
    "adanw": ("Adan", {"no_prox": True}),
    "lamb": ("Lamb", {}),
    "lambc": ("Lamb", {"trust_clip": True}),
    "lambw": ("Lamb", {"decoupled_decay": True}),
    "laprop": ("LaProp", {}),
    "lars": ("Lars", {}),
    "larc": ("Lars", {"trust_clip": True}),
    "nlars": ("Lars", {"nesterov": True}),
    "lion": ("Lion", {}),
    "madgrad": ("MADGRAD", {}),
    "madgradw": ("MADGRAD", {"decoupled_decay": True}),
    "novograd": ("NvNovoGrad", {}),
    "novogradw": ("NvNovoGrad", {"decoupled_decay": True}),
    "rmsproptf": ("RMSpropTF", {}),
    "rmsproptfw": ("RMSpropTF", {"decoupled_decay": True}),
}
"""Optimizers of timm with a stand-in, as ``timm/optim/_optim_factory.py`` makes them."""
_MAX_LAYERS = 500


def _read(config: ConfigReader) -> Schedule | None:
    data = _data(config)
    accumulate = config.integer("grad_accum_steps", 1)
    clock = _clock(config, data, accumulate)
    lr = _lr(config, accumulate)
    scheduler, epochs = read_scheduler(config, clock)
    optimizer = _optimizer(config, lr)
    if config.has("start_epoch") and config.integer("start_epoch", 0).value > 0:
        config.assume("the plan begins at epoch 0, and not at `start_epoch`")
    if epochs is None:
        return None
    if not float(epochs.value).is_integer() or epochs.value < 1:
        message = f"a run of {epochs.value:g} epochs is not possible with train.py"
        config.refuse("epochs", message)
        return None
    whole = epochs.derive(int(epochs.value)) if epochs.value != clock.epochs.value else clock.epochs
    training = {"epochs": whole, "accumulate": accumulate, **data, "drop_last": True}
    if "batches_per_epoch" in data:
        del training["drop_last"]
    return {"training": training, "optimizer": optimizer, "scheduler": scheduler}


def _data(config: ConfigReader) -> dict[str, object]:
    size = config.integer("batch_size", 128)
    repeats = config.has("aug_repeats") and config.number("aug_repeats", 0).value > 0
    if repeats and not config.has("batches_per_epoch"):
        # Its sampler rounds the images in a way of its own.
        config.missing["batches_per_epoch"] = _BATCHES
        return {"batch_size": size, "batches_per_epoch": 1}
    if config.has("batches_per_epoch"):
        batches = config.integer("batches_per_epoch", 1)
        return {"batch_size": size, "batches_per_epoch": batches}
    images, world = config.ask_integer("dataset_size"), config.ask_integer("world_size")
    return {"dataset_size": images, "batch_size": size, "world_size": world}


def _updates(config: ConfigReader, data: dict[str, object], accumulate: int) -> int:
    """Updates of an epoch: the loader leaves out a last, short batch, and no window."""
    if "dataset_size" in data:
        images, size = config.integer("dataset_size", 1).value, config.integer("batch_size", 128)
        world = config.integer("world_size", 1).value
        batches = -(-images // max(world, 1)) // max(size.value, 1)
    else:
        batches = config.integer("batches_per_epoch", 1).value
    return -(-batches // max(accumulate, 1))


def _clock(
    config: ConfigReader, data: dict[str, object], accumulate: ConfigValue[int]
) -> ScheduleClock:
    on_updates = config.boolean("sched_on_updates", default=False).value
    return ScheduleClock(
        per_tick=max(_updates(config, data, accumulate.value), 1)
        if on_updates and not config.missing
        else 1,
        on_updates=on_updates,
        epochs=config.integer("epochs", 300),
        warmup=config.number("warmup_epochs", 5),
        prefix=config.boolean("warmup_prefix", default=False),
        cooldown=config.integer("cooldown_epochs", 0),
    )


def _lr(config: ConfigReader, accumulate: ConfigValue[int]) -> ConfigValue[float]:
    """``lr``, or ``lr_base`` scaled by the images of an update over ``lr_base_size``."""
    if config.has("lr") and config.number("lr", 0.0).value:
        return config.number("lr", 0.0)
    base, size = config.number("lr_base", 0.1), config.integer("lr_base_size", 256)
    scale = config.text("lr_base_scale", "").value
    name = config.text("opt", "sgd").value.lower()
    if not scale:
        scale = "sqrt" if "ada" in name or "lamb" in name else "linear"
    batch = config.integer("batch_size", 128).value * config.ask_integer("world_size").value
    images = batch * accumulate.value
    if size.value < 1:
        config.refuse("lr_base_size", f"must be above 0, not {size.value}")
        return base
    ratio = images / size.value
    lr = base.value * (ratio**0.5 if scale == "sqrt" else ratio)
    if not config.missing:
        root = "sqrt" if scale == "sqrt" else ""
        ratio_text = f"{root}({images} / {size.value})" if root else f"{images} / {size.value}"
        config.assume(f"the learning rate is lr_base {base.value:g} x {ratio_text} = {lr:.6g}")
    return base.derive(lr)


def _optimizer(config: ConfigReader, lr: ConfigValue[float]) -> Schedule:
    """The optimizer as torch has it, with the groups that timm makes."""
    name = config.text("opt", "sgd")
    momentum, decay = config.number("momentum", 0.9), config.number("weight_decay", 2e-5)
    like_adam = any(
        part in name.value.lower() for part in ("ada", "lamb", "lion", "nadam", "radam")
    )
    known = _TORCH.get(name.value.lower()) or _STAND_INS.get(name.value.lower())
    kind, extra = known or (("AdamW", {}) if like_adam else ("SGD", {}))
    if known is None:
        config.assume(f"`opt: {name.value}` is shown as {kind}: the learning rates are the same")
    optimizer: dict[str, object] = {
        "type": name.same(kind),
        "lr": lr,
        "weight_decay": decay,
        **extra,
    }
    if OPTIMIZERS[kind].argument("momentum") is not None:
        optimizer["momentum"] = momentum
    elif config.has("opt_betas"):
        optimizer["betas"] = config.numbers("opt_betas", [0.9, 0.999])
    if config.has("layer_decay"):
        optimizer["groups"] = _layers(config)
    elif decay.value:
        optimizer["groups"] = {"no_decay": {"weight_decay": 0.0}, "decay": {}}
    return optimizer


def _layers(config: ConfigReader) -> Schedule | None:
    share, count = config.number("layer_decay", 1.0), config.ask_integer("layers")
    if not 1 <= count.value <= _MAX_LAYERS:
        config.refuse("layers", f"`layers` must be from 1 to {_MAX_LAYERS}, not {count.value}")
        return None
    scales = [share.value ** (count.value - 1 - index) for index in range(count.value)]
    return {f"layer_{n}": {"lr_scale": share.derive(scale)} for n, scale in enumerate(scales)}


_NOTES = (
    (
        "Without `lr` the rate is `lr_base` times the images of an update over `lr_base_size`, or"
        " times the root of that for optimizers with `ada` or `lamb` in their name. `world_size`"
        " is not in the file."
    ),
    "Cycles and `cooldown_epochs` make the run longer than `epochs`; so does `warmup_prefix`.",
    "With `layer_decay`, `layers` is asked for: the number of groups is the model's.",
    "`plateau` is refused: its metric is not in the file.",
)

TIMM = ConfigFamily(
    name="timm",
    title="an args.yaml of timm",
    release="timm 1.0.31",
    formats=("yaml",),
    read=_read,
    per_step="sched_on_updates: true",
    words={
        " with t_in_epochs: false": "",
        "lower batch_size, or drop_last: false": "lower batch_size",
        "drop_last leaves no batch": "no batch is left, for train.py drops a short one",
        "the warm-up taken off t_initial": "the warm-up taken off epochs",
    },
    facts=(DATASET_SIZE, WORLD_SIZE, _BATCHES, _LAYERS),
    notes=_NOTES,
)
"""The family of timm."""
