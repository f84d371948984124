"""A relation between two curves as a sentence, with its numbers."""

from __future__ import annotations

from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from lrplan.text import format_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrplan.comparison.relation import Relation

_NO_FACTS: Mapping[int, str] = MappingProxyType({})
_ROUND = (1, 2, 5)
_MOST_DENOMINATOR = 100
_NUMBERS = MappingProxyType({1: "one step", 2: "two steps", 3: "three steps"})


def describe(
    relation: Relation, a: str = "A", b: str = "B", *, facts: Mapping[int, str] = _NO_FACTS
) -> str:
    """The relation as a sentence without a full stop.

    Args:
        relation: what relates curve ``b`` to curve ``a``.
        a: what to call the first curve.
        b: what to call the second one.
        facts: numbers of the runs and what they are, such as ``{100: "an epoch has 100 steps"}``;
            the one that a shift or a stretch comes to is named as its likely cause.
    """
    if relation.kind == "equal":
        return _equal(relation, a, b)
    if relation.kind == "partly":
        return _partly(relation, a, b, facts)
    if relation.kind == "warm-up":
        return _after_warmups(relation, a, b)
    if relation.kind == "unrelated":
        return f"nothing simple relates {b} to {a}"
    told = describe_briefly(relation, a, b)
    if relation.kind == "stretched":
        told += _example(relation, a)
    return told + _cause(relation, facts)


def describe_briefly(relation: Relation, a: str = "A", b: str = "B") -> str:
    """The same without an example."""
    factor = f"times {format_number(relation.factor)}"
    if relation.kind == "scaled":
        return f"{b} is {a} {factor}"
    if relation.kind == "shifted":
        moved = f"{_steps(abs(relation.shift))} {'late' if relation.shift > 0 else 'early'}"
        return f"{b} is {a} {moved}" + ("" if relation.factor == 1 else f", {factor}")
    if relation.kind == "held":
        slow, fast = (b, a) if relation.hold > 0 else (a, b)
        return f"{slow} holds for {abs(relation.hold)} steps what {fast} goes on changing"
    if relation.kind == "stretched":
        slower = relation.stretch > 1
        ratio = relation.stretch if slower else 1 / relation.stretch
        pace = f"{format_number(ratio, 4)} times too {'slowly' if slower else 'fast'}"
        if relation.factor != 1:
            return f"{b} is {a} {factor}, run through {pace}"
        return f"{b} runs through {a} {pace}"
    return describe(relation, a, b)


def _steps(count: int) -> str:
    return _NUMBERS.get(count, f"{count} steps")


def _equal(relation: Relation, a: str, b: str) -> str:
    one, other = relation.steps
    if one == other:
        return f"{a} and {b} are the same"
    longer, more = (a, one - other) if one > other else (b, other - one)
    return (
        f"{a} and {b} are the same for the {_steps(min(one, other))} that both have;"
        f" {longer} goes on for {_steps(more)} more"
    )


def _partly(relation: Relation, a: str, b: str, facts: Mapping[int, str]) -> str:
    until, again = relation.until or 0, relation.again
    if again is None:
        told, where = f"the same until step {until}, then they part", "from there on"
    elif until:
        told = f"the same until step {until}, and again from step {again} on"
        where = "in between"
    else:
        told, where = f"the same from step {again} on", "before that"
    inside = relation.inside
    if inside is None:
        return told
    return f"{told}; {where} {describe_briefly(inside, a, b)}{_cause(inside, facts)}"


def _after_warmups(relation: Relation, a: str, b: str) -> str:
    until, shift = relation.until or 0, relation.shift
    if not until:
        told = f"{b} leaves out the warm-up of {a} ({_steps(-shift)})"
    elif until == shift:
        told = f"{b} warms up until step {until}, {a} does not"
    elif relation.before is None:
        told = f"{b} warms up in another way until step {until}"
    else:
        told = f"until step {until} {describe_briefly(relation.before, a, b)}"
    return f"{told}; from there on {_after(relation, a, b)}"


def _after(relation: Relation, a: str, b: str) -> str:
    if relation.inside is None or relation.inside.kind == "equal":
        moved = f"{_steps(abs(relation.shift))} {'late' if relation.shift > 0 else 'early'}"
        return f"{b} is {a} {moved}" if relation.shift else "they are the same"
    return describe_briefly(relation.inside, a, b)


def _example(relation: Relation, a: str) -> str:
    """A round step of one curve, and the step of the other that is at the same place."""
    slow = relation.stretch >= 1
    ratio = relation.stretch if slow else 1 / relation.stretch
    one, other = relation.steps if slow else relation.steps[::-1]
    limit = min(one - 1, (other - 1) / ratio)
    # Where one is a short fraction of the other, steps that fall on each other exactly.
    short = Fraction(ratio).limit_denominator(_MOST_DENOMINATOR).denominator
    whole = short if short <= limit else 1
    step = whole * _round_below(limit / whole)
    if not step:
        return ""
    here, there = (round(step * ratio), step) if slow else (step, round(step * ratio))
    scaled = "" if relation.factor == 1 else f"{format_number(relation.factor)} times "
    return f": its step {here} has {scaled}the rate {a} has at step {there}"


def _round_below(limit: float) -> int:
    """The largest of 1, 2, 5, 10, 20, ... that is not above ``limit``; 0 where none is."""
    found = 0
    for power in range(10):
        found = max([found, *(each * 10**power for each in _ROUND if each * 10**power <= limit)])
    return found


def _cause(relation: Relation, facts: Mapping[int, str]) -> str:
    """Where a number of steps is one that the runs are known by, its name."""
    if relation.kind == "scaled":
        return ""
    ratio = _ratio(relation)
    fact = facts.get(round(ratio)) if abs(ratio - round(ratio)) < 1e-9 * ratio else None
    return "" if fact is None else f" ({fact})"


def _ratio(relation: Relation) -> float:
    """The number of steps that a relation comes to, or their ratio as one above 1."""
    if relation.kind == "shifted":
        return abs(relation.shift)
    if relation.kind == "held":
        return abs(relation.hold)
    return max(relation.stretch, 1 / relation.stretch)
