"""Detectron2: the curves are those of a second reading of its builder, as a plain loop.

Detectron2 is in no registry. Where fvcore is installed, which has the schedules that the builder
puts together, these run here.
"""

import bisect
import math
import random

import pytest

from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config, said
from tests.support.real_code import module_of

EPSILON = 1e-6
DEFAULTS = {
    "LR_SCHEDULER_NAME": "WarmupMultiStepLR",
    "MAX_ITER": 40000,
    "BASE_LR": 0.001,
    "BASE_LR_END": 0.0,
    "STEPS": (30000,),
    "GAMMA": 0.1,
    "NUM_DECAYS": 3,
    "WARMUP_FACTOR": 1.0 / 1000,
    "WARMUP_ITERS": 1000,
    "WARMUP_METHOD": "linear",
    "RESCALE_INTERVAL": False,
}


def schedule(solver):
    """The multiplier as a function of the share of the run, before the warm-up."""
    name, last, gamma = solver["LR_SCHEDULER_NAME"], solver["MAX_ITER"], solver["GAMMA"]
    if name == "WarmupMultiStepLR":
        cuts = [each for each in solver["STEPS"] if each <= last]
        values = [gamma**index for index in range(len(cuts) + 1)]
        return lambda where: values[bisect.bisect_right(cuts, int((where + EPSILON) * last))]
    if name == "WarmupCosineLR":
        end = solver["BASE_LR_END"] / solver["BASE_LR"]
        return lambda where: end + 0.5 * (1 - end) * (1 + math.cos(math.pi * where))
    count = solver["NUM_DECAYS"] + 1
    return lambda where: gamma ** int((where + EPSILON) * count)


def train(settings):
    """The rate at each iteration."""
    solver = {**DEFAULTS, **settings}
    last, main = solver["MAX_ITER"], schedule(solver)
    length = min(solver["WARMUP_ITERS"] / last, 1.0)
    rescales = solver["RESCALE_INTERVAL"]
    start = solver["WARMUP_FACTOR"] * main(0.0)
    end = main(0.0) if rescales else main(length)
    lrs = []
    for index in range(last):
        where = index / last
        if where + EPSILON > length:
            value = main((where - length) / (1 - length) if rescales else where)
        elif solver["WARMUP_METHOD"] == "constant":
            value = start
        else:
            done = where / length
            value = end * done + start * (1 - done)
        lrs.append(solver["BASE_LR"] * value)
    return lrs


def yaml_of(settings):
    lines = "".join(f"  {key}: {value}\n" for key, value in settings.items())
    return f"SOLVER:\n{lines or '  IMS_PER_BATCH: 16'}\n"


CASES = [
    {},
    {"BASE_LR": 0.02, "STEPS": (60000, 80000), "MAX_ITER": 90000},
    {"MAX_ITER": 300, "STEPS": (200, 280), "WARMUP_ITERS": 100, "WARMUP_METHOD": "constant"},
    {"MAX_ITER": 300, "STEPS": (50, 280), "WARMUP_ITERS": 100, "GAMMA": 0.5},
    {"MAX_ITER": 300, "STEPS": (), "WARMUP_ITERS": 0},
    {"MAX_ITER": 300, "STEPS": (100,), "WARMUP_ITERS": 500},
    {"MAX_ITER": 300, "LR_SCHEDULER_NAME": "WarmupCosineLR", "WARMUP_ITERS": 50},
    {
        "MAX_ITER": 300,
        "LR_SCHEDULER_NAME": "WarmupCosineLR",
        "BASE_LR_END": 1e-5,
        "WARMUP_ITERS": 7,
    },
    {
        "MAX_ITER": 300,
        "LR_SCHEDULER_NAME": "WarmupCosineLR",
        "WARMUP_ITERS": 50,
        "RESCALE_INTERVAL": True,
    },
    {"MAX_ITER": 300, "STEPS": (200,), "WARMUP_ITERS": 500, "RESCALE_INTERVAL": True},
    {"MAX_ITER": 300, "STEPS": (200, 280), "WARMUP_ITERS": 0},
    {"MAX_ITER": 303, "STEPS": (200, 280), "WARMUP_ITERS": 77, "RESCALE_INTERVAL": True},
    {"MAX_ITER": 301, "LR_SCHEDULER_NAME": "WarmupStepWithFixedGammaLR", "WARMUP_ITERS": 10},
    {"MAX_ITER": 1_500_000, "STEPS": (1_000_000,), "WARMUP_ITERS": 20_000},
]


