"""The parts of a draft: values with the place where a script has them, and open questions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from lrplan.catalog import Argument
from lrplan.importers.config_value import ConfigValue
from lrplan.node import Node
from lrplan.schedule_code.model import UNKNOWN, CodeOptimizer, CodePath, CodeScheduler, CodeValue
from lrplan.text_position import TextPosition

OPEN = "?"
"""Takes the place of a value that is not known, in the tree of a spec."""
_DURATIONS = ("duration", "durations")
_OPTION = re.compile(r"[A-Za-z_][\w.]*")
_LONGEST = 60


@dataclass(slots=True)
class Draft:
    """The known part of the spec of one path through a script."""

    program: CodePath
    questions: dict[str, str] = field(default_factory=dict)
    """What to ask about each value that is not known, by its path in the spec."""
    notes: list[str] = field(default_factory=list)
    """Sentences on what the plan takes for granted, and on what it leaves out."""
    options: dict[str, object] = field(default_factory=dict)
    """Options of the script whose defaults are taken, with their values."""

    loops: set[int] = field(default_factory=set)
    """The numbers of the loops that train."""

    def where(self, place: TextPosition) -> str:
        """A line of the script, for questions and notes: ``train.py:12``."""
        location = self.program.location(place)
        return f"{Path(location.file).name}:{location.line}"

    def name(self, of: CodeOptimizer | CodeScheduler) -> str:
        """An optimizer or a scheduler, for questions and notes: ``StepLR of train.py:12``."""
        kind = "the optimizer" if isinstance(of, CodeOptimizer) else "the scheduler"
        return f"{of.type or kind} of {self.where(of.place)}"

    def ask(self, path: str, question: str) -> ConfigValue[object]:
        """An open question at ``path``."""
        self.questions[path] = question
        return ConfigValue(OPEN, "")

    def known(
        self, value: object, name: str, of: CodeValue, *, exact: bool = True
    ) -> ConfigValue[object]:
        """``value``, which is written in the script as ``of``."""
        if of.is_default and _OPTION.fullmatch(of.text):
            self.options.setdefault(of.text, value)
        key = name if _is_literal(of) or not of.text else _short(of.text)
        location = self.program.location(of.place)
        line = location.line
        file = "" if location.file == self.program.file else Path(location.file).name
        place = TextPosition(line, of.place.column, line, of.place.column + 1)
        return ConfigValue(value, key, Node(None, place), exact, file)

    def value(self, path: str, name: str, of: CodeValue, question: str = "") -> ConfigValue[object]:
        """The value of an argument, or the question what it is."""
        if of.value is UNKNOWN:
            what = question or f"what is `{_short(of.text)}`"
            return self.ask(path, f"{what}, in {self.where(of.place)}?")
        return self.known(of.value, name, of)

    def argument(
        self, path: str, argument: Argument, of: CodeValue, loader: str = ""
    ) -> ConfigValue[object]:
        """The value of an argument of a scheduler.

        Args:
            path: its path in the spec.
            argument: its row in the catalogue.
            of: what the script gives.
            loader: the loader of which each batch is a tick; empty where there is none.
        """
        if of.formula:
            text = of.formula if isinstance(of.formula, str) else list(of.formula)
            return self.known(text, argument.name, of)
        if of.in_batches is not None and argument.kind in _DURATIONS and loader:
            symbol, counts = of.in_batches
            if symbol == loader and of.value is UNKNOWN and min(counts) > 0:
                epochs = [f"{count}ep" for count in counts]
                length = epochs if argument.kind == "durations" else epochs[0]
                return self.known(length, argument.name, of, exact=False)
        return self.value(path, argument.name, of)


def _is_literal(of: CodeValue) -> bool:
    return of.text[:1] in "-.0123456789'\"[(" or of.text in {"True", "False", "None"}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
