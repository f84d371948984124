"""Options of a script: the arguments of ``argparse``, and defaults of parameters and fields."""

from __future__ import annotations

from lrplan.source_code.call import Call
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.values import Constant, DictValue, Number, Sequence, TrainingHelper, Value


def add_argument(_interpreter: Interpreter, call: Call, owner: TrainingHelper) -> Value:
    """``parser.add_argument("--epochs", default=90)``: an option with its default."""
    names = [str(each.value) for each in call.positional if isinstance(each, Constant)]
    longest = next((each for each in names if each.startswith("--")), names[0] if names else "")
    given = call.named.get("dest")
    name = str(given.value) if isinstance(given, Constant) else longest
    name = name.lstrip("-").replace("-", "_")
    action = call.named.get("action")
    default = call.named.get("default")
    if default is None and isinstance(action, Constant):
        flags = {"store_true": False, "store_false": True}
        if action.value in flags:
            default = Constant(value=flags[str(action.value)])
    if owner.table is not None and name:
        owner.table.items[name] = as_option(default, f"args.{name}")
    return Value()


def as_option(default: Value | None, symbol: str) -> Value:
    """The value of an option whose default is ``default``."""
    if isinstance(default, Number):
        return Number(symbol, value=default.value, factors={symbol: 1}, is_default=True)
    if isinstance(default, Constant) and default.value is not None:
        return Constant(symbol, value=default.value, is_default=True)
    return Value(symbol)


def same_parser(_interpreter: Interpreter, _made: Call, owner: TrainingHelper) -> Value:
    """A group of options, which adds to its parser."""
    return owner


def set_defaults(_interpreter: Interpreter, call: Call, owner: TrainingHelper) -> Value:
    """``parser.set_defaults(lr=0.1)``."""
    if owner.table is not None:
        owner.table.items |= {
            name: as_option(value, f"args.{name}") for name, value in call.named.items()
        }
    return Value()


def parse_args(_interpreter: Interpreter, call: Call, owner: TrainingHelper) -> Value:
    """``parser.parse_args()``: a namespace of defaults, but not where words are given."""
    table = owner.table or DictValue(is_options=True)
    words = call.argument(0, "args")
    is_given = words is not None and not (isinstance(words, Constant) and words.value is None)
    if is_given and not (isinstance(words, Sequence) and words.complete and not words.items):
        unknown: dict[str, Value] = {name: Value(f"args.{name}") for name in table.items}
        return DictValue("args", items=unknown, is_options=True)
    return DictValue("args", items=table.items, attributes=table.attributes, is_options=True)


def parse_known(interpreter: Interpreter, call: Call, owner: TrainingHelper) -> Value:
    """``parser.parse_known_args()``: the namespace, and what is left over."""
    return Sequence(items=[parse_args(interpreter, call, owner), Value()])
