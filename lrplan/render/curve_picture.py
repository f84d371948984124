"""Pictures of curves that a file has: logs, and exports or locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrplan.comparison import RunCurves
from lrplan.render.picture.captions import caption_of
from lrplan.render.picture.figure import draw_figure
from lrplan.render.picture.matplotlib_settings import figure_bytes, settings
from lrplan.render.picture_options import PictureFormat, PictureOptions
from lrplan.render.view.points_view import points_views
from lrplan.render.view.schedule_view import NO_WINDOWS


def render_curves(
    runs: Sequence[RunCurves],
    options: PictureOptions,
    *,
    format: PictureFormat,  # noqa: A002
    kind: str,
    notes: Sequence[str] = (),
    windows: Mapping[str, tuple[int, int]] = NO_WINDOWS,
) -> bytes:
    """The picture of some runs as a file's bytes; the same runs give the same bytes.

    Args:
        runs: a panel each, in this order.
        options: what to show.
        format: ``png``, ``svg`` or ``pdf``.
        kind: what the file is, in words.
        notes: sentences below each panel.
        windows: the first step to show and the step after the last one, by the name of a log.

    Raises:
        UsageError: no run has a field of ``options``.
    """
    views = points_views(runs, options, kind=kind, notes=notes, windows=windows)
    with settings():
        return figure_bytes(draw_figure(views, options), format, options.dpi, caption_of(views))
