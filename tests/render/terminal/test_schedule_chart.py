"""Charts in the terminal, read back from the characters that were printed."""

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from lrplan.comparison import RunCurve, RunCurves
from lrplan.finding import Finding, Severity
from lrplan.render.picture_options import PictureOptions
from lrplan.render.terminal.schedule_chart import print_charts, print_curves
from lrplan.render.view.view_model import Assumed
from lrplan.trace import DEFAULT_GROUP, Failure
from tests.render.figure_traces import trace, warm_cosine

FINDING = Finding(
    rule="LRP301", name="cosine-past-t-max-rises", message="it climbs", severity=Severity.WARNING
)


def printed(
    *traces, width=80, findings=(), assumed=None, encoding="utf-8", console=None, **options
):
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    out = Console(file=stream, width=width, **(console or {}))
    by_name = {traces[0].name: findings}
    print_charts(traces, out, PictureOptions(**options), by_name, assumed or {})
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


def area(text):
    """The plotting area of the first chart: the columns behind the axis, from the top."""
    lines = text.splitlines()
    end = next(i for i, line in enumerate(lines) if "└" in line)
    left = lines[end].index("└") + 1
    rows = [line for line in lines[:end] if line[left - 1 : left] in ("│", "┤")]
    width = len(lines[end]) - left
    return [line[left:].ljust(width) for line in rows]


def dots(rows):
    """The dots as booleans, shape ``(rows, columns)``, from the bottom; letters are none."""
    grid = np.zeros((4 * len(rows), 2 * len(rows[0])), dtype=bool)
    bits = [[0, 3], [1, 4], [2, 5], [6, 7]]
    for row, line in enumerate(rows):
        for column, character in enumerate(line):
            code = ord(character) - 0x2800 if "\u2800" <= character <= "\u28ff" else 0
            for y in range(4):
                for x in range(2):
                    grid[4 * row + y, 2 * column + x] = code >> bits[y][x] & 1
    return grid[::-1]


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_the_dots_are_the_curve(width):
    values = warm_cosine(5000, 500, top=0.1)
    grid = dots(area(printed(trace({DEFAULT_GROUP: values}), width=width)))
    rows, columns = grid.shape
    assert columns > 2 * width - 20
    # The axis goes from 4% below 0 to the peak: the row of each dot is a value.
    low, high = -0.004, 0.1
    for column in range(columns):
        (filled,) = np.nonzero(grid[:, column])
        part = values[int(column / columns * 5000) : int((column + 1) / columns * 5000) + 1]
        wanted = (np.array([part.min(), part.max()]) - low) / (high - low) * (rows - 1)
        assert abs(filled.min() - wanted[0]) <= 1
        assert abs(filled.max() - wanted[1]) <= 1
        assert len(filled) == filled.max() - filled.min() + 1


