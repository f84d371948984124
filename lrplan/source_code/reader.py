"""Reads a training script: each path through it as a model of its schedule code.

The module itself is followed first, with ``if __name__ == "__main__"``. A function or a class that
nobody in the file calls is then followed with arguments that are not known, as code elsewhere may
call it. At a condition whose value is not known, each branch is followed on a path of its own;
``interpreter`` has an example.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lrplan.events import EventKind
from lrplan.finding import Finding
from lrplan.schedule_code.model import CodeOptimizer, CodePath, CodeScheduler, Node
from lrplan.source_code import calls
from lrplan.source_code.expressions import evaluate
from lrplan.source_code.interpreter import Choices, Interpreter, ScriptTooLongError
from lrplan.source_code.lightning_modules import follow_module, is_lightning_module
from lrplan.source_code.methods import member_function
from lrplan.source_code.modules import Modules
from lrplan.source_code.old_name_uses import old_name_uses, words_of
from lrplan.source_code.package_names import mentions_makers
from lrplan.source_code.program import program_of
from lrplan.source_code.project_files import NO_FILES, ProjectFiles, script_path
from lrplan.source_code.relevance import is_relevant, makers_in
from lrplan.source_code.statements import ReturnError, call_function, run_block
from lrplan.source_code.syntax import is_notebook, lines_of, parse_script, script_of_notebook
from lrplan.source_code.unknown_calls import escape
from lrplan.source_code.values import Class, Function
from lrplan.text_position import InputText, TextPosition

_MAX_WAYS = 10
_MAX_WAYS_OF_VALUES = 30
"""The most paths through one entry of a script that are followed."""
_MAX_STATEMENTS = 8_000
"""Statements of all paths through a script."""


@dataclass(frozen=True, slots=True)
class SourceReading:
    """A script as it was read: the paths through it, or why it could not be read."""

    source: InputText
    """Its code; of a notebook, that of its cells."""
    programs: tuple[CodePath, ...]
    problems: tuple[Finding, ...] = ()
    """Why it could not be read."""
    file_lines: Sequence[int] = ()
    """The line of the file for each line of code; empty where they are the same."""


def read_script(
    source: InputText, files: ProjectFiles = NO_FILES, *, without_schedulers: bool = False
) -> SourceReading:
    """Read a script or a notebook. Nothing is run or imported.

    Args:
        source: its text.
        files: the files that it imports from.
        without_schedulers: also follow a script that names no scheduler, and every condition that
            may decide a value: its plan is wanted, and not what is wrong with it.
    """
    file_lines: list[int] = []
    problems: list[Finding] = []
    if is_notebook(source.name):
        source, file_lines, problems = script_of_notebook(source)
    if problems:
        return SourceReading(source, (), tuple(problems))
    tree, problems = parse_script(source)
    if tree is None:
        return SourceReading(source, (), tuple(problems), file_lines)
    texts = [source.text, *(each.text for each in files.texts.values())]
    if not without_schedulers and not any(map(mentions_makers, texts)):
        return SourceReading(source, (), (), file_lines)
    found = _Script(source, tree, files, of_values=without_schedulers).programs()
    programs = [replace(each, file_lines=tuple(file_lines)) for each in found]
    return SourceReading(source, tuple(programs), (), file_lines)


@dataclass(slots=True)
class _Script:
    source: InputText
    tree: ast.Module
    files: ProjectFiles
    of_values: bool = False
    modules: Modules = field(init=False)
    statements: int = 0

    def __post_init__(self) -> None:
        path = script_path(self.source.name)
        self.modules = Modules(path, lines_of(self.source), self.files)

    def programs(self) -> list[CodePath]:
        result: list[CodePath] = []
        main = self._explore(lambda _interpreter: None)
        result += [each for each, _ in main]
        called = {node for _, interpreter in main for node in interpreter.called}
        for follow in self._other_entries(called):
            result += [each for each, _ in self._explore(follow)]
        interpreter = Interpreter(self.modules, Choices(), call_function, evaluate)
        names = tuple(old_name_uses(self.source.text, self.tree, interpreter.place))
        texts = [self.source.text, *(each.text for each in self.files.texts.values())]
        words = words_of("\n".join(texts))
        places = self.modules.places()
        if not result and names:
            result = [CodePath(file=self.source.name)]
        return [
            replace(each, names=names, words=words, other_files=places)
            for each in _with_others(result)
        ]

    def _explore(self, follow: Callable[[Interpreter], None]) -> list[tuple[CodePath, Interpreter]]:
        """Follow an entry, then again with each condition decided differently."""
        pending, results = [Choices(of_values=self.of_values)], []
        known: set[str] = set()
        most = _MAX_WAYS_OF_VALUES if self.of_values else _MAX_WAYS
        for index, choices in enumerate(pending):
            if index >= most or self.statements > _MAX_STATEMENTS:
                break
            results.append(self._follow(choices, follow))
            # Conditions that were not met before; those behind an `elif` are met on a later way.
            # Example: conditions A and B. The first path takes both defaults, the second the other
            # branch of A, the third the other branch of B: each branch is followed once, on n + 1
            # paths and not 2^n. A condition inside the other branch of A is met on the second path,
            # and decided differently from there.
            pending += [
                Choices({**choices.made, key: branch}, of_values=self.of_values)
                for key, (branches, taken) in choices.met.items()
                if key not in known
                for branch in range(branches)
                if branch != taken
            ]
            known |= set(choices.met)
        return results

    def _follow(
        self, choices: Choices, follow: Callable[[Interpreter], None]
    ) -> tuple[CodePath, Interpreter]:
        interpreter = Interpreter(self.modules, choices, call_function, evaluate)
        nodes: list[Node] = interpreter.nodes
        try:
            run_block(interpreter, self.tree.body, interpreter.globals)
            follow(interpreter)
        except (ScriptTooLongError, ReturnError, RecursionError):
            pass
        self.statements += interpreter.statements
        return program_of(interpreter, self.source.name, nodes), interpreter

    def _other_entries(self, called: set[ast.AST]) -> Iterator[Callable[[Interpreter], None]]:
        makes = makers_in(self.tree, self.modules.makers())
        for node in self.tree.body:
            if node in called or node not in makes:
                continue
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield _call_function(node.name)
            elif isinstance(node, ast.ClassDef):
                yield from _class_entries(node)


def _call_function(name: str) -> Callable[[Interpreter], None]:
    def follow(interpreter: Interpreter) -> None:
        function = interpreter.globals.names.get(name)
        if isinstance(function, Function):
            escape(call_function(interpreter, function, [], {}))

    return follow


def _class_entries(node: ast.ClassDef) -> Iterator[Callable[[Interpreter], None]]:
    methods = [each.name for each in node.body if isinstance(each, ast.FunctionDef)]
    used = {
        each.attr
        for method in node.body
        for each in ast.walk(method)
        if isinstance(each, ast.Attribute)
    }
    free = [name for name in methods if name not in used and not name.startswith("__")]
    matters = _methods_that_matter(node)
    entries = [name for name in free if name not in _SETS_UP and name in matters] or [""]
    for name in entries:
        yield _use_class(node.name, name, [each for each in free if each in _SETS_UP])


def _methods_that_matter(node: ast.ClassDef) -> set[str]:
    """The methods of a class that may matter for schedules, and those that call one of them."""
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    used = {
        method.name: {each.attr for each in ast.walk(method) if isinstance(each, ast.Attribute)}
        for method in methods
    }
    found = [each.name for each in methods if is_relevant(each.body)]
    for name in found:
        found += [each for each, names in used.items() if name in names and each not in found]
    return set(found)


_SETS_UP = frozenset(
    {"setup", "build", "configure", "prepare", "init_optimizer", "build_optimizer",
     "setup_optimizer", "create_optimizer", "configure_optimizers", "set_optimizer"}
)  # fmt: skip


def _use_class(name: str, method: str, first: list[str]) -> Callable[[Interpreter], None]:
    def follow(interpreter: Interpreter) -> None:
        made = interpreter.globals.names.get(name)
        if not isinstance(made, Class):
            return
        if is_lightning_module(made):
            follow_module(interpreter, made)
            return
        instance = calls.new_instance(interpreter, made, [], {})
        for each in (*first, method):
            function = member_function(instance, each)
            if function is not None:
                escape(call_function(interpreter, function, [], {}))
        escape(instance)  # whoever holds it may step what it holds

    return follow


def _with_others(programs: list[CodePath]) -> list[CodePath]:
    """Note for each program what is stepped in others, or passed on there."""
    ticked = _acted_on(programs, "scheduler_tick")
    stepped = _acted_on(programs, "optimizer_step")
    return [
        replace(
            program,
            ticked_elsewhere=_at(program.schedulers, ticked),
            stepped_elsewhere=_at(program.optimizers, stepped),
        )
        for program in programs
    ]


def _acted_on(programs: list[CodePath], kind: EventKind) -> set[TextPosition]:
    """The places of what is stepped in one of the programs, or may be by code that is not read."""
    places: set[TextPosition] = set()
    for program in programs:
        many = program.optimizers if kind == "optimizer_step" else program.schedulers
        acts = [act.index for act in program.acts() if act.kind == kind]
        places |= {many[index].place for index in acts if index < len(many)}
        places |= {each.place for each in many if each.escapes}
    return places


def _at(
    many: Sequence[CodeOptimizer] | Sequence[CodeScheduler], places: set[TextPosition]
) -> frozenset[int]:
    return frozenset(each.index for each in many if each.place in places)
