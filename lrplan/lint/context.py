"""The input of a rule: a plan, its trace if there is one, and the release of torch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar, overload

from lrplan.arrays import FloatArray
from lrplan.catalog import Role
from lrplan.catalog.optimizer_arguments import LR_SCALE
from lrplan.clock import Clock
from lrplan.lint.torch_release import Version
from lrplan.plan import SchedulePlan, SchedulerPlan, Span
from lrplan.resume import ResumeResult
from lrplan.trace import Trace

T = TypeVar("T")


class _KnownValues(dict[str, float]):
    """The known lrs by group; reading another one ends the rule without a finding."""

    # An ArithmeticError, because the runner suppresses those: the rule ends here, and keeps the
    # hits that it has yielded. `values.get(group)` does not come here; it is None, as with any
    # dict.
    def __missing__(self, group: str) -> float:
        raise ArithmeticError(f"the lr of {group} is known to the user's code alone")


@dataclass(frozen=True, slots=True)
class Context:
    """A schedule as a rule sees it.

    Args:
        plan: the resolved schedule.
        torch: the release it is checked against, e.g. ``(2, 13, 0)``.
        optional_trace: its curves, for rules that need them.
        optional_resume: the resumed run, for rules about resuming.
    """

    plan: SchedulePlan
    torch: Version
    optional_trace: Trace | None = None
    optional_resume: ResumeResult | None = None
    memo: dict[object, object] = field(default_factory=dict, compare=False, repr=False)
    """Facts that one rule has computed, for the others."""

    @property
    def clock(self) -> Clock:
        """The run's timeline."""
        return self.plan.clock

    @property
    def trace(self) -> Trace:
        """The simulated curves of the schedule.

        Raises:
            RuntimeError: the rule did not say ``needs="curve"``.
        """
        if self.optional_trace is None:
            raise RuntimeError('a rule that reads the trace must say needs="curve"')
        return self.optional_trace

    @property
    def resume(self) -> ResumeResult:
        """The run interrupted and resumed, beside the unbroken one.

        Raises:
            RuntimeError: the rule did not say ``needs="resume"``.
        """
        if self.optional_resume is None:
            raise RuntimeError('a rule that reads the resume must say needs="resume"')
        return self.optional_resume

    def spans(self, *types: str) -> Iterator[Span]:
        """Every scheduler (of ``types``, if given) and the ticks in which it acts."""
        return (span for span in self.plan.spans() if not types or span.scheduler.type in types)

    def sequences(self) -> Iterator[Span]:
        """Every ``SequentialLR``, which runs those inside it one after the other."""
        return (span for span in self.plan.spans() if span.scheduler.row.container == "sequential")

    def spans_with(self, *roles: Role) -> Iterator[Span]:
        """Every scheduler with an argument of one of ``roles``, and the ticks in which it acts.

        Schedulers of packages that lrplan knows (timm and others) are left out: they have their own
        rules.
        """
        spans = (span for span in self.plan.spans() if not span.scheduler.row.extra)
        return (span for span in spans if span.scheduler.row.name_of(*roles))

    def ticks(self, top: SchedulerPlan) -> int:
        """The number of ticks of an outermost scheduler in the run."""
        return self.clock.calls_in_run(top.cadence)

    def step(self, span: Span, tick: float) -> int | None:
        """The first step that uses the value of ``span``'s scheduler at this tick; None if never.

        A tick with a fraction counts as the next whole one.
        """
        # A member's own tick 0 is tick `begin` of the outermost scheduler. Behind a milestone of
        # 10, own tick 2.5 is tick 10 + 3 = 13 of the SequentialLR.
        return self.clock.step_of_call(span.begin + math.ceil(tick), span.top.cadence)

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
        # In Python True is an int: without the second test a `true` in a spec would count as 1.
        return value if isinstance(value, kind) and not isinstance(value, bool) else None

    def number(self, scheduler: SchedulerPlan, name: str) -> float | None:
        """Argument ``name`` of ``scheduler`` or its default; None when it is not a number."""
        return self.value(scheduler, name, (int, float))

    def integer(self, scheduler: SchedulerPlan, name: str) -> int | None:
        """Argument ``name`` of ``scheduler`` or its default; None when it is not an integer."""
        return self.value(scheduler, name, int)

    def is_given(self, scheduler: SchedulerPlan, name: str) -> bool:
        """Return True if the spec itself writes argument ``name``."""
        return name in scheduler.arguments

    def path_of(self, scheduler: SchedulerPlan, name: str) -> str:
        """The path of an argument of ``scheduler``, for a hit; of its type when not given."""
        return scheduler.path_of(name if self.is_given(scheduler, name) else "type")

    def field_of(self, scheduler: SchedulerPlan) -> str:
        """The field that ``scheduler`` sets: ``lr`` unless it says otherwise."""
        return scheduler.row.field(scheduler.arguments)

    def base_values(self, field: str = "lr") -> dict[str, float]:
        """The value of ``field`` in each parameter group, by name, before any scheduler is built.

        Values that only the user's own code knows are left out.
        """
        # As in torch: the group's own value, else the optimizer's argument, else its default.
        optimizer = self.plan.optimizer
        argument = optimizer.row.argument(field)
        default = None if argument is None else argument.default
        shared = optimizer.arguments.get(field, default)
        values = {group.name: group.options.get(field, shared) for group in optimizer.groups}
        known = {
            name: float(value) for name, value in values.items() if isinstance(value, (int, float))
        }
        return _KnownValues(known) if self.plan.runs_user_code else known

    @property
    def optimizer_lr(self) -> float | None:
        """``optimizer.defaults["lr"]``, which a group may override; None if it is not a number."""
        optimizer = self.plan.optimizer
        argument = optimizer.row.argument("lr")
        default = None if argument is None else argument.default
        lr = optimizer.arguments.get("lr", default)
        return float(lr) if isinstance(lr, (int, float)) else None

    def lr_scale(self, group: str) -> float:
        """The ``lr_scale`` of ``group``, by which a scheduler of timm multiplies; 1 without one."""
        plans = (each for each in self.plan.optimizer.groups if each.name == group)
        scale = next((plan.options.get(LR_SCALE.name) for plan in plans), None)
        return float(scale) if isinstance(scale, (int, float)) else 1.0

    def peak(self, group: str) -> float:
        """The largest applied lr of ``group``."""
        column: FloatArray = self.trace.lr[group]
        return float(column.max()) if len(column) else 0.0
