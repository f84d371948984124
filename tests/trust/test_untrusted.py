"""Without ``--trust`` no code that a spec names is run, read or even looked for."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.errors import SpecError
from lrplan.specfile.load import load_file
from tests.trust.code import ROOT, cli, write

EVIL = """
    from pathlib import Path
    Path(__file__).with_name("ran").touch()
"""

PLACES = {
    "optimizer": "optimizer: {type: './own.py:Lion'}",
    "optimizer-module": "optimizer: {type: own:Lion}",
    "optimizer-absolute": "optimizer: {type: '{folder}/own.py:Lion'}",
    "scheduler": "optimizer: {type: SGD, lr: 1}\nscheduler: {type: './own.py:Halving', every: 1}",
    "plug-in": "optimizer: {type: SGD, lr: 1}\nscheduler: {type: 'own:Halving', every: 1}",
    "known-package": "optimizer: {type: SGD, lr: 1}\nscheduler: {type: 'timm.own:Halving'}",
    "listed": "optimizer: {type: SGD, lr: 1}\nscheduler: [{type: 'own.a:B'}, {type: own:C}]",
    "nested": (
        "optimizer: {type: SGD, lr: 1}\n"
        "scheduler: {type: SequentialLR, milestones: [1], schedulers: ["
        "{type: ConstantLR}, {type: 'own:Halving', every: 1}]}"
    ),
    "argument": (
        "optimizer: {type: SGD, lr: 1}\n"
        "scheduler: {type: './own.py:A', inside: {type: './own.py:B'}}"
    ),
    "factory": "factory: ./own.py:make",
    "factory-call": "factory: {call: own:make, arguments: {lr: 1}}",
    "tag": "optimizer: !!python/object/apply:own.make []",
    "tag-name": "optimizer: {type: !!python/name:own.Lion {}}",
    "expression": (
        "optimizer: {type: SGD, lr: 1}\n"
        "scheduler: {type: LambdaLR, lr_lambda: \"__import__('own').make()\"}"
    ),
    "metric-expression": (
        "optimizer: {type: SGD, lr: 1}\n"
        "scheduler: {type: ReduceLROnPlateau}\n"
        "metrics: {m: {expr: \"open('own.py')\"}}"
    ),
    "metric-module": (
        "optimizer: {type: SGD, lr: 1}\n"
        "scheduler: {type: ReduceLROnPlateau}\n"
        "metrics: {m: {csv: 'own:make', column: a}}"
    ),
}
"""Everywhere that a spec could name code."""

COMMANDS = ("validate", "table", "plot", "export", "lock", "compare")

AUDIT = """
import json, os, sys
folder, specs, commands = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
trusted = sys.argv[4]
from typer.testing import CliRunner
from lrplan.cli import app
from tests.support import made_once
made_once.keep()
seen = []

def hook(event, arguments):
    if event == "import":
        seen.append([event, arguments[0], str(arguments[1])])
    elif event == "compile":
        seen.append([event, str(arguments[1])])
    elif event == "exec":
        seen.append([event, arguments[0].co_filename])
    elif event == "open" or event.startswith(("os.listdir", "os.scandir")):
        seen.append([event, str(arguments[0])])
    elif event.startswith(("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork",
            "socket.connect", "pickle.find_class", "marshal.load", "ctypes.dlopen")):
        seen.append([event, str(arguments[0])])

# What lrplan loads for its own sake happens once, before anything is watched.
CliRunner().invoke(app, ["table", os.path.join(folder, "plain.yaml")])
sys.addaudithook(hook)
statuses = []
for spec in specs:
    for command in commands:
        statuses.append(CliRunner().invoke(app, [command, spec]).exit_code)


def tracks():
    modules = [str(getattr(each, "__file__", "")) for each in list(sys.modules.values())]
    return {
        "names": [each[1] for each in seen if each[0] == "import"],
        "here": [each for each in seen if any(folder in str(part) for part in each[1:])],
        "events": sorted({each[0] for each in seen}),
        "modules": [file for file in modules if file.startswith(folder)],
        "ran": os.path.exists(os.path.join(folder, "ran")),
    }

