"""The curves of a run that was stopped early, joined with those predicted for its rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lrplan.arrays import DeferredColumns, FloatArray
from lrplan.trace import Trace


def whole_run(observed: Trace, predicted: Trace | None) -> Trace:
    """``observed`` with the steps of ``predicted`` after its own; itself where there are none."""
    if predicted is None or not predicted.steps:
        return observed
    columns = {
        field: _Joined(observed.columns[field], predicted.columns[field])
        for field in observed.columns
        if field in predicted.columns
    }
    epochs = observed.epochs
    if epochs is not None and predicted.epochs is not None:
        epochs = np.concatenate([epochs, predicted.epochs])
    steps = observed.steps + predicted.steps
    return replace(
        observed,
        columns=columns,
        next_values=predicted.next_values,
        epochs=epochs,
        steps_per_epoch=None if epochs is None else _steps_per_epoch(epochs),
        planned_steps=steps,
    )


def _steps_per_epoch(epochs: np.ndarray) -> int | None:
    *full, last = np.bincount(epochs).tolist()
    same = len(set(full)) == 1 and last <= full[0] if full else True
    return int(max([*full, last])) if same else None


class _Joined(DeferredColumns):
    """Columns by group, each joined of two when it is read."""

    def __init__(self, first: Mapping[str, FloatArray], then: Mapping[str, FloatArray]) -> None:
        super().__init__([group for group in first if group in then])
        self._first = first
        self._then = then

    def __getitem__(self, group: str) -> FloatArray:
        return np.concatenate([self._first[group], self._then[group]])
