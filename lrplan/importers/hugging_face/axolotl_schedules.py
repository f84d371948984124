"""The schedules of axolotl as schedulers of a spec; those of its own are expressions of the tick.

Source: axolotl 0.19.0, ``utils/schedulers.py`` and ``core/trainers/mixins/scheduler.py``.
"""

from __future__ import annotations

from typing import Any

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.family import Schedule
from lrplan.importers.hugging_face.schedules import (
    RunFacts,
    cosine_to,
    expression,
    number_of,
    with_floor,
)
from lrplan.importers.hugging_face.trainer import NamedSchedule, at_key_place, scheduler_of

_MIN_RATIO = "cosine_min_lr_ratio"


def schedule_of(
    config: ConfigReader,
    kind: NamedSchedule,
    lr: ConfigValue[float],
    warmup: ConfigValue[int],
    steps: int,
) -> Schedule | None:
    """The schedule that ``SchedulerMixin.create_scheduler`` builds."""
    name, run = kind.name.value, RunFacts(lr.value, warmup, steps)
    ratio = _ratio(config, _MIN_RATIO)
    if ratio is not None and name not in ("cosine", "rex"):
        message = f"`{_MIN_RATIO}` is not read: the schedule is `{name}`"
        config.warn_unread(_MIN_RATIO, message, "lr_scheduler: cosine, or delete it")
    if name == "one_cycle":
        made: Schedule | None = _one_cycle(kind, lr, warmup, steps)
    elif (own := _own(config, name, ratio, run)) is not None:
        made = at_key_place(kind, own)
    else:
        made = scheduler_of(config, kind, lr, warmup, steps)
    return _restarted(config, kind, made, run, ratio)


def _ratio(config: ConfigReader, key: str) -> float | None:
    if not config.has(key):
        return None
    value = config.number(key, 0.0).value
    if not 0 <= value <= 1:
        config.refuse(key, f"must be from 0 to 1, not {value:g}")
    return value


def _own(config: ConfigReader, name: str, ratio: float | None, run: RunFacts) -> Schedule | None:
    """One of axolotl's own schedules; None for those of transformers."""
    if name == "rex":
        return expression(_rex(ratio or 0.0, run))
    if name != "cosine":
        return None
    w, fixed = run.warmup.value, _ratio(config, "cosine_constant_lr_ratio")
    if config.boolean("lr_quadratic_warmup", default=False).value:
        if ratio is not None:
            message = f"`{_MIN_RATIO}` is not read: `lr_quadratic_warmup` takes precedence"
            config.warn_unread(_MIN_RATIO, message, "delete one of the two")
        cosine = f"max(0, (1 + cos(pi * {run.progress})) / 2)"
        return expression(cosine if w <= 0 else f"(step / {w}) ** 2 if step < {w} else {cosine}")
    if ratio and fixed:
        end = int(run.steps * fixed)
        progress = f"(min(step, {end}) - {w}) / {max(1, end - w)}"
        cosine = f"max(0, {1 - ratio!r} * (1 + cos(pi * {progress})) / 2) + {ratio!r}"
        return run.after_warmup(cosine)
    if ratio:
        return cosine_to(run, config.number(_MIN_RATIO, ratio))
    return None


def _rex(floor: float, run: RunFacts) -> str:
    """``RexLR``, which is a tick ahead: its constructor already takes the first one."""
    w, rest = run.warmup.value, run.steps - run.warmup.value
    tick = "(step + 1)"
    if rest <= 0:
        return f"{tick} / {w} if {tick} <= {w} else {floor!r}"
    left = f"(({w + rest} - {tick}) / {rest})"
    fall = f"{floor!r} + {1 - floor!r} * ({left} / (0.1 + 0.9 * {left}))"
    after = f"{floor!r} if {tick} >= {w + rest} else {fall}"
    return after if w <= 0 else f"{tick} / {w} if {tick} <= {w} else ({after})"


def _one_cycle(
    kind: NamedSchedule, lr: ConfigValue[float], warmup: ConfigValue[int], steps: int
) -> Schedule:
    own = {} if kind.options is None else kind.options.to_python()
    arguments = {"pct_start": warmup.derive(warmup.value / steps), "anneal_strategy": "cos"}
    # What is read here comes last: the file decides neither the class nor the length.
    return {
        **arguments,
        **(own if isinstance(own, dict) else {}),
        "type": kind.name.same("OneCycleLR"),
        "max_lr": lr,
        "total_steps": steps,
    }


def _restarted(
    config: ConfigReader,
    kind: NamedSchedule,
    made: Schedule | None,
    run: RunFacts,
    ratio: float | None,
) -> Schedule | None:
    """The schedule inside ``JaggedLRRestartScheduler``, which reads it a tick ahead."""
    if not config.has("jagged_restart_steps"):
        return made
    every = config.integer("jagged_restart_steps", 1)
    rise = config.integer("jagged_restart_warmup_steps", 10).value or 10
    fall = config.integer("jagged_restart_anneal_steps", 1).value or 1
    if every.value < 1:
        config.refuse("jagged_restart_steps", f"must be at least 1, not {every.value}")
        return None
    inner = None if kind.name.value == "rex" else _factor_of(made or {}, run)
    if inner is None:
        config.refuse("jagged_restart_steps", f"not understood under `{kind.name.value}`")
        return None
    low, n = ratio or 0.001, every.value
    place = f"((step + 1) % {n})"
    near_end = f"(min(1, ({n} - {place}) / {fall}) if {place} > {n - fall} else 1)"
    cycle = f"(min(1, {place} / {rise}) if {place} < {rise} else {near_end})"
    scale = f"(1 if step + 1 < {n - fall} else {cycle} * {1 - low!r} + {low!r})"
    shifted = inner.replace("step", "(step + 1)")
    return {"type": "LambdaLR", "lr_lambda": every.derive(f"({shifted}) * {scale}")}


def _factor_of(made: Schedule | None, run: RunFacts) -> str | None:
    """A scheduler as an expression, the only one that can be read a tick ahead; None: no such."""
    plain: dict[str, Any] = {
        key: each.value if isinstance(each, ConfigValue) else each
        for key, each in (made or {}).items()
    }
    kind, floor = plain.get("type", "LambdaLR"), number_of(plain.get("min_ratio") or 0.0)
    falls = {
        "WarmupCosine": f"(1 + cos(pi * {run.progress})) / 2",
        "WarmupLinear": f"max(0, 1 - {run.progress})",
        "WarmupConstantSchedule": "1",
    }
    if kind == "LambdaLR":
        return str(plain.get("lr_lambda", "1"))
    if kind not in falls:
        return None
    return str(run.after_warmup(with_floor(falls[kind], floor))["lr_lambda"])
