"""HTML of results for notebooks: a picture, and a table of key figures."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape

from lrplan.features import summarize
from lrplan.finding import Finding
from lrplan.render.numbers import format_share, format_value
from lrplan.text_position import printable
from lrplan.trace import Trace

_MOST_ROWS = 30
_WIDTH = 760
"""Pixels of a page; the picture has twice as many."""
DPI = 200


def picture_html(png: bytes, alt: str) -> str:
    """A picture inside the HTML: the notebook needs no other file."""
    data = b64encode(png).decode("ascii")
    return (
        f'<img src="data:image/png;base64,{data}" alt="{_text(alt)}" style="max-width:{_WIDTH}px">'
    )


def table_html(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its last row says how many rows are left out."""
    listed = list(rows)
    lines = [_row(head, "th"), *(_row(row, "td") for row in listed[:_MOST_ROWS])]
    if len(listed) > _MOST_ROWS:
        lines.append(_row([f"and {len(listed) - _MOST_ROWS} more"], "td"))
    return f"<table>{''.join(lines)}</table>"


def key_figures_table(trace: Trace) -> str:
    """A table of the learning rates of each group: first, peak, last, and the warm-up."""
    rows = []
    for names in trace.distinct("lr"):
        summary = summarize(trace.lr[names[0]], trace.next_values["lr"].get(names[0]))
        top = summary.peak
        rows.append(
            [
                ", ".join(names),
                _value(summary.first),
                "-" if top is None else f"{format_value(top.value)} at step {top.step:,}",
                _value(summary.last),
                format_share(summary.warmup_share) if summary.warmup_share else "none",
            ]
        )
    return table_html(["groups", "first lr", "peak lr", "last lr", "warm-up"], rows)


def findings_html(findings: Sequence[Finding]) -> str:
    """A table of findings: where, how severe, what, and what to do."""
    if not findings:
        return "<p>no findings</p>"
    rows = (
        [
            each.severity.value,
            f"{each.file}:{each.line}",
            each.message,
            each.fix,
            each.name,
        ]
        for each in findings
    )
    return table_html(["severity", "where", "what", "fix", "rule"], rows)


def _value(value: float | None) -> str:
    return "-" if value is None else format_value(value)


def _row(cells: Sequence[str], tag: str) -> str:
    inner = "".join(f'<{tag} style="text-align:left">{_text(cell)}</{tag}>' for cell in cells)
    return f"<tr>{inner}</tr>"


def _text(text: str) -> str:
    return escape(printable(text))
