"""Several optimizers as one, and their steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.optim import Optimizer

from lrplan.torch_objects.user_code.classes import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class JoinedOptimizer(Optimizer):
    """The parameter groups of several optimizers, one after the other: the very same dictionaries.

    Args:
        optimizers: whose groups they are.
    """

    def __init__(self, optimizers: Sequence[Optimizer]) -> None:
        # Optimizer.__init__ would make groups of its own.
        self.defaults = {}
        self.state = {}  # type: ignore[assignment]  # its parts keep theirs
        self.param_groups = [group for each in optimizers for group in each.param_groups]

    def step(self, closure: Any = None) -> Any:
        """Nothing: its parts step."""


def stepper(optimizers: Sequence[Optimizer]) -> Callable[[], object]:
    """One step of every optimizer; of one without gradients, the mark that schedulers look for.

    Classes of torch pass over parameters without a gradient, other people's may not.
    """

    def step() -> None:
        for optimizer in optimizers:
            if _has_gradients(optimizer):
                optimizer.step(*([_no_loss] if needs(optimizer.step) else []))
            else:
                _mark(optimizer)

    return step


def _has_gradients(optimizer: Optimizer) -> bool:
    groups = optimizer.param_groups
    return any(each.grad is not None for group in groups for each in group["params"])


def _mark(optimizer: Optimizer) -> None:
    marks = vars(optimizer)
    marks["_opt_called"] = True
    if "_step_count" in marks:  # what older releases of torch look at
        marks["_step_count"] += 1


def _no_loss() -> float:
    return 0.0
