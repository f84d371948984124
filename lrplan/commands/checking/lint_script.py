"""Read one training script and run the rules about runs over what it would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lrplan.commands.checking.file_findings import FileFindings
from lrplan.commands.checking.validate_options import ValidateOptions
from lrplan.errors import UsageError
from lrplan.finding import Finding
from lrplan.lint.run_check import check_observation
from lrplan.lint.suppressions import Ignore, findings_of_unused_ignores, ignores_of, suppress
from lrplan.lint.torch_release import installed_torch
from lrplan.source_code.notebook_edits import in_notebook
from lrplan.source_code.observations import observations_of
from lrplan.source_code.project_files import NO_FILES, ProjectFiles, texts_named
from lrplan.source_code.reader import SourceReading, read_script
from lrplan.source_code.syntax import lines_of
from lrplan.text_position import InputText


def lint_script(
    source: InputText, options: ValidateOptions, files: ProjectFiles = NO_FILES
) -> FileFindings:
    """Everything that is found in one script, and through it in the files that it imports from.

    Args:
        source: the script.
        options: of the command.
        files: the files that it imports from.

    Raises:
        UsageError: there is a ``--set``, which a script does not read.
    """
    settings = options.request.source.settings
    if settings:
        raise UsageError(f"--set {settings[0]}: {source.name} is a script, which takes no --set")
    reading = read_script(source, files)
    if reading.problems:
        return FileFindings(source, reading.problems, usable=False)
    torch = ".".join(map(str, options.torch or installed_torch()))
    found = [
        finding
        for seen in observations_of(reading)
        for finding in check_observation(replace(seen, torch=torch))
    ]
    findings = _once_a_line(found)
    if reading.file_lines:
        code, lines = lines_of(reading.source), reading.file_lines
        findings = [
            replace(each, text_edits=in_notebook(each.text_edits, code, source, lines))
            for each in findings
        ]
    ignores = [_reaching(each, findings) for each in _ignores(reading)]
    own = [each for each in findings if each.file == source.name]
    kept, used = suppress(own, ignores)
    kept += _unused(reading, ignores, used, source)
    others = texts_named(findings, files)
    for text in others:
        found = [replace(each, text_edits=()) for each in findings if each.file == text.name]
        kept += suppress(found, [_reaching(each, found) for each in ignores_of(text, None)])[0]
    ordered = sorted(kept, key=lambda each: (each.file != source.name, *_in_file_order(each)))
    return FileFindings(source, tuple(ordered), others=others, depends_on_text_only=True)


def _unused(
    reading: SourceReading, ignores: Sequence[Ignore], used: set[Ignore], source: InputText
) -> Iterator[Finding]:
    """Findings about ignores that silence nothing, or whose rule does not exist."""
    # What a module only defines is checked with the scripts that import it, which may use an
    # ignore.
    runs = any(True for program in reading.programs[:1] for _ in program.acts())
    unused_ignores = findings_of_unused_ignores(ignores, used, source)
    return (each for each in unused_ignores if runs or each.name != "unused-ignore")


def _once_a_line(findings: Iterable[Finding]) -> list[Finding]:
    """The most severe finding of each rule for each line: paths of a script mostly agree."""
    first: dict[tuple[str, str, int], Finding] = {}
    for finding in sorted(findings, key=lambda each: each.severity.rank):
        first.setdefault((finding.file, finding.rule, finding.line), finding)
    return list(first.values())


def _ignores(reading: SourceReading) -> list[Ignore]:
    ignores = ignores_of(reading.source, None)
    if not reading.file_lines:
        return ignores
    return [
        replace(each, line=reading.file_lines[each.line - 1])
        for each in ignores
        if each.line is not None and each.line <= len(reading.file_lines)
    ]


def _reaching(ignore: Ignore, findings: Sequence[Finding]) -> Ignore:
    """``ignore``, moved to the line where its call begins if the call takes several lines."""
    for finding in findings:
        around = ignore.line is not None and finding.line <= ignore.line <= finding.end_line
        if around and ignore.rule in (finding.name, finding.rule):
            return replace(ignore, line=finding.line)
    return ignore


def _in_file_order(finding: Finding) -> tuple[str, int, int, str]:
    return finding.file, finding.line, finding.column, finding.rule
