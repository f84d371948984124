"""A run that is stopped, saved and taken up again by generated code has the same curve."""

import io

import pytest
import torch

from lrplan.export.code import to_pytorch
from tests.export.running import (
    PLANS,
    Record,
    Ticker,
    built,
    executed,
    step,
    torch_may_warn,
    traced,
)
from tests.support.step_gaps import step_gaps

STOP = 3
RESUMED = [
    name
    for name in PLANS
    if name.startswith(("group", "field", "warm-1", "warm-3", "momentum", "beta", "weight-decay"))
    or name in ("finetune", "finetune-per-group", "warmup-cosine", "warm-up-restarts-50")
]


@pytest.mark.parametrize("name", RESUMED)
def test_taken_up_again_it_goes_on(name):
    plan, trace = PLANS[name], traced(name)
    source, record = to_pytorch(plan, trace), Record(trace)
    with torch_may_warn():
        first = built(executed(source), plan)
        tick = Ticker(zip(plan.schedulers, first[1], strict=True), plan.metrics)
        gaps = step_gaps(plan.clock)
        next(gaps)
        for _ in range(STOP):
            advance(first[0], tick, record, next(gaps))
        second = reloaded(first, built(executed(source), plan))
        tick.pairs[:] = zip(plan.schedulers, second[1], strict=True)
        for gap in gaps:
            advance(second[0], tick, record, gap)
    record.check(trace)


def advance(optimizer, tick, record, gap):
    record(optimizer)
    step(optimizer)
    for interval in gap:
        tick(interval)


def reloaded(old, new):
    """``new`` with everything that a checkpoint of ``old`` holds."""
    for before, after in zip((old[0], *old[1]), (new[0], *new[1]), strict=True):
        file = io.BytesIO()
        torch.save(before.state_dict(), file)
        file.seek(0)
        after.load_state_dict(torch.load(file, weights_only=False))
    return new
