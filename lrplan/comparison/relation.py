"""The relation of one curve to another, as plain data: what holds from which step to which."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from lrplan.comparison.law import Law

Kind = Literal["equal", "scaled", "shifted", "held", "stretched", "piecewise", "unrelated"]

TOLERANCE = 1e-9
"""Values that differ by less than this share of the larger peak are the same."""


@dataclass(frozen=True, slots=True)
class Part:
    """The relation of both curves from step ``first`` to step ``last`` of ``b``."""

    first: float
    """Steps of ``b``, counted from 0; epochs or shares where runs are aligned by these."""
    last: float
    law: Law | None = None
    """What holds at every compared step of the part; None: nothing simple does."""
    largest: float = 0.0
    """Without a law: the largest difference at one step, as a share of the larger peak."""
    worst: float | None = None
    """The step that has it."""
    beside: bool = False
    """True if the curve has no counterpart there by the law next to it."""
    points: int = 0
    """Without a law: the number of values compared."""
    lone: int = 0
    """The number of them where only one curve is a finite number."""


@dataclass(frozen=True, slots=True)
class Relation:
    """The relation of curve ``b`` to curve ``a``: parts in the order of the steps of ``b``."""

    parts: tuple[Part, ...] = ()
    steps: tuple[int, int] = (0, 0)
    """Steps of ``a`` and of ``b``."""
    compared: int = 0
    """The number of steps at which both are known; fewer than both have where a file has fewer."""

    @property
    def kind(self) -> Kind:
        """The kind of the law where one holds throughout; ``unrelated`` where none does at all."""
        law = self.law
        if law is not None:
            return law.kind
        return "piecewise" if any(part.law for part in self.parts) else "unrelated"

    @property
    def law(self) -> Law | None:
        """The law that holds wherever it can be compared; None without one."""
        if not self.parts:
            # Two curves without a step are the same; of one that has steps nothing is known.
            return Law() if self.steps == (0, 0) else None
        one = [part for part in self.parts if not part.beside]
        return one[0].law if len(one) == 1 else None

    @property
    def factor(self) -> float:
        """The factor of the law; 1 without one."""
        return 1.0 if self.law is None else self.law.factor

    @property
    def shift(self) -> int:
        """The steps by which ``b`` is late by the law, as a whole; 0 without one."""
        return 0 if self.law is None or self.kind != "shifted" else self.law.shift

    @property
    def stretch(self) -> float:
        """The steps of ``b`` for one of ``a`` by the law; 1 without one."""
        return 1.0 if self.law is None else self.law.stretch

    @property
    def hold(self) -> int:
        """The steps of a stair by the law; 0 without one."""
        return 0 if self.law is None else self.law.hold

    def inverse(self) -> Relation:
        """The relation of ``a`` to ``b``, in steps of ``a``."""
        parts: list[Part] = []
        for part in self.parts:
            back = _inverse(part)
            first = max(back.first, parts[-1].last + 1) if parts else back.first
            # A part that is cut keeps its largest difference only where that is still in it.
            cut = back.worst is not None and back.worst < first
            if first <= back.last and not cut:
                parts.append(replace(back, first=first))
        return replace(self, parts=tuple(parts), steps=self.steps[::-1])


def _inverse(part: Part) -> Part:
    """The part in steps of ``a``.

    Where ``b`` is 2 times slower, its steps 100 to 299 are steps 50 to 149 of ``a``.
    """
    if part.law is None:
        return part
    law = part.law.inverse()
    if part.law.kind not in ("shifted", "stretched"):
        return replace(part, law=law)
    first, last = (
        law.start[1] + (step - law.start[0]) * law.stretch for step in (part.first, part.last)
    )
    return replace(part, law=law, first=math.ceil(first - 1e-6), last=math.floor(last + 1e-6))
