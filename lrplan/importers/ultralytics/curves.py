"""The rate and the momentum of Ultralytics as expressions of the batch, ``x``.

While the warm-up lasts every batch sets the rate again: a line from the group's start to the
epoch's rate ``lr0 * lf(epoch)``. After it, each epoch has its rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrplan.importers.ultralytics.rules import Rules
from lrplan.importers.ultralytics.windows import Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLengths:
    """The length of a run and of its warm-up.

    Args:
        rules: of the release.
        epochs: of the run.
        batches: of an epoch.
        warmup: batches of the warm-up; 0: there is none.
        windows: the accumulation windows.
    """

    rules: Rules
    epochs: int
    batches: int
    warmup: int
    windows: Windows

    @property
    def is_even(self) -> bool:
        """All windows have one size, so that a clock can count batches."""
        # One stretch may also be the beginning of windows that grow faster than they fill.
        size, total = self.windows.last.size, self.epochs * self.batches
        return len(self.windows.stretches) == 1 and self.windows.steps == total // size

    @property
    def warmup_end(self) -> int:
        """The first batch that the warm-up does not set."""
        return self.warmup + (1 if self.rules.ends_at == "last" else 0)


@dataclass(frozen=True, slots=True)
class Decay:
    """``lf``: the share of the rate that each epoch has.

    Args:
        last: ``lrf``, the share that the run tends to.
        cosine: half a cosine, and not a line.
        epochs: of the run.
    """

    last: float
    cosine: bool
    epochs: int

    def at(self, epoch: int) -> float:
        """The share in ``epoch``."""
        done = epoch / self.epochs
        done = (1 - math.cos(math.pi * done)) / 2 if self.cosine else done
        return 1 - (1 - self.last) * done

    def text(self, epoch: str) -> str:
        """The share as an expression, where ``epoch`` is one."""
        fall = 1 - self.last
        if not fall:
            return "1"
        if self.cosine:
            return f"{self.last!r} + {fall!r} * (1 + cos(pi * ({epoch}) / {self.epochs})) / 2"
        return f"1 - {fall!r} * ({epoch}) / {self.epochs}"


def rate_factor(run: RunLengths, decay: Decay, start: float) -> str:
    """The rate as a multiple of the group's, from ``start`` times that at batch 0."""
    late = run.rules.ticks_late
    epoch = f"x // {run.batches}"
    after = decay.text(f"{epoch} - 1" if late else epoch)
    if not run.warmup:
        return decay.text(f"max({epoch} - 1, 0)") if late else after
    end = run.warmup_end
    level = decay.text(epoch)
    rise = f"x / {run.warmup}"
    line = f"{start!r} + ({level} - {start!r}) * {rise}" if start else f"({level}) * {rise}"
    if end >= run.epochs * run.batches:
        return line
    # The last batch of the warm-up leaves its rate to the rest of its epoch: the scheduler ticks
    # at the end of the epoch only.
    held = end - 1
    until = (held // run.batches + 1) * run.batches
    value = start + (decay.at(held // run.batches) - start) * held / run.warmup
    if until > end and (late or held < run.warmup):
        after = f"{value!r} if x < {until} else {after}"
    return f"{line} if x < {end} else {after}"


def momentum_factor(run: RunLengths, base: float, first: float, last: float) -> str:
    """The momentum as a multiple of ``base``: a line from ``first`` to ``last`` in the warm-up."""
    end = run.warmup_end
    at_end = first + (last - first) * (end - 1) / run.warmup
    rise = f"x / {run.warmup}"
    line = f"{first / base!r} + {(last - first) / base!r} * {rise}"
    return f"{line} if x < {end} else {at_end / base!r}"
