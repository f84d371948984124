"""The facts of the catalogue are true of the classes: limits, groups, examples, past the end."""

import math
import re
from pathlib import Path

import pytest
import torch
import yaml

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.example import example
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support.catalog_rows import cls, each_argument, each_row, installed

REFUSED = (ValueError, TypeError, ZeroDivisionError)
EPOCHS = 30


def sgd(groups=1, **options):
    every = [{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(groups)]
    return torch.optim.SGD(every, **{"lr": 1.0, "momentum": 0.9, "weight_decay": 0.01, **options})


def live(argument, value, optimizer):
    """A value of an example as the constructor takes it, one tick an epoch."""
    if argument is not None and argument.kind == "expression":
        return lambda epoch: eval(str(value), {}, {"epoch": epoch, "pi": math.pi})
    if isinstance(value, str) and value.endswith("ep"):
        return int(value.removesuffix("ep"))
    if isinstance(value, dict):
        row = SCHEDULERS[value["type"]]
        given = {name: item for name, item in value.items() if name != "type"}
        return build(row, given, optimizer)
    if isinstance(value, (list, tuple)):
        return [live(None, item, optimizer) for item in value]
    return value


def build(row, given, optimizer):
    arguments = {name: live(row.argument(name), value, optimizer) for name, value in given.items()}
    if row.name == "ChainedScheduler":
        return cls(row)(**arguments)
    return cls(row)(optimizer, **arguments)


def least(row, argument=None):
    """The arguments that cannot be left out, by their examples."""
    given = {each.name: each.example for each in row.arguments if each.required}
    sets = getattr(row, "one_of", ())
    mine = [names for names in sets if argument is not None and argument.name in names]
    for names in mine or sets[:1]:
        given |= dict.fromkeys(names, 2)
    return given


def construct(row, argument, value):
    if row.name in OPTIMIZERS:
        weights = [torch.nn.Parameter(torch.zeros(1, 1))]
        return cls(row)(weights, **{argument.name: value})
    return build(row, {**least(row, argument), argument.name: value}, sgd())


def placed(argument, value):
    """``value`` alone, or in each place of a list that is otherwise the default."""
    if argument.kind == "durations":
        return [[value]]
    if argument.kind != "numbers":
        return [value]
    default = argument.default
    return [(*default[:i], value, *default[i + 1 :]) for i in range(argument.length)]


@pytest.mark.pinned
@each_argument(lambda argument: argument.minimum is not None)
def test_minimum_is_accepted_and_less_is_refused(row, argument):
    whole = argument.kind in {"integer", "duration", "durations"}
    for value in placed(argument, argument.minimum if whole else float(argument.minimum)):
        construct(row, argument, value)
    for value in placed(argument, argument.minimum - 1):
        with pytest.raises(REFUSED):
            construct(row, argument, value)


@each_argument(lambda argument: argument.maximum is not None)
def test_maximum_is_accepted_and_more_is_refused(row, argument):
    construct(row, argument, float(argument.maximum))
    with pytest.raises(REFUSED):
        construct(row, argument, argument.maximum + 0.001)


@each_argument(lambda argument: argument.above is not None)
def test_lower_bound_itself_is_refused(row, argument):
    construct(row, argument, argument.above + 1e-9)
    with pytest.raises(REFUSED):
        construct(row, argument, argument.above)


@each_argument(lambda argument: argument.below is not None)
def test_upper_bound_itself_is_refused(row, argument):
    for value in placed(argument, argument.below - 1e-9):
        construct(row, argument, value)
    for value in placed(argument, float(argument.below)):
        with pytest.raises(REFUSED):
            construct(row, argument, value)


@each_argument(lambda argument: argument.per_group)
def test_one_value_per_group_is_taken_and_a_wrong_number_of_them_is_not(row, argument):
    value = argument.example if argument.required else argument.default or 0.01
    one = live(argument, value, None)
    with_two = {**least(row), argument.name: value}
    for count, fits in ((2, True), (3, False)):
        optimizer = sgd(groups=2)
        arguments = {name: live(row.argument(name), v, None) for name, v in with_two.items()}
        arguments[argument.name] = [one] * count
        if fits:
            cls(row)(optimizer, **arguments)
        else:
            with pytest.raises(ValueError):
                cls(row)(optimizer, **arguments)


@pytest.mark.parametrize("name", ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"])
def test_eta_min_is_one_number_for_all_groups(name):
    assert not SCHEDULERS[name].argument("eta_min").per_group
    optimizer = sgd(groups=2)
    with pytest.raises(REFUSED):
        walk(cls(SCHEDULERS[name])(optimizer, 5, eta_min=[0.1, 0.2]), optimizer, 2)


def walk(scheduler, optimizer, ticks):
    """The learning rate that each of ``ticks`` optimizer steps is given."""
    rates = []
    for _ in range(ticks):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


HALF = math.sqrt(0.5)
PAST_THE_END = [
    ("ConstantLR", {"factor": 0.5, "total_iters": 2}, 2, [1, 1, 1]),
    ("LinearLR", {"start_factor": 0.5, "end_factor": 0.25, "total_iters": 2}, 2, [0.25] * 3),
    ("PolynomialLR", {"total_iters": 3}, 3, [0, 0, 0]),
    ("MultiStepLR", {"milestones": [2, 2, 4]}, 4, [1e-3, 1e-3, 1e-3]),
    ("StepLR", {"step_size": 2}, 4, [1e-2, 1e-2, 1e-3, 1e-3]),
    ("ExponentialLR", {"gamma": 0.5}, 3, [1 / 8, 1 / 16]),
    ("CosineAnnealingLR", {"T_max": 4}, 4, [0, (1 - HALF) / 2, 0.5, (1 + HALF) / 2, 1]),
    ("CosineAnnealingWarmRestarts", {"T_0": 2, "T_mult": 2}, 2, [1, (1 + HALF) / 2, 0.5]),
    ("CyclicLR", {"base_lr": 1, "max_lr": 3, "step_size_up": 1}, 2, [1, 3, 1, 3]),
    (
        "CyclicLR",
        {"base_lr": 1, "max_lr": 3, "step_size_up": 1, "mode": "triangular2"},
        2,
        [1, 2, 1, 1.5],
    ),
    ("SWALR", {"swa_lr": 0.1, "anneal_epochs": 2}, 2, [0.1, 0.1, 0.1]),
    ("WarmupCosine", {"warmup_steps": 2, "total_steps": 4}, 4, [0, 0.5, 1]),
    ("WarmupConstantSchedule", {"warmup_steps": 2}, 2, [1, 1, 1]),
    ("InverseSqrtScheduler", {"warmup_steps": 1}, 4, [0.5, math.sqrt(1 / 5)]),
    ("MilestoneLrScheduler", {"milestones": [1]}, 1, [0.5, 0.5, 0.5]),
    ("GradualWarmupScheduler", {"multiplier": 2, "total_epoch": 2}, 2, [2, 2, 2]),
]


@pytest.mark.parametrize(("name", "given", "end", "expected"), PAST_THE_END)
def test_past_the_end(name, given, end, expected):
    optimizer = sgd()
    scheduler = build(SCHEDULERS[name], given, optimizer)
    rates = walk(scheduler, optimizer, end + len(expected))
    assert rates[end:] == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("strategy", "goes_wrong"),
    [("cos", lambda last, after: after > last), ("linear", lambda last, after: after < last)],
)
def test_one_cycle_ends_in_one_wrong_rate_and_then_an_error(strategy, goes_wrong):
    optimizer = sgd()
    scheduler = build(
        SCHEDULERS["OneCycleLR"],
        {"max_lr": 0.1, "total_steps": 10, "anneal_strategy": strategy},
        optimizer,
    )
    rates = walk(scheduler, optimizer, 10)
    assert rates[-1] == pytest.approx(0.1 / 25 / 1e4, rel=1e-9)
    assert goes_wrong(rates[-1], optimizer.param_groups[0]["lr"])
    with pytest.raises(ValueError, match="Tried to step 11"):
        scheduler.step()


def test_one_cycle_needs_one_of_its_sets():
    row = SCHEDULERS["OneCycleLR"]
    for names in row.one_of:
        build(row, {"max_lr": 0.1, **dict.fromkeys(names, 3)}, sgd())
    # Torch 2.2 compares with None before it looks.
    with pytest.raises((ValueError, TypeError), match=r"either total_steps OR|NoneType"):
        build(row, {"max_lr": 0.1, "epochs": 3}, sgd())


@each_row(installed(OPTIMIZERS))
def test_flags_of_an_optimizer(row):
    def made(groups, shape):
        return cls(row)(
            [{"params": [torch.nn.Parameter(torch.zeros(shape))]} for _ in range(groups)]
        )

    assert row.single_group == raises(made, 2, (1, 1))
    assert row.matrix_only == raises(made, 1, (1,))
    assert row.needs_closure == raises(made(1, (1, 1)).step)


def raises(function, *arguments):
    try:
        function(*arguments)
    except (ValueError, TypeError):
        return True
    return False


def weight_after(name, rates):
    weight = torch.nn.Parameter(torch.ones(2, 2))
    optimizer = cls(OPTIMIZERS[name])([weight], lr=rates[0])
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = torch.full_like(weight, 0.5)
        optimizer.step()
    return weight.detach()


def test_rprop_takes_no_notice_of_a_schedule():
    assert torch.equal(weight_after("Rprop", [0.1, 0.1]), weight_after("Rprop", [0.1, 5.0]))


@pytest.mark.skipif(not hasattr(torch.optim, "Adafactor"), reason="this torch has no Adafactor")
def test_adafactor_takes_the_rate_for_a_ceiling():
    at_ceiling = weight_after("Adafactor", [1.0, math.sqrt(0.5)])
    assert torch.equal(weight_after("Adafactor", [7.0, 7.0]), at_ceiling)
    assert not torch.equal(weight_after("Adafactor", [1.0, 0.5]), at_ceiling)


@each_row()
def test_example_gives_what_is_required_and_can_be_built(row):
    schedule = yaml.safe_load(example(row))["schedules"]["example"]
    if row.name in OPTIMIZERS:
        assert schedule["optimizer"].pop("type") == row.name
        cls(row)([torch.nn.Parameter(torch.zeros(1, 1))], **schedule["optimizer"])
        return
    given = schedule["scheduler"]
    assert given.pop("type") == row.name
    given.pop("interval", None)
    assert {argument.name for argument in row.arguments if argument.required} <= set(given)
    build(row, given, sgd(lr=schedule["optimizer"]["lr"]))


@each_row()
def test_example_is_a_spec_without_problems(row):
    plan = load(InputText("example.yaml", example(row)), Path()).plans["example"]
    named = (plan.optimizer.type, *(scheduler.type for scheduler in plan.schedulers))
    assert row.name in named
    assert not re.search(r"\b(True|False|None)\b", example(row)), "Python's words, not YAML's"
