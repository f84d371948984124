"""Pictures of schedules: one panel a schedule, one curve a group, as a figure or as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.errors import UsageError
from lrplan.render.picture.drawing.matplotlib_settings import Format, settings, written
from lrplan.render.picture.drawing.schedules_figure import draw_schedules_figure
from lrplan.render.picture.options import PictureOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

    from lrplan.trace import Trace

__all__ = ["Format", "PictureOptions", "draw", "render"]


def draw(
    traces: Sequence[Trace],
    options: PictureOptions,
    *,
    progress: Callable[[int], None] | None = None,
) -> Figure:
    """A figure of what every step of ``traces`` was given.

    Matplotlib's settings are put aside meanwhile and restored afterwards, and pyplot is never
    imported, so the figure does not depend on a backend or on a display.

    Args:
        traces: one panel each, in this order.
        options: what to show.
        progress: called with the number of schedules drawn so far, after each of them.

    Raises:
        UsageError: a field of ``options`` is in none of the traces.
    """
    _check_fields(traces, options)
    with settings():
        return draw_schedules_figure(traces, options, progress or _silent)


def render(
    traces: Sequence[Trace],
    options: PictureOptions,
    *,
    format: Format,  # noqa: A002
    progress: Callable[[int], None] | None = None,
) -> bytes:
    """The picture of :func:`draw` as a file's bytes; the same traces give the same bytes.

    Args:
        traces: one panel each, in this order.
        options: what to show; a PNG too large to be held in memory gets fewer pixels per inch.
        format: ``png``, ``svg`` (text as outlines) or ``pdf`` (fonts embedded).
        progress: called with the number of schedules drawn so far, after each of them.

    Raises:
        UsageError: a field of ``options`` is in none of the traces.
    """
    figure = draw(traces, options, progress=progress)
    with settings():
        return written(figure, format, options.dpi)


def _silent(_: int) -> None:
    pass


def _check_fields(traces: Sequence[Trace], options: PictureOptions) -> None:
    # A run that failed at once has recorded nothing: its panel says so.
    if not any(trace.steps for trace in traces):
        return
    recorded = dict.fromkeys(field for trace in traces for field in trace.columns)
    for field in options.fields:
        if field not in recorded:
            raise UsageError(f"no schedule has {field!r}; there is {', '.join(recorded)}")
