"""The lambdas of ``transformers/optimization.py``, release 5.24.0, as they stand there."""

import math


def factor(kind, step, warmup, total, lr, **options):
    """What the learning rate is multiplied by at a step."""
    return _FACTORS[kind](step, warmup, total, lr, **options)


def _linear(step, warmup, total, _lr):
    if step < warmup:
        return float(step) / float(max(1, warmup))
    return max(0.0, float(total - step) / float(max(1, total - warmup)))


def _cosine(step, warmup, total, _lr, num_cycles=0.5):
    if step < warmup:
        return float(step) / float(max(1, warmup))
    progress = float(step - warmup) / float(max(1, total - warmup))
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * float(num_cycles) * 2.0 * progress)))


def _restarts(step, warmup, total, _lr, num_cycles=1):
    if step < warmup:
        return float(step) / float(max(1, warmup))
    progress = float(step - warmup) / float(max(1, total - warmup))
    if progress >= 1.0:
        return 0.0
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * ((float(num_cycles) * progress) % 1.0))))


def _polynomial(step, warmup, total, lr_init, lr_end=1e-7, power=1.0):
    if step < warmup:
        return float(step) / float(max(1, warmup))
    if step > total:
        return lr_end / lr_init
    pct_remaining = 1 - (step - warmup) / (total - warmup)
    return ((lr_init - lr_end) * pct_remaining**power + lr_end) / lr_init


def _constant_with_warmup(step, warmup, _total, _lr):
    if step < warmup:
        return float(step) / float(max(1.0, warmup))
    return 1.0


def _inverse_sqrt(step, warmup, _total, _lr, timescale=None):
    if timescale is None:
        timescale = warmup or 10_000
    if step < warmup:
        return float(step) / float(max(1, warmup))
    return 1.0 / math.sqrt((step + timescale - warmup) / timescale)


def _cosine_with_min_lr(step, warmup, total, lr, min_lr=None, min_lr_rate=None, num_cycles=0.5):
    rate = min_lr / lr if min_lr is not None else min_lr_rate
    if step < warmup:
        return float(step) / float(max(1, warmup))
    progress = float(step - warmup) / float(max(1, total - warmup))
    wave = 0.5 * (1.0 + math.cos(math.pi * float(num_cycles) * 2.0 * progress))
    return max(0, wave * (1 - rate) + rate)


def _cosine_warmup_with_min_lr(step, warmup, total, _lr, min_lr_rate, warmup_lr_rate=None):
    if step < warmup:
        if warmup_lr_rate is None:
            return (step + 1.0) / max(1.0, warmup)
        return warmup_lr_rate + (1.0 - warmup_lr_rate) * step / max(1, warmup - 1)
    progress = (step - warmup + 1.0) / max(1.0, total - warmup)
    wave = 0.5 * (1.0 + math.cos(math.pi * progress))
    return max(0, wave * (1 - min_lr_rate) + min_lr_rate)


def _stable(
    step,
    warmup,
    total,
    _lr,
    num_decay_steps,
    num_stable_steps=None,
    warmup_type="linear",
    decay_type="cosine",
    min_lr_ratio=0,
    num_cycles=0.5,
):
    stable = total - warmup - num_decay_steps if num_stable_steps is None else num_stable_steps
    if step < warmup:
        progress = step / max(1, warmup)
        rise = progress if warmup_type == "linear" else 1.0 - math.sqrt(1.0 - progress)
        return max(0.0, rise * (1.0 - min_lr_ratio) + min_lr_ratio)
    if step < warmup + stable:
        return 1.0
    if step < warmup + stable + num_decay_steps:
        progress = (step - warmup - stable) / max(1, num_decay_steps)
        cosine = 0.5 * (1.0 + math.cos(math.pi * num_cycles * 2.0 * progress))
        fall = cosine if decay_type == "cosine" else 1.0 - math.sqrt(progress)
        return max(0.0, fall * (1.0 - min_lr_ratio) + min_lr_ratio)
    return min_lr_ratio


_FACTORS = {
    "linear": _linear,
    "cosine": _cosine,
    "cosine_with_restarts": _restarts,
    "polynomial": _polynomial,
    "constant": lambda *_: 1.0,
    "constant_with_warmup": _constant_with_warmup,
    "inverse_sqrt": _inverse_sqrt,
    "cosine_with_min_lr": _cosine_with_min_lr,
    "cosine_warmup_with_min_lr": _cosine_warmup_with_min_lr,
    "warmup_stable_decay": _stable,
}
