"""The formulas of generated code, one tick at a time, are the curves of lrplan."""

import math

import numpy as np
import pytest

from lrplan import curves
from lrplan.export.code.formulas import FORMULAS

TICKS = range(60)
CASES = [
    ("linear_warmup", curves.linear_warmup, [{"warmup": w} for w in (0, 1, 7)]),
    (
        "warmup_ramp",
        curves.warmup_ramp,
        [
            {"warmup": w, "start": 0.1, "shape": shape}
            for w in (0, 1, 7)
            for shape in ("linear", "cosine", "exponential")
        ],
    ),
    (
        "warmup_cosine",
        curves.warmup_cosine,
        [
            *({"warmup": w, "total": t} for w in (0, 1, 7) for t in (1, 7, 30, 60)),
            {"warmup": 7, "total": 30, "floor": 0.1},
        ],
    ),
    (
        "inverse_sqrt",
        curves.inverse_sqrt,
        [
            *({"warmup": w} for w in (1, 7, 100)),
            {"warmup": 7, "timescale": 3},
            {"warmup": 7, "cooldown": 20, "total": 50},
            {"warmup": 7, "start": 0.2},
        ],
    ),
    (
        "warmup_polynomial",
        curves.warmup_polynomial,
        [
            {"warmup": w, "total": t, "floor": m, "power": p}
            for w, t in ((0, 1), (7, 7), (7, 30), (9, 4))
            for m, p in ((0.0, 1.0), (0.1, 2.0), (0.3, 0.5))
        ],
    ),
    (
        "warmup_stable_decay",
        curves.warmup_stable_decay,
        [
            {"warmup": w, "total": t, "decay": d, "shape": kind, "floor": 0.1}
            for w, t, d in ((0, 1, 1), (7, 40, 12), (7, 19, 12))
            for kind in ("linear", "1-sqrt", "cosine", "exponential")
        ],
    ),
    (
        "tri_stage",
        curves.tri_stage,
        [
            {"warmup": w, "hold": h, "decay": d, "start": 0.2, "end": 0.05}
            for w, h, d in ((0, 0, 1), (7, 0, 30), (7, 9, 20))
        ],
    ),
    (
        "rex",
        curves.rex,
        [
            {"total": t, "warmup": w, "floor": m, "beta": b}
            for t, w in ((1, 0), (30, 7))
            for m, b in ((0.0, 0.5), (0.1, 0.9), (0.2, 0.0))
        ],
    ),
    (
        "piecewise_constant",
        curves.piecewise_constant,
        [{"milestones": m, "values": [0.1 * i for i in range(len(m) + 1)]} for m in ([], [0, 9])],
    ),
    (
        "piecewise_linear",
        curves.piecewise_linear,
        [
            {"points": p}
            for p in ([(5, 0.3)], [(0, 0.1), (9, 1.0)], [(4, 1.0), (7, 0.2), (50, 0.5)])
        ],
    ),
    (
        "milestone_decay",
        curves.milestone_decay,
        [{"milestones": m, "gamma": 0.3} for m in ([], [5], [30, 5, 5], [0, 60])],
    ),
    ("step_decay", curves.step_decay, [{"every": n, "gamma": 1.1} for n in (1, 7)]),
    *(
        (
            name,
            getattr(curves, name),
            [{"start": 0.04, "end": e, "total": t} for e in (0.0, 0.4) for t in (1, 7, 60)],
        )
        for name in ("linear", "cosine")
    ),
]


def function(name):
    namespace = {"math": math, "Sequence": list}
    exec(FORMULAS[name], namespace)
    return namespace[name]


@pytest.mark.parametrize(
    ("name", "curve", "arguments"),
    [
        pytest.param(name, curve, each, id=f"{name}-{'-'.join(map(str, each.values()))}")
        for name, curve, cases in CASES
        for each in cases
    ],
)
def test_formula_is_the_curve(name, curve, arguments):
    values = [function(name)(tick, **arguments) for tick in TICKS]
    expected = curve(np.asarray(TICKS), **arguments)
    np.testing.assert_allclose(values, expected, rtol=1e-14, atol=2e-16)


@pytest.mark.parametrize("mult", [1, 2])
@pytest.mark.parametrize(("first", "warmup"), [(1, 0), (10, 0), (10, 3)])
@pytest.mark.parametrize("gamma", [1.0, 0.5])
def test_restarts_are_the_curve(first, mult, warmup, gamma):
    name = "cosine_warmup_restarts"
    options = {"mult": mult, "warmup": warmup, "gamma": gamma}
    values = [function(name)(tick, 0.001, 0.1, first, **options) for tick in TICKS]
    expected = curves.cosine_warmup_restarts(np.asarray(TICKS), 0.001, 0.1, first, **options)
    np.testing.assert_allclose(values, expected, rtol=1e-13, atol=2e-17)


def test_every_formula_is_compared():
    assert {name for name, _, _ in CASES} | {"cosine_warmup_restarts"} == set(FORMULAS)
