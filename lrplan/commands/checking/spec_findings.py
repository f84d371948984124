"""The findings about one spec for ``lrplan validate``: from the cache, or else by judging it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lrplan.cache.findings_cache import FindingsCache, KnownFindings, open_findings
from lrplan.commands.checking.validate_options import ValidateOptions
from lrplan.commands.file_settings import options_of_files
from lrplan.commands.source_notes import NOTE_WIDTH, print_file_notes
from lrplan.commands.terminal import Terminal
from lrplan.errors import SpecError
from lrplan.finding import Finding
from lrplan.inputs import note_input
from lrplan.lint.selection import Selection
from lrplan.lint.torch_release import installed_torch
from lrplan.recordings.file_kind import is_recording
from lrplan.request import SourceOptions
from lrplan.source_code.project_files import NO_FILES, files_beside, texts_named, with_others
from lrplan.specfile.files import read_text
from lrplan.text_position import InputText


@dataclass(frozen=True, slots=True)
class SpecFindings:
    """The findings about one spec, in the order of the file."""

    source: InputText
    findings: Sequence[Finding]
    schedules: tuple[str, ...]
    """The names of all its schedules, sound or not."""
    usable: bool
    """True if the spec could be read and built."""
    lock: InputText | None = None
    """The text of a damaged lock, which findings point into."""
    programs: tuple[InputText, ...] = ()
    """The texts of other files that findings point into: a recorded program, imported modules."""

    def texts(self) -> list[InputText]:
        """All texts that findings point into."""
        return [self.source, *([] if self.lock is None else [self.lock]), *self.programs]


def findings_source(options: ValidateOptions, terminal: Terminal) -> Callable[[str], SpecFindings]:
    """A function from the path of a spec (``-``: standard input) to the findings about it."""
    cache = _open_cache(options)
    options_of = options_of_files(options.request.source)

    def findings_of(given: str) -> SpecFindings:
        note_input(given)
        if given != "-" and is_recording(given):
            return _of_recording(given)
        # An editor gives the text of a file that is not saved, and the name of that file.
        path = options.stdin_filename or given if given == "-" else given
        own = options_of(path)
        source, unreadable = _text_of(given, path, own)
        known = None
        may_be_source = not unreadable and _may_be_source(path, own.family)
        # What a script imports from other files decides what is found in it.
        files = files_beside(source) if may_be_source else NO_FILES
        whole = with_others(source, files)
        if cache is not None and not unreadable:
            known = cache.find(whole, own)
        if known is not None:
            print_file_notes(source.name, known.notes, terminal, width=NOTE_WIDTH)
            others = texts_named(known.findings, files)
            names = known.schedules
            return SpecFindings(source, known.findings, names, usable=True, programs=others)
        if may_be_source:
            from lrplan.commands.checking.judge_source import judge_source
            from lrplan.script_plans import is_script

            if is_script(source, own.family):
                judged = judge_source(source, options, files)
                if cache is not None and judged.usable:
                    cache.keep(whole, KnownFindings(judged.findings, ()), own)
                found, others = judged.findings, judged.others
                return SpecFindings(source, found, (), judged.usable, programs=others)
        # What reads, simulates and judges specs is imported here and no earlier: a spec whose
        # findings are known needs none of it.
        from lrplan.commands.checking.judge_spec import judge

        request = replace(options.request, source=own)
        result = judge(source, path, unreadable, replace(options, request=request), terminal)
        if cache is not None and result.depends_on_text_only:
            known = KnownFindings(result.findings, result.schedules, result.notes)
            cache.keep(whole, known, own)
        return SpecFindings(source, result.findings, result.schedules, result.usable, result.lock)

    return findings_of


def _text_of(given: str, path: str, options: SourceOptions) -> tuple[InputText, Sequence[Finding]]:
    """The text of a source under its name ``path``, or why it cannot be read."""
    try:
        source = options.typed_schedule or read_text(given, sys.stdin)
    except SpecError as error:
        return InputText(error.findings[0].file, ""), error.findings
    return (source if path == given else replace(source, name=path)), ()


def _may_be_source(path: str, family: str) -> bool:
    return family == "source" or path.lower().endswith((".py", ".ipynb"))


def _of_recording(path: str) -> SpecFindings:
    """The findings about a recorded run, at the lines of its program."""
    from lrplan.commands.curves.recorded_curves import traces_of
    from lrplan.commands.recording.recorded_findings import findings_of_run
    from lrplan.recordings import read

    observation = read(path)
    findings, programs = findings_of_run(observation, Selection())
    return SpecFindings(
        InputText(path, ""),
        findings,
        tuple(trace.name for trace in traces_of(observation)),
        usable=True,
        programs=tuple(programs.values()),
    )


def _open_cache(options: ValidateOptions) -> FindingsCache | None:
    # With these, more decides the findings than the spec: a lock, a checkpoint.
    if options.locked or options.resume is not None:
        return None
    return open_findings(options.request, (options.torch or installed_torch(), options.static))
