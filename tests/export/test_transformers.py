"""``TrainingArguments`` are written where Trainer draws the curve itself, and only there."""

import math

import numpy as np
import pytest

from lrplan.catalog import SCHEDULERS
from lrplan.errors import UsageError
from lrplan.export.code import to_transformers
from lrplan.export.code.trainer.match_schedule import TOLERANCE, match_schedule
from tests.export.running import PLANS, stubbed, traced
from tests.support.releases import since
from tests.support.specs import plan, trace

ADAMW = "optimizer: {type: AdamW, lr: 3e-4, weight_decay: 0.1}"
RUN = "epochs: 3, batches_per_epoch: 100"


def arguments(source):
    namespace = {}
    with stubbed("transformers", TrainingArguments=dict):
        exec(source, namespace)
    return namespace["training_arguments"]


def published(kind, s, w, total, peak, **options):
    """Factor at step ``s`` as the documentation of transformers 5.23 describes each schedule."""
    if kind == "constant":
        return 1.0
    early = kind == "cosine_warmup_with_min_lr"
    if s < w:
        rise = (s + early) / w
        floor = options.get("min_lr_ratio", 0.0)
        return rise * (1 - floor) + floor
    part = (s - w + early) / max(1, total - w)
    half = 0.5 * (1 + math.cos(math.pi * part))
    floor = options.get("min_lr", 0.0) / peak
    if kind == "warmup_stable_decay":
        return stable(s, total, **options)
    if kind == "cosine_with_restarts":
        return 0.5 * (1 + math.cos(math.pi * (options["num_cycles"] * part % 1)))
    if kind == "polynomial":
        end = options["lr_end"]
        return ((peak - end) * (1 - part) ** options["power"] + end) / peak
    return {
        "constant_with_warmup": 1.0,
        "linear": max(0.0, 1 - part),
        "cosine": half,
        "cosine_with_min_lr": half * (1 - floor) + floor,
        "cosine_warmup_with_min_lr": half * (1 - floor) + floor,
        "inverse_sqrt": 1 / math.sqrt((s + (10_000 if w == 0 else 0)) / (w or 10_000)),
    }[kind]


def stable(s, total, num_decay_steps, decay_type, min_lr_ratio):
    begin = total - num_decay_steps
    if s < begin:
        return 1.0
    part = (s - begin) / num_decay_steps
    falls = {
        "linear": 1 - part,
        "cosine": 0.5 * (1 + math.cos(math.pi * part)),
        "1-sqrt": 1 - math.sqrt(part),
    }
    return falls[decay_type] * (1 - min_lr_ratio) + min_lr_ratio


def drawn(given, total):
    """The curve that Trainer draws from these arguments."""
    options = (given["lr_scheduler_type"], given.get("warmup_steps", 0), total)
    kind, warmup, _ = options
    peak, more = given["learning_rate"], given.get("lr_scheduler_kwargs", {})
    return [peak * published(kind, s, warmup, total, peak, **more) for s in range(total)]


WRITTEN = (
    "warmup-constant",
    "cosine",
    "polynomial",
    "warmup-cosine",
    "inverse-sqrt-step",
    "gradual-warmup",
    "cold-cosine",
    "warm-cosine",
    "constant",
)


@pytest.mark.parametrize("name", WRITTEN)
def test_trainer_draws_the_same_curve(name):
    run = traced(name)
    given = arguments(to_transformers(PLANS[name], run))
    (values,) = run.lr.values()
    peak = max(values)
    np.testing.assert_allclose(drawn(given, run.steps), values, rtol=0, atol=TOLERANCE * peak)


KINDS = [
    ("constant_with_warmup", {}),
    ("linear", {}),
    ("cosine", {}),
    ("inverse_sqrt", {}),
    ("cosine_with_min_lr", {"min_lr": 3e-5}),
    ("cosine_warmup_with_min_lr", {"min_lr": 1e-5}),
    ("cosine_with_restarts", {"num_cycles": 3}),
    ("polynomial", {"lr_end": 1e-7, "power": 1.0}),
    ("polynomial", {"lr_end": 0.0, "power": 2.5}),
    ("polynomial", {"lr_end": 2e-5, "power": 1.7}),
    *(
        ("warmup_stable_decay", {"num_decay_steps": d, "decay_type": kind, "min_lr_ratio": r})
        for kind in ("linear", "cosine", "1-sqrt")
        for d, r in ((40, 0.0), (100, 0.1))
    ),
]


