"""Groups that stand for several, multiples of learning rates, and floors by group."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from lrplan.errors import SpecError
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText
from lrplan.torch_objects.builder import without_compiler
from lrplan.torch_objects.schedulers import CosineAnnealingPerGroup
from tests.support.for_all import for_all
from tests.support.spec_validator import spec_validator
from tests.support.specs import plan_of, spec

ADAMW = {"type": "AdamW", "lr": 0.001, "weight_decay": 0.1}
COSINE = {"type": "CosineAnnealingLR", "T_max": "100%", "eta_min": "0.01x", "interval": "step"}


def groups_of(groups, scheduler=None, **optimizer):
    text = spec(scheduler, optimizer={**ADAMW, **optimizer, "groups": groups})
    return {each.name: each.options for each in plan_of(text).optimizer.groups}


RESOLVED = [
    ("a multiple", {"a": {"lr": "0.65x"}}, {"a": {"lr": 0.65 * 0.001}}),
    ("an exponent", {"a": {"lr": "1e-2x"}}, {"a": {"lr": 1e-2 * 0.001}}),
    ("no zero in front", {"a": {"lr": ".5x"}}, {"a": {"lr": 0.5 * 0.001}}),
    ("any number", {"a": {"weight_decay": "0x"}}, {"a": {"weight_decay": 0.0}}),
    ("a number of torch's default", {"a": {"eps": "10x"}}, {"a": {"eps": 10 * 1e-8}}),
    ("layers", {"b": {"count": 2}}, {"b.0": {}, "b.1": {}}),
    (
        "decay",
        {"b": {"count": 3, "lr_decay": 0.5}},
        {"b.0": {"lr": 0.00025}, "b.1": {"lr": 0.0005}, "b.2": {"lr": 0.001}},
    ),
    (
        "decay from an lr of its own",
        {"b": {"count": 2, "lr_decay": 0.5, "lr": "2x"}},
        {"b.0": {"lr": 0.001}, "b.1": {"lr": 0.002}},
    ),
    ("halves", {"a": {"no_decay": "true"}}, {"a": {}, "a.no_decay": {"weight_decay": 0.0}}),
    ("no halves", {"a": {"no_decay": "false"}}, {"a": {}}),
    (
        "layers in halves",
        {"b": {"count": 2, "no_decay": "true"}},
        {
            "b.0": {},
            "b.0.no_decay": {"weight_decay": 0.0},
            "b.1": {},
            "b.1.no_decay": {"weight_decay": 0.0},
        },
    ),
    ("a list", [{"name": "b", "count": 1}, {"name": "c"}], {"b.0": {}, "c": {}}),
]


@for_all([(name, (written, expected)) for name, written, expected in RESOLVED])
def test_a_written_group_stands_for_these(written, expected):
    """In this order, with these options."""
    groups = groups_of(written)
    assert list(groups) == list(expected)
    assert groups == expected


def test_a_multiple_without_an_lr_is_one_of_torchs_default():
    (group,) = plan_of(spec(optimizer="{type: Adam, groups: {a: {lr: 0.5x}}}")).optimizer.groups
    assert group.options == {"lr": 0.0005}


WRONG = [
    ({"b": {"lr_decay": 0.5}}, "groups.b.lr_decay", "needs `count`"),
    ({"b": {"count": 0}}, "groups.b.count", "at least 1"),
    ({"b": {"count": 2.5}}, "groups.b.count", "an integer"),
    ({"b": {"count": "true"}}, "groups.b.count", "an integer"),
    ({"b": {"count": 2, "lr_decay": 0}}, "groups.b.lr_decay", "more than 0"),
    ({"b": {"count": 900, "lr_decay": "1e300"}}, "groups.b.lr_decay", "too large for a number"),
    ({"b": {"count": 1_000_000_000}}, "run", "1,000 parameter groups"),
    ({"b": {"count": 501, "no_decay": "true"}}, "run", "1,002 is more than"),
    ({"b": {"no_decay": "yes"}}, "groups.b.no_decay", "true or false"),
    ({"b.0": {}, "b": {"count": 2}}, "groups.b", "two groups named `b.0`"),
    ({"b": {"lr": "-1x"}}, "groups.b.lr", "must be a number"),
    ({"b": {"betas": "2x"}}, "groups.b.betas", "must be a list"),
    ({"b": {"cuont": 2}}, "groups.b.cuont", "unknown key `cuont`"),
    ({"b": {"layer_decay": 0.5}}, "groups.b.layer_decay", "unknown key `layer_decay`"),
]


@for_all([(str(groups), (groups, path, message)) for groups, path, message in WRONG])
def test_what_is_wrong_with_a_group_is_said_at_its_place(groups, path, message):
    """The path and a part of the message."""
    with pytest.raises(SpecError) as caught:
        groups_of(groups)
    (finding,) = caught.value.findings
    assert finding.path.endswith(path), finding.path
    assert message in finding.message, finding.message


def test_keys_of_groups_are_no_keys_of_the_optimizer():
    with pytest.raises(SpecError) as caught:
        plan_of(spec(optimizer="{type: SGD, count: 3, lr: 0.5x}"))
    fixes = [each.fix for each in caught.value.findings]
    assert "groups: {all: {count: 12}}" in fixes[0]
    assert "0.5x is a multiple" in fixes[1]


def test_adagrad_keeps_the_lr_decay_of_its_own():
    optimizer = "{type: Adagrad, groups: {a: {lr_decay: 0.1}, b: {count: 2, lr_decay: 0.2}}}"
    groups = plan_of(spec(optimizer=optimizer)).optimizer.groups
    assert [each.options for each in groups] == [{"lr_decay": d} for d in (0.1, 0.2, 0.2)]


def test_layers_without_a_known_lr_are_refused():
    optimizer = "{type: 'transformers:Adafactor', groups: {b: {count: 2, lr_decay: 0.5}}}"
    with pytest.raises(SpecError, match="needs an lr to begin with"):
        plan_of(spec(optimizer=optimizer))


def test_a_group_without_weight_decay_has_no_other_half():
    with pytest.raises(SpecError, match="Rprop has no weight decay"):
        plan_of(spec(optimizer="{type: Rprop, groups: {a: {no_decay: true}}}"))


FAMILY = {"b": {"count": 2, "no_decay": "true"}, "head": {}}
NAMED = [
    ("groups: [b]", ["b.0", "b.0.no_decay", "b.1", "b.1.no_decay"]),
    ("groups: [b.1]", ["b.1", "b.1.no_decay"]),
    ("groups: [head, b.0.no_decay]", ["b.0.no_decay", "head"]),
]


@for_all([(each[0], each) for each in NAMED])
def test_a_scheduler_names_what_is_written_or_one_group(groups, expected):
    """Groups in the optimizer's order."""
    text = spec(f"{{type: StepLR, step_size: 1, {groups}}}", optimizer={**ADAMW, "groups": FAMILY})
    assert list(plan_of(text).schedulers[0].groups) == expected


