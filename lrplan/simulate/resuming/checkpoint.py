"""A checkpoint: the states of an optimizer and its schedulers, as a file would hold them."""

from __future__ import annotations

import io
import pickle
import re
from dataclasses import dataclass
from typing import Any

import torch
from torch.optim import Optimizer

from lrplan.errors import LrplanError
from lrplan.torch_objects.builder import LiveSchedule
from lrplan.torch_objects.group_view import GroupView

_GLOBAL = re.compile(r"GLOBAL (\S+) was not an allowed global")
"""The sentence in torch's error message that names the object that it refuses to load."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The bytes that ``torch.save`` wrote; each ``read`` makes new objects of them."""

    data: bytes
    kinds: tuple[str, ...]
    """The outermost schedulers' names, for messages."""
    unsafe: str = ""
    """The reason why ``torch.load`` needs ``weights_only=False`` for it; empty: it does not."""

    def read(self) -> tuple[dict[str, Any], list[Any]]:
        """Return the states of the optimizer and of each scheduler, freshly loaded."""
        # Unpickling in full is safe here: these bytes were made by this process a moment ago.
        states = torch.load(io.BytesIO(self.data), weights_only=not self.unsafe, map_location=None)
        return states["optimizer"], states["schedulers"]


def save(live: LiveSchedule) -> Checkpoint:
    """Save the states of ``live``, which may go on unchanged.

    Raises:
        LrplanError: a scheduler has no state to be saved, or one that cannot be.
    """
    kinds = tuple(driver.plan.type for driver in live.drivers)
    states = [_state(driver.scheduler, driver.plan.type) for driver in live.drivers]
    buffer = io.BytesIO()
    try:
        torch.save({"optimizer": live.optimizer.state_dict(), "schedulers": states}, buffer)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise LrplanError(f"the state of {' and '.join(kinds)} cannot be saved: {error}") from error
    return Checkpoint(buffer.getvalue(), kinds, _refusal(buffer.getvalue()))


def restore_optimizer(live: LiveSchedule, state: dict[str, Any]) -> None:
    """Load the optimizer's state after the schedulers have been built on the optimizer.

    Raises:
        LrplanError: as ``load_into`` does.
    """
    load_into(live.optimizer, state)
    for driver in live.drivers:
        if isinstance(driver.optimizer, GroupView):
            driver.optimizer.follow(live.optimizer)


def load_into(optimizer: Optimizer, state: dict[str, Any]) -> None:
    """Load the state of an optimizer, which may have been one of another class.

    Raises:
        LrplanError: torch refuses it, or it lacks what this class reads at every step.
    """
    kind = type(optimizer).__name__
    try:
        optimizer.load_state_dict(state)
    except ValueError as error:
        raise LrplanError(f"{kind} cannot load the saved state: {error}") from error
    # torch takes the saved groups as they are. SGD has no `betas`: AdamW would raise at its first
    # step, while Adam has all that AdamW needs.
    lacks = [
        name
        for name in optimizer.defaults
        if any(name not in group for group in optimizer.param_groups)
    ]
    if lacks:
        missing = f"the saved state is of another optimizer, without {', '.join(lacks)}"
        raise LrplanError(f"{kind} cannot go on from it: {missing}")


def restore_schedulers(live: LiveSchedule, checkpoint: Checkpoint, states: list[Any]) -> None:
    """Load the schedulers' states, in order.

    Raises:
        LrplanError: one does not take its state.
    """
    for driver, saved, state in zip(live.drivers, checkpoint.kinds, states, strict=True):
        try:
            driver.scheduler.load_state_dict(state)
        except Exception as error:  # a class of a package or of the user may raise anything
            kind = driver.plan.type
            whose = "it saved" if kind == saved else f"that {saved} saved"
            # A KeyError is only the key.
            reason = f"there is no {error} in it" if isinstance(error, KeyError) else str(error)
            message = f"{kind} cannot load the state {whose}"
            raise LrplanError(f"{message}: {reason or type(error).__name__}") from error


def _state(scheduler: Any, kind: str) -> Any:
    if not hasattr(scheduler, "state_dict"):
        raise LrplanError(f"{kind} has no state_dict(): nothing of it can be saved")
    return scheduler.state_dict()


def _refusal(data: bytes) -> str:
    try:
        torch.load(io.BytesIO(data), weights_only=True)
    except pickle.UnpicklingError as error:
        match = _GLOBAL.search(str(error))
        return f"it holds a {match[1]}" if match else "it holds more than plain values"
    return ""
