"""``lrplan validate`` as CI sees it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.finding import Severity, spec_problem
from lrplan.lint.registry import all_rules
from lrplan.lint.selection import Selection
from lrplan.text_position import START

CLIMBS = """\
training: {epochs: 100, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 80}
"""
FINE = CLIMBS.replace("80", "100")
KEYS = ["rule", "name", "severity", "file", "schedule", "path", "line", "column", "message", "fix"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, text=None):
    return CliRunner().invoke(app, ["validate", *map(str, arguments)], input=text)


def found(*arguments, text=None):
    result = run(*arguments, "--format", "json", text=text)
    assert result.exit_code in (0, 1, 2), result.output
    return [each["name"] for each in json.loads(result.stdout) if each["severity"] != "info"]


def write(name, text):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_clean_spec_is_status_0():
    assert run(write("spec.yaml", FINE)).exit_code == 0


def test_a_finding_is_status_1_and_stands_at_its_argument():
    result = run(write("spec.yaml", CLIMBS))
    assert result.exit_code == 1
    assert "spec.yaml:5:49: error: " in result.stdout
    assert "[cosine-past-t-max-rises]" in result.stdout
    assert result.stderr == ""


def test_json_is_what_the_contract_says():
    result = run(write("spec.yaml", CLIMBS), "-f", "json")
    (finding,) = (each for each in json.loads(result.stdout) if each["severity"] == "error")
    assert set(KEYS) <= set(finding)
    assert finding["rule"] == "LRP301"
    assert (finding["file"], finding["schedule"]) == ("spec.yaml", "run")
    assert finding["path"] == "schedules.run.scheduler.T_max"
    assert (finding["line"], finding["column"]) == (5, 49)
    assert finding["fix"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (CLIMBS.replace("T_max: 80", "T_max: 100, verbose: true"), "verbose-argument-removed"),
        (CLIMBS.replace("T_max", "T_maxx"), "unknown-key"),
        ("schedules: [", "yaml-syntax"),
        ("\0", "unreadable-file"),
    ],
)
def test_a_spec_that_cannot_be_used_is_status_2_with_findings(text, name):
    path = write("spec.yaml", text)
    assert run(path).exit_code == 2
    assert name in found(path)


def test_sound_schedules_are_checked_beside_a_broken_one():
    text = CLIMBS + "  broken: {optimizer: {type: SDG}}\n"
    assert set(found(write("spec.yaml", text))) == {"cosine-past-t-max-rises", "unknown-name"}


def test_what_torch_refuses_is_a_finding_and_status_2():
    text = CLIMBS.replace("SGD", "Adagrad").replace(
        "{type: CosineAnnealingLR, T_max: 80}", "{type: CyclicLR, base_lr: 0.01, max_lr: 0.1}"
    )
    result = run(write("spec.yaml", text), "-f", "concise")
    assert result.exit_code == 2
    assert "cannot-build" in result.stdout


NOTED = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: MultiStepLR, milestones: [10, 20, 30]}
"""
"""A spec with an info and nothing else."""


def test_fail_on_moves_the_bar():
    path = write("spec.yaml", NOTED)
    assert run(path).exit_code == 0
    assert run(path, "--fail-on", "info").exit_code == 1


@pytest.mark.parametrize("rule", ["cosine-past-t-max-rises", "LRP301", "LRP3"])
def test_select_and_ignore_take_names_codes_and_prefixes(rule):
    path = write("spec.yaml", CLIMBS)
    assert found(path, "--select", rule) == ["cosine-past-t-max-rises"]
    assert found(path, "--ignore", rule) == []
    assert found(path, "--select", rule, "--ignore", "LRP") == ["cosine-past-t-max-rises"]


def test_a_rule_that_does_not_exist_is_wrong_usage():
    result = run(write("spec.yaml", CLIMBS), "--ignore", "cosine-past-tmax-rises")
    assert result.exit_code == 2
    assert "did you mean `cosine-past-t-max-rises`?" in result.stderr


