"""From a trace to what a picture is to show of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lrplan.render.picture.curve_stats import sketcher
from lrplan.render.picture.finding_markers import left_out, markers_of
from lrplan.render.picture.notes import notes_of
from lrplan.render.picture.numbers import count_label
from lrplan.render.picture.view_model import Panel, ScheduleView, Series, XAxis

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lrplan.render.picture.curve_stats import CurveStats
    from lrplan.render.picture.options import PictureOptions
    from lrplan.trace import FloatArray, Trace


def schedule_view(
    trace: Trace, options: PictureOptions, unseen: Sequence[str] = ()
) -> ScheduleView:
    """What to show of ``trace``, whose fields ``unseen`` move although nobody draws them."""
    sketch = sketcher()
    sketches = _sketches(trace, options, sketch)
    ghosts = _ghosts(trace, options)
    prints = _prints(
        sketches,
        {
            field: {group: sketch(ghost).key for group, ghost in held.items()}
            for field, held in ghosts.items()
        },
    )
    kinds = _kinds(trace, prints)
    alerts = markers_of(trace, options)
    return ScheduleView(
        trace=trace,
        panels=tuple(
            _panel(trace, field, kinds, prints[field], sketches[field], ghosts.get(field, {}))
            for field in sketches
        ),
        across=across(trace, options.x),
        kinds=len(set(kinds.values())),
        title=trace.title.strip() or trace.name,
        subtitle=_subtitle(trace),
        notes=(
            *left_out(trace, alerts, options),
            *notes_of(trace, options, sketches, unseen),
        ),
        alerts=alerts,
    )


def _sketches(
    trace: Trace, options: PictureOptions, sketch: Callable[[FloatArray], CurveStats]
) -> dict[str, dict[str, CurveStats]]:
    """By field and group; a column is read here, and once more when it is drawn."""
    return {
        field: {
            group: sketch(values)
            for group, values in trace.columns.get(field, {}).items()
            if len(values)
        }
        for field in options.fields
    }


def _ghosts(trace: Trace, options: PictureOptions) -> Mapping[str, Mapping[str, FloatArray]]:
    """By field and group, what is drawn under the curves."""
    if trace.unbroken:
        return {field: trace.unbroken.get(field, {}) for field in options.fields}
    return {"lr": trace.get_lr} if options.get_lr else {}


def _prints(
    sketches: Mapping[str, Mapping[str, CurveStats]], ghosts: Mapping[str, Mapping[str, bytes]]
) -> dict[str, dict[str, object]]:
    """By field and group, what is equal only for curves that look the same to the last bit."""
    return {
        field: {
            group: (sketch.key, ghosts.get(field, {}).get(group))
            for group, sketch in curves.items()
        }
        for field, curves in sketches.items()
    }


def _kinds(trace: Trace, prints: Mapping[str, Mapping[str, object]]) -> dict[str, int]:
    seen: dict[tuple[object, ...], int] = {}
    return {
        group: seen.setdefault(tuple(curves.get(group) for curves in prints.values()), len(seen))
        for group in trace.groups
    }


def _panel(
    trace: Trace,
    field: str,
    kinds: Mapping[str, int],
    prints: Mapping[str, object],
    sketches: Mapping[str, CurveStats],
    ghosts: Mapping[str, FloatArray],
) -> Panel:
    alike: dict[object, list[str]] = {}
    for group in trace.groups:
        if group in prints:
            alike.setdefault(prints[group], []).append(group)
    series = tuple(
        Series(
            names=tuple(names),
            kind=kinds[names[0]],
            sketch=sketches[names[0]],
            read=partial(trace.columns[field].__getitem__, names[0]),
            ghost=ghosts.get(names[0]),
            unbroken=bool(trace.unbroken),
        )
        for names in alike.values()
    )
    return Panel(field=field, series=series, groups=len(trace.groups))


def across(trace: Trace, unit: str) -> XAxis:
    """The x axis of ``trace`` in steps, or in epochs where it has them."""
    planned = max(trace.planned_steps, trace.steps, 1)
    begins = trace.epoch_axis() if unit == "epoch" else None
    if begins is None:
        edges = np.arange(trace.steps + 1, dtype=np.float64)
        return XAxis("step", edges, float(planned), tuple(_counts(trace)))
    last = 1 / (trace.last_epoch_steps() or 1.0)
    edges = np.append(begins, (begins[-1] if len(begins) else 0.0) + last)
    more = (planned - trace.steps) * last
    return XAxis(label="epoch", edges=edges, end=float(edges[-1] + more) or 1.0)


def _counts(trace: Trace) -> list[int]:
    """The steps that a picture of ``trace`` names."""
    return [max(trace.planned_steps, trace.steps), *(mark.step for mark in trace.marks)]


def _subtitle(trace: Trace) -> str:
    planned = max(trace.planned_steps, trace.steps)
    steps = "1 step" if planned == 1 else f"{count_label(planned, _counts(trace))} steps"
    named = [trace.name] if trace.title.strip() not in ("", trace.name) else []
    epochs = _epochs(trace, planned)
    if not epochs:
        return " · ".join([*named, steps])
    counted = "1 epoch" if epochs == 1 else f"{round(epochs, 2):,} epochs"
    both = [f"{counted} of one step"] if trace.steps_per_epoch == 1 else [steps, counted]
    return " · ".join([*named, *both])


def _epochs(trace: Trace, planned: int) -> float:
    """How many epochs the whole run has, with fractions; 0 where it has none."""
    if trace.epochs is None or not trace.steps:
        return 0
    if trace.steps_per_epoch:
        whole, rest = divmod(planned, trace.steps_per_epoch)
        return planned / trace.steps_per_epoch if rest else whole
    last = int(trace.epochs[-1])
    part = int(np.count_nonzero(trace.epochs == last)) / trace.last_epoch_steps()
    return last + part if part < 1 else last + 1
