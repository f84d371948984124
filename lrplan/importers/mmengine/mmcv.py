"""Configs of OpenMMLab before MMEngine: ``optimizer``, ``lr_config`` and ``runner``, as mmcv reads.

Source: mmcv 1.7, ``runner/hooks/lr_updater.py`` (``get_regular_lr``, ``get_warmup_lr``). Each
iteration has its rate set before it; while the warm-up lasts, it is a share of the regular one.
"""

from __future__ import annotations

from dataclasses import dataclass

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.family import Schedule

_POLICIES = ("fixed", "step", "exp", "poly", "cosineannealing")


def is_mmcv(config: ConfigReader) -> bool:
    """Return True for a config that mmcv's runners read."""
    has_new = config.root.get("optim_wrapper") is not None
    return not has_new and any(config.root.get(each) for each in ("lr_config", "total_epochs"))


@dataclass(frozen=True, slots=True)
class _Length:
    """The length of the run: the unit of a by-epoch policy, and that of its iterations."""

    by_epoch_runner: bool
    value: ConfigValue[int]


def read_mmcv(config: ConfigReader) -> Schedule | None:
    """The schedule of such a config; None where it describes none, after reporting why."""
    config.release = "mmcv 1.7"
    length = _length(config)
    optimizer = _optimizer(config)
    if optimizer is None or length is None:
        return None
    return {
        "training": _training(config, length),
        "optimizer": optimizer,
        "scheduler": _scheduler(config, length, optimizer),
    }


def _length(config: ConfigReader) -> _Length | None:
    for key, by_epoch in (
        ("runner.max_epochs", True),
        ("total_epochs", True),
        ("runner.max_iters", False),
        ("total_iters", False),
    ):
        if config.has(key):
            return _Length(by_epoch, config.integer(key, 1))
    config.refuse("runner", "this config has neither `runner.max_epochs` nor `runner.max_iters`")
    return None


