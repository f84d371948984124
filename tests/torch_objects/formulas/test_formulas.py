"""lrplan's formulas of other packages: the packages' own values, and what is said about them."""

import json
import sys
import warnings
from importlib.util import find_spec

import numpy as np
import pytest
from typer.testing import CliRunner

from lrplan.cache.key import key_of, needs_only_torch
from lrplan.catalog import THIRD_PARTY, formula_choice
from lrplan.catalog.example import example
from lrplan.cli import app
from lrplan.curves.packages import deepspeed, diffusers, timm, transformers
from lrplan.errors import SpecError, UsageError
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.schedule_view import schedule_views
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load_file
from lrplan.specfile.plan_trace_header import header_of_plan
from lrplan.torch_objects.formulas import mmengine
from tests.support.for_all import for_all
from tests.torch_objects.adapters.traced import plan_of, trace_of
from tests.torch_objects.formulas.cases import BASES, MEASURED, SHOWN, cases, values

PACKAGES = {
    "transformers": transformers,
    "diffusers": diffusers,
    "timm": timm,
    "deepspeed": deepspeed,
}
TOLERANCE = 1e-12
"""Of the largest value of a curve."""


@pytest.fixture
def missing(monkeypatch):
    """No package is installed."""
    monkeypatch.setattr(formula_choice, "_is_installed", lambda _: False)


def by_formula(mapping):
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a package logs, too
        patch.setattr(formula_choice, "_is_installed", lambda _: False)
        return values(mapping)


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for field, reference in expected.items():
        apart = np.abs(found[field] - reference).max()
        assert apart <= TOLERANCE * np.abs(reference).max(), (field, apart)


@for_all([(f"{own['type']} {own}", (own, rows)) for own, rows in json.loads(MEASURED.read_text())])
def test_a_formula_has_the_measured_values_of_its_package(mapping, measured):
    found = by_formula(mapping)
    expected = {field: np.array(rows) for field, rows in measured.items()}
    assert_same({field: each[list(SHOWN)] for field, each in found.items()}, expected)


def test_long_runs_of_transformers_and_diffusers_are_computed(missing):
    """The formula over all ticks at once is the real ``LambdaLR`` that is stepped with it."""
    wrong, stepped = [], set()
    for mapping in cases():
        name = mapping["type"]
        if not name.startswith(("transformers:", "diffusers:")) or name.endswith("on_plateau"):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plan = plan_of(mapping, rates=BASES, training={"steps": 40})
            reference = simulate(plan, Request(engine="step"))
            try:
                found = simulate(plan, Request(engine="closed"))
            except UsageError:
                stepped.add(name)
                continue
        for group, column in reference.lr.items():
            apart = np.abs(found.lr[group] - column).max()
            if apart > TOLERANCE * max(np.abs(column).max(), 1):
                wrong.append(f"{mapping} {group}: {apart}")
    assert not wrong, "\n".join(wrong)
    assert not stepped


def test_every_case_was_measured():
    assert [own for own, _ in json.loads(MEASURED.read_text())] == list(cases())


@pytest.mark.parametrize("package", PACKAGES)
def test_a_formula_has_the_values_of_the_installed_package(package):
    if find_spec(package) is None:
        pytest.skip(f"{package} is missing")
    wrong = []
    for mapping in cases():
        if mapping["type"].startswith(f"{package}:"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # deprecated schedulers
                reference = values(mapping)
            try:
                assert_same(by_formula(mapping), reference)
            except AssertionError as error:
                wrong.append(f"{mapping}: {error}")
    assert not wrong, "\n".join(wrong)


def test_rows_and_formulas_go_together():
    for package, rows in THIRD_PARTY.items():
        named = {row.name.partition(":")[2] for row in rows if row.has_formula}
        if package == "mmengine":  # a recursion from tick to tick: its classes are the formulas
            assert named == {name for name in vars(mmengine) if name.endswith("LR")}
            continue
        without = {"reduce_lr_on_plateau", "PlateauLRScheduler"}  # torch's plateau inside
        formulas = PACKAGES[package].FORMULAS if package in PACKAGES else {}
        assert named - without == set(formulas)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (
            {"type": "transformers:polynomial", "lr_end": 0.5},
            r"lr_end \(0.5\) must be smaller than initial lr \(0.3\)",
        ),
        (
            {"type": "transformers:cosine_with_min_lr", "min_lr": 0.1, "min_lr_rate": 0.1},
            "Only one of min_lr or min_lr_rate should be set",
        ),
    ],
)
def test_what_transformers_refuses_is_refused(mapping, message, missing):
    lengths = {"num_warmup_steps": 2, "num_training_steps": 20}
    with pytest.raises(SpecError, match=message):
        trace_of({**mapping, **lengths}, rates=BASES, training={"steps": 20})


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"type": "timm:TanhLRScheduler", "t_initial": 5, "lb": 4}, "lb must be less than ub"),
        (
            {"type": "timm:WSDLRScheduler", "t_initial": 5, "decay_t": 6},
            r"decay_t \(6\) is longer than t_initial \(5\)",
        ),
        (
            {"type": "timm:WSDLRScheduler", "t_initial": 5, "decay_t": 2, "stable_fn": "rsqrt"},
            "needs a stable_timescale",
        ),
    ],
)
def test_what_timm_refuses_is_refused(mapping, message, missing):
    with pytest.raises(SpecError, match=message):
        trace_of(mapping)


