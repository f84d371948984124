"""The schedules of ``transformers.get_scheduler`` as schedulers of a spec.

Most are rows of lrplan's own: ``cosine`` with a warm-up of 469 is
``{type: WarmupCosine, warmup_steps: 469, total_steps: 100%}``. The rows ``transformers:*`` cover
all of them, but they import transformers if it is installed, which takes seconds and may be any
release; and they are stepped, while lrplan's own are computed by formula. Where lrplan has no row
of its own, the factor of the package's ``LambdaLR`` is written as an expression of the tick;
``total`` is the number of ticks of the run.

Source: ``transformers/optimization.py`` of 5.24.0, which has the formulas of 4.57.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lrplan.importers.config_value import ConfigValue
from lrplan.importers.family import Schedule
from lrplan.importers.hugging_face.options import OptionError, SchedulerKwargs

_READABLE = 8
"""Characters of a ratio that a person reads at a glance: 0.1, and not 0.004999999999999999."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts of the run that a schedule needs.

    Args:
        lr: the learning rate of the optimizer.
        warmup: ticks of the warm-up.
        steps: ticks of the run.
    """

    lr: float
    warmup: ConfigValue[int]
    steps: int

    @property
    def decay(self) -> str:
        """Ticks from the warm-up to the end, at least 1, as an expression."""
        return f"(total - {self.warmup.value})" if self.steps > self.warmup.value else "1"

    @property
    def progress(self) -> str:
        """The share of the way from the warm-up to the end, as an expression."""
        return f"(step - {self.warmup.value}) / {self.decay}"

    def to_the_end(self, kind: str, **arguments: object) -> Schedule:
        """A scheduler with a warm-up that reaches its last value at the end of the run."""
        lengths = {"warmup_steps": self.warmup, "total_steps": "100%"}
        return {"type": kind, **lengths, **arguments}

    def share(self, lr: float) -> float | str:
        """``lr`` over that of the optimizer, as a quotient where that is easier to read."""
        ratio = lr / self.lr
        is_plain = len(repr(ratio)) <= _READABLE or lr < 0
        return ratio if is_plain else f"{lr!r} / {self.lr!r}"

    def after_warmup(self, formula: str) -> Schedule:
        """``formula`` after a line from 0 to 1."""
        w = self.warmup.value
        return expression(formula if w <= 0 else f"step / {w} if step < {w} else {formula}")


def expression(formula: str) -> Schedule:
    """A scheduler whose factor is an expression."""
    return {"type": "LambdaLR", "lr_lambda": formula}


def cosine_to(run: RunFacts, floor: ConfigValue[float] | ConfigValue[float | str]) -> Schedule:
    """Half a cosine after the warm-up, to a share of the learning rate."""
    return run.to_the_end("WarmupCosine", min_ratio=floor if floor.value else None)


def _linear(run: RunFacts, options: SchedulerKwargs) -> Schedule:
    del options
    return run.to_the_end("WarmupLinear")


def _wave(waves: float, progress: str) -> str:
    """A cosine from 1, as an expression; half a wave ends at 0."""
    angle = "pi" if waves == 0.5 else f"pi * {2 * waves!r}"
    return f"(1 + cos({angle} * {progress})) / 2"


def number_of(ratio: float | str) -> float:
    """A ratio as a number: ``1 / 4`` is 0.25."""
    above, _, below = str(ratio).partition(" / ")
    return float(above) / float(below or 1)


def with_floor(shape: str, floor: float) -> str:
    """``shape``, from 1 to 0, with its low end at ``floor``, as an expression."""
    return f"{shape} * {1 - floor!r} + {floor!r}" if floor else shape


def _cosine(run: RunFacts, options: SchedulerKwargs) -> Schedule:
    waves = options.number("num_cycles", 0.5)
    if waves == 0.5:
        return run.to_the_end("WarmupCosine")
    return run.after_warmup(f"max(0, {_wave(waves, run.progress)})")


def _cosine_with_restarts(run: RunFacts, options: SchedulerKwargs) -> Schedule:
    cycles = options.number("num_cycles", 1)
    if cycles == 1:
        return run.to_the_end("WarmupCosine")
    wave = f"(1 + cos(pi * ({cycles!r} * {run.progress} % 1))) / 2"
    return run.after_warmup(f"(0 if {run.progress} >= 1 else max(0, {wave}))")


def _polynomial(run: RunFacts, options: SchedulerKwargs) -> Schedule:
    end, power = options.number("lr_end", 1e-7), options.number("power", 1.0)
    if not run.lr > max(end, 0):
        raise OptionError("lr_end", f"`lr_end` {end!r} must be below the learning rate {run.lr!r}")
    ratio = options.value("lr_end", run.share(end))
    if power == 1:
        return run.to_the_end("WarmupLinear", min_ratio=ratio)
    return run.to_the_end("WarmupPolynomial", power=options.value("power", power), min_ratio=ratio)


def _constant_with_warmup(run: RunFacts, options: SchedulerKwargs) -> Schedule:
    del options
    return {"type": "WarmupConstantSchedule", "warmup_steps": run.warmup}


def _inverse_sqrt(run: RunFacts, options: SchedulerKwargs) -> Schedule:
    w = run.warmup.value
    scale = options.number("timescale", w or 10_000)
    if w < 1 or scale < 1 or not float(scale).is_integer():
        return run.after_warmup(f"1 / sqrt((step + {scale - w!r}) / {scale!r})")
    own = None if scale == w else options.value("timescale", int(scale))
    return {"type": "InverseSqrtScheduler", "warmup_steps": run.warmup, "timescale": own}


def _floor(run: RunFacts, options: SchedulerKwargs) -> ConfigValue[float | str]:
    """``min_lr`` or ``min_lr_rate`` as a share of the learning rate."""
    floor, rate = options.optional("min_lr"), options.optional("min_lr_rate")
    if (floor is None) == (rate is None):
        raise OptionError("", "give one of `min_lr` and `min_lr_rate` in `lr_scheduler_kwargs`")
    if rate is not None:
        return options.value("min_lr_rate", rate)
    if not run.lr:
        raise OptionError("min_lr", "`min_lr` is a share of a learning rate of 0")
    return options.value("min_lr", run.share(floor or 0.0))


def _cosine_with_min_lr(run: RunFacts, options: SchedulerKwargs) -> Schedule:
    waves, ratio = options.number("num_cycles", 0.5), _floor(run, options)
    floor = number_of(ratio.value)
    if waves == 0.5 and floor >= 0:
        return cosine_to(run, ratio)
    return run.after_warmup(f"max(0, {with_floor(_wave(waves, run.progress), floor)})")


def _cosine_warmup_with_min_lr(run: RunFacts, options: SchedulerKwargs) -> Schedule:
    waves, floor = options.number("num_cycles", 0.5), number_of(_floor(run, options).value)
    start, w = options.optional("warmup_lr_rate"), run.warmup.value
    progress = f"(step - {w} + 1) / {run.decay}"
    after = f"max(0, {with_floor(_wave(waves, progress), floor)})"
    if w <= 0:
        return expression(after)
    rise = f"(step + 1) / {w}"
    if start is not None:
        rise = f"{start!r} + {1 - start!r} * step / {max(1, w - 1)}"
    return expression(f"{rise} if step < {w} else {after}")


_RISES = {
    "linear": "{0}",
    "cosine": "(1 - cos(pi * {0})) / 2",
    "1-sqrt": "(1 - sqrt(1 - {0}))",
}
_FALLS = {
    "linear": "(1 - {0})",
    "cosine": "(1 + cos(pi * {1} * {0})) / 2",
    "1-sqrt": "(1 - sqrt({0}))",
}


def _warmup_stable_decay(run: RunFacts, options: SchedulerKwargs) -> Schedule:
    w, decay = run.warmup.value, options.integer("num_decay_steps", None)
    stable = options.integer("num_stable_steps", run.steps - w - decay)
    floor = options.number("min_lr_ratio", 0.0)
    waves = 2 * options.number("num_cycles", 0.5)
    rise = options.choice("warmup_type", "linear", tuple(_RISES))
    fall = options.choice("decay_type", "cosine", tuple(_FALLS))
    # The warm-up of lrplan's own row is a line from 0, and this one is a curve from the floor.
    has_own_rise = w and (rise != "linear" or floor)
    if min(decay - 1, stable, floor) < 0 or waves != 1 or has_own_rise:
        return _stable_expression((w, w + stable, w + stable + decay), floor, rise, fall, waves)
    return {
        "type": "WarmupStableDecay",
        "warmup_steps": run.warmup,
        "total_steps": "100%" if w + stable + decay == run.steps else w + stable + decay,
        "decay_steps": options.value("num_decay_steps", decay),
        "decay_type": options.value("decay_type", fall),
        "min_ratio": options.value("min_lr_ratio", floor) if floor else None,
    }


def _stable_expression(
    ends: tuple[int, int, int], floor: float, rise: str, fall: str, waves: float
) -> Schedule:
    """A rise, a constant part and a fall that end at these ticks, as an expression."""
    w, start, end = ends
    falling = _FALLS[fall].format(f"((step - {start}) / {max(1, end - start)})", repr(waves))
    after = f"max(0, {with_floor(falling, floor)})"
    after = f"1 if step < {start} else ({after} if step < {end} else {floor!r})"
    if w <= 0:
        return expression(after)
    rising = _RISES[rise].format(f"(step / {w})")
    return expression(f"max(0, {with_floor(rising, floor)}) if step < {w} else ({after})")


SCHEDULES: Mapping[str, Callable[[RunFacts, SchedulerKwargs], Schedule]] = {
    "linear": _linear,
    "cosine": _cosine,
    "cosine_with_restarts": _cosine_with_restarts,
    "polynomial": _polynomial,
    "constant_with_warmup": _constant_with_warmup,
    "inverse_sqrt": _inverse_sqrt,
    "cosine_with_min_lr": _cosine_with_min_lr,
    "cosine_warmup_with_min_lr": _cosine_warmup_with_min_lr,
    "warmup_stable_decay": _warmup_stable_decay,
}
"""By the name that ``lr_scheduler_type`` takes; ``constant`` needs none."""

TAKE_NO_OPTIONS = ("constant", "constant_with_warmup")
"""Schedules that ``get_scheduler`` builds without ``lr_scheduler_kwargs``, whatever they say."""

NEED_METRIC = ("reduce_lr_on_plateau", "greedy")
"""Schedules that follow a metric: no config has its values."""
