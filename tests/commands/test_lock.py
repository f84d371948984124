"""``lrplan lock`` and what it finds: drift, missing schedules, damage; never rounding."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from lrplan.commands import lock as lock_command
from lrplan.commands.lock import lock_of_spec
from lrplan.lock import Lock, check_locked, lock_path, lock_schedule, lock_text
from lrplan.lock.drift_text import causes
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
    # Both rates after the warm-up of 100 steps: 0.01 * (1 + cos(pi * t / T)) / 2, T 900 and 1000.
    after = np.arange(900)
    apart = 0.005 * (np.cos(np.pi * after / 1000) - np.cos(np.pi * after / 900))
    assert flat(line) == (
        "spec.yaml:3:3: error: `warm` is not what was locked:"
        f" the lr of head differs by up to {apart.max():.6g}"
        f" ({100 * apart.max() / 0.01:.3g}% of the peak) at step {100 + apart.argmax()},"
        " first by more than the tolerance at step 101; in steps 0 to 100 the locked curve and the"
        " curve are the same; in steps 101 to 999 the curve follows the locked curve 1.111 times"
        " slower, counted from step 100: its value at step 600 is that of the locked curve at"
        " step 550;"
        " 1 other curve has changed too."
        " Since then the schedule in the spec has changed. [locked-curve-changed]"
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("max_lr: 0.1", "max_lr: 0.2", "the curve is the locked curve times 2"),
        (
            "gamma: 0.8",
            "gamma: 0.8, groups: [all], interval: step",
            "in steps 0 to 9 the curve follows the locked curve 100 times faster",
        ),
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


ONE = """\
training: {{epochs: 10, batches_per_epoch: 100}}
schedules:
  run:
    optimizer: {{type: SGD, lr: 1.0}}
    scheduler: {{type: LambdaLR, lr_lambda: "{}", interval: step}}
"""

CHANGES = [
    # before, after, what is told
    (
        "1 - t / 2000",
        "1 - t / 2000 + (5 if t == 500 else -5 if t == 501 else 0)",
        ["differs by up to 5 (", "at step 500"],
    ),
    (
        "1 + t % 2 / 2",
        "1 + (t // 2) % 2 / 2",
        ["differs by up to 0.5 (", "at step 1"],
    ),
    (
        "min(t / 200, 1)",
        "min(t / 400, 1)",
        ["first by more than the tolerance at step 1"],
    ),
    ("1 - t / 2000", "1 - t / 2000 if t < 60 else 0.9", ["than the tolerance at step 60"]),
    ("1", "1 + (1e-8 if t == 77 else 0)", ["differs by up to 1e-08 (", "at step 77"]),
    ("1", "1 + (9e-10 if t == 77 else 0)", None),
]


def test_every_step_is_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "one.yaml"
    wrong = []
    for before, after, told in CHANGES:
        path.write_text(ONE.format(before))
        assert run_lock("one.yaml").status == 0
        path.write_text(ONE.format(after))
        printed = run_lock("one.yaml", check=True)
        text = flat(printed.text)
        if printed.status != (told is not None) or not all(each in text for each in told or ()):
            wrong.append((before, after, text))
    assert wrong == []


def test_a_longer_warmup_of_a_long_run_is_no_slower_run(tmp_path, monkeypatch):
    """Only the first 400 of 10,000 steps differ: of few samples, most would agree."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "one.yaml"
    decay = "min(t / {}, 1) if t < 8000 else 1 - (t - 8000) / 2000"
    text = ONE.replace("epochs: 10", "epochs: 100")
    path.write_text(text.format(decay.format(200)))
    assert run_lock("one.yaml").status == 0
    path.write_text(text.format(decay.format(400)))
    told = flat(run_lock("one.yaml", check=True).text)
    assert "differs by up to 0.5 (50% of the peak) at step 200" in told
    assert "first by more than the tolerance at step 1;" in told
    assert "step 4000" not in told


