"""Findings as a picture shows them: each rule once, with the steps where it bites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.finding import Severity
from lrplan.render.picture.notes import Note, Tone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.render.picture.options import PictureOptions
    from lrplan.render.picture.view_model import XAxis
    from lrplan.trace import Mark, Trace

_MOST = 9
"""Rules shown of one schedule, the gravest first; the others are counted."""
_MOST_PLACES = 4
_TONES: dict[Severity, Tone] = {
    Severity.ERROR: "alarm",
    Severity.WARNING: "caution",
    Severity.INFO: "plain",
}


@dataclass(frozen=True, slots=True)
class FindingMarker:
    """A rule that has something to say about a schedule."""

    number: int
    """From 1, in the order of the steps."""
    name: str
    severity: Severity
    steps: tuple[int, ...]
    """Where it bites; none where it concerns the whole run, or a step that was never reached."""

    @property
    def tone(self) -> Tone:
        """How serious it is, as a colour."""
        return _TONES[self.severity]

    def note(self, across: XAxis) -> Note:
        """The rule and its places in words."""
        places = [across.place(step) for step in self.steps]
        if not places:
            return Note(self.name, self.tone, self.number)
        more = len(places) - _MOST_PLACES
        listed = ", ".join(places[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")
        units = f"{across.label}s" if len(places) > 1 else across.label
        return Note(f"{self.name} at {units} {listed}", self.tone, self.number)


def markers_of(trace: Trace, options: PictureOptions) -> tuple[FindingMarker, ...]:
    """What to mark of the findings among the marks of ``trace``, in the order of their steps."""
    by_name = _by_name(trace) if options.findings else {}
    gravest = sorted(by_name, key=lambda name: _severity(by_name[name]).rank)[:_MOST]
    steps = {name: _steps(by_name[name], trace.steps) for name in gravest}
    # Those that concern the whole run come last.
    ordered = sorted(gravest, key=lambda name: steps[name][:1] or (trace.steps,))
    return tuple(
        FindingMarker(number, name, _severity(by_name[name]), steps[name])
        for number, name in enumerate(ordered, 1)
    )


def left_out(
    trace: Trace, alerts: tuple[FindingMarker, ...], options: PictureOptions
) -> Iterator[Note]:
    """How many rules are not among ``alerts`` although they have something to say."""
    more = len(_by_name(trace)) - len(alerts) if options.findings else 0
    if more > 0:
        yield Note(f"and {more} more {'finding' if more == 1 else 'findings'}")


def _by_name(trace: Trace) -> dict[str, list[Mark]]:
    found: dict[str, list[Mark]] = {}
    for mark in trace.marks:
        if mark.kind == "finding":
            found.setdefault(mark.label, []).append(mark)
    return found


def _severity(marks: list[Mark]) -> Severity:
    return min((mark.severity or Severity.WARNING for mark in marks), key=lambda each: each.rank)


def _steps(marks: list[Mark], steps: int) -> tuple[int, ...]:
    return tuple(sorted({mark.step for mark in marks if 0 <= mark.step < steps}))
