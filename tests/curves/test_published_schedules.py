"""The families of the literature: the formulas of their sources, tick by tick, and endpoints."""

import math

import numpy as np
import pytest
import torch

from lrplan import curves
from lrplan.export.code.formulas import FORMULAS
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from tests.support.for_all import for_all
from tests.support.rule_runs import findings
from tests.support.specs import spec
from tests.torch_objects.adapters.traced import plan_of

TICKS = range(70)
TOLERANCE = 1e-12


def megatron_line(s, warmup, total, floor):
    """Megatron-LM's linear decay, min_lr a share of the peak."""
    if s <= warmup:
        return s / warmup if warmup else 1.0
    if s > total:
        return floor
    return floor + (1 - floor) * (1 - (s - warmup) / (total - warmup))


def transformers_polynomial(s, warmup, total, floor, power):
    if s < warmup:
        return s / max(1, warmup)
    if s > total:
        return floor
    return (1 - floor) * (1 - (s - warmup) / (total - warmup)) ** power + floor


def transformers_cosine(s, warmup, total, floor):
    if s < warmup:
        return s / max(1, warmup)
    progress = (s - warmup) / max(1, total - warmup)
    return max(0, 0.5 * (1 + math.cos(math.pi * progress)) * (1 - floor) + floor)


def haegele(s, warmup, total, decay, shape, floor):
    """The cool-downs of arXiv:2405.18392, section 3; exponential as in MiniCPM, to the floor."""
    if s < warmup:
        return s / warmup
    if s < total - decay:
        return 1.0
    share = min((s - (total - decay)) / decay, 1)
    left = {
        "linear": 1 - share,
        "1-sqrt": 1 - math.sqrt(share),
        "cosine": 0.5 * (1 + math.cos(math.pi * share)),
    }
    if shape == "exponential":
        return math.exp(share * math.log(floor))
    return floor + (1 - floor) * left[shape]


def fairseq_tri_stage(s, warmup, hold, decay, start, end):
    """Stages as fairseq decides them."""
    if s < warmup:
        return start + (1 - start) / warmup * s
    if s < warmup + hold:
        return 1.0
    if s <= warmup + hold + decay:
        return math.exp(math.log(end) / decay * (s - warmup - hold))
    return end


def rex_of_the_paper(s, total):
    """arXiv:2107.04197: (1 - t/T) / (1/2 + 1/2 (1 - t/T))."""
    left = 1 - min(s, total) / total
    return left / (0.5 + 0.5 * left)


def big_vision_rsqrt(s, warmup, timescale, cooldown, total):
    value = 1 / math.sqrt((s + timescale - warmup) / timescale) if warmup < s else 1.0
    value *= min(1.0, s / warmup)
    return value * max(0.0, min(1.0, (total - s) / cooldown)) if cooldown else value


def fairseq_inverse_sqrt(s, warmup, _timescale, _cooldown, _total, start):
    """InverseSquareRootSchedule with lr 1: warmup_init_lr is ``start``."""
    if s < warmup:
        return start + s * (1 - start) / warmup
    return math.sqrt(warmup) * s**-0.5


def noam_from_step_1(s, _warmup, scale, _cooldown, _total, _start):
    """Vaswani et al., over its peak: the paper's step is 1 where ``s`` is 0."""
    return math.sqrt(scale) * min((s + 1) ** -0.5, (s + 1) * scale**-1.5)


_SHAPES = ("linear", "1-sqrt", "cosine", "exponential")
CASES = [
    *(("warmup_polynomial", megatron_line, (w, t, 0.1)) for w, t in ((0, 50), (7, 60))),
    *(
        ("warmup_polynomial", transformers_polynomial, (7, 50, m, p))
        for m, p in ((0.0, 1.0), (0.1, 2.0), (0.2, 0.5))
    ),
    *(("warmup_cosine", transformers_cosine, (w, 50, m)) for w in (0, 7) for m in (0.0, 0.1)),
    *(
        ("warmup_stable_decay", haegele, (w, 60, d, kind, m))
        for w, d in ((0, 60), (7, 20), (10, 50))
        for kind in _SHAPES
        for m in (0.1, 0.01)
    ),
    *(
        ("tri_stage", fairseq_tri_stage, (w, h, d, 0.2, 0.05))
        for w, h, d in ((7, 20, 30), (0, 0, 40), (5, 0, 1))
    ),
    *(("rex", rex_of_the_paper, (t,)) for t in (1, 33)),
    *(
        ("inverse_sqrt", big_vision_rsqrt, (w, q, c, 60))
        for w, q in ((7, 7), (1, 30), (10, 4))
        for c in (0, 15)
    ),
    *(("inverse_sqrt", fairseq_inverse_sqrt, (7, None, 0, None, a)) for a in (0.0, 0.2, 1.0)),
    *(("inverse_sqrt", noam_from_step_1, (q - 1, q, 0, None, 1 / q)) for q in (2, 16)),
]


