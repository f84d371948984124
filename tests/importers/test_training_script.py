"""``lrplan import train.py``: the draft, and its curves beside those of the script itself."""

import json
import re
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.importers.training_script.import_script import import_script
from lrplan.importers.write_spec import spec_text
from lrplan.request import DEFAULT_REQUEST
from lrplan.simulate.engine_choice import simulate
from lrplan.source_code.reader import read_script
from lrplan.specfile.load import load
from lrplan.specfile.settings import parse_settings
from lrplan.text_position import InputText
from tests.importers.whole_scripts import WHOLE, usual


def draft(text, *settings, name="train.py"):
    """What a script amounts to."""
    reading = read_script(InputText(name, text), without_schedulers=True)
    assert reading.problems == ()
    return import_script(reading.source, reading.programs, parse_settings(settings))


def rates_of_script(text, monkeypatch):
    """Run a script; the learning rates of each optimizer's groups at each of its steps."""
    seen = {}

    def note(optimizer, _args, _kwargs):
        groups = [group["lr"] for group in optimizer.param_groups]
        seen.setdefault(id(optimizer), (optimizer, []))[1].append(groups)

    monkeypatch.setattr(sys, "argv", ["train.py"])
    hook = register_optimizer_step_pre_hook(note)
    module = type(sys)("a_script_of_a_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(text, "train.py", "exec"), module.__dict__ | {"__name__": "__main__"})
    finally:
        hook.remove()
    return [(optimizer, np.array(rows)) for optimizer, rows in seen.values()]


@pytest.mark.parametrize("name", WHOLE)
def test_the_plan_of_a_script_that_says_everything_has_its_curve(name, monkeypatch):
    imported = draft(WHOLE[name])
    assert imported.questions == {}
    plans = load(InputText("draft.yaml", spec_text(imported)), Path()).plans
    torch.manual_seed(0)
    runs = rates_of_script(WHOLE[name], monkeypatch)
    assert len(plans) == len(runs)
    by_type = sorted(plans.values(), key=lambda plan: plan.optimizer.groups[0].name)
    traces = [simulate(plan, replace(DEFAULT_REQUEST, engine="step")) for plan in by_type]
    if len(runs) > 1:
        # Schedules stand in the order of the script's optimizers, runs in that of their steps.
        traces.sort(key=lambda trace: trace.lr[trace.groups[0]][0])
        runs.sort(key=lambda run: run[1][0, 0])
    for trace, (_, rates) in zip(traces, runs, strict=True):
        computed = np.array([trace.lr[group] for group in trace.groups]).T
        assert computed.shape == rates.shape
        np.testing.assert_allclose(computed, rates, rtol=0, atol=0)


def asked(text, *settings):
    """The paths of what a script does not say."""
    return set(draft(text, *settings).questions)


RUN = "schedules.run"
UNKNOWN_LOADER = usual("StepLR(optimizer, 2)").replace("in loader", "in get_batches()")


@pytest.mark.parametrize(
    ("text", "open_values"),
    [
        (UNKNOWN_LOADER, {f"{RUN}.training.steps_per_epoch"}),
        (usual("StepLR(optimizer, gap)"), {f"{RUN}.scheduler.step_size"}),
        (usual("StepLR(optimizer, 2)", epochs="n"), {f"{RUN}.training.epochs"}),
        (usual("LambdaLR(optimizer, make())"), {f"{RUN}.scheduler.lr_lambda"}),
        (usual("StepLR(optimizer, 2, **options)"), {f"{RUN}.scheduler"}),
        (usual("StepLR(optimizer, 2, last_epoch=3)"), {f"{RUN}.scheduler"}),
        (usual("StepLR(optimizer, 2)", "torch.optim.SGD(model.parameters(), lr=rate)"),
         {f"{RUN}.optimizer.lr"}),
    ],
)  # fmt: skip
def test_what_is_not_known_is_asked_for(text, open_values):
    imported = draft(text)
    assert set(imported.questions) == open_values
    written = spec_text(imported)
    assert sum(line.lstrip().startswith("# ") and "?" in line for line in written.splitlines()) >= 1


@pytest.mark.parametrize(
    ("changed", "to", "reason"),
    [
        ("    scheduler.step()\n", "", "never stepped"),
        ("    for x, y", "    scheduler.step()\n    for x, y", "several places"),
        ("    scheduler.step()\n", "    if epoch > 3: scheduler.step()\n", "some epochs only"),
        ("    scheduler.step()\n", "    scheduler.step(epoch)\n", "given an epoch"),
        ("        optimizer.step()", "        if epoch: optimizer.step()", "some rounds"),
        ("        optimizer.step()", "        optimizer.step()\n        break", "end a loop early"),
        ("    scheduler.step()\n", "    optimizer.param_groups[0]['lr'] = 1\n", "by hand"),
        ("    scheduler.step()\n", "    scheduler.step()\nscheduler.step()\n", "several places"),
        ("for epoch", "scheduler.gamma = 0.5\nfor epoch", "`gamma` is set"),
        ("for epoch", "for g in optimizer.param_groups: g['initial_lr'] = 1\nfor epoch", "by hand"),
        ("for epoch", "optimizer.load_state_dict(saved)\nfor epoch", "a new run"),
        ("for epoch", "optimizer.add_param_group({'params': more})\nfor epoch", "left out"),
        ("model.parameters()", "groups_of(model)", "not known: the plan has one"),
        ("    scheduler.step()\n", "    if epoch % 2 == x: scheduler.step()\n", "some epochs only"),
        ("    scheduler.step()\n", "    if epoch % 2 == 0.5: scheduler.step()\n", "some epochs"),
        ("    scheduler.step()\n", "    scheduler.step()\n    optimizer = torch.optim.SGD(w)\n",
         "made in every round"),
        ("    scheduler.step()\n", "    scheduler.step()\n    scheduler = StepLR(optimizer, 1)\n",
         "made in its loop"),
    ],
)  # fmt: skip
def test_what_a_plan_cannot_have_is_told(changed, to, reason):
    text = usual("StepLR(optimizer, 2)")
    assert changed in text
    assert reason in " ".join(spec_text(draft(text.replace(changed, to))).split())


def test_a_scheduler_that_is_made_in_the_loop_is_asked_for():
    text = usual("StepLR(optimizer, 2)")
    made = "scheduler = StepLR(optimizer, 2)\n"
    inside = text.replace(made, "").replace("    for x", f"    {made}    for x")
    assert asked(inside) == {f"{RUN}.scheduler"}


def test_set_answers_a_question():
    assert asked(UNKNOWN_LOADER, "steps_per_epoch=5") == set()
    assert asked(usual("StepLR(optimizer, n)"), f"{RUN}.scheduler.step_size=3") == set()


def test_a_length_in_batches_of_a_loader_that_is_not_known_is_one_in_epochs():
    text = usual("OneCycleLR(optimizer, 1, epochs=6, steps_per_epoch=len(loader))", per_batch=True)
    text = text.replace("loader = DataLoader(data, batch_size=4)", "loader = get_loader()")
    imported = draft(text)
    assert set(imported.questions) == {f"{RUN}.training.steps_per_epoch"}
    assert "total_steps: 6ep" in spec_text(imported)


def test_the_main_way_is_that_of_a_new_run():
    loads = "if args.resume:\n    optimizer.load_state_dict(saved)\nfor epoch"
    text = usual("StepLR(optimizer, 2)").replace("for epoch", loads)
    assert "a new run" not in spec_text(draft(text))


def test_conditions_that_lead_to_other_schedules_are_told():
    text = usual("StepLR(optimizer, 2) if args.steps else ExponentialLR(optimizer, 0.9)")
    assert "`args.steps` is true" in " ".join(spec_text(draft(text)).split())


def test_defaults_of_a_lambda_are_those_where_it_was_defined():
    text = usual("LambdaLR(optimizer, [lambda e, f=f: f ** e for f in (0.9, 0.8)])")
    assert '["0.9 ** x", "0.8 ** x"]' in spec_text(draft(text))


@pytest.mark.parametrize(
    "function",
    [
        "lambda e: int(e / 3)",
        "lambda e: table[e]",
        "lambda e: scale(e)",
        "lambda *e: 1",
        "lambda e: e if e in (1, 2) else 0",
        "lambda e: max(e, key=abs)",
        "lambda e: " + " + ".join(["e * e"] * 200),
    ],
)
def test_a_function_that_a_spec_cannot_have_is_asked_for(function):
    assert asked(usual(f"LambdaLR(optimizer, {function})")) == {f"{RUN}.scheduler.lr_lambda"}


def test_a_function_that_doubles_is_no_expression():
    lines = ["def f(x):", "    a = x + x", *["    a = a + a"] * 60, "    return a"]
    made = usual("LambdaLR(optimizer, f)")
    text = made.replace("scheduler =", "\n".join([*lines, "scheduler ="]))
    assert asked(text) == {f"{RUN}.scheduler.lr_lambda"}


def test_a_break_of_another_loop_is_not_told():
    text = usual("StepLR(optimizer, 2)")
    other = "for p in model.parameters():\n    print(p)\n    break\n"
    assert "end a loop" not in spec_text(draft(text + other))


def test_a_notebook_has_the_lines_of_its_file():
    cells = [{"cell_type": "code", "source": usual("StepLR(optimizer, 2)").splitlines(True)}]
    text = json.dumps({"cells": cells}, indent=1)
    written = spec_text(draft(text, name="a.ipynb"))
    (line,) = [each for each in written.splitlines() if "step_size: 2" in each]
    number = int(line.rpartition(":")[2])
    assert "StepLR(optimizer, 2)" in text.splitlines()[number - 1]


def test_the_page_shows_what_is_written():
    page = (Path(__file__).parents[2] / "docs" / "source.md").read_text("utf-8")
    chapter = page.partition("## The plan of a script")[2]
    code, written = re.findall(r"```(?:python|yaml)\n(.*?)```", chapter, re.DOTALL)[:2]
    releases = re.compile(r"by lrplan \S+")
    assert releases.sub("", spec_text(draft(code))) == releases.sub("", written)


def lrplan_import(*words):
    """The exit status, standard output and standard error of ``lrplan import``."""
    done = CliRunner().invoke(app, ["import", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_writes_a_spec_that_can_be_plotted(tmp_path):
    script, spec = tmp_path / "train.py", tmp_path / "plan.yaml"
    script.write_text(usual("StepLR(optimizer, 2)"), "utf-8")
    status, _, notes = lrplan_import(script, "-o", spec)
    assert status == 0
    assert "next: lrplan plot" in notes
    assert load(InputText("plan.yaml", spec.read_text("utf-8")), tmp_path).plans
    assert lrplan_import(script, "-o", spec)[0] == 2


def test_a_script_without_a_step_and_one_that_is_not_python_are_refused(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("import torch\ndef f(optimizer):\n    return optimizer\n", "utf-8")
    status, written, error = lrplan_import(script)
    assert (status, written) == (2, "")
    assert "lrplan record" in error
    script.write_text("def f(:\n", "utf-8")
    status, written, error = lrplan_import(script)
    assert (status, written) == (2, "")
    assert "source-syntax" in error


def test_what_stands_open_is_counted_and_set_answers_it(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(UNKNOWN_LOADER, "utf-8")
    status, written, notes = lrplan_import(script)
    assert status == 0
    assert "# steps_per_epoch: ?" in written
    assert "1 value stands commented out" in notes
    assert "commented out" not in lrplan_import(script, "--set", "steps_per_epoch=9")[2]
    assert lrplan_import(script, "--set", "batchsize=9")[0] == 2


def test_a_value_that_no_plan_can_have_is_told(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(usual("StepLR(optimizer, 2.5)"), "utf-8")
    status, _, notes = lrplan_import(script, "-o", tmp_path / "plan.yaml")
    assert status == 0
    assert "the plan cannot be used as it is: line 10: `step_size`" in " ".join(notes.split())
    assert "next: mend it" in notes


@pytest.mark.parametrize(
    ("later", "known"),
    [("", True), ("warm = 3", True), ("warm = 5", False), ("warm += find()", False)],
)
def test_a_function_whose_name_gets_another_value_is_no_expression(later, known):
    """A function reads its names when it is called: ``warm`` is 3 at first, and 5 from then on."""
    make = "LambdaLR(optimizer, lambda step: min(1, (step + 1) / warm))"
    imported = draft(
        usual(make)
        .replace("for epoch", f"{later}\nfor epoch", 1)
        .replace("optimizer =", "warm = 3\noptimizer =", 1)
    )
    assert any("lambda step" in each for each in imported.questions.values()) is not known


GUESSED = """
import os, torch
epochs, lr, device = 9, 0.1, "cpu"
if torch.cuda.is_available():
    device = "cuda"
if os.environ.get("DEBUG"):
    epochs, lr = 1, 0.5
optimizer = torch.optim.SGD(model.to(device).parameters(), lr=lr)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
for epoch in range(epochs):
    for x, y in loader:
        optimizer.step()
    scheduler.step()
"""


def test_a_branch_that_decides_a_number_is_told_and_no_other(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(GUESSED, "utf-8")
    status, written, _ = lrplan_import(script)
    assert status == 0
    told = next(line for line in written.splitlines() if "values are not known" in line)
    assert told == '# Assumed, as their values are not known: `os.environ.get("DEBUG")` is true.'


TRAINER = """
import argparse
from transformers import Trainer, TrainingArguments

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=3e-4)
options = parser.parse_args()
args = TrainingArguments(
    "out", max_steps=200, learning_rate=options.lr, warmup_steps=20, lr_scheduler_type="cosine"
)
Trainer(model, args, train_dataset=data).train()
"""


def test_a_script_of_the_trainer_is_read_as_its_arguments(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(TRAINER, "utf-8")
    status, written, _ = lrplan_import(script)
    assert status == 0
    assert "lr: 0.0003" in written
    assert "learning_rate in train.py:9" in written
    assert "Options have their defaults, such as options.lr 0.0003." in written
    plan = load(InputText("plan.yaml", written), tmp_path).plans["run"]
    (rates,) = simulate(plan, DEFAULT_REQUEST).lr.values()
    assert rates.shape == (200,)
    assert rates[20] == pytest.approx(3e-4)


def test_arguments_of_the_trainer_that_are_not_known_are_told_or_refused(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(TRAINER.replace("options.lr", "find_lr()"), "utf-8")
    status, _, error = lrplan_import(script)
    assert status == 2
    assert "--set learning_rate=VALUE" in error
    assert lrplan_import(script, "--set", "learning_rate=0.1")[0] == 0
    script.write_text(TRAINER.replace('"out",', "**config,"), "utf-8")
    assert lrplan_import(script)[0] == 2
