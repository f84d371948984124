"""Makes the model of one path through a script from the calls that ``Interpreter`` collected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lrplan.schedule_code.model import (
    Action,
    CodeOptimizer,
    CodePath,
    CodeScheduler,
    CodeValue,
    Loop,
    Node,
    Unit,
)
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.plain_values import changed_formulas
from lrplan.source_code.values import BATCHES, Optimizer, Scheduler
from lrplan.text_position import TextPosition

_UNITS: tuple[tuple[Unit, re.Pattern[str]], ...] = (
    ("accumulate", re.compile(r"accum|grad_acc", re.IGNORECASE)),
    ("batch_size", re.compile(r"batch_?size|(^|[._])(bs|bsz)$", re.IGNORECASE)),
    ("processes", re.compile(r"world_?size|num_processes|n_?gpus?$|num_gpus|ngpus", re.IGNORECASE)),
    ("samples", re.compile(r"n(um)?_?(samples|examples|images)$", re.IGNORECASE)),
    ("batches", re.compile(r"(steps|iters?|batches|updates)_?(per|an|in)_?epoch|n_?batches$|"
                           r"num_batches$|epoch_(steps|iters)", re.IGNORECASE)),
    ("steps", re.compile(r"estimated_stepping_batches$")),
    ("steps", re.compile(r"(total|max|num|n|train|training)_?(train(ing)?_?)?(steps|iters?|"
                         r"iterations|updates)$", re.IGNORECASE)),
)  # fmt: skip
_EPOCHS = re.compile(r"epoch|(^|[._])n_?ep$", re.IGNORECASE)
_NOT_EPOCHS = re.compile(r"step|iter|batch|update|warm|per_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Units:
    """Facts that are known once a script is read: units of symbols, and functions that changed."""

    epochs: frozenset[str]
    """Symbols of numbers of epochs of its loops."""
    changed: frozenset[TextPosition] = frozenset()
    """The places of functions that are not an expression of one number."""
    known: dict[str, Unit] = field(default_factory=dict, compare=False)

    def of(self, factors: Mapping[str, int] | None) -> dict[str, int] | None:
        """The powers of the units of a product of symbols; None where one is not known."""
        if factors is None:
            return None
        result: dict[str, int] = {}
        for symbol, power in factors.items():
            unit = self._unit(symbol)
            result[unit] = result.get(unit, 0) + power
        return {unit: power for unit, power in result.items() if power}

    def _unit(self, symbol: str) -> Unit:
        if symbol not in self.known:
            self.known[symbol] = self._find(symbol)
        return self.known[symbol]

    def _find(self, symbol: str) -> Unit:
        if symbol.startswith(BATCHES):
            return "batches"
        if symbol.startswith("samples:"):
            return "samples"
        if symbol in self.epochs:
            return "epochs"
        # Example: `args.epochs` counts epochs, `cfg.train.max_steps` updates, `steps_per_epoch`
        # batches, and `warmup_epochs` something else, for the length of a warm-up is not that of
        # the run.
        name = symbol.rpartition(".")[2]
        for unit, pattern in _UNITS:
            if pattern.search(name):
                return unit
        if _EPOCHS.search(name) and not _NOT_EPOCHS.search(name):
            return "epochs"
        return "other"


def program_of(interpreter: Interpreter, file: str, nodes: list[Node]) -> CodePath:
    """The model of what ``interpreter`` collected; names and words are added by the caller."""
    units = Units(frozenset(interpreter.epoch_symbols), frozenset(changed_formulas(interpreter)))
    numbers = {id(each): index for index, each in enumerate(interpreter.optimizers)}
    positions = {id(each): index for index, each in enumerate(interpreter.schedulers)}
    return CodePath(
        file=file,
        optimizers=tuple(
            _optimizer(index, each, units) for index, each in enumerate(interpreter.optimizers)
        ),
        schedulers=tuple(
            _scheduler(index, each, units, numbers, positions)
            for index, each in enumerate(interpreter.schedulers)
        ),
        body=tuple(_node(each, units) for each in nodes),
        mixed_precision=interpreter.mixed_precision,
        framework="lightning" if interpreter.is_lightning else "",
        lightning=interpreter.lightning,
        manual_optimization=interpreter.manual_optimization,
        conditions=tuple(interpreter.choices.outcomes()),
        exits=tuple(dict.fromkeys(interpreter.exits)),
        reads_after_ticks=tuple(interpreter.reads_after_ticks),
        handlers=tuple(interpreter.handlers),
        group_edits=tuple(interpreter.group_edits),
        trainer_arguments=tuple(dict(given) for _, given in interpreter.trainer_arguments),
        own_schedules=tuple(interpreter.own_schedules),
        accelerator=interpreter.accelerator,
    )


def _optimizer(index: int, of: Optimizer, units: Units) -> CodeOptimizer:
    return CodeOptimizer(
        index=index,
        type=of.type,
        module=of.module,
        arguments=_values(of.arguments, units),
        has_more_arguments=of.has_more_arguments,
        groups=None if of.groups is None else tuple(_values(each, units) for each in of.groups),
        place=of.place,
        escapes=of.escapes,
    )


def _scheduler(
    index: int,
    of: Scheduler,
    units: Units,
    numbers: Mapping[int, int],
    positions: Mapping[int, int],
) -> CodeScheduler:
    return CodeScheduler(
        index=index,
        type=of.type,
        module=of.module,
        optimizer=None if of.drives is None else numbers.get(id(of.drives)),
        arguments=_values(of.arguments, units),
        keywords=of.keywords,
        removals=of.removals,
        has_more_arguments=of.has_more_arguments,
        inside=tuple(positions[id(each)] for each in of.inside if id(each) in positions),
        parent=None if of.parent is None else positions.get(id(of.parent)),
        place=of.place,
        escapes=of.escapes or (of.parent is not None and of.parent.escapes),
        prepared=of.prepared,
        late_bound=of.late_bound,
        written=tuple(of.written),
    )


def _values(arguments: Mapping[str, CodeValue], units: Units) -> dict[str, CodeValue]:
    return {name: _value(each, units) for name, each in arguments.items()}


def _value(value: CodeValue, units: Units) -> CodeValue:
    formula = "" if value.place in units.changed else value.formula
    return replace(value, units=units.of(value.units), formula=formula)


def _node(node: Node, units: Units) -> Node:
    if isinstance(node, Action):
        return replace(node, arguments=tuple(_value(each, units) for each in node.arguments))
    body = tuple(_node(each, units) for each in node.body)
    if isinstance(node, Loop):
        length = None if node.length is None else _value(node.length, units)
        return replace(node, body=body, length=length)
    count = None if node.count is None else _value(node.count, units)
    otherwise = tuple(_node(each, units) for each in node.otherwise)
    return replace(node, body=body, otherwise=otherwise, count=count)
