"""Names of packages that make optimizers, schedulers and loaders, and what their calls give."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.rows import SchedulerRow

TORCH = "torch.optim.lr_scheduler"
_HUGGING_FACE = ("transformers", "diffusers")
_HF_FUNCTIONS: Mapping[str, str] = {
    "get_linear_schedule_with_warmup": "linear",
    "get_cosine_schedule_with_warmup": "cosine",
    "get_cosine_with_hard_restarts_schedule_with_warmup": "cosine_with_restarts",
    "get_polynomial_decay_schedule_with_warmup": "polynomial",
    "get_constant_schedule": "constant",
    "get_constant_schedule_with_warmup": "constant_with_warmup",
    "get_inverse_sqrt_schedule": "inverse_sqrt",
    "get_cosine_with_min_lr_schedule_with_warmup": "cosine_with_min_lr",
    "get_wsd_schedule": "warmup_stable_decay",
    "get_piecewise_constant_schedule": "piecewise_constant",
}
_HF_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "constant": ("optimizer", "last_epoch"),
    "constant_with_warmup": ("optimizer", "num_warmup_steps", "last_epoch"),
    "inverse_sqrt": ("optimizer", "num_warmup_steps", "timescale", "last_epoch"),
}
_HF_USUAL = ("optimizer", "num_warmup_steps", "num_training_steps")
_GET_SCHEDULER = ("name", "optimizer", "num_warmup_steps", "num_training_steps")

_CLASSES = ("timm:", "warmup_scheduler:", "pytorch_accelerated:", "ignite:", "deepspeed:")
OPTIMIZER_PACKAGES = (
    "torch.optim",
    "timm.optim",
    "transformers",
    "apex.optimizers",
    "bitsandbytes.optim",
    "torch_optimizer",
    "deepspeed.ops",
    "lion_pytorch",
    "adamp",
    "pytorch_optimizer",
)
_OTHER_OPTIMIZERS = frozenset({
    "AdamW8bit", "Adam8bit", "PagedAdamW8bit", "FusedAdam", "FusedSGD", "FusedLAMB", "Lion",
    "DeepSpeedCPUAdam", "LARS", "Lamb", "RAdam", "AdamP", "AdaBelief", "Ranger", "Adafactor",
    "AdamW", "Adam", "SGD", "RMSprop", "Lookahead", "Muon", "Prodigy",
})  # fmt: skip
OPTIMIZER_FUNCTIONS = frozenset({
    "timm.optim.create_optimizer", "timm.optim.create_optimizer_v2",
    "timm.optim.optim_factory.create_optimizer", "torch_optimizer.get",
})  # fmt: skip
LOADERS = frozenset({
    "torch.utils.data.DataLoader", "torch.utils.data.dataloader.DataLoader",
    "torch_geometric.loader.DataLoader", "torch_geometric.data.DataLoader",
    "timm.data.create_loader", "torch_geometric.loader.NeighborLoader",
    "torchdata.stateful_dataloader.StatefulDataLoader", "dgl.dataloading.GraphDataLoader",
})  # fmt: skip
DATASETS = ("torchvision.datasets.", "datasets.load_dataset", "torch_geometric.datasets.")
DATASET_CALLS = frozenset({
    "torch.utils.data.TensorDataset", "torch.utils.data.Subset", "torch.utils.data.ConcatDataset",
    "torch.utils.data.random_split",
})  # fmt: skip
TENSORS = frozenset({"torch.randn", "torch.rand", "torch.zeros", "torch.ones", "torch.empty"})
"""Calls whose first argument is the number of samples of a tensor of data."""
SAME_AS_FIRST = frozenset({
    "tqdm.tqdm", "tqdm.auto.tqdm", "tqdm.notebook.tqdm", "tqdm.trange", "tqdm.auto.trange",
    "rich.progress.track", "copy.copy", "copy.deepcopy", "torch.nn.DataParallel",
    "horovod.torch.DistributedOptimizer", "tqdm.std.tqdm", "progressbar.progressbar",
    "fastprogress.progress_bar", "itertools.cycle",
})  # fmt: skip
"""Calls that return their first argument, or something that behaves like it."""
KEEPS_UNIT = frozenset({
    "int", "float", "round", "max", "min", "abs", "math.ceil", "math.floor", "numpy.ceil",
    "numpy.floor", "math.trunc", "numpy.round", "ceil", "floor",
})  # fmt: skip
SCALERS = frozenset({
    "torch.cuda.amp.GradScaler", "torch.amp.GradScaler", "torch.cuda.amp.grad_scaler.GradScaler",
})  # fmt: skip
ACCELERATORS = frozenset({"accelerate.Accelerator", "accelerate.accelerator.Accelerator"})
TRAINER_ARGUMENTS = frozenset({
    "transformers.TrainingArguments", "transformers.Seq2SeqTrainingArguments",
    "transformers.training_args.TrainingArguments",
})  # fmt: skip
LIGHTNING_MODULES = frozenset({
    "lightning.LightningModule", "pytorch_lightning.LightningModule",
    "lightning.pytorch.LightningModule", "pytorch_lightning.core.LightningModule",
    "lightning.pytorch.core.LightningModule", "pytorch_lightning.core.lightning.LightningModule",
})  # fmt: skip
HARMLESS = frozenset({
    "print", "len", "isinstance", "getattr", "hasattr", "type", "id", "str", "repr", "dict",
    "list", "tuple", "set", "zip", "enumerate", "sum", "any", "all", "sorted", "torch.save",
    "setattr", "bool", "callable", "vars", "iter", "next", "super", "range",
})  # fmt: skip
"""Calls that never step their arguments."""
BASES = frozenset({f"{TORCH}.LRScheduler", f"{TORCH}._LRScheduler"})


MAKERS = frozenset({
    *(row.path.rpartition(":")[2] for row in SCHEDULERS.values() if row.family in {"torch", "swa"}),
    *(name.partition(":")[2] for name in SCHEDULERS if name.startswith(_CLASSES)),
    *_HF_FUNCTIONS, "get_scheduler", "LRScheduler", "_LRScheduler",
})  # fmt: skip
"""Last parts of the names that make schedulers, or that classes of schedulers derive from."""


_MENTIONS = re.compile(rf"\b(?:{'|'.join(sorted(MAKERS))}|param_groups)\b")
STEMS = ("LR", "chedul", "param_groups", "lateau", "estarts", "OneCycle", "Piecewise")
"""Each name that makes a scheduler has one of these in it."""


def mentions_makers(text: str) -> bool:
    """Return True if a text mentions what makes a scheduler: there may be something to follow."""
    # Most files have none of the stems, and a plain search is faster than one for 50 names.
    return any(stem in text for stem in STEMS) and _MENTIONS.search(text) is not None


def scheduler_row(symbol: str) -> tuple[SchedulerRow, str, str] | None:
    """The row, the class and the module of the scheduler that a call of ``symbol`` makes.

    Args:
        symbol: a whole name, e.g. ``torch.optim.lr_scheduler.StepLR``.
    """
    module, _, name = symbol.rpartition(".")
    package = module.partition(".")[0]
    if package in _HUGGING_FACE and name in _HF_FUNCTIONS:
        name = _HF_FUNCTIONS[name]
    elif package == "torch" and not _is_torch_module(module, name):
        return None
    key = name if package == "torch" else f"{package}:{name}"
    row = SCHEDULERS.get(key)
    if row is None or (package == "torch" and row.family not in {"torch", "swa"}):
        return None
    return row, name, TORCH if package == "torch" and row.family == "torch" else module


def is_get_scheduler(symbol: str) -> bool:
    """Return True for ``get_scheduler`` of transformers and diffusers."""
    module, _, name = symbol.rpartition(".")
    return name == "get_scheduler" and module.partition(".")[0] in _HUGGING_FACE


def positional_names(symbol: str, row: SchedulerRow | None) -> tuple[str, ...]:
    """The names of the positional arguments of a scheduler's constructor, the optimizer first."""
    if is_get_scheduler(symbol):
        return _GET_SCHEDULER
    name = symbol.rpartition(".")[2]
    if name in _HF_FUNCTIONS:
        return _HF_ARGUMENTS.get(_HF_FUNCTIONS[name], _HF_USUAL)
    if row is None:
        return ("optimizer",)
    names = tuple(argument.name for argument in row.arguments)
    last = ("last_epoch", "verbose") if row.takes_last_epoch and "last_epoch" not in names else ()
    return ("schedulers",) if row.container == "chained" else ("optimizer", *names, *last)


def is_optimizer(symbol: str) -> bool:
    """Return True if a call of ``symbol`` makes an optimizer."""
    if symbol in OPTIMIZER_FUNCTIONS:
        return True
    module, _, name = symbol.rpartition(".")
    if not module.startswith(OPTIMIZER_PACKAGES):
        return False
    return name in OPTIMIZERS or name in _OTHER_OPTIMIZERS


def _is_torch_module(module: str, name: str) -> bool:
    return module == TORCH or (name == "SWALR" and module.startswith("torch.optim.swa_utils"))
