"""The global random generators, which functions of users may draw from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def random_state_restored() -> Iterator[None]:
    """Restore the global random generators afterwards: a user's function may draw from them."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002  # the user's
    # There are none before CUDA is initialized, and a preview should not initialize it.
    on_cuda = range(len(torch.cuda.default_generators))
    try:
        with torch.random.fork_rng(devices=on_cuda):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
