"""Schedulers of other packages from a factory tick as those packages tick them."""

import sys
import warnings
from types import ModuleType

import pytest
import torch

from tests.trust.code import problem, trace, write

EPOCHS, PER_EPOCH = 6, 5


def spec_of(folder, imports, returned, more="", factory="./own.py:made"):
    code = f"""
{imports}

def made():
    optimizer = torch.optim.SGD(parameters(), lr=0.8)
    scheduler = {returned}
    return optimizer, scheduler
"""
    spec = write(folder, f"factory: {factory}\n{more}", "")
    file = folder / "own.py"
    file.write_text(file.read_text("utf-8") + code, "utf-8")
    return spec


def sgd():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(2))], lr=0.8)


def timm_loop(scheduler, optimizer, metric=None):
    """timm's training script: both methods are called, and one of them acts."""
    rates, updates = [], 0
    for epoch in range(EPOCHS):
        for _ in range(PER_EPOCH):
            rates.append(optimizer.param_groups[0]["lr"])
            updates += 1
            scheduler.step_update(num_updates=updates)
        scheduler.step(epoch + 1, None if metric is None else metric[epoch])
    return rates


TIMM = "from timm.scheduler import CosineLRScheduler, PlateauLRScheduler, create_scheduler_v2"
COSINE = "CosineLRScheduler(optimizer, t_initial={}, warmup_t=2, warmup_lr_init=0.01{})"


@pytest.fixture
def timm():
    """timm's schedulers, without the rest of timm."""
    from lrplan.errors import MissingExtraError
    from lrplan.torch_objects.adapters.timm import _package

    try:
        return _package()
    except MissingExtraError as error:
        pytest.skip(str(error))


@pytest.fixture
def importable(timm, monkeypatch):
    """``import timm.scheduler`` works where ``import timm`` needs more than is installed."""
    bare = ModuleType("timm")
    bare.scheduler = timm
    monkeypatch.setitem(sys.modules, "timm", bare)
    monkeypatch.setitem(sys.modules, "timm.scheduler", timm)
    return timm


@pytest.mark.parametrize(
    ("length", "more"), [(6, ""), (30, ", t_in_epochs=False"), (3, ", cycle_limit=2")]
)
def test_timm_is_told_the_count_that_it_acts_on(length, more, importable, tmp_path):
    text = COSINE.format(length, more)
    run = trace(spec_of(tmp_path, TIMM, text))
    optimizer = sgd()
    scheduler = eval(text, {**vars(importable), "optimizer": optimizer})
    assert run.failure is None
    assert run.lr["all"].tolist() == timm_loop(scheduler, optimizer)


def test_timms_plateau_is_given_its_metric(importable, tmp_path):
    values = [0.1, 0.2, 0.2, 0.2, 0.2, 0.2]
    text = "PlateauLRScheduler(optimizer, patience_t=0, decay_rate=0.5)"
    more = f"metrics: {{acc: {values}}}"
    optimizer = sgd()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some releases say that it will go
        scheduler = importable.PlateauLRScheduler(optimizer, patience_t=0, decay_rate=0.5)
    run = trace(spec_of(tmp_path, TIMM, text, more))
    assert run.lr["all"].tolist() == timm_loop(scheduler, optimizer, values)


def test_timm_on_the_wrong_interval_is_refused(importable, tmp_path):
    factory = "{call: './own.py:made', interval: step}"
    spec = spec_of(tmp_path, TIMM, COSINE.format(6, ""), factory=factory)
    finding = problem(spec)
    assert "CosineLRScheduler counts epochs" in finding.message
    assert finding.fix == "use interval epoch"


