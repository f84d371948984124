"""``lrplan.audit``: did a finished run get the learning rates of its plan?"""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lrplan import trace as traces
from lrplan.api.plans import Plan
from lrplan.auditing.audit_log import audit_log
from lrplan.auditing.read_run import log_of_trace, read_run
from lrplan.auditing.result import Audit
from lrplan.errors import UsageError
from lrplan.logs.format import ColumnNames
from lrplan.logs.log import Log
from lrplan.output import write
from lrplan.plan import SchedulePlan
from lrplan.render.picture_options import PictureOptions, format_of
from lrplan.request import DEFAULT_REQUEST

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AuditResult(Audit):
    """The verdict on a log, with the log and the planned curves."""

    log: Log = field(repr=False)
    """The learning rates as they were read, with what a step and a value of the log mean."""
    trace: traces.Trace = field(repr=False)
    """The curves of the plan."""

    def __repr__(self) -> str:
        return f"AuditResult({self.verdict}: {self.sentence})"

    def plot(
        self, path: str | Path | None = None, *, theme: Literal["light", "dark"] = "light"
    ) -> Figure:
        """Draw the plan, the log, and where they begin to differ, as ``lrplan audit -o`` does.

        Args:
            path: a .png, .svg or .pdf file to write as well.
            theme: background and ink.

        Returns:
            A matplotlib figure that belongs to no window.

        Raises:
            UsageError: ``path`` is another kind of file.
            OutputError: the file could not be written.
        """
        from lrplan.auditing.picture import audit_picture, view_of_audit
        from lrplan.render.view_picture import draw_views

        options = PictureOptions(theme=theme)
        if path is not None:
            form = format_of(Path(path))
            write(Path(path), audit_picture(self, self.log, self.trace, options, form))
        return draw_views([view_of_audit(self, self.log, self.trace)], options)


def audit(
    log: str | Path | traces.Trace,
    plan: Plan,
    *,
    log_format: str = "",
    lr: tuple[str, ...] = (),
    step: str = "",
) -> AuditResult:
    """Explain the learning rates of a finished run by the plan that it was meant to have.

    Args:
        log: a log, the folder of a run, a recording; or the trace of a recorded run.
        plan: a schedule of a spec or of a config.
        log_format: the format of the log, as for ``--as``; empty: recognised by its content.
        lr: columns of the log that are learning rates; empty: those whose names say so.
        step: the column that counts its steps; empty: the one whose name says so.

    Returns:
        ``verdict`` is ``as-planned``, ``explained``, ``differs`` or ``unexplained``, ``sentence``
        says it in words, and ``causes`` hold the causes with their steps, in updates from 0.

    Raises:
        LrplanError: the log cannot be read, or has no row that the plan has.
        UsageError: there is no such format, or ``plan`` is no schedule of a spec.
    """
    if not isinstance(plan, Plan):
        raise UsageError(f"plan: a schedule that lrplan.load() gives, not {type(plan).__name__}")
    if isinstance(log, traces.Trace):
        read = log_of_trace(log, log.name)
    else:
        read = read_run(str(log), log_format, ColumnNames(tuple(lr), step))
    trace = plan.simulate()
    found = audit_log(read, plan.resolved, trace, _simulate)
    values = {each.name: getattr(found, each.name) for each in fields_of(found)}
    return AuditResult(**values, log=read, trace=trace)


def _simulate(plan: SchedulePlan) -> traces.Trace:
    from lrplan.frozen_groups import with_frozen_steps
    from lrplan.simulate.engine_choice import simulate

    return with_frozen_steps(plan, simulate(plan, DEFAULT_REQUEST))
