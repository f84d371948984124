"""What the expressions of a schedule give at the ticks of a run, worked out without torch."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.lint.facts.factors import value_at
from lrplan.specfile.expressions.expression import Expression
from lrplan.specfile.problem_scope import child_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lrplan.lint.context import Context
    from lrplan.plan import Span

_ARGUMENTS = {
    "LambdaLR": "lr_lambda",
    "MultiplicativeLR": "lr_lambda",
    "LambdaParamScheduler": "param_lambda",
}
_SAMPLES = 2048
_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?(?![\w.])")


@dataclass(frozen=True, slots=True)
class Factor:
    """One expression of a schedule, the groups it drives, and where it stands."""

    span: Span
    expression: Expression
    groups: tuple[str, ...]
    path: str


def factors(context: Context, *types: str) -> Iterator[Factor]:
    """The expressions of every scheduler of those types, by default every one made of any."""
    for span in context.spans(*(types or _ARGUMENTS)):
        name = _ARGUMENTS[span.scheduler.type]
        value = span.scheduler.arguments.get(name)
        groups = span.top.groups
        if isinstance(value, Expression):
            yield Factor(span, value, groups, context.at(span.scheduler, name))
        elif isinstance(value, list):
            for index, (group, each) in enumerate(zip(groups, value, strict=False)):
                if isinstance(each, Expression):
                    yield Factor(span, each, (group,), _path(context, span, name, group, index))


def spread(last: int) -> list[int]:
    """Ticks from 0 to ``last``: all of a short run; of a long one the ends and evenly between."""
    if last < 2 * _SAMPLES:
        return list(range(last + 1))
    edge = 64
    inner = {edge + (last - 2 * edge) * i // _SAMPLES for i in range(_SAMPLES)}
    return sorted({*range(edge), *inner, *range(last - edge, last + 1)})


def first_where(wrong: Callable[[int], bool], last: int) -> int | None:
    """The first tick up to ``last`` at which ``wrong`` holds, found between ticks of ``spread``."""
    good = -1
    for tick in spread(last):
        if wrong(tick):
            return _bisect(wrong, good, tick)
        good = tick
    return None


def literals(expression: Expression) -> set[float]:
    """The numbers written in it."""
    return {float(found.replace("_", "")) for found in _NUMBER.findall(expression.text)}


def falls_like_inverse_sqrt(expression: Expression, last: int) -> bool:
    """Whether it halves as the tick grows fourfold, at ticks well past all its numbers."""
    far = 16 * max(last, 1, *(int(number) for number in literals(expression) if number < 1e9))
    values = [value_at(expression, far * times) for times in (1, 4, 16)]
    if any(value is None or value <= 0 for value in values):
        return False
    one, two, three = (value or math.nan for value in values)
    return math.isclose(two / one, 0.5, rel_tol=0.01) and math.isclose(
        three / two, 0.5, rel_tol=0.01
    )


def _bisect(wrong: Callable[[int], bool], good: int, bad: int) -> int:
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (good, middle) if wrong(middle) else (middle, bad)
    return bad


def _path(context: Context, span: Span, name: str, group: str, index: int) -> str:
    """The path of one group's expression, which the spec gives by name or by order."""
    own = context.at(span.scheduler, name)
    node = context.plan.node.nearest(own.removeprefix(context.plan.path).lstrip("."))
    return child_path(own, group if node.is_mapping else index)
