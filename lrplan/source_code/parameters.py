"""The parameters of a function of a script, with what a call gives them."""

from __future__ import annotations

import ast

from lrplan.source_code.expressions import evaluate
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.options import as_option
from lrplan.source_code.values import DictValue, Function, Scope, Sequence, Value


def bind_parameters(
    interpreter: Interpreter,
    function: Function,
    parameters: ast.arguments,
    positional: list[Value],
    named: dict[str, Value],
    scope: Scope,
) -> None:
    """Bind the parameters of ``function`` in ``scope``: to what is given, else to defaults."""
    names = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
    is_static = _is_static(function)
    given = list(positional)
    if function.owner is not None and not is_static:
        given.insert(0, function.owner)
    defaults = dict(zip(reversed(names), reversed(parameters.defaults), strict=False))
    defaults |= {
        each.arg: default
        for each, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
        if default is not None
    }
    for name in (*names, *(each.arg for each in parameters.kwonlyargs)):
        default = defaults.get(name)
        if default is None:
            scope.names[name] = Value(name)
        else:
            held = evaluate(interpreter, default, function.scope or interpreter.globals)
            scope.names[name] = as_option(held, name) if not named and not given else held
    scope.names.update(zip(names, given, strict=False))
    known = {*names, *(each.arg for each in parameters.kwonlyargs)}
    scope.names.update({name: value for name, value in named.items() if name in known})
    if parameters.vararg is not None:
        rest = Sequence(items=given[len(names) :])
        scope.names[parameters.vararg.arg] = rest
    if parameters.kwarg is not None:
        others = {name: value for name, value in named.items() if name not in known}
        scope.names[parameters.kwarg.arg] = DictValue(items=others)


def _is_static(function: Function) -> bool:
    decorators = getattr(function.node, "decorator_list", [])
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in decorators)
