"""The difference of a curve from the one in a lock, and the share of the tolerance it uses up.

What a lock keeps of a curve is off by at most ``ACCURACY`` of the tolerance. A check counts a
difference from there on that, with this error, might be more than the tolerance. So more than the
tolerance is always found, and up to nine tenths of it never.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCURACY = 1 / 32
"""What is kept differs from the curve by at most this share of the tolerance."""
MARGIN = 1 / 16
"""A check takes this share off the tolerance: it is more than ``ACCURACY``, for rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockDeviation:
    """The difference of a curve from the one that was locked, beyond the tolerance."""

    first: int
    """The first step that differs; if only a range is known, the first step of that range."""
    span: int = 1
    """The length of the range that begins at ``first`` and contains the first differing step."""
    step: int | None = None
    """The step of the largest difference that is known; None where none is."""
    largest: float = 0.0
    """The largest absolute difference that is known; may be infinite."""
    peak: float = 0.0
    """The larger of both peaks."""
    is_mean: bool = False
    """True if ``largest`` is of the mean of ``span`` steps, and no value is known to differ."""

    @property
    def share(self) -> float:
        """The largest difference as a share of the peak."""
        return self.largest / self.peak if self.peak else self.largest