@pytest.mark.parametrize(
    "silenced",
    [
        CLIMBS.replace("T_max: 80}", "T_max: 80} # lrplan: ignore[cosine-past-t-max-rises] meant"),
        CLIMBS + "    ignore: [cosine-past-t-max-rises]\n",
        CLIMBS + "    ignore: [LRP301]\n",
        CLIMBS + "ignore: [cosine-past-t-max-rises]\n",
    ],
    ids=["comment", "schedule", "code", "file"],
)
def test_a_spec_silences_a_rule(silenced):
    path = write("spec.yaml", silenced)
    assert found(path) == []
    assert "unused-ignore" not in run(path).stdout


def test_an_ignore_on_another_line_or_schedule_silences_nothing():
    text = CLIMBS.replace("run:", "run: # lrplan: ignore[cosine-past-t-max-rises]")
    result = run(write("spec.yaml", text))
    assert result.exit_code == 1
    assert "3:8: info: `cosine-past-t-max-rises` is ignored here but finds nothing" in result.stdout


def test_an_ignore_of_no_rule_is_a_warning():
    result = run(write("spec.yaml", FINE + "ignore: [cosine-past]\n"), "-f", "concise")
    assert result.exit_code == 1
    assert "there is no rule `cosine-past`" in result.stdout


def test_pyproject_says_what_a_project_wants():
    path = write("spec.yaml", CLIMBS)
    write("pyproject.toml", '[tool.lrplan]\nignore = ["LRP301"]\n')
    assert found(path) == []
    path = write("spec.yaml", NOTED)
    write("pyproject.toml", '[tool.lrplan]\nfail-on = "info"\nselect = ["LRP304"]\n')
    assert run(path).exit_code == 1
    assert found(path) == []


def test_it_says_what_the_settings_left_out():
    path = write("spec.yaml", CLIMBS)
    settings = write("pyproject.toml", '[tool.lrplan]\nignore = ["LRP301"]\n')
    result = run(path)
    assert result.exit_code == 0
    assert result.stderr == f"[tool.lrplan] in {settings.resolve()} left out 1 finding\n"
    assert run(path, "-q").stderr == ""
    assert run(path, "--ignore", "LRP301").stderr == "", "the command line says the same"
    write("pyproject.toml", '[tool.lrplan]\nignore = ["LRP1"]\n')
    assert run(path).stderr == ""


def test_what_the_command_line_selects_beats_what_the_settings_ignore():
    path = write("spec.yaml", CLIMBS)
    write("pyproject.toml", '[tool.lrplan]\nignore = ["LRP301"]\n')
    for rule in ("LRP301", "cosine-past-t-max-rises"):
        assert found(path, "--select", rule) == ["cosine-past-t-max-rises"]
        assert run(path, "--select", rule).stderr == ""
    # A shorter prefix too, and all: what is asked for now replaces both keys of the settings.
    for rules in ("LRP3", "LRP", "ALL"):
        assert found(path, "--select", rules) == ["cosine-past-t-max-rises"]
        assert run(path, "--select", rules).stderr == ""
    write("pyproject.toml", '[tool.lrplan]\nselect = ["LRP1"]\nignore = ["LRP3"]\n')
    assert found(path, "--select", "LRP3") == ["cosine-past-t-max-rises"]
    # An --ignore is of the command line too, and there the longer prefix wins.
    assert found(path, "--select", "LRP3", "--ignore", "LRP301") == []
    assert found(path, "--ignore", "LRP1") == []


def test_it_says_that_the_settings_let_a_command_pass():
    warning = replace(
        spec_problem("bad-value", "", place=START, file="s.yaml"), severity=Severity.WARNING
    )
    lenient = Selection((), (), Severity.ERROR, "pyproject.toml", Selection())
    told = "[tool.lrplan] in pyproject.toml let the rest pass (fail-on: error)"
    assert lenient.settings_note([warning]) == told
    assert lenient.settings_note([]) == ""
    assert lenient.settings_note([replace(warning, severity=Severity.ERROR)]) == ""
    asked = Selection((), (), Severity.ERROR, "pyproject.toml", Selection(fail_on=Severity.ERROR))
    assert asked.settings_note([warning]) == ""


