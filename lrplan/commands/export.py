"""``lrplan export``: the numbers, or code that makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import PurePath

from lrplan.commands.curves.curve_files import CurveFile, curves_of_file
from lrplan.commands.curves.recorded_curves import RecordedCurves, curves_of_recording
from lrplan.commands.simulate_spec import SimulatedSpec, simulate_spec
from lrplan.commands.terminal import Terminal
from lrplan.destination import Destination, destination_of
from lrplan.errors import ExitStatus, UsageError
from lrplan.export.code import to_lightning, to_pytorch, to_transformers
from lrplan.export.csv import check_printable, to_csv
from lrplan.export.json import to_json
from lrplan.export.markdown import to_markdown, trace_to_markdown
from lrplan.output import write_stdout
from lrplan.plan import SchedulePlan
from lrplan.request import DEFAULT_REQUEST, Request
from lrplan.text import join_first, join_words
from lrplan.text_position import printable
from lrplan.trace import Trace

NUMBERS = {"json": to_json, "csv": to_csv}
"""Formats of the numbers: any number of schedules, thinned on request."""

MODULES: dict[str, Callable[..., str]] = {
    "pytorch": to_pytorch,
    "lightning": to_lightning,
    "transformers": to_transformers,
}
"""Formats that are a Python module: one schedule each."""

TABLES: dict[str, Callable[[SchedulePlan, Trace], str]] = {"markdown": to_markdown}
"""Formats for people: schedules one after the other."""

SUFFIXES = {".json": "json", ".csv": "csv", ".md": "markdown"}
"""The format of a file that is named without one."""

FORMATS = (*NUMBERS, *MODULES, *TABLES)
"""The choices of ``--format``."""


def export(
    spec: str,
    names: Sequence[str],
    output: str | None,
    output_format: str | None,
    terminal: Terminal,
    request: Request = DEFAULT_REQUEST,
    *,
    every: int = 1,
    tolerance: float | None = None,
) -> ExitStatus:
    """Write the applied values of the schedules of ``spec``, or code that reproduces them.

    Args:
        spec: path of the spec, or ``-``.
        names: schedules to export; all when empty.
        output: path, or None or ``-`` for standard output.
        output_format: one of ``FORMATS``; None: that of the suffix of ``output``.
        terminal: where notes and problems go.
        request: how curves are obtained.
        every: export only every n-th step, and the last; numbers only.
        tolerance: the largest difference between the curve and a schedule of transformers that is
            written for it, as a share of the peak; None: 1e-12.

    Raises:
        UsageError: a suffix without a format, several schedules for a module, a schedule that it
            cannot express, ``every`` without numbers, or a tolerance if nothing is compared.
    """
    where = destination_of(output)
    if where is not None:
        where.check(spec)
    if output_format is None:
        output_format = format_of(output)
    _check_options(output_format, every, tolerance)
    curves = curves_of_file(spec, names, request)
    recorded = None if curves else curves_of_recording(spec, names, request)
    if (curves or recorded) and output_format in MODULES:
        raise UsageError(f"{output_format} needs a plan, and {printable(spec)} has curves only")
    if curves is not None:
        _print_notes(curves.notes, terminal)
        chunks = _chunks_of_points(curves, output_format, every, is_printed=where is None)
        _write(chunks, where, terminal)
        return ExitStatus.OK
    done = recorded or simulate_spec(spec, names, terminal, request)
    if output_format in MODULES and len(done.plans) > 1:
        known = join_first([plan.name for plan in done.plans], 5)
        raise UsageError(f"{output_format} takes one schedule: name one of {known}")
    if output_format == "csv" and where is None:
        check_printable(done.traces)
    _write(_chunks(done, output_format, every, tolerance), where, terminal)
    return done.report_failures(terminal)


def format_of(output: str | None) -> str:
    """The format for a file that is called ``output``; JSON for standard output.

    Raises:
        UsageError: its suffix has none.
    """
    suffix = PurePath(output or "-").suffix.lower()
    if not suffix:
        return "json"
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    formats = tuple(MODULES) if suffix == ".py" else FORMATS
    message = f"the suffix of {output} tells no format: give --format with"
    raise UsageError(printable(f"{message} {join_words(formats, 'or')}"))


def _write(chunks: Iterable[str], where: Destination | None, terminal: Terminal) -> None:
    if where is None:
        # `| head` closes the pipe after some lines: then nothing more is written.
        for chunk in chunks:
            if not write_stdout(chunk):
                break
    else:
        with where.atomic_write() as file:
            for chunk in chunks:
                file.write(chunk.encode("utf-8", "backslashreplace"))
        terminal.notes.print(f"wrote {printable(str(where.path))}", markup=False, soft_wrap=True)


def _print_notes(notes: Iterable[str], terminal: Terminal) -> None:
    for note in notes:
        terminal.notes.print(printable(note), markup=False, soft_wrap=True)


def _chunks_of_points(
    curves: CurveFile, output_format: str, every: int, *, is_printed: bool
) -> Iterable[str]:
    from lrplan.export.sparse_curves import (
        check_printable_points,
        points_to_csv,
        points_to_json,
        points_to_markdown,
    )

    if output_format == "markdown":
        return points_to_markdown(curves.runs, curves.title)
    if output_format == "json":
        return points_to_json(curves.runs, every)
    if is_printed:
        check_printable_points(curves.runs)
    return points_to_csv(curves.runs, every)


def _check_options(output_format: str, every: int, tolerance: float | None) -> None:
    if every != 1 and output_format not in NUMBERS:
        raise UsageError(f"--every is for json and csv, not for {output_format}")
    if tolerance is None:
        return
    if output_format != "transformers":
        raise UsageError("--tolerance is for transformers: other code gives the curve to 1e-12")
    if not 0 <= tolerance < 1:
        raise UsageError(f"--tolerance must be from 0 to below 1, not {tolerance:g}")


def _chunks(
    done: SimulatedSpec | RecordedCurves, output_format: str, every: int, tolerance: float | None
) -> Iterable[str]:
    if output_format in NUMBERS:
        return NUMBERS[output_format](done.traces, every=every)
    if isinstance(done, RecordedCurves):
        return ["\n".join(trace_to_markdown(trace) for trace in done.traces)]
    make: Callable[..., str] = {**MODULES, **TABLES}[output_format]
    if tolerance is not None:
        make = partial(make, tolerance=tolerance)
    # Made whole before anything is written: a refusal must not leave half a file.
    texts = [make(plan, trace) for plan, trace in zip(done.plans, done.traces, strict=True)]
    return ["\n".join(texts)]
