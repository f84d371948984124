"""What recording costs: time of a step, and bytes of a file.

Run ``python benchmarks/record.py``. A step is that of SGD with momentum and tiny tensors, together
with one ``scheduler.step()``: the smallest there is, so that the share is the largest. Times are
those of the processor, the least of several turns, with and without a recorder in turn. The aim is
15 microseconds a step for 2 groups, and 30 MB for a million steps of 50 groups with a layer-wise
decayed cosine. Nothing of this is tested: a busy machine would make such a test fail at random.
"""

from __future__ import annotations

import math
import time

import numpy as np
import torch

import lrplan
from lrplan.recordings.column_codec import encode_table

STEPS = 3_000
ROUNDS = 7
LONG = 1_000_000
LAYERS = 50
_ROWS = (1 << 20) // LAYERS
"""Steps that the recorder compresses at once."""


def microseconds(groups: int, steps: int = STEPS) -> float:
    """Time of the processor for a step of the optimizer and one of its scheduler."""
    tensors = [torch.nn.Parameter(torch.zeros(1)) for _ in range(groups)]
    for each in tensors:
        each.grad = torch.ones(1)
    optimizer = torch.optim.SGD([{"params": [each]} for each in tensors], lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda tick: 1 / (1 + tick))
    start = time.process_time()
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
    return (time.process_time() - start) / steps * 1e6


def cost(groups: int) -> tuple[float, float]:
    """Microseconds of a step without a recorder, and with one."""
    without, observed = [], []
    for _ in range(ROUNDS):
        without.append(microseconds(groups))
        with lrplan.recording():
            observed.append(microseconds(groups))
    return min(without), min(observed)


def speed() -> float:
    """Nanoseconds of a turn of an empty loop: what the machine is worth just now."""
    start = time.process_time()
    for _ in range(3_000_000):
        pass
    return (time.process_time() - start) / 3_000_000 * 1e9


def cosine(first: int, rows: int) -> list[np.ndarray]:
    """The learning rates of all layers in some steps of a cosine over the whole run."""
    shape = [0.5 * (1 + math.cos(math.pi * step / LONG)) for step in range(first, first + rows)]
    return [np.array([1e-3 * 0.9**layer * each for each in shape]) for layer in range(LAYERS)]


def chained(rows: int) -> list[np.ndarray]:
    """The same as CosineAnnealingLR computes it, each value from the one before."""
    values = np.array([1e-3 * 0.9**layer for layer in range(LAYERS)])
    table = np.empty((rows, LAYERS))
    for step in range(rows):
        table[step] = values
        ratio = (1 + math.cos(math.pi * (step + 1) / LONG)) / (1 + math.cos(math.pi * step / LONG))
        values = ratio * values
    return list(np.ascontiguousarray(table.T))


def main() -> None:
    """Print a table."""
    torch.set_num_threads(1)
    microseconds(2)
    print(f"an empty loop: {speed():.0f} ns a turn")
    for groups in (1, 2, 50):
        without, observed = cost(groups)
        print(
            f"{groups:>3} groups: {without:.1f} us a step, recorded {observed:.1f} us:"
            f" {observed - without:+.1f} us, x{observed / without:.2f}"
        )
    for name, parts in (
        ("formula", [cosine(first, _ROWS) for first in range(0, 10 * _ROWS, _ROWS)]),
        ("chained", [chained(_ROWS)]),
    ):
        size = sum(len(encode_table(part)) for part in parts)
        whole = size / (len(parts) * _ROWS) * LONG / 1e6
        print(f"{LAYERS} layers of a cosine, {name}: {whole:.1f} MB in a million steps")


if __name__ == "__main__":
    main()
