"""Follows the statements of a script."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Many

from lrplan.schedule_code.model import Node, SomeIterations
from lrplan.source_code.assignments import assign, assign_augmented, bind_target, delete
from lrplan.source_code.conditions import Truth, truth
from lrplan.source_code.definitions import define_class, define_function, import_names
from lrplan.source_code.expressions import defaults_of, evaluate
from lrplan.source_code.imports import bind_imports
from lrplan.source_code.interpreter import MAX_DEPTH, Interpreter
from lrplan.source_code.loops import (
    LoopReading,
    begin_loop,
    end_loop,
    has_epochs,
    rounds_of_while,
)
from lrplan.source_code.options import as_option
from lrplan.source_code.parameters import bind_parameters
from lrplan.source_code.plain_values import code_value
from lrplan.source_code.relevance import binds, is_relevant, only_leaves
from lrplan.source_code.unknown_calls import escape
from lrplan.source_code.values import (
    Constant,
    Function,
    Iterations,
    Name,
    Number,
    Scope,
    Value,
)


class ReturnError(Exception):
    """A function returns ``value``."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


def run_block(interpreter: Interpreter, statements: Many[ast.stmt], scope: Scope) -> None:
    """Follow ``statements`` in their order.

    Raises:
        ReturnError: one of them returns from the function.
    """
    for index, statement in enumerate(statements):
        interpreter.count()
        if isinstance(statement, ast.If):
            # `if i % 4: continue` at the top of a loop is `if i % 4 == 0:` around all that follows.
            # It is read as that, so that the steps behind it have their cadence; the guard alone
            # does nothing.
            rest = _skips_rest(interpreter, statement, scope)
            if rest is not None:
                _run_sometimes(interpreter, rest, [], statements[index + 1 :], scope)
                return
        handler = _HANDLERS.get(type(statement))
        if handler is not None:
            handler(interpreter, statement, scope)


def _skips_rest(interpreter: Interpreter, statement: ast.If, scope: Scope) -> Truth | None:
    """The rounds in which ``if i % k: continue`` skips what follows; None for other statements."""
    body = statement.body
    if len(body) == 1 and isinstance(body[0], ast.Continue) and not statement.orelse:
        known = truth(interpreter, statement.test, scope, evaluate)
        return known if known.when in {"every", "first", "not_first"} else None
    return None


def _run_sometimes(
    interpreter: Interpreter,
    known: Truth,
    body: Many[ast.stmt],
    otherwise: Many[ast.stmt],
    scope: Scope,
) -> None:
    """Follow both branches of a condition that holds in some rounds of a loop."""
    branches: list[tuple[Node, ...]] = []
    for statements in (otherwise, body) if known.negated else (body, otherwise):
        with interpreter.inside() as nodes:
            # What returns in some rounds ends the loop there; the others continue.
            with contextlib.suppress(ReturnError):
                run_block(interpreter, statements, scope)
            branches.append(tuple(nodes))
    if branches[0] or branches[1]:
        count = None
        if known.count is not None and known.count_node is not None:
            count = code_value(interpreter, known.count_node, known.count)
        node = SomeIterations(
            when=known.when or "every",
            loop=known.loop,
            body=branches[0],
            otherwise=branches[1],
            count=count,
            offset=known.offset,
            also_last=known.also_last,
            counted_by_hand=known.by_hand,
        )
        interpreter.nodes.append(node)


def _if(interpreter: Interpreter, statement: ast.If, scope: Scope) -> None:
    known = truth(interpreter, statement.test, scope, evaluate)
    if known.value is not None:
        run_block(interpreter, statement.body if known.value else statement.orelse, scope)
    elif known.when is not None:
        _run_sometimes(interpreter, known, statement.body, statement.orelse, scope)
    else:
        _choose(interpreter, statement, known, scope)


