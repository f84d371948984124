"""What a check may look at: one plan, its trace if there is one, and the release of torch."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, TypeVar, overload

from lrplan.catalog.optimizer_arguments import LR_SCALE
from lrplan.errors import UsageError
from lrplan.specfile.problem_scope import child_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.clock import Clock
    from lrplan.plan import SchedulePlan, SchedulerPlan, Span
    from lrplan.resume import ResumeResult
    from lrplan.trace import FloatArray, Trace

T = TypeVar("T")
Version = tuple[int, int, int]


class _Known(dict[str, float]):
    """Rates of some groups; a rule that cannot do without another has nothing to say."""

    def __missing__(self, group: str) -> float:
        raise ArithmeticError(f"the rate of {group} is known to the user's code alone")


@dataclass(frozen=True, slots=True)
class Context:
    """One schedule as a rule sees it.

    Args:
        plan: the resolved schedule.
        torch: the release it is checked against, e.g. ``(2, 13, 0)``.
        recorded: what it did, for rules that need the curve.
        interrupted: how it went on from a checkpoint, for rules about that.
    """

    plan: SchedulePlan
    torch: Version
    recorded: Trace | None = None
    interrupted: ResumeResult | None = None
    memo: dict[object, object] = field(default_factory=dict, compare=False, repr=False)
    """What rules find out for each other."""

    @property
    def clock(self) -> Clock:
        """The run's timeline."""
        return self.plan.clock

    @property
    def trace(self) -> Trace:
        """What the schedule did.

        Raises:
            RuntimeError: the rule did not say ``needs="curve"``.
        """
        if self.recorded is None:
            raise RuntimeError('a rule that reads the trace must say needs="curve"')
        return self.recorded

    @property
    def resumed(self) -> ResumeResult:
        """How the schedule went on from a checkpoint.

        Raises:
            RuntimeError: the rule did not say ``needs="resume"``.
        """
        if self.interrupted is None:
            raise RuntimeError('a rule that reads the resume must say needs="resume"')
        return self.interrupted

    def spans(self, *types: str) -> Iterator[Span]:
        """Every scheduler of the schedule (of those types, when given) and when it acts."""
        return (span for span in self.plan.spans() if not types or span.scheduler.type in types)

    def ticks(self, top: SchedulerPlan) -> int:
        """How often an outermost scheduler ticks in the run."""
        return self.clock.calls_in_run(*top.rate)

    def step(self, span: Span, tick: float) -> int | None:
        """The first step given what ``span``'s scheduler sets at its own tick; None if never.

        A tick with a fraction counts as the next whole one.
        """
        return self.clock.step_of_call(span.begin + math.ceil(tick), *span.top.rate)

    @overload
    def value(self, scheduler: SchedulerPlan, name: str, kind: type[T]) -> T | None: ...
    @overload
    def value(self, scheduler: SchedulerPlan, name: str, kind: tuple[type[T], ...]) -> T | None: ...
    def value(
        self, scheduler: SchedulerPlan, name: str, kind: type[T] | tuple[type[T], ...]
    ) -> T | None:
        """Argument ``name`` of ``scheduler`` or its default; None when it is not of ``kind``."""
        argument = scheduler.row.argument(name)
        default = None if argument is None else argument.default
        value = scheduler.arguments.get(name, default)
        return value if isinstance(value, kind) and not isinstance(value, bool) else None

    def given(self, scheduler: SchedulerPlan, name: str) -> bool:
        """Whether the spec itself gives argument ``name``."""
        return name in scheduler.arguments

    def at(self, scheduler: SchedulerPlan, name: str) -> str:
        """The path of an argument of ``scheduler``, for a hit; of its type when not given."""
        return child_path(scheduler.path, name if self.given(scheduler, name) else "type")

    def driven(self, scheduler: SchedulerPlan) -> str:
        """The field that ``scheduler`` sets: ``lr`` unless it says otherwise."""
        return scheduler.row.field(scheduler.arguments)

    def base(self, field: str = "lr") -> dict[str, float]:
        """What each parameter group starts with, by name, before any scheduler is built.

        What only the user's own code knows is left out.
        """
        optimizer = self.plan.optimizer
        argument = optimizer.row.argument(field)
        default = None if argument is None else argument.default
        shared = optimizer.arguments.get(field, default)
        values = {group.name: group.options.get(field, shared) for group in optimizer.groups}
        known = {
            name: float(value) for name, value in values.items() if isinstance(value, (int, float))
        }
        return _Known(known) if self.plan.runs_user_code else known

    def lr_scale(self, group: str) -> float:
        """The ``lr_scale`` of ``group``, by which a scheduler of timm multiplies; 1 without one."""
        plans = (each for each in self.plan.optimizer.groups if each.name == group)
        found = next((plan.options.get(LR_SCALE.name) for plan in plans), None)
        return float(found) if isinstance(found, (int, float)) else 1.0

    def peak(self, group: str) -> float:
        """The largest applied rate of ``group``."""
        column: FloatArray = self.trace.lr[group]
        return float(column.max()) if len(column) else 0.0


def parse_version(text: str) -> Version:
    """``2.13.0+cpu`` as ``(2, 13, 0)``; missing parts are 0.

    Raises:
        UsageError: it does not start with a number.
    """
    match = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a release of torch, such as 2.13 or 1.13.1")
    major, minor, patch = (int(part or 0) for part in match.groups())
    return major, minor, patch


@cache
def installed_torch() -> Version:
    """The release of torch that is installed, found without importing it."""
    try:
        return parse_version(version("torch"))
    except PackageNotFoundError:
        return (0, 0, 0)
