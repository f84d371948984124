"""Where a plan comes from that was not written as a spec: a config of another framework.

Its values have positions in the user's file, and this page knows the names that they have there:
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
_UNITS = {"ep": "epoch", "st": "step"}


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A key of a foreign config that gives a value of the spec.

    Args:
        name: of the key, with dots for one inside another.
        exact: the value is the one in the file; False: it was computed from it.
        line: of the key in the file; 0 where the file does not have it.
        said: the user said it with ``--set``.
        file: the name of the file, where it is another one than that which was imported.
    """

    name: str
    exact: bool = True
    line: int = 0
    said: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """A foreign config that was read as a plan."""

    family: str
    """The name of the family, as ``--as`` takes it."""
    keys: Mapping[str, ForeignKey] = field(default_factory=dict)
    """The key that each value of the spec comes from, by its path (``schedules.run.optimizer``)."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with the config although a plan can be made of it."""
    per_step: str = ""
    """What its users write to tick per step; empty: its files cannot say it."""

    def translate(self, finding: Finding) -> Finding:
        """``finding`` with the names of the user's file, without edits, which are of a spec.

        ``lower `lr` `` becomes ``lower `learning_rate` ``. A number that was computed, such as a
        length in ticks, keeps its name, and the key it was computed from is named behind.
        """
        key = self.keys.get(finding.path)
        message = self._renamed(finding.message)
        if key is not None and not key.exact and key.name not in message:
            message = f"{message} (`{finding.path.rpartition('.')[2]}` comes from `{key.name}`)"
        names = {} if key is None else {finding.path.rpartition(".")[2]: key.name}
        fix = _DURATION.sub(lambda match: _length_in_words(match, names), self._own_fix(finding))
        fix = self._renamed(fix)
        return replace(finding, message=message, fix=fix, edits=())

    def _own_fix(self, finding: Finding) -> str:
        """The fix in words for a file without a key ``interval``: ``interval: step, or T_max``."""
        if any(key.name == "interval" for key in self.keys.values()):
            return finding.fix
        if self.per_step:
            return finding.fix.replace(_PER_STEP, self.per_step)
        ways = finding.fix.split(", or ")
        return ", or ".join(each for each in ways if not each.startswith(_PER_STEP))

    def _renamed(self, text: str) -> str:
        for leaf, name in self._unique_names().items():
            # A word such as `lr` or `steps` is a name only in backticks; `T_max` is one anywhere.
            bare = leaf if re.search(r"[_A-Z]", leaf) else f"(?<=`){leaf}(?=`)"
            text = re.sub(rf"(?<![\w.]){bare}(?![\w(])", name.replace("\\", r"\\"), text)
        return text

    def _unique_names(self) -> dict[str, str]:
        """The key that each last part of a path stands for, where that is always the same one."""
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
        parts = re.split(r"(\{.*\})", text)
        parts[::2] = [_ENTRY.sub(self._assignment, part) for part in parts[::2]]
        return "".join(parts)

    def _assignment(self, entry: re.Match[str]) -> str:
        return f"{entry[1]}=" if entry[1] in self.names else entry[0]
