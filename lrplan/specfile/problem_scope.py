"""Where the resolver stands: which schedule, and where problems go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrplan.node import Node
    from lrplan.specfile.problems import Problems


@dataclass(frozen=True, slots=True)
class Scope:
    """Reports problems for one schedule (or for the file, when ``schedule`` is None)."""

    problems: Problems
    schedule: str | None = None
    trust: bool = False
    """Whether code that the spec names may be run."""
    directory: Path = Path()
    """Where files are looked up that the spec names: the folder it stands in."""

    def value(self, name: str, node: Node, path: str, message: str, fix: str = "") -> None:
        """A problem with the value at ``node``."""
        self.problems.add(name, node.place, message, fix=fix, path=path, schedule=self.schedule)

    def key(self, name: str, node: Node, path: str, message: str, fix: str = "") -> None:
        """A problem with the key of ``node``: its name, or what is missing below it."""
        place = node.key_place or node.place
        self.problems.add(name, place, message, fix=fix, path=path, schedule=self.schedule)


def child_path(path: str, key: str | int) -> str:
    """``path`` and one step further: ``a.b`` for a key, ``a[0]`` for an index."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
