"""Prints schedules as charts: a heading, a chart for each field, a key, notes and findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from lrplan.comparison import RunCurves
from lrplan.finding import Finding
from lrplan.render.finding_text import STYLES
from lrplan.render.picture_options import PictureOptions
from lrplan.render.table.text_grid import encodable, print_item, print_note
from lrplan.render.terminal.chart import ChartStyle, chart
from lrplan.render.terminal.curves import letters_of
from lrplan.render.view.points_view import points_views
from lrplan.render.view.schedule_view import NO_WINDOWS, NOTHING_ASSUMED, schedule_views
from lrplan.render.view.view_model import Assumed, Panel, ScheduleView
from lrplan.text import join_equal, quantity
from lrplan.text_position import printable
from lrplan.trace import DEFAULT_GROUP, Trace

_NARROWEST = 24
_HEIGHTS = (8, 20)
"""The least and the largest number of lines of the first chart of a schedule."""
_CELLS_A_LINE = 5
"""Characters of width for each line of height."""
_COLOURS = ("#0087d7", "#d75f00", "#00af87", "#d787af", "#d7af00", "#5fafff")
"""For few curves: colours that differ clearly on a light and on a dark ground."""
_ANSI = ("blue", "yellow", "green", "magenta", "cyan", "red")
"""For terminals with 16 colours."""
_RAMP = ("#5f5fd7", "#0087d7", "#00afaf", "#00af5f", "#87af00", "#d7af00", "#d78700", "#d75f5f")
"""For many curves, in order."""
_TONES = {"plain": "dim", "caution": "yellow", "alarm": "bold red"}
_MOST_NAMES = 30


def print_charts(
    traces: Sequence[Trace],
    console: Console,
    options: PictureOptions,
    findings: Mapping[str, Sequence[Finding]],
    assumed: Mapping[str, Assumed] = NOTHING_ASSUMED,
    windows: Mapping[str, tuple[int, int]] = NO_WINDOWS,
) -> None:
    """Print a chart of each schedule, as wide as the console.

    Args:
        traces: the runs.
        console: where to print; its width, encoding and colours shape the charts.
        options: what to show.
        findings: by the name of a trace, to be marked at their steps.
        assumed: by the name of a trace, the stretches of its curves to draw dashed.
        windows: by the name of a trace, the first step to show and the step after the last one.
    """
    views = schedule_views(traces, options, findings, assumed, windows)
    for index, view in enumerate(views):
        if index:
            console.print()
        _print_view(view, console, findings.get(traces[index].name, ()))


def print_curves(
    runs: Sequence[RunCurves],
    console: Console,
    options: PictureOptions,
    *,
    kind: str,
    notes: Sequence[str] = (),
    windows: Mapping[str, tuple[int, int]] = NO_WINDOWS,
) -> None:
    """Print a chart of each run that a file has; what it has at some steps only are dots.

    Args:
        runs: the runs.
        console: where to print.
        options: what to show.
        kind: what the file is, in words.
        notes: sentences below each chart.
        windows: the first step to show and the step after the last one, by the name of a log.

    Raises:
        UsageError: no run has a field of ``options``.
    """
    views = points_views(runs, options, kind=kind, notes=notes, windows=windows)
    for index, view in enumerate(views):
        if index:
            console.print()
        _print_view(view, console, ())


def _print_view(view: ScheduleView, console: Console, findings: Sequence[Finding]) -> None:
    print_note(view.title, console, "bold")
    print_note(view.subtitle, console, "dim")
    colours = _colours(view.colours, console)
    width = max(console.width, _NARROWEST)
    least, most = _HEIGHTS
    height = min(max(width // _CELLS_A_LINE, least), most)
    for index, panel in enumerate(view.panels):
        print_note(panel.label, console, "dim")
        style = ChartStyle(
            width=width,
            height=max(height // 2, least) if index else height,
            ascii=console.options.ascii_only,
            colours=colours,
        )
        if not panel.series:
            print_note(panel.empty_text, console, "dim")
            continue
        for line in chart(panel, view.x_axis, view.markers, style, numbered=not index):
            line.rstrip()
            console.print(line, no_wrap=True, overflow="ignore", crop=False)
        _print_key(panel, console, style)
    for note in view.notes:
        print_note(note.text, console, _TONES[note.tone])
    _print_findings(view, console, findings)


def _colours(count: int, console: Console) -> tuple[str, ...]:
    """Styles for ``count`` curves: hues that differ for a few, a ramp for many.

    Empty if the console has no colours, or too few for the curves to differ.
    """
    if console.color_system is None or console.no_color:
        return ()
    few = _COLOURS if console.color_system in ("256", "truecolor") else _ANSI
    if count <= len(few):
        return few
    if few is _ANSI:
        return ()
    last = len(_RAMP) - 1
    return tuple(_RAMP[round(index * last / (count - 1))] for index in range(count))


def _print_key(panel: Panel, console: Console, style: ChartStyle) -> None:
    """Print the names of the curves, unless there is only the one group that has no name."""
    if [series.names for series in panel.series] == [(DEFAULT_GROUP,)]:
        return
    line = "--" if console.options.ascii_only else "━━"
    letters = letters_of(panel)
    entries = []
    for series in panel.series[:_MOST_NAMES]:
        colour = style.colour(series.colour)
        lead = line if style.colours else letters.get(series.colour, line)
        name = encodable(printable(join_equal(series.names)), console)
        entries.append(Text.assemble((lead, colour), f" {name}"))
    if len(panel.series) > _MOST_NAMES:
        entries.append(Text(f"and {len(panel.series) - _MOST_NAMES} more", "dim"))
    for row in _lines(entries, console.width):
        console.print(Text("   ").join(row), no_wrap=True, overflow="ignore", crop=False)


def _lines(entries: Iterable[Text], width: int) -> Iterable[list[Text]]:
    """Yield ``entries`` in lines of at most ``width`` characters."""
    row: list[Text] = []
    for entry in entries:
        if row and sum(each.cell_len + 3 for each in row) + entry.cell_len > width:
            yield row
            row = []
        row.append(entry)
    if row:
        yield row


def _print_findings(view: ScheduleView, console: Console, findings: Sequence[Finding]) -> None:
    """Print what each mark means: the first finding of its rule, and how many are like it."""
    for marker in view.markers:
        found = [each for each in findings if each.name == marker.name]
        more = f" (and {quantity(len(found) - 1, 'place')} more)" if len(found) > 1 else ""
        text = f"{found[0].message}{more} [{marker.name}]"
        lead = f"{marker.number} {marker.severity.value}"
        print_item(lead, text, console, STYLES[marker.severity])
