"""The module, executed and stepped, gives the curve that lrplan has simulated."""

import pytest

from lrplan.export.code import to_pytorch
from tests.export.running import PLANS, own_loop, plain_loop, torch_may_warn, traced


@pytest.mark.parametrize("name", PLANS)
def test_a_plain_loop_over_the_module_gives_the_curve(name):
    trace = traced(name)
    with torch_may_warn():
        plain_loop(to_pytorch(PLANS[name], trace), PLANS[name], trace).check(trace)


@pytest.mark.parametrize("name", [name for name in PLANS if "SparseAdam" not in name])
def test_its_own_loop_gives_the_curve(name):
    trace = traced(name)
    with torch_may_warn():
        own_loop(to_pytorch(PLANS[name], trace), PLANS[name], trace).check(trace)
