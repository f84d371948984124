"""The schedule code of a script as plain data.

``source_code`` reads it from the text of a script, which is neither run nor imported. What could
not be found out is ``UNKNOWN``, None or absent; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, TypeAlias

from lrplan.events import EventKind, Location
from lrplan.text_position import START, TextPosition

FAMILY: Final = "source"
"""What ``--as`` calls training source."""


class Unknown(Enum):
    """The type of ``UNKNOWN``."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
"""The value of an expression that is not known without running the program."""

Unit = Literal[
    "epochs", "samples", "batches", "steps", "accumulate", "batch_size", "processes", "other"
]
"""What a length in a program counts.

``samples`` and ``batches`` are those of an epoch (``len(dataset)``, ``len(loader)``), ``steps``
those of the run.
"""


Owner = Literal["scheduler", "optimizer"]
LoopKind = Literal["epoch", "batch", "other"]


@dataclass(frozen=True, slots=True)
class CodeValue:
    """An expression of the program, as far as it is known."""

    text: str = ""
    """As the program writes it, e.g. ``args.epochs * len(loader)``."""
    value: object = UNKNOWN
    units: Mapping[str, int] | None = field(default=None, hash=False)
    """The powers of the units that it is a product of; None where that is not known.

    ``args.epochs * len(loader) // accumulate`` has ``epochs`` and ``batches`` to the power 1 and
    ``accumulate`` to the power -1; a literal number has none.
    """
    place: TextPosition = START
    is_default: bool = False
    """It is the default of an option that the user of the program may set."""
    formula: str | tuple[str, ...] = ""
    """Of a function of one number: its value, as an expression of ``x``; of a list of functions,
    one for each. Empty for everything else."""
    is_of_one_process: bool = False
    """It is a length of a loader that went through ``prepare`` of accelerate."""
    in_batches: tuple[str, tuple[int, ...]] | None = None
    """The loader whose length it is a multiple of, and how many times: ``3 * len(loader)``; of a
    list, how many times each item is."""

    @property
    def number(self) -> float | None:
        """Its value as a number; None if it is not a number or not known."""
        is_number = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        return self.value if is_number else None  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOptimizer:
    """An optimizer that the program makes or is given."""

    index: int
    type: str = ""
    """The name of its class; empty where that is not known."""
    module: str = ""
    arguments: Mapping[str, CodeValue] = field(default_factory=dict, hash=False)
    has_more_arguments: bool = False
    """It is given arguments whose names are not known: ``*rest`` or ``**options``."""
    groups: tuple[Mapping[str, CodeValue], ...] | None = field(default=None, hash=False)
    """The values of its parameter groups; none of them: all parameters are one group. None where
    its groups are not known."""
    place: TextPosition = START
    escapes: bool = False
    """It is passed to code that was not read, which may step it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeScheduler:
    """A scheduler that the program makes."""

    index: int
    type: str
    module: str
    """The module of its class, e.g. ``torch.optim.lr_scheduler``; empty for the program's own."""
    optimizer: int | None = None
    arguments: Mapping[str, CodeValue] = field(default_factory=dict, hash=False)
    keywords: Mapping[str, TextPosition] = field(default_factory=dict, hash=False)
    """The places of its keyword arguments, ``name=value``."""
    removals: Mapping[str, TextPosition] = field(default_factory=dict, hash=False)
    """What has to go to remove a keyword argument: it, with the comma before it. None where a
    comment stands there."""
    has_more_arguments: bool = False
    """It is given arguments whose names are not known: ``*rest`` or ``**options``."""
    inside: tuple[int, ...] = ()
    """The indices of the schedulers that it is given, in the order in which it is given them."""
    parent: int | None = None
    place: TextPosition = START
    escapes: bool = False
    """It is passed to code that was not read, which may step it."""
    prepared: bool = False
    """It went through ``prepare`` of accelerate."""
    late_bound: str = ""
    """The variable of a loop that its functions read when they are called, and not when they are
    made: ``[lambda e: f**e for f in factors]``."""
    written: tuple[AttributeWrite, ...] = ()
    """Attributes of it that the program sets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeWrite:
    """``scheduler.T_max = ...``."""

    name: str
    place: TextPosition
    in_loop: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that the program does to an optimizer or to a scheduler."""

    kind: EventKind
    index: int = 0
    of: Owner = "scheduler"
    place: TextPosition = START
    arguments: tuple[CodeValue, ...] = ()
    """What the call is given; of a write, the value that is written."""
    group: str = ""
    name_place: TextPosition = START
    """The place of the name of the method, e.g. of ``get_lr``."""
    argument_place: TextPosition = START
    """The place of what is between the parentheses of the call."""
    is_given_batch: bool = False
    """A tick that is given ``epoch + i / n``, where i counts the batches from 0."""
    scaled: bool = False
    """A gradient scaler makes the step, and leaves it out when gradients overflow."""
    keeps_ratios: bool = False
    """A write that multiplies each group's own value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A loop: over epochs, over the batches of an epoch, or another, such as over folds."""

    kind: LoopKind
    number: int
    """Its own among the loops of the program."""
    body: tuple[Node, ...]
    length: CodeValue | None = None
    place: TextPosition = START
    assumed: bool = False
    """It stands for a call such as ``train(model, loader, optimizer)`` of code that was not read,
    which steps the optimizer somehow."""