def test_a_value_by_group_may_name_what_is_written():
    max_lr = "{b: 0.1, b.1: 10x, head: 0.3}"
    one = f"{{type: OneCycleLR, total_steps: 100%, interval: step, max_lr: {max_lr}}}"
    plan = plan_of(spec(one, optimizer={**ADAMW, "groups": FAMILY}))
    assert plan.schedulers[0].arguments["max_lr"] == [0.1, 0.1, 0.01, 0.01, 0.3]


def test_a_wrong_value_for_several_groups_is_said_once():
    one = "{type: OneCycleLR, total_steps: 100%, interval: step, max_lr: {b: fast, head: 0.3}}"
    with pytest.raises(SpecError) as caught:
        plan_of(spec(one, optimizer={**ADAMW, "groups": FAMILY}))
    assert len(caught.value.findings) == 1


def half_cosine(base, floor, tick, total):
    return floor + (base - floor) * (1 + math.cos(math.pi * tick / total)) / 2


@pytest.mark.parametrize("engine", ["step", "closed"])
def test_a_floor_by_group_is_a_share_of_its_own_lr(engine):
    """Against the published formula, a group at a time."""
    groups = {"body": {"lr": "0.1x"}, "head": {"lr": "3x"}}
    plan = plan_of(spec(COSINE, optimizer={**ADAMW, "groups": groups}))
    trace = simulate(plan, Request(engine=engine))
    for name, base in (("body", 0.0001), ("head", 0.003)):
        expected = [half_cosine(base, 0.01 * base, tick, 300) for tick in range(300)]
        np.testing.assert_allclose(trace.lr[name], expected, rtol=0, atol=1e-12 * base * 100)


RESTARTS = "{type: CosineAnnealingWarmRestarts, T_0: 40, T_mult: 2, eta_min: 0.1x, interval: step}"
SEQUENCE = """{type: SequentialLR, milestones: [20], interval: step, schedulers: [
  {type: LinearLR, start_factor: 0.1, total_iters: 20},
  {type: CosineAnnealingLR, T_max: 100, eta_min: 0.1x}]}"""
CHAINED = """{type: ChainedScheduler, interval: step, schedulers: [
  {type: ConstantLR, factor: 0.5, total_iters: 30},
  {type: CosineAnnealingLR, T_max: 100, eta_min: 0.1x}]}"""
