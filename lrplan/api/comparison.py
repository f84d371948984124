"""Two traces side by side, in words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lrplan.comparison import TOLERANCE, run_of
from lrplan.comparison import compare as compare_runs
from lrplan.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrplan.comparison import Comparison
    from lrplan.trace import Trace


def compare(
    a: Trace,
    b: Trace,
    *,
    align: Literal["step", "epoch", "progress"] = "step",
    groups: Mapping[str, str] | None = None,
    fields: tuple[str, ...] = (),
    tolerance: float = TOLERANCE,
) -> Comparison:
    """What sets the curves of ``b`` apart from those of ``a``.

    Args:
        a: the trace to compare with.
        b: the trace that is compared.
        align: lay them side by side by step, by epoch, or by share of the run.
        groups: groups of ``a`` to compare with groups of ``b`` of another name.
        fields: fields to compare; empty: lr, and what else moves in both.
        tolerance: differences up to this share of the larger peak are none.

    Returns:
        ``sentence()`` says it in words, ``differs`` whether anything does, ``differences`` holds
        the numbers per group and field.

    Raises:
        UsageError: a group or field that is not there, or no epochs to align by.
    """
    try:
        return compare_runs(
            run_of(a, a.name),
            run_of(b, b.name),
            align=align,
            groups=tuple((groups or {}).items()),
            fields=fields,
            tolerance=tolerance,
        )
    except (KeyError, ValueError) as error:
        raise UsageError(str(error.args[0])) from None
