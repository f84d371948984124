"""The report for people, on a terminal and off it."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from lrplan.finding import Severity
from lrplan.render.report import REPORTS
from lrplan.render.report.text import print_text
from tests.render.report.samples import (
    COLUMN,
    HOSTILE,
    LINE,
    MIXED,
    SOURCES,
    TEXT,
    context,
    finding,
)


def report(findings, **changes):
    return REPORTS["text"](findings, SOURCES, context=context(**changes))


def printed(findings, *, width=80, terminal=False):
    stream = io.StringIO()
    color = "truecolor" if terminal else "auto"
    console = Console(
        file=stream, width=width, force_terminal=terminal, color_system=color, highlight=False
    )
    print_text(findings, SOURCES, console, context())
    return stream.getvalue()


def test_a_finding_shows_where_what_the_line_and_the_fix():
    lines = report([finding()]).splitlines()
    assert lines[0] == (f"a/spec.yaml:5:{COLUMN}: error: the rate rises again from tick 80 [rises]")
    assert lines[1] == f"   5 | {LINE}"
    carets = lines[2]
    assert lines[1][carets.index("^") : carets.rindex("^") + 1] == "80"
    assert lines[3].strip() == "= T_max: 100"
    assert lines[-1] == "`lrplan explain rises` says more"


def test_files_come_in_the_order_they_were_checked_and_the_most_severe_first():
    headlines = [line for line in report(MIXED).splitlines() if line.endswith("]")]
    assert [line.split(":")[:2] for line in headlines] == [
        ["a/spec.yaml", "4"],
        ["b.yaml", "5"],
        ["b.yaml", "7"],
        ["b.yaml", "3"],
    ]


def test_a_note_is_one_line():
    lines = report([finding("starts-cold")]).splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("[starts-cold]")
    assert lines[1] == "1 info in 4 schedules of 2 files"


@pytest.mark.parametrize(
    ("findings", "schedules", "expected"),
    [
        (MIXED, {"a": ["x"], "b": []}, "1 error, 2 warnings, 1 info in 1 schedule of 2 files"),
        ([finding()], {"a/spec.yaml": "abc"}, "1 error in 3 schedules of a/spec.yaml"),
        ([finding()], {"a of b.yaml": []}, "1 error in a of b.yaml"),
        ([], {"a of b.yaml": []}, "no findings: a of b.yaml"),
        ([], {"a.yaml": ["x"]}, "no findings: 1 schedule in a.yaml"),
        ([], {"a.yaml": "wxyz", "b.yaml": "wxyz"}, "no findings: 8 schedules in 2 files"),
    ],
    ids=["mixed", "one-file", "unreadable", "nothing-there", "clean", "clean-files"],
)  # fmt: skip
def test_the_last_line_counts(findings, schedules, expected):
    lines = report(findings, schedules=schedules).splitlines()
    assert expected in lines[-2:]


def test_the_hint_names_the_most_severe_rule():
    assert report(MIXED).splitlines()[-1] == "`lrplan explain rises` says more"
    assert "explain" not in report([])


def test_statistics_count_by_rule_most_frequent_first():
    text = report(MIXED, show_statistics=True)
    rows = [line.split() for line in text.splitlines() if "  LRP" in line]
    assert rows == [
        ["2", "warning", "LRP302", "late"],
        ["1", "info", "LRP201", "starts-cold"],
        ["1", "error", "LRP301", "rises"],
    ]
    assert "LRP302  late" not in report(MIXED)


def test_a_rule_that_fired_twice_is_counted_under_its_worst_severity():
    twice = [finding("late"), finding("late", severity=Severity.ERROR)]
    assert "    2  error    LRP302  late" in report(twice, show_statistics=True)


def test_colour_is_for_a_terminal_only():
    assert "\x1b[" in printed(MIXED, terminal=True)
    assert "\x1b[" not in printed(MIXED)
    assert "\x1b[" not in report(MIXED)


def test_a_report_ignores_the_terminal_it_is_not_written_to(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "30")
    text = report([finding()])
    assert "\x1b[" not in text
    assert LINE in text


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_carets_stay_under_the_value_at_every_width(width):
    text = Text.from_ansi(printed([finding()], width=width, terminal=True)).plain
    _, line, carets, *_ = text.splitlines()
    assert line[carets.index("^") : carets.rindex("^") + 1] == "80"
    assert len(line) <= max(width, 28)


def test_off_a_terminal_columns_say_how_wide_a_line_may_be(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    _, line, *_ = printed([finding()], width=30).splitlines()
    assert len(line) <= 30


def test_off_a_terminal_the_line_is_not_cut_to_a_width_that_nobody_has(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert f"   5 | {LINE}\n" in printed([finding()], width=20)


def test_nothing_in_a_finding_reaches_the_terminal_raw():
    hostile = finding(message=HOSTILE, fix=HOSTILE, file=HOSTILE, schedule=HOSTILE)
    text = report([hostile], schedules={HOSTILE: [HOSTILE]})
    assert all(each.isprintable() for each in text.splitlines())
    assert "\x1b" not in printed([hostile])


def test_markup_of_rich_is_text():
    assert "[bold]x[/bold] :smile:" in report([finding(message="[bold]x[/bold] :smile:")])


def test_a_finding_beyond_the_text_has_no_snippet():
    lines = report([finding(line=99, end_line=99)]).splitlines()
    assert lines[1].strip() == "= T_max: 100"
    assert len(TEXT.splitlines()) < 99


def test_concise_is_one_line_each_whatever_the_message_holds():
    text = REPORTS["concise"]([*MIXED, finding(message=HOSTILE)], SOURCES, context=context())
    assert text.endswith("]\n")
    assert len(text.splitlines()) == 5
    assert text.isascii() is False
    assert "\x1b" not in text
    assert REPORTS["concise"]([], {}, context=context()) == ""
