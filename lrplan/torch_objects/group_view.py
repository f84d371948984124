"""A view of some parameter groups of an optimizer, for a scheduler that drives only those."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch.optim import Optimizer


class GroupView(Optimizer):
    """Some parameter groups of another optimizer: the very same dictionaries, not copies.

    A scheduler of torch reads and writes ``optimizer.param_groups`` and, besides that, reads only
    ``defaults`` of an optimizer. So one that is built on a view drives the groups of the view, by
    its own unchanged code, and never sees the others::

        view = GroupView(optimizer, [1])
        StepLR(view, 10).step()  # writes optimizer.param_groups[1]["lr"], never group 0

    Args:
        optimizer: the optimizer that owns the groups.
        indices: indices of the groups in that optimizer, in order.
    """

    def __init__(self, optimizer: Optimizer, indices: Sequence[int]) -> None:
        # Optimizer.__init__ would make groups of its own.
        self.defaults = optimizer.defaults
        self.state = optimizer.state
        self._indices = tuple(indices)
        self.follow(optimizer)

    def follow(self, optimizer: Optimizer) -> None:
        """Read the groups of ``optimizer`` again: loading a state replaces its dictionaries."""
        self.param_groups = [optimizer.param_groups[index] for index in self._indices]

    def step(self, closure: Any = None) -> Any:
        """Do nothing, for the owner steps; schedulers only check that this has been called."""
