"""Copies of live optimizers and schedulers, to be stepped while the originals stand still.

``copy.deepcopy`` would double a model in memory, share the functions through which a patched
``step`` reaches the original, and leave a copied optimizer whose ``step`` is the original's.
"""

from __future__ import annotations

import functools
import random
import weakref
from collections import defaultdict
from types import BuiltinMethodType, CellType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrplan.simulate.live_objects.deepcopy import CONTAINERS, DeepCopier
from lrplan.simulate.stepping.noop_step import noop_step

if TYPE_CHECKING:
    from collections.abc import Iterable

_STATEFUL = (
    *(Optimizer, LRScheduler),
    *(random.Random, np.random.Generator, np.random.RandomState, torch.Generator),
)
"""What a function must not reach in the original, for calling it would change it."""

_FUNCTIONS = (FunctionType, MethodType, BuiltinMethodType, functools.partial)


class TorchCopies(DeepCopier):
    """Copies of live objects, each made once.

    - An optimizer keeps its groups, without the parameters' data, and none of its state and hooks;
      its ``step`` does nothing but what schedulers look for.
    - What a scheduler holds is copied, parameters as stand-ins of the same shape and no size.
    - A function is the same code on copies of the optimizers, schedulers, random generators, plain
      containers and variables that it closes over. All else that it reaches is shared: it is not
      the scheduler's, and may be a model or a data set.

    Args:
        roots: the schedulers, of any class: functions reach their copies.
    """

    def __init__(self, roots: Iterable[object]) -> None:
        super().__init__()
        self.optimizers: list[tuple[Any, Any]] = []
        """Every optimizer found, with its copy."""
        self._roots = {id(root): root for root in roots}
        self._zero = torch.zeros((), device="cpu")

    def optimizer(self, held: Any) -> Any:
        """The copy of an optimizer, of whatever class.

        Raises:
            LrplanError: something in its groups cannot be copied.
        """
        return self.named("optimizer", held, self._optimizer)

    def scheduler(self, held: Any, name: str) -> Any:
        """The copy of a scheduler, of whatever class; ``name`` is for messages.

        Raises:
            LrplanError: something that it holds cannot be copied.
        """
        return self.named(name, held, self.copy)

    def parts(self) -> set[int]:
        """Identities of all optimizers copied so far, and of their groups."""
        lists = [held.param_groups for held, _ in self.optimizers]
        found = (
            [held for held, _ in self.optimizers] + lists + [each for of in lists for each in of]
        )
        return {id(part) for part in found if id(part) in self.memo}

    def special(self, held: Any) -> Any:
        """What deep copies would get wrong: tensors, optimizers, schedulers, functions."""
        if isinstance(held, Tensor):
            return self._tensor(held)
        if isinstance(held, Optimizer):
            return self._optimizer(held)
        if isinstance(held, _FUNCTIONS):
            return self._function(held)
        if isinstance(held, weakref.ref):
            return self._weak(held)
        if isinstance(held, torch.Generator):
            return self._generator(held)
        is_scheduler = isinstance(held, LRScheduler) or id(held) in self._roots
        return self._scheduler(held) if is_scheduler and _is_plain(held) else NotImplemented

    def _reached(self, held: Any) -> Any:
        """What a function is given instead of ``held``, which it reaches."""
        if id(held) in self.memo or id(held) in self._roots:
            return self.copy(held)
        if isinstance(held, (*_STATEFUL, *_FUNCTIONS)):
            return self.copy(held)
        return self.container(held, self._reached) if type(held) in CONTAINERS else held

    def _tensor(self, held: Tensor) -> Tensor:
        if isinstance(held, Parameter) and held.numel() > 1:
            return self._stand_in(held)
        twin: Tensor = self.keep(held, held.detach().clone())
        return twin

    def _stand_in(self, held: Tensor) -> Tensor:
        shaped = self._zero.expand(held.shape)
        twin: Tensor = self.keep(held, Parameter(shaped, requires_grad=held.requires_grad))
        return twin

    def _optimizer(self, held: Any) -> Any:
        twin = self.keep(held, object.__new__(type(held)))
        self.optimizers.append((held, twin))
        for group in held.param_groups:
            for parameter in group.get("params", ()):
                if id(parameter) not in self.memo:
                    self._stand_in(parameter)
        attributes = vars(twin)
        for name, value in vars(held).items():
            if name.endswith("_hooks"):
                attributes[name] = type(value)()
            elif name in {"param_groups", "defaults"}:
                attributes[name] = self.at(f".{name}", value, self.copy)
            elif name not in {"state", "step"}:
                attributes[name] = self.at(f".{name}", value, self._reached)
        if "state" in vars(held):
            attributes["state"] = defaultdict(dict)
        attributes["step"] = MethodType(noop_step(held), twin)
        return twin

    def _scheduler(self, held: Any) -> Any:
        # Not by its __getstate__, which may leave the optimizer out.
        twin = self.keep(held, object.__new__(type(held)))
        # Functions last: a method of something that is held here is then bound to the copy.
        vars(twin).update(self.attributes(vars(held), last=_FUNCTIONS))
        return twin

    def _generator(self, held: torch.Generator) -> torch.Generator:
        # Not by its __deepcopy__: releases of torch before 2.4 have none.
        twin: torch.Generator = self.keep(held, torch.Generator(device=held.device))
        twin.set_state(held.get_state())
        return twin

    def _weak(self, held: weakref.ref[Any]) -> Any:
        target = held()
        twin = self._reached(target)
        return held if twin is target else self.keep(held, type(held)(twin))

    def _function(self, held: Any) -> Any:
        if isinstance(held, FunctionType):
            return self._closure(held)
        if isinstance(held, functools.partial):
            function, args, keywords = map(self._reached, (held.func, held.args, held.keywords))
            return self.keep(held, functools.partial(function, *args, **keywords))
        owner = self._reached(held.__self__)
        if owner is held.__self__:
            return held
        if isinstance(held, MethodType):
            return MethodType(self._reached(held.__func__), owner)
        return getattr(owner, held.__name__)

    def _closure(self, held: FunctionType) -> FunctionType:
        defaults, keywords = self._reached(held.__defaults__), self._reached(held.__kwdefaults__)
        cells = held.__closure__ or ()
        if not cells and keywords is None and defaults is held.__defaults__:
            return held
        new = [cell for cell in cells if id(cell) not in self.memo]
        twins = tuple(self.memo.get(id(cell)) or self.keep(cell, CellType()) for cell in cells)
        code, scope = held.__code__, held.__globals__
        twin = FunctionType(code, scope, held.__name__, defaults, twins or None)
        self.keep(held, twin)
        twin.__kwdefaults__, twin.__qualname__ = keywords, held.__qualname__
        vars(twin).update(vars(held))
        # Filled last: a function may close over itself.
        for cell in new:
            self._fill(cell)
        return twin

    def _fill(self, cell: CellType) -> None:
        try:
            contents = cell.cell_contents
        except ValueError:
            return  # a variable without a value so far
        self.memo[id(cell)].cell_contents = self._reached(contents)


def _is_plain(held: object) -> bool:
    """Whether its attributes are all there is to copy, and its class has no wish of its own."""
    slots = any(getattr(cls, "__slots__", ()) for cls in type(held).__mro__)
    return hasattr(held, "__dict__") and not slots and not hasattr(type(held), "__deepcopy__")