def _choose(interpreter: Interpreter, statement: ast.If, known: Truth, scope: Scope) -> None:
    body, orelse = statement.body, statement.orelse
    relevant = is_relevant(body), is_relevant(orelse)
    # `if not torch.cuda.is_available(): sys.exit(1)` or `if loss.isnan(): break` is a way out that
    # says nothing about schedules: the way on is followed, and no second way is spent on it. Ways
    # are few, and each condition in which nothing happens would use one up.
    if only_leaves(body) and not relevant[0]:
        interpreter.leave(body[-1])
        run_block(interpreter, orelse, scope)
        return
    default = 0 if known.default else 1
    if not any(relevant):
        default = 0 if known.default or not orelse else 1
    if not any(relevant) and not (interpreter.choices.of_values and binds((*body, *orelse))):
        # Neither branch does anything to schedules, but names that they bind may matter.
        run_block(interpreter, orelse if default else body, scope)
        return
    taken = interpreter.choices.take(interpreter.text(statement.test), 2, default)
    if taken == 0 and known.symbol:
        interpreter.assumed[known.symbol] = known.constant
    run_block(interpreter, body if taken == 0 else orelse, scope)


def _for(interpreter: Interpreter, statement: ast.For | ast.AsyncFor, scope: Scope) -> None:
    source = evaluate(interpreter, statement.iter, scope)
    reading = begin_loop(interpreter, statement, source, scope)
    if reading.items is not None:
        begin = len(interpreter.nodes)
        for item in reading.items:
            bind_target(interpreter, statement.target, item, scope)
            run_block(interpreter, statement.body, scope)
            if has_epochs(interpreter.nodes[begin:]):
                break  # a run for each item, such as a fold: one of them is enough
        interpreter.loops = interpreter.loops[:-1]
        return
    _loop_body(interpreter, statement, reading, scope)
    run_block(interpreter, statement.orelse, scope)


def _while(interpreter: Interpreter, statement: ast.While, scope: Scope) -> None:
    rounds = Iterations(length=rounds_of_while(interpreter, statement, scope))
    reading = begin_loop(interpreter, statement, rounds, scope)
    evaluate(interpreter, statement.test, scope)
    _loop_body(interpreter, statement, reading, scope)


def _loop_body(
    interpreter: Interpreter,
    statement: ast.For | ast.AsyncFor | ast.While,
    reading: LoopReading,
    scope: Scope,
) -> None:
    interpreter.repeated.append((scope, frozenset(scope.names)))
    with interpreter.inside() as nodes:
        if not isinstance(statement, ast.While):
            bind_target(interpreter, statement.target, reading.element, scope)
        with contextlib.suppress(ReturnError):
            run_block(interpreter, statement.body, scope)
    interpreter.repeated.pop()
    end_loop(interpreter, reading, nodes)


def _with(interpreter: Interpreter, statement: ast.With | ast.AsyncWith, scope: Scope) -> None:
    for item in statement.items:
        held = evaluate(interpreter, item.context_expr, scope)
        if item.optional_vars is not None:
            bind_target(interpreter, item.optional_vars, held, scope)
    run_block(interpreter, statement.body, scope)


def _try(interpreter: Interpreter, statement: ast.Try, scope: Scope) -> None:
    try:
        run_block(interpreter, statement.body, scope)
    finally:
        run_block(interpreter, statement.orelse, scope)
        run_block(interpreter, statement.finalbody, scope)
    caught = statement.handlers[0].body if statement.handlers else []
    if interpreter.choices.of_values and binds(caught):
        # Whether something is installed, say: the values are those without an error.
        error = f"an error in line {interpreter.place(statement).line}"
        if interpreter.choices.take(error, 2, 1) == 0:
            run_block(interpreter, caught, scope)
    for handler in statement.handlers:
        for each in handler.body:
            # A name of an import that fails: `LRScheduler` of torch, whatever it is called.
            if isinstance(each, (ast.Import, ast.ImportFrom)):
                import_names(each, scope, fallback=True)


def _expression(interpreter: Interpreter, statement: ast.Expr, scope: Scope) -> None:
    evaluate(interpreter, statement.value, scope)


def _return(interpreter: Interpreter, statement: ast.Return, scope: Scope) -> None:
    value = Constant(value=None)
    raise ReturnError(
        value if statement.value is None else evaluate(interpreter, statement.value, scope)
    )


def _assign(interpreter: Interpreter, statement: ast.Assign, scope: Scope) -> None:
    value = evaluate(interpreter, statement.value, scope)
    for target in statement.targets:
        assign(interpreter, target, value, scope, statement)


