"""``lrplan audit``: did the run get the rates that it was meant to get?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace

from lrplan.audit.audit_log import audit_log
from lrplan.audit.result import Audit
from lrplan.commands.logged_curves import log_of
from lrplan.commands.path_and_name import operand_of
from lrplan.commands.simulate_spec import simulate_spec
from lrplan.commands.terminal import Terminal, reader_may_leave
from lrplan.commands.traces import trace_source
from lrplan.errors import ExitStatus, UsageError
from lrplan.importers.families import FAMILIES
from lrplan.inputs import note_input
from lrplan.logs.format import ColumnNames
from lrplan.logs.formats import FORMATS as LOG_FORMATS
from lrplan.logs.formats import format_called
from lrplan.logs.log import Log
from lrplan.output import write_stdout
from lrplan.request import DEFAULT, Request
from lrplan.text import quantity
from lrplan.text_position import printable

FORMATS = ("text", "json")
"""The choices of ``--format``."""
_FAILS = {"differs", "unexplained"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """Options of ``audit``.

    Args:
        plan: the plan, or one schedule of it as ``PLAN:NAME``.
        columns: what ``--map`` names.
        output_format: one of ``FORMATS``.
        request: the options of the simulation; ``--as`` names the format of the log, or else the
            family of the plan.
    """

    plan: str
    columns: ColumnNames = field(default_factory=ColumnNames)
    output_format: str = "text"
    request: Request = DEFAULT


def audit(run: str, options: AuditOptions, terminal: Terminal) -> ExitStatus:
    """Explain the log of a run, or of a run's folder, by its plan.

    Returns:
        ``OK`` for a run as planned or explained, else ``FINDINGS``.

    Raises:
        LrplanError: the log or the plan cannot be read, or they have nothing in common.
    """
    note_input(run)
    request, log_format = options.request, ""
    family = request.source.family
    if family in LOG_FORMATS or family not in ("", *FAMILIES):
        log_format = format_called(family).name
        request = replace(request, source=replace(request.source, family=""))
    log = log_of(run, log_format, options.columns)
    operand = operand_of(options.plan)
    names = [] if operand.name is None else [operand.name]
    simulated = simulate_spec(operand.path, names, terminal, request)
    if len(simulated.plans) != 1:
        names = [plan.name for plan in simulated.plans]
        message = (
            f"{options.plan} has {len(names)} schedules: name one, as {operand.path}:{names[0]}"
        )
        raise UsageError(printable(message))
    (plan,), (trace,) = simulated.plans, simulated.traces
    found = audit_log(log, plan, trace, trace_source(request))
    if options.output_format == "json":
        write_stdout(json.dumps(to_json(found), indent=2) + "\n")
    else:
        _print(found, log, _counts(log, plan.clock.steps), terminal)
    return ExitStatus.FINDINGS if found.verdict in _FAILS else ExitStatus.OK


def to_json(audit: Audit) -> Mapping[str, object]:
    """The result as the plain data that ``--format json`` prints."""
    causes = [
        {
            "name": cause.name,
            "rule": cause.rule,
            "step": cause.step,
            "message": cause.message,
            "alternatives": list(cause.alternatives),
        }
        for cause in audit.causes
    ]
    return {**asdict(audit), "causes": causes, "groups": dict(audit.groups)}


def _counts(log: Log, steps: int) -> Iterator[str]:
    """Yield sentences on what the log itself counts: skipped updates, and the length of its run."""
    if log.skipped and (last := max(log.skipped)) and log.skipped[last]:
        skipped = quantity(log.skipped[last], "skipped update")
        yield f"the log counts {skipped} by its step {last:,}"
    if log.planned_steps not in (None, steps):
        yield f"the log says that its run has {log.planned_steps:,} updates, and the plan {steps:,}"


def _print(audit: Audit, log: Log, counts: Iterable[str], terminal: Terminal) -> None:
    release = f" (as in {log.convention.release})" if log.convention.release else ""
    for note in (f"{log.format}: {log.convention.sentence}{release}", *log.notes, *counts):
        terminal.notes.print(printable(note), markup=False, soft_wrap=True)
    with reader_may_leave():
        sentence = printable(f"{log.path}: {audit.verdict}: {audit.sentence}")
        terminal.results.print(sentence, markup=False, soft_wrap=True)
