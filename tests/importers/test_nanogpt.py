"""nanoGPT: the curve is that of ``get_lr`` in train.py, which is copied here and called in a loop.

Source: karpathy/nanoGPT, train.py at commit 3adf61e.
"""

import math

from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config, said

DEFAULTS = {
    "learning_rate": 6e-4,
    "max_iters": 600000,
    "warmup_iters": 2000,
    "lr_decay_iters": 600000,
    "min_lr": 6e-5,
    "decay_lr": True,
}


def get_lr(it, learning_rate, warmup_iters, lr_decay_iters, min_lr):
    if it < warmup_iters:
        return learning_rate * (it + 1) / (warmup_iters + 1)
    if it > lr_decay_iters:
        return min_lr
    decay_ratio = (it - warmup_iters) / (lr_decay_iters - warmup_iters)
    assert 0 <= decay_ratio <= 1
    coeff = 0.5 * (1.0 + math.cos(math.pi * decay_ratio))
    return min_lr + coeff * (learning_rate - min_lr)


def train(settings):
    """The learning rate of each update, as the loop of train.py sets it."""
    options = {**DEFAULTS, **settings}
    last, decay_lr = options.pop("max_iters"), options.pop("decay_lr")
    lrs, iter_num = [], 0
    while True:
        lrs.append(get_lr(iter_num, **options) if decay_lr else options["learning_rate"])
        iter_num += 1
        if iter_num > last:
            return lrs


CASES = [
    ("short", ({"max_iters": 5000, "lr_decay_iters": 5000},)),
    ("decay ends early", ({"max_iters": 400, "lr_decay_iters": 300, "warmup_iters": 100},)),
    ("decay is cut", ({"max_iters": 200, "lr_decay_iters": 3000, "warmup_iters": 10},)),
    ("no warm-up", ({"max_iters": 200, "lr_decay_iters": 200, "warmup_iters": 0},)),
    ("only a warm-up", ({"max_iters": 200},)),
    ("constant", ({"max_iters": 20, "decay_lr": False, "learning_rate": 3e-5},)),
    (
        "floor above the peak",
        ({"max_iters": 300, "lr_decay_iters": 250, "warmup_iters": 5, "min_lr": 1e-3},),
    ),
]


@for_all(CASES)
def test_the_curve_is_that_of_train_py(settings):
    """For all groups, in every update."""
    text = "".join(f"{key} = {value!r}\n" for key, value in settings.items())
    own = curves(f"eval_interval = 5\n{text}", "config/train.py")
    assert list(own) == ["decay", "no_decay"]
    for curve in own.values():
        assert_same(curve, train(settings))


def test_a_spec_that_is_kept_has_the_scheduler_of_torch():
    text = "max_iters = 5000\nlr_decay_iters = 5000\nwarmup_iters = 100\nmin_lr = 1e-5\n"
    spec, _ = read_config(text, "a.py", family="nanogpt")
    (top,) = spec.plans["run"].schedulers
    _, cosine = top.arguments["schedulers"]
    assert list(top.arguments["milestones"]) == [100]
    assert cosine.type == "CosineAnnealingLR"
    assert dict(cosine.arguments) == {"T_max": 4900, "eta_min": 1e-5}


def test_the_defaults_are_those_of_train_py():
    (curve, _) = curves("max_iters = 600000\neval_interval = 5\n", "a.py").values()
    assert_same(curve, train({}))


def test_what_train_py_fills_in_is_said():
    spec, problems = read_config("max_iters = 10\nlr_decay_iters = 9\nwarmup_iters=2\n", "a.py")
    assert problems == []
    (note,) = spec.notes
    assert note.startswith("read as nanoGPT 3adf61e reads it, which fills in: learning_rate 0.0006")


def test_a_config_that_cannot_be_read_is_refused_at_its_place():
    text = "max_iters = 10\neval_interval = 5\nlearning_rate = float(6)\nmin_lr = 'low'\n"
    _, problems = read_config(text, "a.py")
    assert said(problems) == [
        ("config-value-unread", 3, 17, "`learning_rate` is computed by code, which is not run"),
        ("wrong-type", 4, 10, "`min_lr` must be a number, not the string 'low'"),
    ]


def test_what_a_constant_rate_does_not_read_is_a_finding():
    text = "max_iters = 10\neval_interval = 5\ndecay_lr = False\nmin_lr = 1e-5\n"
    spec, _ = read_config(text, "a.py")
    message = "`min_lr` is not read: with `decay_lr = False` the learning rate is constant"
    assert said(spec.origin.findings) == [("misleading-config-key", 4, 1, message)]
