"""The module, executed and stepped, gives the curve that lrplan has simulated."""

import pytest
from torch import nn

from lrplan.export.code import to_pytorch
from lrplan.simulate.engine_choice import simulate
from tests.export.running import (
    EXAMPLES,
    PLANS,
    executed,
    own_loop,
    plain_loop,
    torch_may_warn,
    traced,
)
from tests.support.specs import plan


@pytest.mark.parametrize("name", PLANS)
def test_a_plain_loop_over_the_module_gives_the_curve(name):
    trace = traced(name)
    with torch_may_warn():
        plain_loop(to_pytorch(PLANS[name], trace), PLANS[name], trace).check(trace)


_LOOPS = [name for name in PLANS if "SparseAdam" not in name]
# The loop depends on intervals, metrics and windows. One in three of the plain examples will do.
_REPEATED = [each for index, each in enumerate(n for n in EXAMPLES if n in _LOOPS) if index % 3]
_OWN = {"example-LBFGS", "example-ReduceLROnPlateau", "example-CyclicLR"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in {*_REPEATED} - _OWN else [])
        for name in _LOOPS
    ],
)
def test_its_own_loop_gives_the_curve(name):
    trace = traced(name)
    with torch_may_warn():
        own_loop(to_pytorch(PLANS[name], trace), PLANS[name], trace).check(trace)


class Network(nn.Module):
    """A stem, three blocks and a head, each with a bias."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(2, 2)
        self.blocks = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
        self.head = nn.Linear(2, 2)


def test_parameters_go_to_the_group_of_their_layer():
    """``group_of`` as it is written, on a model whose attributes bear the names of the groups."""
    groups = "{stem: {lr: 0.1x}, blocks: {count: 3, lr_decay: 0.5, no_decay: true}, head: {}}"
    optimizer = f"optimizer: {{type: AdamW, lr: 0.1, groups: {groups}}}"
    of_layers = plan(f"{optimizer}\nscheduler: {{type: StepLR, step_size: 2}}")
    names = executed(to_pytorch(of_layers, simulate(of_layers)))
    built = names["build_optimizer"](Network())
    shapes = {g["name"]: [p.ndim for p in g["params"]] for g in built.param_groups}
    blocks = {f"blocks.{i}{end}": [n] for i in range(3) for end, n in (("", 2), (".no_decay", 1))}
    assert shapes == {"stem": [2, 1], **blocks, "head": [2, 1]}
    options = [(g["name"], g["lr"], g["weight_decay"]) for g in built.param_groups]
    expected = [{"lr": 0.1, "weight_decay": 0.01, **g.options} for g in of_layers.optimizer.groups]
    planned = zip(of_layers.optimizer.groups, expected, strict=True)
    assert options == [(g.name, o["lr"], o["weight_decay"]) for g, o in planned]
