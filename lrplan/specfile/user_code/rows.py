"""Catalogue rows for the user's own code, about which nothing is known."""

from __future__ import annotations

from lrplan.catalog import Argument, OptimizerRow, SchedulerRow

_UNKNOWN = "not known: this is code of your own"
_PATH = "your own code"


def optimizer_row(name: str) -> OptimizerRow:
    """The row of the user's own optimizer, or of the function that makes one."""
    return OptimizerRow(
        name=name, path=_PATH, arguments=(), summary="your own optimizer", takes_any=True
    )


def scheduler_row(
    name: str, arguments: tuple[Argument, ...] = (), *, metric: bool = False
) -> SchedulerRow:
    """The row of the user's own scheduler.

    Args:
        name: its reference in the spec, or its class.
        arguments: those that are more than plain values.
        metric: its ``step()`` is given a metric.
    """
    return SchedulerRow(
        name=name,
        family="user",
        path=_PATH,
        summary="your own scheduler",
        arguments=arguments,
        after_end=_UNKNOWN,
        source="your own code",
        metric=metric,
        abrupt=True,
    )
