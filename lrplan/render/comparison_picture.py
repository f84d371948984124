"""Pictures of comparisons: the curves above, what sets them apart below, one x axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.render.picture.comparison_view import comparison_views
from lrplan.render.picture.drawing.comparison_figure import draw_comparison_figure
from lrplan.render.picture.drawing.matplotlib_settings import settings, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from lrplan.comparison import Comparison
    from lrplan.render.picture.drawing.matplotlib_settings import Format
    from lrplan.render.picture.options import PictureOptions


def draw_comparisons(comparisons: Sequence[Comparison], options: PictureOptions) -> Figure:
    """A figure of ``comparisons``, at least one; those with the same first run share a cell.

    Args:
        comparisons: what to draw; of each the first field of ``options``, or the learning rate.
        options: size, theme, resolution and axis; only ``log`` and the fields matter otherwise.
    """
    field = options.fields[0] if options.fields else "lr"
    with settings():
        return draw_comparison_figure(comparison_views(comparisons, field), options)


def render_comparisons(
    comparisons: Sequence[Comparison],
    options: PictureOptions,
    *,
    format: Format,  # noqa: A002
) -> bytes:
    """The picture of :func:`draw_comparisons` as a file's bytes: ``png``, ``svg`` or ``pdf``."""
    figure = draw_comparisons(comparisons, options)
    with settings():
        return written(figure, format, options.dpi)
