"""The schedule that is being resolved, and where its problems are reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lrplan.edits import Edit
from lrplan.node import Node
from lrplan.specfile.problems import Problems
from lrplan.text_position import TextPosition


@dataclass(frozen=True, slots=True)
class ProblemScope:
    """Reports problems of one schedule, or of the file when ``schedule`` is None."""

    problems: Problems
    schedule: str | None = None
    trust: bool = False
    """The code that the spec names may be run."""
    directory: Path = Path()
    """The folder of the spec, where the files that it names are looked up."""

    def problem_at_value(
        self,
        name: str,
        node: Node,
        path: str,
        message: str,
        fix: str = "",
        edits: Sequence[Edit] = (),
    ) -> None:
        """Report a problem with the value at ``node``."""
        self._add(name, node.place, path, message, fix, edits)

    def problem_at_key(
        self,
        name: str,
        node: Node,
        path: str,
        message: str,
        fix: str = "",
        edits: Sequence[Edit] = (),
    ) -> None:
        """Report a problem with the key of ``node``: its name, or something missing below it."""
        self._add(name, node.key_place or node.place, path, message, fix, edits)

    def _add(
        self,
        name: str,
        place: TextPosition,
        path: str,
        message: str,
        fix: str,
        edits: Sequence[Edit],
    ) -> None:
        schedule = self.schedule
        self.problems.add(name, place, message, fix=fix, path=path, schedule=schedule, edits=edits)


def child_path(path: str, key: str | int) -> str:
    """The path of a child of ``path``: ``a.b`` for a key, ``a[0]`` for an index."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
