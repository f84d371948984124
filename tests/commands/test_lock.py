"""``lrplan lock`` and what it finds: drift, missing schedules, damage; never rounding."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from lrplan.commands.lock import lock_of_spec
from lrplan.lock import Lock, lock_path, lock_schedule, lock_text, locked_findings
from lrplan.lock.reader import lock_of
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load_file
from lrplan.text_position import InputText
from tests.commands.comparing import flat, run_compare, run_lock

SPEC = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  warm:
    title: Warms up
    optimizer: {type: SGD, momentum: 0.9, groups: {head: {lr: 1e-2}, "a: b": {lr: 1e-3}}}
    scheduler:
      type: SequentialLR
      milestones: [100]
      interval: step
      schedulers:
        - {type: LinearLR, start_factor: 0.01, total_iters: 100}
        - {type: CosineAnnealingLR, T_max: 900}
  steps: {optimizer: {type: AdamW, lr: 0.1}, scheduler: {type: ExponentialLR, gamma: 0.8}}
  cycle:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: OneCycleLR, max_lr: 0.1, total_steps: 1000, interval: step}
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    assert run_lock("spec.yaml").status == 0
    return path


def changed(spec, old, new):
    text = spec.read_text()
    assert old in text
    spec.write_text(text.replace(old, new))
    return run_lock("spec.yaml", check=True)


def test_what_was_locked_is_as_locked(spec):
    assert lock_path(spec).name == "spec.lrplan.lock"
    printed = run_lock("spec.yaml", check=True)
    assert (printed.status, printed.text) == (0, "")
    assert "3 schedules are as locked" in printed.notes


def test_locking_twice_gives_the_same_file(spec):
    before = lock_path(spec).read_text()
    assert run_lock("spec.yaml").status == 0
    assert lock_path(spec).read_text() == before


def test_titles_and_comments_change_nothing(spec):
    assert changed(spec, "title: Warms up", "title: Rises  # then falls").status == 0


def test_one_number_changed(spec):
    printed = changed(spec, "T_max: 900", "T_max: 1000")
    assert printed.status == 1
    (line,) = re.findall(r"^spec.yaml.*(?:\n(?! ).*)*", printed.text, re.MULTILINE)
    # Both rates at step 709, by hand: 0.01 * (1 + cos(pi * 609 / T)) / 2, T 900 and 1000.
    apart = 0.005 * (np.cos(np.pi * 609 / 1000) - np.cos(np.pi * 609 / 900))
    assert flat(line) == (
        "spec.yaml:3:3: error: `warm` is not what was locked:"
        f" the lr of head differs by up to {apart:.6g} ({100 * apart / 0.01:.3g}% of the peak)"
        " at step 709, first after step 100; the same until step 101, different from there"
        " on: the curve follows the locked curve 1.111 times slower;"
        " 1 other curve has changed too."
        " Since then the schedule has changed in the spec. [locked-curve-changed]"
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("max_lr: 0.1", "max_lr: 0.2", "the curve is the locked curve times 2"),
        ("gamma: 0.8", "gamma: 0.8, groups: [all], interval: step", "the curve follows the locked"),
        ("head: {lr: 1e-2}", "tail: {lr: 1e-2}", "group tail is new; group head is gone"),
        ("epochs: 10", "epochs: 11", "the run has 1100 steps, and had 1000"),
        (
            "total_steps: 1000",
            "total_steps: 1000, cycle_momentum: false",
            "momentum of all differs",
        ),
    ],
    ids=["factor", "interval", "groups", "length", "momentum"],
)
def test_what_changed_is_said(spec, old, new, told):
    printed = changed(spec, old, new)
    assert printed.status == 1
    assert told in flat(printed.text)


def test_a_change_between_the_points_kept_is_found(spec):
    (plan,) = [load_file(spec).plans["cycle"]]
    trace = simulate(plan)
    kept = Lock(1e-9, {"cycle": lock_schedule(plan, trace)})
    values = trace.lr["all"].copy()
    step = 333
    assert step not in kept.schedules["cycle"].pins["lr"]["all"].steps
    values[step] *= 1.001
    trace = replace(trace, columns={**trace.columns, "lr": {"all": values}})
    (found,) = [
        each for each in locked_findings(load_file(spec), [plan], [trace], kept) if each.schedule
    ]
    assert "on average from step" in found.message


def test_a_version_that_changed_is_named(spec):
    text = lock_path(spec).read_text()
    torch = re.search(r'torch: "([^"]+)"', text)[1]
    for old, new in ((f'torch: "{torch}"', 'torch: "1.0.0"'), ('digest: "', 'digest: "0')):
        text = text.replace(old, new)
    assert "            99: 0.1 " in text
    lock_path(spec).write_text(text.replace("            99: 0.1 ", "            99: 0.2 "))
    printed = flat(run_lock("spec.yaml", check=True).text)
    assert f"The schedule in the spec is the same; torch was 1.0.0 and is {torch}." in printed


def test_a_new_version_alone_is_no_finding(spec):
    text = lock_path(spec).read_text()
    lock_path(spec).write_text(re.sub(r'torch: "[^"]+"', 'torch: "1.0.0"', text))
    assert run_lock("spec.yaml", check=True).status == 0


def _rounded(values, rng):
    bits = rng.choice([-3, -1, 0, 1, 3], values.size)
    return values * (1 + bits * np.finfo(float).eps)


@pytest.mark.parametrize("seed", range(5))
def test_last_bits_never_fail(spec, seed):
    """As another processor, or another release of its mathematics, would round."""
    loaded = load_file(spec)
    kept = lock_of_spec("spec.yaml")
    plans, traces = list(loaded.plans.values()), []
    rng = np.random.default_rng(seed)
    for plan in plans:
        trace = simulate(plan)
        columns = {
            field: {name: _rounded(values, rng) for name, values in held.items()}
            for field, held in trace.columns.items()
        }
        traces.append(replace(trace, columns=columns))
    assert locked_findings(loaded, plans, traces, kept) == []


def test_a_drift_within_the_tolerance_is_none(spec):
    assert run_lock("spec.yaml", tolerance=0.05).status == 0
    assert changed(spec, "max_lr: 0.1", "max_lr: 0.104").status == 0
    assert changed(spec, "max_lr: 0.104", "max_lr: 0.11").status == 1


def test_schedules_missing_on_either_side(spec):
    printed = changed(spec, "  steps:", "  stairs:")
    assert printed.status == 1
    text = flat(printed.text)
    assert "spec.yaml:2:1: error: the lock has a schedule `steps` that the spec no longer" in text
    assert "spec.yaml:13:3: error: `stairs` has no curves in the lock" in text
    assert text.count("[locked-schedule-missing]") == 2


def test_an_ignore_silences_it(spec):
    spec.write_text("ignore: [locked-schedule-missing]\n" + spec.read_text())
    assert changed(spec, "  steps:", "  stairs:").status == 0


def test_locking_one_schedule_leaves_the_others(spec):
    before = lock_of_spec("spec.yaml")
    assert changed(spec, "gamma: 0.8", "gamma: 0.7").status == 1
    assert changed(spec, "T_max: 900", "T_max: 800").status == 1
    assert run_lock("spec.yaml", "steps").status == 0
    after = lock_of_spec("spec.yaml")
    assert after.schedules["steps"].plan != before.schedules["steps"].plan
    assert after.schedules["warm"].plan == before.schedules["warm"].plan
    assert run_lock("spec.yaml", "steps", check=True).status == 0
    assert run_lock("spec.yaml", "warm", check=True).status == 1


def test_a_lock_is_an_operand_of_compare(spec):
    assert run_compare("spec.lrplan.lock", "spec.yaml").status == 0
    changed(spec, "max_lr: 0.1", "max_lr: 0.2")
    printed = run_compare("spec.lrplan.lock:cycle", "spec.yaml")
    assert (printed.status, "B is A times 2." in printed.text) == (1, True)
    assert run_compare("spec.lrplan.lock", "spec.lrplan.lock").status == 0


def test_a_lock_survives_reading(spec):
    text = lock_path(spec).read_text()
    again = lock_text(lock_of(InputText("again", text)))
    kept, read = lock_of(InputText("again", again)), lock_of(InputText("first", text))
    for name, schedule in read.schedules.items():
        other = kept.schedules[name]
        assert (schedule.plan, schedule.steps, schedule.groups) == (
            other.plan,
            other.steps,
            other.groups,
        )
        for field, pins in schedule.pins.items():
            for group, pin in pins.items():
                np.testing.assert_allclose(pin.values, other.pins[field][group].values, rtol=1e-11)


def test_the_file_is_small_and_sorted(spec):
    lines = lock_path(spec).read_text().splitlines()
    assert len(lines) < 200
    names = [line.strip() for line in lines if re.fullmatch(r"  \S.*:", line)]
    assert names == sorted(names)
    assert '      "a: b":' in lines
    assert '        lr: {like: "a: b", times: 10}' in lines
    assert "        momentum: 0.9" in lines


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("tolerance:", "tolerances:", 3, "there is no `tolerance` here"),
        ("format: 1", "format: 2", 3, "its format is 2, not 1"),
        ("peak_step: 0", "peak_step: zero", None, "this should be a number, not a string"),
        (
            "            0: 0.1 ",
            "            0: 0.1x ",
            None,
            "is not a step, its value and a mean",
        ),
        ("            999: ", "            1999: ", None, "the run has no step 1999"),
        ("like: ", "like: x", None, "there is no group `x"),
        ("schedules:", "<<<<<<< ours\nschedules:", 5, "the marks of a merge conflict"),
    ],
    ids=["key", "format", "number", "point", "step", "like", "conflict"],
)
def test_damage_is_said_with_its_place(spec, old, new, line, message):
    path = lock_path(spec)
    text = path.read_text()
    at = text[: text.index(old)].count("\n") + 1 if line is None else line
    path.write_text(text.replace(old, new, 1).replace('like: x"a: b"', "like: xa"))
    printed = run_lock("spec.yaml", check=True)
    assert printed.status == 2
    assert f"spec.lrplan.lock:{at}:" in printed.errors
    assert message in flat(printed.errors)
    # Locking anew is the cure that the message names.
    assert run_lock("spec.yaml").status == 0
    assert run_lock("spec.yaml", check=True).status == 0


@pytest.mark.parametrize("text", ["", "\n\n", "schedules: ["], ids=["empty", "blank", "broken"])
def test_a_file_that_is_no_lock(spec, text):
    lock_path(spec).write_text(text)
    assert run_lock("spec.yaml", check=True).status == 2


def test_no_lock_to_check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(SPEC)
    printed = run_lock("spec.yaml", check=True)
    assert printed.status == 2
    assert "there is no spec.lrplan.lock: write it with `lrplan lock spec.yaml`" in flat(
        printed.errors
    )


def test_a_run_that_stops_is_not_locked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(
        "training: {steps: 10}\nschedules:\n  a: {optimizer: {type: SGD, lr: 1},"
        " scheduler: {type: OneCycleLR, max_lr: 1, total_steps: 4}}\n"
    )
    assert run_lock("spec.yaml").status == 1
    assert not (tmp_path / "spec.lrplan.lock").exists()


def test_the_lock_can_go_to_standard_output(spec, capsys):
    assert run_lock("spec.yaml", output="-").status == 0
    assert capsys.readouterr().out == lock_path(spec).read_text()


def test_packages_that_take_part_are_kept_with_their_release(spec):
    plan = load_file(spec).plans["cycle"]
    (scheduler,) = plan.schedulers
    row = replace(scheduler.row, package="numpy 0.0.1")
    borrowed = replace(plan, schedulers=(replace(scheduler, row=row),))
    versions = lock_schedule(borrowed, simulate(plan)).versions
    assert list(versions) == ["lrplan", "numpy", "torch"]
    assert versions["numpy"] == np.__version__
