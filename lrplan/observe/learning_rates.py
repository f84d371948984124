"""Reads learning rates out of parameter groups, whatever they are kept as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

NAN = float("nan")


class LrReader:
    """Reads the learning rate of every group as a float.

    A tensor in the memory of a device cannot be read without waiting for all the work that the
    device was given: such a value is NaN here.
    """

    def __call__(self, groups: Sequence[Mapping[str, Any]]) -> list[float]:
        """The learning rates of ``groups``; NaN where there is none."""
        lrs = [group.get("lr") for group in groups]
        for value in lrs:
            if type(value) is not float:
                return [_number(each) for each in lrs]
        return lrs  # type: ignore[return-value]  # all are floats

    def resolve(self) -> None:
        """Nothing waits."""


def _number(value: Any) -> float:
    device = getattr(value, "device", None)
    if device is not None and getattr(device, "type", "cpu") != "cpu":
        return NAN
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return NAN  # None of optimizers that choose it themselves, or several values
