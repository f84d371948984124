"""``warmup`` on a scheduler: its curves by a loop written by hand, by torch and by transformers."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torchs
from typer.testing import CliRunner

from lrplan.cache.key import key_of
from lrplan.cli import app
from lrplan.errors import SpecError
from lrplan.request import Request
from lrplan.resume.options import parse_resume_options
from lrplan.simulate.engine_choice import simulate
from lrplan.simulate.resuming.resume import resume
from lrplan.specfile.load import load
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText
from tests.support.spec_validator import spec_validator
from tests.support.specs import plan_of, spec

LR = 0.1
SHAPES = {
    "linear": lambda p, a: a + (1 - a) * p,
    "cosine": lambda p, a: a + (1 - a) * (1 - math.cos(math.pi * p)) / 2,
    "exponential": lambda p, a: a ** (1 - p),
}
TOTAL = {"step": 60, "epoch": 30}
MAINS = {
    # The factor at the scheduler's own tick, where `total` are the ticks that it has.
    "type: StepLR, step_size: 4, gamma: 0.5": lambda t, total: 0.5 ** (t // 4),
    "type: CosineAnnealingLR, T_max: rest": lambda t, total: (
        (1 + math.cos(math.pi * t / total)) / 2
    ),
    "type: LambdaLR, lr_lambda: 1 - t / total": lambda t, total: 1 - t / total,
    "type: ExponentialLR, gamma: 0.9": lambda t, total: 0.9**t,
    "type: MultiplicativeLR, lr_lambda: 0.9": lambda t, total: 0.9**t,
    "type: ChainedScheduler, schedulers: [{type: ExponentialLR, gamma: 0.9},"
    " {type: StepLR, step_size: 4, gamma: 0.5}]": lambda t, total: 0.9**t * 0.5 ** (t // 4),
    "type: SequentialLR, milestones: [6], schedulers: [{type: ExponentialLR, gamma: 0.9},"
    " {type: StepLR, step_size: 4, gamma: 0.5}]": lambda t, total: (
        0.9**t if t < 6 else 0.5 ** ((t - 6) // 4)
    ),
}


def by_hand(main, length, start, shape, mode, interval):
    """The lr of every step, from the sentences of docs/spec.md and nothing else."""
    total = TOTAL[interval]
    lrs = []
    for step in range(60):
        t = step if interval == "step" else step // 2
        own = main(t - length, total - length) if mode == "before" else main(max(t, 0), total)
        if t < length:
            own = own if mode == "multiply" else 1
            own *= SHAPES[shape](t / length, start)
        lrs.append(LR * own)
    return lrs


def run(scheduler, engine="auto", **settings):
    text = spec(f"{{{scheduler}}}", optimizer=f"{{type: SGD, lr: {LR}}}", **settings)
    return simulate(plan_of(text), Request(engine=engine))


def test_every_mode_shape_and_interval_is_what_a_loop_by_hand_gives():
    wrong = {}
    starts = {"linear": (0, 0.01, 2), "cosine": (0, 0.2), "exponential": (0.01,)}
    shapes = [(shape, start) for shape, each in starts.items() for start in each]
    every = product(MAINS, shapes, ("before", "mask", "multiply"), ("step", "epoch"), (1, 5))
    for main, (shape, start), mode, interval, length in every:
        keys = f"length: {length}, start: {start}, shape: {shape}, mode: {mode}"
        scheduler = f"{main}, interval: {interval}, warmup: {{{keys}}}"
        trace = run(scheduler, epochs=30, steps_per_epoch=2)
        expected = by_hand(MAINS[main], length, start, shape, mode, interval)
        off = np.abs(np.asarray(trace.lr["all"]) - expected).max()
        if off > 1e-12 * LR:
            wrong[scheduler] = off
    assert wrong == {}


@pytest.mark.parametrize("mode", ["before", "mask", "multiply"])
def test_both_engines_agree(mode):
    wrong = {}
    for main, start, frequency in product(MAINS, (0, 0.5), (1, 3)):
        warmup = f"{{length: 7, start: {start}, mode: {mode}}}"
        scheduler = f"{main}, interval: step, frequency: {frequency}, warmup: {warmup}"
        stepped, computed = (run(scheduler, engine, steps=60) for engine in ("step", "closed"))
        assert computed.engine == "closed"
        off = np.abs(np.asarray(stepped.lr["all"]) - np.asarray(computed.lr["all"])).max()
        if off > 1e-14:
            wrong[scheduler] = off
    assert wrong == {}


def of_torch(make, steps):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    scheduler = make(optimizer)
    lrs = []
    for _ in range(steps):
        lrs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return lrs


@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_a_line_from_above_0_is_torchs_own_sequence_bit_for_bit():
    def sequence(optimizer):
        ramp = torchs.LinearLR(optimizer, start_factor=0.01, total_iters=10)
        main = torchs.CosineAnnealingLR(optimizer, T_max=50)
        return torchs.SequentialLR(optimizer, [ramp, main], milestones=[10])

    scheduler = "type: CosineAnnealingLR, T_max: rest, warmup: {length: 10st, start: 0.01}"
    assert run(scheduler, "step", steps=60).lr["all"].tolist() == of_torch(sequence, 60)


@pytest.mark.parametrize(
    ("name", "scheduler"),
    [
        ("get_cosine_schedule_with_warmup", "type: CosineAnnealingLR, T_max: rest"),
        ("get_linear_schedule_with_warmup", "type: LambdaLR, lr_lambda: 1 - t / total"),
        ("get_constant_schedule_with_warmup", "type: LambdaLR, lr_lambda: 1"),
    ],
)
def test_a_plain_length_is_the_warmup_of_transformers(name, scheduler):
    package = pytest.importorskip("transformers", reason="transformers is missing")
    total = {} if "constant" in name else {"num_training_steps": 60}
    expected = of_torch(
        lambda optimizer: getattr(package, name)(optimizer, num_warmup_steps=7, **total), 60
    )
    lrs = run(f"{scheduler}, warmup: 7", steps=60).lr["all"]
    np.testing.assert_allclose(lrs, expected, rtol=0, atol=1e-12 * LR)


def test_a_share_is_rounded_as_the_loop_rounds_warmups():
    # 1 % of 150 steps is 1.5: the Trainer rounds 1.5 up, and 1.4 (of 140) up as well.
    found = [
        plan_of(spec(f"{{type: StepLR, step_size: 9, {keys}}}", loop=loop, steps=140)).resolved
        for keys in ("warmup: 1%", "warmup: {length: 1%, mode: mask}")
        for loop in ("torch", "transformers")
    ]
    lengths = [next(iter({**each, "step_size": 0}.items())) for each in found]
    assert [length for _, length in lengths] == [1, 2, 1, 2]


BERT = "type: PolynomialLR, total_iters: 100%, warmup: {length: 10%, mode: mask}"


def test_mask_is_the_schedule_of_bert():
    # optimization.py of google-research/bert: polynomial_decay(power=1) from step 0 on, and
    # is_warmup * (init_lr * global_step / num_warmup_steps) in its place before that.
    expected = [LR * (step / 10 if step < 10 else 1 - step / 100) for step in range(100)]
    np.testing.assert_allclose(run(BERT, steps=100).lr["all"], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("warmup", "lrs"),
    [
        # Values of the metric: 1 once, then no better; patience 1 cuts at every second bad one.
        # `before`: metrics of the 3 epochs of warm-up do not count.
        ("3", [0, 1 / 3, 2 / 3, 1, 1, 1, 0.1, 0.1]),
        ("{length: 3, start: 0.5}", [0.5, 2 / 3, 5 / 6, 1, 1, 1, 0.1, 0.1]),
        # `mask`: they do. The cut of epoch 3 is one of the run without a warm-up.
        ("{length: 3, start: 0.5, mode: mask}", [0.5, 2 / 3, 5 / 6, 0.1, 0.1, 0.01, 0.01, 1e-3]),
        ("{length: 2, start: 0.5, mode: multiply}", [0.5, 0.75, 1, 0.1, 0.1, 0.01, 0.01, 1e-3]),
    ],
)
def test_a_plateau_is_warmed_up(warmup, lrs):
    scheduler = f"{{type: ReduceLROnPlateau, patience: 1, warmup: {warmup}}}"
    metrics = "{v: {values: [1.0], then: hold}}"
    text = spec(scheduler, metrics=metrics, epochs=8, steps_per_epoch=1)
    np.testing.assert_allclose(simulate(plan_of(text)).lr["all"], np.multiply(lrs, LR), rtol=1e-12)


def test_each_scheduler_of_a_list_has_a_warmup_of_its_own():
    text = spec(
        "[{type: StepLR, step_size: 9, interval: step, groups: [a], warmup: 4},"
        " {type: StepLR, step_size: 9, interval: step, groups: [b]}]",
        optimizer="{type: SGD, lr: 0.1, groups: {a: {}, b: {}}}",
        steps=8,
    )
    plan = plan_of(text)
    trace = simulate(plan)
    np.testing.assert_allclose(trace.lr["a"], [0, 0.025, 0.05, 0.075, *[0.1] * 4], rtol=1e-12)
    assert set(trace.lr["b"]) == {0.1}
    assert plan.resolved == {"[0].warmup": 4, "[0].step_size": 9, "[1].step_size": 9}


def test_no_length_is_no_warmup():
    (scheduler,) = plan_of(spec("{type: StepLR, step_size: 9, warmup: 0}")).schedulers
    assert scheduler.type == "StepLR"


def test_its_end_is_no_milestone_of_the_spec():
    plan = plan_of(spec("{type: StepLR, step_size: 9, warmup: 5}", steps=20))
    assert plan.marks() == ()


def test_an_argument_of_that_name_stays_one():
    text = spec("{type: transformers:greedy, warmup: 3}", metrics="{v: {expr: '1'}}")
    assert plan_of(text).schedulers[0].arguments["warmup"] == 3


SEVERAL = "type: ChainedScheduler, schedulers: [{type: StepLR, step_size: 3, warmup: 4}]"
WRONG = {
    # What is wrong, and the message and the fix; an empty one may be any.
    "warmup: soon": ('`warmup`: "soon" is not a duration', ""),
    "warmup: {start: 0}": ("`warmup` needs `length`", "write `length: 5%`"),
    "warmup: [3]": ("`warmup` must be an integer, or a duration such as 5ep, not a list", ""),
    "warmup: -3": ("`warmup` must be at least 0, not -3", ""),
    "warmup: {length: 3, steps: 4}": (
        "unknown key `steps` of `warmup`",
        "`length` means that, and is given: delete one of the two",
    ),
    "warmup: {steps: 4}": (
        "unknown key `steps` of `warmup`",
        "did you mean `length`, with a unit or a share of the run: 500st, 5ep, 5%?",
    ),
    "warmup: {warmup_steps: 3}": (
        "unknown key `warmup_steps` of `warmup`", "did you mean `length`?"
    ),
    "warmup: {length: 3, warmup_factor: 0.1}": (
        "unknown key `warmup_factor` of `warmup`", "did you mean `start`?"
    ),
    "warmup: {length: 3, shape: cosinus}": (
        "`shape` must be one of linear, cosine, exponential, not the string 'cosinus'",
        "did you mean `cosine`?",
    ),
    "warmup: {length: 3, shape: exponential}": (
        "an exponential warm-up cannot start from 0", "give `start`, such as 0.01"
    ),
    "warmup: 15st": (
        "`warmup`: 15st ends inside an epoch, where this scheduler has no tick",
        "write `interval: step`, with a unit for every other length (`30ep`)",
    ),
    "interval: step, warmup: 0.001ep": (
        "`warmup`: 0.001ep is less than half a tick of this scheduler",
        "write 0 for no warm-up, or let the scheduler tick more often",
    ),
    "type: WarmupCosine, warmup_steps: 3, total_steps: 9, warmup: 4": (
        "WarmupCosine has a warm-up of its own: `warmup_steps`",
        "change `warmup_steps`, or leave `warmup` out",
    ),
    "type: OneCycleLR, max_lr: 1, total_steps: 30, warmup: 4": (
        "OneCycleLR sets learning rates of its own, which `warmup` would not reach", ""
    ),
    "type: StepWdScheduler, every: 4, warmup: 4": (
        "`warmup` is for a learning rate, and this StepWdScheduler sets weight_decay", ""
    ),
    "type: timm:CosineLRScheduler, t_initial: 30, warmup: 4": (
        "`warmup` is not for schedulers of timm, which count by themselves", ""
    ),
    SEVERAL: ("`warmup` belongs to the outermost scheduler, with which this one ticks", ""),
    "warmup_ratio: 0.1": ("unknown key `warmup_ratio` for StepLR", "did you mean `warmup: 10%`?"),
    "warmup_epochs: 3": ("unknown key `warmup_epochs` for StepLR", "did you mean `warmup: 3ep`?"),
    "num_warmup_steps: 4": (
        "unknown key `num_warmup_steps` for StepLR", "did you mean `warmup`?"
    ),
    "type: CosineAnnealingLR, T_max: rest, warmup: 30": (
        "`T_max`: `rest` is 0: this scheduler has no tick in the run", ""
    ),
}  # fmt: skip


def test_what_is_wrong_is_said_at_its_line():
    wrong = {}
    for keys, (message, fix) in WRONG.items():
        scheduler = keys if keys.startswith("type") else f"type: StepLR, step_size: 3, {keys}"
        with pytest.raises(SpecError) as caught:
            load(InputText("spec.yaml", spec(f"{{{scheduler}}}")), Path())
        found = [
            (each.line, each.message, each.fix if fix else "") for each in caught.value.findings
        ]
        if found != [(5, message, fix)]:
            wrong[keys] = found
    assert wrong == {}


def test_the_schema_takes_what_is_read():
    schema, wrong = spec_validator(), []
    for warmup, good in [
        ("3", True),
        ("10%", True),
        ("{length: 5ep, start: 0.1, shape: cosine, mode: mask}", True),
        ("{start: 0.1}", False),
        ("{length: 3, mode: over}", False),
        ("5 apples", False),
    ]:
        text = spec(f"{{type: StepLR, step_size: 3, warmup: {warmup}}}")
        spoken = parse(InputText("spec.yaml", text), None)
        if schema.is_valid(spoken.to_python()) != good:
            wrong.append(warmup)
    assert wrong == []


def test_a_run_that_is_resumed_goes_on_as_the_unbroken_one():
    differs = {}
    for main, mode, at in product(MAINS, ("before", "mask", "multiply"), ("4st", "20st")):
        plan = plan_of(spec(f"{{{main}, warmup: {{length: 7, mode: {mode}}}}}", steps=40))
        result = resume(plan, plan, parse_resume_options(at))
        if not result.identical or result.jumps or result.unsafe:
            differs[main, mode, at] = (result.differences, result.jumps, result.unsafe)
    assert differs == {}


def test_locked_exported_and_compared_it_stays_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    warmups = {"plain": "5", "mask": "{length: 5, start: 0.1, mode: mask}"}
    for name, warmup in warmups.items():
        text = spec(f"{{type: StepLR, step_size: 4, warmup: {warmup}}}", steps=40)
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")

    def lrplan(*arguments):
        return CliRunner().invoke(app, list(arguments)).exit_code

    for name in warmups:
        assert lrplan("lock", f"{name}.yaml") == 0
        assert lrplan("validate", f"{name}.yaml", "--locked") == 0
        assert lrplan("export", f"{name}.yaml", "--format", "csv", "-o", f"{name}.csv") == 0
        assert lrplan("compare", f"{name}.yaml", f"{name}.csv") == 0
    assert lrplan("compare", "plain.yaml", "mask.yaml") == 1
    Path("plain.yaml").write_text(Path("mask.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert lrplan("validate", "plain.yaml", "--locked") == 1


def test_the_cache_knows_it_by_its_values_and_not_by_its_place():
    def key(keys, **names):
        text = spec(f"{{type: StepLR, step_size: 4, warmup: {keys}}}", steps=40, **names)
        return key_of(plan_of(text), Request())

    plain = key("5")
    assert plain is not None
    assert key("{length: 5}", name="other") == plain
    assert (
        len({plain, key("6"), key("{length: 5, mode: mask}"), key("{length: 5, start: 0.1}")}) == 4
    )


OVER = (
    "{type: WarmupOver, warmup_steps: 3, start: 0.5, base_scheduler: {type: ExponentialLR,"
    " gamma: 0.9}}"
)
LOW = "{type: ConstantLR, factor: 0.1, total_iters: 9}"
TWICE = "multiplier: 2, total_epoch: 2"
STEPS = "{type: StepLR, step_size: 2, gamma: 0.5}"
OVER_LRS = [0.5, 0.5 + 0.5 / 3, 0.5 + 1 / 3, *(0.9**t for t in range(3, 9))]


@pytest.mark.parametrize(
    ("scheduler", "lrs"),
    [
        (
            f"{{type: SequentialLR, milestones: [5], schedulers: [{OVER}, {STEPS}]}}",
            [*OVER_LRS[:5], 1, 1, 0.5],
        ),
        (
            f"{{type: SequentialLR, milestones: [3], schedulers: [{STEPS}, {OVER}]}}",
            [1, 1, 0.5, *OVER_LRS[:5]],
        ),
        (
            f"{{type: SequentialLR, milestones: [3], schedulers: [{LOW}, {OVER}]}}",
            [0.1, 0.1, 0.1, *OVER_LRS[:5]],
        ),
        (
            f"{{type: GradualWarmupScheduler, {TWICE}, after_scheduler: {OVER}}}",
            [1, 1.5, *(2 * each for each in OVER_LRS[:6])],
        ),
        (f"{{type: ChainedScheduler, schedulers: [{OVER}]}}", OVER_LRS[:8]),
    ],
    ids=["first", "second", "after-a-lower-lr", "gradual", "chained"],
)
def test_a_warmup_over_a_scheduler_stands_inside_others_too(scheduler, lrs):
    plan = plan_of(spec(scheduler, optimizer=f"{{type: SGD, lr: {LR}}}", steps=8))
    np.testing.assert_allclose(simulate(plan).lr["all"], np.multiply(LR, lrs), rtol=1e-12)
