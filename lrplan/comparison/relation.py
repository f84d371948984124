"""The relation of one curve to another, as plain data: what holds from which step to which."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from lrplan.comparison.transform import Transform

Kind = Literal["equal", "scaled", "shifted", "held", "stretched", "piecewise", "unrelated"]

TOLERANCE = 1e-9
"""Values that differ by less than this share of the larger peak are the same."""


@dataclass(frozen=True, slots=True)
class Part:
    """The relation of both curves from step ``first`` to step ``last`` of ``b``."""

    first: float
    """Steps of ``b``, counted from 0; epochs or shares if runs are aligned by these."""
    last: float
    transform: Transform | None = None
    """The transform that holds at every compared step of the part; None: nothing simple does."""
    largest: float = 0.0
    """Without a transform: the largest difference at one step, as a share of the larger peak."""
    worst: float | None = None
    """The step that has it."""
    has_no_counterpart: bool = False
    """True if, by the transform of another part, ``a`` has no counterpart for these steps."""
    points: int = 0
    """Without a transform: the number of values compared."""
    one_sided_points: int = 0
    """The number of them where only one curve is a finite number."""


@dataclass(frozen=True, slots=True)
class Relation:
    """The relation of curve ``b`` to curve ``a``: parts in the order of the steps of ``b``."""

    parts: tuple[Part, ...] = ()
    steps: tuple[int, int] = (0, 0)
    """Steps of ``a`` and of ``b``."""
    compared: int = 0
    """The number of steps at which both are known; fewer than both runs have if a file has
    fewer."""

    @property
    def kind(self) -> Kind:
        """The kind of the transform that holds throughout; ``unrelated`` if none holds."""
        transform = self.transform
        if transform is not None:
            return transform.kind
        return "piecewise" if any(part.transform for part in self.parts) else "unrelated"

    @property
    def transform(self) -> Transform | None:
        """The transform that holds wherever it can be compared; None without one."""
        if not self.parts:
            # Two curves without a step are the same; of one that has steps nothing is known.
            return Transform() if self.steps == (0, 0) else None
        one = [part for part in self.parts if not part.has_no_counterpart]
        return one[0].transform if len(one) == 1 else None

    @property
    def factor(self) -> float:
        """The factor of the transform; 1 without one."""
        return 1.0 if self.transform is None else self.transform.factor

    @property
    def shift(self) -> int:
        """The steps by which ``b`` is late by the transform, as a whole; 0 without one."""
        return 0 if self.transform is None or self.kind != "shifted" else self.transform.shift

    @property
    def stretch(self) -> float:
        """The steps of ``b`` for one of ``a`` by the transform; 1 without one."""
        return 1.0 if self.transform is None else self.transform.stretch

    @property
    def hold(self) -> int:
        """The steps of a stair by the transform; 0 without one."""
        return 0 if self.transform is None else self.transform.hold

    def inverse(self) -> Relation:
        """The relation of ``a`` to ``b``, in steps of ``a``."""
        parts: list[Part] = []
        for part in self.parts:
            back = _inverse(part)
            first = max(back.first, parts[-1].last + 1) if parts else back.first
            # A part that is cut keeps its largest difference only if that is still in it.
            cut = back.worst is not None and back.worst < first
            if first <= back.last and not cut:
                parts.append(replace(back, first=first))
        return replace(self, parts=tuple(parts), steps=self.steps[::-1])


def _inverse(part: Part) -> Part:
    """The part in steps of ``a``.

    If ``b`` is 2 times slower, its steps 100 to 299 are steps 50 to 149 of ``a``.
    """
    if part.transform is None:
        return part
    transform = part.transform.inverse()
    if part.transform.kind not in ("shifted", "stretched"):
        return replace(part, transform=transform)
    first, last = (
        transform.start[1] + (step - transform.start[0]) * transform.stretch
        for step in (part.first, part.last)
    )
    return replace(
        part, transform=transform, first=math.ceil(first - 1e-6), last=math.floor(last + 1e-6)
    )
