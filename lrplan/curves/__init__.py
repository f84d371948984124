"""The formulas of lrplan's own schedulers: pure functions from ticks to a factor or a value.

A formula is written here and nowhere else. Every function takes ticks as a number or an array and
returns a float64 array of that shape. A tick is one call of a scheduler's ``step()``, counted from
0; ticks before 0 have the value at 0.
"""

from __future__ import annotations

from lrplan.curves.decay import cosine, half_cosine, linear, milestone_decay, step_decay
from lrplan.curves.restarts import cosine_warmup_restarts
from lrplan.curves.warmup import gradual_warmup, inverse_sqrt, linear_warmup, warmup_cosine

__all__ = [
    "cosine",
    "cosine_warmup_restarts",
    "gradual_warmup",
    "half_cosine",
    "inverse_sqrt",
    "linear",
    "linear_warmup",
    "milestone_decay",
    "step_decay",
    "warmup_cosine",
]
