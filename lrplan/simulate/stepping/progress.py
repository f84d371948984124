"""How far a run has come, told once although it may be run again in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class MonotonicProgress:
    """Passes on what goes beyond the furthest that was told before.

    Args:
        progress: called with the number of steps done since the last call.
    """

    def __init__(self, progress: Callable[[int], None] | None) -> None:
        self._progress = progress
        self._furthest = 0
        self._done = 0

    def again(self) -> MonotonicProgress:
        """The run begins anew."""
        self._done = 0
        return self

    def __call__(self, steps: int) -> None:
        """So many more steps are done."""
        self._done += steps
        if self._progress is not None and self._done > self._furthest:
            self._progress(self._done - self._furthest)
            self._furthest = self._done
