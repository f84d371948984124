"""The trace of a run: lr, momentum and other fields of every parameter group at every step."""

from __future__ import annotations

import reprlib
import struct
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import Literal

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.clock.training_settings import LoopName

DEFAULT_GROUP = "all"
"""The name of the only group of an optimizer whose spec names no groups."""
STANDARD_FIELDS = ("lr", "momentum", "weight_decay")
"""The fields that are recorded of every simulated run, whether a scheduler drives them or not."""

_EMPTY: Mapping[str, FloatArray] = MappingProxyType({})
_PIECE = 65_536
"""The number of values that are hashed at once: few enough for the processor's cache."""


@dataclass(frozen=True, slots=True)
class TorchWarning:
    """A warning that torch gave, and the step after which it came (None: while building)."""

    category: str
    message: str
    step: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """The failure that ended a run: the last step that was run (-1: none), and what was raised."""

    step: int
    message: str
    detail: tuple[str, ...] = ()
    """The traceback through the user's own code, a line each."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A step that the plan itself names, such as a milestone or a restart."""

    step: int
    label: str
    kind: Literal["milestone", "restart", "end", "skipped", "resume"] = "milestone"
    written: str = ""
    """The step in the unit of the spec, if that is not steps: ``epoch 30``, ``20%``."""


@dataclass(frozen=True, slots=True, eq=False)
class MetricReads:
    """The values of a metric that a scheduler was given."""

    steps: IntArray
    """For each value, the first optimizer step after the scheduler read it."""
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Deviation:
    """The difference between computed curves and the real schedulers, as far as it was checked."""

    checks: int
    """Calls of ``step()`` that were compared with the formula."""
    largest: float
    """The largest difference, as a share of the largest absolute value of its curve."""
    tolerance: float
    """The largest difference that would have been accepted, as such a share."""


