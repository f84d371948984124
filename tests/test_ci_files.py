"""The action and the hook: what they say, and what their scripts do, without a network."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from lrplan.render.report import REPORTS
from tests.timeouts import HANG

REPOSITORY = Path(__file__).parents[1]
SPEC = """\
training: {epochs: 3, steps_per_epoch: 4}
schedules:
  plain: {optimizer: {type: SGD, lr: 0.1}}
"""
BROKEN = SPEC.replace("SGD", "SDG")
BASH = shutil.which("bash")

needs_bash = pytest.mark.skipif(BASH is None, reason="the action's scripts are bash")

FAKE = """\
import json, os, sys
from pathlib import Path
name = Path(sys.argv[0]).name
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([name, *sys.argv[1:]]) + "\\n")
if sys.argv[1:3] == ["-m", "venv"]:
    folder = Path(sys.argv[3]) / "bin"
    folder.mkdir(parents=True)
    for tool in ("python", "lrplan"):
        (folder / tool).symlink_to(Path(sys.argv[0]).absolute())
if "--output" in sys.argv and os.environ.get("WRITES", "yes") == "yes":
    Path(sys.argv[sys.argv.index("--output") + 1]).write_text("{}")
sys.exit(int(os.environ.get("STATUS", "0")))
"""
"""Stands in for python and for lrplan: notes how it was called."""


def loaded(name):
    return yaml.safe_load((REPOSITORY / name).read_text("utf-8"))


ACTION = loaded("action.yml")
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
HOOKS = loaded(".pre-commit-hooks.yaml")


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A program that notes its calls, and the files a runner offers."""
    program = tmp_path / "fake"
    program.write_text(f"#!{sys.executable}\n{FAKE}")
    program.chmod(0o755)
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path / "temp dir"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_ACTION_PATH", str(REPOSITORY))
    (tmp_path / "temp dir").mkdir()
    return program


def script(step, environment, cwd):
    """Run a step's script as the runner does for ``shell: bash``."""
    file = cwd / "script.sh"
    file.write_text(STEPS[step]["run"])
    return subprocess.run(
        [BASH, "--noprofile", "--norc", "-eo", "pipefail", str(file)],
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=HANG,
    )


def calls(tmp_path):
    return [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]


def check(tmp_path, lrplan, **environment):
    given = {"LRPLAN": str(lrplan), "FILES": ".", "ARGS": "", "SARIF": "false"}
    given |= {"LOCKED": "false", "FOLDER": ".", **environment}
    return script("Check the schedules", given, tmp_path)


def test_the_action_is_composite_and_every_script_names_its_shell():
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS.values():
        assert ("run" in step) != ("uses" in step)
        assert ("shell" in step) == ("run" in step)
        assert "uses" not in step or re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", step["uses"])


def test_the_release_of_a_pinned_action_stands_beside_it():
    uses = re.findall(r"uses: .*", (REPOSITORY / "action.yml").read_text("utf-8"))
    assert len(uses) == 3
    assert all(re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line) for line in uses)


def test_inputs_have_a_description_and_a_default_and_are_used():
    text = (REPOSITORY / "action.yml").read_text("utf-8")
    used = set(re.findall(r"inputs\.([\w-]+)", text))
    inputs = {"files", "args", "python-version", "torch", "sarif"}
    inputs |= {"version", "working-directory", "locked"}
    assert used == set(ACTION["inputs"]) == inputs
    for each in ACTION["inputs"].values():
        assert each["description"]
        assert isinstance(each["default"], str)


def test_no_input_is_pasted_into_a_script():
    assert all("${{" not in step["run"] for step in STEPS.values() if "run" in step)


def test_what_a_step_reads_is_given_by_an_earlier_one():
    results = {}
    for step in STEPS.values():
        for source, output in re.findall(r"steps\.(\w+)\.outputs\.([\w-]+)", json.dumps(step)):
            assert output in results[source]
        if "id" in step:
            written = re.findall(r'echo "(\w+)=', step.get("run", ""))
            results[step["id"]] = written or ["python-path"]
    assert ACTION["outputs"]["sarif"]["value"] == "${{ steps.check.outputs.sarif }}"


