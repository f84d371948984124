"""``--resume-with``: the process that resumes has another plan, as in a loop written by hand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torchs
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.errors import LrplanError
from lrplan.resume import parse_resume_options
from lrplan.simulate.resuming.resume import resume
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.resume.by_hand import BREAK, EPOCHS, PER_EPOCH, held, loaded, train
from tests.resume.kinds import KINDS

AT = BREAK * PER_EPOCH


def sgd(*rates, **options):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates]
    return torch.optim.SGD(groups, lr=rates[0], **options)


def by_hand(old, new, parts, epochs=EPOCHS):
    """The rates of a run that another program resumes: ``old`` and ``new`` make its objects."""
    optimizer, scheduler = old()
    rows = train(optimizer, scheduler, 0, BREAK)
    states = dict(zip(("optimizer", "scheduler"), loaded(optimizer, scheduler), strict=True))
    optimizer, scheduler = new()
    for part in parts:
        {"optimizer": optimizer, "scheduler": scheduler}[part].load_state_dict(states[part])
    return np.array(rows + train(optimizer, scheduler, BREAK, epochs))


def plan(scheduler, *rates, optimizer="SGD", epochs=EPOCHS, names="abc", **more):
    schedule = {
        "training": {"epochs": epochs},
        "optimizer": {
            "type": optimizer,
            "groups": {name: {"lr": rate} for name, rate in zip(names, rates, strict=False)},
        },
        **({"scheduler": scheduler} if scheduler else {}),
        **more,
    }
    root = {"training": {"steps_per_epoch": PER_EPOCH}, "schedules": {"s": schedule}}
    return load(InputText("spec.yaml", json.dumps(root)), Path()).plans["s"]


def table(trace):
    return np.column_stack([trace.lr[group] for group in trace.groups])


EDITS = {
    "milestones": (
        ("MultiStepLR", {"milestones": [3, 8]}, (0.1,)),
        ("MultiStepLR", {"milestones": [3, 12, 15]}, (0.1,)),
    ),
    "T_max": (
        ("CosineAnnealingLR", {"T_max": 20}, (0.1, 0.01)),
        ("CosineAnnealingLR", {"T_max": 40}, (0.1, 0.01)),
    ),
    "base lr": (
        ("CosineAnnealingLR", {"T_max": 20}, (0.1, 0.01)),
        ("CosineAnnealingLR", {"T_max": 20}, (0.05, 0.02)),
    ),
    "another class": (
        ("StepLR", {"step_size": 3}, (0.1,)),
        ("CosineAnnealingLR", {"T_max": 20}, (0.1,)),
    ),
    "another class, back": (
        ("CosineAnnealingLR", {"T_max": 20}, (0.1,)),
        ("StepLR", {"step_size": 3}, (0.1,)),
    ),
}
PARTS = [("optimizer", "scheduler"), ("scheduler",), ("optimizer",), ()]


@pytest.mark.parametrize("edit", EDITS)
def test_every_usual_edit_with_every_state(edit):
    (old_type, old, old_rates), (new_type, new, new_rates) = EDITS[edit]

    def make(kind, arguments, rates):
        optimizer = sgd(*rates)
        return optimizer, getattr(torchs, kind)(optimizer, **arguments)

    plans = (
        plan({"type": old_type, **old}, *old_rates),
        plan({"type": new_type, **new}, *new_rates, epochs=30),
    )
    for parts in PARTS:
        wanted = by_hand(
            lambda: make(old_type, old, old_rates),
            lambda: make(new_type, new, new_rates),
            parts,
            epochs=30,
        )
        asked = resume(*plans, parse_resume_options(f"{BREAK}ep", parts or ("none",)))
        assert np.array_equal(table(asked.trace), wanted), parts
        optimizer, scheduler = make(new_type, new, new_rates)
        planned = np.array(train(optimizer, scheduler, 0, 30))[AT:]
        assert np.array_equal(table(asked.unbroken)[AT:], planned), "the new plan, never stopped"
        assert np.array_equal(table(asked.unbroken)[:AT], wanted[:AT])


def test_what_a_state_overwrites_is_told():
    old = plan({"type": "MultiStepLR", "milestones": [3, 8]}, 0.1, 0.01)
    new = plan({"type": "MultiStepLR", "milestones": [3, 12]}, 0.1, 0.02)
    found = resume(old, new, parse_resume_options("5ep")).changes
    results = [(each.holder, each.name, each.saved, each.wanted) for each in found]
    assert results == [
        ("optimizer", "lr", 0.01, 0.02),
        ("scheduler", "milestones", [3, 8], [3, 12]),
    ]
    assert resume(old, old, parse_resume_options("5ep")).changes == ()
    # What only one of both plans gives is the default in the other; tuples and lists are the same.
    old = plan({"type": "CosineAnnealingLR", "T_max": 20, "eta_min": 0.01}, 0.1, optimizer="Adam")
    new = plan({"type": "CosineAnnealingLR", "T_max": 20}, 0.1, optimizer="Adam")
    new = replace(
        new, optimizer=replace(new.optimizer, arguments={"betas": [0.9, 0.999], "lr": 0.3})
    )
    (change,) = resume(old, new, parse_resume_options("5ep")).changes
    assert (change.name, change.saved, change.wanted) == ("eta_min", 0.01, 0)


def test_no_state_keeps_a_function():
    old = plan({"type": "LambdaLR", "lr_lambda": "1 - step / total"}, 0.1)
    new = plan({"type": "LambdaLR", "lr_lambda": "1 - step / total"}, 0.1, epochs=40)
    asked = resume(old, new, parse_resume_options("5ep"))
    assert asked.changes == ()

    def make(epochs):
        optimizer = sgd(0.1)
        return optimizer, torchs.LambdaLR(optimizer, lambda step: 1 - step / epochs)

    wanted = by_hand(lambda: make(20), lambda: make(40), ("optimizer", "scheduler"), epochs=40)
    assert np.array_equal(table(asked.trace), wanted)


def test_groups_belong_together_by_name_and_states_by_order():
    cosine = {"type": "CosineAnnealingLR", "T_max": 20}
    old, renamed = plan(cosine, 0.1, 0.01), plan(cosine, 0.1, 0.01, names="xy")
    turned = plan(cosine, 0.01, 0.1, names="ba")
    options = parse_resume_options("5ep")
    whole = resume(old, old, options).trace
    asked = resume(old, renamed, options)
    assert asked.identical
    assert asked.trace.groups == ("x", "y")
    assert np.array_equal(asked.trace.lr["x"], whole.lr["a"])
    asked = resume(old, turned, options)
    assert np.array_equal(asked.unbroken.lr["a"], whole.lr["a"])
    # torch puts what `a` had into the first group, which is `b` now.
    assert np.array_equal(asked.trace.lr["b"][AT:], whole.lr["a"][AT:])


def test_another_optimizer():
    cosine = {"type": "CosineAnnealingLR", "T_max": 20}
    adam, adamw, plain = (plan(cosine, 0.1, optimizer=each) for each in ("Adam", "AdamW", "SGD"))
    options = parse_resume_options("5ep")
    # Adam's groups have all that AdamW reads; their weight decay is not AdamW's default.
    asked = resume(adam, adamw, options)
    assert np.array_equal(asked.trace.lr["a"], asked.unbroken.lr["a"])
    assert [(each.name, each.saved, each.wanted) for each in asked.changes] == [
        ("weight_decay", 0, 0.01)
    ]
    with pytest.raises(LrplanError, match=r"AdamW cannot go on from it: .* without betas, eps"):
        resume(plain, adamw, options)
    fresh = resume(plain, adamw, parse_resume_options("5ep", ("scheduler",)))
    assert fresh.trace.failure is None


def test_metrics_go_on_where_they_were_left():
    losses = [1.0] * 20
    plateau = {"type": "ReduceLROnPlateau", "patience": 3, "factor": 0.5}
    old = plan(plateau, 0.1, metrics={"m": losses})
    new = plan({**plateau, "patience": 1}, 0.1, metrics={"m": [*losses[:8], 0.5, *losses[9:]]})
    optimizer = sgd(0.1)
    scheduler = torchs.ReduceLROnPlateau(optimizer, patience=3, factor=0.5)
    rows = []
    for epoch in range(EPOCHS):
        if epoch == BREAK:  # the state keeps patience 3
            state = loaded(optimizer, scheduler)
            optimizer = sgd(0.1)
            scheduler = torchs.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
            optimizer.load_state_dict(state[0])
            scheduler.load_state_dict(state[1])
        for _ in range(PER_EPOCH):
            rows.append(held(optimizer))
            optimizer.step()
        scheduler.step(0.5 if epoch == 8 else 1.0)
    asked = resume(old, new, parse_resume_options("5ep"))
    assert np.array_equal(table(asked.trace), np.array(rows))


_COSINE = {"type": "CosineAnnealingLR", "T_max": 20}
REFUSED = [
    (plan(_COSINE, 0.1, 0.2), (), "s has 1 parameter group, and the plan that resumes it has 2"),
    (plan([_COSINE] * 2, 0.1), (), "s has 1 scheduler, and the plan that resumes it 2 schedulers"),
    (plan(None, 0.1), ("optimizer", "last_epoch"), "resume without their states"),
    (
        plan(KINDS["SequentialLR"][1], 0.1),
        (),
        "cannot load the state that CosineAnnealingLR saved: there is no '_schedulers' in it",
    ),
    (plan(_COSINE, 0.1, epochs=5), (), "nothing is left to run of s"),
]


def test_what_cannot_be_is_refused():
    wrong = []
    for later, parts, message in REFUSED:
        with pytest.raises(LrplanError) as caught:
            resume(plan(_COSINE, 0.1), later, parse_resume_options("5ep", parts))
        if message not in str(caught.value):
            wrong.append((message, str(caught.value)))
    assert wrong == []
    fresh = resume(
        plan(_COSINE, 0.1), plan([_COSINE] * 2, 0.1), parse_resume_options("5ep", ("none",))
    )
    assert fresh.trace.failure is None


SPEC = """\
training: {epochs: 20, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: MultiStepLR, milestones: [10, 15]}
"""
OTHER = SPEC.replace("[10, 15]", "[10, 18]").replace("run:", "later:")
TWO = OTHER + OTHER.split("schedules:\n")[1].replace("later:", "last:").replace("18", "19")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("spec", SPEC), ("other", OTHER), ("two", TWO)):
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "same.yaml").write_text(TWO.replace("last:", "run:"))
    (tmp_path / "broken.yaml").write_text(OTHER.replace("lr: 0.1", "lr: fast"))
    return tmp_path


def run(*arguments):
    done = CliRunner().invoke(app, [*arguments])
    return done.exit_code, " ".join(done.stdout.split()), " ".join(done.stderr.split())


def test_validate_and_table_and_plot_tell_of_the_other_plan(folder):
    asked = ("spec.yaml", "--resume-at", "12ep", "--resume-with")
    status, out, _ = run("validate", *asked, "other.yaml")
    assert status == 1
    assert "the loaded state keeps milestones [10, 15], not [10, 18]: the lr at step 150" in out
    status, out, err = run("table", *asked, "two.yaml:last")
    assert (status, err) == (0, "")
    assert "planned by two.yaml:last from there on" in out
    assert "the loaded state keeps milestones [10, 15], not [10, 19]" in out
    status, out, _ = run("validate", *asked, "same.yaml")
    assert "not [10, 19]" in out, "the schedule of the same name"
    status, out, _ = run("table", *asked, "other.yaml", "--resume-training", "epochs=30")
    assert "x 30 epochs = 300 steps" in out
    assert "with training epochs=30 from there on" in out
    status, _, _ = run("plot", *asked, "other.yaml", "-o", "out.svg")
    assert status == 0
    assert (folder / "out.svg").stat().st_size > 1000


DECAY = """\
training: {steps: 500}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "FORMULA"}
"""
PAST_ITS_END = {
    "1 - step / 400": "and the run has 500 steps; the run resumes after that, at step 430",
    "(1 - step / 400) ** 0.9": "no real value at x = 401; the run resumes after that, at step 430",
    "1 / (step - 99.5)": "",  # negative only in steps that the resumed run does not have
}


def test_what_is_wrong_before_the_checkpoint_is_told_of_the_resumed_run_or_not_at_all(folder):
    (folder / "run.yaml").write_text(DECAY.replace("FORMULA", "max(0, 1 - step / 500)"))
    asked = ("run.yaml", "--resume-at", "430", "--resume-with", "late.yaml", "--no-cache")
    wrong = []
    for formula, told in PAST_ITS_END.items():
        (folder / "late.yaml").write_text(DECAY.replace("FORMULA", formula))
        _, out, _ = run("validate", *asked, "--select", "LRP306", "-f", "json")
        found = json.loads(out)
        if [each["message"].endswith(told) for each in found] != ([True] if told else []):
            wrong.append((formula, found))
    assert wrong == []


WRONG = [
    (
        ("--resume-with", "two.yaml"),
        "it has no schedule `run`, and 2 others; name one, as in two.yaml:later",
    ),
    (("--resume-with", "two.yaml:lats"), "two.yaml has no schedule `lats`; did you mean `last`?"),
    (("--resume-with", "-"), "--resume-with takes a file"),
    (("--resume-with", "nowhere.yaml"), "nowhere.yaml"),
    (("--resume-with", "broken.yaml"), "broken.yaml:4:32: error: `lr` must be a number"),
]


def test_wrong_usage(folder):
    wrong = []
    for arguments, message in WRONG:
        for command in ("table", "validate"):
            status, _, err = run(command, "spec.yaml", "--resume-at", "12ep", *arguments)
            if status != 2 or message not in err or "Traceback" in err:
                wrong.append((command, arguments, status, err))
    assert wrong == []
    status, _, err = run("table", "spec.yaml", "--resume-with", "other.yaml")
    assert status == 2
    assert "--resume-with needs --resume-at" in err


def test_no_output_may_replace_the_other_plan(folder):
    asked = ("spec.yaml", "--resume-at", "12ep", "--resume-with", "other.yaml")
    status, _, err = run("plot", *asked, "-o", "other.yaml")
    assert status == 2
    status, _, err = run("validate", *asked, "-o", "other.yaml", "-f", "json")
    assert status == 2, err
    assert (folder / "other.yaml").read_text() == OTHER
