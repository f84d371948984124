"""Pictures of audits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.render.picture.captions import caption_of
from lrplan.render.picture.figure import draw_figure
from lrplan.render.picture.matplotlib_settings import figure_bytes, settings
from lrplan.render.picture_options import PictureFormat, PictureOptions
from lrplan.render.view.view_model import ScheduleView

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def render_view(
    view: ScheduleView,
    options: PictureOptions,
    *,
    format: PictureFormat,  # noqa: A002
) -> bytes:
    """The picture of a view as a file's bytes: ``png``, ``svg`` or ``pdf``."""
    with settings():
        return figure_bytes(draw_figure([view], options), format, options.dpi, caption_of([view]))


def draw_view(view: ScheduleView, options: PictureOptions) -> Figure:
    """The figure of a view."""
    with settings():
        return draw_figure([view], options)
