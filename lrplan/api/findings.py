"""A list of findings with a readable ``repr``, shown as a table in notebooks."""

from __future__ import annotations

from collections import Counter

from lrplan.finding import Finding
from lrplan.text import quantity


class Findings(list[Finding]):
    """Findings in the order of the file: a list, with a short text and a table for notebooks."""

    def __repr__(self) -> str:
        counts = Counter(each.severity for each in self)
        numbers = ", ".join(
            quantity(counts[severity], severity.value)
            for severity in sorted(counts, key=lambda each: each.rank)
        )
        lines = (f"  {each.severity.value}: {each}" for each in self)
        return "\n".join([f"Findings({numbers or 'none'})", *lines])

    def _repr_html_(self) -> str:
        from lrplan.api.html import findings_html

        return findings_html(self)
