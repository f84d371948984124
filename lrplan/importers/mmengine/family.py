"""MMEngine (OpenMMLab): a Python file of assignments, read without running it, or YAML or JSON.

Source: mmengine 0.10.7: ``runner/runner.py``, ``runner/loops.py``, ``optim/scheduler``,
``optim/optimizer/default_constructor.py``, ``optim/optimizer/optimizer_wrapper.py``.
"""

from __future__ import annotations

from typing import Any

from lrplan.catalog import OPTIMIZERS, SCHEDULERS, nearest
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.fact import DATASET_SIZE, WORLD_SIZE, Fact
from lrplan.importers.family import ConfigFamily, Schedule
from lrplan.importers.mmengine.bases import BASE, BaseReader
from lrplan.importers.mmengine.groups import read_groups
from lrplan.importers.mmengine.mmcv import is_mmcv, read_mmcv
from lrplan.node import Node

_BATCHES = Fact("batches_per_epoch", "batches of an epoch on one device, instead of dataset_size")
_SIZE = "train_dataloader.batch_size"
_SAMPLES = Fact(_SIZE, "samples of a batch on one device", "16")
_LAYERS = Fact("layers", "layers of the backbone, for its layer-wise rates", "12")
_OPTIMIZER, _SCHEDULER, _CYCLE = "optim_wrapper.optimizer", "param_scheduler", "train_cfg"
_LENGTHS = ("begin", "end", "step_size", "milestones", "T_max", "periods", "total_steps")
"""Arguments that count ticks, which ``convert_to_iter_based`` turns from epochs to iterations."""
_LOOPS = ("EpochBasedTrainLoop", "IterBasedTrainLoop")
_STAND_INS = {"SGD": ("momentum", "nesterov", "dampening"), "AdamW": ("betas", "eps")}


def _read(config: ConfigReader) -> Schedule | None:
    merged = BaseReader(config.others, config.problems).merge(config.config)
    config.root, config.unread = merged.root, merged.unread
    if any(each.path == BASE for each in config.problems.findings):
        return None  # what the base would have said is not missing
    if is_mmcv(config):
        return read_mmcv(config)
    training = _training(config)
    optimizer = _optimizer(config)
    if training is None or optimizer is None:
        return None
    schedulers = _schedulers(config, by_iterations="steps" in training)
    if schedulers is None:
        return None
    return {"training": training, "optimizer": optimizer, "scheduler": schedulers or None}


def _training(config: ConfigReader) -> dict[str, object] | None:
    kind = config.text(f"{_CYCLE}.type", "") if config.has(f"{_CYCLE}.type") else None
    if kind is not None and _name(kind.value) not in _LOOPS:
        message = f"`{_name(kind.value)}` is a custom loop: when it ticks is not known"
        config.refuse(f"{_CYCLE}.type", message, f"lrplan reads {' and '.join(_LOOPS)}")
        return None
    accumulate = config.integer("optim_wrapper.accumulative_counts", 1)
    is_by_epoch = (
        config.boolean(f"{_CYCLE}.by_epoch", default=True).value
        if kind is None
        else (_name(kind.value) == "EpochBasedTrainLoop")
    )
    base = config.get("auto_scale_lr.base_batch_size")
    common: dict[str, object] = {"accumulate": accumulate}
    if base is not None:
        common["base_batch_size"] = config.integer("auto_scale_lr.base_batch_size", 1)
    return (
        _by_epochs(config, common, accumulate)
        if is_by_epoch
        else _by_iterations(config, common, accumulate)
    )


def _by_epochs(
    config: ConfigReader, common: dict[str, object], accumulate: ConfigValue[int]
) -> dict[str, object]:
    if not config.has(f"{_CYCLE}.max_epochs"):
        config.missing["train_cfg.max_epochs"] = Fact("train_cfg.max_epochs", "epochs of the run")
        return {**common, "epochs": 1, "steps_per_epoch": 1}
    epochs = config.integer(f"{_CYCLE}.max_epochs", 1)
    training = {**common, "epochs": epochs, "last_window": "carry"}
    if config.has("batches_per_epoch"):
        batches = config.integer("batches_per_epoch", 1)
        training = {**_with_devices(config, training), "batches_per_epoch": batches}
    else:
        size = config.ask_integer(_SIZE)
        images, world = config.ask_integer("dataset_size"), config.ask_integer("world_size")
        drop = config.boolean("train_dataloader.drop_last", default=False)
        training |= {"dataset_size": images, "batch_size": size, "world_size": world}
        training["drop_last"] = drop
    if not config.missing:
        _tell_last_step(config, epochs.value * _batches(config), accumulate)
    return training


