"""nanoGPT: a Python file of assignments, which ``train.py`` runs over its own defaults.

Source: ``train.py`` of karpathy/nanoGPT, commit 3adf61e (2024-12): ``get_lr``, the training loop;
``model.py``, ``configure_optimizers``.
"""

from __future__ import annotations

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.family import ConfigFamily, Schedule


def _read(config: ConfigReader) -> Schedule | None:
    lr = config.number("learning_rate", 6e-4)
    last = config.integer("max_iters", 600000)
    decays = config.boolean("decay_lr", default=True)
    schedule = {
        "training": {
            # The loop ends once `iter_num > max_iters`, after the update of iteration `max_iters`.
            "steps": last.derive(last.value + 1),
            "batch_size": config.integer("batch_size", 12),
            "accumulate": config.integer("gradient_accumulation_steps", 40),
            "sequence_length": config.integer("block_size", 1024),
        },
        "optimizer": _optimizer(config, lr),
    }
    if decays.value:
        return {**schedule, "scheduler": _scheduler(config, lr, last.value)}
    for key in ("warmup_iters", "lr_decay_iters", "min_lr"):
        if config.has(key):
            message = f"`{key}` is not read: with `decay_lr = False` the learning rate is constant"
            config.warn(key, message, "delete it, or set decay_lr = True")
    return schedule


def _optimizer(config: ConfigReader, lr: ConfigValue[float]) -> Schedule:
    betas = [config.number("beta1", 0.9), config.number("beta2", 0.95)]
    decay = config.number("weight_decay", 0.1)
    groups = {"decay": {"weight_decay": decay}, "no_decay": {"weight_decay": 0.0}}
    return {"type": "AdamW", "lr": lr, "betas": betas, "groups": groups}


def _scheduler(config: ConfigReader, lr: ConfigValue[float], last: int) -> Schedule | None:
    """The cosine of torch after a warm-up, or an expression for what no scheduler does.

    Args:
        config: the config.
        lr: ``learning_rate``.
        last: the last iteration of the run.
    """
    warmup = config.integer("warmup_iters", 2000)
    end = config.integer("lr_decay_iters", 600000)
    floor = config.number("min_lr", 6e-5)
    if warmup.value == end.value:
        config.refuse("lr_decay_iters", "it equals `warmup_iters`: nanoGPT divides by 0 there")
        return None
    if lr.value <= 0:
        config.refuse("learning_rate", f"must be above 0, not {lr.value!r}")
        return None
    if warmup.value < min(end.value, last) and end.value >= last:
        # Beyond its end torch's cosine would climb, where nanoGPT holds `min_lr`.
        length = {"T_max": end.derive(end.value - warmup.value), "eta_min": floor}
        rise = {"length": warmup, "start": f"1 / {warmup.value + 1}"} if warmup.value > 0 else None
        return {"type": "CosineAnnealingLR", **length, "warmup": rise}
    ratio, w, decay = floor.value / lr.value, warmup.value, end.value - warmup.value
    cosine = f"{ratio!r} + {1 - ratio!r} * (1 + cos(pi * (step - {w}) / {decay})) / 2"
    after = f"{ratio!r} if step > {end.value} else {cosine}"
    formula = after if w <= 0 else f"(step + 1) / {w + 1} if step < {w} else ({after})"
    return {"type": "LambdaLR", "lr_lambda": end.derive(formula)}


NANOGPT = ConfigFamily(
    name="nanogpt",
    title="a nanoGPT config",
    release="nanoGPT 3adf61e",
    formats=("python",),
    read=_read,
    notes=(
        "The run has `max_iters + 1` updates: the loop ends when the count is above `max_iters`.",
        "The warm-up begins at `learning_rate / (warmup_iters + 1)`, as since 2024; before, at 0.",
    ),
)
"""The family of nanoGPT."""