def _assign_annotated(interpreter: Interpreter, statement: ast.AnnAssign, scope: Scope) -> None:
    if statement.value is not None:
        value = evaluate(interpreter, statement.value, scope)
        assign(interpreter, statement.target, value, scope, statement)


def _assign_augmented(interpreter: Interpreter, statement: ast.AugAssign, scope: Scope) -> None:
    assign_augmented(interpreter, statement, scope)


def _match(interpreter: Interpreter, statement: ast.Match, scope: Scope) -> None:
    evaluate(interpreter, statement.subject, scope)
    if statement.cases:
        key = f"match {interpreter.text(statement.subject)}"
        taken = interpreter.choices.take(key, len(statement.cases), 0)
        run_block(interpreter, statement.cases[taken].body, scope)


def _global(_interpreter: Interpreter, statement: ast.Global | ast.Nonlocal, scope: Scope) -> None:
    scope.shared |= set(statement.names)


def _raise(interpreter: Interpreter, statement: ast.Raise, scope: Scope) -> None:
    """Nothing: what raises an error is not followed further, and what comes after is."""


def call_function(
    interpreter: Interpreter, function: Function, positional: list[Value], named: dict[str, Value]
) -> Value:
    """Follow a call of a function of the script; return what it gives."""
    node = function.node
    # A function that calls itself would be followed for ever, so what it is given counts as handed
    # to code that is not read.
    if node is None or node in interpreter.running or interpreter.depth >= MAX_DEPTH:
        for each in (*positional, *named.values()):
            escape(each)
        return Value()
    scope = Scope(outer=function.scope)
    bind_parameters(interpreter, function, node.args, positional, named, scope)
    interpreter.depth += 1
    interpreter.running.append(node)
    loops = interpreter.loops
    try:
        if isinstance(node, ast.Lambda):
            return evaluate(interpreter, node.body, scope)
        run_block(interpreter, node.body, scope)
    except ReturnError as error:
        return error.value
    finally:
        interpreter.depth -= 1
        interpreter.running.pop()
        interpreter.loops = loops
    return Value()


def _leave(interpreter: Interpreter, statement: ast.stmt, _scope: Scope) -> None:
    """``break`` or ``continue``: the loop or a round of it may end here."""
    interpreter.leave(statement)


def _define_class(interpreter: Interpreter, statement: ast.ClassDef, scope: Scope) -> None:
    bases = [evaluate(interpreter, each, scope) for each in statement.bases]
    made = define_class(statement, bases, scope)
    inner = Scope(outer=scope)
    for each in statement.body:
        if isinstance(each, ast.FunctionDef):
            made.members[each.name] = Function(each.name, node=each, scope=scope)
        elif isinstance(each, (ast.Assign, ast.AnnAssign)):
            run_block(interpreter, [each], inner)
    for name, value in inner.names.items():
        # A field of a config class is an option: `epochs: int = 90`.
        symbol = f"{statement.name}.{name}"
        is_plain = isinstance(value, (Number, Constant)) and not isinstance(value, Name)
        made.members.setdefault(name, as_option(value, symbol) if is_plain else value)


def _define_function(
    interpreter: Interpreter, statement: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope
) -> None:
    define_function(statement, scope, defaults_of(interpreter, statement.args, scope))


def _import(interpreter: Interpreter, statement: ast.Import | ast.ImportFrom, scope: Scope) -> None:
    bind_imports(interpreter, statement, scope, run_block)


_HANDLERS: Mapping[type[ast.stmt], Callable[..., None]] = {
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.Expr: _expression,
    ast.Return: _return,
    ast.Assign: _assign,
    ast.AnnAssign: _assign_annotated,
    ast.AugAssign: _assign_augmented,
    ast.Delete: delete,
    ast.Match: _match,
    ast.Break: _leave,
    ast.Continue: _leave,
    ast.Global: _global,
    ast.Nonlocal: _global,
    ast.ClassDef: _define_class,
    ast.FunctionDef: _define_function,
    ast.AsyncFunctionDef: _define_function,
    ast.Import: _import,
    ast.ImportFrom: _import,
}