@dataclass(frozen=True, repr=False)
class Trace:
    """The applied values of one schedule, per group and step.

    ``columns[field][group]`` is a float64 array of shape ``(steps,)``: element ``s`` is the value
    in the parameter group when ``optimizer.step()`` number ``s`` (from 0) ran. ``field`` is ``lr``,
    ``momentum`` (``momentum`` or ``betas[0]``), ``weight_decay``, or any other scheduled field; a
    field that a group does not have is absent from ``columns[field]``.
    """

    name: str
    columns: Mapping[str, Mapping[str, FloatArray]]
    next_values: Mapping[str, Mapping[str, float]]
    """``next_values[field][group]``: the value that the step after the last one would have."""
    groups: tuple[str, ...]
    """Names of the parameter groups, in the optimizer's order."""
    title: str = ""
    description: str = ""
    code_loop: LoopName | None = None
    """The training loop to which the user's code belongs, if a factory made it and lrplan can
    tell."""
    planned_steps: int = 0
    """Steps of the whole run; more than ``steps`` when the run stopped midway."""
    epochs: IntArray | None = None
    """The epoch (from 0) of each step, shape ``(steps,)``; None when the run has no epochs."""
    steps_per_epoch: int | None = None
    """Steps of a full epoch; None when the run has no epochs, or epochs of unequal length."""
    get_lr: Mapping[str, FloatArray] = field(default_factory=lambda: _EMPTY)
    """By group, the values of ``scheduler.get_lr()`` at each step, when asked for."""
    get_lr_note: str = ""
    """The reason why ``get_lr`` is empty although it was asked for."""
    unbroken: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)
    """Of a resumed run: the ``columns`` of the run that was never interrupted."""
    marks: tuple[Mark, ...] = ()
    metrics: Mapping[str, MetricReads] = field(default_factory=dict)
    """The values that plateau schedulers read, by the name of the metric; without those that are
    read very often, and empty for a resumed run."""
    resolved: Mapping[str, object] = field(default_factory=dict)
    """Durations of the spec as resolved: argument path to ticks, e.g. ``{"milestones": [500]}``."""
    arithmetic: tuple[str, ...] = ()
    """Sentences that explain the number of steps: ``1 step an epoch, x 9 epochs = 9 steps``."""
    warnings: tuple[TorchWarning, ...] = ()
    failure: Failure | None = None
    torch: str = ""
    """Version of torch, e.g. ``2.13.0+cpu``; empty if torch was not used."""
    device: str = "cpu"
    formulas: tuple[str, ...] = ()
    """Packages that are not installed, with the releases that lrplan's formulas of their schedulers
    follow, e.g. ``timm 1.0.31``: those formulas ran in their place."""
    packages: tuple[str, ...] = ()
    """Packages that lrplan has formulas for and that ran themselves, with their releases."""
    substitutions: tuple[str, ...] = ()
    """Sentences on what did not run itself: schedulers of packages that are not installed, and
    optimizers outside of torch."""
    engine: Literal["step", "closed"] = "step"
    engine_note: str = ""
    """The reason why a long run was stepped and not computed; empty otherwise."""
    deviation: Deviation | None = None
    """Of computed curves: the check against the real schedulers."""

    def __repr__(self) -> str:
        # The values of a trace would fill the screen in a notebook.
        groups = reprlib.repr(self.groups)
        return f"Trace(name={self.name!r}, steps={self.steps}, groups={groups})"

    @property
    def steps(self) -> int:
        """The number of steps recorded."""
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

    def distinct(self, field: str) -> list[tuple[str, ...]]:
        """The groups that have ``field``, in tuples of groups with equal curves.

        Curves are equal if the values of every step are equal to the last bit; NaN equals NaN, and
        0.0 equals -0.0. Tuples and the names in them keep the order of ``groups``.
        """
        key_of = CurveKeys()
        columns = self.columns.get(field, {})
        shared: dict[bytes, list[str]] = {}
        for group in self.groups:
            if group in columns:
                shared.setdefault(key_of(columns[group]), []).append(group)
        return [tuple(names) for names in shared.values()]

    def epoch_axis(self) -> FloatArray | None:
        """The position of each step in epochs, with fractions: shape ``(steps,)``, or None.

        Step ``i`` of an epoch that has ``n`` recorded steps lies ``i / n`` into it; the last,
        possibly cut, epoch is measured by :meth:`last_epoch_steps`.
        """
        if self.epochs is None:
            return None
        # Example: epochs 0 0 0 0 1 1 of a run of 4 steps an epoch begin at steps 0 and 4, so that
        # the axis is 0, 0.25, 0.5, 0.75, 1, 1.25: step 5 lies one of 4 steps into epoch 1.
        first = np.searchsorted(self.epochs, self.epochs, side="left")
        count = np.searchsorted(self.epochs, self.epochs, side="right") - first
        lengths = np.maximum(count, self.steps_per_epoch or 1) * 1.0
        lengths[self.epochs == self.epochs[-1:]] = self.last_epoch_steps()
        return np.asarray(self.epochs + (np.arange(self.steps) - first) / lengths)

    def last_epoch_steps(self) -> float:
        """The number of steps the last epoch would have if the run did not end in the middle of it.

        If epochs differ in length, it counts as cut if it is shorter than all before it, and is as
        long as they are on average; 0 without epochs.
        """
        if self.epochs is None or not len(self.epochs):
            return 0.0
        *earlier, last = np.bincount(self.epochs).tolist()
        if self.steps_per_epoch is not None:
            return float(max(last, self.steps_per_epoch))
        return float(np.mean(earlier)) if earlier and last < min(earlier) else float(last)


class CurveKeys:
    """Short keys of curves, equal only for equal curves; an array that groups share is read once.

    A thousand groups of a million steps are 8 GB of values: 32 bytes each distinguish them, and one
    column is read at a time. Example: of the columns ``a = [1, 2]``, ``b = [1, 2]`` and
    ``c = [1, 3]``, the keys of ``a`` and ``b`` are the same bytes.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[FloatArray], bytes]] = {}

    def __call__(self, values: FloatArray) -> bytes:
        """The key of ``values``, of shape ``(steps,)``."""
        # An id is reused after its array is deleted: only the reference shows that it is the same
        # array.
        known = self._known.get(id(values))
        if known is None or known[0]() is not values:
            known = self._known[id(values)] = (weakref.ref(values), curve_key(values))
        return known[1]


def curve_key(values: FloatArray) -> bytes:
    """A digest of ``values`` that is equal only if all of them are, to the last bit.

    A constant column, of which a trace may hold a single number, is not hashed step by step: its
    key is that number and the count of steps.
    """
    if values.size and (values == values[0]).all():
        # This key has 16 bytes and a digest has 32, so that the two are never equal.
        return struct.pack("<dq", values[0] + 0.0, values.size)
    digest = blake2b(digest_size=32)
    for start in range(0, values.size, _PIECE):
        # Adding 0.0 turns -0.0, which has other bytes, into 0.0.
        digest.update((values[start : start + _PIECE] + 0.0).tobytes())
    return digest.digest()
