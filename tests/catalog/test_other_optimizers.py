"""Optimizers outside of torch: rows like their classes, stand-ins with the same groups."""

from __future__ import annotations

import importlib
import inspect
import math
import sys
from types import SimpleNamespace

import pytest
import torch

from lrplan.catalog import OPTIMIZERS
from lrplan.catalog.suggestions import suggest_optimizer
from lrplan.errors import SpecError, UsageError
from lrplan.export.code import to_pytorch
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.torch_objects.builder import build
from tests.export.running import executed
from tests.support.for_all import for_all
from tests.support.specs import plan_of, spec

ROWS = [row for row in OPTIMIZERS.values() if row.package]
COSINE = "{type: CosineAnnealingLR, T_max: 100%, interval: step}"
NOT_OF_A_SPEC = {"params", "args", "clip_lambda", "kwargs"}


def load(row):
    module, _, name = row.path.partition(":")
    return getattr(importlib.import_module(module), name)


def is_installed(row):
    try:
        load(row)
    except Exception:  # noqa: BLE001  # a package may fail in any way
        return False
    return True


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_like_its_class(row):
    """Names, order and defaults, where the package is installed."""
    if not is_installed(row):
        pytest.skip(f"{row.package} is missing")
    every = inspect.signature(load(row)).parameters
    signature = {name: each.default for name, each in every.items() if name not in NOT_OF_A_SPEC}
    assert [each.name for each in row.arguments] == list(signature)
    for each in row.arguments:
        if each.name != "foreach":  # schedulefree: what torch has
            default = signature[each.name]
            assert each.default == (None if default == math.inf else default), each.name


def typed(row, *more):
    return "{" + ", ".join((f"type: '{row.name}'", "lr: 0.5", *more)) + "}"


def options(row):
    return ("relative_step: false",) if row.argument("relative_step") else ()


@for_all([(row.name, (row,)) for row in ROWS])
def test_every_one_has_the_curve_of_sgd(row):
    """Its lr is driven as any other; both engines agree, and momentum and decay are shown."""
    plan = plan_of(spec(COSINE, optimizer=typed(row, *options(row)), steps=400))
    expected = simulate(plan_of(spec(COSINE, optimizer="{type: SGD, lr: 0.5}", steps=400))).lr
    for engine in ("step", "closed"):
        trace = simulate(plan, Request(engine=engine))
        assert trace.lr["all"] == pytest.approx(expected["all"], abs=1e-12)
        assert ("all" in trace.momentum) == any(row.argument(n) for n in ("momentum", "betas"))
        assert "all" in trace.weight_decay
        assert "is not run: a stand-in" in trace.substitutions[-1]


def test_a_stand_in_has_the_fields_of_its_class():
    plan = plan_of(spec(optimizer="{type: Lion, lr: 1, groups: {a: {betas: [0.5, 0.6]}}}"))
    (group,) = build(plan, torch.device("cpu")).optimizer.param_groups
    assert {key: value for key, value in group.items() if key != "params"} == {
        "lr": 1,
        "betas": (0.5, 0.6),
        "weight_decay": 0.0,
        "use_triton": False,
        "decoupled_weight_decay": False,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [("", "and no schedule drives it"), (", lr: 1", "an `lr` needs `relative_step: false`")],
)
def test_adafactor_with_a_step_size_of_its_own_is_refused(arguments, message):
    plan = plan_of(spec(optimizer=f"{{type: 'transformers:Adafactor'{arguments}}}"))
    with pytest.raises(SpecError, match=message):
        simulate(plan)


NAMES = {
    "LAMB": "Lamb",
    "LARS": "Lars",
    "lion": "Lion",
    "NovoGrad": "NvNovoGrad",
    "prodigy": "Prodigy",
    "Prodgy": "Prodigy",
    "adamwschedulefree": "AdamWScheduleFree",
    "bitsandbytes.optim.AdamW8bit": "AdamW8bit",
    "timm.optim.RMSpropTF": "RMSpropTF",
}


def test_other_names_lead_to_them():
    assert {name: suggest_optimizer(name) for name in NAMES} == {
        name: f"did you mean `{meant}`?" for name, meant in NAMES.items()
    }


def test_code_imports_the_class_itself(monkeypatch):
    groups = "{a: {lr: 2x}, b: {}}"
    optimizer = f"{{type: Lion, lr: 0.5, betas: [0.9, 0.99], groups: {groups}}}"
    plan = plan_of(spec(COSINE, optimizer=optimizer))
    source = to_pytorch(plan, simulate(plan))

    class Lion(torch.optim.Adam):
        """Stands for the class of the package."""

    monkeypatch.setitem(sys.modules, "lion_pytorch", SimpleNamespace(Lion=Lion))
    model = torch.nn.ModuleDict({name: torch.nn.Linear(1, 1) for name in "ab"})
    built = executed(source)["build_optimizer"](model)
    assert type(built) is Lion
    assert [group["lr"] for group in built.param_groups] == [1.0, 0.5]


@pytest.mark.parametrize("kind", ["AdamWScheduleFree", "SophiaH"])
def test_code_is_refused_where_a_plain_loop_would_not_do(kind):
    plan = plan_of(spec(COSINE, optimizer=f"{{type: {kind}}}"))
    with pytest.raises(UsageError, match=f"no code is written for {kind}"):
        to_pytorch(plan, simulate(plan))
