"""Plans of schedulers: those of the catalogue, and the user's own classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lrplan.catalog import SchedulerRow
from lrplan.node import Node
from lrplan.plan import SchedulerPlan, UserCode
from lrplan.specfile.models import WARMUP, SchedulerKeysModel
from lrplan.specfile.problem_scope import child_path
from lrplan.specfile.scheduler_arguments import SchedulerArgumentReader
from lrplan.specfile.user_code.arguments import UserArgumentReader
from lrplan.specfile.user_code.rows import scheduler_row


def user_scheduler_plan(
    code: UserCode, reader: UserArgumentReader, node: Node, keys: SchedulerKeysModel, path: str
) -> SchedulerPlan:
    """The plan of one of the user's own classes; its signature is checked when it is loaded.

    ``warmup`` is an argument of the class: nobody knows which lr a warm-up would lead to.
    """
    values = {
        key: reader.read(key, value, child_path(path, key))
        for key, value in node.items()
        if key == WARMUP or key not in SchedulerKeysModel.model_fields
    }
    typed = tuple(argument for _, argument in values.values() if argument is not None)
    row = scheduler_row(code.text, typed, metric=keys.monitor is not None)
    arguments = {key: value for key, (value, _) in values.items()}
    return replace(scheduler_plan(row, arguments, keys, reader.resolver, path), code=code)


def scheduler_plan(
    row: SchedulerRow,
    arguments: Mapping[str, object],
    keys: SchedulerKeysModel,
    reader: SchedulerArgumentReader,
    path: str,
) -> SchedulerPlan:
    """The plan of a scheduler whose arguments are resolved."""
    return SchedulerPlan(
        type=row.name,
        row=row,
        arguments=arguments,
        interval=reader.interval,
        frequency=reader.frequency,
        monitor=keys.monitor,
        groups=reader.groups,
        name=keys.name,
        path=path,
    )
