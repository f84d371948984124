"""The relation of one curve to another, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["equal", "scaled", "shifted", "held", "stretched", "warm-up", "partly", "unrelated"]

TOLERANCE = 1e-9
"""Values that differ by less than this share of the larger peak are the same."""


@dataclass(frozen=True, slots=True)
class Relation:
    """The way curve ``b`` comes from curve ``a``: ``b[i] = factor * a[(i - shift) / stretch]``.

    ``kind``: ``equal``; ``scaled`` (by ``factor`` alone); ``shifted`` (by whole steps); ``held``
    (one of them changes every so many steps to what the other has there); ``stretched`` (the same
    course, in more steps or in fewer); ``warm-up`` (the warm-ups differ, what follows them is
    related); ``partly`` (the same but for one stretch of steps); or ``unrelated``. What is
    shifted or stretched may be scaled as well.
    """

    kind: Kind
    factor: float = 1.0
    shift: int = 0
    """Steps by which ``b`` is late; negative: early."""
    stretch: float = 1.0
    """Steps of ``b`` for one step of ``a``: above 1, ``b`` is the slower one."""
    hold: int = 0
    """Steps for which ``b`` holds a value of ``a``; negative: ``a`` holds those of ``b``."""
    until: int | None = None
    """``partly``: the first step at which they differ; 0 where they agree only later.
    ``warm-up``: where that of ``b`` ends, 0 without one; that of ``a`` ends ``shift`` before."""
    again: int | None = None
    """``partly``: from this step on they agree again."""
    inside: Relation | None = None
    """``partly``: the relation where they differ, seen from the last step that is the same;
    ``warm-up``: the relation after it, seen from its end."""
    warmups: Relation | None = None
    """``warm-up``: the relation of the warm-ups, where both have one and it is a simple one."""
    steps: tuple[int, int] = (0, 0)
    """Steps of ``a`` and of ``b``."""

    def inverse(self) -> Relation:
        """The relation of ``a`` to ``b``: factor 2 is 0.5, shift 3 is -3, stretch 4 is 0.25."""
        until = self.until
        if self.kind == "warm-up" and until is not None:
            until -= self.shift
        return replace(
            self,
            until=until,
            warmups=None if self.warmups is None else self.warmups.inverse(),
            factor=1 / self.factor,
            shift=-self.shift,
            stretch=1 / self.stretch,
            hold=-self.hold,
            inside=None if self.inside is None else self.inside.inverse(),
            steps=self.steps[::-1],
        )