def _training(config: ConfigReader, length: _Length) -> dict[str, object]:
    accumulate = config.integer("optimizer_config.cumulative_iters", 1)
    many = accumulate.value > 1
    if not length.by_epoch_runner:
        steps = length.value.derive(length.value.value // max(accumulate.value, 1))
        return {"steps": steps if many else length.value, "accumulate": accumulate}
    training: dict[str, object] = {"epochs": length.value, "accumulate": accumulate}
    if many:
        training["last_window"] = "carry"
    if config.has("batches_per_epoch"):
        return {**training, "batches_per_epoch": config.integer("batches_per_epoch", 1)}
    images, world = config.ask_integer("dataset_size"), config.ask_integer("world_size")
    size = config.integer("data.samples_per_gpu", 1)
    return {**training, "dataset_size": images, "batch_size": size, "world_size": world}


def _optimizer(config: ConfigReader) -> dict[str, object] | None:
    node = config.get("optimizer")
    if node is None or node.get("type") is None:
        config.refuse("optimizer", "this config has no `optimizer`")
        return None
    own = ("lr", "momentum", "weight_decay", "nesterov", "betas", "eps", "type")
    given: dict[str, object] = {}
    for key, each in node.items():
        config.read.add(f"optimizer.{key}")
        if key in own:
            given[key] = ConfigValue(each.to_python(), f"optimizer.{key}", each)
    given["lr"] = config.number("optimizer.lr", 0.0)
    if config.has("optimizer.paramwise_cfg"):
        config.assume("`paramwise_cfg` is not read: one group stands for all parameters")
    return given


def _scheduler(
    config: ConfigReader, length: _Length, optimizer: dict[str, object]
) -> Schedule | None:
    if not config.has("lr_config"):
        return None
    policy = config.text("lr_config.policy", "fixed")
    name = policy.value.lower().removesuffix("lrupdaterhook")
    if name not in _POLICIES:
        message = f"lrplan does not know the policy `{policy.value}`"
        config.refuse("lr_config.policy", message, f"it knows {', '.join(_POLICIES)}")
        return None
    by_epoch = config.boolean("lr_config.by_epoch", default=True).value
    if by_epoch and not length.by_epoch_runner:
        message = "`lr_config` counts epochs (`by_epoch` is true), and the runner iterations"
        config.refuse("lr_config.by_epoch", message, "write by_epoch=False")
        return None
    tick = "x // per_epoch" if by_epoch else "x"
    whole = length.value.value if by_epoch or not length.by_epoch_runner else 0
    total = str(whole) if whole else f"({length.value.value} * per_epoch)"
    lr = optimizer["lr"]
    assert isinstance(lr, ConfigValue)  # noqa: S101  # `_optimizer` made it
    regular = _regular(config, name, tick, total, lr.value)
    formula = _warmup(config, regular)
    row = _by_name(config, name, length.value, by_epoch=by_epoch, epochs=length.by_epoch_runner)
    rise = _warmup_by_name(config)
    if row is None or (rise is None and config.has("lr_config.warmup")):
        return {"type": "LambdaLR", "interval": "batch", "lr_lambda": policy.derive(formula)}
    return {**row, "type": policy.derive(row["type"]), "interval": "batch", "warmup": rise}


def _by_name(
    config: ConfigReader, name: str, length: ConfigValue[int], *, by_epoch: bool, epochs: bool
) -> Schedule | None:
    """The regular rate as a scheduler of torch; None where an expression says it.

    Args:
        config: the config.
        name: of the policy.
        length: of the run.
        by_epoch: the policy counts epochs.
        epochs: so does ``length``.
    """
    if name == "step" and not config.has("lr_config.min_lr"):
        return _step_by_name(config, by_epoch=by_epoch)
    if by_epoch:
        return None
    total = length.same(_ticks(length.value, by_epoch=epochs))
    if name == "cosineannealing":
        floor: ConfigValue[float] | ConfigValue[str] = config.number("lr_config.min_lr", 0.0)
        if config.has("lr_config.min_lr_ratio"):
            ratio = config.number("lr_config.min_lr_ratio", 0.0)
            floor = ratio.same(f"{ratio.value!r}x")
        return {"type": "CosineAnnealingLR", "T_max": total, "eta_min": floor}
    if name == "poly" and not config.number("lr_config.min_lr", 0.0).value:
        power = config.number("lr_config.power", 1.0)
        return {"type": "PolynomialLR", "total_iters": total, "power": power}
    return None


def _step_by_name(config: ConfigReader, *, by_epoch: bool) -> Schedule | None:
    gamma, node = config.number("lr_config.gamma", 0.1), config.get("lr_config.step")
    if node is None or not node.is_list:
        every = config.integer("lr_config.step", 1)
        size = every.same(_ticks(every.value, by_epoch=by_epoch))
        return None if every.value < 1 else {"type": "StepLR", "step_size": size, "gamma": gamma}
    steps = config.numbers("lr_config.step", [])
    rises = all(a < b for a, b in zip([0.0, *steps.value], steps.value, strict=False))
    if not steps.value or not rises or not all(float(each).is_integer() for each in steps.value):
        return None
    milestones = [_ticks(int(each), by_epoch=by_epoch) for each in steps.value]
    return {"type": "MultiStepLR", "milestones": steps.same(milestones), "gamma": gamma}


def _ticks(count: int, *, by_epoch: bool) -> int | str:
    """A length as a spec has it, where a tick is a batch: ``8ep`` is 8 epochs."""
    return f"{count}ep" if by_epoch else count


def _warmup_by_name(config: ConfigReader) -> Schedule | None:
    """The warm-up as the key of a spec; None where there is none, or an expression says it."""
    shape = {"linear": None, "exp": "exponential"}
    kind, count = config.get("lr_config.warmup"), config.integer("lr_config.warmup_iters", 0)
    start = config.number("lr_config.warmup_ratio", 0.1)
    name = "" if kind is None else str(kind.value)
    if name not in shape or count.value < 1 or start.value <= 0:
        return None
    by_epoch = config.boolean("lr_config.warmup_by_epoch", default=False).value
    return {
        "length": count.same(_ticks(count.value, by_epoch=by_epoch)),
        "start": start,
        "shape": shape[name],
        "mode": "multiply",
    }


def _regular(config: ConfigReader, name: str, tick: str, total: str, lr: float) -> str:
    """The rate as a multiple of the optimizer's, without the warm-up."""
    if name == "fixed":
        return "1"
    if name == "exp":
        return f"{config.number('lr_config.gamma', 0.1).value!r} ** ({tick})"
    if name == "step":
        return _step(config, tick, lr)
    floor = config.number("lr_config.min_lr", 0.0).value / lr if lr else 0.0
    if name == "poly":
        power = config.number("lr_config.power", 1.0).value
        return f"(1 - ({tick}) / {total}) ** {power!r} * {1 - floor!r} + {floor!r}"
    if config.has("lr_config.min_lr_ratio"):
        floor = config.number("lr_config.min_lr_ratio", 0.0).value
    return f"{floor!r} + {(1 - floor) / 2!r} * (1 + cos(pi * ({tick}) / {total}))"


def _step(config: ConfigReader, tick: str, lr: float) -> str:
    gamma = config.number("lr_config.gamma", 0.1).value
    node = config.get("lr_config.step")
    if node is not None and node.is_list:
        steps = config.numbers("lr_config.step", []).value
        power = " + ".join(f"(({tick}) >= {each:g})" for each in steps) or "0"
    else:
        power = f"({tick}) // {config.integer('lr_config.step', 1).value}"
    text = f"{gamma!r} ** ({power})"
    if config.has("lr_config.min_lr") and lr:
        return f"max({text}, {config.number('lr_config.min_lr', 0.0).value / lr!r})"
    return text


def _warmup(config: ConfigReader, regular: str) -> str:
    if not config.has("lr_config.warmup"):
        return regular
    kind = config.text("lr_config.warmup", "linear").value
    iterations = config.integer("lr_config.warmup_iters", 0).value
    ratio = config.number("lr_config.warmup_ratio", 0.1).value
    length = str(iterations)
    if config.boolean("lr_config.warmup_by_epoch", default=False).value:
        length = f"({iterations} * per_epoch)"
    share = {
        "constant": f"{ratio!r}",
        "linear": f"(1 - (1 - x / {length}) * {1 - ratio!r})",
        "exp": f"{ratio!r} ** (1 - x / {length})",
    }.get(kind)
    if share is None:
        config.refuse("lr_config.warmup", f"mmcv has no warm-up `{kind}`")
        return regular
    return f"{share} * ({regular}) if x < {length} else {regular}"
