"""The interpreter state on one path through a script: objects made, and calls recorded.

At a condition whose value is not known, one branch is taken and the choice noted; ``reader`` then
reads the script again with each choice made differently. A script, and what is recorded of it::

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)    optimizer_made 0
    scheduler = StepLR(optimizer, args.step_size)              scheduler_made 0, step_size unknown
    for epoch in range(90):                                    Loop of 90 epochs:
        optimizer.step()                                           optimizer_step 0
        if args.decay:                                             `args.decay` noted as true
            scheduler.step()                                       scheduler_tick 0

On the second path, `args.decay` is false, and the loop has no tick. Each path is a ``CodePath``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from lrplan.schedule_code.model import Action, CodeValue, LightningScheduler, Node
from lrplan.source_code.modules import Modules
from lrplan.source_code.values import (
    Function,
    Optimizer,
    Scheduler,
    Scope,
    Value,
)
from lrplan.text_position import TextPosition

MAX_STATEMENTS = 4_000
"""Statements that are followed on one path through a script; what comes after is left out."""
MAX_DEPTH = 12
"""Calls inside calls that are followed."""
MAX_OBJECTS = 100
"""Optimizers, and schedulers, of one path through a script."""


FormulaRead: TypeAlias = tuple[ast.expr, Scope, object]
"""A name in a function, where it is looked up, and the value that it had."""


class ScriptTooLongError(Exception):
    """The script is longer than is read."""


@dataclass(slots=True)
class Choices:
    """The branches to take at conditions whose value is not known."""

    made: dict[str, int] = field(default_factory=dict)
    """The branches to take, by the text of the condition; others take their default."""
    met: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Every condition that was met: the number of its branches, and the one that was taken."""
    of_values: bool = False
    """Conditions count in whose branches nothing but values of names is decided."""

    def outcomes(self) -> list[str]:
        """The conditions that were met, with the branch that was taken."""
        words = {0: "is true", 1: "is false"}
        return [
            f"`{key}` {words[taken]}" if branches == 2 else f"case {taken + 1} of `{key}` is taken"
            for key, (branches, taken) in self.met.items()
        ]

    def take(self, key: str, branches: int, default: int) -> int:
        """The branch to take."""
        # A condition is known by its text, so `if args.amp:` at the start of a script and again in
        # its loop takes the same branch both times: otherwise a path would make a scaler and
        # not use it. The first answer holds for the whole way; one of another number of branches is
        # another condition.
        taken = self.made.get(key, default)
        taken = taken if taken < branches else default
        self.met.setdefault(key, (branches, taken))
        return self.met[key][1] if self.met[key][0] == branches else taken


