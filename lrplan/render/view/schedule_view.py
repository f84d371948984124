"""Builds the views of schedules from traces and findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from lrplan.features import varies
from lrplan.finding import Finding
from lrplan.recipes.header import UNCHECKED
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.finding_markers import markers_of, unmarked_note
from lrplan.render.view.flags import flags_of
from lrplan.render.view.insets import inset_of
from lrplan.render.view.metric_panels import metric_panels
from lrplan.render.view.notes import get_lr_mismatches, notes_of
from lrplan.render.view.numbers import count_label
from lrplan.render.view.series import measure_curves, panels_of, underlays_of
from lrplan.render.view.view_model import Assumed, Note, Panel, ScheduleView
from lrplan.render.view.x_axis import epoch_axis, x_axis_of
from lrplan.render.view.zoom import zoom
from lrplan.text import pluralize, quantity
from lrplan.trace import Trace

NO_WINDOWS: Mapping[str, tuple[int, int]] = MappingProxyType({})
NOTHING_ASSUMED: Mapping[str, Assumed] = MappingProxyType({})


def schedule_views(
    traces: Sequence[Trace],
    options: PictureOptions,
    findings: Mapping[str, Sequence[Finding]],
    assumed: Mapping[str, Assumed] = NOTHING_ASSUMED,
    windows: Mapping[str, tuple[int, int]] = NO_WINDOWS,
) -> list[ScheduleView]:
    """A view for each of ``traces``.

    Args:
        traces: the runs.
        options: what to show; without fields these are the learning rate and, of a single
            schedule, every other field that changes and the metrics that plateaus read.
        findings: by the name of a trace.
        assumed: what the sources of a schedule do not state, by the name of a trace.
        windows: the first step to show and the step after the last one, by the name of a trace.
    """
    with_metrics = len(traces) == 1 and not options.fields
    changing = [() if options.fields else changing_fields(trace) for trace in traces]
    if not options.fields:
        options = replace(options, fields=_default_fields(traces, changing))
    views = [
        _schedule_view(
            trace,
            options,
            [field for field in others if field not in options.fields],
            findings.get(trace.name, ()) if options.findings else (),
            assumed.get(trace.name, Assumed()),
            with_metrics=with_metrics,
        )
        for trace, others in zip(traces, changing, strict=True)
    ]
    if len(traces) == 1 and not windows:
        return [replace(views[0], inset=inset_of(traces[0], views[0]))]
    return [
        _part(view, *windows[trace.name]) if trace.name in windows else view
        for trace, view in zip(traces, views, strict=True)
    ]


def _part(view: ScheduleView, first: int, end: int) -> ScheduleView:
    part = zoom(view, first, end)
    return replace(part, subtitle=f"steps {first:,} to {end - 1:,} · {view.subtitle}")


def _default_fields(
    traces: Sequence[Trace], changing: Sequence[tuple[str, ...]]
) -> tuple[str, ...]:
    """The learning rate and, for one schedule, the other changing fields; a constant lr is last."""
    if len(traces) != 1 or not changing[0]:
        return ("lr",)
    moves = any(varies(column) for column in traces[0].lr.values())
    return ("lr", *changing[0]) if moves else (*changing[0], "lr")


def changing_fields(trace: Trace) -> tuple[str, ...]:
    """Fields besides the learning rate that change during the run, in some group."""
    return tuple(
        field
        for field, columns in trace.columns.items()
        if field != "lr" and any(varies(column) for column in columns.values())
    )


def _schedule_view(
    trace: Trace,
    options: PictureOptions,
    undrawn: Sequence[str],
    findings: Sequence[Finding],
    assumed: Assumed,
    *,
    with_metrics: bool,
) -> ScheduleView:
    curves = measure_curves(trace, options)
    mismatches = get_lr_mismatches(trace) if options.get_lr and "lr" in options.fields else {}
    marked = [mark.step for mark in trace.marks]
    marked += [finding.step for finding in findings if finding.step is not None]
    x_axis = x_axis_of(trace, options.x, marked)
    underlays = underlays_of(trace, options)
    panels, colours = panels_of(
        trace, curves, underlays, mismatches, x_axis, assumed.stretches, log=options.log
    )
    metrics = metric_panels(trace, colours) if with_metrics else ()
    in_steps = x_axis.label == "step"
    markers = markers_of(findings, trace.steps)
    return ScheduleView(
        title=trace.title.strip() or trace.name,
        subtitle=_subtitle(trace, [max(trace.planned_steps, trace.steps), *marked]),
        panels=(*panels, *metrics),
        x_axis=x_axis,
        colours=colours + len(metrics),
        notes=(
            *unmarked_note(findings, markers),
            *_scale_notes(panels, options),
            *notes_of(trace, options, curves, mismatches, undrawn),
            *_assumed_notes(assumed),
        ),
        epochs=epoch_axis(trace.epochs, trace.steps_per_epoch, x_axis.end) if in_steps else None,
        flags=flags_of(trace, options.fields[0], panels[0], x_axis) if options.marks else (),
        markers=markers,
        failed=trace.failure is not None,
    )


def _scale_notes(panels: Sequence[Panel], options: PictureOptions) -> Iterator[Note]:
    if options.log is None and any(panel.scale.log for panel in panels):
        yield Note("logarithmic axis, since the peaks differ more than 10 times; --no-log: linear")


def _assumed_notes(assumed: Assumed) -> Iterator[Note]:
    if assumed.reasons:
        yield Note(f"assumed: {'; '.join(assumed.reasons)}", dashed=True)
    if not assumed.is_checked:
        yield Note(UNCHECKED)


def _subtitle(trace: Trace, counts: Sequence[int]) -> str:
    """The length of the run: ``1,000 steps · 10 epochs``, led by its name if there is a title."""
    planned = max(trace.planned_steps, trace.steps)
    steps = f"{count_label(planned, counts)} {pluralize('step', planned)}"
    named = [trace.name] if trace.title.strip() not in ("", trace.name) else []
    epochs = _epochs(trace, planned)
    if not epochs:
        return " · ".join([*named, steps])
    counted = quantity(round(epochs, 2), "epoch")
    both = [f"{counted} of one step"] if trace.steps_per_epoch == 1 else [steps, counted]
    return " · ".join([*named, *both])


def _epochs(trace: Trace, planned: int) -> float:
    """The number of epochs of the whole run, with fractions; 0 where it has none."""
    if trace.epochs is None or not trace.steps:
        return 0
    if trace.steps_per_epoch:
        whole, rest = divmod(planned, trace.steps_per_epoch)
        return planned / trace.steps_per_epoch if rest else whole
    last = int(trace.epochs[-1])
    part = int(np.count_nonzero(trace.epochs == last)) / trace.last_epoch_steps()
    return last + part if part < 1 else last + 1