refused = {"statuses": statuses, **tracks()}
seen.clear()
CliRunner().invoke(app, ["table", trusted, "--trust"])
print(json.dumps([refused, tracks()]))
"""

PLAIN = "optimizer: {type: SGD, lr: 0.1}\nscheduler: {type: StepLR, step_size: 2}"


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """Audit events of Python: of every command on each of these specs, then of trusted code."""
    folder = tmp_path_factory.mktemp("audited")
    specs = []
    for name, schedule in {**PLACES, "plain": PLAIN}.items():
        made = write(folder, schedule.replace("{folder}", str(folder)), EVIL)
        specs.append(str(made.rename(folder / f"{name}.yaml")))
    (folder / "pyproject.toml").write_text('[project]\nname = "own"\n')
    entries = folder / "own-1.0.dist-info"
    entries.mkdir()
    (entries / "METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 1.0\n")
    (entries / "entry_points.txt").write_text("[lrplan.schedulers]\nown = own:ROWS\n")
    # Run by -c, the folder is even on sys.path.
    trusted = str(folder / "scheduler.yaml")
    arguments = (str(folder), json.dumps(specs[:-1]), json.dumps(COMMANDS), trusted)
    command = [sys.executable, "-c", AUDIT, *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(folder / "home")}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder, *json.loads(done.stdout.splitlines()[-1])


def test_every_command_refuses_every_place(audited):
    _, seen, _ = audited
    assert seen["statuses"] == [2] * len(PLACES) * len(COMMANDS)


def test_nothing_of_theirs_is_imported_compiled_or_run(audited):
    _, seen, _ = audited
    assert not seen["ran"]
    assert seen["modules"] == []
    assert not [name for name in seen["names"] if name.partition(".")[0] in {"own", "timm"}]
    assert {event for event, *_ in seen["here"]} <= {"open", "os.listdir", "os.scandir"}


def test_no_file_beside_a_spec_is_opened_but_what_is_data(audited):
    folder, seen, _ = audited
    opened = {each[1] for each in seen["here"] if each[0] == "open"}
    assert opened
    allowed = (".yaml", ".toml", ".lock", "METADATA", "entry_points.txt", "own:make")
    assert not [each for each in opened if not each.endswith(allowed)]
    assert str(folder / "own.py") not in opened


def test_no_process_is_started_and_nothing_unpickled(audited):
    _, seen, _ = audited
    wrong = ("subprocess", "os.system", "os.exec", "os.posix", "os.fork", "socket", "pickle")
    assert not [event for event in seen["events"] if event.startswith(wrong)]


def test_the_hook_would_have_seen_it(audited):
    """The proof above is worth something only if trusted code leaves these very tracks."""
    *_, seen = audited
    assert seen["ran"]
    assert {"open", "compile", "exec"} <= {event for event, *_ in seen["here"]}


def test_whether_the_code_is_there_makes_no_difference(tmp_path):
    messages = set()
    for name in ("./own.py:Lion", "./none.py:Lion"):
        with pytest.raises(SpecError) as caught:
            load_file(write(tmp_path, f"optimizer: {{type: '{name}'}}"))
        (finding,) = caught.value.findings
        assert "--trust" in finding.fix
        messages.add((finding.name, finding.message.replace(name, "")))
    assert len(messages) == 1


SPEC = "optimizer: {type: SGD, lr: 1}\nscheduler: {type: './own.py:Halving', every: 1}"


@pytest.mark.parametrize(
    "edit",
    [
        ("training:", "trust: true\ntraining:"),
        ("epochs: 6", "trust: true, epochs: 6"),
        ("    optimizer:", "    trust: true\n    optimizer:"),
        ("every: 1", "every: 1, trust: true"),
        ("lr: 1", "lr: 1, trust: true"),
        ("training:", "x-trust: true\ntraining:"),
        ("training:", "# lrplan: trust\ntraining:"),
        ("training:", "# lrplan: ignore[untrusted-code]\nignore: [untrusted-code]\ntraining:"),
    ],
)
def test_no_spec_grants_trust(edit, tmp_path):
    spec = write(tmp_path, SPEC, EVIL)
    changed = spec.read_text().replace(*edit)
    assert changed != spec.read_text()
    spec.write_text(changed)
    for command in ("validate", "table"):
        assert CliRunner().invoke(app, [command, str(spec)]).exit_code == 2
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "settings",
    [
        "[tool.lrplan]\ntrust = true\n",
        '[tool.lrplan]\nignore = ["untrusted-code"]\n',
        '[tool.lrplan]\nselect = []\nargs = ["--trust"]\n',
        '[tool.lrplan.scripts]\ntrust = "own:make"\n',
    ],
)
def test_no_settings_grant_trust(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(settings)
    spec = write(tmp_path, SPEC, EVIL)
    for command in ("validate", "table"):
        assert CliRunner().invoke(app, [command, str(spec)]).exit_code == 2
    assert not (tmp_path / "ran").exists()


def test_no_environment_and_no_other_file_grants_trust(tmp_path):
    write(tmp_path, SPEC, EVIL)
    for name in (".lrplan", "lrplan.toml", "lrplan.cfg", "spec.lrplan.lock", ".env", "setup.cfg"):
        (tmp_path / name).write_text("[lrplan]\ntrust = true\n")
    names = ("TRUST", "LRPLAN_TRUST", "LRPLAN_ARGS", "LRPLAN_OPTIONS", "LRPLAN_FLAGS")
    done = cli("validate", "spec.yaml", cwd=tmp_path, **dict.fromkeys(names, "--trust"))
    assert done.returncode == 2
    assert "untrusted-code" in done.stdout
    assert not (tmp_path / "ran").exists()


def test_trust_is_harmless_without_code(tmp_path):
    spec = write(tmp_path, PLAIN)
    trusted, plain = (
        CliRunner().invoke(app, ["table", str(spec), *more]) for more in (["--trust"], [])
    )
    assert (trusted.exit_code, trusted.stdout) == (0, plain.stdout)