@for_all([(f"{name} {own}", (name, source, own)) for name, source, own in CASES])
def test_a_curve_is_the_formula_of_its_source(name, source, own):
    found = getattr(curves, name)(np.arange(len(TICKS)), *own)
    expected = [source(s, *own) for s in TICKS]
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)


# The value at 0, at the end of the warm-up, at the end, and long after it.
ENDPOINTS = [
    ("warmup_polynomial", (5, 20, 0.1, 2.0), (0, 5, 20, 99), (0.0, 1.0, 0.1, 0.1)),
    ("warmup_cosine", (5, 20, 0.25), (0, 5, 20, 35), (0.0, 1.0, 0.25, 1.0)),
    ("warmup_stable_decay", (5, 20, 4, "1-sqrt", 0.1), (0, 5, 16, 20, 99), (0, 1, 1, 0.1, 0.1)),
    ("warmup_stable_decay", (5, 20, 4, "exponential", 0.1), (0, 16, 20, 99), (0, 1, 0.1, 0.1)),
    ("tri_stage", (5, 6, 7, 0.2, 0.1), (0, 5, 11, 18, 99), (0.2, 1.0, 1.0, 0.1, 0.1)),
    ("rex", (20, 5, 0.1), (0, 5, 20, 99), (0.0, 1.0, 0.1, 0.1)),
    ("inverse_sqrt", (4, None, 5, 30), (0, 4, 16, 25, 30, 99), (0, 1, 0.5, 0.4, 0, 0)),
    (
        "piecewise_constant",
        ([3, 8], [1.0, 0.5, 0.2]),
        (0, 2, 3, 7, 8, 99),
        (1, 1, 0.5, 0.5, 0.2, 0.2),
    ),
    (
        "piecewise_linear",
        ([(2, 1.0), (4, 3.0), (8, 0.0)],),
        (0, 2, 3, 6, 8, 99),
        (1, 1, 2, 1.5, 0, 0),
    ),
]


@for_all([(f"{name} {own}", (name, own, at, values)) for name, own, at, values in ENDPOINTS])
def test_endpoints_are_exact(name, own, at, values):
    assert getattr(curves, name)(np.array(at), *own).tolist() == list(map(float, values))


REFUSED = [
    ("warmup_polynomial", (5, 0)),
    ("warmup_polynomial", (5, 20, 0.0, 0.0)),
    ("warmup_stable_decay", (5, 20, 16)),
    ("warmup_stable_decay", (5, 20, 0)),
    ("warmup_stable_decay", (5, 20, 4, "exponential")),
    ("warmup_stable_decay", (5, 20, 4, "sine")),
    ("tri_stage", (5, 5, 0)),
    ("tri_stage", (5, 5, 5, 0.1, 0.0)),
    ("rex", (0,)),
    ("rex", (20, 0, 0.0, 1.0)),
    ("inverse_sqrt", (4, None, 5)),
    ("inverse_sqrt", (4, 0)),
    ("piecewise_constant", ([3], [1.0])),
    ("piecewise_constant", ([8, 3], [1.0, 0.5, 0.2])),
    ("piecewise_constant", ([-1], [1.0, 0.5])),
    ("piecewise_linear", ([],)),
    ("piecewise_linear", ([(3, 1.0), (3, 2.0)],)),
]


@for_all([(f"{name} {own}", (name, own)) for name, own in REFUSED])
def test_what_makes_no_sense_is_refused(name, own):
    with pytest.raises(ValueError, match=r"."):
        getattr(curves, name)(np.arange(9), *own)


