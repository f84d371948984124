"""The data classes of the catalogue: a row per scheduler or optimizer, with its arguments."""

from __future__ import annotations

from collections.abc import Mapping
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
    "points",
    "scheduler",
    "schedulers",
]
"""The values that an argument takes. ``duration``: ticks, as an integer or with a unit; plural: a
list. ``points``: a list of pairs, a duration and a number each."""

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
"""The origin of a scheduler; third-party packages go by the name they are imported under,
rows of an entry point are of the family ``plugin``, and ``user`` is code that a spec names."""

Role = Literal[
    "end",
    "ramp",
    "warm-up",
    "cycle",
    "every",
    "cuts",
    "hand-over",
    "phases",
    "rise",
    "hold",
    "part",
    "start factor",
    "end factor",
    "end value",
    "end divisor",
    "peak",
    "factor",
    "function",
    "floor",
    "mode",
    "patience",
    "cooldown",
    "threshold",
    "threshold mode",
    "eps",
]
"""The part that an argument plays in the shape of a schedule. Rules, engines and exporters ask for
a role and need not know names: the ``end`` of CosineAnnealingLR is its ``T_max``, of WarmupCosine
its ``total_steps``.

Lengths in ticks whose unit can be mistaken: ``end`` (of a decay, counted from the start), ``ramp``
(of a field other than a warmed-up learning rate), ``warm-up``, ``cycle`` (the first one),
``every`` (between two cuts), ``cuts`` and ``hand-over`` (lists of ticks, counted from the start).
Other lengths: ``phases`` (a list, each counted from its own start), ``rise`` (of every cycle),
``hold`` (of a first factor that is then undone), ``part`` (of a stretch that begins after another
one: the decay of a warm-up, stable, decay schedule).

Values: ``start factor`` and ``end factor`` (on the base value), ``end value``, ``end divisor`` (the
last value is the first one over it), ``peak``, ``factor`` (of every cut), ``function`` (an
expression whose value is a factor). Arguments of a plateau: ``factor``, ``floor`` and the rest."""

PastEnd = Literal["holds", "zero", "waves", "raises"]
"""The behaviour of a scheduler past its ``end``: it holds its last value, which is 0 unless an end
value is given (``zero``), or climbs again (``waves``), or its ``step()`` raises an error."""

Update = Literal["sets", "multiplies", "moves"]
"""The way a tick computes the new value. ``sets``: from the base value and the tick, whatever the
current value is (a closed form). ``multiplies``: the current value times a number that follows from
the tick. ``moves``: from the current value in another way."""

Fact = Literal["interval", "frequency", "steps_per_epoch", "epochs", "ticks", "outermost"]
"""A fact of the plan that an adapter may ask for, see ``SchedulerRow.wants``."""


_NAMES_A_FIELD: Final = ("param_group_field", "param_name")

_LASTING: Final = ("end", "ramp", "hold", "warm-up")
"""Roles of lengths that may be as long as the run."""


class Required:
    """The default of an argument that has none."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = Required()


@dataclass(frozen=True, slots=True)
class Argument:
    """A constructor argument of a scheduler or an optimizer.

    The four limits are those beyond which the constructor itself raises an error; unusual values
    that it accepts are left to the rules. They hold for every item of a list.

    Args:
        name: its name in the constructor.
        kind: the values that it takes.
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
        role: its part in the shape of the schedule; None if nothing depends on it.
        default_in_steps: its default is a number of optimizer steps, which makes no sense for a
            scheduler that ticks once per epoch.
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
    role: Role | None = field(default=None, compare=False)
    default_in_steps: bool = field(default=False, compare=False)

    @property
    def required(self) -> bool:
        """Return True if a spec must give it."""
        return self.default is REQUIRED

    @property
    def may_be_rest(self) -> bool:
        """Return True if it is a length from the scheduler's first tick on: it can be ``rest``."""
        # The second length of a cycle, which may be left out, begins after the first.
        is_cycle = self.role == "cycle" and not self.optional
        return self.kind == "duration" and (self.role in _LASTING or is_cycle)


