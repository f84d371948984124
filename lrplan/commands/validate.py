"""``lrplan validate``: known pitfalls, for people and for CI."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lrplan._version import __version__
from lrplan.commands.check_spec import CheckedSpec, check_spec
from lrplan.commands.progress import progress
from lrplan.commands.simulate_spec import resumer
from lrplan.commands.terminal import reader_may_leave
from lrplan.commands.traces import trace_source
from lrplan.config import Config, find_config
from lrplan.destination import destination_of
from lrplan.errors import ExitStatus, SpecError, UsageError
from lrplan.finding import Severity
from lrplan.inputs import note_input
from lrplan.lint.context import installed_torch
from lrplan.lint.pages import pages
from lrplan.lint.selection import Selection, check_names
from lrplan.output import write_stdout
from lrplan.render.report import REPORTS, ReportContext, print_text
from lrplan.request import DEFAULT
from lrplan.specfile.discovery import find_specs
from lrplan.specfile.load import Spec, read
from lrplan.specfile.yaml.reader import read_text
from lrplan.text_position import InputText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lrplan.commands.terminal import Terminal
    from lrplan.destination import Destination
    from lrplan.finding import Finding
    from lrplan.lint.context import Version
    from lrplan.lock import Lock
    from lrplan.plan import SchedulePlan
    from lrplan.request import Request
    from lrplan.resume import ResumeOptions, ResumeResult

TEXT = "text"
FORMATS = (TEXT, *(name for name in REPORTS if name != TEXT))
"""The choices of ``--format``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateOptions:
    """Options of ``validate``.

    Args:
        output_format: one of ``FORMATS``.
        output: path of the report; None or ``-`` for standard output.
        static: run only the rules that need no curve, without importing torch.
        torch: the release of torch to check against; None: the installed one.
        statistics: also count findings by rule.
        locked: also compare the curves with the lock beside each spec.
        request: how curves are obtained.
        resume: how every run is interrupted and resumed, for the rules about that.
    """

    output_format: str = TEXT
    output: str | None = None
    static: bool = False
    torch: Version | None = None
    statistics: bool = False
    locked: bool = False
    request: Request = DEFAULT
    resume: ResumeOptions | None = None


def selection(
    select: tuple[str, ...], ignore: tuple[str, ...], fail_on: Severity | None
) -> Selection:
    """The rules that are reported and that fail: by options, else by ``[tool.lrplan]``.

    Raises:
        UsageError: a name or code that no rule has.
        LrplanError: the project's settings cannot be read.
    """
    config = _settings()
    check_names(select, "--select")
    check_names(ignore, "--ignore")
    check_names((*config.select, *config.ignore), config.origin)
    return Selection(
        select=select or config.select,
        ignore=(*config.ignore, *ignore),
        fail_on=fail_on or _severity(config),
    )


def _settings() -> Config:
    try:
        return find_config(Path.cwd())
    except FileNotFoundError:  # the working directory has been deleted
        return Config()


def _severity(config: Config) -> Severity:
    if config.fail_on is None:
        return Severity.WARNING
    try:
        return Severity(config.fail_on)
    except ValueError:
        message = f"{config.origin}: `fail-on` must be error, warning or info"
        raise UsageError(f"{message}, not {config.fail_on!r}") from None


def validate(
    paths: Sequence[str], selection: Selection, options: ValidateOptions, terminal: Terminal
) -> ExitStatus:
    """Check the specs at ``paths`` (files, patterns, folders, ``-``) and report what is found.

    Raises:
        UsageError: a path that means no file, or a device that is not there.
    """
    if options.locked and options.static:
        raise UsageError("--locked compares curves, which --static leaves out")
    if options.resume is not None and options.static:
        raise UsageError("--resume-at runs the schedules, which --static leaves out")
    files = find_specs(paths)
    where = destination_of(options.output)
    if where is not None:
        where.check(*files)
    sources: dict[str, InputText] = {}
    schedules: dict[str, tuple[str, ...]] = {}
    found: list[Finding] = []
    usable = True
    for path in files:
        spec, problems = _read(path, trust=options.request.trust)
        checked = _check(spec, problems, options, terminal)
        _print_matches(checked, spec, terminal)
        sources[spec.source.name] = spec.source
        schedules[spec.source.name] = _names(spec)
        usable = usable and checked.usable
        found += [finding for finding in checked.findings if selection.wants(finding)]
    context = ReportContext(
        schedules=schedules,
        torch=".".join(map(str, options.torch or installed_torch())),
        lrplan=__version__,
        rules=pages(),
        fail_on=selection.fail_on,
        show_statistics=options.statistics,
    )
    _report(found, sources, context, options.output_format, where, terminal)
    # A spec that cannot be used weighs more than any finding: 2, where findings alone give 1.
    if not usable:
        return ExitStatus.USAGE
    return ExitStatus.FINDINGS if selection.fails(found) else ExitStatus.OK


def _names(spec: Spec) -> tuple[str, ...]:
    """The names of all schedules of the file, sound or not."""
    schedules = None if spec.root is None else spec.root.get("schedules")
    return () if schedules is None else schedules.keys()


def _read(path: str, *, trust: bool) -> tuple[Spec, list[Finding]]:
    note_input(path)
    try:
        source = read_text(path, sys.stdin)
    except SpecError as error:
        finding = error.findings[0]
        return Spec(error.source or InputText(finding.file, ""), {}), list(error.findings)
    return read(source, Path() if path == "-" else Path(path).parent, trust=trust)


def _check(
    spec: Spec, problems: Sequence[Finding], options: ValidateOptions, terminal: Terminal
) -> CheckedSpec:
    torch = options.torch or installed_torch()
    lock = _lock(spec) if options.locked else None
    if options.static or not spec.plans:
        return check_spec(spec, problems, torch, None)
    total = sum(plan.clock.steps for plan in spec.plans.values())
    with progress(terminal.notes, f"checking {spec.source.name}", total) as advance:
        resume = _resumer(spec, options)
        return check_spec(
            spec, problems, torch, trace_source(options.request, advance), lock, resume
        )


def _lock(spec: Spec) -> Lock:
    from lrplan.commands.lock import lock_of_spec

    return lock_of_spec(spec.source.name)


def _print_matches(checked: CheckedSpec, spec: Spec, terminal: Terminal) -> None:
    if checked.lock_check is not None:
        from lrplan.commands.lock import print_matches

        print_matches(checked.lock_check, spec.source.name, terminal)


def _resumer(spec: Spec, options: ValidateOptions) -> Callable[[SchedulePlan], ResumeResult] | None:
    if options.resume is None:
        return None
    return resumer(spec, list(spec.plans.values()), options.request, options.resume)


def _report(
    findings: Sequence[Finding],
    sources: dict[str, InputText],
    context: ReportContext,
    output_format: str,
    where: Destination | None,
    terminal: Terminal,
) -> None:
    if output_format == TEXT and where is None:
        with reader_may_leave():
            print_text(findings, sources, terminal.results, context)
        return
    text = REPORTS[output_format](findings, sources, context=context)
    if where is None:
        write_stdout(text)
    else:
        where.write(text)
