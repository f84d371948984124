"""A relation between two curves as a sentence, which names the steps that each part is true of."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from lrplan.comparison.align import Align
from lrplan.comparison.relation import Part, Relation
from lrplan.comparison.transform import Transform
from lrplan.text import format_number, quantity

_NO_FACTS: Mapping[int, str] = MappingProxyType({})
_ROUND_DIGITS = (1, 2, 5)
_LARGEST_DENOMINATOR = 100
_NUMBER_WORDS = MappingProxyType({1: "one step", 2: "two steps", 3: "three steps"})
_ON_STEP = 1e-6
_SMALL = 0.01
_FEW_STEPS = 3


def describe(
    relation: Relation,
    a: str = "A",
    b: str = "B",
    *,
    facts: Mapping[int, str] = _NO_FACTS,
    ratios: Mapping[int, str] = _NO_FACTS,
    unit: Align = "step",
) -> str:
    """The relation as a sentence without a full stop; its parts in order, with semicolons.

    Args:
        relation: the relation of curve ``b`` to curve ``a``.
        a: the name of the first curve.
        b: the name of the second curve.
        facts: numbers of the runs and what they are, such as ``{100: "an epoch has 100 steps"}``;
            the one that equals a shift, a stair or a stretch is named as its likely cause.
        ratios: such numbers that are not lengths; they explain a stretch only.
        unit: what the places of the parts are: steps, epochs, or shares of the run.
    """
    if not relation.parts:
        same = relation.kind == "equal"
        return "neither has a step" if same else f"{a} and {b} have no step in common"
    if relation.kind == "unrelated":
        (part,) = relation.parts
        text = f"{_range(part, unit)} {_difference(part, unit)}{_points(relation, unit)}"
        return f"no simple relation between {a} and {b} was found: {text}"
    if throughout := _throughout(relation, a, b):
        scope = scope_text(relation, unit)
        return f"{throughout} {scope}" if scope.startswith("at ") else f"{scope} {throughout}"
    stated = [part for part in relation.parts if not _is_negligible(part, relation)]
    texts = (f"{_range(part, unit)} {_part(part, a, b, facts, ratios, unit)}" for part in stated)
    text = "; ".join(texts)
    return text + _points(relation, unit)


def scope_text(relation: Relation, unit: Align = "step") -> str:
    """The steps at which both curves were compared: ``at every step``, or which."""
    if unit != "step":
        return f"at the {quantity(relation.compared, 'point')} compared"
    if not _is_complete(relation):
        return f"at the {quantity(relation.compared, 'step')} compared"
    one, other = relation.steps
    return "at every step" if one == other else _steps(0, min(one, other) - 1)


def _points(relation: Relation, unit: Align) -> str:
    """The number of points compared, in parentheses; empty if it is every step."""
    if unit != "step":
        return f" ({quantity(relation.compared, 'point')} compared)"
    return "" if _is_complete(relation) else f" ({quantity(relation.compared, 'step')} compared)"


def _is_complete(relation: Relation) -> bool:
    return relation.compared >= min(relation.steps)


def _throughout(relation: Relation, a: str, b: str) -> str:
    """A transform that compares equal steps and holds at all of them; empty without one."""
    transform = relation.transform if len(relation.parts) == 1 else None
    return (
        describe_transform(transform, a, b)
        if transform and transform.kind in ("equal", "scaled")
        else ""
    )


def _is_negligible(part: Part, relation: Relation) -> bool:
    """Return True for the few steps of a shift that have no counterpart, if little differs there.

    A cosine that is one step late has nothing to be compared with at step 0. What it has there is
    given only if it is far off.
    """
    transform = relation.transform
    if not part.has_no_counterpart or transform is None or transform.kind != "shifted":
        return False
    return part.largest < _SMALL and part.last - part.first < _FEW_STEPS


def _range(part: Part, unit: Align) -> str:
    if unit == "step":
        return _steps(part.first, part.last)
    if unit == "epoch":
        first, end = format_number(part.first), format_number(part.last)
        return f"at epoch {first}" if first == end else f"in epochs {first} to {end}"
    first, end = (f"{format_number(100 * share, 4)}%" for share in (part.first, part.last))
    return f"at {first} of the run" if first == end else f"from {first} to {end} of the run"


def _steps(first: float, last: float) -> str:
    return f"at step {first:.0f}" if first == last else f"in steps {first:.0f} to {last:.0f}"


def _part(
    part: Part, a: str, b: str, facts: Mapping[int, str], ratios: Mapping[int, str], unit: Align
) -> str:
    if part.transform is None:
        return _difference(part, unit)
    text = describe_transform(part.transform, a, b)
    if part.transform.kind == "stretched":
        text += _example(part, part.transform, a)
        # A shift of 4 steps has nothing to do with the 4 batches of a step.
        facts = {**ratios, **facts}
    return text + _cause(part.transform, facts)


def _difference(part: Part, unit: Align) -> str:
    place = {
        "step": f"step {part.worst:.0f}",
        "epoch": f"epoch {format_number(part.worst or 0.0)}",
        "progress": f"{format_number(100 * (part.worst or 0.0), 4)}% of the run",
    }[unit]
    if part.largest == float("inf"):
        return _lone_numbers(part, place, "step" if unit == "step" else "point")
    size = f"{format_number(100 * part.largest, 3)}% of the peak"
    if part.first == part.last:
        return f"they differ by {size}"
    return f"they differ by up to {size}, most at {place}"


def _lone_numbers(part: Part, place: str, noun: str) -> str:
    """A phrase for a part in which only one curve is finite; ``place`` is the first such step."""
    text = "only one of them is a finite number"
    if part.one_sided_points == part.points:
        return text
    where = (
        place
        if part.one_sided_points == 1
        else f"{quantity(part.one_sided_points, noun)}, first at {place},"
    )
    return f"they differ, and at {where} {text}"


def describe_transform(transform: Transform, a: str = "A", b: str = "B") -> str:
    """A transform in words, without the steps at which it holds."""
    times = "" if transform.factor == 1 else _times(transform.factor)
    if transform.kind == "equal":
        return f"{a} and {b} are the same"
    if transform.kind == "scaled":
        return f"{b} is {a} {times}"
    if transform.kind == "shifted":
        count = abs(transform.shift)
        late = "later" if transform.shift > 0 else "earlier"
        steps = _NUMBER_WORDS.get(count, quantity(count, "step"))
        return f"{b} is {a} {steps} {late}" + (f", {times}" if times else "")
    if transform.kind == "held":
        slow, fast = (b, a) if transform.hold > 0 else (a, b)
        return (
            f"{slow} changes only every {abs(transform.hold)} steps, to the value {fast} has then"
        )
    ratio = max(transform.stretch, 1 / transform.stretch)
    pace = f"{format_number(ratio, 4)} times {'slower' if transform.stretch > 1 else 'faster'}"
    text = f"{b} is {a} {times}, {pace}" if times else f"{b} follows {a} {pace}"
    return text + _start(transform, a, b)


def _times(factor: float) -> str:
    """A factor in six digits, or in as many as show that it is not 1."""
    digits = (6, 9, 12, 17)
    texts = (format_number(factor, each) for each in digits)
    return "times " + next((text for text in texts if float(text) != 1), repr(factor))


def _start(transform: Transform, a: str, b: str) -> str:
    if transform.start == (0, 0):
        return ""
    one, other = transform.start
    if one == other:
        return f", counted from step {one}"
    return f", counted from step {one} of {a} and step {other} of {b}"


def _example(part: Part, transform: Transform, a: str) -> str:
    """A round step of one curve, and the step of the other that has the same value.

    For a stretch of 10/9: steps that fall on each other exactly are multiples of 9 in ``a``, of
    which 9 * 50 = 450 is the largest with a round multiplier (1, 2, 5, 10, 20, 50, ...): "its value
    at step 500 is that of A at step 450".
    """
    slow = transform.stretch > 1
    ratio = transform.stretch if slow else 1 / transform.stretch
    # Steps of the faster curve, counted from the start of the transform.
    steps = part.last - transform.start[1]
    last = steps / ratio if slow else steps
    unit = Fraction(ratio).limit_denominator(_LARGEST_DENOMINATOR).denominator
    step = unit * _round_below(last / unit)
    partner = round(step * ratio)
    if not step or abs(partner - step * ratio) > _ON_STEP:
        return ""
    in_a, in_b = (step, partner) if slow else (partner, step)
    in_a, in_b = in_a + transform.start[0], in_b + transform.start[1]
    if in_b < part.first:
        return ""
    factor = (
        "" if transform.factor == 1 else f"{_times(transform.factor).removeprefix('times ')} times "
    )
    return f": its value at step {in_b} is {factor}that of {a} at step {in_a}"


def _round_below(limit: float) -> int:
    """The largest of 1, 2, 5, 10, 20, ... up to ``limit``; 0 if all are larger."""
    round_numbers = (digit * 10**power for power in range(10) for digit in _ROUND_DIGITS)
    return max((each for each in round_numbers if each <= limit), default=0)


def _cause(transform: Transform, facts: Mapping[int, str]) -> str:
    """The fact, in parentheses, whose number of steps the transform has; empty without one."""
    ratio = {
        "shifted": abs(transform.shift),
        "held": abs(transform.hold),
        "stretched": max(transform.stretch, 1 / transform.stretch),
    }.get(transform.kind, 0)
    fact = facts.get(round(ratio)) if abs(ratio - round(ratio)) < 1e-9 * ratio else None
    return "" if fact is None else f" ({fact})"
