"""``lrplan.compare``: the differences of two traces, as a sentence and as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from typing import Literal

from lrplan.comparison import TOLERANCE, Comparison, run_of, sentence
from lrplan.comparison import compare as compare_runs
from lrplan.errors import UsageError
from lrplan.trace import Trace


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonResult(Comparison):
    """A comparison with a method that describes it, for notebooks and tests."""

    def sentence(self, a: str = "A", b: str = "B") -> str:
        """Describe in words how the traces differ; ``a`` and ``b`` are their names in the text."""
        return sentence(self, a, b)


def compare(
    a: Trace,
    b: Trace,
    *,
    align: Literal["step", "epoch", "progress"] = "step",
    groups: Mapping[str, str] | None = None,
    fields: tuple[str, ...] = (),
    tolerance: float = TOLERANCE,
) -> ComparisonResult:
    """Compare the curves of ``b`` with those of ``a``.

    Args:
        a: the trace to compare with.
        b: the trace that is compared.
        align: compare values at the same step, the same epoch, or the same share of the run.
        groups: groups of ``a`` to compare with groups of ``b`` of another name.
        fields: fields to compare; empty: lr, and every other field that changes in both.
        tolerance: values are the same when they differ by at most this share of the larger peak.

    Returns:
        ``sentence()`` describes it in words, ``differs`` is True where anything differs, and
        ``differences`` holds the numbers of each group and field.

    Raises:
        UsageError: a group or field that is not there, or no epochs to align by.
    """
    try:
        comparison = compare_runs(
            run_of(a, a.name),
            run_of(b, b.name),
            align=align,
            groups=tuple((groups or {}).items()),
            fields=fields,
            tolerance=tolerance,
        )
    except (KeyError, ValueError) as error:
        # str() of a KeyError puts its text into quotes; its argument is the plain text.
        raise UsageError(str(error.args[0])) from None
    return ComparisonResult(
        **{each.name: getattr(comparison, each.name) for each in fields_of(comparison)}
    )