@for_all((str(case), (case,)) for case in CASES)
def test_the_curve_is_that_of_the_builder(case):
    for curve in curves(yaml_of(case), "config.yaml").values():
        assert_same(curve, train(case))


def by_fvcore(settings):
    """The rate at each iteration, by fvcore's schedules, put together as the builder does."""
    solver = {**DEFAULTS, **settings}
    fvcore = module_of("fvcore", "fvcore/common/param_scheduler.py")
    name, last, gamma = solver["LR_SCHEDULER_NAME"], solver["MAX_ITER"], solver["GAMMA"]
    if name == "WarmupMultiStepLR":
        cuts = [each for each in solver["STEPS"] if each <= last]
        values = [gamma**index for index in range(len(cuts) + 1)]
        main = fvcore.MultiStepParamScheduler(values, last, cuts)
    elif name == "WarmupCosineLR":
        main = fvcore.CosineParamScheduler(1, solver["BASE_LR_END"] / solver["BASE_LR"])
    else:
        main = fvcore.StepWithFixedGammaParamScheduler(1.0, solver["NUM_DECAYS"], gamma, last)
    share = min(solver["WARMUP_ITERS"] / last, 1.0)
    start, rescales = solver["WARMUP_FACTOR"] * main(0.0), solver["RESCALE_INTERVAL"]
    warmup = fvcore.LinearParamScheduler(start, main(0.0) if rescales else main(share))
    if solver["WARMUP_METHOD"] == "constant":
        warmup = fvcore.ConstantParamScheduler(start)
    whole = fvcore.CompositeParamScheduler(
        [warmup, main], [share, 1 - share], ["rescaled", "rescaled" if rescales else "fixed"]
    )
    return [solver["BASE_LR"] * whole(index / last) for index in range(last)]


def drawn(seed):
    """A solver at random."""
    draw = random.Random(seed)
    last = draw.randint(50, 900)
    cuts = sorted(draw.sample(range(1, last), draw.randint(0, 4)))
    names = ("WarmupMultiStepLR", "WarmupCosineLR", "WarmupStepWithFixedGammaLR")
    return {
        "LR_SCHEDULER_NAME": draw.choice(names),
        "MAX_ITER": last,
        "BASE_LR": draw.choice((0.02, 1e-3, 0.3)),
        "BASE_LR_END": draw.choice((0.0, 1e-5)),
        "STEPS": tuple(cuts),
        "GAMMA": draw.choice((0.1, 0.5, 0.97)),
        "NUM_DECAYS": draw.randint(1, 9),
        "WARMUP_FACTOR": draw.choice((1e-3, 0.3, 0.0)),
        "WARMUP_ITERS": draw.choice((0, 1, draw.randint(2, last), last, 2 * last)),
        "WARMUP_METHOD": draw.choice(("linear", "constant")),
        "RESCALE_INTERVAL": draw.choice((True, False)),
    }


@pytest.mark.slow
@for_all((f"seed {seed}", (drawn(seed),)) for seed in range(400))
def test_random_solvers_have_the_curve_of_fvcore(case):
    try:
        real = by_fvcore(case)
    except IndexError:  # a warm-up up to the end, where its decays have no value
        assert read_config(yaml_of(case), "config.yaml")[1]
        return
    for curve in curves(yaml_of(case), "config.yaml").values():
        assert_same(curve, real)


@for_all((str(case), (case,)) for case in CASES[:-1])
def test_the_schedules_of_fvcore_make_the_same(case):
    """All but the longest."""
    real = by_fvcore(case)
    for curve in curves(yaml_of(case), "config.yaml").values():
        assert_same(curve, real)


def test_biases_have_their_factor_and_norms_no_decay():
    text = yaml_of({"MAX_ITER": 20, "STEPS": "()", "BIAS_LR_FACTOR": 2.0, "WARMUP_ITERS": 0})
    own = curves(text, "config.yaml")
    decays = curves(text, "config.yaml", "weight_decay")
    assert [curve[0] for curve in own.values()] == [0.001, 0.001, 0.002]
    assert [curve[0] for curve in decays.values()] == [0.0001, 0.0, 0.0001]


