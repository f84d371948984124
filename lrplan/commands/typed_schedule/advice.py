"""Advice for commands that read no typed schedule, or read it in quotes only."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import join, quote
from typing import Final

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.commands.typed_schedule.schedule import typed_schedule_words
from lrplan.errors import UsageError
from lrplan.importers.typed_schedule.keys import KeyReader
from lrplan.specfile.files import exists
from lrplan.text_position import printable

_WRITE = "lrplan plot {} --print-spec > schedules.yaml"
_NEEDS_FILE: Final = {
    "lock": "a lock stands beside a file, and a typed schedule is in none: write one with `{}`",
    "import": "import is for files; the spec of a typed schedule is written by `{}`",
}
"""The commands that take no typed schedule, and what to do."""
_QUOTED: Final = {"audit": "--plan {}", "compare": "lrplan compare {} ..."}
"""The commands that take it as one word."""
_TYPED = ("plot", "table", "export", "validate", "check")
"""The commands whose arguments it is."""
_LENGTHS = ("--epochs", "--steps", "--steps-per-epoch")


def refuse_typed(command: str, text: str) -> None:
    """Refuse a typed schedule as the source of a command that needs a file.

    Raises:
        UsageError: ``text`` is one.
    """
    if words := typed_schedule_words(text):
        raise UsageError(_sentence(command, words))


def advice(command: str, arguments: Sequence[str]) -> str:
    """A command line in place of ``arguments``, which were refused; empty if none is known.

    Args:
        command: its name.
        arguments: what was typed after it.
    """
    words = _schedule_among(arguments)
    if not words:
        return ""
    if command in _TYPED:
        return _without_dashes(words[0], arguments)
    return _sentence(command, words) if command in (*_NEEDS_FILE, *_QUOTED) else ""


def _without_dashes(scheduler: str, arguments: Sequence[str]) -> str:
    """A key typed as an option, as it is meant: ``step_size=3``, not ``--step_size 3``."""
    known = KeyReader(SCHEDULERS[scheduler], list(OPTIMIZERS.values())).names()
    for index, word in enumerate(arguments):
        name, equals, value = word.removeprefix("--").partition("=")
        key = name.replace("-", "_")
        if word.startswith("--") and key in known and f"--{name}" not in _LENGTHS:
            value = value if equals else next(iter(arguments[index + 1 :]), "VALUE")
            return printable(f"keys are typed without dashes: {key}={value}")
    return ""


def _sentence(command: str, words: Sequence[str]) -> str:
    if command in _QUOTED:
        whole = _QUOTED[command].format(printable(quote(" ".join(words))))
        return f"a typed schedule is one word, in quotes: {whole}"
    has_length = any(word.startswith(("--epochs", "--steps")) for word in words)
    typed = join(words if has_length else (*words, "--epochs", "N"))
    return _NEEDS_FILE[command].format(_WRITE.format(printable(typed)))


def _schedule_among(arguments: Sequence[str]) -> list[str]:
    """The first scheduler of ``arguments``, with the words after it that belong to it."""
    words = [
        word for argument in arguments for word in (typed_schedule_words(argument) or (argument,))
    ]
    begin = next((i for i, word in enumerate(words) if word in SCHEDULERS), None)
    if begin is None or exists(words[begin]):
        return []
    rest = iter(words[begin + 1 :])
    schedule = [words[begin]]
    for word in rest:
        if word in SCHEDULERS:
            break
        if word in _LENGTHS:
            schedule += [word, next(rest, "N")]
        elif word.startswith(_LENGTHS) or ("=" in word and not word.startswith("-")):
            schedule.append(word)
    return schedule
