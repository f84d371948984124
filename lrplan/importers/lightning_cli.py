"""LightningCLI: the ``config.yaml`` that it reads, and that it saves beside each run.

Source: lightning 2.6.6, ``pytorch/cli.py`` (``configure_optimizers``) and ``pytorch/trainer``.
"""

from __future__ import annotations

from lrplan.catalog import OPTIMIZERS, SCHEDULERS, nearest
from lrplan.catalog.suggestions import suggest_scheduler
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.fact import WORLD_SIZE, Fact
from lrplan.importers.family import ConfigFamily, Schedule
from lrplan.node import Node

_BATCHES = Fact("batches_per_epoch", "batches of an epoch on one device", "100")
_BATCH = Fact("batch_size", "samples of a batch on one device", "32")
_INTERVAL = Fact(
    "interval", "epoch or step: what `configure_optimizers` of the model says", "epoch"
)
_NEVER = ("last_epoch", "verbose")
_CALLBACKS = ("GradientAccumulationScheduler", "StochasticWeightAveraging", "LearningRateFinder")
"""Callbacks of Lightning that change accumulation or rates."""


def _read(config: ConfigReader) -> Schedule | None:
    nested = config.root.get("fit")
    at = "fit." if nested is not None and nested.is_mapping else ""
    _check_callbacks(config, at)
    training = _training(config, f"{at}trainer")
    own = config.get(f"{at}optimizer")
    inner = config.get(f"{at}model.init_args.optimizer")
    if own is not None:
        place, interval = at, None
        config.assume("LightningCLI ticks the scheduler once an epoch: a config cannot change that")
    elif inner is not None:
        # The model makes them itself, and says how often the scheduler ticks.
        place, interval = f"{at}model.init_args.", config.ask_text("interval", "epoch")
    else:
        message = "this config has no optimizer: the model's code makes it"
        config.refuse(f"{at}model", message)
        return None
    optimizer = _optimizer(config, f"{place}optimizer")
    scheduler = _scheduler(config, place)
    if scheduler is not None and interval is not None:
        scheduler = {**scheduler, "interval": interval}
    return (
        None
        if optimizer is None
        else {
            "training": training,
            "optimizer": optimizer,
            "scheduler": scheduler,
        }
    )


def _training(config: ConfigReader, at: str) -> dict[str, object]:
    accumulate = config.integer(f"{at}.accumulate_grad_batches", 1)
    training: dict[str, object] = {"loop": "lightning", "accumulate": accumulate}
    steps = config.integer(f"{at}.max_steps", -1)
    if config.has(f"{at}.max_epochs"):
        epochs = config.integer(f"{at}.max_epochs", 1000)
        if epochs.value > 0:
            training["epochs"] = epochs
        elif steps.value < 1:
            config.refuse(f"{at}.max_epochs", "the run has no end: it has no `max_steps` either")
    elif steps.value < 1:
        training["epochs"] = config.integer(f"{at}.max_epochs", 1000)
    if steps.value > 0:
        training["steps"] = steps
    for key in ("fast_dev_run", "overfit_batches"):
        node = config.get(f"{at}.{key}")
        if node is not None and node.value:
            config.refuse(f"{at}.{key}", f"with `{key}` this is a try, and not the run")
    return training | _data(config, at)


def _data(config: ConfigReader, at: str) -> dict[str, object]:
    if not config.has("dataset_size"):
        batches = config.ask_integer("batches_per_epoch")
        return {"batches_per_epoch": _limited(config, at, batches)}
    size = next((each for each in _batch_sizes(at) if config.has(each)), "batch_size")
    data: dict[str, object] = {
        "dataset_size": config.integer("dataset_size", 1),
        "batch_size": config.ask_integer(size) if size == "batch_size" else config.integer(size, 1),
        "world_size": _devices(config, at),
    }
    if config.has(f"{at}.limit_train_batches"):
        message = "`limit_train_batches` shortens epochs"
        config.refuse(f"{at}.limit_train_batches", message, "say --set batches_per_epoch=N instead")
    return data


def _batch_sizes(at: str) -> tuple[str, ...]:
    below = at.removesuffix("trainer")
    return f"{below}data.init_args.batch_size", f"{below}data.batch_size"


def _devices(config: ConfigReader, at: str) -> object:
    """``devices`` times ``num_nodes``; ``auto`` and -1 are asked for."""
    node = config.get(f"{at}.devices")
    nodes = config.integer(f"{at}.num_nodes", 1).value if config.has(f"{at}.num_nodes") else 1
    if config.has("world_size"):
        return config.integer("world_size", 1)
    count: int | None = None
    if node is not None and node.is_list:
        count = len(node.elements())
    elif node is not None and isinstance(node.value, int) and node.value > 0:
        count = node.value
    elif node is not None and isinstance(node.value, str) and "," in node.value:
        count = len([each for each in node.value.split(",") if each.strip()])
    if count is None:
        return config.ask_integer("world_size")
    return ConfigValue(count * nodes, f"{at}.devices", node, exact=False)


