"""The findings about one file for ``lrplan validate``: from the cache, or else by running rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lrplan.cache.findings_cache import CachedFindings, FindingsCache, open_findings
from lrplan.commands.checking.file_findings import FileFindings
from lrplan.commands.checking.validate_options import ValidateOptions
from lrplan.commands.file_settings import options_of_files
from lrplan.commands.source_notes import NOTE_WIDTH, print_file_notes
from lrplan.commands.terminal import Terminal
from lrplan.errors import SpecError
from lrplan.finding import Finding
from lrplan.input_files import note_input
from lrplan.lint.selection import Selection
from lrplan.lint.torch_release import installed_torch
from lrplan.recordings.file_kind import is_recording
from lrplan.request import SourceOptions
from lrplan.source_code.project_files import NO_FILES, files_beside, texts_named, with_others
from lrplan.specfile.files import read_text
from lrplan.text_position import InputText


def cached_linter(options: ValidateOptions, terminal: Terminal) -> Callable[[str], FileFindings]:
    """A function from the path of a file (``-``: standard input) to the findings about it."""
    cache = _open_cache(options)
    options_of = options_of_files(options.request.source)

    def findings_of(given: str) -> FileFindings:
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
            return FileFindings(source, known.findings, known.schedules, others=others)
        # What reads, simulates and lints is imported here and no earlier: a file whose findings are
        # known needs none of it.
        if may_be_source and _is_script(source, own.family):
            from lrplan.commands.checking.lint_script import lint_script

            result = lint_script(source, options, files)
        else:
            from lrplan.commands.checking.lint_spec import lint_spec

            request = replace(options.request, source=own)
            result = lint_spec(
                source, path, unreadable, replace(options, request=request), terminal
            )
        if cache is not None and result.depends_on_text_only:
            known = CachedFindings(tuple(result.findings), result.schedules, result.notes)
            cache.keep(whole, known, own)
        return result

    return findings_of


def _text_of(given: str, path: str, options: SourceOptions) -> tuple[InputText, Sequence[Finding]]:
    """The text of a source under its name ``path``, or why it cannot be read."""
    try:
        source = options.typed_schedule or read_text(given)
    except SpecError as error:
        return InputText(error.findings[0].file, ""), error.findings
    return (source if path == given else replace(source, name=path)), ()


def _may_be_source(path: str, family: str) -> bool:
    return family == "source" or path.lower().endswith((".py", ".ipynb"))


def _is_script(source: InputText, family: str) -> bool:
    from lrplan.script_plans import is_script

    return is_script(source, family)


def _of_recording(path: str) -> FileFindings:
    """The findings about a recorded run, at the lines of its program."""
    from lrplan.commands.curves.recorded_curves import traces_of
    from lrplan.commands.recording.recorded_findings import findings_of_run
    from lrplan.recordings import read

    observation = read(path)
    findings, programs = findings_of_run(observation, Selection())
    return FileFindings(
        InputText(path, ""),
        findings,
        tuple(trace.name for trace in traces_of(observation)),
        others=tuple(programs.values()),
    )


def _open_cache(options: ValidateOptions) -> FindingsCache | None:
    # With these, more decides the findings than the spec: a lock, a checkpoint.
    if options.locked or options.resume is not None:
        return None
    return open_findings(options.request, (options.torch or installed_torch(), options.static))
