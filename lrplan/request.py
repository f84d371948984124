"""The options of a simulation, from the command line or from Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lrplan.text_position import InputText

EngineName = Literal["auto", "step", "closed"]

"""``step`` runs torch's own code at every tick, ``closed`` computes the whole curve and checks it
against the real scheduler, ``auto`` chooses by the length of the run."""


COMMAND_LINE = "<command line>"
"""The name of a typed schedule in messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """The options for a plan source, besides its path."""

    family: str = ""
    """The family of configs that it is of, from ``--as``; empty: recognised by its content."""
    settings: tuple[str, ...] = ()
    """``KEY=VALUE`` of every ``--set``, in order."""
    defaults: tuple[str, ...] = ()
    """``KEY=VALUE`` from the project's settings or from a lock: for sources that read them."""
    ignore: tuple[str, ...] = ()
    """Rules whose findings the project's settings leave out for this source."""
    config: str = ""
    """The file of settings, from ``--config``; empty: the nearest pyproject.toml that has some."""
    schedule_words: tuple[str, ...] = ()
    """A schedule typed in place of a file: the type of a scheduler, then ``KEY=VALUE``."""
    columns: tuple[str, ...] = ()
    """``lr=COLUMN`` and ``step=COLUMN`` of every ``--map``: for logs only."""
    command_line_words: tuple[str, ...] = field(default=(), compare=False)
    """The words of the command line, for hints that repeat it; no plan depends on them."""

    @property
    def typed_schedule(self) -> InputText | None:
        """The command line as the text that findings point into; None if a file is read."""
        return (
            InputText(COMMAND_LINE, " ".join(self.schedule_words)) if self.schedule_words else None
        )


NO_SOURCE_OPTIONS = SourceOptions()
"""The options of a source without ``--as`` and ``--set``."""


@dataclass(frozen=True, slots=True)
class TypedRun:
    """The options of a schedule that is typed in place of a file."""

    lengths: tuple[str, ...] = ()
    """The lengths of the run as they were typed, such as ``--epochs=90``."""
    print_spec: bool = False
    """Write the spec of the typed schedule, and nothing else."""


NO_TYPED_RUN = TypedRun()
"""The options of a command that reads a file."""


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
    source: SourceOptions = NO_SOURCE_OPTIONS
    """The options for reading the plan source."""


DEFAULT_REQUEST = Request()
"""The request of a command without options."""
