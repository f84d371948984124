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
_ROUND_DIGITS = (1, 2, 5)
_LARGEST_DENOMINATOR = 100
_STEP_WORDS = MappingProxyType({1: "one step", 2: "two steps", 3: "three steps"})


def describe(
    relation: Relation, a: str = "A", b: str = "B", *, facts: Mapping[int, str] = _NO_FACTS
) -> str:
    """The relation as a sentence without a full stop.

    Args:
        relation: the relation of curve ``b`` to curve ``a``.
        a: what to call the first curve.
        b: what to call the second one.
        facts: numbers of the runs and what they are, such as ``{100: "an epoch has 100 steps"}``;
            the one that equals a shift or a stretch is named as its likely cause.
    """
    if relation.kind == "equal":
        return _equal(relation, a, b)
    if relation.kind == "partly":
        return _partly(relation, a, b, facts)
    if relation.kind == "warm-up":
        return _after_warmups(relation, a, b)
    if relation.kind == "unrelated":
        return f"no simple relation between {a} and {b} was found"
    text = describe_briefly(relation, a, b)
    if relation.kind == "stretched":
        text += _example(relation, a)
    return text + _cause(relation, facts)


def describe_briefly(relation: Relation, a: str = "A", b: str = "B") -> str:
    """The relation as a sentence without an example or a likely cause."""
    factor = f"times {format_number(relation.factor)}"
    if relation.kind == "scaled":
        return f"{b} is {a} {factor}"
    if relation.kind == "shifted":
        return f"{b} is {a} {_shift(relation)}" + ("" if relation.factor == 1 else f", {factor}")
    if relation.kind == "held":
        slow, fast = (b, a) if relation.hold > 0 else (a, b)
        return f"{slow} changes only every {abs(relation.hold)} steps, to the value {fast} has then"
    if relation.kind == "stretched":
        slower = relation.stretch > 1
        ratio = relation.stretch if slower else 1 / relation.stretch
        pace = f"{format_number(ratio, 4)} times {'slower' if slower else 'faster'}"
        return f"{b} follows {a} {pace}" if relation.factor == 1 else f"{b} is {a} {factor}, {pace}"
    return describe(relation, a, b)


def _steps(count: int) -> str:
    return _STEP_WORDS.get(count, f"{count} steps")


def _shift(relation: Relation) -> str:
    return f"{_steps(abs(relation.shift))} {'later' if relation.shift > 0 else 'earlier'}"


def _equal(relation: Relation, a: str, b: str) -> str:
    one, other = relation.steps
    if one == other:
        return f"{a} and {b} are the same"
    longer, more = (a, one - other) if one > other else (b, other - one)
    return (
        f"{a} and {b} are the same for the {_steps(min(one, other))} that both have;"
        f" {longer} is {_steps(more)} longer"
    )


def _partly(relation: Relation, a: str, b: str, facts: Mapping[int, str]) -> str:
    """The steps at which both curves are the same, and the relation of the part where they differ.

    ``until`` is the first step that differs and ``again`` the first one that is the same again:
    until 100, again 200: "the same until step 100 and from step 200 on";
    until 100, again None: "the same until step 100, different from there on";
    until 0, again 200: "the same from step 200 on".
    """
    until, again = relation.until or 0, relation.again
    if again is None:
        text, link = f"the same until step {until}, different from there on", ": "
    elif until:
        text, link = f"the same until step {until} and from step {again} on", "; in between "
    else:
        text, link = f"the same from step {again} on", "; before that "
    inside = relation.inside
    if inside is None:
        return text
    return f"{text}{link}{describe_briefly(inside, a, b)}{_cause(inside, facts)}"


def _after_warmups(relation: Relation, a: str, b: str) -> str:
    """The relation of the warm-ups, then that of what follows them.

    ``until`` is the step where the warm-up of ``b`` ends, and ``until - shift`` where that of ``a``
    does: until 0, shift -10: ``a`` alone warms up, for 10 steps; until 20, shift 20: ``b`` alone
    does; until 20, shift 10: both do, ``b`` for twice as long.
    """
    until, shift = relation.until or 0, relation.shift
    if not until:
        text = f"{b} has no warm-up, {a} has one of {_steps(-shift)}"
    elif until == shift:
        text = f"{b} warms up until step {until}, {a} does not"
    elif relation.warmups is None:
        text = f"{b} has a different warm-up, until step {until}"
    else:
        text = f"until step {until} {describe_briefly(relation.warmups, a, b)}"
    return f"{text}; from there on {_after(relation, a, b)}"


def _after(relation: Relation, a: str, b: str) -> str:
    if relation.inside is None or relation.inside.kind == "equal":
        return f"{b} is {a} {_shift(relation)}" if relation.shift else "they are the same"
    return describe_briefly(relation.inside, a, b)


def _example(relation: Relation, a: str) -> str:
    """A round step of one curve, and the step of the other that has the same value.

    For a stretch of 10/9 over runs of 900 and 1000 steps: steps that fall on each other exactly are
    multiples of 9 in ``a``, of which 9 * 50 = 450 is the largest with a round multiplier (1, 2, 5,
    10, 20, 50, ...): "its value at step 500 is that of A at step 450".
    """
    slow = relation.stretch >= 1
    ratio = relation.stretch if slow else 1 / relation.stretch
    one, other = relation.steps if slow else relation.steps[::-1]
    # `one` is the length of the faster curve, whose step is chosen; its counterpart, `ratio` times
    # as late, must lie inside the other run.
    last = min(one - 1, (other - 1) / ratio)
    denominator = Fraction(ratio).limit_denominator(_LARGEST_DENOMINATOR).denominator
    unit = denominator if denominator <= last else 1
    step = unit * _round_below(last / unit)
    if not step:
        return ""
    in_b, in_a = (round(step * ratio), step) if slow else (step, round(step * ratio))
    factor = "" if relation.factor == 1 else f"{format_number(relation.factor)} times "
    return f": its value at step {in_b} is {factor}that of {a} at step {in_a}"


def _round_below(limit: float) -> int:
    """The largest of 1, 2, 5, 10, 20, ... up to ``limit``; 0 if all are larger."""
    round_numbers = (digit * 10**power for power in range(10) for digit in _ROUND_DIGITS)
    return max((each for each in round_numbers if each <= limit), default=0)


def _cause(relation: Relation, facts: Mapping[int, str]) -> str:
    """The fact, in parentheses, whose number of steps the relation has; empty without one."""
    if relation.kind == "scaled":
        return ""
    ratio = _ratio(relation)
    fact = facts.get(round(ratio)) if abs(ratio - round(ratio)) < 1e-9 * ratio else None
    return "" if fact is None else f" ({fact})"


def _ratio(relation: Relation) -> float:
    """The steps of a shift or a hold, or the ratio of a stretch as a number above 1."""
    if relation.kind == "shifted":
        return abs(relation.shift)
    if relation.kind == "held":
        return abs(relation.hold)
    return max(relation.stretch, 1 / relation.stretch)
