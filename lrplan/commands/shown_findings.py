"""The findings that pictures and tables show beside a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.finding import Finding, Severity

if TYPE_CHECKING:
    from lrplan.commands.curves.recorded_curves import RecordedCurves
    from lrplan.commands.simulate_spec import SimulatedSpec


def shown_findings(done: SimulatedSpec | RecordedCurves) -> dict[str, list[Finding]]:
    """The errors and warnings of each schedule by its name; notes are left out."""
    return {
        trace.name: [each for each in found if each.severity is not Severity.INFO]
        for trace, found in zip(done.traces, done.findings(), strict=True)
    }
