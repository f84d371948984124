"""The contents of a recording, as the recorder fills it and the file stores it.

Optimizers and schedulers have the numbers under which the recorder met them; ``observation.py``
gives them those that users see. Places in programs are indices into ``Recording.locations``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NOWHERE = -1
"""The index of a place, an optimizer or a scheduler that is not known."""


@dataclass(slots=True)
class FieldChanges:
    """The values that a field of a group had: a row of step and value for each change."""

    group: int
    name: str
    """Of the field."""
    tables: list[bytes] = field(default_factory=list)
    last: float = 0.0


@dataclass(slots=True, kw_only=True)
class RecordedGroup:
    """A parameter group as it was when it was first updated."""

    name: str = ""
    """The name that the program gave it, if any."""
    options: dict[str, float]
    first_step: int = 0
    initial_lr: float | None = None
    """What schedulers start from; None where there was none."""


@dataclass(slots=True, kw_only=True)
class RecordedOptimizer:
    """An optimizer and what its steps applied."""

    type: str
    module: str = ""
    arguments: dict[str, object] = field(default_factory=dict)
    location: int = NOWHERE
    order: int = NOWHERE
    """Its position among the optimizers by their first steps; ``NOWHERE`` if it made none."""
    steps: int = 0
    groups: list[RecordedGroup] = field(default_factory=list)
    lr: list[bytes] = field(default_factory=list)
    """Tables of learning rates: a row a step, a column a group."""
    final_lr: list[float] = field(default_factory=list)
    """The learning rates at the end of the run, which its next step would have applied."""
    changes: list[FieldChanges] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    """Rows of steps that a gradient scaler made without effect."""


@dataclass(slots=True, kw_only=True)
class RecordedScheduler:
    """A scheduler, with its arguments as far as they are plain data."""

    type: str
    module: str = ""
    optimizer: int = NOWHERE
    arguments: dict[str, object] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    function: str = ""
    """The function among its arguments, by module and name, as ``train.warm_up``."""
    function_arguments: dict[str, object] = field(default_factory=dict)
    """The arguments that ``functools.partial`` gives that function."""
    parent: int = NOWHERE
    step: int = 0
    location: int = NOWHERE
    is_prepared: bool = False
    """It went through ``prepare`` of accelerate."""


@dataclass(slots=True, kw_only=True)
class RecordedRankDifference:
    """The first step at which another process applied another learning rate than this one."""

    rank: int
    optimizer: int
    """By the order of first steps."""
    group: int
    step: int
    lr: float
    """NaN if it made no such step."""
    lr_of_rank_0: float


@dataclass(slots=True, kw_only=True)
class RecordedLoader:
    """A data loader that was gone through."""

    location: int = NOWHERE
    batches: int | None = None
    dataset_size: int | None = None
    batch_size: int | None = None
    is_training: bool = False
    """There were backward passes or steps after its batches."""
    passes: int = 0
    """How often it was started."""


@dataclass(slots=True, kw_only=True)
class RecordedLength:
    """A length of the run that its trainer knows, such as ``epochs``."""

    name: str
    value: int
    text: str = ""
    location: int = NOWHERE


@dataclass(slots=True, kw_only=True)
class RecordedPrediction:
    """The predicted values of an optimizer's further steps, of a run that was stopped early."""

    optimizer: int
    steps: int
    fields: dict[str, list[bytes]]
    """Tables by field: a row a step, a column a group; NaN where a group does not have it."""
    next_values: dict[str, list[float]]
    epochs: list[bytes] = field(default_factory=list)
    """Tables of one column: the epoch of each step; empty where there are none."""
    failure: str = ""
    """What ended it early, if a scheduler raised something."""


@dataclass(frozen=True, slots=True)
class EventCode:
    """All that is equal in events of one sort; the stream of events has a number for each."""

    kind: str
    subject: str = ""
    """What ``index`` counts: ``optimizer``, ``scheduler`` or ``loader``; empty: nothing."""
    index: int = 0
    group: int = NOWHERE
    """The parameter group; ``NOWHERE`` for all."""
    location: int = NOWHERE
    values: int = 0
    """How many numbers each event has: 1 for a value, 2 for a value and what was applied."""


@dataclass(slots=True)
class EventLog:
    """The events of a run in order, each by the index of its code."""

    codes: list[EventCode] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    """Compressed little-endian integers of 4 bytes."""
    counts: list[int] = field(default_factory=list)
    """The number of events in each chunk."""
    values: list[bytes] = field(default_factory=list)
    """Tables of one column: the values of the events that have some."""


@dataclass(slots=True, kw_only=True)
class Recording:
    """A training run of one process, as a file has it."""

    file: str
    """The script as it was named."""
    torch: str = ""
    ending: str = "unknown"
    framework: str = ""
    world_size: int = 1
    locations: list[tuple[str, int]] = field(default_factory=list)
    optimizers: list[RecordedOptimizer] = field(default_factory=list)
    schedulers: list[RecordedScheduler] = field(default_factory=list)
    loaders: list[RecordedLoader] = field(default_factory=list)
    lengths: list[RecordedLength] = field(default_factory=list)
    events: EventLog = field(default_factory=EventLog)
    warnings: list[tuple[str, int]] = field(default_factory=list)
    backwards_per_step: list[tuple[int, int]] = field(default_factory=list)
    """Pairs: a number of backward passes, and how many steps came after that number."""
    predictions: list[RecordedPrediction] = field(default_factory=list)
    prediction_notes: list[str] = field(default_factory=list)
    """Sentences: what the predictions assume, or why there are none."""
    rank_differences: list[RecordedRankDifference] = field(default_factory=list)
    process: int = 0
    """The number of the process, while its recording waits to be merged."""
    notes: list[str] = field(default_factory=list)
    """Sentences for the report about what could not be seen."""