@dataclass(slots=True)
class Interpreter:
    """Follows a script and collects what it does."""

    modules: Modules
    choices: Choices
    call_function: Callable[[Interpreter, Function, list[Value], dict[str, Value]], Value]
    value_of: Callable[[Interpreter, ast.expr, Scope], Value]
    globals: Scope = field(default_factory=Scope)
    scopes: dict[str, Scope] = field(default_factory=dict)
    """The names of the modules of other files that were imported."""
    optimizers: list[Optimizer] = field(default_factory=list)
    schedulers: list[Scheduler] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    """What is done in the innermost loop or branch that is being read."""
    assumed: dict[str, object] = field(default_factory=dict)
    """Constants that symbols equal on this way, because a branch compares them."""
    loops: list[int] = field(default_factory=list)
    """The numbers of the loops around, the outermost first."""
    repeated: list[tuple[Scope, frozenset[str]]] = field(default_factory=list)
    """The scopes of loops whose rounds are read as one, with the names that were there before."""
    loops_met: int = 0
    statements: int = 0
    depth: int = 0
    called: set[ast.AST] = field(default_factory=set)
    """Functions and classes of the script that were called."""
    running: list[ast.AST] = field(default_factory=list)
    epoch_symbols: set[str] = field(default_factory=set)
    """Symbols of the numbers of epochs of loops."""
    mixed_precision: bool = False
    lightning: tuple[LightningScheduler, ...] = ()
    is_lightning: bool = False
    manual_optimization: bool = False
    accelerator: Mapping[str, CodeValue] | None = None
    trainer_arguments: list[tuple[Value, dict[str, CodeValue]]] = field(default_factory=list)
    """Every ``TrainingArguments``, and what it holds by now."""
    own_schedules: list[TextPosition] = field(default_factory=list)
    """The places at which a Trainer gets another schedule than that of its arguments."""
    formula_reads: list[tuple[TextPosition, list[FormulaRead]]] = field(default_factory=list)
    """The names that functions read which were taken for expressions, by the functions' places."""
    ticked: dict[int, list[int]] = field(default_factory=dict)
    """The loops around the last tick of each scheduler, by its index."""
    reads_after_ticks: list[tuple[Action, int]] = field(default_factory=list)
    handlers: list[tuple[Action, str]] = field(default_factory=list)
    group_edits: list[Action] = field(default_factory=list)
    exits: list[tuple[TextPosition, tuple[int, ...]]] = field(default_factory=list)
    """Statements that may end a loop, or a round of it, early, and the numbers of these loops."""
    configured: dict[str, Value] = field(default_factory=dict)
    """What ``self.optimizers()`` and ``self.lr_schedulers()`` of a Lightning module give."""

    def repeats(self, scope: Scope, name: str) -> bool:
        """Return True in a loop whose rounds are read as one, for a name from before it."""
        return any(each is scope and name in names for each, names in self.repeated)

    def evaluate(self, node: ast.expr, scope: Scope) -> Value:
        """The value of an expression."""
        return self.value_of(self, node, scope)

    def count(self) -> None:
        """Count a statement.

        Raises:
            StopReadingError: there are too many.
        """
        self.statements += 1
        if self.statements > MAX_STATEMENTS:
            raise ScriptTooLongError

    def add(self, act: Action) -> None:
        """Note something that the program does."""
        self.nodes.append(act)

    @property
    def lines(self) -> list[str]:
        """The lines of the script, and of the other files that were read."""
        return self.modules.lines

    def leave(self, statement: ast.stmt) -> None:
        """Note a statement that may end a loop, or a round of it: all of them, or the innermost."""
        is_inner = isinstance(statement, (ast.Break, ast.Continue))
        if self.loops and not isinstance(statement, ast.Raise):
            ended = self.loops[-1:] if is_inner else self.loops
            self.exits.append((self.place(statement), tuple(ended)))

    @contextmanager
    def inside(self) -> Iterator[list[Node]]:
        """Collect what is done inside a loop or branch in a list of its own."""
        outer, self.nodes = self.nodes, []
        try:
            yield self.nodes
        finally:
            self.nodes = outer

    def place(self, node: ast.AST) -> TextPosition:
        """The place of ``node``; columns count characters."""
        line, end = getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or 1
        start = self._column(line, getattr(node, "col_offset", 0))
        return TextPosition(line, start, end, self._column(end, getattr(node, "end_col_offset", 0)))

    def _column(self, line: int, offset: int) -> int:
        # `ast` counts bytes of UTF-8.
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "replace")) + 1

    def text(self, node: ast.AST) -> str:
        """``node`` as the program writes it, on one line."""
        place = self.place(node)
        if place.line == place.end_line:
            return self.lines[place.line - 1][place.column - 1 : place.end_column - 1]
        return " ".join(ast.unparse(node).split())

    def text_at(self, place: TextPosition) -> str:
        """The text of the script at a place."""
        lines = self.lines[place.line - 1 : place.end_line]
        if len(lines) < 2:
            return "".join(lines)[place.column - 1 : place.end_column - 1]
        first, *between, last = lines
        return "\n".join([first[place.column - 1 :], *between, last[: place.end_column - 1]])

    def new_optimizer(self, optimizer: Optimizer) -> Optimizer:
        """Note an optimizer that the program makes or is given."""
        if len(self.optimizers) >= MAX_OBJECTS:
            raise ScriptTooLongError
        self.optimizers.append(optimizer)
        return optimizer

    def new_scheduler(self, scheduler: Scheduler) -> Scheduler:
        """Note a scheduler that the program makes."""
        if len(self.schedulers) >= MAX_OBJECTS:
            raise ScriptTooLongError
        self.schedulers.append(scheduler)
        return scheduler


def as_optimizer(interpreter: Interpreter, value: Value | None, node: ast.AST) -> Optimizer | None:
    """The optimizer that ``value`` is, or has to be where it is not known."""
    if isinstance(value, Optimizer):
        return value
    if value is None or type(value) is not Value:
        return None
    if value.optimizer is None:
        value.optimizer = interpreter.new_optimizer(
            Optimizer(value.symbol, place=interpreter.place(node), escapes=False)
        )
    return value.optimizer