def _by_iterations(
    config: ConfigReader, common: dict[str, object], accumulate: ConfigValue[int]
) -> dict[str, object]:
    if not config.has(f"{_CYCLE}.max_iters"):
        config.missing["train_cfg.max_iters"] = Fact("train_cfg.max_iters", "iterations of the run")
        return {**common, "steps": 1}
    iterations = config.integer(f"{_CYCLE}.max_iters", 1)
    steps = iterations.value // max(accumulate.value, 1)
    _tell_last_step(config, iterations.value, accumulate)
    counted = iterations.derive(steps) if accumulate.value > 1 else iterations
    return _with_devices(config, {**common, "steps": counted})


def _with_devices(config: ConfigReader, training: dict[str, object]) -> dict[str, object]:
    """The samples of a step, where they are known; without, nothing is compared with them."""
    if config.has(_SIZE) and config.has("world_size"):
        size, world = config.integer(_SIZE, 1), config.integer("world_size", 1)
        return {**training, "batch_size": size, "world_size": world}
    return {key: each for key, each in training.items() if key != "base_batch_size"}


def _tell_last_step(config: ConfigReader, iterations: int, accumulate: ConfigValue[int]) -> None:
    rest = iterations % max(accumulate.value, 1)
    if rest:
        config.assume(
            f"MMEngine takes one more step at the end of the run, of the last {rest} iterations:"
            " it is not shown"
        )


def _optimizer(config: ConfigReader) -> Schedule | None:
    node = config.get(_OPTIMIZER)
    if node is None or not node.is_mapping:
        several = config.get("optim_wrapper")
        message = "this config has no `optim_wrapper.optimizer`"
        if several is not None and any(each.get("optimizer") for _, each in several.items()):
            message = "this config has several optimizers, and lrplan reads configs of one"
        config.refuse("optim_wrapper", message)
        return None
    kind = config.text(f"{_OPTIMIZER}.type", "SGD")
    name = _name(kind.value)
    known: dict[str, ConfigValue[Any]] = {}
    for key, each in node.items():
        config.read.add(f"{_OPTIMIZER}.{key}")
        if key in ("lr", "weight_decay"):
            known[key] = config.number(f"{_OPTIMIZER}.{key}", 0.0)
        elif key not in ("type", "params"):
            known[key] = ConfigValue(each.to_python(), f"{_OPTIMIZER}.{key}", each)
    stand_in = _stand_in(name)
    if stand_in is not None:
        name, row = stand_in, OPTIMIZERS[stand_in]
        known = {key: each for key, each in known.items() if row.argument(key) is not None}
    elif name not in OPTIMIZERS:
        shown = "SGD" if name.upper().startswith(("SGD", "LARS")) else "AdamW"
        config.assume(f"`{name}` is shown as {shown}: the learning rates are the same")
        own = ("lr", "weight_decay", *_STAND_INS[shown])
        known, name = {key: each for key, each in known.items() if key in own}, shown
    ratio = _scale(config)
    if "lr" in known and ratio != 1:
        known["lr"] = known["lr"].derive(known["lr"].value * ratio)
    groups = read_groups(config, known.get("lr"), known.get("weight_decay"))
    return {"type": kind.same(name), **known, "groups": groups}


def _stand_in(name: str) -> str | None:
    """The stand-in for an optimizer of another package, such as Lamb for ``LAMB``."""
    names = {each.name.lower(): each.name for each in OPTIMIZERS.values() if each.package}
    return None if name in OPTIMIZERS else names.get(name.lower())


def _scale(config: ConfigReader) -> float:
    """The factor of ``auto_scale_lr``, which is only applied where it is enabled."""
    if not config.boolean("auto_scale_lr.enable", default=False).value:
        return 1.0
    base = config.integer("auto_scale_lr.base_batch_size", 1)
    real = config.ask_integer("world_size").value
    real *= config.integer(_SIZE, 1).value
    if base.value < 1:
        config.refuse("auto_scale_lr.base_batch_size", f"must be above 0, not {base.value}")
        return 1.0
    if not config.missing:
        config.assume(f"`auto_scale_lr` multiplies the rate by {real} / {base.value}")
    return real / base.value


def _schedulers(config: ConfigReader, *, by_iterations: bool) -> list[Schedule] | None:
    node = config.get(_SCHEDULER)
    if node is None:
        return []
    if node.is_mapping and node.get("type") is None:
        config.refuse(_SCHEDULER, "schedulers of several optimizers: lrplan reads configs of one")
        return None
    nodes = node.elements() if node.is_list else (node,)
    found = [_scheduler(config, each, by_iterations=by_iterations) for each in nodes]
    kept = [each for each in found if each is not None]
    return kept if len(kept) == len(found) else None


