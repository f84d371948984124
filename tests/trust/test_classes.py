"""Schedulers and optimizers of the user's own classes, against torch stepped by hand."""

import pytest
import torch

from lrplan.errors import SpecError
from lrplan.lint.runner import check_schedule
from lrplan.specfile.load import load_file
from tests.trust.code import plan, problem, trace, write

SGD = "optimizer: {type: SGD, lr: 0.8}\n"


def by_hand(ticks, steps=30, base=0.8):
    """A halving every so many ticks, the ticks being those after every ``ticks[0]``-th step."""
    interval, every = ticks
    return [base * 0.5 ** (step // interval // every) for step in range(steps)]


@pytest.mark.parametrize("reference", ["./own.py:Halving", "own:Halving", "{0}/own.py:Halving"])
def test_the_curve_is_that_of_the_class(reference, tmp_path):
    reference = reference.format(tmp_path)
    spec = write(tmp_path, f"{SGD}scheduler: {{type: '{reference}', every: 2}}")
    run = trace(spec)
    assert run.failure is None
    assert run.lr["all"].tolist() == by_hand((5, 2))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("every: 2ep", (5, 2)),
        ("every: 50%", (5, 3)),
        ("every: 10, interval: step", (1, 10)),
        ("every: 2ep, interval: step", (1, 10)),
        ("every: 2ep, interval: step, frequency: 5", (5, 2)),
    ],
)
def test_durations_are_ticks_of_the_schedulers_own_interval(keys, expected, tmp_path):
    spec = write(tmp_path, f"{SGD}scheduler: {{type: './own.py:Halving', {keys}}}")
    assert trace(spec).lr["all"].tolist() == by_hand(expected)


def test_resolved_durations_are_shown(tmp_path):
    spec = write(tmp_path, f"{SGD}scheduler: {{type: './own.py:Halving', every: 40%}}")
    assert trace(spec).resolved == {"every": 2}


def test_groups_restrict_it(tmp_path):
    schedule = """
        optimizer: {type: SGD, groups: {a: {lr: 0.8}, b: {lr: 0.1}}}
        scheduler: {type: './own.py:Halving', every: 1, groups: [a]}
    """
    run = trace(write(tmp_path, schedule))
    assert run.lr["a"].tolist() == by_hand((5, 1))
    assert set(run.lr["b"].tolist()) == {0.1}


def test_it_stands_inside_torchs_and_around_them(tmp_path):
    code = """
        class Twice:
            def __init__(self, optimizer, inside):
                self.inside = inside

            def step(self):
                for each in self.inside:
                    each.step()
    """
    schedule = """
        optimizer: {type: SGD, lr: 0.8}
        scheduler:
          type: SequentialLR
          interval: step
          milestones: [10]
          schedulers:
            - {type: ConstantLR, factor: 1.0}
            - {type: './own.py:Halving', every: 2ep}
    """
    inside = trace(write(tmp_path, schedule, code)).lr["all"].tolist()
    assert inside == [0.8] * 10 + by_hand((1, 10), 20)
    schedule = """
        optimizer: {type: SGD, lr: 0.8}
        scheduler:
          type: ./own.py:Twice
          inside:
            - {type: './own.py:Halving', every: 2}
            - {type: ConstantLR, factor: 1.0}
    """
    assert trace(write(tmp_path, schedule, code)).lr["all"].tolist() == by_hand((5, 2))


ECHO = """
    class Echo:
        def __init__(self, optimizer, **given):
            self.given = given
            text = repr({key: at(3) if callable(at) else at for key, at in given.items()})
            optimizer.param_groups[0]["seen"] = text

        def step(self):
            raise RuntimeError(self.given["x"])
"""


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("3", 3),
        ("text", "text"),
        ("[1, two, {three: 3}]", [1, "two", {"three": 3}]),
        ("{deep: {er: [null, true]}}", {"deep": {"er": [None, True]}}),
        ("[2ep, 10%]", [2, 1]),
        ("[2ep, 7]", [2, 7]),
        ("{deep: 2ep}", {"deep": "2ep"}),
        ("{a: 2ep, b: 1}", [2, 1]),
        ("{b: 1, a: 0.5}", [0.5, 1]),
        ("{a: 1}", {"a": 1}),
        ("{a: 1, b: 2, c: 3}", {"a": 1, "b": 2, "c": 3}),
    ],
)
def test_arguments_reach_the_class_as_documented(written, given, tmp_path):
    schedule = f"""
        optimizer: {{type: SGD, lr: 0.1, groups: {{a: {{}}, b: {{}}}}}}
        scheduler: {{type: './own.py:Echo', x: {written}}}
    """
    run = trace(write(tmp_path, schedule, ECHO))
    assert run.failure.message == f"RuntimeError: {given}"