def test_a_spec_that_is_kept_has_the_scheduler_of_torch():
    case = {"MAX_ITER": 300, "STEPS": (200, 280), "WARMUP_ITERS": 100, "BASE_LR": 0.02}
    spec, _ = read_config(yaml_of({**case, "BIAS_LR_FACTOR": 2.0}), "config.yaml")
    (top,) = spec.plans["run"].schedulers
    under = top.arguments["base_scheduler"]
    assert (top.type, under.type) == ("WarmupOver", "MultiStepLR")
    assert dict(under.arguments) == {"milestones": [200, 280], "gamma": 0.1}
    own = curves(yaml_of({**case, "BIAS_LR_FACTOR": 2.0}), "config.yaml")
    assert_same(own["bias"], [2 * lr for lr in train(case)])


def test_more_devices_scale_the_run():
    settings = {"MAX_ITER": 800, "STEPS": (300, 600), "WARMUP_ITERS": 90, "BASE_LR": 0.02}
    text = yaml_of({**settings, "REFERENCE_WORLD_SIZE": 8})
    scaled = {"MAX_ITER": 400, "STEPS": (150, 300), "WARMUP_ITERS": 45, "BASE_LR": 0.04}
    assert_same(curves(text, "config.yaml", world_size=16)["default"], train(scaled))
    _, (problem,) = read_config(text, "config.yaml")
    assert "--set world_size=1" in problem.fix


def test_bases_lie_below_the_config(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "base.yaml").write_text(yaml_of({"MAX_ITER": 300, "BASE_LR": 0.5, "STEPS": "(9,)"}))
    (tmp_path / "sub" / "mid.yaml").write_text(f"_BASE_: ../base.yaml\n{yaml_of({'BASE_LR': 0.1})}")
    (tmp_path / ".git").mkdir()
    text = f"_BASE_: mid.yaml\n{yaml_of({'WARMUP_ITERS': 0})}"
    own = curves(text, "config.yaml", folder=tmp_path / "sub")
    real = train({"MAX_ITER": 300, "BASE_LR": 0.1, "STEPS": (9,), "WARMUP_ITERS": 0})
    assert_same(own["default"], real)


REFUSED = [
    ("a schedule", ("LR_SCHEDULER_NAME: WarmupPolyLR", 22, "unknown schedule `WarmupPolyLR`")),
    ("a tuple", ("STEPS: (1, x)", 10, "`STEPS` must be whole numbers")),
    ("an order", ("STEPS: (200, 100)", 10, "`STEPS` must rise")),
    ("the end itself", ("STEPS: (40000,)", 10, "`STEPS` must rise, from above 0 to below")),
    ("no iterations", ("MAX_ITER: 0", 13, "`MAX_ITER` must be above 0, not 0")),
    ("too many", ("MAX_ITER: 90000000000", 13, "a run of 90_000_000_000 iterations is more")),
    ("a warm-up", ("WARMUP_METHOD: exp", 18, "unknown warm-up `exp`")),
    (
        "a warm-up without an end",
        (
            "WARMUP_ITERS: 40000\n  LR_SCHEDULER_NAME: WarmupStepWithFixedGammaLR",
            17,
            "the warm-up must end before the run",
        ),
    ),
    ("a floor", ("BASE_LR_END: 1\n  LR_SCHEDULER_NAME: WarmupCosineLR", 16, "must be from 0 to")),
]


@for_all(REFUSED)
def test_what_cannot_be_read_is_refused_at_its_place(line, column, message):
    _, (problem,) = read_config(f"SOLVER:\n  {line}\n", "config.yaml")
    assert (problem.line, problem.column) == (2, column)
    assert problem.message.startswith(message)


def test_a_base_from_elsewhere_is_refused():
    _, problems = read_config(f"_BASE_: detectron2://x.yaml\n{yaml_of({})}", "config.yaml")
    assert said(problems)[0][:3] == ("bad-value", 1, 9)


def test_steps_after_the_end_are_a_finding():
    text = yaml_of({"MAX_ITER": 100, "STEPS": "(50, 200)"})
    spec, problems = read_config(text, "config.yaml")
    assert not problems
    message = "`STEPS` after the end of the run (`MAX_ITER` 100) are left out"
    assert said(spec.origin.findings) == [("misleading-config-key", 3, 3, message)]