def test_settings_are_those_of_the_repository(monkeypatch):
    write("pyproject.toml", '[tool.lrplan]\nignore = ["LRP301"]\n')
    path = write("project/configs/spec.yaml", CLIMBS).resolve()
    monkeypatch.chdir(path.parent)
    assert found(path) == []
    (path.parent.parent / ".git").write_text("gitdir: elsewhere")
    assert found(path) == ["cosine-past-t-max-rises"]
    (path.parent.parent / "pyproject.toml").write_text('[tool.lrplan]\nignore = ["LRP301"]\n')
    assert found(path) == [], "that of the root itself holds"


@pytest.mark.skipif(os.name == "nt", reason="Windows tells no owner here")
@pytest.mark.parametrize("whose", ["everybody", "a stranger"])
def test_no_stranger_decides_in_a_folder_below(monkeypatch, whose):
    settings = write("shared/pyproject.toml", '[tool.lrplan]\nignore = ["LRP301"]\n').resolve()
    path = write("shared/mine/spec.yaml", CLIMBS).resolve()
    monkeypatch.chdir(path.parent)
    assert found(path) == []
    if whose == "everybody":
        settings.parent.chmod(0o777)
    else:
        owner = type(path).stat

        def stat(self, **options):
            status = owner(self, **options)
            if self != settings.parent:
                return status
            return os.stat_result((*status[:4], status.st_uid + 1, *status[5:]))

        monkeypatch.setattr(type(path), "stat", stat)
    assert found(path) == ["cosine-past-t-max-rises"]
    monkeypatch.chdir(settings.parent)
    assert found(path) == [], "who stands in the folder has chosen it"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("trust = true", "no setting `trust`"),
        ('select = "LRP3"', "`select` must be a list"),
        ('fail-on = "fatal"', "`fail-on` must be error, warning or info"),
        ('ignore = ["nothing"]', "there is no rule `nothing`"),
        ("= 3", "cannot read"),
    ],
)
def test_a_mistake_in_pyproject_is_told(table, said):
    write("pyproject.toml", f"[tool.lrplan]\n{table}\n")
    result = run(write("spec.yaml", FINE))
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_folders_and_patterns_are_searched_for_specs():
    write("a/one.yaml", CLIMBS)
    write("a/b/two.yml", FINE)
    write("a/other.yaml", "name: no spec\n")
    write("a/.hidden/three.yaml", CLIMBS)
    assert found("a") == ["cosine-past-t-max-rises"]
    assert found("a/**/*.yml") == []
    assert found("a", "a/one.yaml") == ["cosine-past-t-max-rises"]
    assert run("a/b/none.yaml").exit_code == 2
    assert run(write("empty/readme.md", "").parent).exit_code == 2


def test_standard_input_is_a_spec():
    assert found("-", text=CLIMBS) == ["cosine-past-t-max-rises"]


def test_static_runs_without_torch(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "lrplan.simulate.engine_choice", None)
    path = write("spec.yaml", CLIMBS)
    assert found(path, "--static") == ["cosine-past-t-max-rises"]


def test_another_release_of_torch_is_checked_against():
    rule = all_rules()["sequential-legacy-initial-lr-clobber"]
    path = write("spec.yaml", rule.bad[0])
    assert rule.name not in found(path)
    assert rule.name in found(path, "--torch", "1.12")
    assert run(path, "--torch", "newest").exit_code == 2


def test_a_report_can_go_to_a_file():
    result = run(write("spec.yaml", CLIMBS), "-f", "sarif", "-o", "report.sarif")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert json.loads(Path("report.sarif").read_text("utf-8"))["version"] == "2.1.0"


def test_statistics_count_by_rule():
    result = run(write("spec.yaml", CLIMBS), "--statistics")
    assert any(
        line.split() == ["1", "error", "LRP301", "cosine-past-t-max-rises"]
        for line in result.stdout.splitlines()
    )


