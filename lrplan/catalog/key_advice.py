"""Advice for keys of other packages that resemble a key of a spec but mean something else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple


class KeyAdvice(NamedTuple):
    """Advice on keys to write instead of others, in a mapping that may have the key ``near``."""

    keys: tuple[str, ...]
    near: str
    text: str
    """``{key}`` is replaced by the key that was written, and ``{value}`` by its value."""
    replaces: bool = True
    """True if ``near`` is to replace the key; then ``near`` is not also reported as missing."""


_SHARE_OF_LR = "`{near}` is a factor on the optimizer's `lr`: write `{key}` divided by that `lr`"
_WARM_UP = "a warm-up belongs to a scheduler: write `warmup: 5%` there"

_ADVICE: Final = (
    # training
    KeyAdvice(
        ("global_batch_size", "train_batch_size", "total_batch_size"),
        "batch_size",
        "`batch_size` counts the samples of one device and one batch: divide by `world_size` and"
        " `accumulate`",
    ),
    KeyAdvice(
        ("num_nodes", "nodes", "nnodes"),
        "world_size",
        "`world_size` counts the devices of all nodes",
    ),
    KeyAdvice(
        ("warmup", "warmup_steps", "warmup_epochs", "num_warmup_epochs", "warmup_iters",
         "num_warmup_steps", "warmup_ratio", "warmup_fraction", "warmup_proportion"),
        "loop",
        _WARM_UP,
        replaces=False,
    ),
    # warmup
    KeyAdvice(
        ("steps", "num_steps", "iters", "iterations", "total_iters", "duration", "epochs",
         "num_epochs", "warmup_epochs", "ratio", "fraction"),
        "length",
        "did you mean `length`, with a unit or a share of the run: 500st, 5ep, 5%?",
    ),
    # optimizers
    KeyAdvice(
        ("beta", "beta1", "beta2", "adam_beta1", "adam_beta2", "b1", "b2"),
        "betas",
        "write both as a list: `betas: [0.9, 0.999]`",
    ),
    KeyAdvice(("momentum",), "betas", "its `betas[0]` is that, as in `betas: [{value}, 0.999]`"),
    KeyAdvice(
        ("betas", "beta", "beta1", "adam_beta1", "b1"),
        "momentum",
        "its `momentum` plays the part of the first of `betas`",
    ),
    # schedulers
    KeyAdvice(
        ("by_epoch",),
        "interval",
        "write `interval: epoch` for true, `interval: step` for false",
    ),
    KeyAdvice(
        ("convert_to_iter_based",),
        "interval",
        "write `interval: step`, and lengths with a unit: 5ep",
    ),
    KeyAdvice(
        ("start_lr", "warmup_start_lr", "warmup_init_lr", "init_lr", "lr_start"),
        "start_factor",
        _SHARE_OF_LR,
    ),
    KeyAdvice(
        ("end_lr", "lr_end", "final_lr", "min_lr", "lr_min", "eta_min"),
        "end_factor",
        _SHARE_OF_LR,
    ),
    KeyAdvice(
        ("min_delta",),
        "threshold",
        "`threshold` is that here; Keras adds or subtracts it, as `threshold_mode: abs` does",
    ),
    KeyAdvice(
        ("T_max", "total_steps", "total_iters", "decay_steps"),
        "T_0",
        "`T_0` is the length of the first cycle here",
    ),
    KeyAdvice(
        ("step_size",), "step_size_up", "`step_size_up` is the number of ticks of one rise here"
    ),
    KeyAdvice(("lr", "learning_rate"), "base_lr", "write both bounds: `base_lr` and `max_lr`"),
    KeyAdvice(("min_lr", "lr_min", "eta_min"), "base_lr", "the lowest lr is `base_lr` here"),
    KeyAdvice(("lr", "learning_rate"), "max_lr", "the lr at the peak is `max_lr` here"),
    KeyAdvice(
        ("eta_max", "max_lr", "lr_max", "peak_lr", "peak_value", "initial_lr"),
        "T_max",
        "the lr that it starts from is `lr` of the optimizer",
        replaces=False,
    ),
)  # fmt: skip


def advice_on(key: str, valid: Collection[str]) -> KeyAdvice | None:
    """The advice on ``key`` in a mapping that may have the keys ``valid``; None without any."""
    folded = key.casefold()
    return next(
        (
            each
            for each in _ADVICE
            if each.near in valid and folded in {name.casefold() for name in each.keys}
        ),
        None,
    )
