"""Loaders and datasets of a script, by what makes them or by their names, and loops over them."""

from __future__ import annotations

import re

from lrplan.source_code.values import (
    BATCHES,
    Constant,
    DictValue,
    Iterations,
    Loader,
    Number,
    Sequence,
    Value,
)

_LOADER = re.compile(
    r"(loader|dataloader|_dl|_iter|iterator|data_iter|batches|prefetcher)s?$", re.IGNORECASE
)
_DATASET = re.compile(r"(dataset|_ds|_data|train_set|trainset|examples|samples)$", re.IGNORECASE)


def looks_like_loader(value: Value) -> bool:
    """Return True if something unknown has the name of a loader."""
    return isinstance(value, Loader) or (
        type(value) is Value and bool(_LOADER.search(value.symbol))
    )


def looks_like_dataset(value: Value) -> bool:
    """Return True if something unknown has the name of a dataset."""
    return type(value) is Value and bool(_DATASET.search(value.symbol))


def rounds_of(value: Value) -> Iterations:
    """The rounds of a loop over ``value``."""
    if isinstance(value, Iterations):
        return value
    if isinstance(value, Sequence):
        return Iterations(items=value.items if value.complete else None)
    if isinstance(value, DictValue):
        return Iterations(items=[Constant(value=key) for key in value.items])
    if looks_like_loader(value):
        size = value.size if isinstance(value, Loader) else None
        factors = {f"{BATCHES}{value.symbol}": 1}
        length = Number(f"len({value.symbol})", value=size, factors=factors, multiple=1)
        return Iterations(value.symbol, length=length, loader=True)
    return Iterations(value.symbol)