def test_an_expression_is_a_function(tmp_path):
    code = """
        class Scaled(Halving):
            def __init__(self, optimizer, scale):
                self.scale = scale
                super().__init__(optimizer, 1)

            def get_lr(self):
                return [base * self.scale(self.last_epoch) for base in self.base_lrs]
    """
    text = f"{SGD}scheduler: {{type: './own.py:Scaled', scale: {{expr: '1/(1+epoch)'}}}}"
    run = trace(write(tmp_path, text, code))
    expected = [0.8 / (1 + step // 5) for step in range(30)]
    assert run.lr["all"].tolist() == pytest.approx(expected, rel=1e-15)


def test_a_monitored_metric_goes_to_step(tmp_path):
    code = """
        class Follow:
            def __init__(self, optimizer):
                self.optimizer = optimizer

            def step(self, loss):
                self.optimizer.param_groups[0]["lr"] = loss
    """
    schedule = """
        optimizer: {type: SGD, lr: 0.8}
        scheduler: {type: './own.py:Follow', monitor: loss}
        metrics: {loss: [6, 5, 4, 3, 2, 1]}
    """
    spec = write(tmp_path, schedule, code)
    assert trace(spec).lr["all"][::5].tolist() == [0.8, 6, 5, 4, 3, 2]
    by_name = write(tmp_path, schedule, code.replace("(self, loss)", "(self, *, loss)"))
    assert trace(by_name).lr["all"][::5].tolist() == [0.8, 6, 5, 4, 3, 2]
    without = write(tmp_path, schedule.replace(", monitor: loss", ""), code)
    assert "step() of `./own.py:Follow` needs `loss`" in problem(without).message


def test_an_optimizer_of_their_own_is_not_stepped_without_gradients(tmp_path):
    schedule = """
        optimizer: {type: './own.py:Lion', betas: [0.8, 0.9], groups: {a: {}, b: {lr: 0.1}}}
        scheduler: {type: './own.py:Halving', every: 3}
    """
    run = trace(write(tmp_path, schedule))
    assert (run.failure, run.warnings) == (None, ())
    assert run.lr["a"].tolist() == by_hand((5, 3), base=0.3)
    assert run.lr["b"].tolist() == by_hand((5, 3), base=0.1)
    assert set(run.momentum["a"].tolist()) == {0.8}


def test_rules_stand_back_where_nothing_is_known(tmp_path):
    schedule = """
        optimizer: {type: './own.py:Lion'}
        scheduler:
          - {type: LinearLR, start_factor: 0.1, total_iters: 2}
          - {type: SequentialLR, milestones: [2], schedulers: [{type: './own.py:Halving', every: 1},
              {type: CosineAnnealingLR, T_max: 4}]}
    """
    spec = write(tmp_path, schedule)
    found = check_schedule(plan(spec), trace(spec), torch=(2, 13, 0))
    assert not any("nan" in each.message for each in found)


def test_nothing_changes_for_a_spec_without_code(tmp_path):
    spec = write(tmp_path, f"{SGD}scheduler: {{type: StepLR, step_size: 2}}")
    trusted, plain = (load_file(spec, trust=trust).plans["it"] for trust in (True, False))
    assert not trusted.runs_user_code
    assert trusted.schedulers == plain.schedulers
    assert plan(spec).codes == ()


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("./none.py:A", "there is no file"),
        ("./own.py", "there is no optimizer"),
        ("./own.txt:A", "must end with .py"),
        ("./own.py:", "does not name a class or function"),
        (":A", "does not name a class or function"),
        ("./own.py:class", "is not a name that Python code can have"),
        ("a-b.c:D", "is not a name that Python code can have"),
        ("C:\\\\x\\\\f.py:A", "there is no file"),
    ],
)
def test_a_reference_that_cannot_be_one_is_told_before_torch(reference, message, tmp_path):
    spec = write(tmp_path, f'optimizer: {{type: "{reference}"}}')
    with pytest.raises(SpecError) as caught:
        load_file(spec, trust=True)
    assert message in caught.value.findings[0].message


def test_a_wrong_argument_is_told_at_its_place_with_the_nearest(tmp_path):
    spec = write(tmp_path, f"{SGD}scheduler: {{type: './own.py:Halving', every: 2, flor: 1}}")
    finding = problem(spec)
    assert (finding.name, finding.fix) == ("unknown-key", "did you mean `floor`?")
    assert finding.path == "schedules.it.scheduler.flor"
    line = spec.read_text().splitlines()[finding.line - 1]
    assert line[finding.column - 1 :].startswith("1")


def test_a_missing_argument_and_a_missing_class_are_told(tmp_path):
    finding = problem(write(tmp_path, f"{SGD}scheduler: {{type: './own.py:Halving'}}"))
    assert (finding.name, finding.message) == ("missing-key", "`./own.py:Halving` needs `every`")
    finding = problem(write(tmp_path, f"{SGD}scheduler: {{type: './own.py:Halfing', every: 1}}"))
    assert finding.fix == "did you mean `Halving`?"


def test_the_optimizer_is_the_first_argument_whatever_its_name(tmp_path):
    code = """
        class First(Halving):
            def __init__(self, opt, every):
                super().__init__(opt, every)

        class Last(Halving):
            def __init__(self, every, optimizer):
                super().__init__(optimizer, every)
    """
    for name in ("First", "Last"):
        spec = write(tmp_path, f"{SGD}scheduler: {{type: './own.py:{name}', every: 2}}", code)
        assert trace(spec).lr["all"].tolist() == by_hand((5, 2))


def test_the_reference_of_these_tests_is_torch_by_hand():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.8)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
    results = []
    for step in range(30):
        results.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step % 5 == 4:
            scheduler.step()
    assert results == by_hand((5, 2))
