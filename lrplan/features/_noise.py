"""What counts as a change of a value, and what is only rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

NOISE = 1e-12
"""Differences below this share of the curve's largest magnitude are rounding, not change."""


def noise_floor(values: FloatArray) -> float:
    """The difference up to which two values of this curve count as the same."""
    finite = values[np.isfinite(values)]
    return NOISE * float(np.abs(finite).max()) if finite.size else 0.0


# Values near the end of float64's range differ by more than it holds: then by infinity.
@np.errstate(over="ignore")
def varies(values: FloatArray) -> bool:
    """Whether the curve changes during the run: by more than rounding, or to or from no number."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return False
    return finite.size < values.size or float(np.ptp(finite)) > noise_floor(values)
