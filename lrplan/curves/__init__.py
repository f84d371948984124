"""The formulas of schedulers, torch's and our own: pure functions from ticks to a factor or value.

lrplan computes a formula here and nowhere else; ``export/code/formulas.py`` has the same formulas
as text, for the code that it writes. Every function takes ticks as a number or an array and returns
a float64 array of that shape. A tick is one call of a scheduler's ``step()``, counted from 0; ticks
before 0 have the value at 0.
"""

from __future__ import annotations

from lrplan.curves.annealing import Strategy, annealed_again, averaging, phase
from lrplan.curves.cycles import cycle_number, triangle, warm_restarts
from lrplan.curves.decay import cosine, half_cosine, linear, milestone_decay, step_decay
from lrplan.curves.factors import (
    constant_factor,
    exponential_decay,
    polynomial_decay,
    running_product,
)
from lrplan.curves.published_schedules import (
    piecewise_constant,
    piecewise_linear,
    rex,
    tri_stage,
    warmup_polynomial,
    warmup_stable_decay,
)
from lrplan.curves.restarts import cosine_warmup_restarts
from lrplan.curves.warmup import (
    gradual_warmup,
    inverse_sqrt,
    linear_warmup,
    warmup_cosine,
    warmup_ramp,
)

__all__ = [
    "Strategy",
    "annealed_again",
    "averaging",
    "constant_factor",
    "cosine",
    "cosine_warmup_restarts",
    "cycle_number",
    "exponential_decay",
    "gradual_warmup",
    "half_cosine",
    "inverse_sqrt",
    "linear",
    "linear_warmup",
    "milestone_decay",
    "phase",
    "piecewise_constant",
    "piecewise_linear",
    "polynomial_decay",
    "rex",
    "running_product",
    "step_decay",
    "tri_stage",
    "triangle",
    "warm_restarts",
    "warmup_cosine",
    "warmup_polynomial",
    "warmup_ramp",
    "warmup_stable_decay",
]
