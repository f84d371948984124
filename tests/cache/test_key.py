"""The cache key changes with everything that a curve depends on, and with nothing else."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from lrplan.cache import code_fingerprint as installed
from lrplan.cache import key
from lrplan.cache.key import key_of
from lrplan.cache.stable_digest import Digest, NotHashableError
from lrplan.request import Request
from lrplan.specfile.expressions.expression import Expression
from tests.support.specs import plan

SGD = "optimizer: {type: SGD, lr: 0.1}\n"
STEP = f"{SGD}scheduler: {{type: StepLR, step_size: 2}}"
PLATEAU = f"{SGD}scheduler: {{type: ReduceLROnPlateau}}\nmetrics: {{loss: {{expr: 1/(1+x)}}}}"
LAMBDA = f"{SGD}scheduler: {{type: LambdaLR, lr_lambda: 0.5**x}}"


def key_for(schedule=STEP, training="epochs: 6, steps_per_epoch: 4", **asked):
    return key_of(plan(schedule, training), Request(**asked))


def test_the_same_plan_has_the_same_key_in_another_process(monkeypatch):
    # Whoever edits lrplan while the tests run changes its files between the two.
    monkeypatch.setattr(key, "lrplan_fingerprint", lambda: "")
    code = (
        "from tests.support.specs import plan; from lrplan.cache import key; key_of = key.key_of;"
        "key.lrplan_fingerprint = str;"
        "from lrplan.request import Request;"
        f"print(key_of(plan({PLATEAU!r}), Request()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == key_for(PLATEAU)


@pytest.mark.parametrize(
    ("schedule", "changed"),
    [
        (STEP, STEP.replace("0.1", "0.2")),
        (STEP, STEP.replace("step_size: 2", "step_size: 3")),
        (STEP, STEP.replace("SGD", "Adam")),
        (STEP, STEP.replace("StepLR, step_size: 2", "ExponentialLR, gamma: 0.1")),
        (STEP, STEP.replace("step_size: 2", "step_size: 2, interval: step")),
        (STEP, STEP.replace("step_size: 2", "step_size: 2, frequency: 2")),
        (STEP, STEP.replace("lr: 0.1", "lr: 0.1, momentum: 0.9")),
        (STEP, STEP.replace("lr: 0.1", "groups: {a: {lr: 0.1}}")),
        (
            STEP.replace("lr: 0.1", "groups: {a: {lr: 0.1}}"),
            STEP.replace("lr: 0.1", "groups: {b: {lr: 0.1}}"),
        ),
        (LAMBDA, LAMBDA.replace("0.5**x", "0.6**x")),
        (PLATEAU, PLATEAU.replace("1/(1+x)", "2/(1+x)")),
        (
            PLATEAU.replace("{expr: 1/(1+x)}", "[6.0, 5, 4, 3, 2, 1]"),
            PLATEAU.replace("{expr: 1/(1+x)}", "[6.0, 5, 4, 3, 2, 2]"),
        ),
        (SGD, STEP),
    ],
)
def test_what_decides_the_curve_decides_the_key(schedule, changed):
    assert key_for(schedule) != key_for(changed)


@pytest.mark.parametrize(
    "training",
    [
        "epochs: 7, steps_per_epoch: 4",
        "epochs: 6, steps_per_epoch: 5",
        "epochs: 6, steps_per_epoch: 4, accumulate: 2",
        "epochs: 6, steps_per_epoch: 4, steps: 10",
    ],
)
def test_the_training_decides_the_key(training):
    assert key_for(training=training) != key_for()


@pytest.mark.parametrize("asked", [{"engine": "step"}, {"get_lr": True}, {"step_optimizer": True}])
def test_how_it_is_obtained_decides_the_key(asked):
    assert key_for(**asked) != key_for()


@pytest.mark.parametrize("asked", [{"trust": True}, {"cache": False}])
def test_who_may_what_does_not(asked):
    assert key_for(**asked) == key_for()


def test_what_is_said_about_the_curve_does_not():
    told = f"title: Halves\ndescription: often\nignore: [lr-vanishes]\n# and more\n{STEP}"
    assert key_for(told) == key_for()


def test_a_changed_release_changes_the_key(monkeypatch):
    before = key_for()
    monkeypatch.setattr(key, "package_fingerprint", lambda module, name: f"{name} 99")
    assert key_for() != before


def test_a_changed_file_of_ours_changes_the_key(tmp_path, monkeypatch):
    (tmp_path / "lrplan" / "cache").mkdir(parents=True)
    code = tmp_path / "lrplan" / "curves.py"
    code.write_text("a = 1\n")
    monkeypatch.setattr(installed, "__file__", str(tmp_path / "lrplan" / "cache" / "installed.py"))
    results = set()
    for change in (
        lambda: None,
        lambda: code.write_text("ab = 1\n"),
        lambda: os.utime(code, (1, 1)),
    ):
        change()
        installed.lrplan_fingerprint.cache_clear()
        results.add(key_for())
    installed.lrplan_fingerprint.cache_clear()
    assert len(results) == 3


@pytest.mark.parametrize("device", ["auto", "cuda", "cuda:0", "mps", "CPU"])
def test_another_device_may_be_gone_next_time(device):
    assert key_for(device=device) is None


def test_code_that_may_change_unseen_has_no_key(monkeypatch):
    own = plan(STEP)
    (scheduler,) = own.schedulers
    for family in ("user", "plugin"):
        row = replace(scheduler.row, family=family)
        changed = replace(own, schedulers=(replace(scheduler, row=row),))
        assert key_of(changed, Request()) is None


def test_a_package_that_is_not_where_it_was_installed_has_no_key(tmp_path, monkeypatch):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text("")
    found = SimpleNamespace(origin=str(tmp_path / "numpy" / "__init__.py"))
    monkeypatch.setattr(installed, "find_spec", lambda name: found)
    installed.package_fingerprint.cache_clear()
    try:
        assert key_for() is None
    finally:
        installed.package_fingerprint.cache_clear()


def test_a_package_that_is_edited_in_place_has_another_fingerprint(tmp_path, monkeypatch):
    where = SimpleNamespace(
        locate_file=lambda _: tmp_path, read_text=lambda _: "Version: 1.0\n", version="1.0"
    )
    monkeypatch.setattr(installed, "distribution", lambda _: where)

    def fingerprints(module, *files):
        """As installed, and after each of ``files`` was edited, its size unchanged."""
        origin = tmp_path / module / "__init__.py"
        monkeypatch.setattr(installed, "find_spec", lambda _: SimpleNamespace(origin=str(origin)))
        for number, name in enumerate(("__init__.py", *files)):
            path = tmp_path / module / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
            os.utime(path, ns=(number, number))
        for name in (None, *files):
            if name is not None:
                os.utime(tmp_path / module / name, ns=(99, 99))
            installed.package_fingerprint.cache_clear()
            yield installed.package_fingerprint(module, module)

    curve = ("optim/lr_scheduler.py", "optim/sgd.py", "optim/_multi_tensor/__init__.py")
    try:
        assert len(set(fingerprints("torch", *curve))) == 4
        assert len(set(fingerprints("timm", "scheduler/cosine_lr.py", "version.py"))) == 3
        assert len(set(fingerprints("torch", "nn/linear.py"))) == 1  # decides no curve
    finally:
        installed.package_fingerprint.cache_clear()


def test_a_package_that_is_missing_has_no_key():
    with pytest.raises(installed.UnverifiablePackageError):
        installed.package_fingerprint("no_such_package", "no-such-package")


def test_the_version_is_that_of_the_distribution():
    from importlib.metadata import version

    for name in ("torch", "numpy"):
        assert installed.package_fingerprint(name, name).split()[:2] == [name, version(name)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0.0, -0.0),
        ("1", 1),
        (None, "None"),
        ([1, 2], (1, 2)),
        ([1.0, 2.0], (1.0, 2.0)),
        ([[1], [2]], [[1, 2]]),
        (["ab", "c"], ["a", "bc"]),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
        ({"a": {}}, {"a": []}),
        (Expression("x+1"), "x+1"),
        ([0.1, 0.2], [0.1, 0.2, 0.2]),
        (float("nan"), float("inf")),
    ],
    ids=str,
)
def test_a_digest_tells_apart(one, other):
    assert Digest().add(one).text() != Digest().add(other).text()
    assert Digest().add(one).text() == Digest().add(one).text()


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", len, 1j])
def test_a_digest_takes_nothing_it_cannot_see_through(value):
    with pytest.raises(NotHashableError):
        Digest().add([1, {"a": value}])


def test_numbers_and_texts_of_any_size_are_taken():
    Digest().add([10**6000, "\ud800", "\0", float("nan")])
