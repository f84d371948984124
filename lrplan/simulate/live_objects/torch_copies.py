"""Copies of live optimizers and schedulers, to be stepped without changing the originals.

``copy.deepcopy`` would double a model in memory, share the functions through which a patched
``step`` reaches the original, and leave a copied optimizer whose ``step`` is the original's.

The hard case is a function. ``lambda epoch: 1 / optimizer.param_groups[0]["warmup"]``, for example,
closes over the optimizer: its copy is the same code with a new closure cell that holds the copy of
the optimizer. A model or data set that a function closes over is shared, and not copied.
"""

from __future__ import annotations

import functools
import random
import weakref
from collections import defaultdict
from collections.abc import Iterable
from types import BuiltinMethodType, CellType, FunctionType, MethodType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrplan.simulate.live_objects.deepcopy import CONTAINERS, DeepCopier
from lrplan.simulate.stepping.noop_step import noop_step

_STATEFUL = (
    *(Optimizer, LRScheduler),
    *(random.Random, np.random.Generator, np.random.RandomState, torch.Generator),
)
"""Types whose originals a copied function must not reach, since calling it would change them."""

_FUNCTIONS = (FunctionType, MethodType, BuiltinMethodType, functools.partial)


class TorchCopies(DeepCopier):
    """Copies of live objects, each made once.

    - An optimizer keeps its groups, without the parameters' data, and none of its state and hooks;
      its ``step`` does nothing but what schedulers look for.
    - What a scheduler holds is copied, parameters as placeholders of their shape without memory.
    - A function is the same code on copies of the optimizers, schedulers, random generators, plain
      containers and variables that it closes over. All other objects that it reaches are shared:
      they may be a model or a data set.

    Args:
        roots: the schedulers, of any class: functions reach their copies.
    """

    def __init__(self, roots: Iterable[object]) -> None:
        super().__init__()
        self.optimizers: list[tuple[Any, Any]] = []
        """Every optimizer that was copied, with its copy."""
        self._roots = {id(root): root for root in roots}
        self._zero = torch.zeros((), device="cpu")

    def optimizer(self, original: Any) -> Any:
        """Return the copy of an optimizer, of whatever class.

        Raises:
            LrplanError: something in its groups cannot be copied.
        """
        return self.copy_with_name("optimizer", original, self._optimizer)

    def scheduler(self, original: Any, name: str) -> Any:
        """Return the copy of a scheduler, of whatever class; ``name`` is for messages.

        Raises:
            LrplanError: something that it holds cannot be copied.
        """
        return self.copy_with_name(name, original, self.copy)

    def copied_ids(self) -> set[int]:
        """Return the identities of all optimizers copied so far, and of their groups."""
        lists = [original.param_groups for original, _ in self.optimizers]
        groups = [group for of_optimizer in lists for group in of_optimizer]
        parts = [*(original for original, _ in self.optimizers), *lists, *groups]
        return {id(part) for part in parts if id(part) in self.memo}

    def copy_specially(self, original: Any) -> Any:
        """Return the copy of what deep copies would get wrong; else NotImplemented."""
        if isinstance(original, Tensor):
            return self._tensor(original)
        if isinstance(original, Optimizer):
            return self._optimizer(original)
        if isinstance(original, _FUNCTIONS):
            return self._function(original)
        if isinstance(original, weakref.ref):
            return self._weak(original)
        if isinstance(original, torch.Generator):
            return self._generator(original)
        is_scheduler = isinstance(original, LRScheduler) or id(original) in self._roots
        return (
            self._scheduler(original)
            if is_scheduler and _has_only_attributes(original)
            else NotImplemented
        )

    def _reachable(self, original: Any) -> Any:
        """The object that a copied function uses instead of ``original``."""
        if id(original) in self.memo or id(original) in self._roots:
            return self.copy(original)
        if isinstance(original, (*_STATEFUL, *_FUNCTIONS)):
            return self.copy(original)
        return (
            self.copy_container(original, self._reachable)
            if type(original) in CONTAINERS
            else original
        )

    def _tensor(self, original: Tensor) -> Tensor:
        if isinstance(original, Parameter) and original.numel() > 1:
            return self._placeholder(original)
        copied: Tensor = self.remember(original, original.detach().clone())
        return copied

    def _placeholder(self, original: Tensor) -> Tensor:
        # A view of one zero, with strides of 0: a weight of 4096 x 4096 in float32 has 64 MiB, and
        # its placeholder the 4 bytes that all placeholders share.
        shaped = self._zero.expand(original.shape)
        copied: Tensor = self.remember(
            original, Parameter(shaped, requires_grad=original.requires_grad)
        )
        return copied

    def _optimizer(self, original: Any) -> Any:
        copied = self.remember(original, object.__new__(type(original)))
        self.optimizers.append((original, copied))
        for group in original.param_groups:
            # Parameters come first: `_tensor` copies a tensor of one number with its data, since it
            # may be a learning rate. A parameter that is in the memo is only replaced by its
            # placeholder from here on.
            for parameter in group.get("params", ()):
                if id(parameter) not in self.memo:
                    self._placeholder(parameter)
        attributes = vars(copied)
        for name, value in vars(original).items():
            if name.endswith("_hooks"):
                attributes[name] = type(value)()
            elif name in {"param_groups", "defaults"}:
                attributes[name] = self.copy_at(f".{name}", value, self.copy)
            elif name not in {"state", "step"}:
                attributes[name] = self.copy_at(f".{name}", value, self._reachable)
        if "state" in vars(original):
            attributes["state"] = defaultdict(dict)
        attributes["step"] = MethodType(noop_step(original), copied)
        return copied

    def _scheduler(self, original: Any) -> Any:
        # Not by its __getstate__, which may leave the optimizer out.
        copied = self.remember(original, object.__new__(type(original)))
        # Functions last: a method of something that the scheduler has is then bound to the copy.
        vars(copied).update(self.attributes(vars(original), last=_FUNCTIONS))
        return copied

    def _generator(self, original: torch.Generator) -> torch.Generator:
        # Not by its __deepcopy__: releases of torch before 2.4 have none.
        copied: torch.Generator = self.remember(original, torch.Generator(device=original.device))
        copied.set_state(original.get_state())
        return copied

    def _weak(self, original: weakref.ref[Any]) -> Any:
        target = original()
        copied = self._reachable(target)
        return original if copied is target else self.remember(original, type(original)(copied))

    def _function(self, original: Any) -> Any:
        if isinstance(original, FunctionType):
            return self._closure(original)
        if isinstance(original, functools.partial):
            function, args, keywords = map(
                self._reachable, (original.func, original.args, original.keywords)
            )
            return self.remember(original, functools.partial(function, *args, **keywords))
        owner = self._reachable(original.__self__)
        if owner is original.__self__:
            return original
        if isinstance(original, MethodType):
            return MethodType(self._reachable(original.__func__), owner)
        return getattr(owner, original.__name__)

    def _closure(self, original: FunctionType) -> FunctionType:
        defaults, keywords = (
            self._reachable(original.__defaults__),
            self._reachable(original.__kwdefaults__),
        )
        cells = original.__closure__ or ()
        if not cells and keywords is None and defaults is original.__defaults__:
            return original
        # Two functions that share a variable share its cell, and so do their copies: a counter that
        # one adds to and the other reads works on. Cells that are known already are filled by
        # whoever made them.
        new = [cell for cell in cells if id(cell) not in self.memo]
        copies = tuple(self.memo.get(id(cell)) or self.remember(cell, CellType()) for cell in cells)
        code, scope = original.__code__, original.__globals__
        copied = FunctionType(code, scope, original.__name__, defaults, copies or None)
        self.remember(original, copied)
        copied.__kwdefaults__, copied.__qualname__ = keywords, original.__qualname__
        vars(copied).update(vars(original))
        # Filled last: a function may close over itself.
        for cell in new:
            self._fill(cell)
        return copied

    def _fill(self, cell: CellType) -> None:
        try:
            contents = cell.cell_contents
        except ValueError:
            return  # a variable without a value so far
        self.memo[id(cell)].cell_contents = self._reachable(contents)


def _has_only_attributes(original: object) -> bool:
    """Return True if its attributes are all there is to copy, in the way that deepcopy does it."""
    slots = any(getattr(cls, "__slots__", ()) for cls in type(original).__mro__)
    return (
        hasattr(original, "__dict__") and not slots and not hasattr(type(original), "__deepcopy__")
    )
