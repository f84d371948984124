"""Findings about configs: in the words of the framework, and with edits of the user's own file."""

import json
import re
from dataclasses import fields

import pytest
from typer.testing import CliRunner

from lrplan.cache.key import key_of
from lrplan.cli import app
from lrplan.lint.runner import check_schedule
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.apply_edits import apply
from tests.support.for_all import for_all
from tests.support.foreign import read_config

HF = "per_device_train_batch_size: 4\nmax_steps: 100\n"
CLI = (
    "trainer: {{max_epochs: 4}}\n"
    "optimizer: {{class_path: torch.optim.AdamW, init_args: {{lr: 0.01}}}}\n"
    "lr_scheduler: {{class_path: torch.optim.lr_scheduler.{}, init_args: {{{}}}}}\n"
)
MMCV = "optimizer = dict(type='SGD', lr=0.1)\ntotal_epochs = 12\n"
TIMM = "opt: sgd\nsched: {}\nlr: 0.1\nepochs: 20\n"
STEP_LR = CLI.format("StepLR", "step_size: 3")
BATCHES = {"batches_per_epoch": 100}
FEW = {"batches_per_epoch": 7}
DATA = {"dataset_size": 10_000, "world_size": 2}
DS = {
    "zero_optimization": {},
    "optimizer": {"type": "AdamW", "params": {"lr": 3e-4}},
    "scheduler": {"type": "WarmupDecayLR", "params": {"total_num_steps": 100}},
}
# A config, its name and facts; the rule, and the fix in the words of the framework.
WORDS = [
    ("a share", (
        f"{HF}warmup_steps: 90\nlr_scheduler_type: cosine\n", "a.yaml", {},
        "warmup-never-finishes", "warmup_steps of 5%, a share of the run",
    )),
    ("no formula", (
        f"{HF}lr_scheduler_type: cosine_with_min_lr\nlr_scheduler_kwargs: {{min_lr: 1e-3}}\n",
        "a.yaml", {}, "grows-until-run-ends", "",
    )),
    ("DeepSpeed", (
        json.dumps(DS), "d.json", {"steps": 500}, "deepspeed-warmup-surprises",
        "warmup_max_lr: 0.0003",
    )),
    ("no horizon, no T_max", (
        "max_iters = 100\nlr_decay_iters = 5000\nwarmup_iters = 9\n", "a.py", {},
        "floor-not-reached", "",
    )),
    ("a cut in epochs", (
        TIMM.format("multistep"), "a.yaml", DATA, "horizon-in-steps-stepped-per-epoch",
        "sched_on_updates: true",
    )),
    ("timm's epochs", (
        f"{TIMM.format('cosine')}warmup_epochs: 25\n", "a.yaml", DATA,
        "timm-warmup-prefix-and-cycle-length",
        "warmup_prefix: true, with the warm-up taken off epochs",
    )),
    ("no shares", (
        f"{MMCV}lr_config = dict(policy='step', step=[20])\n", "c.py", FEW,
        "milestones-beyond-run", "",
    )),
    ("a length", (
        CLI.format("StepLR", "step_size: 30"), "a.yaml", BATCHES, "milestones-beyond-run",
        "a shorter lr_scheduler.init_args.step_size",
    )),
    ("no steps", (
        CLI.format("LinearLR", "total_iters: 300"), "a.yaml", BATCHES,
        "lightning-interval-defaults-to-epoch",
        "a `configure_optimizers` of your own that returns `interval: step`",
    )),
]  # fmt: skip
OF_SPECS = re.compile(
    r"\d(ep|st|ba)\b|\d%\]|training\.|horizon|min\(1|lr_lambda|t_initial|batchs|`interval` is"
)


def found_in(text, name, facts):
    spec, problems = read_config(text, name, **facts)
    assert problems == []
    plan = spec.plans["run"]
    return check_schedule(plan, simulate(plan, Request()))


@for_all(WORDS)
def test_a_finding_speaks_of_the_users_own_file(text, name, facts, rule, fix):
    """And of nothing that only a spec can say."""
    findings = found_in(text, name, facts)
    assert fix in [each.fix for each in findings if each.name == rule]
    told = [word for each in findings for word in (each.message, each.fix)]
    assert [each for each in told if OF_SPECS.search(each)] == []


def test_mmengine_counts_by_epoch():
    pytest.importorskip("mmengine", reason="mmengine is missing")
    text = (
        "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))\n"
        "train_cfg = dict(type='IterBasedTrainLoop', max_iters=200)\n"
        "param_scheduler = dict(type='LinearLR', by_epoch=False, end=500)\n"
    )
    (finding,) = found_in(text, "c.py", {})
    assert "end 500 counts batches, and the run has 200 batches" in finding.message
    assert finding.fix == "an end within the run, in the unit that `by_epoch` says"


