"""The picture of an audit: what it shows of the log and of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from lrplan.auditing.logged_points import values_agree
from lrplan.auditing.match_columns import points_of
from lrplan.auditing.result import Audit
from lrplan.logs.log import Log
from lrplan.render.picture_options import PictureFormat, PictureOptions
from lrplan.render.view.audit_view import AuditCaption, AuditedColumn, audit_view
from lrplan.render.view.view_model import ScheduleView, Tone
from lrplan.render.view.x_axis import epoch_axis
from lrplan.render.view_picture import render_views
from lrplan.text_position import printable
from lrplan.trace import Trace

_MOST_TIMES = 10
_TONES: Mapping[str, Tone] = {
    "as-planned": "plain",
    "explained": "plain",
    "differs": "alarm",
    "unexplained": "caution",
}


def audit_picture(
    found: Audit, log: Log, trace: Trace, options: PictureOptions, picture_format: PictureFormat
) -> bytes:
    """The picture of an audit as a file's bytes.

    Args:
        found: what the audit says.
        log: the log.
        trace: the curves of its plan.
        options: theme, size and axes.
        picture_format: ``png``, ``svg`` or ``pdf``.
    """
    view = view_of_audit(found, log, trace)
    return render_views([view], options, format=picture_format)


def view_of_audit(found: Audit, log: Log, trace: Trace) -> ScheduleView:
    """The view that the picture of an audit draws."""
    columns = tuple(_columns(found, log, trace))
    last = max(int(column.updates[-1]) for column in columns)
    # Epochs of a run that went on are numbered too, unless it is so long that they are no use.
    end = float(min(max(trace.steps, last + 1), _MOST_TIMES * max(trace.steps, 1)))
    return audit_view(
        columns,
        _caption(found, log, trace, columns),
        epoch_axis(trace.epochs, trace.steps_per_epoch, end),
    )


def _columns(found: Audit, log: Log, trace: Trace) -> Iterator[AuditedColumn]:
    """The columns of the log that were compared; one of the mean of groups beside their mean."""
    for column in log.columns if found.groups else log.columns[:1]:
        group = found.groups.get(column.name)
        if found.groups and group is None:
            continue
        points = points_of(log, [column], trace)
        values, tolerance = points.values[:, 0], points.tolerance[:, 0]
        groups = trace.groups if group is None else (group,)
        planned = np.mean([np.asarray(trace.lr[each]) for each in groups], axis=0)
        inside = np.minimum(points.updates, trace.steps - 1)
        good = values_agree(values[:, None], tolerance[:, None], planned[inside][:, None])
        good &= points.updates < trace.steps
        name, curve = printable(column.name), printable(group or "mean of the groups")
        yield AuditedColumn(name, curve, planned, points.updates, values, good)


def _caption(
    found: Audit, log: Log, trace: Trace, columns: tuple[AuditedColumn, ...]
) -> AuditCaption:
    first = min((_first_off(column) for column in columns), default=trace.steps)
    cause = next((each for each in found.causes if each.step is not None), None)
    parts_at = first if first < trace.steps else None
    names = ""
    if cause is not None:
        parts_at = cause.step
        names = " or ".join((cause.name, *cause.alternatives))
    return AuditCaption(
        title=printable(trace.title.strip() or trace.name),
        subtitle=printable(f"{Path(log.path).name} against the plan · {found.verdict}"),
        sentence=printable(found.sentence),
        tone=_TONES[found.verdict],
        cause=names,
        parts_at=parts_at,
    )


def _first_off(column: AuditedColumn) -> int:
    """The update of the first row that is not as planned; one past the last if all are."""
    off = np.flatnonzero(~column.as_planned)
    return int(column.updates[off[0]]) if off.size else int(np.iinfo(np.int64).max)
