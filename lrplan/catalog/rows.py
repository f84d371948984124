"""The shapes of the catalogue: one row per scheduler or optimizer, one argument per key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    "points",
    "scheduler",
    "schedulers",
]
"""What an argument takes. ``duration``: ticks, as an integer or with a unit; plural: a list.
``points``: a list of pairs, a duration and a number each."""

Family = Literal[
    "torch",
    "swa",
    "lrplan",
    "transformers",
    "timm",
    "diffusers",
    "deepspeed",
    "pytorch_accelerated",
    "warmup_scheduler",
    "ignite",
    "mmengine",
    "plugin",
    "user",
]
"""Where a scheduler comes from; third-party packages go by the name they are imported under,
rows of an entry point are of the family ``plugin``, and ``user`` is code that a spec names."""

Fact = Literal["interval", "frequency", "steps_per_epoch", "epochs", "ticks", "outermost"]
"""What the plan knows and an adapter may ask for, see ``SchedulerRow.wants``."""


_NAMES_A_FIELD: Final = ("param_group_field", "param_name")


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
        fractional: of a duration: also takes a number of ticks with a fraction, such as 2.4.
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
    fractional: bool = False

    @property
    def required(self) -> bool:
        """Whether a spec must give it."""
        return self.default is REQUIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerRow:
    """One scheduler a spec can name."""

    name: str
    family: Family
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
    extra: str = ""
    """The extra of lrplan that installs its package, the name it is imported under as well."""
    package: str = ""
    """The distribution it comes from and the version compared with, e.g. ``timm 1.0.31``."""
    wants: tuple[Fact, ...] = ()
    """Facts that its adapter is told, each as a keyword argument with an underscore before it:
    ``_interval``, ``_frequency``, ``_steps_per_epoch`` (None where epochs differ or there are
    none), ``_epochs`` (None where there are none), ``_ticks`` (calls of ``step()`` in the whole
    run) and ``_outermost`` (False inside another scheduler)."""
    abrupt: bool = False
    """Abrupt changes, up or down, are part of its plan: cuts, restarts, stairs."""
    drives: str = "lr"
    """The field of a parameter group that it sets, where none of its arguments names one."""
    hands_over: tuple[str, int] | None = None
    """Of one that begins before the scheduler inside it: the argument that counts the ticks before,
    and how many ticks later (negative: earlier) tick 0 of the inner one falls."""

    def argument(self, name: str) -> Argument | None:
        """The argument called ``name``, if there is one."""
        return next((argument for argument in self.arguments if argument.name == name), None)

    @property
    def reads_lr_scale(self) -> bool:
        """Whether it multiplies what it sets by the ``lr_scale`` of a group, or may do so.

        timm's schedulers do. Plug-ins and code of the user's own may. All others in the catalogue
        do not.
        """
        return self.family in ("timm", "plugin", "user")

    @property
    def reads_metric(self) -> bool:
        """Whether it reads a metric itself, and does not only hand it to one inside."""
        # What a user's class does with those inside it is not known: it is the one that is called.
        return self.metric and (
            self.family == "user"
            or all(each.kind not in ("scheduler", "schedulers") for each in self.arguments)
        )

    def field(self, arguments: Mapping[str, object]) -> str:
        """The field of a parameter group that it sets when built with ``arguments``."""
        names = (self.argument(name) for name in _NAMES_A_FIELD)
        argument = next((each for each in names if each is not None), None)
        if argument is None:
            return self.drives
        return str(arguments.get(argument.name, argument.default))


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
    takes_any: bool = False
    """It is code of the user's own: which arguments it takes is known when it is loaded."""
    notes: tuple[str, ...] = ()
    """What else a user has to know, a sentence each."""

    def argument(self, name: str) -> Argument | None:
        """The argument called ``name``, if there is one."""
        return next((argument for argument in self.arguments if argument.name == name), None)