def _limited(config: ConfigReader, at: str, batches: ConfigValue[int]) -> ConfigValue[int]:
    """``limit_train_batches``: a number of batches, or a share of them."""
    node = config.get(f"{at}.limit_train_batches")
    if node is None:
        return batches
    limit = config.number(f"{at}.limit_train_batches", 1.0)
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return limit.derive(min(batches.value, node.value))
    return batches if limit.value == 1 else limit.derive(int(batches.value * limit.value))


def _optimizer(config: ConfigReader, at: str) -> Schedule | None:
    node = config.get(at)
    if node is None:
        return None
    kind, arguments = _class_of(config, at, node)
    name = kind.value.rpartition(".")[2]
    if name and name not in OPTIMIZERS:
        hint = nearest(name, tuple(OPTIMIZERS))
        fix = f"did you mean `{hint}`?" if hint else "name one of torch.optim with --set"
        config.refuse(f"{at}.class_path", f"torch.optim has no `{name}`", fix)
        return None
    return {"type": kind.same(name or "SGD"), **arguments}


def _class_of(
    config: ConfigReader, at: str, node: Node
) -> tuple[ConfigValue[str], dict[str, object]]:
    """The class and the arguments: with ``class_path``, a name alone, or arguments alone."""
    if isinstance(node.value, str):
        return config.text(at, ""), {}
    path = f"{at}.class_path"
    has_class = config.has(path)
    own = node.get("init_args") if has_class else node
    below = f"{at}.init_args" if has_class else at
    kind = config.text(path, "") if has_class else _asked(config, path)
    arguments: dict[str, object] = {}
    for key, each in () if own is None else own.items():
        config.read.add(f"{below}.{key}")
        if key not in (*_NEVER, "class_path"):
            arguments[key] = ConfigValue(each.to_python(), f"{below}.{key}", each)
    return kind, arguments


def _asked(config: ConfigReader, path: str) -> ConfigValue[str]:
    """The class that the program's own CLI fixes, and that the file does not name."""
    config.missing[path] = Fact(path, "the class that the program adds to its CLI", "AdamW")
    return ConfigValue("", path)


def _scheduler(config: ConfigReader, at: str) -> dict[str, object] | None:
    key = next((each for each in ("lr_scheduler", "scheduler") if config.has(f"{at}{each}")), "")
    node = config.get(f"{at}{key}") if key else None
    if node is None:
        return None
    kind, arguments = _class_of(config, f"{at}{key}", node)
    name = kind.value.rpartition(".")[2]
    spot = f"{at}{key}.class_path"
    row = SCHEDULERS.get(name)
    if row is None:
        if name:
            config.refuse(spot, f"lrplan does not know `{kind.value}`", suggest_scheduler(name))
        return None
    if row.reads_metric:
        message = "what a plateau scheduler does depends on a metric, which is not in the file"
        config.refuse(spot, message)
        return None
    return {"type": kind.same(name), **arguments}


def _check_callbacks(config: ConfigReader, at: str) -> None:
    node = config.get(f"{at}trainer.callbacks")
    for each in () if node is None else node.elements() or (node,):
        path = each.get("class_path") or each
        name = str(path.value).rpartition(".")[2] if path.is_scalar else ""
        if name in _CALLBACKS:
            message = f"`{name}` changes the rates or the accumulation of the run"
            config.problems.add("bad-value", path.place, message, path="trainer.callbacks")


_NOTES = (
    (
        "The scheduler ticks once an epoch: LightningCLI returns `[optimizer], [scheduler]`, and a"
        " config cannot say `interval: step`. Only a program with a CLI class of its own can."
    ),
    (
        "An optimizer below `model.init_args` is given to the model's own `configure_optimizers`:"
        " `interval` is asked for."
    ),
    "An optimizer without `class_path` has the class that the program fixes, which is asked for.",
    "`ReduceLROnPlateau` is refused: its metric is not in the file.",
)

LIGHTNING_CLI = ConfigFamily(
    name="lightning-cli",
    title="a config of LightningCLI",
    release="Lightning 2.6.6",
    formats=("yaml",),
    read=_read,
    facts=(_BATCHES, _BATCH, WORLD_SIZE, _INTERVAL),
    per_step="a `configure_optimizers` of your own that returns `interval: step`",
    words={
        "Lightning's `interval` is `epoch` where none is given": "LightningCLI ticks once an epoch"
    },
    notes=_NOTES,
)
"""The family of LightningCLI."""
