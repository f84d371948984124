"""Which fields of the runs a picture shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.features import varies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.render.picture.options import PictureOptions
    from lrplan.trace import Trace


def chosen_fields(traces: Sequence[Trace], options: PictureOptions) -> tuple[str, ...]:
    """The fields asked for; or the learning rate, and what else moves in a single schedule."""
    if options.fields:
        return options.fields
    others = moving_fields(traces[0]) if len(traces) == 1 else []
    return ("lr", *others)


def unseen_fields(trace: Trace, options: PictureOptions, chosen: Sequence[str]) -> tuple[str, ...]:
    """What moves in ``trace`` besides ``chosen``, which nobody has decided to leave out."""
    if options.fields:
        return ()
    return tuple(field for field in moving_fields(trace) if field not in chosen)


def moving_fields(trace: Trace) -> list[str]:
    """Fields besides the learning rate that change during the run, in some group."""
    return [
        field
        for field, columns in trace.columns.items()
        if field != "lr" and any(varies(column) for column in columns.values())
    ]