@pytest.mark.parametrize("width", [24, 40, 61, 80, 120, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_no_line_is_wider_than_the_terminal(width, encoding):
    groups = {f"group {i} of many": warm_cosine(300, 20, top=10.0**-i) for i in range(9)}
    findings = [replace(FINDING, step=step) for step in (0, 5, 6, 299)]
    one = trace(groups, per_epoch=30, title="A long title — of several words")
    text = printed(one, width=width, encoding=encoding, log=True, findings=findings)
    assert max(map(len, text.splitlines())) <= width
    assert all(name in text for name in groups)
    assert text.isascii() == (encoding == "ascii")


def test_ascii_shows_the_same_curve():
    one = trace({DEFAULT_GROUP: np.array([1.0, 1.0, 0.0, 0.0])})
    lines = printed(one, width=40, encoding="ascii").splitlines()
    assert lines[3].startswith("   1 +''''")
    assert lines[-2].startswith("     ++---")
    assert lines[-1].split() == ["step", "0", "2", "4"]
    (bottom,) = (line for line in lines if line.startswith("   0 +"))
    assert bottom.rstrip().endswith(("....", "''''", "::::"))


def test_curves_have_colours_or_letters():
    one = trace({"body": np.linspace(1, 0, 50), "head": np.linspace(0.5, 0, 50)})
    colourful = printed(one, console={"force_terminal": True, "color_system": "truecolor"})
    assert "\x1b[38;2;0;135;215m━━" in colourful
    assert "\x1b[38;2;215;95;0m━━" in colourful
    for options in ({"force_terminal": True, "no_color": True}, {}):
        plain = printed(one, console=options)
        assert "\x1b[3" not in plain
        assert "a body   b head" in plain
        letters = [c for row in area(plain) for c in row if c in "ab"]
        assert sorted(set(letters)) == ["a", "b"]


def test_a_stretch_of_one_colour_is_one_text():
    # Over a slow line, a colour for each character would be seen.
    one = trace({"body": np.ones(50), "head": np.full(50, 0.5)})
    colourful = printed(one, console={"force_terminal": True, "color_system": "truecolor"})
    top = next(line for line in colourful.splitlines() if "⠉⠉" in line)
    assert top.count("\x1b[38;2;") == 1


def test_few_colours_do_not_tell_many_curves_apart():
    groups = {f"g{i}": np.linspace(1, i / 10, 50) for i in range(8)}
    options = {"force_terminal": True, "color_system": "standard"}
    assert "h g7" in printed(trace(groups), console=options)
    assert "h g7" not in printed(trace(groups), console={**options, "color_system": "256"})


def test_findings_are_marked_at_their_steps():
    one = trace({DEFAULT_GROUP: warm_cosine(1000, 100)})
    findings = [
        replace(FINDING, step=500),
        replace(FINDING, step=750),
        replace(FINDING, name="floor-not-reached", message="it is not reached", step=501),
    ]
    text = printed(one, findings=findings)
    first, rows = text.splitlines()[3], area(text)
    left, width = text.splitlines()[4].index("┤") + 1, len(rows[0])
    marks = {index - left: c for index, c in enumerate(first) if c != " "}
    middle, later = int(0.5 * width), int(0.75 * width)
    assert marks == {middle: "1", middle + 1: "2", later: "1"}
    # A line leads down from each step, and hides no dot of the curve.
    bare = area(printed(one, findings=[]))
    for row, without in zip(rows, bare, strict=True):
        lines = {index for index, c in enumerate(row) if c == "┊"}
        assert lines == {each for each in (middle, later) if without[each] == " "}
        assert row.replace("┊", " ") == without
    assert "1 warning: it climbs (and 1 place more) [cosine-past-t-max-rises]" in text
    assert "2 warning: it is not reached [floor-not-reached]" in text


@pytest.mark.parametrize("width", [24, 40, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("step", [0, 700, 999])
def test_the_name_of_a_single_finding_stands_beside_its_number(width, encoding, step):
    one = trace({DEFAULT_GROUP: warm_cosine(1000, 100)})
    text = printed(one, findings=[replace(FINDING, step=step)], width=width, encoding=encoding)
    lines = text.splitlines()
    axis = next(i for i, line in enumerate(lines) if line.strip().startswith("step ")) - 1
    left = lines[axis].index("└" if encoding == "utf-8" else "+") + 1
    column = min(int(step / 1000 * (width - left)), width - left - 1)
    assert lines[3].index("1", left) - left == column
    name, room = FINDING.name, width - left
    fits = column + 2 + len(name) <= room or len(name) < column
    assert lines[3].replace("1", "").strip() == (name if fits else "")
    flag = "┊" if encoding == "utf-8" else "|"
    assert any(line[left + column : left + column + 1] == flag for line in lines[4:axis])


def test_a_finding_is_marked_in_every_chart_and_numbered_in_the_first():
    one = trace(
        {DEFAULT_GROUP: np.ones(50)}, more={"momentum": {DEFAULT_GROUP: np.linspace(0.8, 0.9, 50)}}
    )
    text = printed(one, findings=[replace(FINDING, step=20)])
    upper, lower = text.split("\nlearning rate\n")
    assert "1 cosine-past" in upper
    assert "cosine-past" not in lower.partition("└")[0]
    assert "┊" in lower


def test_a_run_that_stops_ends_where_it_stops():
    stopped = trace(
        {DEFAULT_GROUP: np.ones(250)}, planned_steps=1000, failure=Failure(249, "it stopped")
    )
    text = printed(stopped)
    grid = dots(area(text))
    (columns,) = np.nonzero(grid.any(axis=0))
    assert abs(columns.max() - grid.shape[1] / 4) <= 1
    assert "stopped after step 249: it stopped" in text


def test_values_that_are_no_numbers_leave_gaps():
    values = np.ones(100)
    values[40:60] = np.nan
    text = printed(trace({DEFAULT_GROUP: values}))
    filled = dots(area(text)).any(axis=0)
    share = np.arange(filled.size) / filled.size
    assert not filled[(share > 0.41) & (share < 0.59)].any()
    assert filled[(share < 0.39) | (share > 0.61)].all()
    assert "not finite" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_assumed_stretches_are_dashed(width):
    one = trace({DEFAULT_GROUP: np.ones(100)})
    assumed = {"run": Assumed(((50, 100),), ("not said",))}
    filled = dots(area(printed(one, assumed=assumed, width=width)))
    columns = filled.any(axis=0)
    half = columns.size // 2
    assert columns[: half - 1].all()
    lengths = [len(each) for each in "".join("x" if c else " " for c in columns[half:]).split()]
    gaps = [len(each) for each in "".join(" " if c else "x" for c in columns[half:]).split()]
    # Three characters and two blanks, but for the ends.
    assert set(lengths[:-1]) == {6}
    assert set(gaps[1:-1]) == {4}
    assert len(lengths) == pytest.approx(half / 10, abs=1)


def test_a_jump_in_an_assumed_stretch_has_dashes_too():
    for at in range(52, 72):
        values = np.where(np.arange(100) < at, 1.0, 0.0)
        assumed = {"run": Assumed(((50, 100),), ("not said",))}
        filled = dots(area(printed(trace({DEFAULT_GROUP: values}), assumed=assumed)))
        column = int(at / 100 * filled.shape[1])
        jump = filled[:, column - 1 : column + 2].any(axis=1)
        assert 0.5 < jump.mean() < 0.75


def test_a_run_without_a_break_is_dashed_below_the_resumed_one():
    one = trace({DEFAULT_GROUP: np.full(100, 0.5)})
    one = replace(one, unbroken={"lr": {DEFAULT_GROUP: np.ones(100)}})
    filled = dots(area(printed(one)))
    upper, lower = filled[-1], filled[: len(filled) * 3 // 4].any(axis=0)
    assert lower.all()
    assert {len(each) for each in "".join("x" if c else " " for c in upper).split()[:-1]} == {4}
    assert 0.4 < upper.mean() < 0.6


def test_dashes_are_a_part_of_the_curve():
    values = warm_cosine(3000, 900) + 0.2 * np.sin(np.arange(3000) / 3)
    for encoding in ("utf-8", "ascii"):
        assumed = {"run": Assumed(((1000, 3000),), ("not said",))}
        one = trace({DEFAULT_GROUP: values})
        whole = printed(one, encoding=encoding).splitlines()
        dashed = printed(one, assumed=assumed, encoding=encoding).splitlines()
        for line, other in zip(whole, dashed, strict=False):
            inked = [at for at, character in enumerate(other) if character != " "]
            assert all(line[at] != " " for at in inked)


def test_other_fields_have_a_chart_of_their_own():
    one = trace(
        {DEFAULT_GROUP: np.ones(50)}, more={"momentum": {DEFAULT_GROUP: np.linspace(0.8, 0.9, 50)}}
    )
    text = printed(one)
    assert text.count("└") == 2
    assert "\nmomentum\n" in text


def test_a_run_without_steps_says_so():
    failed = trace({DEFAULT_GROUP: []}, planned_steps=9, failure=Failure(-1, "no"))
    assert "nothing was run" in printed(failed)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_what_is_known_at_some_steps_only_are_dots(width):
    steps, values = np.array([100, 400, 700, 1000]), np.array([1.0, 0.5, 0.25, 0.0])
    curve = RunCurve(values, 1001, steps)
    run = RunCurves("log.csv", "log", ("all",), {"lr": {"all": curve}}, 1001, is_log=True)
    stream = io.StringIO()
    print_curves([run], Console(file=stream, width=width), PictureOptions(), kind="a log")
    text = stream.getvalue()
    grid = dots(area(text))
    rows, columns = grid.shape
    high = np.argwhere(grid)
    assert len(high) == 4
    wanted = sorted(
        (round((value + 0.04) / 1.04 * (rows - 1)), min(int(step / 1000 * columns), columns - 1))
        for step, value in zip(steps, values, strict=True)
    )
    assert np.abs(high - np.array(wanted)).max() <= 1
    assert "a log · 4 rows, steps 100 to 1,000" in text