def own_plan(kind, warmup, total, options):
    """A plan whose scheduler is the one of transformers."""
    names = {each.name for each in SCHEDULERS[f"transformers:{kind}"].arguments}
    numbers = {"num_warmup_steps": warmup, "num_training_steps": total, **options}
    text = ", ".join(f"{name}: {value}" for name, value in numbers.items() if name in names)
    scheduler = f"{{type: transformers:{kind}, {text}, interval: step}}"
    return plan(f"{ADAMW}\nscheduler: {scheduler}", f"steps: {total}")


def values_of(kind, warmup, total, peak, options):
    return np.array(
        [peak * published(kind, s, warmup, total, peak, **options) for s in range(total)]
    )


# Without a warm-up, cosine_warmup_with_min_lr never reaches the lr that it is given.
@pytest.mark.parametrize(
    ("kind", "options", "warmup"),
    [(*s, w) for s in KINDS for w in (0, 1, 20) if w or s[0] != "cosine_warmup_with_min_lr"],
    ids=str,
)
def test_each_of_its_schedules_is_matched(kind, options, warmup):
    values = values_of(kind, warmup, 240, 3e-4, options)
    match = match_schedule(own_plan(kind, warmup, 240, options), values, 3e-4)
    assert match.within(TOLERANCE)
    found = match.schedule
    written = values_of(found.kind, found.warmup, 240, found.peak, found.options)
    np.testing.assert_allclose(written, values, rtol=0, atol=TOLERANCE * 3e-4)


def test_a_floor_as_a_share_is_written_as_a_number():
    options = {"min_lr": 3e-5}
    values = values_of("cosine_with_min_lr", 20, 240, 3e-4, options)
    own = own_plan("cosine_with_min_lr", 20, 240, {"min_lr_rate": 0.1})
    match = match_schedule(own, values, 3e-4)
    assert match.within(TOLERANCE)
    assert match.schedule.options == {"min_lr": pytest.approx(3e-5)}


def test_another_curve_than_the_type_says_is_no_match():
    values = values_of("cosine", 20, 240, 3e-4, {}) * np.linspace(1, 1 + 1e-9, 240)
    match = match_schedule(own_plan("cosine", 20, 240, {}), values, 3e-4)
    assert not match.within(TOLERANCE)
    assert match.schedule.kind == "cosine"
    assert 1e-12 < match.share < 1e-9


