"""Reads lock files; an error names the line and column that is damaged."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lrplan.comparison import CurveSummary
from lrplan.errors import SpecError
from lrplan.features import Peak
from lrplan.limits import STEPS
from lrplan.lock.fields import FIX, Fields
from lrplan.lock.format_1 import constant_of_format_1, curve_of_format_1
from lrplan.lock.model import FORMAT, Lock, LockedSchedule, Pin
from lrplan.lock.piece_curve import PieceCurve
from lrplan.lock.pieces import Piece
from lrplan.lock.read_curves import curve_of
from lrplan.node import Node
from lrplan.specfile.files import read_text
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import START, InputText, TextPosition

_LARGEST = 10**12
_FORMATS = (1, FORMAT)
FINEST = 1e-11
"""The smallest tolerance: rounding inside of schedulers is nearly as large."""
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
        self._fields = Fields(source)
        self._format = FORMAT

    def lock(self) -> Lock:
        fields, root = self._fields, self._root()
        version = fields.child(root, "format")
        number = fields.number(version, integer=True)
        if number not in _FORMATS:
            known = " or ".join(map(str, _FORMATS))
            message = f"its format is {number:g}, not {known}: another lrplan made it"
            fields.stop(message, version.place)
        self._format = int(number)
        schedules = fields.mapping(fields.child(root, "schedules"))
        # In format 1 one tolerance holds for all.
        common = self._tolerance(root) if self._format == 1 else None
        read = {name: self._schedule(name, node, common) for name, node in schedules.items()}
        facts = root.get("set")
        settings = () if facts is None else tuple(map(fields.text, facts.elements()))
        return Lock(schedules=read, source=self._source, settings=settings)

    def _root(self) -> Node:
        text = self._source.text
        conflict = _CONFLICT.search(text)
        if conflict:
            line = text.count("\n", 0, conflict.start()) + 1
            place = TextPosition(line, 1, line, 8)
            self._fields.stop("it has the marks of a merge conflict", place)
        if not text.strip():
            self._fields.stop("it is empty", START)
        problems = Problems(self._source, "the lock")
        root = parse(self._source, problems)
        if problems.findings:
            damage = [replace(each, fix=FIX) for each in problems.findings]
            raise SpecError(damage, self._source)
        if root is None:
            self._fields.stop("it is empty", START)
        return root

    def _schedule(self, name: str, node: Node, tolerance: float | None) -> LockedSchedule:
        fields = self._fields
        steps = fields.count(fields.child(node, "steps"), STEPS.value)
        per_epoch, loop = node.get("steps_per_epoch"), node.get("loop")
        groups = fields.mapping(fields.child(node, "groups"))
        if not groups:
            fields.stop("it has no group", node.key_place or node.place)
        pins: dict[str, dict[str, Pin]] = {}
        # Groups are read from top to bottom: `like: body` refers to a group above.
        for group, columns in groups.items():
            for field, value in fields.mapping(columns).items():
                pins.setdefault(field, {})[group] = self._pin(value, steps, pins.get(field, {}))
        return LockedSchedule(
            name=name,
            tolerance=self._tolerance(node) if tolerance is None else tolerance,
            plan=fields.text(fields.child(node, "plan")),
            metrics=self._texts(node.get("metrics")),
            loop="torch" if loop is None else fields.text(loop),
            versions=self._texts(fields.child(node, "versions")),
            steps=steps,
            steps_per_epoch=None if per_epoch is None else fields.count(per_epoch, _LARGEST),
            groups=tuple(groups),
            pins=pins,
            format=self._format,
            place=node.key_place or node.place,
        )

    def _texts(self, node: Node | None) -> dict[str, str]:
        if node is None:
            return {}
        return {key: self._fields.text(value) for key, value in self._fields.mapping(node).items()}

    def _pin(self, node: Node, steps: int, above: Mapping[str, Pin]) -> Pin:
        """A pin: a number for a constant, ``{like: GROUP, times: FACTOR}``, or a curve.

        ``above`` are the pins of the same field in the groups above this one.
        """
        fields = self._fields
        if node.is_scalar:
            return self._constant(fields.number(node), steps)
        model = node.get("like")
        if model is None:
            return self._curve(node, steps)
        group = fields.text(model)
        if group not in above:
            fields.stop(f"there is no group `{group}` above this one", model.place)
        factor = fields.child(node, "times")
        number = fields.number(factor)
        if self._format != 1 and not 0 < number < math.inf:
            fields.stop("this should be above 0", factor.place)
        return above[group].multiple(group, number)

    def _constant(self, value: float, steps: int) -> Pin:
        if self._format == 1:
            return constant_of_format_1(value, steps)
        peak = Peak(0, value) if abs(value) < math.inf else None
        figures = CurveSummary(peak=peak, last=value, mean=value, warmup=0.0)
        return Pin(PieceCurve((Piece(0, (value,)),)), figures)

    def _curve(self, node: Node, steps: int) -> Pin:
        fields = self._fields
        read = curve_of_format_1 if self._format == 1 else curve_of
        return Pin(
            curve=read(fields, node, steps),
            figures=CurveSummary(
                peak=self._peak(node),
                last=fields.optional(node, "last"),
                mean=fields.optional(node, "mean"),
                warmup=fields.optional(node, "warmup") or 0.0,
            ),
        )

    def _peak(self, node: Node) -> Peak | None:
        top = node.get("peak")
        if top is None:
            return None
        step = self._fields.number(self._fields.child(node, "peak_step"), integer=True)
        return Peak(int(step), self._fields.number(top))

    def _tolerance(self, node: Node) -> float:
        child = self._fields.child(node, "tolerance")
        tolerance = self._fields.number(child)
        least = 0 if self._format == 1 else FINEST
        if not least <= tolerance < 1:
            self._fields.stop(f"this should be from {least:g} to below 1", child.place)
        return tolerance
