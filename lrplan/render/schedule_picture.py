"""Pictures of schedules, one curve a parameter group: as a matplotlib figure or a file's bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from lrplan.finding import Finding
from lrplan.render.picture_options import PictureFormat, PictureOptions
from lrplan.render.view.field_names import check_fields
from lrplan.render.view.schedule_view import NO_WINDOWS, NOTHING_ASSUMED, schedule_views
from lrplan.render.view.view_model import Assumed
from lrplan.render.view_picture import draw_views, render_views
from lrplan.trace import Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NO_FINDINGS: Mapping[str, Sequence[Finding]] = MappingProxyType({})


def draw(
    traces: Sequence[Trace],
    options: PictureOptions,
    *,
    findings: Mapping[str, Sequence[Finding]] = _NO_FINDINGS,
    assumed: Mapping[str, Assumed] = NOTHING_ASSUMED,
    windows: Mapping[str, tuple[int, int]] = NO_WINDOWS,
    progress: Callable[[int], None] | None = None,
) -> Figure:
    """The figure that shows the values of every step of ``traces``.

    Args:
        traces: one panel each, in this order.
        options: what to show.
        findings: by the name of a trace, to be marked at their steps.
        assumed: by the name of a trace, the stretches of its curves to draw dashed.
        windows: by the name of a trace, the first step to show and the step after the last one.
        progress: called with the number of schedules drawn so far, after each of them.

    Raises:
        UsageError: a field of ``options`` is in none of the traces.
    """
    _check_fields(traces, options)
    views = schedule_views(traces, options, findings, assumed, windows)
    return draw_views(views, options, progress)


def render(
    traces: Sequence[Trace],
    options: PictureOptions,
    *,
    format: PictureFormat,  # noqa: A002
    findings: Mapping[str, Sequence[Finding]] = _NO_FINDINGS,
    assumed: Mapping[str, Assumed] = NOTHING_ASSUMED,
    windows: Mapping[str, tuple[int, int]] = NO_WINDOWS,
    progress: Callable[[int], None] | None = None,
) -> bytes:
    """The picture of :func:`draw` as a file's bytes; the same traces give the same bytes.

    Args:
        traces: one panel each, in this order.
        options: what to show; a PNG too large to be held in memory gets fewer pixels per inch.
        format: ``png``, ``svg`` (text as text) or ``pdf`` (fonts embedded).
        findings: by the name of a trace, to be marked at their steps.
        assumed: by the name of a trace, the stretches of its curves to draw dashed.
        windows: by the name of a trace, the first step to show and the step after the last one.
        progress: called with the number of schedules drawn so far, after each of them.

    Raises:
        UsageError: a field of ``options`` is in none of the traces.
    """
    _check_fields(traces, options)
    views = schedule_views(traces, options, findings, assumed, windows)
    return render_views(views, options, format=format, progress=progress)


def _check_fields(traces: Sequence[Trace], options: PictureOptions) -> None:
    # A run that failed at once has recorded nothing: its panel says so.
    if not any(trace.steps for trace in traces):
        return
    check_fields(options.fields, (field for trace in traces for field in trace.columns))
