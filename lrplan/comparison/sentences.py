"""A whole comparison in words: what differs first, then what is the same, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrplan.comparison.align import lengths
from lrplan.comparison.difference import Comparison, Difference
from lrplan.comparison.relation import TOLERANCE, Relation
from lrplan.comparison.relation_text import describe, scope_text
from lrplan.text import format_number, join_first, join_words, pluralize, quantity
from lrplan.trace import DEFAULT_GROUP

_MOST_LISTED = 4
"""The most groups listed by name, and the most different sentences side by side."""


def sentence(comparison: Comparison, a: str = "A", b: str = "B") -> str:
    """Describe in words how the runs differ: all groups at once if they are alike.

    Args:
        comparison: two runs side by side.
        a: what to call the first run.
        b: what to call the second run.
    """
    texts = [
        *_different(comparison, a, b),
        *_same(comparison, a, b),
        *_unpaired(comparison, a, b),
        *_lengths(comparison, a, b),
        *_tolerance(comparison, a, b),
    ]
    return ". ".join(texts) + "."


def _by_field(differences: Sequence[Difference]) -> dict[str, list[Difference]]:
    by_field: dict[str, list[Difference]] = {}
    for each in differences:
        by_field.setdefault(each.field, []).append(each)
    return by_field


def _different(comparison: Comparison, a: str, b: str) -> Iterator[str]:
    """For each field a sentence for every kind of difference, with the groups that have it."""
    for field, differences in _by_field(comparison.differences).items():
        by_text: dict[str, list[Difference]] = {}
        for each in differences:
            if each.differs:
                by_text.setdefault(_text(each, comparison, a, b), []).append(each)
        for text, alike in [*by_text.items()][:_MOST_LISTED]:
            yield f"{_subject(field, alike, len(differences))}: {text}"
        if len(by_text) > _MOST_LISTED:
            more = [each for alike in [*by_text.values()][_MOST_LISTED:] for each in alike]
            count = quantity(len(more), "more group")
            yield f"{_words(field)} of {count} {pluralize('differs', len(more))} in other ways"


def _text(each: Difference, comparison: Comparison, a: str, b: str) -> str:
    if each.constants is not None and each.field != "lr":
        one, other = each.constants
        # Twelve digits hide a difference in the last bits, which no tolerance is left for.
        texts = [format_number(value, 12) for value in each.constants]
        if texts[0] == texts[1]:
            texts = [repr(one), repr(other)]
        return f"{texts[0]} in {a}, {texts[1]} in {b}"
    if each.first is None:
        return _changed(each) if each.changed else _figures(each, a, b)
    if each.relation.kind == "equal":  # the tolerance is finer than rounding
        share = format_number(100 * each.relative, 3)
        return f"they differ by rounding, by up to {share}% of the peak"
    runs = comparison.b, comparison.a
    text = describe(
        each.relation,
        a,
        b,
        facts={**runs[0].facts, **runs[1].facts},
        ratios={**runs[0].ratios, **runs[1].ratios},
        unit=comparison.align,
    )
    return f"{text}; {_changed(each)}" if each.changed else text


def _changed(each: Difference) -> str:
    """The stretches of steps whose digests differ, although no value that is known does."""
    changed = each.changed or ()
    stretches = [f"in steps {first} to {last}" for first, last in changed[:_MOST_LISTED]]
    text = "by the digests of the lock they differ "
    if len(changed) > _MOST_LISTED:
        return f"{text}in {len(changed)} blocks of steps, first {stretches[0]}"
    return text + join_words(stretches)


def _figures(each: Difference, a: str, b: str) -> str:
    """The key figures of the whole curves that differ, although no value that is known does."""
    name = each.unlike_figures[0]
    one, other = (figures.number(name) or 0.0 for figures in each.figures)
    values = f"{format_number(one, 12)} in {a}, {format_number(other, 12)} in {b}"
    return f"they differ between the steps compared: their {name} is {values}"


def _same(comparison: Comparison, a: str, b: str) -> Iterator[str]:
    """A sentence for each scope that was compared and found to be the same."""
    if not (comparison.differences or comparison.lone_curves):
        yield f"{a} and {b} have no group in common"
        return
    for scope, subjects in _same_by_scope(comparison).items():
        if comparison.differs_in_values:
            yield f"The same {scope}: {', '.join(subjects)}"
        else:
            yield f"{a} and {b} have the same {join_words(subjects)} {scope}"


def _same_by_scope(comparison: Comparison) -> dict[str, list[str]]:
    """The equal curves by the steps at which they were compared: a file may leave some out."""
    by_scope: dict[str, list[str]] = {}
    for field, differences in _by_field(comparison.differences).items():
        alike: dict[str, list[Difference]] = {}
        for each in differences:
            if not each.differs:
                scope = scope_text(each.relation, comparison.align)
                alike.setdefault(scope, []).append(each)
        for scope, same in alike.items():
            by_scope.setdefault(scope, []).append(_subject(field, same, len(differences)))
    for field, compared in comparison.same_fields.items():
        steps = lengths(comparison.a, comparison.b)
        scope = scope_text(Relation(steps=steps, compared=compared), comparison.align)
        by_scope.setdefault(scope, []).append(_words(field))
    return by_scope


def _unpaired(comparison: Comparison, a: str, b: str) -> Iterator[str]:
    """Groups and fields that only one run has."""
    for letter, groups in ((a, comparison.only_a), (b, comparison.only_b)):
        if groups:
            noun = pluralize("group", len(groups))
            yield f"Only {letter} has the {noun} {_listed([_quoted(each) for each in groups])}"
    lone: dict[tuple[str | None, str], list[str]] = {}
    for groups, field, owner in comparison.lone_curves:
        name = " = ".join(dict.fromkeys(map(_quoted, groups)))
        lone.setdefault((owner, field), []).append(name)
    for (side, field), names in lone.items():
        who = {"a": f"Only {a}", "b": f"Only {b}", None: f"Neither {a} nor {b}"}[side]
        yield f"{who} has values of {_words(field)} of {_listed(names)}"
    for letter, fields in ((a, comparison.only_fields[0]), (b, comparison.only_fields[1])):
        if fields:
            yield f"Only {letter} has {join_words([_words(each) for each in fields])}"


def _lengths(comparison: Comparison, a: str, b: str) -> Iterator[str]:
    if not comparison.same_length:
        one, other = comparison.extents
        unit = "epoch" if comparison.align == "epoch" else "step"
        yield f"{a} has {quantity(one, unit)}, {b} has {quantity(other, unit)}"


def _tolerance(comparison: Comparison, a: str, b: str) -> Iterator[str]:
    share = format_number(100 * comparison.tolerance)
    for letter, run in ((a, comparison.a), (b, comparison.b)):
        if comparison.tolerance == run.tolerance > TOLERANCE:
            yield (
                f"Differences of up to {share}% of the peak are ignored:"
                f" {letter} {run.tolerance_reason}"
            )
            return
    if comparison.tolerance > TOLERANCE:
        yield f"Differences of up to {share}% of the peak are ignored"


def _subject(field: str, differences: Sequence[Difference], compared: int) -> str:
    """The field, and its groups if there are several."""
    groups = [" = ".join(dict.fromkeys(map(_quoted, each.groups))) for each in differences]
    everywhere = len(differences) == compared
    if everywhere and (compared > 1 or groups == [_quoted(DEFAULT_GROUP)]):
        return _words(field)
    return f"{_words(field)} of {_listed(groups)}"


def _words(field: str) -> str:
    return field.replace("_", " ")


def _quoted(group: str) -> str:
    return f"`{group}`"


def _listed(groups: Sequence[str]) -> str:
    if len(groups) > _MOST_LISTED:
        return join_first(groups, _MOST_LISTED, "group")
    return join_words(groups)
