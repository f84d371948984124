"""A scheduler of a plan as the call that builds it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from lrplan.errors import UsageError
from lrplan.export.code.expression import body
from lrplan.export.code.factor_schedulers import factor, factor_formula
from lrplan.export.code.field_schedulers import ramp, restarts, scaled
from lrplan.export.code.formatting import Item, call, sequence
from lrplan.export.code.gradual_warmup import gradual
from lrplan.export.code.literals import literal
from lrplan.export.code.spec_spelling import duration
from lrplan.plan import SchedulerPlan
from lrplan.specfile.expressions.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lrplan.catalog import Argument, SchedulerRow
    from lrplan.export.code.formatting import Brackets, Node
    from lrplan.export.code.module_parts import Parts
    from lrplan.plan import SchedulePlan

Handler = "Callable[[Writer, SchedulerPlan], Brackets]"


class Writer:
    """Writes one scheduler of a schedule, and those inside it.

    Args:
        plan: the schedule.
        top: the outermost scheduler.
        parts: where functions and classes that it needs are gathered.
        target: the name of what it is built on, the optimizer or a view of some groups.
        spread: give groups that it does not drive a factor of 1; else ``target`` has none.
    """

    def __init__(
        self, plan: SchedulePlan, top: SchedulerPlan, parts: Parts, target: str, *, spread: bool
    ) -> None:
        self.plan = plan
        self.top = top
        self.parts = parts
        self.target = target
        self.spread = spread

    @property
    def unit(self) -> str:
        """What the number is called that its functions take."""
        return self.top.interval if self.top.frequency == 1 else "tick"

    def scheduler(self, scheduler: SchedulerPlan) -> Brackets:
        """The call that builds ``scheduler``.

        Raises:
            UsageError: it cannot be built from torch alone.
        """
        row = scheduler.row
        formula = factor_formula(scheduler)
        if formula is not None:
            return factor(self, scheduler, formula)
        if not row.path.startswith("torch."):
            handler = _handler(row)
            if handler is None:
                raise UsageError(
                    f"{scheduler.type} comes with {row.family}; code for it needs more than torch"
                )
            return handler(self, scheduler)
        if self.spread:
            return _lambda(self, scheduler)
        first = () if row.container == "chained" else (Item(self.target),)
        return call(scheduler.type, *first, *self.arguments(scheduler))

    def arguments(self, scheduler: SchedulerPlan) -> tuple[Item, ...]:
        """The arguments that the plan gives, by name."""
        return tuple(
            self.argument(scheduler, argument)
            for argument in scheduler.row.arguments
            if argument.name in scheduler.arguments
        )

    def argument(self, scheduler: SchedulerPlan, argument: Argument, name: str = "") -> Item:
        """One argument under its own or another name; its default where the plan gives none."""
        value = scheduler.arguments.get(argument.name, argument.default)
        note = ""
        if argument.kind in ("duration", "durations") and argument.name in scheduler.arguments:
            note = duration(self.plan, scheduler, argument.name)
        return Item(self._value(value, argument.name), f"{name or argument.name}=", note)

    def function(self, expression: Expression, wish: str) -> str:
        """The name of a function of the tick that computes ``expression``."""
        return self.parts.function(wish, f"{self.unit}: int", body(expression, self.unit))

    def by_group(self, value: object, wish: str) -> list[str]:
        """A function for each group driven, from one expression or one each; equals share one."""
        each = value if isinstance(value, list) else [value] * len(self.top.groups)
        expressions = [item for item in each if isinstance(item, Expression)]
        if len(set(expressions)) == 1:
            return [self.function(expressions[0], wish)] * len(expressions)
        named = zip(self.top.groups, expressions, strict=True)
        return [self.function(item, f"{group}_{wish}") for group, item in named]

    def over_all_groups(self, functions: list[str]) -> Node:
        """``functions``, one for each group driven, as a value of ``lr_lambda``."""
        if not self.spread:
            return functions[0] if len(set(functions)) == 1 else sequence(functions)
        driven = dict(zip(self.top.groups, functions, strict=True))
        constant = self.parts.function("unchanged", f"{self.unit}: int", ["    return 1.0"])
        return sequence(driven.get(group.name, constant) for group in self.plan.optimizer.groups)

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


def _lambda(writer: Writer, scheduler: SchedulerPlan) -> Brackets:
    """A LambdaLR that holds the groups it does not drive at their rate."""
    functions = writer.by_group(scheduler.arguments["lr_lambda"], "factor")
    node = writer.over_all_groups(functions)
    return call("LambdaLR", Item(writer.target), Item(node, "lr_lambda="))


def _handler(row: SchedulerRow) -> Callable[[Writer, SchedulerPlan], Brackets] | None:
    """The function that writes a scheduler which is more than a factor on the initial value."""
    if row.name_of("function"):
        return scaled
    return None if row.formula is None else _BY_CURVE.get(row.formula.curve)


_BY_CURVE: Mapping[str, Callable[[Writer, SchedulerPlan], Brackets]] = MappingProxyType(
    {
        "cosine": ramp,
        "cosine_warmup_restarts": restarts,
        "gradual_warmup": gradual,
        "linear": ramp,
    }
)
