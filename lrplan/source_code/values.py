"""Values of expressions of a script, as far as they matter for schedules.

Values are compared by identity: two expressions that give the same object, such as ``optimizer``
and ``self.optimizer``, are the same optimizer.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from lrplan.schedule_code.model import AttributeWrite, CodeValue
from lrplan.text_position import START, TextPosition

BATCHES = "batches:"
"""What the symbol of the length of a loader begins with."""
FRACTION = "fraction of a round"
"""The attribute of a number that is ``i / n``, or ``epoch + i / n``: the number i of a round."""
SHARD = " of a process"
"""What the symbol of a loader ends with that went through ``prepare`` of accelerate."""


@dataclass(eq=False, slots=True)
class Value:
    """Something that is not known, with the name that the program has for it."""

    symbol: str = ""
    """E.g. ``args.epochs``; empty for what has no name."""
    attributes: dict[str, Value] = field(default_factory=dict)
    optimizer: Optimizer | None = None
    """The optimizer that it turned out to be, e.g. because a scheduler is made of it."""


@dataclass(eq=False, slots=True)
class Number(Value):
    """A number, or a length of which only its composition is known."""

    value: float | None = None
    factors: Mapping[str, int] | None = field(default_factory=dict)
    """Powers of the symbols that it is a product of, such as ``{"len:loader": 1}``."""
    is_default: bool = False
    multiple: int | None = None
    """It is this many times the length of the loader in ``factors``, which is not known itself."""

    @property
    def loader(self) -> str:
        """The loader whose length it is a multiple of; empty where there is no such loader."""
        found = [each for each in self.factors or () if each.startswith(BATCHES)]
        return found[0] if self.multiple is not None and len(found) == 1 else ""


@dataclass(eq=False, slots=True)
class Constant(Value):
    """A text, a truth value or None."""

    value: object = None
    is_default: bool = False


@dataclass(eq=False, slots=True)
class Sequence(Value):
    """A list or a tuple; ``complete`` if every item is known."""

    items: list[Value] = field(default_factory=list)
    complete: bool = True


@dataclass(eq=False, slots=True)
class DictValue(Value):
    """A dict with texts for keys, or a namespace such as a config."""

    items: dict[str, Value] = field(default_factory=dict)
    nodes: dict[str, ast.expr] = field(default_factory=dict)
    """The expressions of its items, of a dict that is written out."""
    is_options: bool = False
    """Its values are defaults of options, which the user of the program may set."""
    is_open: bool = False
    """It may have other items, and other values, than these."""


@dataclass(eq=False, slots=True)
class Optimizer(Value):
    """An optimizer."""

    type: str = ""
    module: str = ""
    arguments: Mapping[str, CodeValue] = field(default_factory=dict)
    has_more_arguments: bool = False
    groups: tuple[Mapping[str, CodeValue], ...] | None = None
    place: TextPosition = START
    escapes: bool = False


@dataclass(eq=False, slots=True)
class Parameters(Value):
    """Parameters of a model, which make one group of an optimizer."""


@dataclass(eq=False, slots=True)
class Scheduler(Value):
    """A scheduler."""

    type: str = ""
    module: str = ""
    arguments: Mapping[str, CodeValue] = field(default_factory=dict)
    keywords: Mapping[str, TextPosition] = field(default_factory=dict)
    removals: Mapping[str, TextPosition] = field(default_factory=dict)
    has_more_arguments: bool = False
    inside: list[Scheduler] = field(default_factory=list)
    drives: Optimizer | None = None
    parent: Scheduler | None = None
    place: TextPosition = START
    escapes: bool = False
    prepared: bool = False
    late_bound: str = ""
    written: list[AttributeWrite] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Groups(Value):
    """``optimizer.param_groups``, or one of them."""

    of: Optimizer = field(default_factory=Optimizer)
    which: str = ""
    """The position of the group; empty for all of them."""


@dataclass(eq=False, slots=True)
class Loader(Value):
    """A loader of batches."""

    size: float | None = None
    """The batches of an epoch."""


@dataclass(eq=False, slots=True)
class Dataset(Value):
    """Training data, by the sample, or a tensor of it."""

    size: float | None = None
    """The number of samples."""


@dataclass(eq=False, slots=True)
class Iterations(Value):
    """The rounds of a loop: ``range(...)``, a loader, or items that are known."""

    length: Number | None = None
    loader: bool = False
    items: list[Value] | None = None
    counts: bool = False
    """It is ``range`` or ``count``, not data."""
    position: int = 0
    """The position of its elements in those of ``enumerate``, whose first one is the number."""


@dataclass(eq=False, slots=True)
class LoopNumber(Number):
    """The variable that counts the rounds of a loop."""

    loop: int = 0
    """The number of the loop."""
    start: int = 0
    by_hand: bool = False
    """The program counts them itself, by ``+=``."""


@dataclass(eq=False, slots=True)
class Name(Value):
    """An imported name: ``symbol`` is the whole of it, e.g. ``torch.optim.SGD``."""


@dataclass(eq=False, slots=True)
class Function(Value):
    """A function of the script, or a method bound to ``owner``."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | None = None
    scope: Scope | None = None
    owner: Instance | None = None
    defaults: Mapping[str, Value] = field(default_factory=dict)
    """The defaults of its parameters, as they were when it was defined."""


@dataclass(eq=False, slots=True)
class Class(Value):
    """A class of the script."""

    node: ast.ClassDef | None = None
    scope: Scope | None = None
    bases: list[Value] = field(default_factory=list)
    members: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Instance(Value):
    """An object of a class of the script; what it holds is in ``attributes``."""

    type: Class = field(default_factory=Class)


@dataclass(eq=False, slots=True)
class BoundMethod(Value):
    """A method of something that is not an instance of a class of the script."""

    owner: Value = field(default_factory=Value)
    name: str = ""


@dataclass(eq=False, slots=True)
class TrainingHelper(Value):
    """An object that takes part in training: ``kind`` is accelerator, scaler, parser or steps."""

    kind: str = ""
    table: DictValue | None = None


@dataclass(eq=False, slots=True)
class Scope:
    """Names and their values; a function sees those of the scope around it too."""

    names: dict[str, Value] = field(default_factory=dict)
    outer: Scope | None = None
    shared: frozenset[str] = frozenset()
    """Names that are declared ``global`` or ``nonlocal``."""

    def find(self, name: str) -> Value | None:
        """The value of ``name``; None if it has none."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    @property
    def outermost(self) -> Scope:
        """The names of the module."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope

    def bind(self, name: str, value: Value) -> None:
        """Give ``name`` a value, here or where it is declared."""
        scope: Scope = self
        if name in self.shared:
            while scope.outer is not None and name not in scope.outer.names:
                scope = scope.outer
            scope = scope.outer or scope
        scope.names[name] = value


@dataclass(eq=False, slots=True)
class ModuleValue(Value):
    """A module of the project."""

    scope: Scope = field(default_factory=Scope)


def child(owner: Value, name: str) -> Value:
    """The attribute or item ``name`` of something unknown: always the same value."""
    if name not in owner.attributes:
        symbol = f"{owner.symbol}.{name}" if owner.symbol else name
        owner.attributes[name] = Value(symbol)
    return owner.attributes[name]