def test_a_finding_has_no_edits_where_an_alias_shares_what_they_would_change(tmp_path):
    shared = """\
training: {epochs: 100, steps_per_epoch: 10}
schedules:
  first:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: &cosine {type: CosineAnnealingLR, T_max: 80}
  second:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: *cosine
"""
    (tmp_path / "shared.yaml").write_text(shared)
    (tmp_path / "single.yaml").write_text(CLIMBS)
    edits = {}
    for name in ("shared.yaml", "single.yaml"):
        findings = json.loads(run(name, "--format", "json").stdout)
        edits[name] = [each["edits"] for each in findings]
    assert edits["shared.yaml"] == [[], []]
    assert edits["single.yaml"] == [[{"path": "schedules.run.scheduler.T_max", "new": "100"}]]


@pytest.mark.parametrize(
    ("lock", "name", "message", "file"),
    [
        (None, "unreadable-file", "there is no b.lrplan.lock, the lock of this spec", "b.yaml"),
        ("", "bad-value", "this lock is damaged: it is empty", "b.lrplan.lock"),
        ("~", "yaml-syntax", "the lock is empty", "b.lrplan.lock"),
        ("[" * 300, "over-budget", "the lock is nested more than 100", "b.lrplan.lock"),
        ("format: 2\nschedules: 5", "bad-value", "damaged: this should be a map", "b.lrplan.lock"),
        ("\0", "unreadable-file", "", "b.lrplan.lock"),
    ],
    ids=["missing", "empty", "null", "deep", "wrong", "binary"],
)
def test_a_lock_that_cannot_be_used_is_an_error_of_its_spec(lock, name, message, file):
    paths = write("a.yaml", CLIMBS), write("b.yaml", FINE)
    CliRunner().invoke(app, ["lock", "a.yaml"])
    if lock is not None:
        write("b.lrplan.lock", lock)
    result = run(*paths, "--locked", "--format", "json")
    assert result.exit_code == 2
    findings = [each for each in json.loads(result.stdout) if each["severity"] != "info"]
    assert [each["name"] for each in findings] == ["cosine-past-t-max-rises", name]
    assert findings[1]["file"] == file
    assert message in findings[1]["message"]
    # The text shows the line of the lock.
    if name == "bad-value" and lock:
        assert "2 | schedules: 5" in run(*paths, "--locked").stdout


def test_standard_input_has_no_lock():
    result = run("-", "--locked", text=FINE)
    assert result.exit_code == 2
    assert "a spec from standard input has no place for a lock" in result.stderr


SHARED = """\
training: {batches_per_epoch: 143, accumulate: 4, epochs: 5}
schedules:
  a: {optimizer: {type: SGD, lr: 0.1}, scheduler: {type: StepLR, step_size: 2}}
  b: {optimizer: {type: SGD, lr: 0.1}, scheduler: {type: StepLR, step_size: 2}}
  c: {optimizer: {type: SGD, lr: 0.1}, scheduler: {type: StepLR, step_size: 2}}
  d: &d {optimizer: {type: SGD, lr: 0.1}, scheduler: {type: StepLR, step_size: 200}}
  e: *d
"""


def test_what_is_found_in_a_shared_place_is_told_once():
    path = write("spec.yaml", SHARED)
    once = (
        "the lr never changes (in d, e)",
        "the lr never changes",
        "its gradient is 75% of theirs (in a, b, c and 2 more schedules)".replace("%", "{}"),
        "its gradient is 75",
    )
    for form, percent in (("text", "%"), ("concise", "%"), ("github", "%25")):
        told = run(path, "--format", form).stdout
        assert [told.count(each.format(percent)) for each in once] == [1] * 4, form
    assert "1 warning, 1 info in 5 schedules" in run(path).stdout
    # Programs get one for each schedule.
    listed = json.loads(run(path, "--format", "json").stdout)
    assert [each["schedule"] for each in listed] == ["a", "b", "c", "d", "e", "d", "e"]
