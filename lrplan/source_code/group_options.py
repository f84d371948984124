"""The parameter groups that an optimizer of a script is made with."""

from __future__ import annotations

from lrplan.schedule_code.model import CodeValue
from lrplan.source_code.call import Call
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.plain_values import code_value
from lrplan.source_code.values import Dataset, DictValue, Parameters, Sequence, Value


def groups_of(interpreter: Interpreter, call: Call) -> tuple[dict[str, CodeValue], ...] | None:
    """The options of each group that is passed to an optimizer.

    Empty where all parameters are one group, as with ``model.parameters()``; None where the groups
    are not known.
    """
    params = call.argument(0, "params")
    if isinstance(params, Parameters):
        return ()
    if not isinstance(params, Sequence) or not params.complete or not params.items:
        return None
    if all(isinstance(each, (Parameters, Dataset)) for each in params.items):
        return ()
    tables = [each for each in params.items if isinstance(each, DictValue)]
    if len(tables) < len(params.items) or any(each.is_open for each in tables):
        return None
    return tuple(_options(interpreter, call, each) for each in tables)


def _options(interpreter: Interpreter, call: Call, table: DictValue) -> dict[str, CodeValue]:
    return {
        name: code_value(interpreter, table.nodes.get(name, call.node), value)
        for name, value in table.items.items()
        if name != "params"
    }


def joined_parameters(values: list[Value]) -> Parameters | None:
    """The value of ``chain(a.parameters(), b.parameters())``; None where one is something else."""
    are_parameters = bool(values) and all(isinstance(each, Parameters) for each in values)
    return Parameters() if are_parameters else None
