"""Several optimizers joined to one, so that one trace shows the groups of all; and their steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch.optim import Optimizer

from lrplan.torch_objects.user_code.classes import needs


class JoinedOptimizer(Optimizer):
    """The parameter groups of several optimizers, one after the other: the very same dictionaries.

    With ``[SGD(2 groups), Adam(1 group)]`` its ``param_groups`` are SGD's two and Adam's one. Each
    scheduler stays on its own optimizer and writes into that one's dictionaries, so that whoever
    reads the joined optimizer after a step sees the lrs of all. It never steps itself.

    Args:
        optimizers: the owners of the groups.
    """

    def __init__(self, optimizers: Sequence[Optimizer]) -> None:
        # Optimizer.__init__ would make groups of its own.
        self.defaults = {}
        self.state = {}  # type: ignore[assignment]  # its parts keep theirs
        self.param_groups = [group for each in optimizers for group in each.param_groups]

    def step(self, closure: Any = None) -> Any:
        """Do nothing, for the joined optimizers step themselves."""


def stepper(optimizers: Sequence[Optimizer]) -> Callable[[], object]:
    """A function that steps every optimizer, or only marks it as stepped if it has no gradients."""
    # torch's classes pass over parameters without a gradient; other people's may fail on them. The
    # mark is all that a scheduler looks at to warn of a tick before the first step.

    def step() -> None:
        for optimizer in optimizers:
            if _has_gradients(optimizer):
                optimizer.step(*([_no_loss] if needs(optimizer.step) else []))
            else:
                _mark_stepped(optimizer)

    return step


def _has_gradients(optimizer: Optimizer) -> bool:
    groups = optimizer.param_groups
    return any(each.grad is not None for group in groups for each in group["params"])


def _mark_stepped(optimizer: Optimizer) -> None:
    marks = vars(optimizer)
    marks["_opt_called"] = True
    if "_step_count" in marks:  # what older releases of torch look at
        marks["_step_count"] += 1


def _no_loss() -> float:
    return 0.0
