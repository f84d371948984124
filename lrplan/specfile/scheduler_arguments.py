"""Constructor arguments of schedulers: durations become ticks, per-group values become lists."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from lrplan.catalog import Argument
from lrplan.catalog.suggestions import suggest
from lrplan.clock import REST, Cadence, Clock, ClockError, Interval
from lrplan.edits import Edit
from lrplan.node import Node
from lrplan.specfile.expressions.expression import Expression, ExpressionError
from lrplan.specfile.expressions.lengths import ExpressionLengths, known_total, unknown_total
from lrplan.specfile.lr_per_samples import is_per_samples, read_per_samples
from lrplan.specfile.model_errors import describe
from lrplan.specfile.parameter_groups import ParameterGroups, multiple_in, quotient_in
from lrplan.specfile.plain_arguments import (
    LARGEST_HINT,
    MAX_TICKS,
    is_within_bounds,
    read_number,
    read_plain,
    report_wrong_type,
)
from lrplan.specfile.problem_scope import ProblemScope, child_path
from lrplan.text import quantity

_FROM_THE_FIRST_TICK = ("end", "ramp", "warm-up", "cuts", "hand-over")
"""Roles of lengths that begin at the first tick of their scheduler and occur only once."""


@dataclass(frozen=True, slots=True)
class SchedulerArgumentReader:
    """Reads the arguments of one scheduler, given its clock and the groups it drives.

    Args:
        scope: where problems go.
        clock: converts durations; ``5ep`` of a scheduler that ticks per step is that many steps.
        interval: what the scheduler ticks on.
        frequency: the intervals from one tick to the next.
        driven: the parameter groups driven.
        total: returns its ticks in the run, or in its phase inside another scheduler; called when
            they are needed; None: not known.
        begin: called for the ticks before its first one, those of the scheduler that it is inside
            of; None: not known.
        late_start_argument: the argument in the spec that makes its lengths count from a later
            tick, or "".
        is_inside: it is inside another scheduler.
    """

    scope: ProblemScope
    clock: Clock
    interval: Interval
    frequency: int
    driven: ParameterGroups
    total: Callable[[], int | None] = unknown_total
    begin: Callable[[], int | None] = lambda: 0
    late_start_argument: str = ""
    is_inside: bool = False

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups driven, in the optimizer's order."""
        return self.driven.names

    @property
    def cadence(self) -> Cadence:
        """The interval and frequency that tick the scheduler."""
        return Cadence(self.interval, self.frequency)

    def read(self, argument: Argument, node: Node, path: str) -> object:
        """The value of one argument, durations in ticks; None after reporting a problem.

        An argument that may differ between groups is one value for all (``max_lr: 0.1``), a list
        in group order (``[0.1, 0.01]``), or a mapping by name (``{head: 0.1, body: 0.01}``), which
        comes out as such a list.
        """
        if node.value is None and argument.optional:
            return None
        if argument.unit == "lr" and (factor := multiple_in(node)) is not None:
            return self._multiples(argument, factor, node, path)
        if argument.per_group and node.is_mapping:
            return self._values_by_group(argument, node, path)
        if argument.per_group and node.is_list:
            return self._values_in_order(argument, node, path)
        return self._value(argument, node, path)

    def _value(self, argument: Argument, node: Node, path: str, group: str = "") -> object:
        if group and argument.unit == "lr" and (factor := multiple_in(node)) is not None:
            values = self._multiples(argument, factor, node, path, (group,))
            return values[0] if isinstance(values, list) else values
        special = {
            "expression": self._expression,
            "duration": self._duration,
            "durations": self._durations,
            "points": self._points,
            "number": self._number,
        }
        return special.get(argument.kind, self._plain)(argument, node, path)

    def _plain(self, argument: Argument, node: Node, path: str) -> object:
        return read_plain(argument, node, self.scope, path)

    def _number(self, argument: Argument, node: Node, path: str) -> object:
        if argument.unit == "lr" and is_per_samples(node):
            return read_per_samples(node, self.clock, self.scope, path)
        if argument.unit == "ratio" and (ratio := quotient_in(node)) is not None:
            within = is_within_bounds(argument, ratio, node, self.scope, path)
            return ratio if within else None
        return read_plain(argument, node, self.scope, path)

    def _values_in_order(self, argument: Argument, node: Node, path: str) -> list[object] | None:
        elements = node.elements()
        if len(elements) != len(self.groups):
            names = ", ".join(self.groups)
            message = (
                f"`{argument.name}` gives {quantity(len(elements), 'value')} for"
                f" {quantity(len(self.groups), 'group')} ({names})"
            )
            fix = "one value for all groups, one for each in that order, or a mapping by name"
            self.scope.problem_at_value("bad-value", node, path, message, fix)
            return None
        return [
            self._value(argument, element, child_path(path, index), group)
            for index, (element, group) in enumerate(zip(elements, self.groups, strict=True))
        ]

    def _values_by_group(self, argument: Argument, node: Node, path: str) -> list[object] | None:
        for name, child in node.items():
            if not set(self.driven.groups_named(name)) & set(self.groups):
                message = f"`{argument.name}` names a group `{name}` that it does not drive"
                fix = suggest(name, self.groups)
                own_path = child_path(path, name)
                self.scope.problem_at_key("unknown-name", child, own_path, message, fix)
        # `{blocks: 0.1, blocks.3: 0.2}` gives 0.2 to blocks.3, and 0.1 to all other blocks: the
        # name of fewer groups wins.
        named = sorted(node.items(), key=lambda item: -len(self.driven.groups_named(item[0])))
        written = {group: name for name, _ in named for group in self.driven.groups_named(name)}
        missing = [group for group in self.groups if group not in written]
        values: dict[str, object] = {}
        for name, child in node.items():
            groups = [each for each in self.groups if written.get(each) == name]
            # A multiple has another value for each group; a problem of any other is reported once.
            several = argument.unit == "lr" and multiple_in(child) is not None
            own_path = child_path(path, name)
            if several:
                values |= {each: self._value(argument, child, own_path, each) for each in groups}
            else:
                values |= dict.fromkeys(groups, self._value(argument, child, own_path))
        if missing:
            message = f"`{argument.name}` has no value for {', '.join(f'`{m}`' for m in missing)}"
            self.scope.problem_at_value("missing-key", node, path, message)
            return None
        # In the optimizer's order, whatever the order in the spec: `{body: 0.01, head: 0.1}` for
        # the groups head and body is [0.1, 0.01], the list that torch takes.
        return [values[name] for name in self.groups]

    def _multiples(
        self,
        argument: Argument,
        factor: float,
        node: Node,
        path: str,
        groups: tuple[str, ...] = (),
    ) -> float | list[object] | None:
        """``factor`` times the lr of each of ``groups``, of all driven where there are none.

        Groups of one learning rate have one value, and several have a list of values.
        """
        names = groups or self.groups
        if self.driven.lrs is None:
            return None  # the optimizer could not be read, which was reported
        if not set(names) <= set(self.driven.lrs):
            message = f"`{argument.name}` is a multiple of a learning rate that is not known"
            fix = "give the optimizer, or each group, an `lr`"
            self.scope.problem_at_value("bad-value", node, path, message, fix)
            return None
        values = [factor * self.driven.lr_of(name) for name in names]
        if not all(is_within_bounds(argument, each, node, self.scope, path) for each in values[:1]):
            return None
        return values[0] if len(set(values)) == 1 and not groups else list(values)

    def _expression(self, argument: Argument, node: Node, path: str) -> Expression | None:
        text = node.value if node.number is None else repr(node.number)
        if not isinstance(text, str):
            report_wrong_type(argument, node, self.scope, path)
            return None
        try:
            return ExpressionLengths(self.clock, self.cadence, self.total, self.begin).expression(
                text
            )
        except ExpressionError as error:
            message = f"`{argument.name}`: {error.message}"
            at_offset = replace(node, place=node.place_at(error.offset))
            self.scope.problem_at_value("bad-expression", at_offset, path, message, error.fix)
            return None

    def _duration(self, argument: Argument, node: Node, path: str) -> float | None:
        value = node.value if node.number is None else node.number
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            report_wrong_type(argument, node, self.scope, path)
            return None
        try:
            ticks = self._ticks(argument, value)
        except ClockError as error:
            message = f"`{argument.name}`: {error.message}"
            fix = _unquoted_fraction(argument, value) or error.fix
            edits = (Edit(path, error.new),) if error.new else ()
            self.scope.problem_at_value("bad-duration", node, path, message, fix, edits)
            return None
        if abs(ticks) > MAX_TICKS:
            message = f"`{argument.name}` is more ticks than any run has, {describe(node)}"
            self.scope.problem_at_value("bad-duration", node, path, message, LARGEST_HINT)
            return None
        accepted = is_within_bounds(argument, ticks, node, self.scope, path)
        return ticks if accepted else None

    def _ticks(self, argument: Argument, value: float | str) -> float:
        """``value`` in ticks, with its fraction where the argument takes one."""
        # 12.5 ticks stay 12.5 where the class takes fractions, and 12.0 becomes the integer 12.
        # Everywhere else the clock says why 12.5 ticks are not a whole number.
        if argument.fractional and isinstance(value, float) and math.isfinite(value):
            return int(value) if value.is_integer() else value
        # Some training loops round `10%` of a warm-up up, and other lengths to the nearest tick.
        is_warm_up = "warmup" in argument.name or argument.role == "warm-up"
        is_rest = isinstance(value, str) and any(
            term.duration is None for term in self.clock.terms(value)
        )
        rest = self._rest(argument) if is_rest else None
        since = self._since(argument, value) if isinstance(value, str) else 0
        return self.clock.resolve(
            value, self.cadence, is_warm_up=is_warm_up, rest=rest, since=since
        )

    def _since(self, argument: Argument, text: str) -> int:
        """The ticks before ``text`` begins, where its length depends on that.

        Raises:
            ClockError: it is not one length, or where it begins is not known.
        """
        if not self.clock.depends_on_begin(text, self.interval):
            return 0
        begin = self.begin()
        counts_from_begin = argument.kind == "points" or argument.role in _FROM_THE_FIRST_TICK
        if begin is None or not counts_from_begin or self.late_start_argument:
            message = f"{text} is not a fixed number of ticks here: batches change over the run"
            raise ClockError(message, fix="write the number of ticks, or steps as in 1000st")
        return begin

    def _rest(self, argument: Argument) -> int:
        """The ticks that ``rest`` is for ``argument``.

        Raises:
            ClockError: it is not a length that can last as long as its scheduler.
        """
        if not argument.may_be_rest:
            message = f"`{REST}` is the length of a whole run or phase, and this is no such length"
            raise ClockError(message, fix="write another duration, such as 100% - 5%")
        if self.late_start_argument:
            late = self.late_start_argument
            message = f"`{REST}` counts from the first tick, and `{late}` makes it start later"
            raise ClockError(message, fix="write another duration, such as 100% - 5%")
        return known_total(REST, self.total())

    def _durations(self, argument: Argument, node: Node, path: str) -> list[float | None] | None:
        if not node.is_list:
            report_wrong_type(argument, node, self.scope, path)
            return None
        return [
            self._duration(argument, element, child_path(path, index))
            for index, element in enumerate(node.elements())
        ]

    def _points(self, argument: Argument, node: Node, path: str) -> list[object] | None:
        pairs = node.elements() if node.is_list else ()
        if not pairs or not all(pair.is_list and len(pair.elements()) == 2 for pair in pairs):
            report_wrong_type(argument, node, self.scope, path)
            return None
        return [
            self._point(argument, pair, child_path(path, index)) for index, pair in enumerate(pairs)
        ]

    def _point(
        self, argument: Argument, pair: Node, path: str
    ) -> tuple[float | None, float | None]:
        tick, value = pair.elements()
        ticks = self._duration(argument, tick, child_path(path, 0))
        return ticks, read_number(argument, value, self.scope, child_path(path, 1))


def _unquoted_fraction(argument: Argument, value: object) -> str:
    """The hint for a fraction of ticks that was written in quotes; empty for anything else."""
    if not argument.fractional or not isinstance(value, str):
        return ""
    try:
        number = float(value)
    except ValueError:
        return ""
    if not math.isfinite(number) or number < 0 or number.is_integer():
        return ""
    return f"write {number!r} without quotes for ticks"
