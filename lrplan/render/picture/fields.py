"""Which fields of the runs a picture shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.features import varies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.render.picture.options import PictureOptions
    from lrplan.trace import Trace


def chosen_fields(moving: Sequence[Sequence[str]], options: PictureOptions) -> tuple[str, ...]:
    """The fields asked for; or the learning rate, and what else moves in a single schedule.

    Args:
        moving: of each schedule, from :func:`moving_fields`.
        options: what was asked for.
    """
    if options.fields:
        return options.fields
    return ("lr", *(moving[0] if len(moving) == 1 else ()))


def moving_fields(trace: Trace, options: PictureOptions) -> tuple[str, ...]:
    """Fields besides the learning rate that change during the run, in some group.

    None where somebody has decided which fields to draw.
    """
    if options.fields:
        return ()
    return tuple(
        field
        for field, columns in trace.columns.items()
        if field != "lr" and any(varies(column) for column in columns.values())
    )
