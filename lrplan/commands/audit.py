"""``lrplan audit``: checks whether a finished run had the planned learning rates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from lrplan.auditing.audit_log import audit_log
from lrplan.auditing.describe_log import describe_log
from lrplan.auditing.read_run import read_run
from lrplan.auditing.result import Audit
from lrplan.commands.audit_findings import FORMATS as REPORTED
from lrplan.commands.audit_findings import report_of
from lrplan.commands.cached_simulator import cached_simulator
from lrplan.commands.path_and_name import operand_of
from lrplan.commands.run_folder import plan_beside
from lrplan.commands.simulate_spec import simulate_spec
from lrplan.commands.terminal import Terminal, tolerate_closed_pipe, write_picture
from lrplan.commands.typed_schedule.audit_plan import with_length
from lrplan.commands.typed_schedule.schedule import typed_schedule_words, with_words
from lrplan.destination import destination_of
from lrplan.errors import ExitStatus, UsageError
from lrplan.importers.families import FAMILIES
from lrplan.input_files import note_input
from lrplan.logs.format import ColumnNames
from lrplan.logs.formats import FORMATS as LOG_FORMATS
from lrplan.logs.formats import format_called
from lrplan.logs.log import Log
from lrplan.output import write_stdout
from lrplan.plan import SchedulePlan
from lrplan.render.picture_options import PictureOptions, format_of
from lrplan.request import DEFAULT_REQUEST, Request
from lrplan.specfile.files import UnreadableError, is_file, is_folder, read_file
from lrplan.specfile.load import looks_like_a_spec
from lrplan.text import quantity
from lrplan.text_position import printable
from lrplan.trace import Trace
from lrplan.workflow_commands import escape_json

_FAILS = {"differs", "unexplained"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """Options of ``audit``.

    Args:
        plan: the plan, one schedule of it as ``PLAN:NAME``, or a typed schedule; None: the one in
            the run's folder; without one, the log is described.
        output_format: one of ``FORMATS``.
        output: where a picture goes, ``-`` for standard output; None: no picture.
        picture: the options of the picture.
        request: the options of the simulation; ``--as`` names the format of the log, or else the
            family of the plan, and ``--map`` columns of the log.
    """

    plan: str | None = None
    output_format: str = "text"
    output: str | None = None
    picture: PictureOptions = field(default_factory=PictureOptions)
    request: Request = DEFAULT_REQUEST


def audit(run: str, options: AuditOptions, terminal: Terminal) -> ExitStatus:
    """Explain the log of a run, or of a run's folder, by its plan; or say which schedule it has.

    Returns:
        ``OK`` for a run as planned or explained, and without a plan; else ``FINDINGS``.

    Raises:
        LrplanError: the log or the plan cannot be read, or they have nothing in common.
    """
    note_input(run)
    where = destination_of(options.output)
    picture_format = "png" if where is None else format_of(where.path)
    if where is not None:
        where.check(run)
    request, log_format = _names_of(options.request)
    _check_is_no_spec(run)
    log = read_run(run, log_format, ColumnNames.parse(options.request.source.columns))
    note_input(log.path)
    source = options.plan or _plan_of_folder(run, log, terminal)
    if source is None:
        _check_without_plan(options)
        _report(describe_log(log), log, log.planned_steps, "", options.output_format, terminal)
        return ExitStatus.OK
    plan, trace = _planned(source, log, terminal, request)
    if where is not None:
        where.check()  # the output may be the plan file that was found
    found = audit_log(log, plan, trace, cached_simulator(request))
    if options.output is not None:
        from lrplan.auditing.picture import audit_picture

        picture = audit_picture(found, log, trace, options.picture, picture_format)
        write_picture(picture, where, terminal)
    if options.output != "-":
        _report(found, log, plan.clock.steps, plan.name, options.output_format, terminal)
    return ExitStatus.FINDINGS if found.verdict in _FAILS else ExitStatus.OK


def _check_is_no_spec(run: str) -> None:
    if not run.lower().endswith((".yaml", ".yml")) or not is_file(run):
        return
    with suppress(UnreadableError):
        if looks_like_a_spec(read_file(run)):
            name = printable(run)
            raise UsageError(f"{name} is a spec, and no log: lrplan audit LOG --plan {name}")


def _names_of(request: Request) -> tuple[Request, str]:
    """The request for the plan, and the format of the log, of which ``--as`` names one."""
    request = replace(request, source=replace(request.source, columns=()))
    family = request.source.family
    if family not in LOG_FORMATS and family in ("", *FAMILIES):
        return request, ""
    without = replace(request, source=replace(request.source, family=""))
    return without, format_called(family).name


def _plan_of_folder(run: str, log: Log, terminal: Terminal) -> str | None:
    """The plan next to the log in the folder of a run; None for a log alone.

    Raises:
        UsageError: the folder has several.
    """
    if not is_folder(run):
        return None
    found = plan_beside(Path(log.path), Path(run))
    sources = f"log {log.path}, plan {found}"
    if found is None:
        sources = f"log {log.path}; there is no spec and no config of a known family beside it"
    terminal.notes.print(printable(sources), markup=False, soft_wrap=True)
    return None if found is None else str(found)


def _check_without_plan(options: AuditOptions) -> None:
    if options.output is not None:
        raise UsageError("-o draws a log together with its plan: give --plan, or use `lrplan plot`")
    if options.output_format in REPORTED:
        raise UsageError(f"--format {options.output_format} reports what differs from a --plan")


def _planned(
    plan: str, log: Log, terminal: Terminal, request: Request
) -> tuple[SchedulePlan, Trace]:
    """The only schedule of a plan source, or the one that is named, and its curves."""
    operand = operand_of(plan)
    if words := typed_schedule_words(operand.path):
        request = with_words(with_length(words, log, terminal), request)
    names = [] if operand.name is None else [operand.name]
    simulated = simulate_spec(operand.path, names, terminal, request)
    if len(simulated.plans) != 1:
        names = [each.name for each in simulated.plans]
        message = f"{plan} has {len(names)} schedules: name one, as {operand.path}:{names[0]}"
        raise UsageError(printable(message))
    return simulated.plans[0], simulated.traces[0]


def _report(
    found: Audit, log: Log, steps: int | None, name: str, output_format: str, terminal: Terminal
) -> None:
    if output_format == "json":
        write_stdout(escape_json(json.dumps(to_json(found), indent=2)) + "\n")
    elif output_format in REPORTED:
        write_stdout(report_of(found, log, name, output_format))
    else:
        _print(found, log, _counts(log, steps), terminal)


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


def _counts(log: Log, steps: int | None) -> Iterator[str]:
    """Yield sentences on what the log itself counts: skipped updates, and the length of its run."""
    if log.skipped and (last := max(log.skipped)) and log.skipped[last]:
        skipped = quantity(log.skipped[last], "skipped update")
        yield f"the log counts {skipped} by its step {last:,}"
    if steps is not None and log.planned_steps not in (None, steps):
        yield f"the log says that its run has {log.planned_steps:,} updates, and the plan {steps:,}"


def _print(audit: Audit, log: Log, counts: Iterable[str], terminal: Terminal) -> None:
    release = f" (as in {log.convention.release})" if log.convention.release else ""
    for note in (f"{log.format}: {log.convention.sentence}{release}", *log.notes, *counts):
        terminal.notes.print(printable(note), markup=False, soft_wrap=True)
    with tolerate_closed_pipe():
        sentence = printable(f"{log.path}: {audit.verdict}: {audit.sentence}")
        terminal.results.print(sentence, markup=False, soft_wrap=True)