SPECS = [
    {"type": "WarmupLinear", "warmup_steps": "5%", "total_steps": "100%", "min_ratio": 0.1},
    {"type": "WarmupPolynomial", "warmup_steps": 20, "total_steps": 380, "power": 2},
    {"type": "WarmupCosine", "warmup_steps": 20, "total_steps": 380, "min_ratio": 0.1},
    {"type": "WarmupStableDecay", "warmup_steps": 20, "total_steps": 380, "decay_steps": "20%"},
    {"type": "TriStage", "warmup_steps": 20, "hold_steps": 200, "decay_steps": 150},
    {"type": "REX", "total_steps": 380, "warmup_steps": 20, "beta": 0.9},
    {
        "type": "InverseSqrtScheduler",
        "warmup_steps": 20,
        "cooldown_steps": 50,
        "total_steps": 400,
    },
    {"type": "PiecewiseConstant", "milestones": [100, 300], "values": [0.3, 0.1, 0.01]},
    {"type": "PiecewiseConstant", "milestones": [100, "75%"], "factors": [1, 0.1, 0.01]},
    {"type": "PiecewiseLinear", "points": [[0, 0.1], ["50%", 1], [400, 0]]},
    {"type": "PiecewiseLinear", "factors": [[10, 0.1], [100, 1], [350, 0.2]]},
]
FIELDS = ("lr", "weight_decay", "betas[0]", "eps")


def test_both_engines_agree_on_every_field_of_two_groups():
    for own in SPECS:
        for field in FIELDS:
            mapping = {**own, "interval": "step", "param_group_field": field}
            plan = plan_of(mapping, rates=(0.4, 0.01), training={"steps": 400}, type="AdamW")
            stepped = simulate(plan, Request(engine="step"))
            closed = simulate(plan, Request(engine="closed"))
            column = "momentum" if field == "betas[0]" else field
            for group in plan.optimizer.groups:
                real, computed = (t.columns[column][group.name] for t in (stepped, closed))
                assert len(set(real.tolist())) > 2
                np.testing.assert_allclose(computed, real, rtol=0, atol=1e-12 * real.max())


def test_values_are_the_same_for_all_groups_and_factors_are_not():
    levels = {"type": "PiecewiseConstant", "interval": "step", "milestones": [2]}
    options = {"rates": (1.0, 0.5), "training": {"steps": 4}}
    lrs = simulate(plan_of({**levels, "values": [0.3, 0.1]}, **options)).lr
    assert lrs["g0"].tolist() == lrs["g1"].tolist() == [0.3, 0.3, 0.1, 0.1]
    lrs = simulate(plan_of({**levels, "factors": [1, 0.5]}, **options)).lr
    assert lrs["g0"].tolist() == [1.0, 1.0, 0.5, 0.5]
    assert lrs["g1"].tolist() == [0.5, 0.5, 0.25, 0.25]


def test_exported_formulas_have_the_defaults_of_the_curves():
    from inspect import signature

    for name, source in FORMULAS.items():
        namespace = {"math": math, "Sequence": list}
        exec(source, namespace)
        own = signature(namespace[name]).parameters
        for parameter in list(signature(getattr(curves, name)).parameters.values())[1:]:
            if parameter.default is not parameter.empty and parameter.name in own:
                assert own[parameter.name].default == parameter.default, (name, parameter.name)


def test_torchs_linear_lr_still_refuses_a_start_of_0():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    with pytest.raises(ValueError, match="Starting multiplicative factor"):
        torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.0)


def test_the_refusal_of_a_line_from_0_leads_to_ours():
    (finding,) = findings(spec("{type: LinearLR, start_factor: 0, total_iters: 5ep}"))
    assert finding.message == "`start_factor` must be more than 0, not 0"
    assert finding.fix.startswith("WarmupConstantSchedule is a line from 0")


@for_all(
    [
        ("values", ("{type: PiecewiseConstant, milestones: [5ep], values: [0.4, 0.1]}",)),
        ("points", ("{type: PiecewiseLinear, points: [[0, 0.1], [9ep, 0.4], [30ep, 0.01]]}",)),
        ("factors", ("{type: PiecewiseConstant, milestones: [5ep], factors: [2, 0.1]}",)),
    ]
)
def test_rates_that_are_written_down_are_meant(scheduler):
    assert findings(spec(scheduler)) == []
