"""``lrplan plot``: pictures of the applied curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from lrplan.commands.assumed_steps import assumed_steps
from lrplan.commands.curves.curve_files import CurveFile, curves_of_file
from lrplan.commands.curves.recorded_curves import RecordedCurves, curves_of_recording
from lrplan.commands.progress import progress
from lrplan.commands.shown_findings import shown_findings
from lrplan.commands.simulate_spec import SimulatedSpec, simulate_spec
from lrplan.commands.terminal import Terminal, tolerate_closed_pipe, write_picture
from lrplan.commands.window import WHOLE_RUN, Window, windows_of, windows_of_logs
from lrplan.destination import Destination
from lrplan.errors import ExitStatus, UsageError
from lrplan.recipes import name_in, path_of
from lrplan.render.picture_options import PictureFormat, PictureOptions, format_of
from lrplan.render.view.view_model import Assumed
from lrplan.request import DEFAULT_REQUEST, Request
from lrplan.resume import ResumeOptions
from lrplan.specfile.files import is_folder
from lrplan.text_position import printable
from lrplan.trace import Trace


def plot(
    spec: str,
    names: Sequence[str],
    output: str | None,
    options: PictureOptions,
    terminal: Terminal,
    request: Request = DEFAULT_REQUEST,
    *,
    resume: ResumeOptions | None = None,
    window: Window = WHOLE_RUN,
) -> ExitStatus:
    """Draw the schedules of ``spec`` into one picture.

    Args:
        spec: path of the spec, ``-``, or the type of a scheduler that the request has.
        names: schedules to draw; all when empty.
        output: path whose suffix says the format, ``-`` for PNG on standard output, or None for
            the spec's name with ``.png``.
        options: what to draw, and how.
        terminal: where notes and problems go.
        request: how curves are obtained.
        resume: interrupt and resume the runs, and draw them over the unbroken ones.
        window: the part of the runs to show.
    """
    named = f"{spec.rpartition(':')[2]}.png" if request.source.schedule_words else None
    where = destination(spec, output, default=named)
    picture_format = "png" if where is None else format_of(where.path)
    curves = curves_of_file(spec, names, request, resume)
    if curves is not None:
        return _plot_curves(curves, where, picture_format, options, terminal, window)
    recorded = curves_of_recording(spec, names, request, resume)
    done = recorded or simulate_spec(spec, names, terminal, request, resume)
    findings = shown_findings(done) if options.findings else {}
    traces, assumed = _runs(done)
    from lrplan.render.schedule_picture import render

    with progress(terminal.notes, "drawing", len(traces)) as advance:
        data = render(
            traces,
            options,
            format=picture_format,
            findings=findings,
            assumed=assumed,
            windows=windows_of(traces, done.plans, window),
            progress=advance,
        )
    write_picture(data, where, terminal)
    return done.report_failures(terminal)


def _plot_curves(
    curves: CurveFile,
    where: Destination | None,
    picture_format: PictureFormat,
    options: PictureOptions,
    terminal: Terminal,
    window: Window,
) -> ExitStatus:
    """Draw what a log, an export or a lock has."""
    from lrplan.render.view.points_view import points_views
    from lrplan.render.view_picture import render_views

    windows = windows_of_logs(curves.runs, window)
    views = points_views(
        curves.runs, options, kind=curves.title, notes=curves.notes, windows=windows
    )
    data = render_views(views, options, format=picture_format)
    write_picture(data, where, terminal)
    return ExitStatus.OK


def print_plot(
    spec: str,
    names: Sequence[str],
    options: PictureOptions,
    terminal: Terminal,
    request: Request = DEFAULT_REQUEST,
    *,
    resume: ResumeOptions | None = None,
    window: Window = WHOLE_RUN,
) -> ExitStatus:
    """Print the schedules of ``spec`` as charts to standard output; arguments as of ``plot``."""
    curves = curves_of_file(spec, names, request, resume)
    if curves is not None:
        from lrplan.render.terminal.schedule_chart import print_curves

        windows = windows_of_logs(curves.runs, window)
        with tolerate_closed_pipe():
            print_curves(
                *(curves.runs, terminal.results, options),
                kind=curves.title,
                notes=curves.notes,
                windows=windows,
            )
        return ExitStatus.OK
    recorded = curves_of_recording(spec, names, request, resume)
    done = recorded or simulate_spec(spec, names, terminal, request, resume)
    findings = shown_findings(done) if options.findings else {}
    traces, assumed = _runs(done)
    from lrplan.commands.table import fields_of
    from lrplan.render.terminal.schedule_chart import print_charts
    from lrplan.render.view.field_names import check_fields

    check_fields(options.fields, fields_of(traces))
    windows = windows_of(traces, done.plans, window)
    with tolerate_closed_pipe():
        print_charts(traces, terminal.results, options, findings, assumed, windows)
    return done.report_failures(terminal)


def _runs(done: SimulatedSpec | RecordedCurves) -> tuple[list[Trace], dict[str, Assumed]]:
    """The traces, and by name the stretches of them that are assumed."""
    if isinstance(done, RecordedCurves):
        return done.whole_runs()
    return done.traces, assumed_steps(done.recipe, done.plans)


def destination(spec: str, output: str | None, *, default: str | None = None) -> Destination | None:
    """The file that the picture is written to; None for standard output.

    Args:
        spec: path of the spec, or ``-``.
        output: path, ``-``, or None.
        default: used if ``output`` is None, instead of the spec's name with ``.png``.

    Raises:
        OutputError: it would replace a file that must stay.
    """
    if output == "-":
        return None
    if output is None:
        path = _default_path(spec) if default is None else Path(default)
        target = Destination(path=path, option=f"-o {quote(str(path))}")
    else:
        target = Destination(path=Path(output))
    target.check(spec)
    return target


def _default_path(spec: str) -> Path:
    """The spec's name with ``.png``."""
    if spec == "-":
        return Path("schedules.png")
    if (recipe := name_in(spec)) is not None:
        return Path(f"{path_of(recipe).stem}.png")
    try:
        if is_folder(spec):  # of a run: the picture is written into it
            return Path(spec) / "schedules.png"
        return Path(spec).with_suffix(".png")
    except ValueError:
        raise UsageError(
            f"{printable(spec) or 'the empty name'} is not the name of a spec"
        ) from None
