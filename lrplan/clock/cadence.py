"""How often a scheduler asks to be called."""

from __future__ import annotations

from typing import Literal, NamedTuple

Interval = Literal["step", "epoch", "batch"]
Kind = Literal["plain", "plateau"]


class Cadence(NamedTuple):
    """What ticks a scheduler, and what its training loop has to know of it beside that.

    A plain pair of interval and frequency will do for a scheduler that no loop treats differently.
    """

    interval: Interval
    frequency: int = 1
    """Its ``step()`` is called at every this many ticks of ``interval``."""
    kind: Kind = "plain"
    """``plateau``: ``ReduceLROnPlateau``, which some loops call later than all others."""
    limit: int | None = None
    """Its ``total_steps``, beyond which accelerate does not call it."""
