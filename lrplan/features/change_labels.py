"""Words for the changes of a curve, shared by tables and the Markdown export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

CHANGE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "top": "turns down",
        "bottom": "turns up",
        "hold": "hold starts",
        "decay": "decay starts",
        "rise": "rise starts",
        "kink": "slope changes",
        "found": "finite again",
    }
)
"""By the kind of a change; a jump and a lost value are worded with their numbers."""

QUARTERS: Mapping[str, float] = MappingProxyType(
    {"25% of the run": 0.25, "50% of the run": 0.5, "75% of the run": 0.75}
)
"""Samples of a smooth curve: words, and the share of the run."""

_IMPLIED: Mapping[str, str] = MappingProxyType(
    {"turns down": "peak", "slope changes": "warm-up ends"}
)


def join_events(words: Sequence[str]) -> str:
    """The events of one step; a word that another one implies is left out.

    A peak is where a curve turns down: ``["peak", "turns down"]`` is ``peak``.
    """
    return ", ".join(word for word in words if _IMPLIED.get(word) not in words)
