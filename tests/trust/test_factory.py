"""``factory``: the user's own code makes the optimizer and the schedulers."""

import pytest

from lrplan.errors import SpecError
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load_file
from tests.trust.code import plan, problem, trace, write

CODE = """
    from torch.optim import Adam, SGD
    from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR

    def sgd(lr=0.8):
        return SGD(parameters(), lr=lr)

    def step(optimizer, size=2):
        return StepLR(optimizer, size, 0.5)

    def bare():
        return sgd()

    def pair(lr=0.8, size=2):
        optimizer = sgd(lr)
        return optimizer, step(optimizer, size)

    def lists():
        optimizer = sgd()
        return [optimizer], [step(optimizer)]

    def mapping(**more):
        optimizer = sgd()
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": step(optimizer), **more}}

    def several():
        return [mapping(), {"optimizer": sgd(0.1)}]

    class Module:
        def __init__(self, lr=0.8):
            self.lr = lr

        def configure_optimizers(self):
            return pair(self.lr, 2)

    class Asking:
        def configure_optimizers(self):
            known = self.trainer
            facts = known.estimated_stepping_batches, known.max_epochs, known.num_training_batches
            assert facts == (30, 6, 5), facts
            return pair()

    module = Module()

    def made():
        return Module()
"""
EPOCHS = [0.8 * 0.5 ** (step // 10) for step in range(30)]
STEPS = [0.8 * 0.5 ** (step // 2) for step in range(30)]


def spec_of(folder, factory, more=""):
    return write(folder, f"factory: {factory}\n{more}", CODE)


@pytest.mark.parametrize("name", ["pair", "lists", "mapping", "Module", "Asking", "module", "made"])
def test_every_shape_that_lightning_takes(name, tmp_path):
    run = trace(spec_of(tmp_path, f"./own.py:{name}"))
    assert run.failure is None
    assert run.lr["all"].tolist() == EPOCHS


def test_an_optimizer_alone_stays_constant(tmp_path):
    assert set(trace(spec_of(tmp_path, "own:bare")).lr["all"].tolist()) == {0.8}


def test_the_interval_is_lightnings_unless_told(tmp_path):
    factory = "{call: './own.py:pair', interval: step}"
    assert trace(spec_of(tmp_path, factory)).lr["all"].tolist() == STEPS
    factory = "{call: './own.py:mapping', arguments: {interval: step}}"
    assert trace(spec_of(tmp_path, factory)).lr["all"].tolist() == STEPS
    factory = "{call: './own.py:mapping', arguments: {interval: step, frequency: 5}}"
    assert trace(spec_of(tmp_path, factory)).lr["all"].tolist() == EPOCHS
    factory = "{call: './own.py:pair', interval: step, frequency: 5}"
    assert trace(spec_of(tmp_path, factory)).lr["all"].tolist() == EPOCHS


def test_arguments_are_plain_and_durations_steps(tmp_path):
    factory = "{call: './own.py:pair', arguments: {lr: 0.4, size: 2ep}, interval: step}"
    run = trace(spec_of(tmp_path, factory))
    assert run.lr["all"].tolist() == [0.4 * 0.5 ** (step // 10) for step in range(30)]


def test_several_optimizers_keep_their_groups_apart(tmp_path):
    run = trace(spec_of(tmp_path, "./own.py:several"))
    assert run.groups == ("SGD0", "SGD1")
    assert run.lr["SGD0"].tolist() == EPOCHS
    assert set(run.lr["SGD1"].tolist()) == {0.1}
    code = (
        CODE
        + """
    def gan():
        groups = [{"params": parameters(), "name": n, "lr": r} for n, r in (("d", 0.2), ("n", 0.4))]
        return [sgd(), Adam(groups)]
    """
    )
    run = trace(write(tmp_path, "factory: ./own.py:gan", code))
    assert run.groups == ("SGD", "Adam/d", "Adam/n")
    assert [run.lr[group][0] for group in run.groups] == [0.8, 0.2, 0.4]


def test_the_groups_names_are_used(tmp_path):
    code = (
        CODE
        + """
    def named():
        return SGD([{"params": parameters(), "name": "body"}, {"params": parameters(),
            "name": "head", "lr": 0.1}], lr=0.8)
    """
    )
    assert trace(write(tmp_path, "factory: ./own.py:named", code)).groups == ("body", "head")


PLATEAU = (
    CODE
    + """
    def plateau(monitor=None, **more):
        optimizer = sgd()
        given = {} if monitor is None else {"monitor": monitor}
        scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=0, **more)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, **given}}
"""
)


def test_a_plateau_reads_its_metric(tmp_path):
    factory = "factory: {call: './own.py:plateau', arguments: {monitor: loss}}\n"
    metrics = "metrics: {loss: [1, 0.5, 0.5, 0.5, 0.1, 0.1], other: [1, 1, 1, 1, 1, 1]}"
    run = trace(write(tmp_path, factory + metrics, PLATEAU))
    assert run.lr["all"][::5].tolist() == [0.8, 0.8, 0.8, 0.4, 0.2, 0.2]


@pytest.mark.parametrize(
    ("factory", "metrics", "message"),
    [
        ("./own.py:plateau", "", "reads a metric, and this schedule gives no metric"),
        ("./own.py:plateau", "a: [1], b: [1]", "gives 2 metrics"),
        ("./own.py:plateau", "a: [1, 2]", "metric `a` has 2 values, but the run reads 6"),
        ("{call: './own.py:plateau', arguments: {monitor: x}}", "a: [1]", "reads `x`"),
    ],
)
def test_a_metric_that_is_missing_or_short_is_told(factory, metrics, message, tmp_path):
    spec = write(tmp_path, f"factory: {factory}\nmetrics: {{{metrics}}}", PLATEAU)
    assert message in problem(spec).message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return None", "it returns nothing"),
        ("return 3", "it returns int"),
        ("return []", "it returns an empty list"),
        ("return {'optimiser': sgd()}", "a key 'optimiser'"),
        ("return {'lr_scheduler': 1}", "without `optimizer`"),
        ("return sgd(), 3", "it returns int where a scheduler belongs"),
        ("return sgd(), step(sgd())", "StepLR drives an optimizer that was not returned"),
        ("return mapping(interval='week')", "there is no interval 'week'"),
        ("return mapping(frequency=0)", "frequency 0 is not a whole number"),
        ("return mapping(intervall='step')", "a key 'intervall'"),
        ("return sgd, step", "it returns function where an optimizer belongs"),
    ],
)
def test_anything_else_is_told_in_words(body, message, tmp_path):
    code = (
        CODE
        + f"""
    def wrong():
        {body}
    """
    )
    assert message in problem(write(tmp_path, "factory: ./own.py:wrong", code)).message


@pytest.mark.parametrize(
    ("schedule", "name"),
    [
        ("factory: ./own.py:pair\noptimizer: {type: SGD, lr: 1}", "unknown-key"),
        ("factory: ./own.py:pair\nscheduler: {type: StepLR, step_size: 1}", "unknown-key"),
        ("factory: 3", "wrong-type"),
        ("factory: null", "wrong-type"),
        ("factory: {arguments: {}}", "missing-key"),
        ("factory: {call: './own.py:pair', argument: {}}", "unknown-key"),
        ("factory: {call: './own.py:pair', interval: week}", "bad-value"),
        ("factory: {call: './own.py:pair', arguments: {size: 5sp}}", "bad-duration"),
        ("title: nothing", "missing-key"),
        ("optimizer: null", "missing-key"),
    ],
)
def test_mistakes_in_the_spec_are_told_without_running_it(schedule, name, tmp_path):
    spec = write(tmp_path, schedule, "raise SystemError")
    with pytest.raises(SpecError) as caught:
        load_file(spec, trust=True)
    assert [each.name for each in caught.value.findings] == [name]


def test_an_epoch_interval_needs_epochs(tmp_path):
    spec = spec_of(tmp_path, "{call: './own.py:mapping', arguments: {interval: epoch}}")
    text = spec.read_text().replace("epochs: 6, steps_per_epoch: 5", "steps: 30")
    spec.write_text(text)
    assert "this run has no epochs" in problem(spec).message


def test_a_method_needs_an_object(tmp_path):
    finding = problem(spec_of(tmp_path, "./own.py:Module.configure_optimizers"))
    assert finding.fix == "name the class instead"


def test_the_plan_says_that_it_runs_code_and_has_no_groups_yet(tmp_path):
    made = plan(spec_of(tmp_path, "./own.py:pair"))
    assert made.runs_user_code
    assert (made.optimizer.groups, made.schedulers) == ((), ())


def test_a_real_lightning_module(tmp_path):
    pytest.importorskip("lightning", reason="lightning is missing")
    code = (
        CODE
        + """
    from lightning import LightningModule
    import math

    class Lit(LightningModule):
        def __init__(self, lr):
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(2, 2)

        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=self.hparams.lr)
            steps = self.trainer.estimated_stepping_batches
            scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
            return [optimizer], [{"scheduler": scheduler, "interval": "step"}]
    """
    )
    spec = write(tmp_path, "factory: {call: './own.py:Lit', arguments: {lr: 0.8}}", code)
    import math

    expected = [0.4 * (1 + math.cos(math.pi * step / 30)) for step in range(30)]
    assert trace(spec).lr["all"].tolist() == pytest.approx(expected, abs=1e-15)


@pytest.mark.gpu
def test_what_it_makes_is_on_the_device(tmp_path):
    code = """
        def here():
            (one,) = parameters()
            assert one.device.type != "cpu"
            optimizer = torch.optim.SGD([one], lr=0.8)
            return optimizer, Halving(optimizer, 2)
    """
    spec = write(tmp_path, "factory: ./own.py:here", code)
    assert simulate(plan(spec), Request(device="auto")).lr["all"].tolist() == EPOCHS


def test_a_scheduler_that_wants_to_be_told_a_count_is_said_to(tmp_path):
    code = """
        class Counted:
            def step(self, epoch, metric=None):
                pass

        def made():
            return torch.optim.SGD(parameters(), lr=0.1), Counted()
    """
    finding = problem(write(tmp_path, "factory: ./own.py:made", code))
    assert finding.message == "step() of `Counted` needs epoch, which no loop here gives"
