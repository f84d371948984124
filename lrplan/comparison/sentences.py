"""A whole comparison in words: of all groups at once where they are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.comparison.relation_text import describe
from lrplan.text import format_number, join_first, join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lrplan.comparison.compare import Comparison, Difference

_MOST_TOLD = 4


def sentences(comparison: Comparison, a: str, b: str) -> Iterator[str]:
    """A sentence for each field, without its full stop; ``a`` and ``b`` are the runs' names."""
    facts: Mapping[int, str] = {**comparison.b.facts, **comparison.a.facts}
    if not comparison.differences:
        yield f"{a} and {b} have no group in common"
    by_field: dict[str, list[Difference]] = {}
    for each in comparison.differences:
        by_field.setdefault(each.field, []).append(each)
    for field, differences in by_field.items():
        told = _told(differences, a, b, facts)
        if field != "lr":
            told = f"{field.replace('_', ' ')}: {told}"
        yield told[:1].upper() + told[1:]


def _told(differences: Sequence[Difference], a: str, b: str, facts: Mapping[int, str]) -> str:
    """One sentence where all groups are alike, otherwise what is said of which of them."""
    alike: dict[str, list[Difference]] = {}
    for each in differences:
        alike.setdefault(describe(each.relation, a, b, facts=facts), []).append(each)
    parts = [told + _how_much(same) for told, same in alike.items()]
    if len(parts) == 1:
        return parts[0]
    whose = [
        _listed([" = ".join(dict.fromkeys(x.groups)) for x in same]) for same in alike.values()
    ]
    shown = [f"{groups}: {told}" for groups, told in zip(whose, parts, strict=True)][:_MOST_TOLD]
    more = len(parts) - len(shown)
    return "; ".join([*shown, *([f"and {more} more groups differ in other ways"] if more else [])])


def _how_much(differences: Sequence[Difference]) -> str:
    """By how much curves differ that nothing simple relates."""
    worst = max(differences, key=lambda each: each.relative)
    if worst.relation.kind != "unrelated" or worst.worst is None:
        return ""
    if worst.largest == float("inf"):
        return ": one of them is no number where the other is"
    return f": they differ by up to {format_number(100 * worst.relative, 3)}% of the peak"


def _listed(groups: Sequence[str]) -> str:
    if len(groups) > _MOST_TOLD:
        return join_first(groups, _MOST_TOLD, "group")
    return join_words(groups)