PLATEAU = """\
training: {epochs: 6, batches_per_epoch: 2}
schedules:
  run:
    optimizer: {type: SGD, lr: 1.0}
    scheduler: {type: ReduceLROnPlateau, patience: 1}
    metrics: {loss: {csv: loss.csv, column: loss}}
"""


def test_a_metric_that_changed_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(PLATEAU)
    (tmp_path / "loss.csv").write_text("loss\n" + "1\n" * 6)
    assert run_lock("spec.yaml").status == 0
    (tmp_path / "loss.csv").write_text("loss\n6\n5\n4\n3\n2\n1\n")
    told = flat(run_lock("spec.yaml", check=True).text)
    assert told.count("Since then the metric loss has changed. [") == 1


def test_each_schedule_keeps_its_own_tolerance(spec):
    assert run_lock("spec.yaml", "cycle", tolerance=0.05).status == 0
    assert run_lock("spec.yaml").status == 0
    kept = {name: each.tolerance for name, each in lock_of_spec("spec.yaml").schedules.items()}
    assert kept == {"warm": 1e-9, "steps": 1e-9, "cycle": 0.05}


def test_two_processes_that_lock_at_once_lose_nothing(spec, monkeypatch):
    """The other one writes after this one has read the lock and while it simulates."""
    text = spec.read_text()
    spec.write_text(text.replace("gamma: 0.8", "gamma: 0.7").replace("T_max: 900", "T_max: 800"))
    simulate_first = lock_command.simulate_spec

    def simulate_spec(*arguments):
        monkeypatch.setattr(lock_command, "simulate_spec", simulate_first)
        assert run_lock("spec.yaml", "steps").status == 0
        return simulate_first(*arguments)

    monkeypatch.setattr(lock_command, "simulate_spec", simulate_spec)
    assert run_lock("spec.yaml", "warm").status == 0
    assert run_lock("spec.yaml", check=True).status == 0


def test_the_loop_of_a_users_module_is_locked(spec):
    plan = load_file(spec).plans["cycle"]
    trace = replace(simulate(plan), code_loop="lightning")
    kept = lock_schedule(plan, trace, 1e-9)
    text = lock_text(Lock({"cycle": kept}))
    assert '    loop: "lightning"\n' in text
    assert lock_of(InputText("a", text)).schedules["cycle"].loop == "lightning"
    assert "the training loop (from lightning to torch) has changed" in causes(
        plan, simulate(plan), kept
    )


def test_a_version_that_changed_is_named(spec):
    text = lock_path(spec).read_text()
    torch = re.search(r'torch: "([^"]+)"', text)[1]
    assert "            0: 0.1 " in text
    text = text.replace(f'torch: "{torch}"', 'torch: "1.0.0"')
    lock_path(spec).write_text(text.replace("            0: 0.1 ", "            0: 0.2 "))
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
    """Round as another processor, or another release of its mathematics, would."""
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
    checked = check_locked(loaded, plans, traces, kept)
    assert (checked.findings, checked.matched) == ((), 3)


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
    assert (printed.status, "B is A times 2 at" in printed.text) == (1, True)
    assert run_compare("spec.lrplan.lock", "spec.lrplan.lock").status == 0


IRREGULAR = """\
training: {steps: 5000}
schedules:
  s:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "abs(sin(step*12.9898)*43758.5453) %% 1%s"}
"""


