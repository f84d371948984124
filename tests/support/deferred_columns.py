"""Traces whose columns are computed when they are read, as a fast engine delivers them."""

from __future__ import annotations

from collections import Counter

import numpy as np

from lrplan.arrays import DeferredColumns
from lrplan.trace import Trace


class Computed(DeferredColumns):
    """Columns by group, made anew at every reading; counts the readings of each."""

    def __init__(self, makers):
        super().__init__(makers)
        self._makers = makers
        self.read = Counter()

    def __getitem__(self, group):
        self.read[group] += 1
        return self._makers[group]()


def lazily(trace):
    """``trace`` with columns that are copies of its own, made when they are read."""
    columns = {
        field: Computed({group: values.copy for group, values in held.items()})
        for field, held in trace.columns.items()
    }
    return Trace(**{**vars(trace), "columns": columns})


def layers(steps, groups, shape=None, *, epochs=True):
    """A trace of layer-wise decay: one shape at as many heights as there are groups."""
    shape = np.linspace(1e-3, 0, steps) if shape is None else shape
    names = [f"layer_{index}" for index in range(groups)]
    heights = {name: 0.97**index for index, name in enumerate(names)}
    rates = {name: (lambda height=height: shape * height) for name, height in heights.items()}
    constant = {name: (lambda: np.broadcast_to(0.9, steps)) for name in names}
    return Trace(
        name="layers",
        columns={"lr": Computed(rates), "momentum": Computed(constant)},
        next_values={"lr": dict.fromkeys(names, 0.0)},
        groups=tuple(names),
        planned_steps=steps,
        epochs=np.arange(steps) // 100 if epochs else None,
        steps_per_epoch=100 if epochs else None,
    )