def test_what_deepspeed_warns_of_is_kept(missing):
    mapping = {"type": "deepspeed:OneCycle", "cycle_min_lr": 0.1, "cycle_max_lr": 1.0}
    (warning,) = trace_of(mapping, training={"steps": 5}).warnings
    assert "cycle_momentum is disabled because optimizer SGD" in warning.message


TIMM = {"type": "timm:CosineLRScheduler", "t_initial": 6}


def test_the_trace_names_the_package_that_is_missing(missing):
    assert trace_of(TIMM).formulas == ("timm 1.0.31",)
    assert trace_of({"type": "StepLR", "step_size": 2}).formulas == ()


def test_the_trace_names_the_package_that_runs_itself(monkeypatch):
    monkeypatch.setattr(formula_choice, "_is_installed", lambda _: True)
    monkeypatch.setattr(formula_choice, "installed_version", lambda _: "1.0.99")
    header = header_of_plan(plan_of(TIMM), {}, {}, 0)
    assert (header.packages, header.substitutions) == (("timm 1.0.99",), ())


def test_which_of_the_two_ran_is_part_of_the_key(monkeypatch):
    plan, keys = plan_of(TIMM), []
    for there in (True, False):
        monkeypatch.setattr(formula_choice, "_is_installed", lambda _, there=there: there)
        monkeypatch.setattr("lrplan.cache.key.package_fingerprint", lambda *names: "".join(names))
        keys.append(key_of(plan, Request()))
    assert None not in keys
    assert keys[0] != keys[1]
    # Findings are known by the text of a spec alone: those of a formula are not kept.
    assert not needs_only_torch(plan)


def test_a_table_and_json_say_so(missing, tmp_path):
    spec = tmp_path / "spec.yaml"
    row = next(row for row in THIRD_PARTY["timm"] if row.name == TIMM["type"])
    spec.write_text(example(row), "utf-8")
    said = "timm is not installed: lrplan's formulas of timm 1.0.31 run in its place"
    for command in ("table", "validate"):
        # `validate` says it each time: what it finds is not kept.
        shown = [CliRunner().invoke(app, [command, str(spec)]).output for _ in range(2)]
        assert all(" ".join(text.split()).count(said) == 1 for text in shown)
    (plan,) = load_file(spec).plans.values()
    (view,) = schedule_views([simulate(plan)], PictureOptions(), {})
    assert [note.text for note in view.notes if "timm" in note.text] == [said]
    exported = CliRunner().invoke(app, ["export", str(spec), "--format", "json"]).output
    assert json.loads(exported)["schedules"][0]["formulas"] == ["timm 1.0.31"]


def test_a_package_that_is_installed_runs_itself(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)  # blocked: not found
    assert not formula_choice._is_installed("timm")
    assert formula_choice._is_installed("json")


def test_a_run_goes_on_from_a_saved_state(missing):
    from torch.optim import SGD

    from lrplan.torch_objects.formulas import deepspeed, timm
    from tests.torch_objects.adapters.traced import rates_of, sgd

    made = {
        "WarmupLR": lambda: deepspeed.WarmupLR(sgd(), warmup_num_steps=9),
        "CosineLRScheduler": lambda: timm.CosineLRScheduler(sgd(), t_initial=9),
    }
    for name, make in made.items():
        first, second = make(), make()
        tick = {"WarmupLR": lambda own, _: own.step()}.get(name, lambda own, n: own.step(n))
        for count in (1, 2, 3):
            tick(first, count)
        second.load_state_dict(first.state_dict())
        for own in (first, second):
            tick(own, 4)
        assert isinstance(first.optimizer, SGD)
        assert rates_of(first.optimizer) == rates_of(second.optimizer)
        assert rates_of(first.optimizer) != [1.0]


def test_long_runs_too(missing):
    mapping = {"type": "transformers:linear", "num_warmup_steps": 100, "num_training_steps": 400}
    trace = simulate(plan_of(mapping, training={"steps": 500}))
    steps = np.arange(500)
    expected = np.where(steps < 100, steps / 100, np.maximum((400 - steps) / 300, 0))
    assert np.abs(trace.lr["g0"] - expected).max() <= TOLERANCE
