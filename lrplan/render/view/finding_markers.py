"""Markers of findings in a picture: one per rule, with its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrplan.finding import Finding, Severity
from lrplan.render.view.view_model import FindingMarker, Note, XAxis
from lrplan.text import join_first, pluralize, quantity

_MOST_RULES = 9
"""Rules shown of one schedule, the most severe first; the others are counted."""
_MOST_STEPS = 4
"""Steps that a note lists."""


def marker_note(marker: FindingMarker, x_axis: XAxis) -> Note:
    """The rule's name and its steps: ``warmup-never-finishes at steps 0, 500``."""
    labels = [x_axis.step_label(step) for step in marker.steps]
    if not labels:
        return Note(marker.name, marker.tone, marker.number)
    text = f"{marker.name} at {pluralize(x_axis.label, len(labels))}"
    return Note(f"{text} {join_first(labels, _MOST_STEPS)}", marker.tone, marker.number)


def markers_of(findings: Sequence[Finding], steps: int) -> tuple[FindingMarker, ...]:
    """The markers of a run of ``steps`` steps, numbered in the order of their steps."""
    by_name = _by_name(findings)
    names = sorted(by_name, key=lambda name: _severity(by_name[name]).rank)[:_MOST_RULES]
    steps_of = {name: _steps(by_name[name], steps) for name in names}
    # Those that concern the whole run come last.
    ordered = sorted(names, key=lambda name: steps_of[name][:1] or (steps,))
    return tuple(
        FindingMarker(number, name, _severity(by_name[name]), steps_of[name])
        for number, name in enumerate(ordered, 1)
    )


def unmarked_note(findings: Sequence[Finding], markers: Sequence[FindingMarker]) -> Iterator[Note]:
    """A note that counts the rules which found something and have no marker."""
    more = len(_by_name(findings)) - len(markers)
    if more > 0:
        yield Note(f"and {quantity(more, 'more finding')}")


def _by_name(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    by_name: dict[str, list[Finding]] = {}
    for finding in findings:
        by_name.setdefault(finding.name, []).append(finding)
    return by_name


def _severity(findings: Sequence[Finding]) -> Severity:
    return min((finding.severity for finding in findings), key=lambda each: each.rank)


def _steps(findings: Sequence[Finding], steps: int) -> tuple[int, ...]:
    named = {finding.step for finding in findings if finding.step is not None}
    return tuple(sorted(step for step in named if 0 <= step < steps))