@pytest.mark.parametrize(
    ("scheduler", "kind", "warmup"),
    [
        ("{type: LambdaLR, lr_lambda: 'min(t / 30, 1)'}", "constant_with_warmup", 30),
        ("{type: LambdaLR, lr_lambda: 1 - t / 300}", "linear", 0),
        ("{type: LinearLR, start_factor: 1, end_factor: 0, total_iters: 300}", "linear", 0),
        ("{type: CosineAnnealingLR, T_max: 100%}", "cosine", 0),
        ("{type: CosineAnnealingLR, T_max: 100%, eta_min: 1e-5}", "cosine_with_min_lr", 0),
        ("{type: PolynomialLR, total_iters: 300, power: 2}", "polynomial", 0),
        ("{type: WarmupCosine, warmup_steps: 10%, total_steps: 100%}", "cosine", 30),
        ("{type: InverseSqrtScheduler, warmup_steps: 1ep}", "inverse_sqrt", 100),
        ("{type: CosineAnnealingWarmRestarts, T_0: 1ep}", "cosine_with_restarts", 0),
        (
            (
                "{type: GradualWarmupScheduler, multiplier: 1, total_epoch: 1ep, after_scheduler:"
                " {type: CosineAnnealingLR, T_max: 2ep, eta_min: 1e-5}}"
            ),
            "cosine_with_min_lr",
            100,
        ),
        (
            "{type: LambdaLR, lr_lambda: 't / 20 if t < 20 else min(1, (300 - t) / 60)'}",
            "warmup_stable_decay",
            20,
        ),
    ],
)
def test_schedulers_with_the_same_curve_are_written(scheduler, kind, warmup):
    schedule = f"{ADAMW}\nscheduler: {scheduler[:-1]}, interval: step}}"
    run = trace(schedule, RUN)
    given = arguments(to_transformers(plan(schedule, RUN), run))
    assert (given["lr_scheduler_type"], given.get("warmup_steps")) == (kind, warmup)
    assert given["learning_rate"] == 3e-4
    np.testing.assert_allclose(drawn(given, 300), run.lr["all"], rtol=0, atol=TOLERANCE * 3e-4)


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (
            "{type: AdamW, betas: [0.9, 0.95], eps: 1e-6, weight_decay: 0.1, foreach: false}",
            {
                "optim": "adamw_torch",
                "weight_decay": 0.1,
                "adam_beta1": 0.9,
                "adam_beta2": 0.95,
                "adam_epsilon": 1e-6,
            },
        ),
        pytest.param(
            "{type: AdamW, fused: true}",
            {"optim": "adamw_torch_fused", "weight_decay": 0.01},
            marks=since("2.4", "fused runs on the CPU"),
        ),
        ("{type: Adam}", {"optim": "adamw_torch", "weight_decay": 0.0}),
        (
            "{type: SGD, momentum: 0.9, nesterov: true, weight_decay: 1e-4}",
            {"optim": "sgd", "optim_args": "momentum=0.9,nesterov=true", "weight_decay": 1e-4},
        ),
        ("{type: RMSprop, alpha: 0.9}", {"optim": "rmsprop", "optim_args": "alpha=0.9"}),
        ("{type: Adagrad}", {"optim": "adagrad", "weight_decay": 0.0}),
        (
            "{type: AdamW, groups: {decay: {weight_decay: 0.1}, rest: {weight_decay: 0}}}",
            {"weight_decay": 0.1},
        ),
    ],
)
def test_the_optimizer_is_named(optimizer, expected):
    schedule = f"optimizer: {optimizer}"
    given = arguments(to_transformers(plan(schedule), trace(schedule)))
    assert {name: given.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        (RUN, {"num_train_epochs": 3, "max_steps": None}),
        ("steps: 50", {"num_train_epochs": None, "max_steps": 50}),
        (f"{RUN}, steps: 150", {"num_train_epochs": None, "max_steps": 150}),
        (
            (
                "epochs: 2, dataset_size: 640, batch_size: 8, world_size: 2, accumulate: 4,"
                " drop_last: true"
            ),
            {
                "per_device_train_batch_size": 8,
                "gradient_accumulation_steps": 4,
                "dataloader_drop_last": True,
            },
        ),
        ("epochs: 2, batches_per_epoch: 10, accumulate: 4", {"num_train_epochs": 2}),
        (
            "epochs: 2, batches_per_epoch: 10, accumulate: 4, last_window: drop",
            {"num_train_epochs": None, "max_steps": 4},
        ),
    ],
    ids=["epochs", "steps", "capped", "data", "short-window-stepped", "short-window-dropped"],
)
def test_the_length_of_the_run_is_said(training, expected):
    given = arguments(to_transformers(plan(ADAMW, training), trace(ADAMW, training)))
    assert {name: given.get(name) for name in expected} == expected


def test_a_plateau_ticks_at_evaluations():
    given = arguments(to_transformers(PLANS["cold-plateau"], traced("cold-plateau")))
    assert given["lr_scheduler_type"] == "reduce_lr_on_plateau"
    assert given["lr_scheduler_kwargs"] == {"factor": 0.3, "patience": 5}
    assert (given["eval_strategy"], given["metric_for_best_model"]) == ("epoch", "val_loss")


def test_weight_decay_that_trainer_does_not_apply_is_noted():
    assert "norms no weight decay" in to_transformers(plan(ADAMW), trace(ADAMW))
    adam = "optimizer: {type: Adam}"
    assert "norms no weight decay" not in to_transformers(plan(adam), trace(adam))


