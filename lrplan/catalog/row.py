"""The shapes of the catalogue: one row per scheduler or optimizer, one argument per key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal[
    "number",
    "integer",
    "boolean",
    "string",
    "choice",
    "numbers",
    "expression",
    "duration",
    "durations",
    "scheduler",
    "schedulers",
]
"""What an argument takes. ``duration``: ticks, as an integer or with a unit; plural: a list."""


class Required:
    """The default of an argument that has none."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = Required()


@dataclass(frozen=True, slots=True)
class Argument:
    """One constructor argument.

    The four limits are those outside of which the constructor itself raises; what it accepts
    without a word, however odd, is a rule's business. They hold for every item of a list.

    Args:
        name: its name in the constructor.
        kind: what it takes.
        default: the constructor's default, or ``REQUIRED``.
        per_group: also takes one value per parameter group (a list, or a mapping by group name).
        optional: also takes ``null``.
        choices: the values of a ``choice``.
        length: number of items of a list, where it is fixed; one may be ``null`` where its
            default is.
        minimum: smallest value accepted.
        maximum: largest value accepted.
        above: every accepted value is larger than this.
        below: every accepted value is smaller than this.
        unit: what a ``number`` or ``integer`` counts, for people; durations count ticks.
        doc: one line, in our words.
        example: a value for the example of its row, as a spec has it; None leaves it out.
    """

    name: str
    kind: Kind
    default: object = REQUIRED
    per_group: bool = False
    optional: bool = False
    choices: tuple[str, ...] = ()
    length: int | None = None
    minimum: float | None = None
    unit: str = ""
    doc: str = ""
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    example: object = field(default=None, compare=False)

    @property
    def required(self) -> bool:
        """Whether a spec must give it."""
        return self.default is REQUIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerRow:
    """One scheduler a spec can name."""

    name: str
    family: Literal["torch", "swa", "lrplan"]
    path: str
    """``module:Class``."""
    summary: str
    arguments: tuple[Argument, ...]
    after_end: str
    """What the value does past the last tick it was planned for."""
    source: str
    """Where it comes from: documentation, paper or package."""
    metric: bool = False
    """Its ``step()`` takes a metric (or hands it to a scheduler inside)."""
    absolute_milestones: bool = False
    """Its ``milestones`` count ticks of its own from its first."""
    meant_for: Literal["step", "epoch"] | None = None
    """The interval its authors tick it at, where they say so; the default is not changed by it."""
    one_of: tuple[tuple[str, ...], ...] = ()
    """Sets of arguments, one of which must be given whole although each has a default."""
    since: str = ""
    """The first release of torch that has it; empty where every supported one does."""
    notes: tuple[str, ...] = ()
    """What else a user has to know, a sentence each."""

    def argument(self, name: str) -> Argument | None:
        """The argument called ``name``, if there is one."""
        return next((argument for argument in self.arguments if argument.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerRow:
    """One optimizer a spec can name."""

    name: str
    path: str
    arguments: tuple[Argument, ...]
    summary: str
    source: str = ""
    """Where it comes from: paper, report or lecture."""
    since: str = ""
    """The first release of torch that has it; empty where every supported one does."""
    matrix_only: bool = False
    """Takes parameters of two dimensions only."""
    single_group: bool = False
    """Takes one parameter group only."""
    needs_closure: bool = False
    """Its ``step()`` takes a closure."""
    notes: tuple[str, ...] = ()
    """What else a user has to know, a sentence each."""

    def argument(self, name: str) -> Argument | None:
        """The argument called ``name``, if there is one."""
        return next((argument for argument in self.arguments if argument.name == name), None)
