"""Findings of ``validate`` come from the cache while nothing that decides them has changed."""

import hashlib
import json
import struct

import pytest
from typer.testing import CliRunner

from lrplan.cache import findings_cache
from lrplan.cache.file_format import MAGIC, pack
from lrplan.cache.findings_cache import CachedFindings, open_findings
from lrplan.cli import app
from lrplan.finding import Finding, Severity
from lrplan.request import NO_SOURCE_OPTIONS, Request, SourceOptions
from lrplan.text_position import InputText

SPEC = """\
training: {epochs: 4, steps_per_epoch: 5}
schedules:
  a:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 2}
  b:
    optimizer: {type: AdamW, lr: -0.0}
    scheduler: {type: CosineAnnealingLR, T_max: 3}
"""
SOURCE = InputText("spec.yaml", SPEC)
FOUND = (
    Finding(rule="LRP101", name="some-rule", message="so \udcff", file="spec.yaml"),
    Finding(
        rule="LRP102",
        name="other-rule",
        message="é",
        severity=Severity.INFO,
        fix="do",
        file="spec.yaml",
        schedule="a",
        path="schedules.a",
        line=3,
        column=4,
        end_line=5,
        end_column=6,
        step=7,
        detail=("one", "two"),
    ),
)


@pytest.fixture(autouse=True)
def spec(tmp_path, monkeypatch):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture
def judged(monkeypatch):
    """The names of the specs that were loaded and judged, not looked up."""
    from lrplan.commands.checking import lint_spec

    names, real = [], lint_spec.lint_spec

    def judge(source, *rest):
        names.append(source.name)
        return real(source, *rest)

    monkeypatch.setattr(lint_spec, "lint_spec", judge)
    return names


def validate(*words):
    return CliRunner().invoke(app, ["validate", "spec.yaml", *words])


@pytest.mark.parametrize("output", ["text", "json", "sarif", "junit", "github", "concise"])
def test_a_report_of_known_findings_is_the_same(output, judged):
    without = validate("-f", output, "--no-cache")
    first, again = validate("-f", output), validate("-f", output)
    assert judged == ["spec.yaml"] * 2
    assert again.exit_code == first.exit_code == without.exit_code == 1
    assert again.stdout_bytes == first.stdout_bytes == without.stdout_bytes


def test_options_that_only_select_and_print_need_no_new_judgement(judged):
    validate()
    assert validate("--ignore", "ALL").exit_code == 0
    assert "LRP" in validate("--statistics", "--select", "LRP").stdout
    assert judged == ["spec.yaml"]


# What decides findings, and what else a command may be asked: the second call judges again.
@pytest.mark.parametrize(
    "words",
    [
        ["--static"],
        ["--torch", "1.13"],
        ["--engine", "closed"],
        ["--step-optimizer"],
        ["--no-cache"],
        ["--trust"],
        ["--resume-at", "5st"],
    ],
    ids=" ".join,
)
def test_what_decides_findings_decides_the_key(words, judged):
    validate()
    validate(*words)
    assert judged == ["spec.yaml"] * 2


def test_a_changed_text_is_judged_anew(spec, judged):
    validate()
    spec.write_text(SPEC.replace("step_size: 2", "step_size: 3"))
    validate()
    spec.write_text(SPEC.replace("step_size: 2", "step_size: 2  # lrplan: ignore[no-such-rule]"))
    assert "no-such-rule" in validate().stdout
    assert judged == ["spec.yaml"] * 3


def test_a_changed_limit_is_seen(monkeypatch, judged):
    validate()
    monkeypatch.setenv("LRPLAN_MAX_STEPS", "3")
    assert validate().exit_code == 2
    assert judged == ["spec.yaml"] * 2


@pytest.mark.parametrize("changed", ["lrplan_fingerprint", "interpreter", "package_fingerprint"])
def test_changed_code_is_seen(changed, monkeypatch, judged):
    validate()
    monkeypatch.setattr(findings_cache, changed, lambda *_: "another")
    validate()
    assert judged == ["spec.yaml"] * 2


CONFIG = """\
learning_rate: 1.0e-4
lr_scheduler_type: constant
warmup_ratio: 0.1
per_device_train_batch_size: 4
"""


def test_a_config_is_looked_up_with_its_facts_and_tells_its_notes(spec, judged):
    spec.write_text(CONFIG)
    words = ("--set", "max_steps=9")
    first, again = validate(*words), validate(*words)
    assert judged == ["spec.yaml"]
    assert (again.stdout, again.stderr) == (first.stdout, first.stderr)
    assert "misleading-config-key" in first.stdout
    assert "spec.yaml: read as transformers 4.57 reads it" in first.stderr
    validate("--set", "max_steps=10")
    assert judged == ["spec.yaml"] * 2


