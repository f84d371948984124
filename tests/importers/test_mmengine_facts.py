"""MMEngine: what is asked for, refused and told, and configs of mmcv. No package is needed."""

import math

from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config, said

RATE = "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))\n"
EPOCHS = f"{RATE}train_cfg = dict(max_epochs=3)\n"
ITERATIONS = f"{RATE}train_cfg = dict(type='IterBasedTrainLoop', max_iters=20)\n"

LAYERS = "paramwise_cfg=dict(layer_decay_rate=0.7)"

ASKED = [
    ("the data", (EPOCHS, {}, ["train_dataloader.batch_size", "dataset_size", "world_size"])),
    ("the length", (RATE, {"batches_per_epoch": 3}, ["train_cfg.max_epochs"])),
    (
        "devices",
        (
            f"{EPOCHS}auto_scale_lr = dict(enable=True, base_batch_size=8)\n",
            {"batches_per_epoch": 3},
            ["world_size"],
        ),
    ),
    (
        "layers",
        (
            f"{ITERATIONS}optim_wrapper.update(constructor='LayerDecay', {LAYERS})\n",
            {},
            ["layers"],
        ),
    ),
]


@for_all(ASKED)
def test_all_that_is_missing_is_asked_for_at_once(text, facts, names):
    _, problems = read_config(text, "config.py", **facts)
    (finding,) = [each for each in problems if each.name == "missing-fact"]
    assert [part.split("=")[0] for part in finding.fix.split("--set ")[1:]] == names


REFUSED = [
    ("a slice", ("param_scheduler = [dict(type='StepLR')][::-1]", 19, "`param_scheduler` is comp")),
    (
        "by epoch",
        ("param_scheduler = dict(type='PolyLR')", 29, "`PolyLR` is `by_epoch`, and n"),
    ),
    ("a name", ("param_scheduler = dict(type='PolyL')", 29, "MMEngine has no scheduler `PolyL`")),
    (
        "a metric",
        ("param_scheduler = dict(type='ReduceOnPlateauLR')", 29, "what `ReduceOnPlateauLR` does"),
    ),
    ("several", ("param_scheduler = dict(a=dict(type='PolyLR'))", 19, "schedulers of several opt")),
    ("a loop", ("train_cfg['type'] = 'MyLoop'", 21, "`MyLoop` is a custom loop")),
    ("a remote base", ("_base_ = ['https://x/y.py']", 11, "`_base_`: 'https://x/y.py' is not a")),
    (
        "a file outside",
        ("_base_ = '../../../../etc/passwd.py'", 10, "`_base_`: '../../../../et"),
    ),
    ("no file", ("_base_ = ['absent.py']", 11, "`_base_`: 'absent.py' cannot be read")),
    (
        "a constructor",
        ("optim_wrapper['constructor'] = 'Mine'", 32, "`Mine` sets learning rates by rules"),
    ),
]


@for_all(REFUSED)
def test_what_cannot_be_read_is_refused_at_its_place(line, column, message):
    _, problems = read_config(ITERATIONS + line + "\n", "config.py")
    assert [(each[1], each[2]) for each in said(problems)] == [(3, column)]
    assert problems[0].message.startswith(message)


def test_a_circle_of_bases_is_told(tmp_path):
    for name, other in (("a.py", "b.py"), ("b.py", "a.py")):
        (tmp_path / name).write_text(f"x = 1\n_base_ = ['{other}']\n")
    _, problems = read_config(f"_base_ = 'a.py'\n{ITERATIONS}", "config.py", folder=tmp_path)
    assert said(problems) == [("bad-value", 1, 10, "`_base_`: 'a.py' leads back to itself")]


def test_the_step_of_a_short_last_window_is_told():
    text = f"{EPOCHS}optim_wrapper['accumulative_counts'] = 4\n"
    spec, _ = read_config(text, "config.py", batches_per_epoch=7)
    assert any(
        "one more step at the end of the run, of the last 1 it" in each for each in spec.notes
    )


def test_yaml_is_read_too():
    text = "optim_wrapper: {optimizer: {type: SGD, lr: 0.1}}\ntrain_cfg: {max_epochs: 2}\n"
    (curve,) = curves(text, "config.yaml", batches_per_epoch=3).values()
    assert_same(curve, [0.1] * 6)


def test_an_optimizer_that_torch_does_not_have_is_shown_as_another():
    text = ITERATIONS.replace("SGD", "Fancy")
    spec, problems = read_config(text, "config.py")
    assert not problems
    assert "`Fancy` is shown as AdamW: the learning rates are the same" in spec.notes


MMCV = """
optimizer = dict(type='SGD', lr=0.02, momentum=0.9, weight_decay=0.0001)
optimizer_config = dict(grad_clip=None)
runner = dict(type='EpochBasedRunner', max_epochs=12)
"""
BY_EPOCH = "warmup='exp', warmup_iters=2, warmup_by_epoch=True"
BATCHES, LR = 60, 0.02


