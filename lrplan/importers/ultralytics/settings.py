"""The settings of an Ultralytics run: its ``args.yaml``, completed by values from the user."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lrplan.catalog import nearest
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.fact import Fact
from lrplan.importers.ultralytics.rules import ALL_RULES, Rules
from lrplan.limits import BATCHES as BATCH_LIMIT
from lrplan.text import join_words

NC = Fact("nc", "classes of the data set", "80")
IMAGES = Fact("dataset_size", "images of the training set", "5000")
BATCH = Fact("batch", "images of a batch, on all devices together", "16")
VERSION = Fact("version", "the release of Ultralytics", "8.3.0")
BATCHES = Fact("batches_per_epoch", "batches of an epoch, instead of dataset_size", "313")

ADAMS = ("Adam", "Adamax", "AdamW", "NAdam", "RAdam")
"""Optimizers whose momentum is the first of ``betas``, which the warm-up leaves alone."""
_OPTIMIZERS = (*ADAMS, "RMSProp", "SGD", "MuSGD", "auto")
_MAX_ACCUMULATE = 1000
_MAX_WARMUP = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UltralyticsSettings:
    """The settings of a file, and those of the user."""

    epochs: ConfigValue[int]
    batch: ConfigValue[int]
    world_size: int
    images: ConfigValue[int] | None
    """Images of the training set; None where the batches of an epoch are given."""
    batches: int
    nbs: int
    lr0: ConfigValue[float]
    lrf: ConfigValue[float]
    cosine: bool
    momentum: ConfigValue[float]
    weight_decay: ConfigValue[float]
    warmup_epochs: ConfigValue[float]
    warmup_momentum: float
    warmup_bias_lr: float
    optimizer: ConfigValue[str]
    nc: int

    @property
    def accumulate(self) -> int:
        """The batches of a step once the warm-up is over."""
        return max(round(self.nbs / self.batch.value), 1)

    @property
    def updates(self) -> tuple[int, int]:
        """The fewest and the most updates that ``optimizer: auto`` may have counted."""
        size = max(self.batch.value, self.nbs)
        most = self.batches * self.batch.value
        least = most - self.batch.value + 1
        if self.images is not None:
            least = most = self.images.value
        return -(-least // size) * self.epochs.value, -(-most // size) * self.epochs.value


def read_settings(config: ConfigReader, candidates: tuple[Rules, ...]) -> UltralyticsSettings:
    """The settings; what is missing or wrong is noted, and a placeholder takes its place.

    Args:
        config: the file and the user's facts.
        candidates: the rules of the releases that may have written it, the oldest first.
    """
    rules = candidates[-1] if candidates else ALL_RULES[-1]
    epochs, batch = config.integer("epochs", 100), _batch(config)
    world = _world_size(config)
    optimizer = _optimizer(config, rules)
    images = _images(config)
    counted = _batches(images, batch, world) if images is not None else 1
    per_epoch = (
        config.integer("batches_per_epoch", 1) if images is None else ConfigValue(counted, "")
    )
    settings = UltralyticsSettings(
        epochs=epochs,
        batch=batch,
        world_size=world,
        images=images,
        batches=max(per_epoch.value, 1),
        nbs=config.integer("nbs", 64).value,
        lr0=config.number("lr0", 0.01),
        lrf=config.number("lrf", 0.01),
        cosine=config.boolean("cos_lr", default=False).value,
        momentum=config.number("momentum", 0.937),
        weight_decay=config.number("weight_decay", 0.0005),
        warmup_epochs=config.number("warmup_epochs", 3.0),
        warmup_momentum=config.number("warmup_momentum", 0.8).value,
        warmup_bias_lr=config.number("warmup_bias_lr", 0.1).value,
        optimizer=optimizer,
        nc=1,
    )
    is_auto = optimizer.value == "auto"
    if is_auto and not config.missing:
        settings = _with_classes(config, settings, candidates)
    elif is_auto:
        config.ask_integer("nc")
    _check(config, settings)
    return settings


def _check(config: ConfigReader, settings: UltralyticsSettings) -> None:
    for key, value in (
        ("epochs", settings.epochs.value),
        ("nbs", settings.nbs),
        ("lr0", settings.lr0.value),
    ):
        if value <= 0:
            config.refuse(key, f"`{key}` must be above 0, not {value!r}")
    if settings.nc < 1:
        config.refuse("nc", f"`nc` must be at least 1, not {settings.nc}")
    if abs(settings.warmup_epochs.value) > _MAX_WARMUP:
        message = f"a warm-up of {settings.warmup_epochs.value:g} epochs is more than lrplan takes"
        config.refuse("warmup_epochs", message)
    if settings.epochs.value * settings.batches > BATCH_LIMIT.value:
        message = f"a run of {settings.epochs.value} epochs is more than lrplan takes"
        config.refuse("epochs", message, BATCH_LIMIT.hint)
    if settings.nbs > 0 and settings.accumulate > _MAX_ACCUMULATE:
        message = f"a step would take {settings.accumulate} batches (`nbs / batch`)"
        config.refuse("nbs", f"{message}; lrplan reads up to {_MAX_ACCUMULATE}")


def _batch(config: ConfigReader) -> ConfigValue[int]:
    """The batch size; -1 or a share of the memory lets the trainer choose: the user is asked."""
    size = config.number("batch", 16)
    if size.value < 1 or not float(size.value).is_integer():
        config.missing["batch"] = BATCH
        return size.derive(1)
    return size.same(int(size.value))


def _world_size(config: ConfigReader) -> int:
    """The devices of ``device``: ``0,1`` and ``[0, 1]`` are two."""
    if config.has("world_size"):
        return max(config.integer("world_size", 1).value, 1)
    node = config.get("device")
    if node is None:
        return 1
    if node.is_list:
        return max(len(node.elements()), 1)
    return len([each for each in str(node.value).strip("()[] ").split(",") if each.strip()]) or 1


def _images(config: ConfigReader) -> ConfigValue[int] | None:
    if config.has("batches_per_epoch") and not config.has("dataset_size"):
        return None
    images = config.ask_integer("dataset_size")
    share = config.number("fraction", 1.0).value
    if not 0 < share <= 1:
        config.refuse(
            "fraction",
            "`fraction` is no share of the images: say how many it left",
            "add --set fraction=1.0 --set dataset_size=N",
        )
        return images
    if config.has("compile") and config.boolean("compile", default=False).value:
        config.assume("`compile` may leave out the last batch of an epoch; that is not done here")
    return images if share == 1 else images.derive(max(round(images.value * share), 1))


def _batches(images: ConfigValue[int], batch: ConfigValue[int], world: int) -> int:
    share = -(-images.value // world)
    return -(-share // max(batch.value // world, 1))


def _optimizer(config: ConfigReader, rules: Rules) -> ConfigValue[str]:
    name = config.text("optimizer", rules.default_optimizer)
    known = {each.lower(): each for each in _OPTIMIZERS}.get(name.value.lower())
    if known is None:
        hint = nearest(name.value, _OPTIMIZERS)
        fix = f"did you mean `{hint}`?" if hint else f"it takes {join_words(_OPTIMIZERS, 'or')}"
        config.refuse("optimizer", f"Ultralytics has no optimizer `{name.value}`", fix)
    return name.same(known or "SGD")


def _with_classes(
    config: ConfigReader, settings: UltralyticsSettings, candidates: tuple[Rules, ...]
) -> UltralyticsSettings:
    """The settings with ``nc``, which a short run's rate depends on; asked for where it matters."""
    config.get("nc")  # it may be said where it does not matter
    least, most = settings.updates
    if any((least > each.long_run) != (most > each.long_run) for each in candidates):
        config.missing["dataset_size"] = IMAGES
    if all(
        least > each.long_run and each.auto(is_long=True, nc=1).lr == 0.01 for each in candidates
    ):
        return settings
    return replace(settings, nc=config.ask_integer("nc").value)
