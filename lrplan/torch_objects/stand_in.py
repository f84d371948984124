"""An optimizer that stands in for one outside of torch: its groups have the same fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from torch.optim import Optimizer

from lrplan.catalog import OptimizerRow


class StandInOptimizer(Optimizer):
    """An optimizer whose groups are those of a class of another package, and which updates nothing.

    Schedulers go by the groups alone, so their curves are those of the real class.

    Args:
        groups: the parameter groups.
        row: of the real class.
        arguments: those that the spec gives; the others have the defaults of the row.

    Raises:
        ValueError: the real class refuses the arguments, or would compute its lr itself.
    """

    def __init__(
        self, groups: Iterable[dict[str, Any]], row: OptimizerRow, arguments: Mapping[str, object]
    ) -> None:
        defaults = {each.name: each.default for each in row.arguments} | dict(arguments)
        super().__init__(groups, defaults)
        for group in self.param_groups:
            _check_relative_step(group)

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Nothing: no weight is updated."""


def _check_relative_step(group: Mapping[str, Any]) -> None:
    """Refuse what Adafactor of transformers refuses, and the lr that it would compute itself."""
    if group.get("relative_step") and group["lr"] is not None:
        raise ValueError("an `lr` needs `relative_step: false`")
    if group["lr"] is None:
        raise ValueError(
            "without an `lr` it computes one from the step and the weights, and no schedule drives"
            " it; give an `lr` and `relative_step: false`"
        )
