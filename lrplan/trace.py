"""What a run did: the values that every optimizer step was given, and how they were obtained."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lrplan.clock.training_settings import LoopName
    from lrplan.finding import Severity

FloatArray: TypeAlias = "NDArray[np.float64]"
IntArray: TypeAlias = "NDArray[np.int64]"

_EMPTY: Mapping[str, FloatArray] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that torch gave, and the step after which it came (None: while building)."""

    category: str
    message: str
    step: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run stopped: the last step that was run (-1: none), and what was raised."""

    step: int
    message: str
    detail: tuple[str, ...] = ()
    """The way through the user's own code, a line each."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A step that the plan itself names, such as a milestone, or where a finding bites."""

    step: int
    """Of a finding -1 too: it concerns the run as a whole."""
    label: str
    """Of a finding the rule's name."""
    kind: Literal["milestone", "restart", "end", "skipped", "finding", "resume"] = "milestone"
    severity: Severity | None = None
    """Of a finding."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far computed curves were found to be from what the real schedulers do."""

    checks: int
    """Calls of ``step()`` that were compared with the formula."""
    largest: float
    """The largest difference, as a share of the largest absolute value of its curve."""
    tolerance: float
    """The largest that would have been accepted."""


@dataclass(frozen=True)
class Trace:
    """The applied values of one schedule, per group and step.

    ``columns[field][group]`` is a float64 array of shape ``(steps,)``: element ``s`` is what the
    parameter group held at the moment ``optimizer.step()`` number ``s`` (from 0) ran. ``field`` is
    ``lr``, ``momentum`` (``momentum`` or ``betas[0]``), ``weight_decay``, or any other scheduled
    field; a field that a group does not have is absent from ``columns[field]``.
    """

    name: str
    columns: Mapping[str, Mapping[str, FloatArray]]
    next_values: Mapping[str, Mapping[str, float]]
    """``next_values[field][group]``: what the step after the last one would have been given."""
    groups: tuple[str, ...]
    """Names of the parameter groups, in the optimizer's order."""
    title: str = ""
    description: str = ""
    code_loop: LoopName | None = None
    """Whose training loop the user's code belongs to, where a factory made it and that is seen."""
    planned_steps: int = 0
    """Steps of the whole run; more than ``steps`` when the run stopped midway."""
    epochs: IntArray | None = None
    """The epoch (from 0) of each step, shape ``(steps,)``; None when the run has no epochs."""
    steps_per_epoch: int | None = None
    """Steps of a full epoch; None when the run has no epochs, or epochs of unequal length."""
    get_lr: Mapping[str, FloatArray] = field(default_factory=lambda: _EMPTY)
    """Per group, what ``scheduler.get_lr()`` would have logged at each step, when asked for."""
    get_lr_note: str = ""
    """Why ``get_lr`` is empty although it was asked for."""
    unbroken: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)
    """``columns`` of the run that was never interrupted, of a run that was resumed."""
    marks: tuple[Mark, ...] = ()
    resolved: Mapping[str, object] = field(default_factory=dict)
    """Durations of the spec as resolved: argument path to ticks, e.g. ``{"milestones": [500]}``."""
    arithmetic: tuple[str, ...] = ()
    """How the number of steps came about, in words, a sentence each."""
    warnings: tuple[Warned, ...] = ()
    failure: Failure | None = None
    torch: str = ""
    """Version of torch, e.g. ``2.13.0+cpu``; empty when torch took no part."""
    device: str = "cpu"
    engine: Literal["step", "closed"] = "step"
    engine_note: str = ""
    """Why a run was stepped although it is long enough to be computed; empty otherwise."""
    deviation: Deviation | None = None
    """Of curves that were computed: how they were checked."""

    @property
    def steps(self) -> int:
        """Number of steps recorded."""
        if self.epochs is not None:  # a column may have to be computed to be measured
            return len(self.epochs)
        first = next(iter(self.columns["lr"].values()), None)
        return 0 if first is None else len(first)

    @property
    def lr(self) -> Mapping[str, FloatArray]:
        """Applied learning rate per group: float64, shape ``(steps,)``."""
        return self.columns["lr"]

    @property
    def momentum(self) -> Mapping[str, FloatArray]:
        """Applied ``momentum`` or ``betas[0]`` per group that has it, shape ``(steps,)``."""
        return self.columns.get("momentum", _EMPTY)

    @property
    def weight_decay(self) -> Mapping[str, FloatArray]:
        """Applied weight decay per group that has it: float64, shape ``(steps,)``."""
        return self.columns.get("weight_decay", _EMPTY)

    def epoch_axis(self) -> FloatArray | None:
        """The position of each step in epochs, with fractions: shape ``(steps,)``, or None.

        Step ``i`` of an epoch that has ``n`` recorded steps lies ``i / n`` into it; the last,
        possibly cut, epoch is measured by :meth:`last_epoch_steps`.
        """
        if self.epochs is None:
            return None
        first = np.searchsorted(self.epochs, self.epochs, side="left")
        count = np.searchsorted(self.epochs, self.epochs, side="right") - first
        lengths = np.maximum(count, self.steps_per_epoch or 1) * 1.0
        lengths[self.epochs == self.epochs[-1:]] = self.last_epoch_steps()
        return np.asarray(self.epochs + (np.arange(self.steps) - first) / lengths)

    def last_epoch_steps(self) -> float:
        """How many steps the last epoch would have if the run did not end in the middle of it.

        Where epochs differ in length it counts as cut when it is shorter than all before it, and
        is as long as they are on average; 0 without epochs.
        """
        if self.epochs is None or not len(self.epochs):
            return 0.0
        *before, last = np.bincount(self.epochs).tolist()
        if self.steps_per_epoch is not None:
            return float(max(last, self.steps_per_epoch))
        return float(np.mean(before)) if before and last < min(before) else float(last)
