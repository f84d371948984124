"""Reads learning rates out of parameter groups, whatever they are kept as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

NAN = float("nan")


class LrOnDevice(float):
    """A learning rate in the memory of a device, of which a copy was made there; NaN until read.

    Reading it at once would wait for all the work that the device was given.
    """

    copy: Any
    """The copy, which later steps do not change."""

    def __new__(cls, tensor: Any) -> LrOnDevice:  # noqa: PYI034  # Self is not in Python 3.10
        """Copy ``tensor`` on its device."""
        value = super().__new__(cls, NAN)
        value.copy = tensor.detach().clone()
        return value


def lrs_of(groups: Sequence[Mapping[str, Any]], *, with_copies: bool = False) -> list[float]:
    """The learning rate of each group; NaN where there is none, or it is on a device.

    Args:
        groups: of an optimizer.
        with_copies: give an ``LrOnDevice`` for those on a device.
    """
    lrs = [group.get("lr") for group in groups]
    for value in lrs:
        if type(value) is not float:
            return [_number(each, with_copies=with_copies) for each in lrs]
    return lrs  # type: ignore[return-value]  # all are floats


def _number(value: Any, *, with_copies: bool) -> float:
    device = getattr(value, "device", None)
    if device is not None and getattr(device, "type", "cpu") != "cpu":
        return LrOnDevice(value) if with_copies else NAN
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return NAN  # None of optimizers that choose it themselves, or several values
