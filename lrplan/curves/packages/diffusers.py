"""The factors of diffusers' ``get_scheduler`` on the base lr; release 0.42.1.

All but one are those of transformers, from which diffusers has taken them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray
from lrplan.curves.packages import transformers


def piecewise_constant(
    ticks: ArrayLike,
    step_rules: str,
    num_warmup_steps: int | None = None,  # noqa: ARG001  # taken, and not used
    num_training_steps: int | None = None,  # noqa: ARG001
) -> FloatArray:
    """Each factor of ``step_rules`` before its tick, the last one after all of them.

    Raises:
        ValueError: ``step_rules`` is not of the form ``FACTOR:TICK,...,FACTOR``.
    """
    *rules, last = step_rules.split(",")
    # "1:10,0.1:20,0.005" has the factors 1 before tick 10, 0.1 before tick 20, then 0.005. Rules
    # may come in any order, and of two with the same tick the second one counts.
    factors = {int(tick): float(factor) for factor, tick in (each.split(":") for each in rules)}
    edges = sorted(factors)
    index = np.searchsorted(edges, np.asarray(ticks, dtype=np.float64), side="right")
    return np.array([*(factors[edge] for edge in edges), float(last)])[index]


_SHARED = (
    "linear",
    "cosine",
    "cosine_with_restarts",
    "polynomial",
    "constant",
    "constant_with_warmup",
)
FORMULAS: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {
        **{name: transformers.FORMULAS[name] for name in _SHARED},
        "piecewise_constant": piecewise_constant,
    }
)
"""By the name of the scheduler."""