REFUSED = {
    "another-curve": (
        f"{ADAMW}\nscheduler: {{type: StepLR, step_size: 2, gamma: 0.5}}",
        r"the nearest that was tried is .* off by up to .* at step \d+, .*% of the peak",
    ),
    "two-rates": (
        "optimizer: {type: AdamW, groups: {a: {lr: 1}, b: {lr: 2}}}",
        "one learning rate for all parameters; `a` and `b` differ",
    ),
    "moving-momentum": (
        (
            "optimizer: {type: SGD, lr: 0.1, momentum: 0.9}\nscheduler: {type: OneCycleLR,"
            " max_lr: 1, total_steps: 100%, interval: step}"
        ),
        "momentum changes",
    ),
    "no-such-optimizer": ("optimizer: {type: NAdam}", "no optimizer that is torch's NAdam"),
    "adam-with-decay": ("optimizer: {type: Adam, weight_decay: 0.1}", "not that of Adam"),
    "amsgrad": ("optimizer: {type: AdamW, amsgrad: true}", "cannot set `amsgrad`"),
    "three-groups": ("optimizer: {type: AdamW, groups: {a: {}, b: {}, c: {}}}", "not 3"),
    "groups-of-other-kinds": (
        "optimizer: {type: AdamW, groups: {a: {}, b: {eps: 1e-6}}}",
        "differ in weight decay only",
    ),
    "two-decays": (
        "optimizer: {type: AdamW, groups: {a: {}, b: {weight_decay: 1}}}",
        "no weight decay to one of its two parameter groups",
    ),
    "thinned-plateau": (
        (
            f"{ADAMW}\nscheduler: {{type: ReduceLROnPlateau, frequency: 2}}\n"
            "metrics: {loss: {expr: '1'}}"
        ),
        "ticks ReduceLROnPlateau at evaluations",
    ),
    "plateau-per-group": (
        (
            f"{ADAMW}\nscheduler: {{type: ReduceLROnPlateau, min_lr: [1e-6]}}\n"
            "metrics: {loss: {expr: '1'}}"
        ),
        "no min_lr for each",
    ),
}


@pytest.mark.parametrize(("schedule", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_trainer_cannot_do_is_refused(schedule, reason):
    with pytest.raises(UsageError, match=reason):
        to_transformers(plan(schedule), trace(schedule))


def test_a_plateau_with_windows_over_the_ends_of_epochs_is_refused():
    name = "plateau-short-epochs"
    with pytest.raises(UsageError, match="and the plan says `last_window: carry`"):
        to_transformers(PLANS[name], traced(name))


def test_a_curve_that_is_nearly_one_of_them_is_none():
    ripple = "1 - t / 300 + 1e-8 * sin(t)"
    schedule = f"{ADAMW}\nscheduler: {{type: LambdaLR, lr_lambda: {ripple}, interval: step}}"
    with pytest.raises(UsageError, match=r"nearest that was tried is linear .*off by up to 3e-12"):
        to_transformers(plan(schedule, RUN), trace(schedule, RUN))


def test_a_tolerance_takes_what_rounding_makes_of_a_schedule():
    schedule = ADAMW + "\nscheduler: {type: LambdaLR, lr_lambda: '%s', interval: step}"
    nearly = schedule % "(1 - t / 300) * (1 + 2e-11 * (t == 150))"
    the_plan, expected = plan(nearly, RUN), trace(nearly, RUN)
    with pytest.raises(UsageError, match=r"`--tolerance 1e-10` takes it"):
        to_transformers(the_plan, expected)
    source = to_transformers(the_plan, expected, 1e-10)
    assert "# Off by up to 1e-09% of the peak." in source
    given = arguments(source)
    np.testing.assert_allclose(drawn(given, 300), expected.lr["all"], 0, 1e-10 * 3e-4)
    other = schedule % "(1 - t / 300) ** 2"
    with pytest.raises(UsageError) as refused:
        to_transformers(plan(other, RUN), trace(other, RUN), 1e-10)
    assert "--tolerance" not in str(refused.value)
