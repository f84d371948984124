"""The cadence of a scheduler: it is called after every N-th step, batch or epoch."""

from __future__ import annotations

from typing import Literal, NamedTuple

Interval = Literal["step", "epoch", "batch"]
Kind = Literal["plain", "plateau"]


class Cadence(NamedTuple):
    """The ticks that call a scheduler, and the other facts that its training loop needs.

    ``Cadence("epoch")`` is called at the end of each epoch, ``Cadence("step", 10)`` after steps 9,
    19, 29, ... of a plain loop.
    """

    interval: Interval
    """If a spec has none, ``default_interval`` of its training loop decides: ``loops/plain.py``."""
    frequency: int = 1
    """The number n: ``step()`` is called at every n-th tick of ``interval``."""
    kind: Kind = "plain"
    """``plateau``: ``ReduceLROnPlateau``, which some loops call later than all others."""
    limit: int | None = None
    """The scheduler's ``total_steps``, beyond which accelerate does not call it."""
