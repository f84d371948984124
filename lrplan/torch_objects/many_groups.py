"""Building optimizers of many parameter groups in a time that grows with their number only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch.optim import Optimizer


@contextmanager
def skip_duplicate_parameter_check() -> Iterator[None]:
    """Let ``Optimizer.add_param_group`` see no groups but the one that is added.

    torch compares the parameters of a new group with those of all groups before it, so that a
    thousand groups take a hundred times as long as a hundred. It is looking for parameters that
    are in two groups; where each group has a new parameter of its own, as here, there are none.
    """
    add = Optimizer.add_param_group

    def add_alone(self: Optimizer, param_group: dict[str, Any]) -> None:
        groups, self.param_groups = self.param_groups, []
        try:
            add(self, param_group)
        finally:
            groups.extend(self.param_groups)
            self.param_groups = groups

    Optimizer.add_param_group = add_alone  # type: ignore[method-assign]
    try:
        yield
    finally:
        Optimizer.add_param_group = add  # type: ignore[method-assign]
