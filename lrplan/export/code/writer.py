"""The code for one scheduler: its arguments, their functions, and the schedulers inside."""

from __future__ import annotations

from collections.abc import Callable

from lrplan.catalog import Argument
from lrplan.errors import UsageError
from lrplan.export.code.classes import MULTIPLES
from lrplan.export.code.expression import MAX_STAGES, function_body, samples_body
from lrplan.export.code.formatting import Brackets, Item, Node, call, sequence
from lrplan.export.code.literals import literal, remark
from lrplan.export.code.module_parts import Parts
from lrplan.plan import SchedulePlan, SchedulerPlan
from lrplan.specfile.expressions.expression import Expression
from lrplan.specfile.parameter_groups import factor_of

_LONGEST_NOTE = 24


class Writer:
    """Writes one scheduler of a schedule, and those inside it.

    Example: for a ``StepLR`` with ``step_size: 30``, ``arguments`` are ``step_size=30`` and
    ``write`` gives ``StepLR(optimizer, step_size=30)``; for a ``LambdaLR`` a function such as
    ``def factor(epoch: int) -> float`` is put into ``parts`` on the way, and its name is the value.

    Args:
        plan: the schedule.
        top: the outermost scheduler.
        parts: where functions and classes that it needs are gathered.
        target: the name of what it is built on, the optimizer or a view of some groups.
        spread: give groups that it does not drive a factor of 1; else ``target`` has none.
        write: writes a scheduler; schedulers inside others are written by it, too.
    """

    def __init__(
        self,
        plan: SchedulePlan,
        top: SchedulerPlan,
        parts: Parts,
        target: str,
        *,
        spread: bool,
        write: Callable[[Writer, SchedulerPlan], Brackets],
    ) -> None:
        self.plan = plan
        self.top = top
        self.parts = parts
        self.target = target
        self.spread = spread
        self._write = write

    @property
    def unit(self) -> str:
        """The name of the argument of its functions: ``step``, ``batch``, ``epoch`` or ``tick``."""
        return self.top.interval if self.top.frequency == 1 else "tick"

    def scheduler(self, scheduler: SchedulerPlan) -> Brackets:
        """The call that builds ``scheduler``.

        Raises:
            UsageError: it cannot be built from torch alone.
        """
        return self._write(self, scheduler)

    def arguments(self, scheduler: SchedulerPlan) -> tuple[Item, ...]:
        """The arguments that the plan gives, by name."""
        return tuple(
            self.argument(scheduler, argument)
            for argument in scheduler.row.arguments
            if argument.name in scheduler.arguments
        )

    def argument(self, scheduler: SchedulerPlan, argument: Argument, name: str = "") -> Item:
        """An argument under its own or another name; its default if the plan gives none."""
        value = scheduler.arguments.get(argument.name, argument.default)
        note = ""
        written = argument.unit == "lr" or argument.kind in ("duration", "durations")
        if written and argument.name in scheduler.arguments:
            note = _note(self.plan, scheduler, argument.name)
        multiples = self._multiples(value, note)
        if multiples:
            return Item(multiples, f"{name or argument.name}=")
        node = self._value(value, argument.name)
        return Item(node, f"{name or argument.name}=", note)

    def function(self, expression: Expression, wish: str) -> str:
        """The name of a function of the tick that computes ``expression``.

        Raises:
            UsageError: it counts samples of batches that change too often.
        """
        counts, samples = expression.counts, ""
        if counts is not None:
            if len(counts.begins) > MAX_STAGES:
                raise UsageError(
                    f"the batch size changes {len(counts.begins):,} times: no code is exported for"
                    " an expression that counts its samples; let it change in steps, or by a larger"
                    " `increment`"
                )
            lines = samples_body(counts, self.unit)
            samples = self.parts.function("samples", f"{self.unit}: int", lines)
        return self.parts.function(
            wish, f"{self.unit}: int", function_body(expression, self.unit, samples)
        )

    def by_group(self, value: object, wish: str) -> list[str]:
        """A function for each group driven, from one expression or one each; equals share one."""
        each = value if isinstance(value, list) else [value] * len(self.top.groups)
        expressions = [item for item in each if isinstance(item, Expression)]
        # Expressions are equal when their texts are: one function then serves all groups.
        if len(set(expressions)) == 1:
            return [self.function(expressions[0], wish)] * len(expressions)
        named = zip(self.top.groups, expressions, strict=True)
        return [self.function(item, f"{group}_{wish}") for group, item in named]

    def over_all_groups(self, functions: list[str]) -> Node:
        """``functions``, one for each group driven, as a value of ``lr_lambda``."""
        if not self.spread:
            return functions[0] if len(set(functions)) == 1 else sequence(functions)
        # Groups body, head; a scheduler of head alone: `lr_lambda=[unchanged, factor]`.
        driven = dict(zip(self.top.groups, functions, strict=True))
        constant = self.parts.function("unchanged", f"{self.unit}: int", ["    return 1.0"])
        return sequence(driven.get(group.name, constant) for group in self.plan.optimizer.groups)

    def lambda_lr(self, function: Node) -> Brackets:
        """A ``LambdaLR`` of a function, or of a list with one for each group."""
        return call("LambdaLR", Item(self.target), Item(function, "lr_lambda="))

    def _multiples(self, value: object, note: str) -> Brackets | None:
        """A list of multiples, such as ``eta_min: 0.01x`` for several groups, as a call."""
        factor = factor_of(note)
        # Schedulers that are built earlier may have changed `lr`, and torch keeps `initial_lr`;
        # those that replace the lr by their own replace that, too.
        built = (each for top in self.plan.schedulers for each in top.walk())
        if (
            not isinstance(value, list)
            or factor is None
            or any(each.row.replaces_lr for each in built)
        ):
            return None
        return call(self.parts.include(MULTIPLES), Item(self.target), Item(literal(factor)))

    def _value(self, value: object, name: str) -> Node:
        if isinstance(value, Expression):
            return self.function(value, "scale" if name == "scale_fn" else "factor")
        if isinstance(value, SchedulerPlan):
            return self.scheduler(value)
        if isinstance(value, list):
            return self._list(value)
        return literal(value)

    def _list(self, values: list[object]) -> Node:
        if any(isinstance(value, Expression) for value in values):
            return sequence(self.by_group(values, "factor"))
        return sequence(self._value(value, "") for value in values)


def _note(plan: SchedulePlan, scheduler: SchedulerPlan, argument: str) -> str:
    """The text that a spec has for ``argument``, such as ``10%``; empty for plain numbers.

    ``warmup_steps: 10%`` of 1000 steps is written as ``warmup=100,  # 10%``.
    """
    path = scheduler.path_of(argument)
    node = plan.node.nearest(path.removeprefix(plan.path).lstrip("."))
    values = [each.value for each in node.elements() or (node,)]
    text = ", ".join(remark(str(value)) for value in values)
    has_unit = any(isinstance(value, str) for value in values)
    return text if has_unit and len(text) < _LONGEST_NOTE else ""
