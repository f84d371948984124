"""Multiples such as ``eta_min: 0.01x`` where the class itself takes one number for all groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lrplan.catalog import SchedulerRow
from lrplan.node import Node
from lrplan.specfile.problem_scope import child_path
from lrplan.specfile.scheduler_arguments import SchedulerArgumentReader
from lrplan.text import join_words


def row_per_group(
    row: SchedulerRow,
    arguments: Mapping[str, object],
    node: Node,
    reader: SchedulerArgumentReader,
    path: str,
) -> SchedulerRow:
    """``row``, or that of the class which takes a number per group where ``arguments`` need it.

    ``eta_min: 0.01x`` for groups of 0.1 and 0.01 is the list [0.001, 0.0001]. torch's
    CosineAnnealingLR takes one ``eta_min``, so lrplan's subclass takes its place. Where there is no
    such class, the list is reported.
    """
    names = [
        each.name
        for each in row.arguments
        if each.kind == "number"
        and not each.per_group
        and isinstance(arguments.get(each.name), list)
    ]
    if not names:
        return row
    if row.per_group_class:
        taken = (
            replace(each, per_group=True) if each.name in names else each for each in row.arguments
        )
        return replace(row, path=row.per_group_class, arguments=tuple(taken))
    for name in names:
        lrs = dict.fromkeys(f"{reader.driven.lr_of(group):g}" for group in reader.groups)
        message = (
            f"`{name}` of {row.name} is one number for all groups, and their learning rates differ:"
            f" {join_words(list(lrs))}"
        )
        fix = "write a number, or a scheduler for each learning rate, with `groups: [NAME]`"
        own = node.get(name) or node
        reader.scope.problem_at_value("bad-value", own, child_path(path, name), message, fix)
    return row
