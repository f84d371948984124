"""Pictures and reports of ``lrplan audit``, and run folders that hold their plan."""

import json
import shutil
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from lrplan.auditing.audit_log import audit_log
from lrplan.auditing.picture import view_of_audit
from lrplan.cli import app
from lrplan.commands.cached_simulator import cached_simulator
from lrplan.importers.plan_source import load_source
from lrplan.logs.formats import read_log
from lrplan.request import DEFAULT_REQUEST
from tests.support.log_files import LOGS

SPEC = """\
training: {epochs: 4, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 40, interval: step}
"""
LIGHTNING = """\
training: {epochs: 4, batches_per_epoch: 10, accumulate: 2, loop: lightning}
schedules:
  run:
    optimizer: {type: SGD, lr: PEAK}
    scheduler: {type: CosineAnnealingLR, T_max: 20st, interval: step}
"""


def lrplan(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(SPEC)
    return path


def rates(plan):
    """The planned rates, by torch itself."""
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
    values = []
    for _ in range(40):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return values


def write(path, values):
    path.write_text("".join(f'{{"step": {n}, "lr": {v!r}}}\n' for n, v in enumerate(values)))
    return path


def view(log, plan):
    (spec,) = load_source(plan).select([])
    simulate = cached_simulator(DEFAULT_REQUEST)
    trace, log = simulate(spec), read_log(log)
    return view_of_audit(audit_log(log, spec, trace, simulate), log, trace)


def test_a_picture_shows_where_plan_and_log_part(tmp_path, plan):
    planned = rates(plan)
    seen = view(write(tmp_path / "log.jsonl", planned[:25] + planned[:15]), plan)
    line, dots = seen.panels[0].series
    assert (line.names, line.point_x, line.values.tolist()) == (("plan",), None, planned)
    assert (dots.names, dots.values.tolist()) == (("log",), planned[:25] + planned[:15])
    assert dots.hollow.tolist() == [False] * 25 + [True] * 15
    (flag,) = seen.flags
    assert (flag.step, flag.text) == (25, "schedule-restarted from update 25")
    assert [(note.text, note.tone) for note in seen.notes[:1]] == [
        ("at update 25 the schedule went on from its start; else the rates are as planned", "alarm")
    ]
    gaps = seen.panels[1].series[0].values
    assert gaps.tolist() == [0.0] * 25 + [planned[n] - planned[n + 25] for n in range(15)]


def test_a_picture_of_a_run_as_planned_has_no_differences(tmp_path, plan):
    seen = view(write(tmp_path / "log.jsonl", rates(plan)), plan)
    assert len(seen.panels) == 1
    assert seen.flags == ()


def test_a_run_that_went_on_is_drawn_to_its_end(tmp_path, plan):
    planned = rates(plan)
    seen = view(write(tmp_path / "log.jsonl", [*planned, 0.0, 0.0, 0.0]), plan)
    assert seen.x_axis.end == 43
    assert seen.panels[0].series[1].hollow.tolist() == [False] * 40 + [True] * 3


def test_pictures_are_written_whole_and_over_no_input(tmp_path, plan):
    log = write(tmp_path / "log.jsonl", rates(plan))
    for name in ("a.png", "a.svg"):
        result = lrplan("audit", log, "--plan", plan, "-o", tmp_path / name)
        assert result.exit_code == 0, result.stderr
        assert (tmp_path / name).stat().st_size > 5_000
    link = tmp_path / "b.png"
    link.symlink_to(log)
    for target in (link, tmp_path / "c.txt"):
        result = lrplan("audit", log, "--plan", plan, "-o", target)
        assert result.exit_code == 2
    assert log.read_text().startswith('{"step": 0')


CAUSES = {
    "as-planned": (lambda planned: planned, None, None),
    "differs": (lambda planned: [each / 2 for each in planned], "logged-rates-differ", "error"),
    "unexplained": (
        lambda planned: [each + 0.01 * (n % 3) for n, each in enumerate(planned)],
        "logged-rates-differ",
        "error",
    ),
    # A pitfall that has a rule bears its name.
    "explained": (
        lambda planned: planned[:20] + planned[19:29] + planned[28:-2],
        "amp-skipped-update",
        "note",
    ),
}


@pytest.mark.parametrize("verdict", CAUSES)
def test_reports_for_ci(tmp_path, plan, verdict):
    change, name, level = CAUSES[verdict]
    log = write(tmp_path / "log.jsonl", change(rates(plan)))
    status = 0 if verdict in ("as-planned", "explained") else 1
    found = {each: lrplan("audit", log, "--plan", plan, "-f", each)
             for each in ("json", "github", "sarif", "junit")}  # fmt: skip
    assert {result.exit_code for result in found.values()} == {status}
    assert json.loads(found["json"].stdout)["verdict"] == verdict
    (run,) = json.loads(found["sarif"].stdout)["runs"]
    rules = run["tool"]["driver"]["rules"]
    results = [(rules[each["ruleIndex"]]["name"], each["level"]) for each in run["results"]]
    assert results == ([] if name is None else [(name, level)])
    command = {"error": "::error ", "note": "::notice ", None: ""}[level]
    assert found["github"].stdout.startswith(command)
    assert bool(found["github"].stdout) == bool(name)
    suite = ET.fromstring(found["junit"].stdout)
    assert suite.get("failures") == str(status)


def test_a_run_folder_needs_no_plan(tmp_path):
    run = tmp_path / "run"
    shutil.copytree(LOGS / "lightning", run)
    (run / "plan.yaml").write_text(LIGHTNING.replace("PEAK", "0.1"))
    result = lrplan("audit", run)
    assert result.exit_code == 0, result.stderr
    assert "as-planned: the run got the planned rates at all 20 logged steps" in result.stdout
    assert f"plan {run / 'plan.yaml'}" in " ".join(result.stderr.split())


def test_the_nearest_plan_above_the_log_is_taken(tmp_path):
    below = tmp_path / "run" / "version_0"
    shutil.copytree(LOGS / "lightning", below)
    (tmp_path / "run" / "plan.yaml").write_text(LIGHTNING.replace("PEAK", "0.2"))
    assert lrplan("audit", tmp_path / "run").exit_code == 1
    (below / "plan.yaml").write_text(LIGHTNING.replace("PEAK", "0.1"))
    assert lrplan("audit", tmp_path / "run").exit_code == 0


def test_a_config_in_a_run_folder_asks_for_what_it_lacks(tmp_path):
    (tmp_path / "args.yaml").write_text(
        "task: detect\nepochs: 2\nbatch: 16\nnbs: 64\noptimizer: SGD\nlr0: 0.01\nlrf: 0.01\n"
        "momentum: 0.937\nweight_decay: 0.0005\nwarmup_epochs: 0\nwarmup_momentum: 0.8\n"
        "warmup_bias_lr: 0.1\ncos_lr: false\nclose_mosaic: 10\n"
    )
    (tmp_path / "results.csv").write_text("epoch,time,lr/pg0,lr/pg1,lr/pg2\n1,1,0.01,0.01,0.01\n")
    result = lrplan("audit", tmp_path)
    assert result.exit_code == 2
    assert "missing-fact" in result.stderr
    assert "--set" in result.stderr


@pytest.mark.parametrize(
    "files",
    [{}, {"hparams.yaml": "lr: 0.1\nbatch_size: 3\n", "x.bin": "\x80\x04."}, {"b.yaml": "a: [1"}],
    ids=["none", "others", "broken"],
)
def test_a_run_folder_without_a_plan_has_its_log_described(tmp_path, files):
    result = lrplan("audit", a_run(tmp_path, files))
    assert result.exit_code == 0
    told = " ".join(result.stderr.split())
    assert "there is no spec and no config of a known family beside it" in told


def test_a_run_folder_with_two_plans_has_none(tmp_path):
    result = lrplan("audit", a_run(tmp_path, {"a.yaml": SPEC, "b.yaml": SPEC}))
    assert result.exit_code == 2
    assert "holds a.yaml and b.yaml: name the plan with --plan" in " ".join(result.stderr.split())


def a_run(tmp_path, files):
    run = tmp_path / "run"
    shutil.copytree(LOGS / "lightning", run)
    for name, text in files.items():
        (run / name).write_text(text)
    return run


@pytest.mark.parametrize("form", ["github", "sarif", "junit"])
def test_reports_and_pictures_need_a_plan(tmp_path, form):
    log = LOGS / "lightning" / "metrics.csv"
    result = lrplan("audit", log, "--format", form)
    assert result.exit_code == 2
    assert f"--format {form} reports what differs from a --plan" in result.stderr
    result = lrplan("audit", log, "-o", tmp_path / "audit.png")
    assert result.exit_code == 2
    assert "give --plan" in result.stderr
    assert not (tmp_path / "audit.png").exists()


def test_an_export_of_several_runs_is_no_log_of_one(tmp_path, plan):
    log = tmp_path / "wandb_export.csv"
    log.write_text('"Step","a - lr","a - lr__MIN","b - lr","b - lr__MIN"\n0,0.1,0.1,0.2,0.2\n')
    result = lrplan("audit", log, "--plan", plan)
    assert result.exit_code == 2
    assert "has the runs a and b: --map lr=COLUMN names a column of one" in " ".join(
        result.stderr.split()
    )
    assert lrplan("audit", log, "--plan", plan, "--map", "lr=a - lr").exit_code in (0, 1)
    assert lrplan("table", log).exit_code == 0


@pytest.mark.parametrize("command", ["validate", "lock"])
def test_a_log_where_a_spec_is_wanted_is_named(command):
    log = LOGS / "lightning" / "metrics.csv"
    result = lrplan(command, log)
    assert result.exit_code == 2
    said = " ".join((result.stdout + result.stderr).split())
    assert "this is a metrics.csv of Lightning, and no spec" in said
    assert "`lrplan audit FILE --plan SPEC`" in said


MMENGINE = """\
train_dataloader = dict(batch_size=2)
train_cfg = dict(by_epoch=True, max_epochs=3)
optim_wrapper = dict(optimizer=dict(type="SGD", lr=0.1))
param_scheduler = [dict(type="CosineAnnealingLR", T_max=30, by_epoch=False)]
"""
TIMM = """\
opt: sgd
momentum: 0.9
weight_decay: 0.0
sched: cosine
sched_on_updates: false
lr: 0.1
min_lr: 0.0
epochs: 4
warmup_epochs: 0
warmup_lr: 1.0e-05
cooldown_epochs: 0
batch_size: 8
grad_accum_steps: 1
"""


def test_the_folder_of_a_run_of_mmengine(tmp_path):
    shutil.copytree(LOGS / "mmengine" / "vis_data", tmp_path / "20240101" / "vis_data")
    (tmp_path / "20240101" / "vis_data" / "config.py").write_text(MMENGINE)
    (tmp_path / "config.py").write_text(MMENGINE.replace("0.1", "0.2"))
    result = lrplan("audit", tmp_path)
    assert result.exit_code == 2
    assert "missing-fact" in result.stderr
    result = lrplan("audit", tmp_path, "--set", "batches_per_epoch=10")
    assert result.exit_code == 0, result.stderr
    assert "as-planned: the run got the planned rates at all 6 logged steps" in result.stdout


def test_the_folder_of_a_run_of_timm(tmp_path):
    from math import cos, pi

    rows = [f"{epoch},1,1,1,1,{0.1 * (1 + cos(pi * epoch / 4)) / 2!r}" for epoch in range(4)]
    header = "epoch,train_loss,eval_loss,eval_top1,eval_top5,lr"
    (tmp_path / "args.yaml").write_text(TIMM)
    (tmp_path / "summary.csv").write_text("\n".join([header, *rows]))
    options = ("--set", "batches_per_epoch=5", "--set", "world_size=1")
    result = lrplan("audit", tmp_path, *options)
    assert result.exit_code == 0, result.stderr
    assert "as-planned: the run got the planned rates at all 4 logged steps" in result.stdout


def test_a_recording_beside_its_spec(tmp_path):
    import torch

    import lrplan as package

    with package.recording() as recorded:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.05)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
        for _ in range(40):
            optimizer.step()
            scheduler.step()
    recorded.save(tmp_path / "train.lrrec")
    (tmp_path / "plan.yaml").write_text(SPEC)
    result = lrplan("audit", tmp_path, "-o", tmp_path / "a.svg")
    assert result.exit_code == 1, result.stderr
    assert "differs: every rate is 0.5 times the planned one" in result.stdout
    assert (tmp_path / "a.svg").stat().st_size > 5_000
