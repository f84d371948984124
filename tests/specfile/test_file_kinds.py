"""Files of other tools are named, instead of being read as a spec with a hundred mistakes."""

import json
from pathlib import Path

import pytest

from lrplan.errors import LrplanError, SpecError
from lrplan.readers.json import read_json
from lrplan.specfile.file_kinds import KEYED_FORMATS, format_of_mapping, format_of_text
from lrplan.specfile.load import load, load_file
from lrplan.text_position import InputText

ROOT = Path(__file__).parents[2]

# Each is the beginning of a file as its tool documents or writes it.
FILES = {
    "a DeepSpeed config": """\
{"train_batch_size": 8, "gradient_accumulation_steps": 1,
 "optimizer": {"type": "Adam", "params": {"lr": 0.00015}},
 "scheduler": {"type": "WarmupLR", "params": {"warmup_num_steps": 1000}}}
""",
    "an args.yaml of Ultralytics YOLO": """\
task: detect
epochs: 100
lr0: 0.01
lrf: 0.01
warmup_epochs: 3.0
optimizer: auto
""",
    "an MMEngine config": """\
_base_ = ["../_base_/schedules/schedule_1x.py"]
optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", lr=0.02))
param_scheduler = [dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=500)]
""",
    "a config with TrainingArguments of transformers": """\
model_name_or_path: meta-llama/Llama-3
learning_rate: 1.0e-4
lr_scheduler_type: cosine
warmup_ratio: 0.1
""",
    "a trainer_state.json of transformers": """\
{"best_metric": null, "global_step": 500, "log_history": [{"learning_rate": 1e-5, "step": 10}]}
""",
    "a config of LightningCLI": """\
seed_everything: 42
trainer: {max_epochs: 10}
model: {class_path: m.Net}
optimizer: {class_path: torch.optim.Adam, init_args: {lr: 0.1}}
""",
    "a list of hyperparameters, as in Lightning's hparams.yaml": """\
batch_size: 64
lr: 0.02
hidden: [128, 256]
""",
    "a GitHub workflow": """\
name: CI
on: [push]
jobs: {test: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4}]}}
""",
    "a Hydra config": """\
defaults: [_self_, {optimizer: adam}]
optimizer: {lr: 0.1}
epochs: 3
""",
    "a package.json": """\
{"name": "site", "version": "1.0.0", "scripts": {"build": "vite"}, "dependencies": {}}
""",
    "a configuration of pre-commit": "repos: [{repo: local, hooks: []}]",
    "a TOML file": "title = 'x'\n[optimizer]\nname = 'AdamW'\n[[tool.x]]\na = 1\n",
    "a Python file": "import torch\n\n\ndef main():\n    pass\n",
    "an export of lrplan": json.dumps({"lrplan": "0.2", "schedules": [{"name": "a"}]}),
}


def told(text, name="file"):
    with pytest.raises(SpecError) as caught:
        load(InputText(name, text), Path())
    return [(each.name, each.line, each.message) for each in caught.value.findings]


def test_well_known_files_are_named_in_one_finding():
    wrong = []
    for name, text in FILES.items():
        message = f"this looks like {name}, not like a spec: `schedules` is missing"
        if told(text) != [("missing-key", 1, message)]:
            wrong.append((name, told(text)))
    assert wrong == []


def test_a_training_script_is_for_other_commands():
    with pytest.raises(SpecError) as caught:
        load(InputText("train.py", FILES["a Python file"]), Path())
    (finding,) = caught.value.findings
    assert "`lrplan validate SCRIPT`" in finding.fix
    assert "`lrplan record SCRIPT`" in finding.fix


def test_a_config_of_lightning_cli_needs_no_data():
    for text in (
        "trainer: {max_epochs: 10}\nmodel: {class_path: m.Net}\n",
        "trainer: {accelerator: gpu}\nmodel: {hidden: 3}\noptimizer: {lr: 0.1}\n",
        "# lightning.pytorch==2.5.0\nseed_everything: true\ntrainer: {logger: true}\n",
    ):
        assert "looks like a config of LightningCLI" in told(text)[0][2], text
    hydra = "trainer: {_target_: lightning.Trainer, max_epochs: 10}\nmodel: {_target_: m.Net}\n"
    assert "Hydra's `_target_`" in told(hydra)[0][2]


def test_every_row_can_be_reached():
    wrong = []
    for row in KEYED_FORMATS:
        for alternative in row.keys:
            document: dict = {}
            for path in alternative.split():
                inside = document
                for key in path.split("."):
                    inside = inside.setdefault(key, {})
            if format_of_mapping(document) != row.name:
                wrong.append((alternative, row.name, format_of_mapping(document)))
    assert wrong == []


SPECS_WITH_MISTAKES = [
    "training: {epochs: 3}\nschedule: {a: {optimizer: {type: SGD}}}\n",
    "optimizer: {type: SGD, lr: 0.1}\nscheduler: {type: StepLR, step_size: 3}\n",
    "- optimizer: {type: SGD}\n",
    "schedules:\n  a: {optimizer: [}\n",
    "schedules: [a]\n",
    "schedules: {a: {}}\nstages: 3\nlr: 1\nbatch_size: 2\n",
    "",
    "just words\n",
]


def test_a_config_of_nobody_known_is_one_problem():
    text = "network: [a]\ntask_name: train\nlr: 0.1\nlogger: wandb\n"
    ((name, _, message),) = told(text)
    assert name == "missing-key"
    keys = "`network`, `task_name`, `lr` and 1 more"
    assert message == f"this is no spec: none of its keys is one of a spec ({keys})"
    text = "model: {a: 1}\noptimizer: {name: adam}\nscheduler: {name: cosine}\nepochs: 9\nseed: 0\n"
    ((_, _, message),) = told(text)
    assert message == "this is no spec: it has keys that no spec has (`model`, `seed`)"


def test_a_spec_with_mistakes_is_a_spec():
    wrong = [text for text in SPECS_WITH_MISTAKES if "looks like" in str(told(text))]
    assert wrong == []


def test_no_spec_of_ours_looks_like_something_else():
    for path in (ROOT / "schedules.yaml", ROOT / "lrplan/templates/starter.yaml"):
        assert load_file(path).plans
        assert format_of_text(path.read_text()) == ""


def test_compare_names_what_it_is_handed(tmp_path):
    path = tmp_path / "ds_config.json"
    path.write_text(FILES["a DeepSpeed config"])
    with pytest.raises(LrplanError, match="export of lrplan: this looks like a DeepSpeed config"):
        read_json(path)


def test_a_script_is_sent_to_the_commands_that_take_one():
    with pytest.raises(SpecError) as caught:
        load(InputText("train.py", "import torch\n\n\ndef main():\n    pass\n"), Path())
    assert "`--as source`" in caught.value.findings[0].fix
    assert "lrplan record" in caught.value.findings[0].fix