@dataclass(frozen=True, slots=True)
class Formula:
    """A function of ``lrplan.curves`` that computes a scheduler, and its parameters.

    The function takes the tick first, then its parameters by the names given here. Engines call it
    with arrays of ticks; exported code has it as a function of one tick (``export/code/formulas``).
    For example, StepLR is ``Formula("step_decay", {"step_size": "every", "gamma": "gamma"})``: its
    factor at tick ``t`` is ``curves.step_decay(t, every=step_size, gamma=gamma)``.

    Args:
        curve: the name of the function.
        parameters: the parameter that each argument of the scheduler is, in the function's order.
        gives: ``factor`` on the base value, or the ``value`` itself.
    """

    curve: str
    parameters: Mapping[str, str] = field(hash=False)
    gives: Literal["factor", "value"] = "factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerRow:
    """A scheduler that a spec can name."""

    name: str
    family: Family
    path: str
    """``module:Class``."""
    summary: str
    arguments: tuple[Argument, ...]
    after_end: str
    """A sentence on the value past the last tick it was planned for."""
    source: str
    """The source: a documentation page, a paper or a package."""
    metric: bool = False
    """True if ``step()`` takes a metric, for itself or for a scheduler inside."""
    absolute_milestones: bool = False
    """True if its ``milestones`` count its own ticks, from its first one."""
    meant_for: Literal["step", "epoch"] | None = None
    """The interval that its authors use, if they say so; it does not change the default
    interval."""
    one_of: tuple[tuple[str, ...], ...] = ()
    """Sets of arguments, one of which must be given whole although each has a default."""
    since: str = ""
    """The first release of torch that has it; empty if every supported one does."""
    notes: tuple[str, ...] = ()
    """Further facts for a user, a sentence each."""
    extra: str = ""
    """The extra of lrplan that installs its package, the name it is imported under as well."""
    package: str = ""
    """The distribution it comes from and the version compared with, e.g. ``timm 1.0.31``."""
    has_formula: bool = False
    """True if lrplan has a formula of it, used if its package is not installed: the name after the
    colon, in ``lrplan.torch_objects.formulas``."""
    wants: tuple[Fact, ...] = ()
    """Facts that its adapter gets, each as a keyword argument with an underscore in front:
    ``_interval``, ``_frequency``, ``_steps_per_epoch`` (None if epochs differ or there are
    none), ``_epochs`` (None if there are none), ``_ticks`` (calls of ``step()`` in the whole
    run) and ``_outermost`` (False inside another scheduler)."""
    abrupt: bool = False
    """True if abrupt changes, up or down, are intended: cuts, restarts, stairs."""
    drives: str = "lr"
    """The field of a parameter group that it sets, if none of its arguments names one."""
    hands_over: tuple[str, int] | None = None
    """For a scheduler that warms up before the one inside it: the argument that counts the ticks of
    the warm-up, and the number of ticks from there to tick 0 of the inner one (may be negative)."""
    formula: Formula | None = None
    """The curve of its factor or value, if it is a function of the tick and of arguments."""
    update: Update | None = None
    """The way a tick computes the new value; None for a container, and if nothing depends on it."""
    past_end: PastEnd = "holds"
    """The behaviour past the argument whose role is ``end``."""
    container: Literal["sequential", "chained"] | None = None
    """For torch's containers: the schedulers inside run in turn, or all at every tick; the
    container itself sets nothing."""
    replaces_lr: bool = False
    """True if its constructor replaces the optimizer's learning rate by its own."""
    warmup_from: float | None = None
    """The factor on the base value from which its warm-up rises to 1; None if nothing depends on
    it. Without a warm-up it begins at 1."""
    only_per_epoch: bool = False
    """It does nothing unless it ticks once per epoch."""
    starts_late: tuple[str, ...] = ()
    """Arguments that let its lengths count from a later tick than its first."""
    per_group_class: str = ""
    """``module:Class`` of a subclass that takes a list, one number per group, for each argument
    that is one learning rate for all groups here; empty if there is none."""
    aliases: tuple[str, ...] = ()
    """Names of schedulers in other packages to which this one comes nearest."""

    def argument(self, name: str) -> Argument | None:
        """The argument called ``name``, if there is one."""
        return next((argument for argument in self.arguments if argument.name == name), None)

    def name_of(self, *roles: Role) -> str:
        """The name of the first argument that has one of ``roles``; empty when none has."""
        return next((each.name for each in self.arguments if each.role in roles), "")

    @property
    def takes_last_epoch(self) -> bool:
        """Return True if it is one of torch's whose constructor has ``last_epoch``.

        ``ReduceLROnPlateau`` and ``ChainedScheduler`` have none.
        """
        of_torch = self.family in ("torch", "swa")
        return of_torch and not self.reads_metric and self.container != "chained"

    @property
    def reads_lr_scale(self) -> bool:
        """Return True if it multiplies its values by the ``lr_scale`` of a group, or may do so.

        timm's schedulers do. Plug-ins and code of the user's own may. All others in the catalogue
        do not.
        """
        return self.family in ("timm", "plugin", "user")

    @property
    def reads_metric(self) -> bool:
        """Return True if it reads a metric itself, and does not only hand it to one inside."""
        # What a user's class does with those inside it is not known: it is the one that is called.
        return self.metric and (
            self.family == "user"
            or all(each.kind not in ("scheduler", "schedulers") for each in self.arguments)
        )

    @property
    def cannot_follow(self) -> str:
        """The reason why it cannot follow another one in torch's SequentialLR; empty: it can."""
        product = self.update == "multiplies" and bool(self.name_of("function"))
        reasons = {
            "torch ticks a SequentialLR inside another one too early":
                self.container == "sequential",
            "torch cannot start a ChainedScheduler inside a SequentialLR":
                self.container == "chained",
            "it sets an lr of its own as soon as it is built": self.replaces_lr,
            "a warm-up behind a warm-up has no counterpart in torch": self.hands_over is not None,
            "inside a SequentialLR it would start from the last lr of the warm-up": product,
            "it counts ticks of its own, which a SequentialLR takes for its own":
                self.family == "swa",
        }  # fmt: skip
        return next((reason for reason, holds in reasons.items() if holds), "")

    def field(self, arguments: Mapping[str, object]) -> str:
        """The field of a parameter group that it sets when built with ``arguments``."""
        # LinearParamScheduler with `param_group_field: weight_decay` sets the weight decay; StepLR
        # has no such argument and sets what its row says, the lr.
        names = (self.argument(name) for name in _NAMES_A_FIELD)
        argument = next((each for each in names if each is not None), None)
        if argument is None:
            return self.drives
        return str(arguments.get(argument.name, argument.default))


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerRow:
    """An optimizer that a spec can name."""

    name: str
    path: str
    arguments: tuple[Argument, ...]
    summary: str
    source: str = ""
    """The source: a paper, report or lecture."""
    since: str = ""
    """The first release of torch that has it; empty if every supported one does."""
    matrix_only: bool = False
    """Takes parameters of two dimensions only."""
    single_group: bool = False
    """Takes one parameter group only."""
    needs_closure: bool = False
    """True if ``step()`` takes a closure."""
    takes_any: bool = False
    """It is code of the user's own: which arguments it takes is known when it is loaded."""
    largest_lr: float | None = None
    """The largest lr that is plausible for any training; None if no number is known."""
    package: str = ""
    """For one outside of torch: the distribution and the release compared with. lrplan builds a
    stand-in with the same fields in its groups, and imports nothing."""
    own_lr: Literal["", "estimates", "averages"] = ""
    """``estimates``: it multiplies its lr by its own estimate. ``averages``: it averages weights
    instead of using a schedule."""
    no_code: str = ""
    """The reason for which no code is written for it; empty if code is written."""
    sign_sized: bool = False
    """A step moves each weight by about the lr, whatever the size of its gradient."""
    notes: tuple[str, ...] = ()
    """Further facts for a user, a sentence each."""

    def argument(self, name: str) -> Argument | None:
        """The argument called ``name``, if there is one."""
        return next((argument for argument in self.arguments if argument.name == name), None)