When = Literal["every", "first", "not_first", "last", "not_last", "late", "early"]
"""In which rounds of a loop something happens: every n-th, or the rounds from some one on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SomeIterations:
    """An act that happens in some rounds of a loop only."""

    when: When
    loop: int
    """The number of the loop."""
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...] = ()
    count: CodeValue | None = None
    """The n of ``every``."""
    offset: int = 0
    """The first round, from 0, of ``every``; -1 for the last one of each n."""
    also_last: bool = False
    """It happens in the last round too: ``(i + 1) % n == 0 or i + 1 == len(loader)``."""
    counted_by_hand: bool = False
    """The program counts the rounds itself, perhaps from one epoch to the next: ``i += 1``."""


Node: TypeAlias = "Action | Loop | SomeIterations"


@dataclass(frozen=True, slots=True, kw_only=True)
class LightningScheduler:
    """The dictionary that ``configure_optimizers`` returns for one scheduler."""

    scheduler: int
    interval: CodeValue | None = None
    frequency: CodeValue | None = None
    monitor: CodeValue | None = None
    misplaced: tuple[str, ...] = ()
    """Keys of a scheduler's config that are beside it, where Lightning does not read them."""
    place: TextPosition = START


@dataclass(frozen=True, slots=True, kw_only=True)
class NameUse:
    """A use of a name that a rule asks for, such as an import of ``_LRScheduler``."""

    name: str
    """With its module, e.g. ``torch.optim.lr_scheduler._LRScheduler``."""
    place: TextPosition
    spelled: tuple[TextPosition, ...] = ()
    """Every place of the name, to rename it; empty where that cannot be done in this file alone."""
    guarded: bool = False
    """It is in a ``try`` or under a check of the version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePath:
    """One path through a script: its main part, or a function or class that it only defines."""

    file: str
    optimizers: tuple[CodeOptimizer, ...] = ()
    schedulers: tuple[CodeScheduler, ...] = ()
    body: tuple[Node, ...] = ()
    framework: str = ""
    lightning: tuple[LightningScheduler, ...] = ()
    manual_optimization: bool = False
    names: tuple[NameUse, ...] = ()
    words: frozenset[str] = frozenset()
    """Texts of the script that show what it takes care of, e.g. ``initial_lr``."""
    mixed_precision: bool = False
    ticked_elsewhere: frozenset[int] = frozenset()
    """Schedulers that are stepped, if not here, then on another path through the script."""
    stepped_elsewhere: frozenset[int] = frozenset()
    """Optimizers of which the same holds."""
    conditions: tuple[str, ...] = ()
    """Conditions whose value is not known, as this way takes them: ``args.amp`` is false."""
    exits: tuple[tuple[TextPosition, tuple[int, ...]], ...] = ()
    """Statements that may end a loop, or one of its rounds, early, such as ``break``, and the
    numbers of the loops that they may end."""
    reads_after_ticks: tuple[tuple[Action, int], ...] = ()
    """``get_last_lr()`` after a tick in the same round of a loop, and the number of that loop."""
    handlers: tuple[tuple[Action, str], ...] = ()
    """Schedulers that are attached to an event of ignite, and its name."""
    group_edits: tuple[Action, ...] = ()
    """The places where the program writes other values than ``lr`` into parameter groups."""
    trainer_arguments: tuple[Mapping[str, CodeValue], ...] = field(default=(), hash=False)
    """The values that each ``TrainingArguments`` of transformers has in the end."""
    own_schedules: tuple[TextPosition, ...] = ()
    """The places at which a Trainer gets another schedule than that of its arguments."""
    accelerator: Mapping[str, CodeValue] | None = field(default=None, hash=False)
    """What an ``Accelerator`` of accelerate is made with; None: there is none."""
    other_files: tuple[tuple[int, str], ...] = ()
    """The other files that were read: the number of lines before each, and its name."""
    file_lines: tuple[int, ...] = ()
    """The line of the file for each line of code; empty where they are the same."""

    def location(self, place: TextPosition) -> Location:
        """``place`` as a location in its file; of a notebook, its line alone."""
        other = [each for each in self.other_files if each[0] < place.line]
        if other:
            before, file = other[-1]
            line, end = place.line - before, place.end_line - before
            return Location("", file, line, place.column, end, place.end_column)
        if self.file_lines:
            line = self.file_lines[min(place.line, len(self.file_lines)) - 1]
            return Location(file=self.file, line=line)
        return Location("", self.file, place.line, place.column, place.end_line, place.end_column)

    def acts(self) -> Iterator[Action]:
        """Everything that it does, each once, in the order of the program."""
        return acts_of(self.body)


def acts_of(nodes: tuple[Node, ...]) -> Iterator[Action]:
    """Everything that happens in ``nodes``, each once."""
    for node in nodes:
        if isinstance(node, Action):
            yield node
        else:
            yield from acts_of(node.body)
            if isinstance(node, SomeIterations):
                yield from acts_of(node.otherwise)


def always_in_loops(nodes: tuple[Node, ...], *, inside: bool = False) -> Iterator[Action]:
    """The acts that happen in every round of a loop over epochs or batches."""
    for node in nodes:
        if isinstance(node, Loop):
            yield from always_in_loops(node.body, inside=inside or node.kind != "other")
        elif isinstance(node, Action) and inside:
            yield node


def loops_of(nodes: tuple[Node, ...]) -> Iterator[Loop]:
    """Every loop in ``nodes``, outer ones before those inside."""
    for node in nodes:
        if isinstance(node, Loop):
            yield node
        if not isinstance(node, Action):
            yield from loops_of(node.body)
        if isinstance(node, SomeIterations):
            yield from loops_of(node.otherwise)


def trains(loop: Loop) -> bool:
    """Return True if gradients are computed in ``loop``, or an optimizer is stepped."""
    return any(act.kind in {"backward", "optimizer_step"} for act in acts_of(loop.body))