def test_a_class_derived_from_timms_is_ticked_as_timms(importable, tmp_path):
    code = """
        from timm.scheduler.scheduler import Scheduler

        class Mine(Scheduler):
            def __init__(self, optimizer):
                super().__init__(optimizer, "lr")

            def _get_lr(self, t):
                return [base / (t + 1) for base in self.base_values]
    """
    schedule = "optimizer: {type: SGD, lr: 0.8}\nscheduler: {type: './own.py:Mine'}"
    run = trace(write(tmp_path, schedule, code))
    assert run.lr["all"].tolist() == [0.8 / (step // 5 + 1) for step in range(30)]


def test_timm_that_has_ticked_is_refused(importable, tmp_path):
    code = """
        from timm.scheduler import CosineLRScheduler

        def made():
            optimizer = torch.optim.SGD(parameters(), lr=0.8)
            scheduler = CosineLRScheduler(optimizer, t_initial=6)
            scheduler.step(3)
            return optimizer, scheduler
    """
    finding = problem(write(tmp_path, "factory: ./own.py:made", code))
    assert "CosineLRScheduler has ticked already, or its lr was changed" in finding.message


def test_a_step_that_wants_a_count_is_not_taken_for_a_plateau(tmp_path):
    code = """
        class Counted:
            def __init__(self, optimizer):
                self.optimizer = optimizer

            def step(self, epoch):
                pass

        def made():
            optimizer = torch.optim.SGD(parameters(), lr=0.8)
            return optimizer, Counted(optimizer)
    """
    finding = problem(write(tmp_path, "factory: ./own.py:made", code))
    assert "step() of `Counted` needs epoch, which no loop here gives" in finding.message
    assert "metric" not in finding.message + finding.fix
    assert "counts its own calls" in finding.fix


def test_what_the_advice_says_is_taken(tmp_path):
    code = """
        class Counted:
            def __init__(self, optimizer):
                self.optimizer, self.calls = optimizer, 0

            def step(self):
                self.calls += 1
                self.tell(self.calls)

            def tell(self, epoch):
                self.optimizer.param_groups[0]["lr"] = 0.8 / (epoch + 1)

        def made():
            optimizer = torch.optim.SGD(parameters(), lr=0.8)
            return optimizer, Counted(optimizer)
    """
    run = trace(write(tmp_path, "factory: ./own.py:made", code))
    assert run.lr["all"].tolist() == [0.8 / (step // 5 + 1) for step in range(30)]


def ignite_loop(handler, optimizer, event):
    """A real engine with the handler attached."""
    from ignite.engine import Engine

    rates = []
    engine = Engine(lambda *_: rates.append(optimizer.param_groups[0]["lr"]))
    engine.add_event_handler(event, handler)
    engine.run(range(PER_EPOCH), max_epochs=EPOCHS)
    return rates


IGNITE = {
    "piecewise": "PiecewiseLinear(optimizer, 'lr', [(0, 0.8), (10, 0.1), (25, 0.4)])",
    "cosine": "CosineAnnealingScheduler(optimizer, 'lr', 0.8, 0.1, 20)",
    "warm-up": (
        "create_lr_scheduler_with_warmup(CosineAnnealingScheduler(optimizer, 'lr', 0.8, 0.1, 20),"
        " 0.0, 5)"
    ),
    "of-torch": "LRScheduler(torch.optim.lr_scheduler.StepLR(optimizer, 7, 0.5))",
}


@pytest.mark.parametrize("interval", ["step", "epoch"])
@pytest.mark.parametrize("name", IGNITE)
def test_ignites_handlers_are_called_as_an_engine_calls_them(name, interval, tmp_path):
    handlers = pytest.importorskip("ignite.handlers", reason="pytorch-ignite is missing")
    from ignite.engine import Events

    factory = f"{{call: './own.py:made', interval: {interval}}}"
    spec = spec_of(tmp_path, "from ignite.handlers import *", IGNITE[name], factory=factory)
    optimizer = sgd()
    names = {**vars(handlers), "optimizer": optimizer, "torch": torch}
    handler = eval(IGNITE[name], names)
    event = Events.ITERATION_STARTED if interval == "step" else Events.EPOCH_STARTED
    assert trace(spec).lr["all"].tolist() == ignite_loop(handler, optimizer, event)


MMENGINE = {
    "epoch": "MultiStepLR(optimizer, [2, 4], gamma=0.5, by_epoch=True)",
    "step": "LinearLR(optimizer, start_factor=0.1, by_epoch=False, begin=0, end=12)",
}


@pytest.mark.parametrize("interval", MMENGINE)
def test_mmengines_schedulers_say_what_they_count(interval, tmp_path):
    schedulers = pytest.importorskip("mmengine.optim.scheduler", reason="mmengine is missing")
    text = MMENGINE[interval]
    run = trace(spec_of(tmp_path, "from mmengine.optim.scheduler import *", text))
    optimizer, rates = sgd(), []
    scheduler = eval(text, {**vars(schedulers), "optimizer": optimizer})
    for _ in range(EPOCHS):
        for _ in range(PER_EPOCH):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if interval == "step":
                scheduler.step()
        if interval == "epoch":
            scheduler.step()
    assert run.lr["all"].tolist() == rates


def test_mmengines_scheduler_on_the_wrong_interval_is_refused(tmp_path):
    pytest.importorskip("mmengine.optim.scheduler", reason="mmengine is missing")
    factory = "{call: './own.py:made', interval: step}"
    imports = "from mmengine.optim.scheduler import *"
    finding = problem(spec_of(tmp_path, imports, MMENGINE["epoch"], factory=factory))
    assert "MultiStepLR counts epochs" in finding.message


def test_pytorch_accelerateds_stateless_scheduler_is_told_the_updates(tmp_path):
    pytest.importorskip("pytorch_accelerated", reason="pytorch-accelerated is missing")
    code = """
        from pytorch_accelerated.schedulers import SchedulerBase

        class Mine(SchedulerBase):
            def get_updated_values(self, num_updates):
                return 0.8 / (num_updates + 1)

            def state_dict(self):
                return {}

            def load_state_dict(self, state):
                pass

        def made():
            optimizer = torch.optim.SGD(parameters(), lr=0.8)
            return optimizer, Mine(optimizer, "lr")
    """
    factory = "factory: {call: './own.py:made', interval: step}"
    run = trace(write(tmp_path, factory, code))
    assert run.lr["all"].tolist() == [0.8 / (step + 1) for step in range(30)]


TIMM_ALIKE = """
class Scheduler:
    def __init__(self, optimizer, t_in_epochs=True):
        self.optimizer, self.t_in_epochs = optimizer, t_in_epochs

    def step(self, epoch, metric=None):
        if self.t_in_epochs:
            self.optimizer.param_groups[0]["lr"] = 0.8 / (epoch + 1)

    def step_update(self, num_updates, metric=None):
        if not self.t_in_epochs:
            self.optimizer.param_groups[0]["lr"] = 0.8 / (num_updates + 1)
"""


@pytest.mark.parametrize(("in_epochs", "every"), [(True, PER_EPOCH), (False, 1)])
def test_a_package_is_known_by_the_name_of_its_module(in_epochs, every, tmp_path, monkeypatch):
    package = ModuleType("timm")
    package.scheduler = ModuleType("timm.scheduler")
    exec(TIMM_ALIKE, vars(package.scheduler))
    monkeypatch.setitem(sys.modules, "timm", package)
    monkeypatch.setitem(sys.modules, "timm.scheduler", package.scheduler)
    text = f"Scheduler(optimizer, t_in_epochs={in_epochs})"
    run = trace(spec_of(tmp_path, "from timm.scheduler import Scheduler", text))
    assert run.lr["all"].tolist() == [0.8 / (step // every + 1) for step in range(30)]