def test_compare_decides_by_the_digests_of_a_lock(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = tmp_path / "spec.yaml"
    spec.write_text(IRREGULAR % "")
    assert run_lock("spec.yaml").status == 0
    same = run_compare("spec.lrplan.lock", "spec.yaml")
    assert same.status == 0
    assert "have the same lr, momentum and weight decay at every step." in flat(same.text)
    # Blocks are 20 steps long, and steps 3000 and 3020 have their values in the lock.
    spec.write_text(IRREGULAR % " if step != 3001 else 0.123")
    told = "lr: by the digests of the lock they differ in steps 3000 to 3019."
    for operands in (("spec.lrplan.lock", "spec.yaml"), ("spec.yaml", "spec.lrplan.lock")):
        printed = run_compare(*operands)
        assert (printed.status, told in flat(printed.text)) == (1, True)
    # A larger tolerance allows more than the digests do, and they say nothing.
    larger = run_compare("spec.lrplan.lock", "spec.yaml", tolerance=0.5)
    assert larger.status == 0
    assert "same lr at the 250 steps compared" in flat(larger.text)
    spec.write_text(IRREGULAR % " if step != 3001 and step != 4000 else 0.123")
    both = flat(run_compare("spec.lrplan.lock", "spec.yaml").text)
    assert "at step 4000 they differ by" in both
    assert "they differ in steps 3000 to 3019 and in steps 4000 to 4019" in both


NOISE = """
training: {steps: 3000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "abs(sin(step * step)) + 0.01"}
"""
DIP = NOISE.replace("sin(step * step)) +", "sin(step * step)) * (0.9 if step == 80 else 1) +")
SPIKE = NOISE.replace("sin(step * step)) +", "sin(step * step)) * (2 if step == 80 else 1) +")


@pytest.mark.parametrize(
    ("other", "status", "text"),
    [
        (NOISE, 0, "A and B have the same lr, momentum and weight decay at every step."),
        (DIP, 1, "lr: by the digests of the lock they differ in steps 72 to 83."),
        (SPIKE, 1, "lr: they differ between the steps compared: their peak is 0.10099999864 in A,"),
    ],
    ids=["same", "dip", "spike"],
)
def test_two_locks_are_compared_by_digests_and_figures(tmp_path, monkeypatch, other, status, text):
    """Step 80 is inside of a block, whose first value both locks have."""
    monkeypatch.chdir(tmp_path)
    for name, spec in (("a", NOISE), ("b", other)):
        (tmp_path / f"{name}.yaml").write_text(spec)
        run_lock(f"{name}.yaml")
    printed = run_compare("a.lrplan.lock", "b.lrplan.lock")
    assert printed.status == status
    assert text in flat(printed.text)


def test_compare_allows_what_a_lock_allows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC)
    assert run_lock("spec.yaml", tolerance=1e-3).status == 0
    printed = run_compare("spec.yaml", "spec.lrplan.lock")
    assert printed.status == 0
    assert (
        "Differences of up to 0.1% of the peak are ignored: B was locked with this tolerance."
    ) in flat(printed.text)


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
                assert pin.curve == other.pins[field][group].curve


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
        ("tolerance:", "tolerances:", 5, "there is no `tolerance` here"),
        ("tolerance: 1e-09", "tolerance: 1e-12", None, "this should be from 1e-11 to below 1"),
        ("format: 2", "format: 3", 3, "its format is 3, not 1 or 2"),
        ("peak_step: 0", "peak_step: zero", None, "this should be a number, not a string"),
        ("            0: 0.1 ", "            0: 0.1x ", None, "should be a step and numbers"),
        ("            0: 0.1 ", "            1: 0.1 ", None, "must ascend from 0 to below 10"),
        ("            0: 0.1 ", "            -1: 0.1 ", None, "`-1` is not a step"),
        ("            0: 0.1 ", "            0: .inf ", None, "is not the start of a piece and"),
        ("every: 100", "every: 1001", None, "this should be from 1 to 1,000"),
        ("times: 10", "times: -10", None, "this should be above 0"),
        ("like: ", "like: x", None, "there is no group `x"),
        ("schedules:", "<<<<<<< ours\nschedules:", 4, "the marks of a merge conflict"),
    ],
    ids=[
        "key",
        "tolerance",
        "format",
        "number",
        "piece",
        "start",
        "step",
        "infinite",
        "every",
        "times",
        "like",
        "conflict",
    ],
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
    versions = lock_schedule(borrowed, simulate(plan), 1e-9).versions
    assert list(versions) == ["lrplan", "numpy", "torch"]
    assert versions["numpy"] == np.__version__
