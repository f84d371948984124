"""The methods of a LightningModule that its trainer calls, from Lightning 1.0 to 2.6."""

from __future__ import annotations

_VALIDATION = tuple(
    f"on_validation_{each}"
    for each in ("start", "end", "epoch_start", "epoch_end", "batch_start", "batch_end")
)
HOOKS = (
    *("setup", "prepare_data", "configure_model", "configure_sharded_model", "on_fit_start"),
    *("train_dataloader", "val_dataloader", "configure_callbacks", "on_train_start"),
    *("on_train_epoch_start", "on_train_batch_start", "on_before_batch_transfer"),
    *("transfer_batch_to_device", "on_after_batch_transfer", "training_step", "forward"),
    *("on_before_zero_grad", "optimizer_zero_grad", "on_before_backward", "backward"),
    *("on_after_backward", "on_before_optimizer_step", "configure_gradient_clipping"),
    *("on_train_batch_end", "on_train_epoch_end", "validation_step", *_VALIDATION),
    *("on_validation_model_zero_grad", "on_validation_model_eval", "on_validation_model_train"),
    *("on_save_checkpoint", "training_step_end", "training_epoch_end", "validation_step_end"),
    *("validation_epoch_end", "tbptt_split_batch", "optimizers", "lr_schedulers"),
    *("on_epoch_start", "on_epoch_end", "on_pretrain_routine_start", "on_pretrain_routine_end"),
    *("on_train_dataloader", "clip_gradients", "train", "__call__"),
)
"""The hooks that the trainer calls while it trains and validates, from 1.0 to 2.6, in order."""

DRIVER_AT = {
    "on_before_zero_grad": 1,
    "optimizer_zero_grad": 3,
    "on_before_optimizer_step": 1,
    "configure_gradient_clipping": 1,
    "optimizer_step": 3,
    "lr_scheduler_step": 1,
}
"""The position of the optimizer or the scheduler among a hook's arguments, ``self`` being 0."""

MOVING_CALLBACKS = frozenset(
    {"StochasticWeightAveraging", "LearningRateFinder", "GradientAccumulationScheduler"}
    | {"BaseFinetuning", "BackboneFinetuning", "BatchSizeFinder"}
)
"""Lightning's own callbacks that move the lr, or the steps at which schedulers tick."""
