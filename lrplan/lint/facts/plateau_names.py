"""What the plateaus of torch and of other packages call the same arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lrplan.lint import Context, SchedulerPlan, Span

Mode = Literal["min", "max"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The arguments of a plateau, by what they do; empty where it has none."""

    mode: str = "mode"
    threshold: str = "threshold"
    threshold_mode: str = "threshold_mode"
    patience: str = "patience"
    cooldown: str = "cooldown"
    factor: str = "factor"
    floor: str = "min_lr"
    eps: str = "eps"
    warmup: str = ""
    """Ticks at its start for which it reads no metric."""
    smallest: str = "min"
    """How it spells a mode of min."""
    largest: str = "max"

    def word(self, mode: str) -> str:
        """How the package spells ``min`` or ``max``."""
        return self.smallest if mode == "min" else self.largest

    def understood(self, value: str) -> Mode:
        """The mode that a word of the package means."""
        return "max" if value == self.largest else "min"


PLATEAUS = {
    "ReduceLROnPlateau": Names(),
    "transformers:reduce_lr_on_plateau": Names(),
    # Without a param_group_index ignite drops min_lr.
    "ignite:ReduceLROnPlateauScheduler": Names(floor=""),
    "timm:PlateauLRScheduler": Names(
        threshold_mode="",
        patience="patience_t",
        cooldown="cooldown_t",
        factor="decay_rate",
        floor="lr_min",
        eps="",
        warmup="warmup_t",
    ),
    "mmengine:ReduceOnPlateauLR": Names(
        mode="rule",
        threshold_mode="threshold_rule",
        floor="min_value",
        smallest="less",
        largest="greater",
    ),
}
"""By scheduler: all of them cut as torch's does, after more than ``patience`` bad values."""

_PARTS = ("begin", "end", "param_group_index")
"""Arguments of some that make a plateau act on a part of the run, or of the groups."""

_EPS = 1e-8


def plateaus(context: Context) -> Iterator[Span]:
    """Every plateau that acts on all its groups, from its start on."""
    for span in context.spans(*PLATEAUS):
        is_told = span.scheduler.type != "timm:PlateauLRScheduler" or span.top.interval == "epoch"
        if is_told and not any(context.is_given(span.scheduler, part) for part in _PARTS):
            yield span


def names(scheduler: SchedulerPlan) -> Names:
    """What a plateau calls its arguments."""
    return PLATEAUS[scheduler.type]


def place(context: Context, span: Span, name: str) -> str:
    """The path of an argument, for a hit; of the type where there is none by that name."""
    return context.path_of(span.scheduler, name or "type")


def eps(context: Context, span: Span) -> float | None:
    """The cut that is too small to be made; torch's own where it cannot be given."""
    name = names(span.scheduler).eps
    return context.number(span.scheduler, name) if name else _EPS


def floors(span: Span) -> object:
    """The floor that is given, one for all groups or a list; 0 without."""
    name = names(span.scheduler).floor
    return span.scheduler.arguments.get(name, 0) if name else 0
