"""The schedulers of pytorch-accelerated and its two bases, ticked after each optimizer update.

Its Trainer calls ``step()`` after every update. A stateful scheduler counts from -1 there, so its
first ``step()`` sets the first value once more; a stateless one is given the number of updates.
What the Trainer fills in when a scheduler is created (epochs, updates of an epoch) comes from the
run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch.optim import Optimizer

from lrplan.torch_objects.adapters import import_optional

Formula = Callable[[float], float]

_MODULE = "pytorch_accelerated.schedulers"
_NAME = "pytorch-accelerated"


def cosine(
    optimizer: Optimizer,
    total_num_epochs: int | None = None,
    num_update_steps_per_epoch: int | None = None,
    *,
    _epochs: int | None = None,
    _steps_per_epoch: int | None = None,
    **arguments: object,
) -> Any:
    """The package's ``CosineLrScheduler``, its two lengths taken from the run unless given.

    Raises:
        MissingExtraError: pytorch-accelerated is not installed.
        ValueError: the run has no epochs to take a length from.
    """
    package = import_optional(_MODULE, _NAME)
    return package.CosineLrScheduler(
        optimizer,
        total_num_epochs=_given_or_from_run("total_num_epochs", total_num_epochs, _epochs),
        num_update_steps_per_epoch=_given_or_from_run(
            "num_update_steps_per_epoch", num_update_steps_per_epoch, _steps_per_epoch
        ),
        **arguments,
    )


def wsd(
    optimizer: Optimizer,
    num_epochs: int | None = None,
    num_update_steps_per_epoch: int | None = None,
    total_steps: int | None = None,
    *,
    _epochs: int | None = None,
    _steps_per_epoch: int | None = None,
    **arguments: object,
) -> Any:
    """The package's ``WSDLrScheduler``; without ``total_steps``, as long as the run.

    Raises:
        MissingExtraError: pytorch-accelerated is not installed.
        ValueError: the run has no epochs to take a length from, or the package refuses it.
    """
    package = import_optional(_MODULE, _NAME)
    if total_steps is None:
        num_epochs = _given_or_from_run("num_epochs", num_epochs, _epochs)
        num_update_steps_per_epoch = _given_or_from_run(
            "num_update_steps_per_epoch", num_update_steps_per_epoch, _steps_per_epoch
        )
    return package.WSDLrScheduler(
        optimizer, num_epochs, num_update_steps_per_epoch, total_steps, **arguments
    )


def _given_or_from_run(name: str, given: int | None, run_length: int | None) -> int:
    value = run_length if given is None else given
    if value is None:
        raise ValueError(f"give `{name}`: this run has no epochs to take it from")
    return value


class StatelessAdapter:
    """A ``SchedulerBase``: each tick passes it the number of updates, which the loop counts.

    Args:
        scheduler: the package's own object.
    """

    def __init__(self, scheduler: Any) -> None:
        self.scheduler = scheduler
        self._updates = 0

    def step(self) -> None:
        """Tick once, after an update of the optimizer."""
        self._updates += 1
        self.scheduler.step_update(self._updates)


def adapt(scheduler: Any) -> Any:
    """The object that the Trainer ticks for a scheduler that the user's code has made."""
    return scheduler if hasattr(scheduler, "step") else StatelessAdapter(scheduler)


class StatefulFormula:
    """A ``StatefulSchedulerBase`` whose ``get_updated_values`` is a formula, or one per group.

    Args:
        optimizer: the optimizer to drive.
        get_updated_values: number of updates to value.
        param_group_field: the field of the parameter groups that is set.

    Raises:
        MissingExtraError: pytorch-accelerated is not installed.
        KeyError: a parameter group lacks the field.
    """

    base = "StatefulSchedulerBase"

    def __init__(
        self,
        optimizer: Optimizer,
        get_updated_values: Formula | Sequence[Formula],
        param_group_field: str = "lr",
    ) -> None:
        base = getattr(import_optional(_MODULE, _NAME), self.base)
        self.scheduler = _subclass(base, get_updated_values)(optimizer, param_group_field)

    def step(self) -> None:
        """Tick once, after an update of the optimizer."""
        self.scheduler.step()

    def state_dict(self) -> Any:
        """The state of the package's object."""
        return self.scheduler.state_dict()

    def load_state_dict(self, state_dict: Any) -> None:
        """Take over a state from ``state_dict()``."""
        self.scheduler.load_state_dict(state_dict)


class StatelessFormula(StatefulFormula):
    """A ``SchedulerBase`` with a formula; the training loop counts the updates for it."""

    base = "SchedulerBase"
    _updates = 0

    def step(self) -> None:
        """Tick once, after an update of the optimizer."""
        self._updates += 1
        self.scheduler.step_update(self._updates)

    def state_dict(self) -> Any:
        """The state of the package's object, and the training loop's count of updates."""
        return {"scheduler": super().state_dict(), "updates": self._updates}

    def load_state_dict(self, state_dict: Any) -> None:
        """Take over a state from ``state_dict()``."""
        super().load_state_dict(state_dict["scheduler"])
        self._updates = state_dict["updates"]


def _subclass(base: Any, formula: Formula | Sequence[Formula]) -> Any:
    # The package wants a subclass for each formula. One is made at run time, whose method calls the
    # expression of the spec; a list has one formula for each parameter group.
    def get_updated_values(_: Any, num_updates: int) -> float | list[float]:
        if callable(formula):
            return formula(num_updates)
        return [each(num_updates) for each in formula]

    def state_dict(scheduler: Any) -> dict[str, Any]:
        attributes: dict[str, Any] = scheduler.__dict__
        return {name: value for name, value in attributes.items() if name != "optimizer"}

    def load_state_dict(scheduler: Any, state: dict[str, Any]) -> None:
        scheduler.__dict__.update(state)

    body = {
        "get_updated_values": get_updated_values,
        # The stateful base leaves these two abstract.
        "state_dict": state_dict,
        "load_state_dict": load_state_dict,
    }
    return type("Formula", (base,), body)
