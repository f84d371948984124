"""The result of a resume: the resumed run and the uninterrupted one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isclose, isnan
from typing import Literal

from lrplan.plan import SchedulePlan
from lrplan.resume.differences import (
    TOLERANCE,
    ColumnDifference,
    differences_between,
    equal_to_the_bit,
)
from lrplan.resume.options import ResumeOptions
from lrplan.trace import Trace


@dataclass(frozen=True, slots=True)
class ArgumentChange:
    """An argument with another value in the plan after the checkpoint than in the saved one."""

    path: str
    """The path of the argument in the spec."""
    kind: str
    """The type of the scheduler, or of the optimizer."""
    name: str
    saved: object
    wanted: object
    holder: Literal["optimizer", "scheduler"] = "scheduler"
    """Whose state holds it."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A value at the start of the new process, and the value at the end of the old one."""

    field: str
    group: str
    expected: float
    actual: float

    @property
    def notable(self) -> bool:
        """True if it is more than rounding."""
        both_nan = isnan(self.expected) and isnan(self.actual)
        return not both_nan and not isclose(self.expected, self.actual, rel_tol=TOLERANCE)


@dataclass(frozen=True)
class ResumeResult:
    """The result of a resume: the resumed run beside the unbroken one.

    Both traces begin with the steps before the checkpoint. Where the training or the plan changes
    with it, ``unbroken`` continues like a run of the new plan that had never stopped.
    """

    options: ResumeOptions
    step: int
    """Steps done when the checkpoint was saved: the first one of the new process."""
    unbroken: Trace
    trace: Trace
    expected: Mapping[str, Mapping[str, float]]
    """By field and group: the values in the interrupted process when it ended."""
    restored: Mapping[str, Mapping[str, float]]
    """The same of the new process, before it continues."""
    calls: tuple[int, ...]
    """The calls of each outermost scheduler until then."""
    resumed_plan: SchedulePlan
    """The plan of the new process; the old one where it is the same."""
    planned: Trace | None = None
    """The whole run of another ``resumed_plan``, from its own first step on."""
    changes: tuple[ArgumentChange, ...] = ()
    unsafe: str = ""
    """The reason why ``torch.load`` needs ``weights_only=False``; empty: it does not."""

    @cached_property
    def differences(self) -> tuple[ColumnDifference, ...]:
        """The fields and groups in which both differ by more than rounding."""
        return differences_between(self.unbroken.columns, self.trace.columns)

    @property
    def identical(self) -> bool:
        """True if both are the same to the last bit."""
        return equal_to_the_bit(self.unbroken.columns, self.trace.columns)

    @cached_property
    def jumps(self) -> tuple[Jump, ...]:
        """Fields and groups whose value was not restored."""
        return tuple(self._jumps())

    def _jumps(self) -> Iterator[Jump]:
        for field, groups in self.expected.items():
            for group, value in groups.items():
                jump = Jump(field, group, value, self.restored[field][group])
                if jump.notable:
                    yield jump

    @property
    def stops(self) -> bool:
        """True if the resumed run raises and the unbroken one does not, or only later."""
        failure, other = self.trace.failure, self.unbroken.failure
        return failure is not None and (other is None or failure.step < other.step)
