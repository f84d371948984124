"""Reads lock files; an error names the line and column that is damaged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from lrplan.comparison import CurveSummary
from lrplan.errors import SpecError
from lrplan.features import Peak
from lrplan.finding import spec_problem
from lrplan.limits import STEPS
from lrplan.lock.model import Lock, LockedSchedule, Pin
from lrplan.lock.writer import FORMAT
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.core_schema import ScalarError, clip, resolve
from lrplan.specfile.yaml.reader import parse, read_text
from lrplan.text_position import START, TextPosition

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lrplan.node import Node
    from lrplan.text_position import InputText

_LARGEST = 10**12
_FIX = "write it anew with `lrplan lock`"
# At the beginning of a line: `<<<<<<< HEAD`, `=======` or `>>>>>>> branch`, as git writes them.
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})(?=\s|$)", re.MULTILINE)


def read_lock(path: str | Path) -> Lock:
    """The lock file at ``path``.

    Raises:
        SpecError: it cannot be read, or is damaged; the finding has line and column.
    """
    return lock_of(read_text(path))


def lock_of(source: InputText) -> Lock:
    """The lock in ``source``.

    Raises:
        SpecError: it is damaged.
    """
    return _Reader(source).lock()


class _Reader:
    def __init__(self, source: InputText) -> None:
        self._source = source

    def lock(self) -> Lock:
        root = self._root()
        version = self._number(self._child(root, "format"), integer=True)
        if version != FORMAT:
            place = self._child(root, "format").place
            self._stop(f"its format is {version:g}, not {FORMAT}: another lrplan made it", place)
        schedules = self._mapping(self._child(root, "schedules"))
        return Lock(
            tolerance=self._tolerance(self._child(root, "tolerance")),
            schedules={name: self._schedule(name, node) for name, node in schedules.items()},
            source=self._source,
        )

    def _root(self) -> Node:
        text = self._source.text
        conflict = _CONFLICT.search(text)
        if conflict:
            line = text.count("\n", 0, conflict.start()) + 1
            self._stop("it has the marks of a merge conflict", TextPosition(line, 1, line, 8))
        if not text.strip():
            self._stop("it is empty", START)
        problems = Problems(self._source)
        root = parse(self._source, problems)
        problems.raise_if_any()
        if root is None:
            self._stop("it is empty", START)
        return root

    def _schedule(self, name: str, node: Node) -> LockedSchedule:
        steps = self._count(self._child(node, "steps"), STEPS.now)
        per_epoch = node.get("steps_per_epoch")
        groups = self._mapping(self._child(node, "groups"))
        if not groups:
            self._stop("it has no group", node.key_place or node.place)
        pins: dict[str, dict[str, Pin]] = {}
        # Groups are read from top to bottom: `like: body` refers to a group above.
        for group, fields in groups.items():
            for field, value in self._mapping(fields).items():
                pins.setdefault(field, {})[group] = self._pin(value, steps, pins.get(field, {}))
        return LockedSchedule(
            name=name,
            plan=self._text(self._child(node, "plan")),
            versions={
                package: self._text(value)
                for package, value in self._mapping(self._child(node, "versions")).items()
            },
            steps=steps,
            steps_per_epoch=None if per_epoch is None else self._count(per_epoch, _LARGEST),
            groups=tuple(groups),
            pins=pins,
            place=node.key_place or node.place,
        )

    def _pin(self, node: Node, steps: int, above: Mapping[str, Pin]) -> Pin:
        """A pin: a number for a constant, ``{like: GROUP, times: FACTOR}``, or a curve.

        ``above`` are the pins of the same field in groups that stand above this one.
        """
        if node.is_scalar:
            return _constant(self._number(node), steps)
        model = node.get("like")
        if model is None:
            return self._curve(node, steps)
        if self._text(model) not in above:
            self._stop(f"there is no group `{model.value}` above this one", model.place)
        return above[self._text(model)].times(self._number(self._child(node, "times")))

    def _curve(self, node: Node, steps: int) -> Pin:
        points = self._mapping(self._child(node, "points"))
        rows = [self._point(step, value, steps) for step, value in points.items()]
        at = np.array([row[0] for row in rows], dtype=np.int64)
        if not rows or at[0] != 0 or at[-1] != steps - 1 or (np.diff(at) <= 0).any():
            message = f"its steps must ascend from 0 to {steps - 1}"
            self._stop(message, self._child(node, "points").place)
        return Pin(
            digest=self._text(self._child(node, "digest")),
            figures=CurveSummary(
                peak=self._peak(node),
                last=self._optional(node, "last"),
                mean=self._optional(node, "mean"),
                warmup=self._optional(node, "warmup") or 0.0,
            ),
            steps=at,
            values=np.array([row[1] for row in rows]),
            means=np.array([row[2] for row in rows]),
        )

    def _peak(self, node: Node) -> Peak | None:
        top = node.get("peak")
        if top is None:
            return None
        step = self._number(self._child(node, "peak_step"), integer=True)
        return Peak(int(step), self._number(top))

    def _point(self, step: str, node: Node, steps: int) -> tuple[int, float, float]:
        parts = str(node.value).split()
        try:
            numbers = [float(resolve(part)) for part in parts]  # type: ignore[arg-type]
            value, mean = numbers
            number = int(step)
        except (ScalarError, ValueError, TypeError):
            message = f"`{clip(step)}: {clip(str(node.value))}` is not a step, its value and a mean"
            self._stop(message, node.key_place or node.place)
        if not 0 <= number < steps:
            self._stop(f"the run has no step {number}", node.key_place or node.place)
        return number, value, mean

    def _optional(self, node: Node, key: str) -> float | None:
        child = node.get(key)
        return None if child is None else self._number(child)

    def _child(self, node: Node, key: str) -> Node:
        child = node.get(key)
        if child is None:
            self._stop(f"there is no `{key}` here", node.key_place or node.place)
        return child

    def _mapping(self, node: Node) -> Mapping[str, Node]:
        if not node.is_mapping:
            self._stop(f"this should be a mapping, not {node.kind}", node.place)
        return dict(node.items())

    def _text(self, node: Node) -> str:
        if not isinstance(node.value, str):
            self._stop(f"this should be a string, not {node.kind}", node.place)
        return node.value

    def _count(self, node: Node, most: int) -> int:
        count = int(self._number(node, integer=True))
        if not 1 <= count <= most:
            self._stop(f"this should be from 1 to {most:,}", node.place)
        return count

    def _tolerance(self, node: Node) -> float:
        tolerance = self._number(node)
        if not 0 <= tolerance < 1:
            self._stop("this should be from 0 to below 1", node.place)
        return tolerance

    def _number(self, node: Node, *, integer: bool = False) -> float:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._stop(f"this should be a number, not {node.kind}", node.place)
        if integer and (not isinstance(value, int) or value < 0):
            self._stop("this should be a whole number", node.place)
        return float(value)

    def _stop(self, message: str, place: TextPosition) -> NoReturn:
        finding = spec_problem(
            "bad-value",
            f"this lock is damaged: {message}",
            place=place,
            file=self._source.name,
            fix=_FIX,
        )
        raise SpecError([finding], self._source)


def _constant(value: float, steps: int) -> Pin:
    # Steps 0 and 999 of 1000; a run of a single step has one point, step 0.
    ends = np.unique([0, max(steps - 1, 0)]).astype(np.int64)
    values = np.full(ends.size, value)
    peak = Peak(0, value) if np.isfinite(value) else None
    return Pin(
        "", CurveSummary(peak=peak, last=value, mean=value, warmup=0.0), ends, values, values
    )
