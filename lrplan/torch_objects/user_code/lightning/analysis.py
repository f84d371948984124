"""The effects of a LightningModule's methods on its schedule, read from their source.

A curve of a module is only right if no hook of it moves the schedule behind lrplan's back. Hooks
cannot be run, for they need data and a model. So their syntax trees are read, and values are
followed that stand for an optimizer, a parameter group or a scheduler ("drivers")::

    def on_train_epoch_start(self):
        for group in self.optimizers().param_groups:  # Lightning's method gives drivers
            self.decay(group)                         # followed into the user's method ...
    def decay(self, group):
        group["lr"] *= 0.5                            # ... which writes `lr`: an effect

In doubt, code counts as an effect: for example, where a driver is passed to a function whose source
cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lrplan.torch_objects.user_code.lightning.effects import Outcome
from lrplan.torch_objects.user_code.lightning.module import own_classes
from lrplan.torch_objects.user_code.lightning.reader import Reader
from lrplan.torch_objects.user_code.lightning.source import (
    FunctionSource,
    NoSourceError,
    plain_function,
    source_of,
)
from lrplan.torch_objects.user_code.lightning.values import (
    HARMLESS,
    MISSING,
    Kind,
    Live,
    Method,
    Parent,
    Value,
    attribute,
)
from lrplan.torch_objects.user_code.traceback import is_installed

_NAMED_LIKE_DRIVERS = frozenset(
    {"optimizer", "optimizers", "opt", "scheduler", "schedulers", "lr_scheduler", "lr_schedulers"}
)


class Analysis:
    """Reads functions of a live module, each once for the same arguments.

    Args:
        module: the module, its optimizers and schedulers made.
    """

    def __init__(self, module: object) -> None:
        self.module = module
        self.drivers: set[str] = set()
        """Attributes that a hook sets to an optimizer or a scheduler."""
        self.plain: set[str] = set()
        """Attributes that a hook sets to something by which no schedule is moved."""
        self._known: dict[tuple[object, ...], Outcome] = {}

    def outcome(
        self,
        function: Any,
        cls: type | None,
        given: Sequence[Value],
        named: Mapping[str, Value],
        own_step: Iterable[str] = (),
    ) -> Outcome | None:
        """The effects and the result of calling ``function``; None where its source cannot be read.

        Args:
            function: a function or a bound method; decorators of packages are looked through.
            cls: the class that defines it; None for one outside of classes.
            given: its arguments by position.
            named: its arguments by name.
            own_step: names of arguments whose ``step()`` is what Lightning's own hook calls.
        """
        plain = plain_function(function)
        if plain is None:
            return None
        key = (plain, cls, tuple(map(_key, given)), tuple(sorted(named)), tuple(own_step))
        if key not in self._known:
            # A function that calls itself finds this: no effects but those already seen.
            self._known[key] = Outcome()
            try:
                source = source_of(plain)
                arguments = self._arguments(source, given, named)
                reader = Reader(self, plain, source, cls, arguments, frozenset(own_step))
                self._known[key] = reader.outcome()
            except (NoSourceError, RecursionError):
                del self._known[key]
                return None
        return self._known[key]

    def forget(self) -> None:
        """Read every function again: more is known of the module's attributes."""
        self._known.clear()

    def learn(self, name: str, value: Value) -> None:
        """Remember what a hook sets an attribute to, unless it is something already."""
        current = attribute(self.module, name)
        if current is not MISSING and current is not None:
            return
        if value is Kind.DRIVER:
            self.drivers.add(name)
        elif value in (Kind.PLAIN, HARMLESS):
            self.plain.add(name)

    def is_module(self, value: Value) -> bool:
        """Return True if ``value`` is the LightningModule itself."""
        return isinstance(value, Live) and value.value is self.module

    def is_users(self, function: Any) -> bool:
        """Return True if ``function`` is the user's own, and not of an installed package."""
        plain = plain_function(function)
        if plain is None:
            return False
        file = plain.__code__.co_filename
        return not is_installed(file) and not file.startswith("<")

    def _arguments(
        self, source: FunctionSource, given: Sequence[Value], named: Mapping[str, Value]
    ) -> dict[str, Value]:
        """Arguments by name; an unknown one gets the value that its name suggests."""
        arguments: dict[str, Value] = {
            name: Kind.DRIVER if name in _NAMED_LIKE_DRIVERS else Kind.PLAIN
            for name in source.parameters()
        }
        extra = source.node.args
        rest = [each.arg for each in (extra.vararg, extra.kwarg) if each is not None]
        drives = Kind.DRIVER in (*given, *named.values())
        arguments |= dict.fromkeys(rest, Kind.DRIVER if drives else Kind.PLAIN)
        # From weak to strong: first what an argument of that name usually is, then what is passed
        # by position, then by name. For `def helper(self, opt, x)` called as `helper(self, y,
        # x=optimizer)`, where `y` is a number, `opt` is plain and `x` an optimizer.
        arguments |= dict(zip(source.parameters(), given, strict=False))
        arguments |= {name: value for name, value in named.items() if name in arguments}
        usual: dict[str, Value] = {"trainer": Kind.TRAINER}
        usual |= dict.fromkeys(("self", "pl_module"), Live(self.module))
        for name, value in usual.items():
            if arguments.get(name) in (Kind.PLAIN, Kind.UNKNOWN):
                arguments[name] = value
        return arguments

    def next_method(self, parent: Parent, name: str) -> Method | None:
        """The user's method that ``super().name`` means; None where it is Lightning's."""
        classes = list(own_classes(type(self.module)))
        after = classes[classes.index(parent.cls) + 1 :] if parent.cls in classes else []
        for cls in after:
            if name in vars(cls):
                return Method(vars(cls)[name], parent.owner, cls)
        return None


def _key(value: Value) -> object:
    return id(value.value) if isinstance(value, Live) else value
