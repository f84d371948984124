"""Lengths of a schedule in ticks, as tables and exports show them."""

from __future__ import annotations

from lrplan.plan import SchedulerPlan
from lrplan.specfile.expressions.expression import Expression
from lrplan.specfile.problem_scope import child_path


def resolved_lengths(schedulers: tuple[SchedulerPlan, ...]) -> dict[str, object]:
    """Every argument that counts ticks, by its path in the scheduler: ``schedulers[0].T_max``.

    Expressions that name lengths are among them, as texts with numbers in place of those.
    """
    lengths: dict[str, object] = {}
    for index, top in enumerate(schedulers):
        prefix = "" if len(schedulers) == 1 else top.name or f"[{index}]"
        for scheduler in top.walk():
            for argument in scheduler.row.arguments:
                value = scheduler.arguments.get(argument.name)
                if argument.kind == "expression":
                    value = _texts(value)
                elif argument.kind not in ("duration", "durations", "points"):
                    continue
                if value is not None:
                    inner = scheduler.path_of(argument.name).removeprefix(top.path).lstrip(".")
                    # The length of a `warmup` is the milestone of a sequence, too: [500], then 500.
                    lengths[child_path(prefix, inner)] = value
    return lengths


def _texts(value: object) -> object:
    """Expressions as texts, if there was a length in any of them."""
    found = value if isinstance(value, list) else [value]
    if not any(isinstance(each, Expression) and each.has_lengths for each in found):
        return None
    texts = [each.text for each in found if isinstance(each, Expression)]
    return texts if isinstance(value, list) else texts[0]
