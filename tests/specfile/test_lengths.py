"""``total``, ``per_epoch`` and durations in expressions, and ``rest`` of schedulers."""

import math

import jsonschema
import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torchs

from lrplan.clock import Cadence, Clock, TrainingSettings
from lrplan.errors import SpecError
from lrplan.export.code.expression import function_body
from lrplan.specfile.expressions.expression import ExpressionError
from lrplan.specfile.expressions.lengths import ExpressionLengths
from lrplan.specfile.load import load
from lrplan.specfile.schema import spec_schema
from lrplan.text_position import InputText
from tests.support.specs import plan, trace

RUN = Clock.derive(TrainingSettings(epochs=30, steps_per_epoch=100))
CARRIED = Clock.derive(
    TrainingSettings(epochs=4, batches_per_epoch=5, accumulate=2, last_window="carry")
)
STEP = Cadence("step")


def resolved(text, clock=RUN, cadence=STEP, total=3000):
    return ExpressionLengths(clock, cadence, lambda: total).expression(text).text


TEXTS = [
    ("step / total", "step / 3000"),
    ("step / 1ep if step < 5% else 1", "step / 100 if step < 150 else 1"),
    ("min(1, step/500 st)", "min(1, step/500)"),
    ("1 - step/100% - 0.5", "1 - step/3000 - 0.5"),
    ("0.95 ** (step // per_epoch)", "0.95 ** (step // 100)"),
    ("(total)", "(3000)"),
    ("1e2st + 2.5ep + 1_000st", "100 + 250 + 1000"),
    # A remainder stays one.
    ("x % 2", "x % 2"),
    ("10 % 3", "10 % 3"),
    ("10%3", "10%3"),
    ("10% 3", "10% 3"),
    ("10%-3", "10%-3"),
    ("10%(x + 1)", "10%(x + 1)"),
    ("10%x", "10%x"),
    ("10%3ep", "10%300"),
    ("1.5 * e", "1.5 * e"),
    ("2e3 * exp(1)", "2e3 * exp(1)"),
]


def test_lengths_become_numbers():
    assert [(text, resolved(text)) for text, _ in TEXTS] == TEXTS


def test_an_epoch_may_have_no_whole_number_of_ticks():
    assert resolved("step / per_epoch", CARRIED, STEP, 10) == "step / 2.5"
    assert resolved("step / 1ep", CARRIED, STEP, 10) == "step / 3", "a duration is whole ticks"
    assert resolved("x / per_epoch", RUN, Cadence("step", 7), 428) == "x / 14.285714285714286"
    assert resolved("x / per_epoch", RUN, Cadence("epoch"), 30) == "x / 1"


REFUSED = [
    ("1 + totl", 4, "there is no name `totl`", "did you mean `total`?"),
    ("total(3)", 0, "`total` is not a function", ""),
    ("step / 10sp", 7, "samples in a step are unknown", "give batch_size"),
    ("step / 1ba + 9ep + y", 19, "there is no name `y`", ""),
    ("1ep + cos(total) + 5ep * q", 25, "there is no name `q`", ""),
    ("step / 0.001ep", 7, "0.001ep is less than half a tick", "tick more often"),
    ("step / rest", 7, "there is no name `rest`", "total, per_epoch"),
    (f"1{' ' * 10**6}1", 1000, "longer than 1000 characters", ""),
    ("2 total", 2, "this is not arithmetic", "write * for a product"),
]


def test_what_is_wrong_is_placed_in_the_text_as_written():
    wrong = []
    for text, offset, message, fix in REFUSED:
        with pytest.raises(ExpressionError) as caught:
            resolved(text)
        error = caught.value
        if message not in error.message or error.offset != offset or fix not in error.fix:
            wrong.append((text, error.offset, error.message, error.fix))
    assert wrong == []


FORMULA = (
    "(step + 1) / 1ep if step < 1ep else"
    " 0.5 * (1 + cos(pi * (step - per_epoch) / (total - 1ep))) + 0.01 * floor(step / 10%)"
)


def formula(step, total, epoch):
    if step < epoch:
        return (step + 1) / epoch
    tenth = math.floor(total / 10 + 0.5)
    cosine = 0.5 * (1 + math.cos(math.pi * (step - epoch) / (total - epoch)))
    return cosine + 0.01 * math.floor(step / tenth)


def rates(optimizer, scheduler, steps):
    results = []
    for _ in range(steps):
        results.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return results


def sgd(lr=0.1):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


