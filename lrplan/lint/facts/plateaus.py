"""The plateaus of a schedule, torch's and those of other packages that cut as torch's does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lrplan.lint import Context, SchedulerPlan, Span

Mode = Literal["min", "max"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateauNames:
    """The names of a plateau's arguments by their meaning; empty where it has none."""

    mode: str
    threshold: str
    threshold_mode: str
    patience: str
    cooldown: str
    factor: str
    floor: str
    eps: str
    warmup: str
    """Ticks at its start for which it reads no metric."""
    smallest: str
    """The package's word for a mode of min."""
    largest: str

    def word(self, mode: str) -> str:
        """The package's word for ``min`` or ``max``."""
        return self.smallest if mode == "min" else self.largest

    def understood(self, value: str) -> Mode:
        """The mode that a word of the package means."""
        return "max" if value == self.largest else "min"


_PARTS = ("begin", "end", "param_group_index", "param_name")
"""Arguments with which a plateau acts on a part of the run or of the groups, or on any field."""

_EPS = 1e-8


def is_plateau(scheduler: SchedulerPlan) -> bool:
    """Return True for one that cuts the learning rate after more than ``patience`` bad values."""
    row = scheduler.row
    return bool(row.name_of("patience")) and row.field(scheduler.arguments) == "lr"


def is_torch_plateau(scheduler: SchedulerPlan) -> bool:
    """Return True for torch's own plateau: no container of torch passes a metric on to it."""
    return scheduler.row.family == "torch" and is_plateau(scheduler)


def plateaus(context: Context) -> Iterator[Span]:
    """Every plateau that acts on all its groups, from its start on."""
    for span in context.spans():
        if not is_plateau(span.scheduler):
            continue
        acts = not span.scheduler.row.only_per_epoch or span.top.interval == "epoch"
        if acts and not any(context.is_given(span.scheduler, part) for part in _PARTS):
            yield span


def argument_names(scheduler: SchedulerPlan) -> PlateauNames:
    """The names that a plateau has for its arguments, from its row in the catalogue."""
    row = scheduler.row
    mode = row.argument(row.name_of("mode"))
    smallest, largest = ("min", "max") if mode is None else mode.choices
    return PlateauNames(
        mode=row.name_of("mode"),
        threshold=row.name_of("threshold"),
        threshold_mode=row.name_of("threshold mode"),
        patience=row.name_of("patience"),
        cooldown=row.name_of("cooldown"),
        factor=row.name_of("factor"),
        floor=row.name_of("floor"),
        eps=row.name_of("eps"),
        warmup=row.name_of("warm-up"),
        smallest=smallest,
        largest=largest,
    )


def path_of_argument(context: Context, span: Span, name: str) -> str:
    """The path of an argument, for a hit; of the type where there is none by that name."""
    return context.path_of(span.scheduler, name or "type")


def eps(context: Context, span: Span) -> float | None:
    """The cut that is too small to be made; torch's own where it cannot be given."""
    name = argument_names(span.scheduler).eps
    return context.number(span.scheduler, name) if name else _EPS


def floors(span: Span) -> object:
    """The floor that is given, one for all groups or a list; 0 without."""
    name = argument_names(span.scheduler).floor
    return span.scheduler.arguments.get(name, 0) if name else 0
