"""``lrplan rules``, as text and as json, at every width."""

import io
import json

import pytest
from rich.console import Console

from lrplan.commands.rules import rules
from lrplan.errors import ExitStatus
from lrplan.lint.pages import families, pages


def shown(*, width=80, output_format="text", **options):
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, **options)
    assert rules(console, output_format=output_format) is ExitStatus.OK
    return stream.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_everything_is_named_whole_and_within_the_width(width):
    text = shown(width=width)
    words = text.split()
    for page in pages().values():
        assert page.code in words
        assert page.name in words
    assert all(len(line) <= min(width, 100) for line in text.splitlines())


def test_a_row_at_80_columns_says_it_all():
    lines = shown(width=80).splitlines()
    for page in pages().values():
        at = next(index for index, line in enumerate(lines) if line.startswith(page.code))
        assert lines[at].split() == [page.code, page.name, page.severity.value, page.needs]
        assert page.summary.startswith(lines[at + 1].strip())
        assert lines[at + 1].startswith(" " * 8)


def test_columns_line_up():
    rows = [line for line in shown(width=80).splitlines() if line.startswith("LRP")]
    severities = [page.severity.value for page in pages().values()]
    columns = {row.rindex(severity) for row, severity in zip(rows, severities, strict=True)}
    assert len(columns) == 1


def test_summaries_are_whole():
    text = " ".join(shown(width=50).split())
    assert all(page.summary in text for page in pages().values())


def test_rules_stand_under_their_family():
    text = shown()
    titles = [text.index(f"{family[:1].upper()}{family[1:]}\n") for family in families()]
    assert titles == sorted(titles)


def test_colour_is_for_a_terminal_only():
    assert "\x1b[" not in shown()
    assert "\x1b[" in shown(force_terminal=True)


def test_json_lists_every_rule():
    listed = json.loads(shown(output_format="json", width=20))
    assert [row["name"] for row in listed] == list(pages())
    page = next(iter(pages().values()))
    assert listed[0] == {
        "code": page.code,
        "name": page.name,
        "family": page.family,
        "severity": page.severity.value,
        "needs": page.needs,
        "seen_in": page.seen_in,
        "summary": page.summary,
    }
