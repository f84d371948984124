"""Names of rules as users write them, checked against those that there are."""

from __future__ import annotations

from collections.abc import Sequence

from lrplan.catalog import nearest
from lrplan.errors import UsageError
from lrplan.finding import SPEC_PROBLEMS
from lrplan.lint.registry import all_rules
from lrplan.lint.selection import ALL


def check_names(rules: Sequence[str], origin: str) -> None:
    """Every one of ``rules`` names a rule, or begins the code of one.

    Raises:
        UsageError: one does not; the text gives its place and the nearest name.
    """
    codes = {**{rule.name: rule.code for rule in all_rules().values()}, **SPEC_PROBLEMS}
    for rule in rules:
        is_prefix = any(code.startswith(rule) for code in codes.values())
        if rule != ALL and rule not in codes and not is_prefix:
            hint = nearest(rule, tuple(codes))
            raise UsageError(
                f"{origin}: there is no rule `{rule}`"
                + (f"; did you mean `{hint}`?" if hint else "; `lrplan rules` lists them")
            )