@pytest.mark.parametrize("engine", ["step", "closed"])
@pytest.mark.parametrize(("epochs", "per_epoch"), [(6, 40), (12, 25)])
def test_both_engines_give_the_curve_of_torch(engine, epochs, per_epoch):
    optimizer, total = sgd(), epochs * per_epoch
    scheduler = torchs.LambdaLR(optimizer, lambda step: formula(step, total, per_epoch))
    text = f"""\
        optimizer: {{type: SGD, lr: 0.1}}
        scheduler: {{type: LambdaLR, interval: step, lr_lambda: "{FORMULA}"}}
    """
    shown = trace(text, f"epochs: {epochs}, steps_per_epoch: {per_epoch}", engine=engine)
    expected = rates(optimizer, scheduler, total)
    np.testing.assert_allclose(shown.lr["all"], expected, rtol=1e-12, atol=0)
    assert shown.resolved["lr_lambda"].count(f"{total}") >= 1


def test_exported_code_has_the_numbers():
    lengths = ExpressionLengths(RUN, STEP, lambda: 3000)
    assert function_body(lengths.expression("1 - step / (total - 5ep)"), "step") == [
        "    return 1 - step / (3000 - 500)"
    ]


SEQUENTIAL = """\
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      interval: step
      milestones: [1ep, 100% - 30st]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: rest}
        - {type: CosineAnnealingLR, T_max: rest + 5st}
        - {type: LambdaLR, lr_lambda: "1 - step / total"}
"""


def test_a_phase_has_lengths_of_its_own():
    optimizer = sgd()
    first = torchs.LinearLR(optimizer, start_factor=0.1, total_iters=20)
    middle = torchs.CosineAnnealingLR(optimizer, T_max=55)
    last = torchs.LambdaLR(optimizer, lambda step: 1 - step / 30)
    scheduler = torchs.SequentialLR(optimizer, [first, middle, last], milestones=[20, 70])
    shown = trace(SEQUENTIAL, "epochs: 5, steps_per_epoch: 20")
    np.testing.assert_allclose(shown.lr["all"], rates(optimizer, scheduler, 100), rtol=1e-12)
    assert shown.resolved == {
        "schedulers[0].total_iters": 20,
        "schedulers[1].T_max": 55,
        "schedulers[2].lr_lambda": "1 - step / 30",
        "milestones": [20, 70],
    }


def scheduler(text, training="epochs: 30, steps_per_epoch: 100"):
    return plan(f"optimizer: {{type: SGD, lr: 0.1}}\nscheduler: {text}", training)


def _sequential(milestone, first, second):
    return (
        f"{{type: SequentialLR, milestones: [{milestone}],"
        f" schedulers: [{{type: {first}}}, {{type: {second}}}]}}"
    )


_AFTER_5 = "total_epoch: 5, after_scheduler: {type: CosineAnnealingLR, T_max: rest}"
_WRAPPED = ", ".join(
    f'{{type: "ignite:LRScheduler", lr_scheduler: {{type: {each}: rest}}}}'
    for each in ("LinearLR, total_iters", "CosineAnnealingLR, T_max")
)
LENGTHS = [
    # One scheduler: the whole run, or the plan that it is the beginning of.
    ("{type: CosineAnnealingLR, T_max: rest}", "", {"T_max": 30}),
    ("{type: CosineAnnealingLR, T_max: rest, interval: step}", ", horizon: 300", {"T_max": 30000}),
    ("{type: CosineAnnealingLR, T_max: rest}", ", steps: 250", {"T_max": 2}),
    # All at once, and one after another inside one of several.
    (
        "{type: ChainedScheduler, schedulers: [{type: LinearLR, total_iters: rest - 5ep}]}",
        "",
        {"schedulers[0].total_iters": 25},
    ),
    (
        _sequential(
            10,
            "ConstantLR, total_iters: rest",
            "SequentialLR, milestones: [5], schedulers: [{type: LinearLR, total_iters: rest},"
            " {type: CosineAnnealingLR, T_max: rest}]",
        ),
        "",
        {
            "schedulers[0].total_iters": 10,
            "schedulers[1].schedulers[0].total_iters": 5,
            "schedulers[1].schedulers[1].T_max": 15,
            "schedulers[1].milestones": [5],
            "milestones": [10],
        },
    ),
    (
        f"{{type: GradualWarmupScheduler, multiplier: 1, {_AFTER_5}}}",
        "",
        {"total_epoch": 5, "after_scheduler.T_max": 25},
    ),
    # The PyPI package's own hands over one tick later.
    (
        f"{{type: 'warmup_scheduler:GradualWarmupScheduler', multiplier: 1, {_AFTER_5}}}",
        "",
        {"total_epoch": 5, "after_scheduler.T_max": 24},
    ),
    (
        f'{{type: "ignite:ConcatScheduler", durations: [12], schedulers: [{_WRAPPED}]}}',
        "",
        {
            "durations": [12],
            "schedulers[0].lr_scheduler.total_iters": 12,
            "schedulers[1].lr_scheduler.T_max": 18,
        },
    ),
]