WHOLE = {"past its end": {**COSINE, "T_max": 70}, "restarts": RESTARTS, "sequence": SEQUENCE}


@for_all([(name, (each,)) for name, each in {**WHOLE, "chained": CHAINED}.items()])
def test_floors_by_group_are_those_of_one_optimizer_for_each(scheduler):
    """torch's own class on an optimizer of one group, for each group, to the last bit."""
    lrs = {"body": 0.0001, "head": 0.003}
    groups = {"body": {"lr": "0.1x"}, "head": {"lr": "3x"}}
    both = plan_of(spec(scheduler, optimizer={**ADAMW, "groups": groups}))
    stepped = simulate(both, Request(engine="step"))
    for name in lrs:
        alone = plan_of(spec(scheduler, optimizer={**ADAMW, "groups": {name: groups[name]}}))
        assert alone.schedulers[0].row.path.startswith("torch.")
        expected = simulate(alone, Request(engine="step")).lr[name]
        np.testing.assert_array_equal(stepped.lr[name], expected)


@for_all([(name, (each,)) for name, each in WHOLE.items()])
def test_formulas_know_floors_by_group(scheduler):
    """Both engines give the same curves, to 1e-12 of the peak."""
    groups = {"b": {"count": 3, "lr_decay": 0.1}}
    both = plan_of(spec(scheduler, optimizer={**ADAMW, "groups": groups}))
    closed, stepped = (simulate(both, Request(engine=each)) for each in ("closed", "step"))
    for name, lrs in stepped.lr.items():
        np.testing.assert_allclose(closed.lr[name], lrs, rtol=0, atol=1e-12 * max(lrs))


def test_groups_of_one_lr_take_torchs_own_class():
    plan = plan_of(spec(COSINE, optimizer={**ADAMW, "groups": {"a": {}, "b": {}}}))
    assert plan.schedulers[0].arguments["eta_min"] == 0.01 * 0.001
    assert plan.schedulers[0].row.path == "torch.optim.lr_scheduler:CosineAnnealingLR"


def test_a_plateau_has_a_floor_by_group():
    plateau = "{type: ReduceLROnPlateau, min_lr: 0.01x}"
    groups = {"a": {"lr": "0.1x"}, "b": {}}
    text = spec(plateau, optimizer={**ADAMW, "groups": groups}, metrics="{loss: {expr: '1'}}")
    assert plan_of(text).schedulers[0].arguments["min_lr"] == [0.01 * 0.0001, 0.01 * 0.001]


def test_a_class_that_takes_one_number_says_so():
    timm = "{type: timm:CosineLRScheduler, t_initial: 6, lr_min: 0.01x}"
    with pytest.raises(SpecError) as caught:
        plan_of(spec(timm, optimizer={**ADAMW, "groups": {"a": {"lr": "0.1x"}, "b": {}}}))
    (finding,) = caught.value.findings
    assert finding.path == "schedules.run.scheduler.lr_min"
    assert "0.0001 and 0.001" in finding.message


def test_what_is_no_learning_rate_takes_no_multiple():
    with pytest.raises(SpecError) as caught:
        plan_of(spec("{type: StepLR, step_size: 1, gamma: 0.1x}"))
    assert "0.1x is a multiple" in caught.value.findings[0].fix


def test_the_schema_knows_them():
    text = spec(COSINE, optimizer={**ADAMW, "groups": {"b": {"count": 3, "lr": "0.1x"}, **FAMILY}})
    validator = spec_validator()
    validator.validate(parse(InputText("s", text), Problems(InputText("s", text))).to_python())
    wrong = text.replace("eta_min: 0.01x", "eta_min: x0.01")
    assert not validator.is_valid(
        parse(InputText("s", wrong), Problems(InputText("s", wrong))).to_python()
    )


def two_groups():
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.1, 1.0)]
    return torch.optim.SGD(groups)


def test_floors_are_kept_in_a_state():
    """A scheduler goes on from its state_dict with the floors of the first, not with its own."""
    with without_compiler():
        first, second = two_groups(), two_groups()
        scheduler = CosineAnnealingPerGroup(first, 10, [0.01, 0.1])
        again = CosineAnnealingPerGroup(second, 10, [0.5, 0.5])
        for _ in range(4):
            first.step()
            scheduler.step()
        again.load_state_dict(scheduler.state_dict())
        for group, before in zip(second.param_groups, first.param_groups, strict=True):
            group["lr"] = before["lr"]
        second.step()
        again.step()
    expected = [half_cosine(base, base / 10, 5, 10) for base in (0.1, 1.0)]
    assert again.get_last_lr() == pytest.approx(expected, rel=1e-12)
