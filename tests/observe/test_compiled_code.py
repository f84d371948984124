"""Recording does not change what ``torch.compile`` makes of a training step."""

from collections import Counter

import pytest
import torch

from tests.support.recorded_runs import record

# What torch says of itself while it compiles.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
STEPS = 4


class PlainDescent(torch.optim.Optimizer):
    """An optimizer of the user's, whose step is one graph."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        for group in self.param_groups:
            for each in group["params"]:
                each.data.sub_(each.grad * group["lr"])


def train(what, kind=torch.optim.SGD, *, fullgraph=False):
    """Graphs, applied learning rates and the weights at the end; and the breaks of graphs."""
    from torch._dynamo.utils import counters

    torch._dynamo.reset()
    counters.clear()
    graphs, rates = [], []
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = kind([weight], lr=torch.tensor(0.125))
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5) if what != "optimizer" else None

    def backend(graph, _):
        graphs.append(graph.code)
        return graph

    @torch.compile(backend=backend, fullgraph=fullgraph)
    def compiled():
        optimizer.step()
        if what == "scheduler":
            scheduler.step()

    for _ in range(STEPS):
        weight.grad = torch.ones(2)
        rates.append(float(optimizer.param_groups[0]["lr"]))
        compiled()
        if what == "tensor":
            scheduler.step()
    return (graphs, rates, weight.tolist()), Counter(counters["graph_break"])


def recorded_train(*arguments, **options):
    results = []
    observation = record(lambda: results.extend(train(*arguments, **options)))
    return observation, *results


@pytest.mark.parametrize(
    "what",
    [
        "scheduler",  # with one that ticks in the graph, all that is recorded is in it
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("optimizer", "tensor")),
    ],
)
def test_graphs_are_the_same_without_new_breaks_and_every_step_is_recorded(what):
    plain, breaks = train(what)
    observed, recorded, recorded_breaks = recorded_train(what)
    assert recorded == plain
    assert recorded_breaks <= breaks  # torch's function around the step is not translated
    assert len(plain[0]) == 1  # else the test shows nothing
    trace = observed.optimizers[0].trace
    assert list(trace.lr[trace.groups[0]]) == plain[1]
    ticks = [each for each in observed.events if each.kind == "scheduler_tick"]
    assert len(ticks) == (0 if what == "optimizer" else STEPS)
    assert train(what) == (plain, breaks)  # nothing stays behind


def test_a_step_that_has_to_be_one_graph_stays_one():
    plain = train("optimizer", PlainDescent, fullgraph=True)
    _, *recorded = recorded_train("optimizer", PlainDescent, fullgraph=True)
    assert tuple(recorded) == plain
    assert not plain[1]