@needs_bash
def test_scripts_are_valid_bash(tmp_path):
    for step in STEPS.values():
        if "run" in step:
            subprocess.run([BASH, "-n", "-c", step["run"]], check=True)


@needs_bash
def test_install_makes_an_environment_with_torch_and_this_repository(tmp_path, fake):
    given = {"PYTHON": str(fake), "TORCH": "torch==2.6.0", "VERSION": ""}
    done = script("Install lrplan", given, tmp_path)
    assert done.returncode == 0, done.stderr
    venv = tmp_path / "temp dir" / "lrplan"
    made, torch, own = calls(tmp_path)
    assert made == ["fake", "-m", "venv", str(venv)]
    assert torch[:4] == ["python", "-m", "pip", "install"]
    assert torch[-3:] == ["--index-url", "https://download.pytorch.org/whl/cpu", "torch==2.6.0"]
    assert own[-1] == str(REPOSITORY)
    output = (tmp_path / "output").read_text()
    assert output == f"lrplan={venv / 'bin' / 'lrplan'}\n"


@needs_bash
def test_a_release_of_lrplan_can_be_asked_for(tmp_path, fake):
    given = {"PYTHON": str(fake), "TORCH": "torch", "VERSION": "0.2.0"}
    assert script("Install lrplan", given, tmp_path).returncode == 0
    assert calls(tmp_path)[-1][-1] == "lrplan==0.2.0"


@needs_bash
def test_files_of_a_folder_are_named_from_the_root(tmp_path, fake):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "pyproject.toml").write_text("[tool.lrplan]\n")
    assert check(tmp_path, fake, FOLDER="sub/", FILES="a.yaml\n.", LOCKED="true").returncode == 0
    assert calls(tmp_path)[0][4:] == [
        "--locked", "--config", "sub/pyproject.toml", "--", "sub/a.yaml", "sub/.",
    ]  # fmt: skip


@needs_bash
def test_files_and_options_are_lines(tmp_path, fake):
    files = "a b.yaml\n  configs/**/*.yaml\n\n-odd.yaml\n$(touch pwned)"
    done = check(tmp_path, fake, FILES=files, ARGS="--fail-on=error\n--ignore=LRP1\n")
    assert done.returncode == 0, done.stderr
    (call,) = calls(tmp_path)
    assert call == [
        "fake", "validate", "--format", "github", "--fail-on=error", "--ignore=LRP1", "--",
        "a b.yaml", "configs/**/*.yaml", "-odd.yaml", "$(touch pwned)",
    ]  # fmt: skip
    assert not (tmp_path / "pwned").exists()
    assert not (tmp_path / "output").exists()


@needs_bash
@pytest.mark.parametrize("status", [0, 1, 2])
@pytest.mark.parametrize("sarif", ["true", "false"])
def test_the_status_is_that_of_lrplan(tmp_path, fake, status, sarif):
    assert check(tmp_path, fake, STATUS=str(status), SARIF=sarif).returncode == status


@needs_bash
def test_sarif_is_written_beside_the_annotations_and_announced(tmp_path, fake):
    assert check(tmp_path, fake, STATUS="1", SARIF="true", ARGS="--static").returncode == 1
    _, second = calls(tmp_path)
    report = tmp_path / "temp dir" / "lrplan.sarif"
    assert second == [
        "fake", "validate", "--static", "--format", "sarif", "--output", str(report), "--", ".",
    ]  # fmt: skip
    assert (tmp_path / "output").read_text() == f"sarif={report}\n"


@needs_bash
def test_no_sarif_file_is_announced_when_none_was_written(tmp_path, fake):
    assert check(tmp_path, fake, STATUS="2", SARIF="true", WRITES="no").returncode == 2
    assert not (tmp_path / "output").exists()


