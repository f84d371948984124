"""Names from other packages, and the names that lrplan has for the same things.

From transformers, diffusers, accelerate, Lightning, timm, mmengine, DeepSpeed, Keras and optax, and
from recipes that circulate. Names of schedulers are in the rows of the catalogue.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from lrplan.catalog import OPTIMIZERS, SCHEDULERS, nearest

SAME_KEYS: Final = (
    # a spec and its schedules
    ("training", "train", "training_args", "training_arguments"),
    ("schedules", "schedule"),
    ("optimizer", "optim", "opt", "optimizers"),
    ("scheduler", "lr_scheduler", "lr_schedule", "sched", "param_scheduler", "schedulers"),
    # training
    ("epochs", "num_train_epochs", "max_epochs", "num_epochs", "n_epochs", "total_epochs",
     "total_num_epochs"),
    ("steps", "max_steps", "max_train_steps", "num_steps", "train_steps", "total_steps",
     "num_training_steps", "iterations", "max_iters", "train_iters", "num_iterations"),
    ("steps_per_epoch", "iters_per_epoch", "updates_per_epoch", "num_update_steps_per_epoch"),
    ("batches_per_epoch", "num_batches", "num_training_batches", "train_batches"),
    ("dataset_size", "num_samples", "num_examples", "train_size", "num_train_samples",
     "dataset_length", "train_samples", "samples_per_epoch"),
    ("batch_size", "per_device_train_batch_size", "train_micro_batch_size_per_gpu",
     "micro_batch_size", "micro_train_batch_size", "batch_size_per_gpu", "samples_per_gpu",
     "device_batch_size", "bs"),
    ("world_size", "devices", "num_devices", "num_processes", "num_gpus", "n_gpus", "gpus",
     "nproc_per_node", "num_replicas", "data_parallel_size"),
    ("accumulate", "gradient_accumulation_steps", "accumulate_grad_batches",
     "gradient_accumulation", "grad_accumulation_steps", "grad_accum_steps", "accumulation_steps",
     "accum_iter", "update_freq", "accumulative_counts", "cumulative_iters"),
    ("drop_last", "dataloader_drop_last", "drop_remainder"),
    ("sequence_length", "seq_len", "seq_length", "max_seq_length", "max_seq_len", "block_size",
     "context_length"),
    # optimizers
    ("lr", "learning_rate", "base_lr"),
    ("weight_decay", "wd"),
    ("eps", "epsilon", "adam_epsilon"),
    ("groups", "param_groups", "parameter_groups"),
    ("lr_decay", "layer_decay", "layerwise_lr_decay", "layer_wise_lr_decay", "llrd"),
    ("count", "num_layers", "n_layers", "depth"),
    ("frozen_until", "freeze_until", "frozen_steps", "freeze_steps", "num_frozen_steps"),
    # schedulers
    ("eta_min", "min_lr", "lr_min", "lr_end", "end_lr", "final_lr", "minimum_lr"),
    ("min_lr_rate", "min_lr_ratio", "cos_min_ratio", "min_ratio"),
    ("max_lr", "eta_max", "peak_lr", "lr_max", "peak_value"),
    ("T_max", "total_iters", "total_steps", "num_training_steps", "total_num_steps", "t_initial",
     "decay_steps", "max_iters", "max_steps", "transition_steps"),
    ("T_0", "first_decay_steps", "cycle_length", "t_initial"),
    ("T_mult", "t_mul", "cycle_mul", "cycle_mult"),
    ("warmup_steps", "num_warmup_steps", "warmup_num_steps", "warmup_t", "warmup_iters",
     "warmup_length", "total_epoch", "length", "warmup", "warm_up"),
    ("step_size", "decay_t", "lr_decay_steps", "every"),
    ("gamma", "factor", "decay_rate", "decay_factor", "lr_decay"),
    ("milestones", "decay_milestones", "boundaries", "lr_steps"),
    ("patience", "patience_t"),
    ("power", "poly_power"),
    ("lr_lambda", "lambda", "lambdas"),
    ("start_factor", "warmup_factor", "warmup_start_factor", "start"),
    ("end_factor", "final_factor"),
    ("monitor", "metric", "metric_to_track"),
    ("interval", "lr_scheduler_interval", "update_interval"),
)  # fmt: skip
"""Names of one thing, in torch, in lrplan and elsewhere."""

SHARE_OF: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("warmup_ratio", "warmup_fraction", "warmup_proportion"), "warmup_steps")
)
"""Keys whose value is a share of the run, and the key that counts the same in ticks."""

IN_EPOCHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("warmup_epochs", "num_warmup_epochs"), "warmup_steps"),
        **dict.fromkeys(("max_epochs", "total_epochs", "num_epochs", "num_train_epochs"), "T_max"),
        "decay_epochs": "step_size",
    }
)
"""Keys of schedulers whose value is a number of epochs, and the key that counts the same in ticks.
"""

_CHOICES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("steps", "iteration", "iterations", "iter", "iters", "update", "updates",
             "global_step", "optimizer_step"),
            "step",
        ),
        **dict.fromkeys(("epochs",), "epoch"),
        **dict.fromkeys(("batches", "microbatch", "micro_batch", "minibatch"), "batch"),
        **dict.fromkeys(("hf", "huggingface", "trainer", "hf_trainer"), "transformers"),
        **dict.fromkeys(("pl", "pytorch_lightning", "fabric"), "lightning"),
        **dict.fromkeys(("pytorch", "plain", "none"), "torch"),
    }
)  # fmt: skip
"""Values of ``interval`` and ``training.loop`` by what people write for them."""

_OPTIMIZERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "FusedAdamW",
                "adamw_torch",
                "adamw_torch_fused",
                "adamw_hf",
                "adamw_apex_fused",
                "adamw_bnb_8bit",
                "adamw_8bit",
                "paged_adamw",
                "paged_adamw_8bit",
                "paged_adamw_32bit",
                "nadamw",
            ),
            "AdamW",
        ),
        **dict.fromkeys(("FusedAdam", "DeepSpeedCPUAdam"), "Adam"),
        **dict.fromkeys(("momentum", "FusedSGD", "MomentumSGD"), "SGD"),
        **dict.fromkeys(("NovoGrad", "FusedNovoGrad"), "NvNovoGrad"),
        **dict.fromkeys(("FusedLAMB",), "Lamb"),
        **dict.fromkeys(("LARC",), "Lars"),
        **dict.fromkeys(("lion_32bit",), "Lion"),
        **dict.fromkeys(("schedule_free_adamw",), "AdamWScheduleFree"),
        **dict.fromkeys(("schedule_free_sgd",), "SGDScheduleFree"),
        **dict.fromkeys(("schedule_free_radam",), "RAdamScheduleFree"),
        **dict.fromkeys(("Sophia", "SophiaG"), "SophiaH"),
    }
)
"""Optimizers of other packages, and the row that takes the learning rate as they do."""


def _by_last_part() -> dict[str, tuple[str, ...]]:
    """Rows by their aliases, and after them those of packages by their names there."""
    found: dict[str, list[str]] = {}
    for row in SCHEDULERS.values():
        for alias in row.aliases:
            found.setdefault(alias.casefold(), []).append(row.name)
    for name in SCHEDULERS:
        found.setdefault(name.rpartition(":")[2].casefold(), []).append(name)
    return {last: tuple(dict.fromkeys(names)) for last, names in found.items()}


_ROWS = _by_last_part()
_OPTIMIZER_OF = {alias.casefold(): name for alias, name in _OPTIMIZERS.items()} | {
    name.casefold(): name for name in OPTIMIZERS
}


def resolve_alias(name: str) -> tuple[str, ...]:
    """The rows that are meant by a scheduler named as in another package, the likeliest first.

    Case does not count, and neither does the module before the name: ``optax.sgdr_schedule`` is
    ``CosineAnnealingWarmRestarts``, and ``cosine`` is ``CosineAnnealingLR`` or
    ``transformers:cosine``. Empty if the name is not known.
    """
    package, _, last = name.replace(":", ".").rpartition(".")
    rows = _ROWS.get(last.casefold(), ())
    family = package.partition(".")[0]
    own = tuple(row for row in rows if SCHEDULERS[row].family == family)
    same_case = tuple(row for row in rows if row.rpartition(":")[2] == last)
    has_alias = any(last.casefold() in map(str.casefold, SCHEDULERS[row].aliases) for row in rows)
    return own or (rows if has_alias else same_case) or rows


def nearest_alias(name: str) -> str | None:
    """The name of a scheduler, here or in another package, that ``name`` is a misspelling of."""
    return nearest(name.rpartition(".")[2].rpartition(":")[2], _ROWS)


def resolve_optimizer(name: str) -> str | None:
    """The optimizer of torch that is meant by ``name``; None if it is not known."""
    return _OPTIMIZER_OF.get(name.replace(":", ".").rpartition(".")[2].casefold())


def resolve_key(key: str, valid: Collection[str]) -> str | None:
    """The key among ``valid`` that means what ``key`` means elsewhere; None if none does."""
    folded = key.casefold()
    for names in SAME_KEYS:
        if folded in {name.casefold() for name in names}:
            found = next((name for name in names if name in valid), None)
            if found is not None:
                return found
    return None


def resolve_choice(value: str, choices: Collection[str]) -> str | None:
    """The choice that ``value`` means, by another package's name; None if there is none."""
    meant = _CHOICES.get(value.casefold())
    return meant if meant in choices else None
