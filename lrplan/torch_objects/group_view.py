"""An optimizer as a scheduler sees it when it drives some of the groups only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.optim import Optimizer

if TYPE_CHECKING:
    from collections.abc import Sequence


class GroupView(Optimizer):
    """Some parameter groups of another optimizer: the very same dictionaries.

    A scheduler of torch reads and writes ``optimizer.param_groups`` and nothing else of an
    optimizer but its ``defaults``, so one that is built on a view drives the groups of the view,
    by its own unchanged code, and never sees the others.

    Args:
        optimizer: the optimizer that owns the groups.
        indices: which of its groups, in order.
    """

    def __init__(self, optimizer: Optimizer, indices: Sequence[int]) -> None:
        # Optimizer.__init__ would make groups of its own.
        self.defaults = optimizer.defaults
        self.state = optimizer.state
        self._indices = tuple(indices)
        self.follow(optimizer)

    def follow(self, optimizer: Optimizer) -> None:
        """Take the groups that ``optimizer`` has now: loading a state gives it new ones."""
        self.param_groups = [optimizer.param_groups[index] for index in self._indices]

    def step(self, closure: Any = None) -> Any:
        """Nothing: the owner steps. Schedulers only look whether it was called."""