def test_rest_is_what_is_left():
    wrong = []
    for text, training, lengths in LENGTHS:
        found = scheduler(text, f"epochs: 30, steps_per_epoch: 100{training}").resolved
        if {key: found[key] for key in lengths} != lengths:
            wrong.append((text, found))
    assert wrong == []


NOT_REST = [
    ("{type: MultiStepLR, milestones: [5ep, rest]}", "`rest` is the length of a whole run"),
    ("{type: StepLR, step_size: rest}", "`rest` is the length of a whole run"),
    ("{type: CyclicLR, base_lr: 0, max_lr: 1, step_size_down: rest}", "is the length of a whole"),
    (_sequential("rest", "LinearLR", "LinearLR"), "`rest` is the length of a whole run"),
    (
        _sequential(40, "LinearLR", "CosineAnnealingLR, T_max: rest"),
        "`rest` is 0: this scheduler has no tick in the run",
    ),
    (
        _sequential(40, "LinearLR", 'LambdaLR, lr_lambda: "step / total"'),
        "`total` is 0: this scheduler has no tick in the run",
    ),
    (
        '{type: "mmengine:CosineAnnealingLR", begin: 5, T_max: rest}',
        "`rest` counts from the first tick, and `begin` makes it start later",
    ),
    (
        '{type: "timm:CosineLRScheduler", t_initial: rest, warmup_t: 5, warmup_prefix: true}',
        "and `warmup_prefix` makes it start later",
    ),
    (
        '{type: "timm:WSDLRScheduler", t_initial: rest, decay_t: 5, warmup_t: 5}',
        "and `warmup_t` makes it start later",
    ),
    ("{type: CosineAnnealingLR, T_max: rest + 5}", '"5" has no unit'),
    ("{type: CosineAnnealingLR, T_max: rest - 40ep}", "-10 ticks in this run, a negative number"),
]


def test_the_schema_takes_what_the_loader_takes():
    validator = jsonschema.Draft202012Validator(spec_schema()["$defs"]["Duration"])
    for text in ("rest", "rest - 5ep", "100% - 2000st", "100%-1_000st", "5ep + 50st", "a_name"):
        assert validator.is_valid(text), text
    for text in ("a-name -", "100% -", "100% - 2000", "rest rest", "1__000", "5ep - -5ep"):
        assert not validator.is_valid(text), text


def test_rest_has_no_meaning_elsewhere():
    wrong = []
    for text, message in NOT_REST:
        with pytest.raises(SpecError) as caught:
            scheduler(text)
        results = [each.message for each in caught.value.findings]
        if not any(message in each for each in results):
            wrong.append((text, results))
    assert wrong == []


def test_code_of_your_own_decides_when_what_is_inside_acts(tmp_path):
    (tmp_path / "mine.py").write_text("class Mine: ...")
    text = """\
training: {epochs: 3, steps_per_epoch: 10}
schedules:
  it:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: ./mine.py:Mine
      word: rest
      number: 1_000
      share: 100%% - 1ep
      curve: {expr: "step / total"}
      inside: {type: LambdaLR, lr_lambda: %s}
"""
    read = load(InputText("spec.yaml", text % '"1"'), tmp_path, trust=True).plans["it"]
    arguments = dict(read.schedulers[0].arguments)
    assert arguments["word"] == "rest", "any text may be meant"
    assert arguments["number"] == "1_000", "that is what YAML 1.2 says"
    assert arguments["share"] == 2
    assert arguments["curve"].text == "step / 3"
    with pytest.raises(SpecError, match="`total` is not known inside code of your own"):
        load(InputText("spec.yaml", text % '"step / total"'), tmp_path, trust=True)


def test_a_metric_counts_the_ticks_of_the_scheduler_that_reads_it():
    text = """\
        optimizer: {type: SGD, lr: 0.1}
        scheduler: {type: ReduceLROnPlateau, patience: 2, interval: step}
        metrics: {loss: {expr: "1 - step / total if step < 1ep else 1"}}
    """
    assert plan(text).metrics["loss"].expression.text == "1 - step / 24 if step < 4 else 1"
    unread = """\
        optimizer: {type: SGD, lr: 0.1}
        metrics: {loss: {expr: "1 - step / total"}}
    """
    with pytest.raises(SpecError, match="it is not known which scheduler's ticks total counts"):
        plan(unread)