def mmcv(policy, warmup=None, iterations=0, ratio=0.1, *, by_epoch=True):
    """The rates of mmcv's LrUpdaterHook: a second reading of its two functions."""
    lrs = []
    for index in range(12 * BATCHES):
        tick = index // BATCHES if by_epoch else index
        regular = policy(tick)
        if warmup is None or index >= iterations:
            lrs.append(regular)
        elif warmup == "constant":
            lrs.append(regular * ratio)
        elif warmup == "linear":
            lrs.append(regular * (1 - (1 - index / iterations) * (1 - ratio)))
        else:
            lrs.append(regular * ratio ** (1 - index / iterations))
    return lrs


def cosine(tick, end, floor):
    return floor + 0.5 * (LR - floor) * (1 + math.cos(math.pi * tick / end))


MMCV_CASES = [
    (
        "the usual one",
        (
            "policy='step', warmup='linear', warmup_iters=500, warmup_ratio=0.001, step=[8, 11]",
            mmcv(lambda e: LR * 0.1 ** sum(e >= s for s in (8, 11)), "linear", 500, 0.001),
        ),
    ),
    ("every", ("policy='step', step=3, gamma=0.5", mmcv(lambda e: LR * 0.5 ** (e // 3)))),
    (
        "a cosine by iteration",
        (
            f"policy='CosineAnnealing', min_lr_ratio=1e-2, by_epoch=False, {BY_EPOCH}",
            mmcv(lambda i: cosine(i, 720, LR / 100), "exp", 120, by_epoch=False),
        ),
    ),
    (
        "poly",
        (
            "policy='poly', power=0.9, min_lr=1e-4, warmup='constant', warmup_iters=50",
            mmcv(lambda e: (LR - 1e-4) * (1 - e / 12) ** 0.9 + 1e-4, "constant", 50),
        ),
    ),
    ("exp", ("policy='exp', gamma=0.9", mmcv(lambda e: LR * 0.9**e))),
    ("out of order", (
        "policy='step', step=[11, 8, 8]",
        mmcv(lambda e: LR * 0.1 ** sum(e >= s for s in (11, 8, 8))),
    )),
    ("steps in iterations", (
        "policy='step', step=[300, 500], by_epoch=False, warmup='exp', warmup_iters=40",
        mmcv(lambda i: LR * 0.1 ** sum(i >= s for s in (300, 500)), "exp", 40, by_epoch=False),
    )),
    ("every so many iterations, a warm-up over some", (
        "policy='step', step=70, by_epoch=False, warmup='linear', warmup_iters=100",
        mmcv(lambda i: LR * 0.1 ** (i // 70), "linear", 100, by_epoch=False),
    )),
    ("a cosine with a floor", (
        "policy='CosineAnnealing', min_lr=1e-4, by_epoch=False, warmup='linear', warmup_iters=9",
        mmcv(lambda i: cosine(i, 720, 1e-4), "linear", 9, by_epoch=False),
    )),
    ("poly in iterations", (
        "policy='poly', power=0.9, by_epoch=False, warmup='linear', warmup_iters=50",
        mmcv(lambda i: LR * (1 - i / 720) ** 0.9, "linear", 50, by_epoch=False),
    )),
    ("a warm-up that is constant", (
        "policy='step', step=[8], warmup='constant', warmup_iters=50, warmup_ratio=0.3",
        mmcv(lambda e: LR * 0.1 ** (e >= 8), "constant", 50, 0.3),
    )),
]  # fmt: skip


@for_all(MMCV_CASES)
def test_configs_of_mmcv_are_read_as_mmcv_does(options, real):
    text = f"{MMCV}lr_config = dict({options})\n"
    (curve,) = curves(text, "config.py", batches_per_epoch=BATCHES).values()
    assert_same(curve, real)


def test_the_usual_config_of_mmcv_becomes_a_scheduler_of_torch():
    text = f"{MMCV}lr_config = dict({MMCV_CASES[0][1][0]})\n"
    spec, _ = read_config(text, "config.py", batches_per_epoch=BATCHES)
    (top,) = spec.plans["run"].schedulers
    under = top.arguments["base_scheduler"]
    assert (top.type, top.interval, top.arguments["warmup_steps"]) == ("WarmupOver", "batch", 500)
    assert under.type == "MultiStepLR"
    assert dict(under.arguments) == {"milestones": [8 * BATCHES, 11 * BATCHES], "gamma": 0.1}


def test_an_optimizer_outside_of_torch_has_its_stand_in():
    text = ITERATIONS.replace("SGD", "LAMB")
    spec, problems = read_config(text, "config.py")
    assert not problems
    assert [plan.optimizer.row.name for plan in spec.plans.values()] == ["Lamb"]
    assert not any("shown as" in note for note in spec.notes)


def test_what_code_computes_is_told_once_however_often_it_is_read():
    text = f"{EPOCHS}optim_wrapper |= make()\n"
    _, problems = read_config(text, name="config.py", family="mmengine", batches_per_epoch=3)
    unread = [each for each in said(problems) if each[0] == "config-value-unread"]
    assert len(unread) == 1
    assert unread[0][3].startswith("`optim_wrapper` is computed by code")
