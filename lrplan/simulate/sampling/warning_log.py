"""Collects the warnings that torch gives instead of printing them."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from lrplan.trace import TorchWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class WarningLog:
    """Each different warning once, with the step at which it first came and how often it came."""

    def __init__(self) -> None:
        self.where: Callable[[], int | None] = lambda: None
        """Asked for the step after which a warning comes."""
        self._seen: dict[tuple[str, str], TorchWarning] = {}

    @property
    def warnings(self) -> tuple[TorchWarning, ...]:
        """What was collected, in the order of first appearance."""
        return tuple(self._seen.values())

    def add(self, category: str, message: str) -> None:
        """One more warning."""
        known = self._seen.get((category, message))
        self._seen[category, message] = (
            TorchWarning(category, message, self.where())
            if known is None
            else replace(known, count=known.count + 1)
        )


@contextmanager
def collect_warnings() -> Iterator[WarningLog]:
    """Every warning given inside goes to the log, none to the terminal."""
    log = WarningLog()

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        log.add(category.__name__, str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        yield log


@contextmanager
def silence_warnings() -> Iterator[None]:
    """Warnings given inside are dropped: lrplan asks, not the user's loop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
