"""``lrplan validate``: known pitfalls, for people and for CI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import PurePath

from lrplan._version import __version__
from lrplan.commands.checking.cached_findings import cached_linter
from lrplan.commands.checking.file_findings import FileFindings
from lrplan.commands.checking.folder_search import SourceSearch, search_folders
from lrplan.commands.checking.validate_options import TEXT, ValidateOptions
from lrplan.commands.file_settings import project_config
from lrplan.commands.terminal import Terminal, tolerate_closed_pipe
from lrplan.config import Config
from lrplan.destination import Destination, destination_of
from lrplan.errors import ExitStatus, UsageError
from lrplan.finding import Finding, Severity
from lrplan.lint.selection import Selection
from lrplan.lint.torch_release import installed_torch
from lrplan.output import write_stdout
from lrplan.render.report import REPORTS, ReportContext, RuleDescription
from lrplan.text_position import InputText, printable


def selection(
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: Severity | None,
    config_file: str = "",
) -> Selection:
    """The rules that are reported and that fail: by options, else by ``[tool.lrplan]``.

    Args:
        select: rules to report; empty: those of the settings.
        ignore: rules not to report, besides those of the settings.
        fail_on: the least severity that fails; None: that of the settings.
        config_file: the settings; empty: those of the project.

    Raises:
        UsageError: a name or code that no rule has.
        LrplanError: the project's settings cannot be read.
    """
    config = project_config(config_file)
    for rules, origin in (
        (select, "--select"),
        (ignore, "--ignore"),
        ((*config.select, *config.ignore), config.origin),
    ):
        if rules:  # else no rule is imported for it
            from lrplan.lint.rule_names import check_names

            check_names(rules, origin)
    from_file = _severity(config)
    return Selection(
        select=select or config.select,
        ignore=(*config.ignore, *ignore),
        fail_on=fail_on or from_file,
        origin=config.origin,
        asked=Selection(select, ignore, fail_on or Severity.WARNING) if config.origin else None,
    )


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
    _check_options(options)
    if options.request.source.schedule_words:
        search = SourceSearch(paths, frozenset(), "", 0)
    else:
        search = search_folders(paths, options.request.source)
    files = _included(list(search.files), paths, options.exclude)
    search = replace(search, files=files)
    where = destination_of(options.output)
    if where is not None:
        where.check(*files)
    judged = _checked(files, selection, options, terminal)
    checked = search.without_unreadable(judged)
    if note := search.note(len(judged) - len(checked)):
        terminal.notes.print(printable(note), markup=False, soft_wrap=True)
    if options.fixes == "diff":
        from lrplan.commands.checking.fix_files import show_differences

        return show_differences(checked, selection, terminal, unsafe=options.unsafe_fixes)
    everything = list(_once(checked, options.exclude))
    findings = [finding for finding in everything if selection.wants(finding)]
    context = ReportContext(
        schedules={each.source.name: each.schedules for each in checked},
        torch=".".join(map(str, options.torch or installed_torch())),
        lrplan=__version__,
        rules=_rules,
        fail_on=selection.fail_on,
        show_statistics=options.statistics,
    )
    if note := selection.settings_note(everything):
        terminal.notes.print(printable(note), markup=False, soft_wrap=True)
    texts = [text for each in checked for text in each.texts()]
    sources = {text.name: text for text in texts}
    if options.baseline is not None:
        from lrplan.commands.checking.baseline import without_known, write_baseline

        if options.write_baseline:
            write_baseline(options.baseline, findings, sources)
        findings = without_known(options.baseline, findings, sources)
    _report(findings, sources, context, options.output_format, where, terminal)
    # A spec that cannot be used weighs more than any finding: 2, while findings alone give 1.
    if not all(each.usable for each in checked):
        return ExitStatus.USAGE
    fails = selection.fails(findings) and not options.exit_zero
    return ExitStatus.FINDINGS if fails else ExitStatus.OK


def _once(checked: Sequence[FileFindings], excluded: Sequence[str]) -> Iterator[Finding]:
    """All findings; those in a file that scripts import, once and not if the file is excluded."""
    own = [each for spec in checked for each in spec.findings if each.file == spec.source.name]
    reported = {_key(each) for each in own}
    for spec in checked:
        for finding in spec.findings:
            is_own = finding.file == spec.source.name or not finding.file.endswith(".py")
            if is_own:
                yield finding
            elif _key(finding) not in reported and not _is_excluded(finding.file, excluded):
                reported.add(_key(finding))
                yield finding


def _key(finding: Finding) -> tuple[str, str, int]:
    return finding.file, finding.rule, finding.line


def _check_options(options: ValidateOptions) -> None:
    if options.request.source.schedule_words and (options.locked or options.fixes != "none"):
        raise UsageError("--locked, --diff and --fix are for files, and this schedule is in none")
    if options.locked and options.static:
        raise UsageError("--locked compares curves, which --static leaves out")
    if options.resume is not None and options.static:
        raise UsageError("--resume-at runs the schedules, which --static leaves out")
    if options.unsafe_fixes and options.fixes == "none":
        raise UsageError("--unsafe-fixes goes with --diff or --fix")
    if options.stdin_filename and options.fixes == "fix":
        raise UsageError("--fix writes files, and this text comes from standard input")
    if options.write_baseline and options.baseline is None:
        raise UsageError("--write-baseline goes with --baseline FILE, which it writes")


def _checked(
    files: Sequence[str], selection: Selection, options: ValidateOptions, terminal: Terminal
) -> list[FileFindings]:
    """The findings about each file, after its fixes if they are to be written."""
    findings_of = cached_linter(options, terminal)
    if options.fixes != "fix":
        return [findings_of(path) for path in files]
    from lrplan.commands.checking.fix_files import fix_files

    return fix_files(files, findings_of, selection, terminal, unsafe=options.unsafe_fixes)


def _included(files: list[str], named: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """``files`` without those that match a pattern, but with all that are named.

    A pattern is matched with the path, its name, and the name of each folder in it.

    Raises:
        UsageError: nothing is left.
    """
    kept = [each for each in files if each in named or not _is_excluded(each, patterns)]
    if files and not kept:
        raise UsageError("--exclude leaves no file to check")
    return kept


def _is_excluded(path: str, patterns: Sequence[str]) -> bool:
    whole = PurePath(path)
    return any(
        fnmatchcase(each, pattern)
        for pattern in patterns
        for each in (whole.as_posix(), *whole.parts)
    )


def _rules() -> Mapping[str, RuleDescription]:
    from lrplan.lint.pages import pages

    return pages()


def _report(
    findings: Sequence[Finding],
    sources: dict[str, InputText],
    context: ReportContext,
    output_format: str,
    where: Destination | None,
    terminal: Terminal,
) -> None:
    if output_format == TEXT and where is None:
        from lrplan.render.report.text import print_text

        with tolerate_closed_pipe():
            print_text(findings, sources, terminal.results, context)
        return
    text = REPORTS[output_format](findings, sources, context=context)
    if where is None:
        write_stdout(text)
    else:
        where.write(text)
