"""The cadence of a scheduler: which ticks call it, and at every how many."""

from __future__ import annotations

from typing import Literal, NamedTuple

Interval = Literal["step", "epoch", "batch"]
Kind = Literal["plain", "plateau"]


class Cadence(NamedTuple):
    """The ticks that call a scheduler, and what its training loop has to know of it besides.

    ``Cadence("epoch")`` is called at the end of each epoch, ``Cadence("step", 10)`` after steps 9,
    19, 29, ... of a plain loop.
    """

    interval: Interval
    frequency: int = 1
    """Its ``step()`` is called at every this many ticks of ``interval``."""
    kind: Kind = "plain"
    """``plateau``: ``ReduceLROnPlateau``, which some loops call later than all others."""
    limit: int | None = None
    """Its ``total_steps``, beyond which accelerate does not call it."""
