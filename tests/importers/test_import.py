"""``lrplan import`` writes a spec whose curve is the config's, with the source of each value."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import lrplan
from lrplan.cli import app
from lrplan.errors import UsageError
from lrplan.importers.families import FAMILIES
from lrplan.importers.import_config import import_config
from lrplan.importers.recognition import foreign_config
from lrplan.importers.write_spec import spec_text
from lrplan.specfile.file_kinds import KEYED_FORMATS
from lrplan.specfile.load import load
from lrplan.specfile.settings import parse_settings
from lrplan.text_position import InputText
from tests.support.config_checks import REFERENCES
from tests.support.for_all import for_all
from tests.support.foreign import TOLERANCE, curves_of, read_config

DATA = {"dataset_size": 1000, "world_size": 2}
DEEPSPEED = {
    "optimizer": {"type": "AdamW", "params": {"lr": 1e-3, "betas": [0.9, 0.95]}},
    "scheduler": {
        "type": "OneCycle",
        "params": {"cycle_min_lr": 1e-4, "cycle_max_lr": 1e-3, "cycle_first_step_size": 9},
    },
}
RELEASE = {"version": "8.3.0"}
CLI = """
trainer: {max_epochs: 4}
optimizer: {class_path: torch.optim.Adam, init_args: {lr: 0.1}}
lr_scheduler: {class_path: torch.optim.lr_scheduler.StepLR, init_args: {step_size: 2}}
"""
MMCV = """
optimizer = dict(type='SGD', lr=0.02)
lr_config = dict(policy='step', step=[2, 3], warmup='linear', warmup_iters=8, warmup_ratio=0.1)
total_epochs = 4
"""
CONFIGS = [
    ("transformers", ("per_device_train_batch_size: 4\nwarmup_steps: 5\n", "a.yaml", DATA)),
    ("trl", ("use_peft: true\nlearning_rate: 1e-5\n", "a.yaml", DATA)),
    ("llamafactory", ("stage: sft\ntemplate: x\nloraplus_lr_ratio: 4\n", "a.yaml", DATA)),
    ("axolotl", ("base_model: x\nmicro_batch_size: 2\nlearning_rate: 1e-4\n", "a.yaml", DATA)),
    ("deepspeed", (json.dumps(DEEPSPEED), "ds.json", {"steps": 40})),
    ("ultralytics", ("lr0: 0.01\nlrf: 0.1\n", "a.yaml", {"dataset_size": 90, "nc": 3, **RELEASE})),
    ("detectron2", ("SOLVER: {MAX_ITER: 90, STEPS: [50], WARMUP_ITERS: 9}\n", "a.yaml", {})),
    ("lightning-cli", (CLI, "a.yaml", {"batches_per_epoch": 5})),
    ("mmcv", (MMCV, "a.py", {"batches_per_epoch": 5})),
    ("nanogpt", ("max_iters = 90\nlr_decay_iters = 80\nwarmup_iters = 9\n", "a.py", {})),
]


def imported(text, name, facts):
    settings = parse_settings([f"{key}={value}" for key, value in facts.items()])
    config, family = foreign_config(InputText(name, text))
    return spec_text(import_config(config, family, Path(), settings))


@for_all(CONFIGS)
def test_the_spec_has_the_curves_of_the_config(text, name, facts):
    """Every field of every group, exactly."""
    own = load(InputText("plan.yaml", imported(text, name, facts)), Path())
    of_config, problems = read_config(text, name, **facts)
    assert problems == []
    expected = curves_of(of_config.plans["run"])
    for key, values in curves_of(own.plans["run"]).items():
        assert np.array_equal(values, expected.pop(key)), key
    assert expected == {}


def test_each_value_has_its_source():
    text = "per_device_train_batch_size: 4\nlearning_rate: 1e-4\nmax_steps: 50\n"
    lines = imported(text, "sft.yaml", {"weight_decay": 0.1}).splitlines()
    assert lines[0].startswith("# From sft.yaml, by lrplan ")
    assert lines[1].startswith("# Read as transformers 5.24 reads it, which fills in: ")
    assert "    training: {steps: 50, loop: transformers}  # max_steps in sft.yaml:3" in lines
    assert "      lr: 0.0001                            # learning_rate in sft.yaml:2" in lines
    assert "      weight_decay: 0.1                     # --set weight_decay" in lines


def test_what_is_not_known_stands_commented_out_with_the_question():
    text = imported("per_device_train_batch_size: 4\n", "a.yaml", {})
    assert "      # dataset_size: 1                     # samples in the training data?\n" in text
    assert "    # scheduler: its lengths depend on `dataset_size` and `world_size`\n" in text


def test_the_command_replaces_nothing_unless_it_is_told_to(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("per_device_train_batch_size: 4\nmax_steps: 9\n")

    def run(*arguments):
        return CliRunner().invoke(app, ["import", *arguments], catch_exceptions=False)

    assert run("a.yaml", "-o", "plan.yaml").exit_code == 0
    assert run("plan.yaml").exit_code == 2
    again = run("a.yaml", "-o", "plan.yaml")
    assert (again.exit_code, "plan.yaml is there already" in again.output) == (2, True)
    assert run("a.yaml", "-o", "plan.yaml", "--force").exit_code == 0
    assert run("a.yaml", "-o", "a.yaml", "--force").exit_code == 2  # an input
    assert run("recipe:llama1").exit_code == 2
    assert CliRunner().invoke(app, ["plot", "plan.yaml"]).exit_code == 0


def test_sources_names_what_is_there_and_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("per_device_train_batch_size: 4\n")
    Path("b.json").write_text("{}")
    done = CliRunner().invoke(app, ["sources", ".", "--format", "json", "-q"])
    (found,) = json.loads(done.stdout)
    assert (found["file"], found["family"]) == ("a.yaml", "transformers")
    assert found["lacks"] == ["dataset_size", "world_size"]
    listed = CliRunner().invoke(app, ["sources"]).stdout
    assert [name for name in FAMILIES if f"\n{name} " not in listed] == []


def test_the_curves_of_each_family_are_compared():
    checks = json.loads(Path("docs/config_checks.json").read_text("utf-8"))
    assert list(checks) == list(FAMILIES) == list(REFERENCES)
    assert all(each["difference"] < TOLERANCE for each in checks.values())
    for family, reference in REFERENCES.items():
        for test in reference.tests:
            module, name = test.split(":")
            text = Path(f"tests/importers/{module}.py").read_text("utf-8")
            assert f"def {name}(" in text, family


def test_a_family_has_one_title():
    titles = {each.family: each.name for each in KEYED_FORMATS if each.family}
    assert titles == {each.name: each.title for each in FAMILIES.values() if each.name in titles}
    assert set(titles) <= set(FAMILIES)


def test_compare_takes_a_config_beside_its_spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("ds.json").write_text(json.dumps(DEEPSPEED))
    Path("plan.yaml").write_text(imported(json.dumps(DEEPSPEED), "ds.json", {"steps": 40}))
    done = CliRunner().invoke(app, ["compare", "ds.json", "plan.yaml", "--set", "steps=40"])
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(app, ["compare", "ds.json", "plan.yaml", "--set", "stepz=40"])
    assert (done.exit_code, "stepz" in done.output) == (2, True)


def test_the_python_interface_takes_a_config(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("per_device_train_batch_size: 4\n")
    plan = lrplan.load(path, settings={"dataset_size": 100, "world_size": 1, "version": "5.20"})
    assert plan["run"].steps == 75
    assert lrplan.check(plan["run"]) == []
    with pytest.raises(UsageError, match="no family"):
        lrplan.load(path, family="axolot")


def test_what_is_misleading_is_told_also_where_a_fact_is_missing():
    text = "per_device_train_batch_size: 4\nlr_scheduler_type: constant\nwarmup_ratio: 0.1\n"
    _, problems = read_config(text)
    assert [each.name for each in problems] == ["missing-fact", "misleading-config-key"]


def test_a_config_imports_its_own_family_only():
    """All of them take longer to import than a config takes to be read."""
    lines = (
        "import sys",
        "from lrplan.importers.plan_source import read_source",
        "from lrplan.text_position import InputText",
        "from pathlib import Path",
        "read_source(InputText('a.yaml', 'SOLVER: {MAX_ITER: 90}'), Path())",
        "print(*(f'lrplan.importers.{each}' in sys.modules for each in ('detectron2', 'timm')))",
    )
    words = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_families_bear_the_names_that_they_are_found_by():
    assert [each.name for each in FAMILIES.values()] == list(FAMILIES)
    assert FAMILIES.get("none") is None
    assert "none" not in FAMILIES


def test_a_picture_is_called_after_the_config_that_it_shows(tmp_path, monkeypatch):
    # The second one has the same content: its curves come from the cache, its title does not.
    monkeypatch.setenv("LRPLAN_NO_CACHE", "")
    monkeypatch.setenv("LRPLAN_CACHE_DIR", str(tmp_path / "cache"))
    text, _, facts = dict(CONFIGS)["transformers"]
    settings = [word for key, value in facts.items() for word in ("--set", f"{key}={value}")]
    for folder in ("41", "42"):
        config = tmp_path / folder / "args.yaml"
        config.parent.mkdir()
        config.write_text(text)
        picture = config.with_suffix(".svg")
        result = CliRunner().invoke(app, ["plot", str(config), "-o", str(picture), *settings])
        assert result.exit_code == 0, result.stderr
        assert f"<title>{folder}/args.yaml</title>" in picture.read_text("utf-8")
