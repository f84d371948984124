"""Learning rates that grow with the batch: ``lr: 5e-4 per 512sp``, as recipes state them."""

from __future__ import annotations

import re

from lrplan.clock import Clock
from lrplan.node import Node
from lrplan.specfile.models import LR_PER_SAMPLES_PATTERN
from lrplan.specfile.problem_scope import ProblemScope

_PATTERN = re.compile(LR_PER_SAMPLES_PATTERN)


def is_per_samples(node: Node) -> bool:
    """Return True for a text such as ``5e-4 per 512sp``."""
    return isinstance(node.value, str) and _PATTERN.match(node.value) is not None


def read_per_samples(node: Node, clock: Clock, scope: ProblemScope, path: str) -> float | None:
    """The learning rate for the samples of a step of this run; None after reporting a problem."""
    # Example: 5e-4 per 512sp with 64 samples on each of 16 devices is 5e-4 * 1024 / 512 = 1e-3.
    match = _PATTERN.match(str(node.value))
    samples = clock.samples_per_step
    if match is None or float(match["samples"].replace("_", "")) == 0:
        message = "a learning rate cannot be given for 0 samples"
        scope.problem_at_value("bad-value", node, path, message)
        return None
    if samples is None:
        message = (
            f"`{str(node.value).strip()}` needs the samples of a step, which are not known here"
        )
        fix = (
            "give `batch_size` in `training`, and `world_size` or `accumulate` where there are any"
        )
        scope.problem_at_value("bad-value", node, path, message, fix)
        return None
    lr = float(match["lr"].replace("_", ""))
    return lr * (samples / int(match["samples"].replace("_", "")))
