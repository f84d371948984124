"""Pictures of comparisons: the curves above, their differences below, one x axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrplan.comparison import Comparison
from lrplan.render.picture_options import PictureFormat, PictureOptions
from lrplan.render.view.comparison_view import comparison_views
from lrplan.render.view.view_model import ScheduleView
from lrplan.render.view_picture import draw_views, render_views

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_comparisons(comparisons: Sequence[Comparison], options: PictureOptions) -> Figure:
    """The figure of ``comparisons``, at least one; those with one first run share a panel.

    Args:
        comparisons: what to draw; of each the first field of ``options``, or the learning rate.
        options: size, theme, resolution and axis; only ``log`` and the fields matter otherwise.
    """
    return draw_views(_views(comparisons, options), options)


def render_comparisons(
    comparisons: Sequence[Comparison],
    options: PictureOptions,
    *,
    format: PictureFormat,  # noqa: A002
) -> bytes:
    """The picture of :func:`draw_comparisons` as a file's bytes: ``png``, ``svg`` or ``pdf``."""
    return render_views(_views(comparisons, options), options, format=format)


def _views(comparisons: Sequence[Comparison], options: PictureOptions) -> list[ScheduleView]:
    field = options.fields[0] if options.fields else "lr"
    return comparison_views(comparisons, field, log=options.log)
