"""The fields that a picture or a table may show."""

from __future__ import annotations

from collections.abc import Iterable

from lrplan.catalog import nearest
from lrplan.errors import UsageError
from lrplan.text_position import printable

_MEANT = {
    "learning_rate": "lr",
    "learning-rate": "lr",
    "rate": "lr",
    "wd": "weight_decay",
    "beta1": "momentum",
    "betas": "momentum",
}


def check_fields(wanted: Iterable[str], known: Iterable[str]) -> None:
    """Refuse fields that no schedule has.

    Raises:
        UsageError: naming the one that was probably meant, or those that there are.
    """
    there = list(dict.fromkeys(known))
    for field in wanted:
        if field in there:
            continue
        meant = _MEANT.get(field.lower()) or nearest(field, there)
        hint = f"did you mean `{meant}`?" if meant in there else f"there is {', '.join(there)}"
        raise UsageError(printable(f"no schedule has the field `{field}`; {hint}"))
