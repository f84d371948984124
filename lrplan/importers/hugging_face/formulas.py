"""The schedules of ``transformers.get_scheduler`` as expressions of the tick.

Each is the lambda of its ``LambdaLR``, with numbers for what the config decides; ``total`` is the
number of ticks of the run. They need no transformers to be simulated.

Source: ``transformers/optimization.py`` of 5.24.0, which has the formulas of 4.57.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lrplan.importers.hugging_face.options import OptionError, Options


@dataclass(frozen=True, slots=True)
class Run:
    """What a schedule knows of the run.

    Args:
        lr: the learning rate of the optimizer.
        warmup: ticks of the warm-up.
        steps: ticks of the run.
    """

    lr: float
    warmup: int
    steps: int

    @property
    def decay(self) -> str:
        """Ticks from the warm-up to the end, at least 1, as an expression."""
        return f"(total - {self.warmup})" if self.steps > self.warmup else "1"

    @property
    def progress(self) -> str:
        """The share of the way from the warm-up to the end, as an expression."""
        return f"(step - {self.warmup}) / {self.decay}"

    def after_warmup(self, formula: str) -> str:
        """``formula`` after a line from 0 to 1."""
        w = self.warmup
        return formula if w <= 0 else f"step / {w} if step < {w} else {formula}"


def _linear(run: Run, options: Options) -> str:
    del options
    return run.after_warmup(f"max(0, (total - step) / {run.decay})")


def _wave(waves: float, progress: str) -> str:
    """A cosine from 1, as an expression; half a wave ends at 0."""
    angle = "pi" if waves == 0.5 else f"pi * {2 * waves!r}"
    return f"(1 + cos({angle} * {progress})) / 2"


def _cosine(run: Run, options: Options) -> str:
    waves = options.number("num_cycles", 0.5)
    return run.after_warmup(f"max(0, {_wave(waves, run.progress)})")


def _cosine_with_restarts(run: Run, options: Options) -> str:
    cycles = options.number("num_cycles", 1)
    wave = f"(1 + cos(pi * ({cycles!r} * {run.progress} % 1))) / 2"
    return run.after_warmup(f"(0 if {run.progress} >= 1 else max(0, {wave}))")


def _polynomial(run: Run, options: Options) -> str:
    end, power = options.number("lr_end", 1e-7), options.number("power", 1.0)
    if not run.lr > end:
        raise OptionError("lr_end", f"`lr_end` {end!r} must be below the learning rate {run.lr!r}")
    ratio = end / run.lr
    return run.after_warmup(f"({1 - ratio!r} * (1 - {run.progress}) ** {power!r} + {ratio!r})")


def _constant_with_warmup(run: Run, options: Options) -> str:
    del options
    return run.after_warmup("1")


def _inverse_sqrt(run: Run, options: Options) -> str:
    scale = options.number("timescale", run.warmup or 10_000)
    return run.after_warmup(f"1 / sqrt((step + {scale - run.warmup!r}) / {scale!r})")


def _floor(run: Run, options: Options) -> float:
    """``min_lr`` or ``min_lr_rate`` as a share of the learning rate."""
    floor, rate = options.optional("min_lr"), options.optional("min_lr_rate")
    if (floor is None) == (rate is None):
        raise OptionError("", "give one of `min_lr` and `min_lr_rate` in `lr_scheduler_kwargs`")
    if rate is not None:
        return rate
    if not run.lr:
        raise OptionError("min_lr", "`min_lr` is a share of a learning rate of 0")
    return (floor or 0.0) / run.lr


def _cosine_with_min_lr(run: Run, options: Options) -> str:
    waves, floor = options.number("num_cycles", 0.5), _floor(run, options)
    cosine = _wave(waves, run.progress)
    return run.after_warmup(f"max(0, {cosine} * {1 - floor!r} + {floor!r})")


def _cosine_warmup_with_min_lr(run: Run, options: Options) -> str:
    waves, floor = options.number("num_cycles", 0.5), _floor(run, options)
    start, w = options.optional("warmup_lr_rate"), run.warmup
    progress = f"(step - {w} + 1) / {run.decay}"
    cosine = _wave(waves, progress)
    after = f"max(0, {cosine} * {1 - floor!r} + {floor!r})"
    if w <= 0:
        return after
    rise = f"(step + 1) / {w}"
    if start is not None:
        rise = f"{start!r} + {1 - start!r} * step / {max(1, w - 1)}"
    return f"{rise} if step < {w} else {after}"


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


def _warmup_stable_decay(run: Run, options: Options) -> str:
    w, decay = run.warmup, options.integer("num_decay_steps", None)
    stable = options.integer("num_stable_steps", run.steps - w - decay)
    floor = options.number("min_lr_ratio", 0.0)
    waves = 2 * options.number("num_cycles", 0.5)
    rise = _RISES[options.choice("warmup_type", "linear", tuple(_RISES))]
    fall = _FALLS[options.choice("decay_type", "cosine", tuple(_FALLS))]
    start = w + stable
    falling = fall.format(f"((step - {start}) / {max(1, decay)})", repr(waves))
    after = f"max(0, {falling} * {1 - floor!r} + {floor!r})"
    after = f"1 if step < {start} else ({after} if step < {start + decay} else {floor!r})"
    if w <= 0:
        return after
    rising = rise.format(f"(step / {w})")
    return f"max(0, {rising} * {1 - floor!r} + {floor!r}) if step < {w} else ({after})"


FORMULAS: Mapping[str, Callable[[Run, Options], str]] = {
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
