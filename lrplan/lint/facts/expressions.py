"""The expressions of a schedule and their values at the ticks of a run, without torch."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lrplan.lint import Context, Span, child_path
from lrplan.specfile.expressions.expression import Expression, ExpressionError

_SAMPLES = 2048
_SIZE = r"[1-9][\d_]*(?:\.\d+)?"
_RISE = re.compile(
    r"(?:(?<![\w.])(?P<bare>step|epoch|t|x)|\((?P<next>step|epoch|t|x) *\+ *1\)) */ *"
    rf"(?P<length>(?:{_SIZE} *(?:ep|st|ba|sp|tok)?|total|per_epoch)(?![\w.(]| *[*/%])"
    rf"|{_SIZE}%(?= *(?:$|[),<>=!]| [+-]|(?:if|else|and|or)\b)))"
)
_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?(?![\w.])")


@dataclass(frozen=True, slots=True)
class Factor:
    """An expression of a schedule, the groups it drives, and its path."""

    span: Span
    expression: Expression
    groups: tuple[str, ...]
    path: str


def factors(context: Context, *types: str) -> Iterator[Factor]:
    """The expressions that give factors, of the schedulers of those types or of all."""
    for span in context.spans(*types):
        name = span.scheduler.row.name_of("function")
        value = span.scheduler.arguments.get(name)
        groups = span.top.groups
        if isinstance(value, Expression):
            yield Factor(span, value, groups, context.path_of(span.scheduler, name))
        elif isinstance(value, list):
            for index, (group, each) in enumerate(zip(groups, value, strict=False)):
                if isinstance(each, Expression):
                    yield Factor(span, each, (group,), _path(context, span, name, group, index))


def factors_on_base(context: Context) -> Iterator[Factor]:
    """The expressions that give a factor on the base value, and not on the value before."""
    return (each for each in factors(context) if each.span.scheduler.row.update == "sets")


def factors_on_base_lr(context: Context) -> Iterator[Factor]:
    """The expressions that give a factor on the base lr, as LambdaLR's do."""
    own = factors_on_base(context)
    return (each for each in own if context.field_of(each.span.scheduler) == "lr")


def sampled_ticks(last: int) -> list[int]:
    """Ticks from 0 to ``last``: all of a short run; of a long one the ends and evenly between."""
    # Of a run of a million ticks the first 64, the last 64 and 2,048 evenly between are looked at:
    # schedules change at their ends or over long stretches. `first_where` then bisects between two
    # of these ticks, so its answer is exact where the
    # condition changes once between the two.
    if last < 2 * _SAMPLES:
        return list(range(last + 1))
    edge = 64
    inner = {edge + (last - 2 * edge) * i // _SAMPLES for i in range(_SAMPLES)}
    return sorted({*range(edge), *inner, *range(last - edge, last + 1)})


def first_where(wrong: Callable[[int], bool], last: int) -> int | None:
    """The first tick up to ``last`` at which ``wrong`` holds, found between ticks of ``spread``."""
    good = -1
    for tick in sampled_ticks(last):
        if wrong(tick):
            return _bisect(wrong, good, tick)
        good = tick
    return None


def numbers(expression: Expression) -> list[float]:
    """The numbers written in it, in order."""
    return [float(found.replace("_", "")) for found in _NUMBER.findall(expression.text)]


def literals(expression: Expression) -> set[float]:
    """The different numbers written in it."""
    return set(numbers(expression))


def per_group(value: object, groups: int) -> Sequence[object]:
    """A value for each of ``groups``, from one value for all or a list."""
    return value if isinstance(value, list) else [value] * groups


def value_at(expression: object, tick: int) -> float | None:
    """The value at ``tick``; None if it is not an expression, or has no finite value there."""
    if not isinstance(expression, Expression):
        return None
    try:
        value = expression(tick)
    except ExpressionError:
        return None
    return value if math.isfinite(value) else None


def fails_at_start(expression: Expression) -> bool:
    """Return True if it has a value at tick 1 and none at tick 0: it divides by a square root."""
    if value_at(expression, 0) is not None or value_at(expression, 1) is None:
        return False
    compact = expression.text.replace(" ", "")
    return "sqrt" in compact or "**-0.5" in compact or "**(-0.5)" in compact or ",-0.5" in compact


def falls_like_inverse_sqrt(expression: Expression, last: int) -> bool:
    """Return True if, at large ticks, a tick four times as large gives half the value."""
    # Far out only the leading term counts: at `far`, 4 times and 16 times
    # that, (step + 100) ** -0.5 gives 1, 1/2 and 1/4 of the first value, 1 / step 1, 1/4 and 1/16.
    far = 16 * max(last, 1, *(int(number) for number in literals(expression) if number < 1e9))
    values = [value_at(expression, far * times) for times in (1, 4, 16)]
    if any(value is None or value <= 0 for value in values):
        return False
    one, two, three = (value or math.nan for value in values)
    return math.isclose(two / one, 0.5, rel_tol=0.01) and math.isclose(
        three / two, 0.5, rel_tol=0.01
    )


def _bisect(wrong: Callable[[int], bool], good: int, bad: int) -> int:
    # `good` is a tick at which nothing is wrong (-1 before the first), `bad` a later one at which
    # something is: halve the distance until they are neighbours.
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (good, middle) if wrong(middle) else (middle, bad)
    return bad


def _path(context: Context, span: Span, name: str, group: str, index: int) -> str:
    """The path of one group's expression, which the spec gives by name or by order."""
    own = context.path_of(span.scheduler, name)
    node = context.plan.node.nearest(own.removeprefix(context.plan.path).lstrip("."))
    return child_path(own, group if node.is_mapping else index)


def with_rise_above_zero(expression: Expression, last: int) -> str | None:
    """A rise ``step / W`` or ``(step + 1) / W`` as ``(step + 1) / (W + 1)``, as the spec writes W.

    The first value is above 0 then, and the peak comes at step W. None for expressions that have no
    such rise, or of which another value up to tick ``last`` would change: those from W on, or the
    highest.
    """
    edited, written = _later_peak(expression.text), _later_peak(expression.written)
    if edited is None or written is None:
        return None
    length = float(edited[1].replace("_", ""))
    if not length.is_integer() or not length < last:
        return None
    peak, after = int(length), expression.with_text(edited[0])
    ticks = sorted({*sampled_ticks(last), *range(peak - 1, peak + 2)})
    before = {tick: value_at(expression, tick) for tick in ticks}
    values = {tick: value_at(after, tick) for tick in ticks}
    known = [value for value in before.values() if value is not None]
    rises = (values[0] or 0.0) > 0 and values[peak - 1] != values[peak]
    same = all(_equal(values[tick], before[tick]) for tick in ticks if tick >= peak)
    return written[0] if rises and same and _equal(values[peak], max(known)) else None


def _equal(value: float | None, other: float | None) -> bool:
    if value is None or other is None:
        return value is other
    return math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-12)


def _later_peak(text: str) -> tuple[str, str] | None:
    """``text`` with its only rise to tick W, and W."""
    matches = list(_RISE.finditer(text))
    if len(matches) != 1:
        return None
    match = matches[0]
    before = text[: match.start()].rstrip()
    if before and not before.endswith(("(", ",", "else")):
        return None
    rise = f"({match['bare'] or match['next']} + 1) / ({match['length']} + 1)"
    return f"{text[: match.start()]}{rise}{text[match.end() :]}", match["length"]