def _scheduler(config: ConfigReader, node: Node, *, by_iterations: bool) -> Schedule | None:
    kind = node.get("type")
    name = "" if kind is None else _name(str(kind.value))
    row = f"mmengine:{name}"
    if kind is None or row not in SCHEDULERS:
        hint = nearest(name, [each[9:] for each in SCHEDULERS if each.startswith("mmengine:")])
        fix = f"did you mean `{hint}`?" if hint else ""
        _refuse(config, kind or node, f"MMEngine has no scheduler `{name}`", fix)
        return None
    if name.startswith("ReduceOnPlateau"):
        _refuse(
            config, kind, f"what `{name}` does depends on a metric, which the file does not have"
        )
        return None
    plain = {key: each.to_python() for key, each in node.items()}
    by_epoch = plain.get("by_epoch", True) is True
    converts = plain.get("convert_to_iter_based", False) is True
    if by_iterations and by_epoch:
        message = f"`{name}` is `by_epoch`, and never ticks in a run of iterations"
        _refuse(config, node.get("by_epoch") or kind, message, "write by_epoch=False")
        return None
    per_epoch = by_epoch and not converts
    made: dict[str, object] = {
        "type": ConfigValue(row, f"{_SCHEDULER}.type", kind),
        "interval": "epoch" if per_epoch else "batch",
    }
    for key, each in node.items():
        if key in ("type", "by_epoch", "convert_to_iter_based", "verbose", "last_step"):
            continue
        value = ConfigValue(each.to_python(), f"{_SCHEDULER}.{key}", each)
        made[key] = _in_iterations(config, value) if converts and key in _LENGTHS else value
    # Without `end` a scheduler ends with the run, and not never, as the class alone would.
    end: ConfigValue[Any] = config.integer(
        f"{_CYCLE}.max_{'iters' if by_iterations else 'epochs'}", 1
    )
    is_in_epochs = per_epoch or by_iterations
    made.setdefault("end", end if is_in_epochs else end.derive(f"{end.value}ep"))
    return made


def _in_iterations(config: ConfigReader, value: ConfigValue[Any]) -> ConfigValue[Any]:
    """A length in epochs as one of iterations: ``5`` is ``5ep``."""
    lengths = value.value if isinstance(value.value, list) else [value.value]
    texts: list[object] = []
    for each in lengths:
        if isinstance(each, bool) or not isinstance(each, (int, float)):
            return value
        # Of a fraction of an epoch MMEngine takes the whole iterations.
        texts.append(f"{each}ep" if float(each).is_integer() else int(each * _batches(config)))
    return value.derive(texts if isinstance(value.value, list) else texts[0])


def _batches(config: ConfigReader) -> int:
    if config.has("batches_per_epoch"):
        return config.integer("batches_per_epoch", 1).value
    size = max(config.integer(_SIZE, 1).value, 1)
    world = max(config.integer("world_size", 1).value, 1)
    share = -(-config.integer("dataset_size", 1).value // world)
    drops = config.boolean("train_dataloader.drop_last", default=False).value
    return share // size if drops else -(-share // size)


def _refuse(config: ConfigReader, node: Node, message: str, fix: str = "") -> None:
    config.problems.add("bad-value", node.place, message, fix=fix, path=_SCHEDULER)


def _name(path: str) -> str:
    """``mmdet.LinearLR`` and ``mmengine.optim.scheduler.LinearLR`` as ``LinearLR``."""
    return path.rpartition(".")[2]


_NOTES = (
    (
        "A Python file is read, not run. What computes takes away the names that depend on it; a"
        " dump (`vis_data/config.py` of a run) has none of that."
    ),
    (
        "`by_epoch` is true by default: in a run of iterations such a scheduler never ticks, and"
        " is refused."
    ),
    "Schedulers by iteration tick after each batch, accumulated or not.",
    "`auto_scale_lr` is applied only where `enable` is true, as MMEngine does.",
    "One group stands for all parameters that `paramwise_cfg` treats alike.",
    "Configs of mmcv (`lr_config`) are read too, as mmcv 1.7 reads them.",
    (
        'Curves of `param_scheduler` need the package, `pip install "lrplan[mmengine]"`; `import`'
        " and `sources` do not."
    ),
)

MMENGINE = ConfigFamily(
    name="mmengine",
    title="an MMEngine config",
    release="MMEngine 0.10.7",
    formats=("python", "yaml", "json"),
    read=_read,
    per_step="by_epoch=False",
    words={"in the unit of its interval": "in the unit that `by_epoch` says"},
    facts=(DATASET_SIZE, WORLD_SIZE, _SAMPLES, _BATCHES, _LAYERS),
    notes=_NOTES,
)
"""The family of MMEngine."""
