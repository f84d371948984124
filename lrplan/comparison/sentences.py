"""A whole comparison in words: of all groups at once where they are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.comparison.relation_text import describe
from lrplan.text import format_number, join_first, join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lrplan.comparison.compare import Comparison, Difference

_MOST_LISTED = 4
"""Groups listed by name, and different sentences that stand side by side."""


def sentence(comparison: Comparison, a: str = "A", b: str = "B") -> str:
    """Describe in words how the runs differ: all groups at once where they are alike.

    Args:
        comparison: two runs side by side.
        a: what to call the first run.
        b: what to call the second run.
    """
    return ". ".join(_by_field(comparison, a, b)) + "."


def _by_field(comparison: Comparison, a: str, b: str) -> Iterator[str]:
    """A sentence for each field, without its full stop."""
    facts: Mapping[int, str] = {**comparison.b.facts, **comparison.a.facts}
    if not comparison.differences:
        yield f"{a} and {b} have no group in common"
    by_field: dict[str, list[Difference]] = {}
    for each in comparison.differences:
        by_field.setdefault(each.field, []).append(each)
    for field, differences in by_field.items():
        text = _field_text(differences, a, b, facts)
        if field != "lr":
            text = f"{field.replace('_', ' ')}: {text}"
        yield text[:1].upper() + text[1:]


def _field_text(differences: Sequence[Difference], a: str, b: str, facts: Mapping[int, str]) -> str:
    """One sentence where all groups are alike, otherwise one for each kind of groups.

    Groups are put together by the sentence that describes them: where ``body`` and ``neck`` are
    both "B is A times 2" and ``head`` is not, the result is "body and neck: B is A times 2; head:
    A and B are the same".
    """
    by_text: dict[str, list[Difference]] = {}
    for each in differences:
        by_text.setdefault(describe(each.relation, a, b, facts=facts), []).append(each)
    texts = [text + _largest_difference(alike) for text, alike in by_text.items()]
    if len(texts) == 1:
        return texts[0]
    groups = [
        _listed([" = ".join(dict.fromkeys(each.groups)) for each in alike])
        for alike in by_text.values()
    ]
    listed = [f"{names}: {text}" for names, text in zip(groups, texts, strict=True)][:_MOST_LISTED]
    more = len(texts) - len(listed)
    return "; ".join([*listed, *([f"and {more} more groups differ in other ways"] if more else [])])


def _largest_difference(differences: Sequence[Difference]) -> str:
    """The largest difference of curves without a simple relation; empty for all others."""
    worst = max(differences, key=lambda each: each.relative)
    if worst.relation.kind != "unrelated" or worst.worst is None:
        return ""
    if worst.largest == float("inf"):
        return ": one of them is not finite where the other is"
    return f": they differ by up to {format_number(100 * worst.relative, 3)}% of the peak"


def _listed(groups: Sequence[str]) -> str:
    if len(groups) > _MOST_LISTED:
        return join_first(groups, _MOST_LISTED, "group")
    return join_words(groups)
