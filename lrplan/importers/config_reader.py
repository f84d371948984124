"""Reads the keys of one foreign config, and collects what is missing, wrong or assumed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from lrplan.edits import Edit
from lrplan.finding import Finding, Severity, spec_problem
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.fact import Fact
from lrplan.importers.foreign_config import ForeignConfig
from lrplan.importers.other_files import OtherFiles
from lrplan.node import Node
from lrplan.specfile.model_errors import describe
from lrplan.specfile.problems import Problems
from lrplan.text_position import START, TextPosition

T = TypeVar("T")

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
"""Booleans of YAML 1.1, which the readers of most frameworks take."""


class ConfigReader:
    """The keys of a config by name; a dot leads into a mapping (``optimizer.params.lr``).

    The reader remembers what was read: a fact of the user that is never read is an error, and a
    default of the framework is shown to the user. A value of the wrong kind is reported, and the
    default stands for it until all has been read.

    Args:
        config: the tree of the config.
        problems: takes everything that makes a plan impossible.
        facts: values that the user said, by name; they win over the file.
        askable_facts: the facts that its family may ask for.
        folder: where files are looked up that the config names.
    """

    def __init__(
        self,
        config: ForeignConfig,
        problems: Problems,
        facts: Mapping[str, Node],
        askable_facts: tuple[Fact, ...],
        folder: Path,
    ) -> None:
        self.config = config
        self.root = config.root or Node({}, START)
        self.unread = config.unread
        """Names of a Python file whose values are known only when the file is run."""
        self.problems = problems
        self._told: set[str] = set()
        """Names of ``unread`` that were reported."""
        self._asked = askable_facts
        self.facts = facts
        self.missing: dict[str, Fact] = {}
        """Facts that the config does not say, in the order in which they were asked for."""
        self.assumptions: list[str] = []
        """What was assumed, in sentences."""
        self.defaults: dict[str, object] = {}
        """What the framework fills in, by its names."""
        self.findings: list[Finding] = []
        """What is wrong with the config although it gives a plan."""
        self.others = OtherFiles(folder)
        """The other files that it names, and those that were read."""
        self.read: set[str] = set()
        """The names of all that was asked for."""
        self.release = ""
        """The release whose rules hold, where it is not the family's own."""

    def reader_of_other_file(self, root: Node) -> ConfigReader:
        """A reader of another file that this config names: it reports to the same places."""
        config = ForeignConfig(self.problems.source, "yaml", root, self.problems)
        other = ConfigReader(config, self.problems, {}, (), Path())
        other.missing, other.assumptions = self.missing, self.assumptions
        other.findings, other.others = self.findings, self.others
        return other

    def get(self, key: str) -> Node | None:
        """The node of a key, or of a fact of that name; None where there is none, or null."""
        self.read.add(key)
        name = key.partition(".")[0]
        if name in self.unread and key not in self.facts and name not in self._told:
            self._told.add(name)
            message = f"`{name}` is computed by code, which is not run"
            fix = f"say it with --set {name}=VALUE"
            self.problems.add("config-value-unread", self.unread[name], message, fix=fix, path=key)
        node = self.facts.get(key) or self.root.find(key.split("."))
        return None if node is None or node.value is None else node

    def has(self, key: str) -> bool:
        """Return True if the config gives ``key``, or the user does."""
        return self.get(key) is not None

    def version(self) -> str:
        """The release that the user said with ``--set version=...``; empty for none."""
        self.read.add("version")
        node = self.facts.get("version")
        return "" if node is None else str(node.value)

    def number(self, key: str, default: float) -> ConfigValue[float]:
        """A number; text that is one (``"2e-5"``) counts."""
        return self._value(key, default, _as_number, "a number")

    def integer(self, key: str, default: int) -> ConfigValue[int]:
        """A whole number, also as ``1e3``."""
        return self._value(key, default, _as_integer, "a whole number")

    def boolean(self, key: str, *, default: bool) -> ConfigValue[bool]:
        """True or false, also as the words of YAML 1.1."""
        return self._value(key, default, _as_boolean, "true or false")

    def text(self, key: str, default: str) -> ConfigValue[str]:
        """A text."""
        return self._value(key, default, _as_text, "a text")

    def numbers(self, key: str, default: list[float]) -> ConfigValue[list[float]]:
        """A list of numbers."""
        return self._value(key, default, _as_numbers, "a list of numbers")

    def ask_number(self, key: str, placeholder: float = 1.0) -> ConfigValue[float]:
        """A number that the user is asked for where the config has none."""
        return (
            self.number(key, placeholder) if self._is_known(key) else ConfigValue(placeholder, key)
        )

    def ask_integer(self, key: str, placeholder: int = 1) -> ConfigValue[int]:
        """A whole number that the user is asked for where the config has none."""
        return (
            self.integer(key, placeholder) if self._is_known(key) else ConfigValue(placeholder, key)
        )

    def ask_text(self, key: str, placeholder: str = "") -> ConfigValue[str]:
        """A text that the user is asked for where the config has none."""
        return self.text(key, placeholder) if self._is_known(key) else ConfigValue(placeholder, key)

    def assume(self, sentence: str) -> None:
        """Show the user what was assumed."""
        if sentence not in self.assumptions:
            self.assumptions.append(sentence)

    def refuse(self, key: str, message: str, fix: str = "") -> None:
        """Report a value that cannot be read as a plan, at its place."""
        self.problems.add("bad-value", self.place(key), message, fix=fix, path=key)

    def warn(
        self,
        key: str,
        message: str,
        fix: str = "",
        *,
        severity: Severity = Severity.WARNING,
        edits: tuple[Edit, ...] = (),
    ) -> None:
        """Report, once, a key that the framework ignores, and that misleads whoever reads it.

        ``edits`` change the text of this config; those that it refuses are dropped later.
        """
        problem = spec_problem(
            "misleading-config-key",
            message,
            place=self.place(key, of_key=True),
            file=self.problems.source.name,
            path=key,
            fix=fix,
        )
        finding = replace(problem, severity=severity, edits=edits)
        if finding not in self.findings:
            self.findings.append(finding)

    def warn_unread(self, key: str, message: str, fix: str) -> None:
        """Report a key that the framework ignores, which can go without changing the run."""
        self.warn(key, message, fix, edits=(Edit(key, None),))

    def place(self, key: str, *, of_key: bool = False) -> TextPosition:
        """The place of a value, or of its key; the start of the file where it has none."""
        node = self.root.find(key.split("."))
        if node is None:
            return START
        return (node.key_place or node.place) if of_key else node.place

    def concerns(self, path: str) -> bool:
        """Return True if something at ``path`` was read, below it or above it."""
        return any(f"{path}.".startswith(f"{key}.") or key.startswith(path) for key in self.read)

    def _is_known(self, key: str) -> bool:
        known = self.has(key)
        if not known:
            fact = next((each for each in self._asked if each.name == key), Fact(key, key))
            self.missing[key] = fact
        return known

    def _value(
        self, key: str, default: T, convert: Callable[[Node], T | None], kind: str
    ) -> ConfigValue[T]:
        node = self.get(key)
        if node is None:
            self.defaults[key] = default
            return ConfigValue(default, key)
        value = convert(node)
        own = None if key in self.facts else node
        if value is None:
            place = START if own is None else own.place
            message = f"`{key}` must be {kind}, not {describe(node)}"
            self.problems.add("wrong-type", place, message, path=key)
            return ConfigValue(default, key, own)
        return ConfigValue(value, key, own)


def _as_number(node: Node) -> float | None:
    value = node.number
    if value is None and isinstance(node.value, str):
        with suppress(ValueError):
            value = float(node.value)
    return value if value is not None and math.isfinite(value) else None


def _as_integer(node: Node) -> int | None:
    value = _as_number(node)
    return int(value) if value is not None and float(value).is_integer() else None


def _as_boolean(node: Node) -> bool | None:
    if isinstance(node.value, str):
        return _WORDS.get(node.value.lower())
    return node.value if isinstance(node.value, bool) else None


def _as_text(node: Node) -> str | None:
    return node.value if isinstance(node.value, str) else None


def _as_numbers(node: Node) -> list[float] | None:
    numbers = [_as_number(each) for each in node.elements()]
    whole = [each for each in numbers if each is not None]
    return whole if node.is_list and len(whole) == len(numbers) else None
