"""The picture of views: as a matplotlib figure, or as a file's bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lrplan.render.picture.captions import caption_of
from lrplan.render.picture.figure import draw_figure
from lrplan.render.picture.matplotlib_settings import figure_bytes, settings
from lrplan.render.picture_options import PictureFormat, PictureOptions
from lrplan.render.view.view_model import ScheduleView

if TYPE_CHECKING:
    # At run time `render.picture` comes first, which keeps matplotlib quiet while it is loaded.
    from matplotlib.figure import Figure


def draw_views(
    views: Sequence[ScheduleView],
    options: PictureOptions,
    progress: Callable[[int], None] | None = None,
) -> Figure:
    """The figure of ``views``, a panel each.

    Matplotlib's settings are replaced meanwhile and restored afterwards, and pyplot is never
    imported, so the figure does not depend on a backend or on a display.

    Args:
        views: one panel each, in this order.
        options: size, theme and axes.
        progress: called with the number of panels drawn so far, after each of them.
    """
    with settings():
        return draw_figure(views, options, progress)


def render_views(
    views: Sequence[ScheduleView],
    options: PictureOptions,
    *,
    format: PictureFormat,  # noqa: A002
    progress: Callable[[int], None] | None = None,
) -> bytes:
    """The picture of ``views`` as a file's bytes; equal views give equal bytes.

    Args:
        views: one panel each, in this order.
        options: what to show; a PNG too large to be held in memory gets fewer pixels per inch.
        format: ``png``, ``svg`` (text as text) or ``pdf`` (fonts embedded).
        progress: called with the number of panels drawn so far, after each of them.
    """
    with settings():
        # Nobody gets to see the Axes of this figure.
        figure = draw_figure(views, options, progress, needs_axes=False)
        return figure_bytes(figure, format, options.dpi, caption_of(views))
