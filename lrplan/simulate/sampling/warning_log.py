"""The log of the warnings that torch gives during a run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from lrplan.trace import TorchWarning


class WarningLog:
    """Each different warning once, with the step at which it first came and its count."""

    def __init__(self) -> None:
        self.current_step: Callable[[], int | None] = lambda: None
        """Returns the step after which a warning comes; None: before the first."""
        self._seen: dict[tuple[str, str], TorchWarning] = {}

    @property
    def warnings(self) -> tuple[TorchWarning, ...]:
        """The warnings collected, in the order of first appearance."""
        return tuple(self._seen.values())

    def add(self, category: str, message: str) -> None:
        """Add a warning."""
        first = self._seen.get((category, message))
        self._seen[category, message] = (
            TorchWarning(category, message, self.current_step())
            if first is None
            else replace(first, count=first.count + 1)
        )


@contextmanager
def collect_warnings() -> Iterator[WarningLog]:
    """Collect every warning given inside in a log, and print none."""
    log = WarningLog()

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        log.add(category.__name__, str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        yield log


@contextmanager
def silence_warnings() -> Iterator[None]:
    """Drop warnings given inside: lrplan makes these calls, and not the user's loop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