AXOLOTL = (
    "base_model: x\nmicro_batch_size: 1\nlearning_rate: 1e-4\nmax_steps: 9\nwarmup_steps: 0\n"
    "cosine_min_lr_ratio: 0.1\nlr_scheduler: linear\n"
)
CONSTANT = {
    "per_device_train_batch_size": 4,
    "max_steps": 9,
    "lr_scheduler_type": "constant",
    "warmup_ratio": 0.1,
}
UNREAD = [
    ("a ratio", (f"{HF}lr_scheduler_type: constant\nwarmup_ratio: 0.1\n", "a.yaml")),
    ("two warm-ups", (f"{HF}warmup_steps: 10\nwarmup_ratio: 0.1  # both\nseed: 1\n", "a.yaml")),
    ("options", (f"{HF}lr_scheduler_type: constant\nlr_scheduler_kwargs: {{a: 1}}\n", "a.yaml")),
    ("a floor", (AXOLOTL, "a.yaml")),
    ("in JSON", (json.dumps(CONSTANT), "a.json")),
    ("first in JSON", (json.dumps(dict(reversed(CONSTANT.items())), indent=2), "a.json")),
]  # fmt: skip


@for_all(UNREAD)
def test_a_key_that_is_not_read_goes_without_changing_the_run(text, name):
    """And in JSON the rest is JSON still."""
    spec, _ = read_config(text, name)
    (finding,) = spec.origin.findings
    fixed = apply(text, finding.edits)
    again, problems = read_config(fixed, name)
    assert (problems, again.origin.findings) == ([], ())
    assert key_of(again.plans["run"], Request()) == key_of(spec.plans["run"], Request())
    if name.endswith("json"):
        json.loads(fixed)


MISSPELT = [
    ("a letter", (f"{HF}warmup_step: 10\n", "warmup_step", f"{HF}warmup_steps: 10\n")),
    ("two letters", (
        f"{HF}lr_schedular_type: cosine  # half\n", "lr_schedular_type",
        f"{HF}lr_scheduler_type: cosine  # half\n",
    )),
    ("inside", (
        STEP_LR.replace("epochs: 4", "epochs: 4, max_stesp: 9"), "trainer.max_stesp",
        STEP_LR.replace("epochs: 4", "epochs: 4, max_steps: 9"),
    )),
]  # fmt: skip


@for_all(MISSPELT)
def test_a_misspelt_key_is_renamed(text, path, right):
    facts = {} if text.startswith(HF) else BATCHES
    spec, problems = read_config(text, **facts)
    (finding,) = [*problems, *spec.origin.findings]
    assert (finding.name, finding.path) == ("misleading-config-key", path)
    fixed, _ = read_config(apply(text, finding.edits), **facts)
    expected, _ = read_config(right, **facts)
    assert fixed.origin.findings == ()
    assert key_of(fixed.plans["run"], Request()) == key_of(expected.plans["run"], Request())


LEFT = [
    ("a key beside the right one", (f"{HF}warmup_steps: 5\nwarmup_step: 10\n", {})),
    ("a short key", (
        "lr0: 0.1\nlrf: 0.1\noptimizer: SGD\nnms: false\n",
        {"version": "8.3.0", "dataset_size": 9000},
    )),
    ("a key of exports", (
        "lr0: 0.1\nlrf: 0.1\noptimize: false\n",
        {"version": "8.3.0", "dataset_size": 9000, "optimizer": "SGD"},
    )),
    ("another word", (f"{HF}eval_steps: 5\nper_device_eval_batch_size: 4\nsave_steps: 1\n", {})),
]  # fmt: skip


@for_all(LEFT)
def test_what_may_be_another_key_is_left_alone(text, facts):
    spec, _ = read_config(text, **facts)
    assert spec.origin.findings == ()


def test_no_argument_of_the_trainer_is_taken_for_a_misspelling():
    transformers = pytest.importorskip("transformers", reason="transformers is missing")
    for each in fields(transformers.Seq2SeqTrainingArguments):
        spec, _ = read_config(f"max_steps: 9\n{each.name}: 1\n", family="transformers")
        told = [finding.message for finding in spec.origin.findings]
        assert [text for text in told if "misspelling" in text] == []


def test_a_file_is_mended_in_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "args.yaml"
    path.write_bytes(f"{HF}lr_schedular_type: cosine  # half\n".replace("\n", "\r\n").encode())

    def run(*arguments):
        return CliRunner().invoke(app, ["validate", "args.yaml", *arguments])

    assert "+lr_scheduler_type: cosine" in run("--diff").stdout
    assert run("--fix").exit_code == 0
    assert path.read_bytes().endswith(b"lr_scheduler_type: cosine  # half\r\n")
    assert run().exit_code == 0


def test_a_python_file_is_not_edited(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("max_iters = 10\neval_interval = 5\ndecay_lr = False\nmin_lr = 1e-5\n")
    done = CliRunner().invoke(app, ["validate", str(path), "--format", "json"])
    assert [each["edits"] for each in json.loads(done.stdout)] == [[]]


def test_what_another_file_says_is_not_edited(tmp_path):
    (tmp_path / "base.yaml").write_text("SOLVER: {WARMUP_ITER: 9}\n")
    path = tmp_path / "own.yaml"
    path.write_text("_BASE_: base.yaml\nSOLVER:\n  MAX_ITER: 90\n  STEPS: (50,)\n")
    done = CliRunner().invoke(app, ["validate", str(path), "--format", "json"])
    (found,) = (each for each in json.loads(done.stdout) if "WARMUP_ITER" in each["message"])
    assert found["edits"] == []
