"""The options of a simulation, from the command line or from Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

EngineName = Literal["auto", "step", "closed"]

ENGINES: tuple[EngineName, ...] = ("auto", "step", "closed")
"""``step`` runs torch's own code at every tick, ``closed`` computes the whole curve and checks it
against the real scheduler, ``auto`` chooses by the length of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """What the user says about a plan source beside its path."""

    family: str = ""
    """The family of configs that it is of, from ``--as``; empty: its content tells."""
    settings: tuple[str, ...] = ()
    """``KEY=VALUE`` of every ``--set``, in order."""
    defaults: tuple[str, ...] = ()
    """``KEY=VALUE`` from the project's settings or from a lock: for sources that read them."""
    ignore: tuple[str, ...] = ()
    """Rules whose findings the project's settings leave out for this source."""
    typed: tuple[str, ...] = field(default=(), compare=False)
    """The words of the command line, for hints that repeat it; no plan depends on them."""


AS_IT_IS = SourceOptions()
"""The options of a source without ``--as`` and ``--set``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Options of a simulation; the defaults are those of the command line."""

    device: str = "cpu"
    """The device of the parameters: cpu, cuda, cuda:N, mps or auto."""
    engine: EngineName = "auto"
    get_lr: bool = False
    """Also record what ``scheduler.get_lr()`` would have logged."""
    step_optimizer: bool = False
    """Give the parameters gradients and really step the optimizer."""
    trust: bool = False
    """True if code that the spec names may run; only the user sets it, by ``--trust``."""
    cache: bool = True
    """True if curves may be read from the cache and stored in it."""
    source: SourceOptions = AS_IT_IS
    """How the plans are read."""


DEFAULT = Request()
"""The request of a command without options."""