@needs_bash
@pytest.mark.parametrize(("spec", "status"), [(SPEC, 0), (BROKEN, 2)], ids=["fine", "broken"])
def test_the_check_runs_the_real_command(tmp_path, fake, spec, status):
    lrplan = tmp_path / "lrplan"
    lrplan.write_text(f"#!{sys.executable}\nfrom lrplan.__main__ import main\nmain()\n")
    lrplan.chmod(0o755)
    (tmp_path / "my spec.yaml").write_text(spec)
    done = check(tmp_path, lrplan, FILES="my spec.yaml", ARGS="--static", SARIF="true")
    assert done.returncode == status, done.stderr
    assert done.stdout.startswith("::error file=my spec.yaml,line=3,") == (status == 2)
    report = (tmp_path / "output").read_text().strip().removeprefix("sarif=")
    assert json.loads(Path(report).read_text("utf-8"))["version"] == "2.1.0"


def test_the_hook_runs_a_command_that_the_package_installs():
    specs, scripts, _ = HOOKS
    assert (specs["id"], specs["language"], specs["types"]) == ("lrplan", "python", ["yaml"])
    assert (scripts["id"], scripts["language"]) == ("lrplan-source", "system")
    program, command = specs["entry"].split()
    assert command == "validate"
    assert scripts["entry"] == f"{specs['entry']} --as source"
    assert program in {entry.name for entry in metadata.entry_points(group="console_scripts")}


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("schedules.yaml", True),
        ("configs/schedule.yml", True),
        ("vision-schedules.yaml", True),
        ("a/lr_schedules.yaml", True),
        ("a/big.schedules.yml", True),
        ("mkdocs.yml", False),
        ("reschedules.yaml", False),
        ("schedules.yaml.bak", False),
        ("schedules/other.yaml", False),
    ],
)
def test_the_hook_takes_schedules_only(path, taken):
    assert bool(re.search(HOOKS[0]["files"], path)) == taken


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pre-commit") is None, reason="pre-commit is not installed")
@pytest.mark.parametrize(("spec", "status"), [(SPEC, 0), (BROKEN, 1)], ids=["fine", "broken"])
def test_pre_commit_runs_the_hook(tmp_path, spec, status):
    # As a local hook of this environment: installing the package needs a network.
    hook = {**HOOKS[0], "language": "system", "entry": f"{sys.executable} -m {HOOKS[0]['entry']}"}
    config = {"repos": [{"repo": "local", "hooks": [hook]}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "schedules.yaml").write_text(spec)
    (tmp_path / "other.yaml").write_text("no: spec\n")
    for command in (["git", "init", "-q"], ["git", "add", "."]):
        subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run(
        ["pre-commit", "run", "--all-files", "--verbose"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "other.yaml" not in done.stdout


CI_PAGE = (REPOSITORY / "docs" / "ci.md").read_text("utf-8")


def test_the_page_about_ci_names_every_format_and_input():
    rows = set(re.findall(r"^\| `(\w[\w-]*)` \|", CI_PAGE, re.MULTILINE))
    assert rows == set(REPORTS) | set(ACTION["inputs"])


def test_snippets_of_the_page_are_valid():
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", CI_PAGE, re.MULTILINE | re.DOTALL)
    snippets = [yaml.safe_load(text) for kind, text in blocks if kind == "yaml"]
    assert len(snippets) >= 6
    steps = [
        step for each in snippets if "jobs" in each for step in each["jobs"]["lrplan"]["steps"]
    ]
    (given,) = [step["with"] for step in steps if "lrplan" in step["uses"]]
    assert set(given) <= set(ACTION["inputs"])
    hooks = [hook for each in snippets if "repos" in each for hook in each["repos"][0]["hooks"]]
    assert {hook["id"] for hook in hooks} == {hook["id"] for hook in HOOKS}


def test_settings_of_the_page_are_settings(tmp_path):
    from lrplan.config import find_config

    toml = "\n".join(re.findall(r"^```toml\n(.*?)^```$", CI_PAGE, re.MULTILINE | re.DOTALL))
    (tmp_path / "pyproject.toml").write_text(toml)
    config = find_config(tmp_path)
    assert config.select == ("LRP1", "LRP2")
    assert config.fail_on == "error"
