"""The schedules of timm's ``create_scheduler_v2``, from its options to its classes.

Source: timm 1.0.31, ``timm/scheduler/scheduler_factory.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrplan.catalog import nearest
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.family import Schedule
from lrplan.text import join_words

_CYCLIC = {
    "cosine": "timm:CosineLRScheduler",
    "tanh": "timm:TanhLRScheduler",
    "poly": "timm:PolyLRScheduler",
}
_SCHEDULES = (*_CYCLIC, "step", "multistep", "constant", "wsd", "rsqrt", "plateau", "none")


@dataclass(frozen=True, slots=True)
class ScheduleClock:
    """The clock of a schedule of timm: epochs or updates.

    Args:
        per_tick: updates of an epoch where ``sched_on_updates``, else 1: lengths in epochs become
            ticks by this factor.
        on_updates: the schedule moves after each update.
        epochs: what the file gives.
        warmup: epochs of the warm-up.
        prefix: it comes before the schedule's own clock starts.
        cooldown: epochs at the floor after the schedule.
    """

    per_tick: int
    on_updates: bool
    epochs: ConfigValue[int]
    warmup: ConfigValue[float]
    prefix: ConfigValue[bool]
    cooldown: ConfigValue[int]

    def ticks(self, length: ConfigValue[float]) -> ConfigValue[float]:
        """A length in epochs as ticks."""
        return length if self.per_tick == 1 else length.derive(_short(length.value * self.per_tick))

    def has_part_of_an_epoch(self, name: str) -> bool:
        """Return True if the schedule ``name`` makes the run longer by a fraction of an epoch."""
        is_part_of_run = self.prefix.value or name in ("wsd", "rsqrt")
        return is_part_of_run and not float(self.warmup.value).is_integer()


def read_scheduler(
    config: ConfigReader, clock: ScheduleClock
) -> tuple[Schedule | None, ConfigValue[float] | None]:
    """The scheduler, and the epochs of the run, which cycles and a cool-down make longer."""
    name = config.text("sched", "cosine")
    if _is_refused(config, clock, name.value):
        return None, None
    epochs = clock.epochs.derive(float(clock.epochs.value))
    if clock.prefix.value and name.value not in (*_CYCLIC, "wsd", "rsqrt"):
        epochs = epochs.derive(epochs.value + clock.warmup.value)
    if name.value == "none":
        return None, epochs
    warmup = {
        "warmup_t": clock.ticks(clock.warmup),
        "warmup_lr_init": config.number("warmup_lr", 1e-5),
    }
    common = {
        "interval": "step" if clock.on_updates else "epoch",
        "t_in_epochs": not clock.on_updates,
        **warmup,
        **_noise(config, clock),
    }
    if name.value in _CYCLIC:
        return _cyclic(config, clock, name, common)
    if name.value in ("wsd", "rsqrt"):
        return _wsd(config, clock, name, common)
    common["warmup_prefix"] = clock.prefix
    return _steps(config, clock, name, common), epochs


def _is_refused(config: ConfigReader, clock: ScheduleClock, name: str) -> bool:
    """Return True after reporting a schedule that timm does not have, or that has no length."""
    if name not in _SCHEDULES:
        hint = nearest(name, _SCHEDULES)
        fix = f"did you mean `{hint}`?" if hint else f"it takes {join_words(_SCHEDULES, 'or')}"
        config.refuse("sched", f"timm has no schedule `{name}`", fix)
    elif name == "plateau":
        message = "what `sched: plateau` does depends on the metric, which the file does not have"
        config.refuse("sched", message, "write a spec with the metric: see `lrplan init`")
    elif name != "none" and clock.has_part_of_an_epoch(name):
        message = "must be whole epochs here: train.py counts them in the length of the run"
        config.refuse("warmup_epochs", message)
    else:
        return False
    return True


def _cyclic(
    config: ConfigReader, clock: ScheduleClock, name: ConfigValue[str], common: dict[str, object]
) -> tuple[Schedule, ConfigValue[float]]:
    factor, limit = config.number("lr_cycle_mul", 1.0), config.integer("lr_cycle_limit", 1)
    length = clock.ticks(clock.epochs.derive(float(clock.epochs.value)))
    scheduler: dict[str, object] = {
        "type": name.same(_CYCLIC[name.value]),
        "t_initial": length.derive(_short(length.value)),
        "lr_min": config.number("min_lr", 0.0),
        "cycle_mul": factor,
        "cycle_decay": config.number("lr_cycle_decay", 0.5),
        "cycle_limit": limit,
        "warmup_prefix": clock.prefix,
        **common,
    }
    if name.value != "tanh":
        scheduler["k_decay"] = config.number("lr_k_decay", 1.0)
    if name.value == "poly":
        scheduler["power"] = config.number("decay_rate", 0.1)
    cycles = max(1, limit.value)
    if cycles > 1000 and factor.value != 1:
        config.refuse("lr_cycle_limit", "more than 1000 cycles that grow have no length")
        return scheduler, clock.epochs.derive(1.0)
    if factor.value == 1:
        ticks = length.value * cycles
    else:
        try:
            ticks = math.floor(-length.value * (factor.value**cycles - 1) / (1 - factor.value))
        except OverflowError:
            config.refuse("lr_cycle_mul", "the cycles grow beyond any number of epochs")
            return scheduler, clock.epochs.derive(1.0)
    if clock.prefix.value:
        ticks += clock.warmup.value * clock.per_tick
    return scheduler, _length(clock, ticks)


def _length(clock: ScheduleClock, ticks: float) -> ConfigValue[float]:
    """The epochs of a run whose schedule has this number of ticks, and then the cool-down."""
    whole = ticks + clock.cooldown.value * clock.per_tick
    return clock.epochs.derive(whole // clock.per_tick if clock.on_updates else whole)


def _wsd(
    config: ConfigReader, clock: ScheduleClock, name: ConfigValue[str], common: dict[str, object]
) -> tuple[Schedule | None, ConfigValue[float] | None]:
    whole = clock.epochs.value * clock.per_tick
    warmup = clock.warmup.value * clock.per_tick
    inner = whole if clock.prefix.value else whole - warmup
    decay = config.number("decay_epochs", 0.2)
    ticks = decay.value * (inner if 0 < decay.value < 1 else clock.per_tick)
    if not 0 < round(ticks) <= inner:
        message = (
            f"the decay of {round(ticks)} ticks does not fit into the {inner:g} after the warm-up"
        )
        config.refuse("decay_epochs" if decay.is_given else "epochs", message)
        return None, None
    is_root = name.value == "rsqrt"
    has_scale = config.has("lr_stable_timescale") or clock.warmup.value > 0
    if is_root and not has_scale:
        message = "`rsqrt` falls by the length of the warm-up, and `warmup_epochs` is 0"
        config.refuse("warmup_epochs", message, "give a warm-up, or `lr_stable_timescale`")
        return None, None
    shape = config.text("lr_decay_fn", "linear" if is_root else "1-sqrt")
    scheduler = {
        "type": name.same("timm:WSDLRScheduler"),
        "t_initial": clock.epochs.derive(_short(inner)),
        "decay_t": decay.derive(round(ticks)),
        "lr_min": config.number("min_lr", 0.0),
        "stable_fn": "rsqrt" if is_root else "constant",
        "decay_fn": shape,
        **common,
    }
    if is_root and config.has("lr_stable_timescale"):
        scheduler["stable_timescale"] = clock.ticks(config.number("lr_stable_timescale", 1.0))
    return scheduler, _length(clock, warmup + inner)


def _steps(
    config: ConfigReader, clock: ScheduleClock, name: ConfigValue[str], common: dict[str, object]
) -> Schedule:
    """``step``, ``multistep`` and ``constant``, which has steps of no effect."""
    if name.value == "constant":
        kind = name.same("timm:StepLRScheduler")
        return {"type": kind, "decay_t": 1, "decay_rate": 1.0, **common}
    rate = config.number("decay_rate", 0.1)
    if name.value == "step":
        length = clock.ticks(config.number("decay_epochs", 90))
        kind = name.same("timm:StepLRScheduler")
        return {"type": kind, "decay_t": length, "decay_rate": rate, **common}
    cuts = config.numbers("decay_milestones", [90, 180, 270])
    ticks = cuts.same([_short(each * clock.per_tick) for each in cuts.value])
    kind = name.same("timm:MultiStepLRScheduler")
    return {"type": kind, "decay_t": ticks, "decay_rate": rate, **common}


def _noise(config: ConfigReader, clock: ScheduleClock) -> dict[str, object]:
    """``lr_noise``: shares of the run between which the rate is noisy; one alone has no end."""
    node = config.get("lr_noise")
    if node is None:
        return {}
    whole = clock.epochs.value * clock.per_tick
    shares = config.numbers("lr_noise", []) if node.is_list else config.number("lr_noise", 0.0)
    given = shares.value if isinstance(shares.value, list) else [shares.value]
    if not given:
        return {}
    ends = [each * whole for each in given] + ([1e9] if len(given) == 1 else [])
    return {
        "noise_range_t": shares.derive([_short(each) for each in ends]),
        "noise_pct": config.number("lr_noise_pct", 0.67),
        "noise_std": config.number("lr_noise_std", 1.0),
        "noise_seed": config.integer("seed", 42),
    }


def _short(value: float) -> float:
    """``300.0`` as 300: ticks are whole wherever they can be."""
    return int(value) if float(value).is_integer() else value
