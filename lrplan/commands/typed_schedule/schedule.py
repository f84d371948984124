"""A schedule that is typed in place of a file: ``lrplan plot TYPE KEY=VALUE... --epochs N``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from shlex import split

from lrplan.catalog import SCHEDULERS
from lrplan.commands.terminal import Terminal
from lrplan.errors import ExitStatus, SpecError, UsageError
from lrplan.output import write_stdout
from lrplan.recipes import name_in
from lrplan.request import Request, TypedRun
from lrplan.specfile.files import STDIN, exists
from lrplan.text_position import printable

_BLANK = re.compile(r"\s")
_LENGTH = re.compile(r"^(--[a-z-]+)\n([^=\n]+)$", re.MULTILINE)
"""An option and its value, which are two words."""
_CODE = re.compile(r".+\.py:\w+")
"""A scheduler class in a file, such as ``./mine.py:Decay``."""
_FILE = re.compile(r"[/\\*?]|\.([a-z]{1,5}|YA?ML|JSON|CSV|TOML)$|^\.|^-|^$")
"""A mark of names of files that no name of a scheduler has."""


def with_typed_words(
    first: str, others: Sequence[str], request: Request, run: TypedRun
) -> tuple[tuple[str, ...], Request]:
    """The names of schedules on the command line, and the request with the schedule typed there.

    Args:
        first: the first argument: a source, or the type of a scheduler.
        others: the arguments after it: the names of schedules, or ``KEY=VALUE``.
        request: of the command.
        run: the length of the run.

    Raises:
        UsageError: options for a typed schedule, and ``first`` is a source; or the reverse.
    """
    if (words := typed_schedule_words(first)) and not others:
        return (), with_words((*words, *run.lengths), request)
    if is_source(first):
        _check_unused(first, run)
        return tuple(others), request
    return (), with_words((first, *others, *run.lengths), request)


def with_words(words: tuple[str, ...], request: Request) -> Request:
    """``request`` with a schedule that was typed as ``words``.

    Raises:
        UsageError: there is ``--as``, which is for files.
    """
    if request.source.family:
        raise UsageError(f"--as reads a file, and there is no file {printable(words[0])}")
    return replace(request, source=replace(request.source, schedule_words=words))


def is_source(text: str) -> bool:
    """Return True for a file, a folder, ``-``, ``recipe:NAME``, and what looks like a path."""
    if text == STDIN or name_in(text) is not None or exists(text):
        return True
    return _CODE.fullmatch(text) is None and _FILE.search(text) is not None


def typed_schedule_words(text: str) -> tuple[str, ...]:
    """The words of a schedule that is one argument of a command; none for the name of a file.

    ``"StepLR step_size=3 --epochs 9"`` has the words ``StepLR``, ``step_size=3`` and
    ``--epochs=9``. The name of a scheduler alone is a word too.

    Raises:
        UsageError: a quote that is never closed.
    """
    if exists(text):
        return ()
    if not _BLANK.search(text.strip()):
        return (text,) if text in SCHEDULERS else ()
    try:
        words = split(text)
    except ValueError as error:
        raise UsageError(f"{printable(text)}: {str(error).lower()}") from None
    if is_source(words[0]) or not any("=" in word for word in words[1:]):
        return ()
    return tuple(_LENGTH.sub(r"\1=\2", "\n".join(words)).split("\n"))


def print_spec(request: Request, terminal: Terminal) -> ExitStatus:
    """Write the spec of a typed schedule to standard output.

    Raises:
        SpecError: the schedule has problems.
    """
    from lrplan.commands.source_notes import print_notes
    from lrplan.importers.plan_source import with_defaults
    from lrplan.importers.typed_schedule.schedule import resolve_words
    from lrplan.importers.typed_schedule.spec_text import spec_text

    source, words = request.source.typed_schedule, request.source.schedule_words
    if source is None:
        raise UsageError("--print-spec needs a schedule typed as TYPE KEY=VALUE..., not a spec")
    spec, problems = with_defaults(
        request.source,
        lambda settings: resolve_words(source, words, settings, trust=request.trust),
    )
    if problems or spec.root is None:
        raise SpecError(problems, source)
    print_notes(spec, terminal)
    write_stdout(spec_text(spec.root))
    return ExitStatus.OK


def _check_unused(source: str, run: TypedRun) -> None:
    for length in run.lengths:
        option, _, value = length.partition("=")
        key = option.removeprefix("--").replace("-", "_")
        message = f"{option} is for TYPE KEY=VALUE..., and {printable(source)} is a source"
        raise UsageError(f"{message}; write --set {key}={value}")
