"""The parameter groups that an optimizer of a script is made with."""

from __future__ import annotations

from lrplan.schedule_code.model import CodeValue
from lrplan.source_code.call import Call
from lrplan.source_code.describe import code_value
from lrplan.source_code.machine import Machine
from lrplan.source_code.values import Dataset, Parameters, Sequence, Table, Value


def groups_of(machine: Machine, made: Call) -> tuple[dict[str, CodeValue], ...] | None:
    """The options of each group that is passed to an optimizer.

    Empty where all parameters are one group, as with ``model.parameters()``; None where the groups
    are not known.
    """
    params = made.argument(0, "params")
    if isinstance(params, Parameters):
        return ()
    if not isinstance(params, Sequence) or not params.complete or not params.items:
        return None
    if all(isinstance(each, (Parameters, Dataset)) for each in params.items):
        return ()
    tables = [each for each in params.items if isinstance(each, Table)]
    if len(tables) < len(params.items) or any(each.is_open for each in tables):
        return None
    return tuple(_options(machine, made, each) for each in tables)


def _options(machine: Machine, made: Call, table: Table) -> dict[str, CodeValue]:
    return {
        name: code_value(machine, table.nodes.get(name, made.node), value)
        for name, value in table.items.items()
        if name != "params"
    }


def joined_parameters(values: list[Value]) -> Parameters | None:
    """The value of ``chain(a.parameters(), b.parameters())``; None where one is something else."""
    are_parameters = bool(values) and all(isinstance(each, Parameters) for each in values)
    return Parameters() if are_parameters else None
