"""The options of a simulation, from the command line or from Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EngineName = Literal["auto", "step", "closed"]

ENGINES: tuple[EngineName, ...] = ("auto", "step", "closed")
"""``step`` runs torch's own code at every tick, ``closed`` computes the whole curve and checks it
against the real scheduler, ``auto`` takes the one that suits the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Options of a simulation; the defaults are those of the command line."""

    device: str = "cpu"
    """Where parameters live: cpu, cuda, cuda:N, mps or auto."""
    engine: EngineName = "auto"
    get_lr: bool = False
    """Also record what ``scheduler.get_lr()`` would have logged."""
    step_optimizer: bool = False
    """Give the parameters gradients and really step the optimizer."""
    trust: bool = False
    """Whether code that the spec names may run: only ever set by the person at the keyboard."""
    cache: bool = True
    """Whether curves known from an earlier call may be taken from the cache, and kept in it."""


DEFAULT = Request()
"""The request of a command without options."""
