"""A plan that is typed for an audit: without a length of its own, it is as long as its log."""

from __future__ import annotations

from collections.abc import Sequence

from lrplan.commands.terminal import Terminal
from lrplan.errors import UsageError
from lrplan.importers.typed_schedule.schedule import resolve_words
from lrplan.logs.log import Log
from lrplan.request import COMMAND_LINE
from lrplan.text_position import InputText

_LENGTHS = {"epochs", "steps"}


def with_length(words: tuple[str, ...], log: Log, terminal: Terminal) -> tuple[str, ...]:
    """``words`` with the length of the log's run, if they have none and no value depends on it.

    Raises:
        UsageError: a value depends on the length, and neither the words nor the log say it.
    """
    if any(_key(word) in _LENGTHS for word in words[1:]):
        return words
    count = log.planned_steps
    option = "steps"
    if count is None:
        rows = max(int(column.steps[-1]) for column in log.columns) + log.convention.offset
        count, option = rows + 1, f"{log.convention.unit}s".replace("updates", "steps")
    longer = (*words, f"--{option}={max(count, 1)}")
    if log.planned_steps is None and _depends_on_length(longer):
        raise UsageError(
            "the schedule depends on the length of the run, which the log does not say:"
            " type --epochs N or --steps N in the quotes too"
        )
    terminal.notes.print(
        f"{COMMAND_LINE}: assumed: as long as the log (--{option} {count})",
        markup=False,
        soft_wrap=True,
    )
    return longer


def _key(word: str) -> str:
    return word.partition("=")[0].removeprefix("--").removeprefix("training.")


def _depends_on_length(words: Sequence[str]) -> bool:
    """Return True if a length is the rest of the run, or a share of it."""
    spec, problems = resolve_words(InputText(COMMAND_LINE, " ".join(words)), words, ())
    if problems or spec.root is None:
        return False  # problems are reported when the plan is made
    values = (node.value for node in spec.root.walk())
    return any(isinstance(each, str) and (each == "rest" or "%" in each) for each in values)
