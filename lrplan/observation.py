"""A training run as it was observed: its optimizers, schedulers, lengths and events.

Two readers fill it: a recording of a running process, and the source of a training script, which
is read and not run. Rules about runs read this and nothing else. What a reader could not find out
is None or absent, and a rule that needs it stays silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from lrplan.events import Event, Location
from lrplan.schedule_code.model import CodePath
from lrplan.trace import Trace

Evidence = Literal["recording", "source"]
Ending = Literal["finished", "stopped", "failed", "interrupted", "unknown"]
"""The end of a run: by itself, because lrplan was asked to stop it, by an exception, by a
signal."""


@dataclass(frozen=True, slots=True)
class KnownLength:
    """A length of the run that is known before the run ends, and where the program states it."""

    value: int
    location: Location | None = None
    text: str = ""
    """As the program writes it, e.g. ``args.epochs``; empty for what was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedGroup:
    """A parameter group: its position in the optimizer, and the scalars that it began with."""

    name: str
    options: Mapping[str, float] = field(default_factory=dict)
    first_step: int = 0
    """The first optimizer step that updates it; above 0 for a group that was added later."""
    initial_lr: float | None = None
    """The learning rate that its schedulers start from; None if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedOptimizer:
    """An optimizer of the run."""

    index: int
    type: str
    """The name of its class, e.g. ``AdamW``."""
    module: str = ""
    """The module of its class, e.g. ``torch.optim.adamw``."""
    arguments: Mapping[str, object] = field(default_factory=dict)
    """The numbers, texts and lists that it was given, by name."""
    groups: tuple[ObservedGroup, ...] = ()
    location: Location | None = None
    trace: Trace | None = None
    """The values that each of its steps applied; None if the run was not executed."""
    escapes: bool = False
    """True if it is passed to code that was not read, and that may step it."""
    predicted: Trace | None = None
    """Of a run that was stopped early: what the steps after those of ``trace`` would apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedScheduler:
    """A scheduler of the run, in the order in which they were made."""

    index: int
    type: str
    """The name of its class, e.g. ``CosineAnnealingLR``."""
    module: str = ""
    """The module of its class, e.g. ``torch.optim.lr_scheduler``."""
    optimizer: int | None = None
    """The index of the optimizer that it drives; None if that is not known."""
    arguments: Mapping[str, object] = field(default_factory=dict)
    """Its arguments by name, as far as they are plain data."""
    unknown: frozenset[str] = frozenset()
    """The names of arguments that were given and whose value is not known, such as a function."""
    function: str = ""
    """The function among its arguments, by module and name; empty if it is not known."""
    parent: int | None = None
    """The index of the scheduler that steps this one, such as a SequentialLR."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Its arguments as the program writes them, e.g. ``args.epochs``; empty for a recording."""
    units: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """The units of the lengths among its arguments, if the program shows them, as powers of
    ``epochs``, ``batches`` and ``samples`` (of an epoch), ``steps`` (of the run), ``accumulate``
    and ``processes``. ``args.epochs * len(loader) // accumulate`` is ``{"epochs": 1, "batches": 1,
    "accumulate": -1}``."""
    escapes: bool = False
    """True if it is passed to code that was not read, and that may step it."""
    prepared: bool = False
    """It went through ``prepare`` of accelerate."""
    step: int = 0
    """The number, from 0, of the optimizer step that comes after it was made."""
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankDifference:
    """The first step at which a process applied another learning rate than process 0."""

    rank: int
    step: int
    optimizer: int
    """The index of the optimizer."""
    group: str
    lr: float
    """The learning rate that the process applied; NaN if it had no such step."""
    lr_of_rank_0: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The observations of one training run.

    ``events`` can be gone through several times. Of a recording they are everything that happened;
    of source code they are those of a run of a few short epochs that the code would make, so that
    their order and their cadence are those of the program and their number is not.
    """

    evidence: Evidence
    file: str
    """The script."""
    optimizers: tuple[ObservedOptimizer, ...] = ()
    schedulers: tuple[ObservedScheduler, ...] = ()
    events: Iterable[Event] = ()
    epochs: KnownLength | None = None
    """Epochs of the whole run as planned."""
    batches_per_epoch: KnownLength | None = None
    accumulate: KnownLength | None = None
    """Batches of one optimizer step."""
    steps: KnownLength | None = None
    """Optimizer steps of the whole run as planned."""
    dataset_size: KnownLength | None = None
    world_size: int = 1
    rank_differences: tuple[RankDifference, ...] = ()
    """Differences of processes that train together: one for each process, optimizer and group."""
    framework: str = ""
    """The trainer that runs the loop, e.g. ``lightning``; empty for a loop of the program's own."""
    torch: str = ""
    """The version of torch, e.g. ``2.13.0+cpu``; empty if nothing was run."""
    code: CodePath | None = None
    """The model of the source; None for a recording."""
    ending: Ending = "unknown"
    prediction_notes: tuple[str, ...] = ()
    """Sentences: what the predicted steps assume, or why there are none."""
    warnings: tuple[tuple[str, Location], ...] = ()
    """Warnings about schedules that torch gave, each with the line that it named."""
