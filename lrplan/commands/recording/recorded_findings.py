"""The findings about an observed run, at the lines of the program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lrplan.finding import Finding
from lrplan.lint.run_check import check_observation
from lrplan.lint.selection import Selection
from lrplan.lint.suppressions import ignores_of
from lrplan.observation import Observation
from lrplan.specfile.files import UnreadableError, read_file
from lrplan.text_position import InputText


def findings_of_run(
    observation: Observation, selection: Selection
) -> tuple[list[Finding], dict[str, InputText]]:
    """The findings that are reported, and the text of the files that they are in.

    A comment ``# lrplan: ignore[rule]`` on a line of the program silences a finding there.
    """
    findings = [each for each in check_observation(observation) if selection.wants(each)]
    sources = program_texts(each.file for each in findings)
    ignored = {name: ignores_of(text, None) for name, text in sources.items()}
    kept = [
        each
        for each in findings
        if not any(ignore.covers(each) for ignore in ignored.get(each.file, ()))
    ]
    return [_on_statement(each, sources) for each in kept], sources


def _on_statement(finding: Finding, sources: Mapping[str, InputText]) -> Finding:
    """``finding`` at the statement of its line; a recording knows lines only."""
    source = sources.get(finding.file)
    whole_line = (finding.column, finding.end_column) == (1, 1) and finding.line > 1
    line = source.line(finding.line).rstrip() if source is not None and whole_line else ""
    if not line:
        return finding
    column = len(line) - len(line.lstrip()) + 1
    return replace(finding, column=column, end_column=len(line) + 1)


def program_texts(files: Iterable[str]) -> dict[str, InputText]:
    """The texts of source files, by their names; without those that cannot be read any more."""
    texts = {}
    for file in dict.fromkeys(files):
        with suppress(UnreadableError, OSError, ValueError):
            if file and Path(file).is_file():
                texts[file] = InputText(file, read_file(file))
    return texts


def names_of_optimizers(observation: Observation) -> Sequence[str]:
    """The names of the schedules that a recording has: one for each optimizer that stepped."""
    traces = [each.trace for each in observation.optimizers]
    return [trace.name for trace in traces if trace is not None and trace.steps]
