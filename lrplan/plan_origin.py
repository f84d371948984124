"""The origin of a plan that was not written as a spec: a config of another framework.

Its values have positions in the user's file. This module knows the names of the keys there:
``learning_rate`` where a spec has ``optimizer.lr``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lrplan.finding import Finding
from lrplan.text import quantity

_DURATION = re.compile(r"(\w+): (\d+)(%|ep\b|st\b)")
"""A length in the language of specs: ``T_max: 30ep``."""
_ENTRY = re.compile(r"(?<![\w.])([A-Za-z_]\w*): (?=\S|$)")
_PER_STEP = "interval: step"
_EXAMPLE = re.compile(r", such as (?:\[?\d+(?:%|ep\b|st\b))[^,;]*(?:, which [^,;]*)?")
"""An example in the language of specs: ``, such as 40%, which changes the lr twice``."""
_STEPS = re.compile(r": \d+st\b")
_OF_SPECS = re.compile(
    r"\b\d+(?:ep|st|ba|sp)\b|\bshares of the run\b|\btraining\.|\bhorizon\b|\bformula\b|min\(1,"
    r"|\bfactor below 1$"
)
"""Texts that only make sense for a spec."""
_BRACES = re.compile(r"(\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})")
"""A mapping, with mappings in it."""
_UNITS = {"ep": "epoch", "st": "step"}


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A key of a foreign config that gives a value of the spec.

    Args:
        name: of the key, with dots for one inside another.
        exact: the value is the one in the file; False: it was computed from it.
        line: of the key in the file; 0 if the file does not have it.
        set_by_user: the user gave the value with ``--set``.
        file: the name of the file, if it is not the one that was imported.
    """

    name: str
    exact: bool = True
    line: int = 0
    set_by_user: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """A foreign config that was read as a plan."""

    family: str
    """The name of the family, as ``--as`` takes it."""
    keys: Mapping[str, ForeignKey] = field(default_factory=dict)
    """The key that each value of the spec comes from, by its path (``schedules.run.optimizer``)."""
    findings: tuple[Finding, ...] = ()
    """The mistakes in a config of which a plan can be made all the same."""
    per_step_setting: str = ""
    """The setting that makes a scheduler tick per step; empty if these files have none."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Words in messages of rules about specs, and the framework's words that replace them."""

    def translate(self, finding: Finding) -> Finding:
        """``finding`` with the names of the user's file, without edits, which are of a spec.

        ``lower `lr` `` becomes ``lower `learning_rate` ``. A value that was computed, such as a
        length in ticks, keeps its name in the spec, and the key that it comes from is added in
        parentheses.
        """
        key = self.keys.get(finding.path)
        finding = self._in_framework_words(finding)
        message = self._renamed(finding.message)
        leaf = finding.path.rpartition(".")[2]
        if key is not None and not key.exact and key.name not in message:
            source = f"`{leaf}` comes from" if leaf in message else "from"
            message = f"{message} ({source} `{key.name}`)"
        names = {} if key is None else {leaf: key.name}
        ways = _EXAMPLE.sub("", self._own_fix(finding)).split(", or ")
        fix = ", or ".join(
            self._renamed(way) for each in ways if (way := self._foreign_fix(each, names))
        )
        return replace(finding, message=message, fix=fix, edits=())

    def _in_framework_words(self, finding: Finding) -> Finding:
        """``finding`` with the words of the framework for those of rules."""
        message, fix = finding.message, finding.fix
        for words, own in self.words.items():
            message, fix = message.replace(words, own), fix.replace(words, own)
        return replace(finding, message=message, fix=fix)

    def _foreign_fix(self, text: str, names: Mapping[str, str]) -> str:
        """One suggested fix as it is written in the user's file; empty if that cannot be done."""
        if self.per_step_setting and _STEPS.search(text):
            return ""  # its schedulers count epochs unless the config says otherwise
        text = _DURATION.sub(lambda match: _length_in_words(match, names), text)
        name, colon, _ = text.partition(": ")
        is_foreign = bool(self.keys) and colon and name in self._leaves - set(self._unique_names())
        return "" if is_foreign or _OF_SPECS.search(text) else text

    @property
    def _leaves(self) -> set[str]:
        """The last part of each path of the spec that comes from a key of the file."""
        return {path.rpartition(".")[2] for path in self.keys}

    def _own_fix(self, finding: Finding) -> str:
        """The fix in words for a file without a key ``interval``: ``interval: step, or T_max``."""
        if any(key.name == "interval" for key in self.keys.values()):
            return finding.fix
        if self.per_step_setting:
            return finding.fix.replace(_PER_STEP, self.per_step_setting)
        ways = finding.fix.split(", or ")
        return ", or ".join(each for each in ways if not each.startswith(_PER_STEP))

    def _renamed(self, text: str) -> str:
        for leaf, name in self._unique_names().items():
            # A word such as `lr` or `steps` is a name only in backticks; `T_max` is one anywhere.
            bare = leaf if re.search(r"[_A-Z]", leaf) else f"(?<=`){leaf}(?=`)"
            text = re.sub(rf"(?<![\w.]){bare}(?![\w(])", name.replace("\\", r"\\"), text)
        return text

    def _unique_names(self) -> dict[str, str]:
        """The key for each last part of a path, if it is always the same one."""
        names: dict[str, set[str]] = {}
        for path, key in self.keys.items():
            names.setdefault(path.rpartition(".")[2], set()).add(key.name if key.exact else "")
        own = {leaf: found.pop() for leaf, found in names.items() if len(found) == 1}
        return {leaf: name for leaf, name in own.items() if name and re.fullmatch(r"\w+", leaf)}


def _length_in_words(match: re.Match[str], names: Mapping[str, str]) -> str:
    """``warmup_steps: 5%``, which no other framework takes, as ``warmup_ratio of 5%``."""
    name, count, unit = match.groups()
    length = f"{count}%" if unit == "%" else quantity(int(count), _UNITS[unit])
    return f"{names.get(name, name)} of {length}"


@dataclass(frozen=True, slots=True)
class TypedOrigin(Origin):
    """A schedule that was typed as ``TYPE KEY=VALUE...``."""

    family: str = ""
    names: frozenset[str] = frozenset()
    """The keys that can be typed."""

    def translate(self, finding: Finding) -> Finding:
        """``finding`` with its fix as it is typed: ``T_max=95``; there is no text to edit."""
        return replace(finding, fix=self._typed(finding.fix), edits=())

    def _typed(self, text: str) -> str:
        """``text`` with ``KEY=VALUE`` for ``KEY: VALUE``, but not within ``{...}``."""
        parts = _BRACES.split(text)
        parts[::2] = [_ENTRY.sub(self._assignment, part) for part in parts[::2]]
        return "".join(parts)

    def _assignment(self, entry: re.Match[str]) -> str:
        return f"{entry[1]}=" if entry[1] in self.names else entry[0]