def test_a_config_is_looked_up_with_what_the_project_says_of_it(spec, judged):
    spec.write_text(CONFIG)
    settings = spec.with_name("pyproject.toml")
    row = "[[tool.lrplan.files]]\nfiles = '*.yaml'\nset = {max_steps = %s}\n"
    settings.write_text(row % 9)
    assert validate().stdout == validate().stdout
    assert judged == ["spec.yaml"]
    settings.write_text(row % 10 + "ignore = ['misleading-config-key']\n")
    first, again = validate(), validate()
    assert judged == ["spec.yaml"] * 2
    assert "left out 1 finding" in first.stderr
    assert again.stderr == first.stderr


# Each names something that may change while the text stays, or cannot be used.
DEPENDENT = {
    "a file": SPEC + "    metrics: {loss: {csv: loss.csv, column: loss}}\n",
    "a file that is not there": SPEC + "    metrics: {loss: {csv: none.csv, column: loss}}\n",
    "another package": SPEC.replace(
        "CosineAnnealingLR, T_max: 3", "timm/CosineLRScheduler, t_initial: 3"
    ),
    "the user's code": SPEC.replace("CosineAnnealingLR, T_max: 3", "./mine.py:Mine"),
    "a problem": SPEC.replace("AdamW", "AdamX"),
    "no YAML": "schedules: [",
}


def test_what_depends_on_more_than_its_text_is_judged_each_time(spec, judged):
    spec.with_name("loss.csv").write_text("loss\n1\n2\n3\n4\n")
    wrong = []
    for name, text in DEPENDENT.items():
        spec.write_text(text)
        judged.clear()
        first, again = validate(), validate()
        if judged != ["spec.yaml"] * 2 or first.stdout != again.stdout:
            wrong.append((name, first.stdout))
    assert wrong == []


def test_a_spec_that_cannot_be_read_is_told_each_time(spec, judged):
    validate()
    spec.unlink()
    assert "no such file" in validate().stdout


def test_every_field_of_a_finding_comes_back():
    cache = open_findings(Request(), ())
    known = CachedFindings(FOUND, ("a", "b"), ("read as X",))
    cache.keep(SOURCE, known)
    assert cache.find(SOURCE) == known
    assert cache.find(SOURCE, SourceOptions(command_line_words=("validate",))) == known
    assert cache.find(SOURCE, SourceOptions(settings=("epochs=3",))) is None
    assert cache.find(InputText("other.yaml", SPEC)) is None
    assert open_findings(Request(trust=True), ()) is None
    assert open_findings(Request(device="cuda"), ()) is None
    assert open_findings(Request(cache=False), ()) is None


def forgeries(key):
    """Sealed files that no run has written."""
    whole = [None] * len(findings_cache.fields(Finding))
    yield "a short body", MAGIC + hashlib.sha256(b"\x08").digest() + b"\x08"
    body = struct.pack("<Q", 8) + b"\xff" * 8
    yield "no JSON", MAGIC + hashlib.sha256(body).digest() + body
    good = json.loads(json.dumps([findings_cache._values(each) for each in FOUND]))
    for name, header in {
        "nothing": {},
        "no list": {"findings": 3, "names": [], "notes": []},
        "too few values": {"findings": [good[0][:-1]], "names": [], "notes": []},
        "no values": {"findings": [whole], "names": [], "notes": []},
        "names that are none": {"findings": good, "names": [3], "notes": []},
        "no names": {"findings": good, "names": None, "notes": []},
        "notes that are none": {"findings": good, "names": [], "notes": [3]},
        **{
            f"value {index}": {
                "findings": [[*good[1][:index], {"a": 1}, *good[1][index + 1 :]]],
                "names": [],
                "notes": [],
            }
            for index in range(len(whole))
        },
    }.items():
        yield name, pack(key, header)


def test_a_file_that_makes_no_sense_is_a_miss_and_goes(place):
    cache = open_findings(Request(), ())
    key = cache._key(SOURCE, NO_SOURCE_OPTIONS)
    believed = []
    for name, data in forgeries(key):
        cache.store.write(key, data, ".findings")
        if cache.find(SOURCE) is not None or list(place.iterdir()):
            believed.append(name)
    assert believed == []


def test_info_and_clear_count_findings_too(place):
    validate()
    run = CliRunner().invoke
    assert "holds   2 curves and the findings of 1 spec, " in run(app, ["cache", "info"]).stdout
    assert "2 curves and the findings of 1 spec, " in run(app, ["cache", "clear"]).stderr
    assert not place.exists()
