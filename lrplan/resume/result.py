"""A run that went on from a checkpoint, beside the one that was never interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isclose, isnan
from typing import TYPE_CHECKING

from lrplan.resume.differences import TOLERANCE, differences_between, equal_to_the_bit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lrplan.resume.differences import ColumnDifference
    from lrplan.resume.options import ResumeOptions
    from lrplan.trace import Trace


@dataclass(frozen=True, slots=True)
class Change:
    """An argument that the training after the checkpoint asks for, but the checkpoint not."""

    path: str
    """Where the argument stands in the spec."""
    kind: str
    """The scheduler."""
    name: str
    saved: object
    wanted: object


@dataclass(frozen=True, slots=True)
class Jump:
    """A value that the new process takes over, beside what it was when the old one ended."""

    field: str
    group: str
    due: float
    given: float

    @property
    def notable(self) -> bool:
        """Whether it is more than rounding."""
        both_nan = isnan(self.due) and isnan(self.given)
        return not both_nan and not isclose(self.due, self.given, rel_tol=TOLERANCE)


@dataclass(frozen=True)
class ResumeResult:
    """What came of a resume.

    Both traces begin with the steps before the checkpoint. Where the training changes with it,
    ``unbroken`` goes on as a run with the new training that had never stopped would.
    """

    asked: ResumeOptions
    step: int
    """Steps done when the checkpoint was saved: the first one of the new process."""
    unbroken: Trace
    trace: Trace
    due: Mapping[str, Mapping[str, float]]
    """By field and group: what the interrupted process had in its groups when it ended."""
    restored: Mapping[str, Mapping[str, float]]
    """The same of the new process, before it goes on."""
    calls: tuple[int, ...]
    """How often each outermost scheduler had been called until then."""
    changes: tuple[Change, ...] = ()
    unsafe: str = ""
    """Why ``torch.load`` needs ``weights_only=False`` for the checkpoint; empty: it does not."""

    @cached_property
    def gaps(self) -> tuple[ColumnDifference, ...]:
        """Where both differ by more than rounding, by field and group."""
        return differences_between(self.unbroken.columns, self.trace.columns)

    @property
    def identical(self) -> bool:
        """Whether both are the same to the last bit."""
        return equal_to_the_bit(self.unbroken.columns, self.trace.columns)

    @cached_property
    def jumps(self) -> tuple[Jump, ...]:
        """Fields and groups whose value was not restored."""
        return tuple(self._jumps())

    def _jumps(self) -> Iterator[Jump]:
        for field, due in self.due.items():
            for group, value in due.items():
                jump = Jump(field, group, value, self.restored[field][group])
                if jump.notable:
                    yield jump

    @property
    def stops(self) -> bool:
        """Whether something raises that does not in the unbroken run, or raises earlier."""
        failure, other = self.trace.failure, self.unbroken.failure
        return failure is not None and (other is None or failure.step < other.step)
