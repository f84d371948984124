"""Plans of schedulers: those of the catalogue, and the user's own classes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lrplan.plan import SchedulerPlan
from lrplan.specfile.models import SchedulerKeysModel
from lrplan.specfile.problem_scope import child_path
from lrplan.specfile.user_code.rows import scheduler_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrplan.catalog import SchedulerRow
    from lrplan.node import Node
    from lrplan.plan import UserCode
    from lrplan.specfile.arguments import Ticking
    from lrplan.specfile.user_code.arguments import UserArguments


def own_scheduler(
    code: UserCode, reader: UserArguments, node: Node, keys: SchedulerKeysModel, path: str
) -> SchedulerPlan:
    """The plan of one of the user's own classes: what it takes is known when it is loaded."""
    read = {
        key: reader.read(key, value, child_path(path, key))
        for key, value in node.items()
        if key not in SchedulerKeysModel.model_fields
    }
    known = tuple(argument for _, argument in read.values() if argument is not None)
    row = scheduler_row(code.text, known, metric=keys.monitor is not None)
    arguments = {key: value for key, (value, _) in read.items()}
    return replace(scheduler_plan(row, arguments, keys, reader.ticking, path), code=code)


def scheduler_plan(
    row: SchedulerRow,
    arguments: Mapping[str, object],
    keys: SchedulerKeysModel,
    ticking: Ticking,
    path: str,
) -> SchedulerPlan:
    """The plan of a scheduler whose arguments are resolved."""
    return SchedulerPlan(
        type=row.name,
        row=row,
        arguments=arguments,
        interval=ticking.interval,
        frequency=ticking.frequency,
        monitor=keys.monitor,
        groups=ticking.groups,
        name=keys.name,
        path=path,
    )
