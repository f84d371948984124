"""Pictures of curves that a file has: logs, and exports or locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from lrplan.comparison import Run
from lrplan.errors import UsageError
from lrplan.render.picture.captions import caption_of
from lrplan.render.picture.figure import draw_figure
from lrplan.render.picture.matplotlib_settings import Format, figure_bytes, settings
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.points_view import points_view


def render_curves(
    runs: Sequence[Run],
    options: PictureOptions,
    *,
    format: Format,  # noqa: A002
    kind: str,
    notes: Sequence[str] = (),
    windows: Mapping[str, tuple[int, int]] = MappingProxyType({}),
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
    known = dict.fromkeys(field for run in runs for field in run.columns)
    for field in options.fields:
        if field not in known:
            raise UsageError(f"no schedule has {field!r}; there is {', '.join(known)}")
    views = [
        points_view(run, options, kind=kind, notes=notes, window=windows.get(run.name))
        for run in runs
    ]
    with settings():
        return figure_bytes(draw_figure(views, options), format, options.dpi, caption_of(views))
