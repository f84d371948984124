"""The entry points ``lrplan.schedulers``: the package of docs/plugins.md, installed and used."""

import math
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from lrplan.catalog import plugins
from lrplan.cli import app
from lrplan.errors import SpecError
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support.rule_runs import findings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plugins.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FILES = {name: text for _, name, text in BLOCKS if name}
(SPEC,) = (text for language, _, text in BLOCKS if language == "yaml")
STEPS, COOLDOWN, BASE = 3000, 600, 0.1


def rate(step):
    hold = STEPS - COOLDOWN
    return BASE if step < hold else BASE * (1 - math.sqrt((step - hold + 1) / COOLDOWN))


REFERENCE = [rate(step) for step in range(STEPS)]


def wheel(folder):
    """The modules and metadata that a build backend makes from the page's project."""
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    (group,) = project["entry-points"]
    points = "".join(f"{key} = {value}\n" for key, value in project["entry-points"][group].items())
    files = {path: text for path, text in FILES.items() if path.endswith(".py")}
    info = f"{name}-{version}.dist-info"
    files |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[{group}]\n{points}",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    built = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(built, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return built


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with the page's package installed in it by pip."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    offline = ["--no-index", "--no-deps", "--target", str(folder)]
    subprocess.run([*pip, *offline, str(wheel(tmp_path_factory.mktemp("dist")))], check=True)
    return folder


@pytest.fixture
def fresh(monkeypatch):
    """The state of a process that has not searched for plug-ins yet."""
    plugins._rows.cache_clear()
    yield monkeypatch
    plugins._rows.cache_clear()
    for name in ("acme_schedules", "acme_schedules.rows", "other"):
        sys.modules.pop(name, None)


@pytest.fixture
def installed(site, fresh):
    fresh.syspath_prepend(site)
    return fresh


def plan_of(text=SPEC):
    return load(InputText("spec.yaml", text), Path()).plans["run"]


def message_of(text=SPEC):
    with pytest.raises(SpecError) as caught:
        plan_of(text)
    (finding,) = caught.value.findings
    assert (finding.line, finding.path) == (5, "schedules.run.scheduler.type")
    return finding.name, finding.message


def run(site, *arguments, cwd):
    command = [sys.executable, "-m", "lrplan", *arguments]
    path = os.pathsep.join(map(str, (site, ROOT)))
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "80"}
    options = {"cwd": cwd, "env": environment, "capture_output": True, "text": True}
    return subprocess.run(command, check=False, **options)


def test_a_plan_gives_the_class_integers_and_the_curve_is_that_of_its_formula(installed):
    plan = plan_of()
    assert dict(plan.resolved) == {"total_steps": 3000, "cooldown_steps": 600}
    trace = simulate(plan)
    assert trace.failure is None
    assert trace.lr["all"].tolist() == pytest.approx(REFERENCE, abs=1e-15)


def test_the_whole_program_knows_it(site, tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC, "utf-8")
    table = run(site, "table", "spec.yaml", cwd=tmp_path)
    assert (table.returncode, table.stderr) == (0, "")


def test_its_page_ends_with_an_example_that_runs(installed, tmp_path):
    page = CliRunner().invoke(app, ["schedulers", "acme:SqrtCooldown"])
    assert page.exit_code == 0
    assert "Constant, then down to 0 as 1 - sqrt." in page.stdout
    example = tmp_path / "example.yaml"
    example.write_text(page.stdout.partition("Example\n")[2], "utf-8")
    assert CliRunner().invoke(app, ["table", str(example)]).exit_code == 0


def test_without_it_the_type_is_code_that_is_not_run(fresh):
    assert message_of()[0] == "untrusted-code"


def test_a_name_that_it_does_not_have_is_told_with_the_nearest(installed):
    name, message = message_of(SPEC.replace("SqrtCooldown", "SqrtColdown"))
    assert (name, message) == ("unknown-name", "there is no scheduler `acme:SqrtColdown`")
    done = CliRunner().invoke(app, ["schedulers", "acme:SqrtColdown"])
    assert done.exit_code == 2
    assert "did you mean `acme:SqrtCooldown`?" in done.output + done.stderr


def test_arguments_are_checked_against_the_row(installed):
    with pytest.raises(SpecError, match="cooldown_step"):
        plan_of(SPEC.replace("cooldown_steps", "cooldown_step"))


REGISTERED = """
[lrplan.schedulers]
{entries}
"""


def register(folder, name, entries, code=""):
    """Put a distribution on ``folder`` that registers ``entries``."""
    module = name.replace("-", "_")
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(REGISTERED.format(entries=entries), "utf-8")
    (folder / f"{module}.py").write_text(code, "utf-8")


ROW = """
from lrplan.catalog import SchedulerRow
import pathlib
pathlib.Path(__file__).with_suffix(".ran").touch()
def row(name):
    return SchedulerRow(name=name, family="plugin", path="torch.optim.lr_scheduler:StepLR",
                        summary="", arguments=(), after_end="", source="")
"""
ACME = 'type: "acme:SqrtCooldown", interval: step, total_steps: 30ep, cooldown_steps: 20%'


@pytest.mark.parametrize(
    ("code", "entry", "reason"),
    [
        ("raise OSError('no licence')", "ROWS", "fails: OSError: no licence"),
        ("", "ROWS", "fails: AttributeError: module 'other' has no attribute 'ROWS'"),
        ("def ROWS(): return 1 / 0", "ROWS", "fails: ZeroDivisionError: division by zero"),
        ("ROWS = 3", "ROWS", "gives int where a SchedulerRow belongs"),
        ("ROWS = ['StepLR']", "ROWS", "gives str where a SchedulerRow belongs"),
        (f"{ROW}ROWS = [row('timm:A')]", "ROWS", "gives a row called `timm:A`, not `acme:...`"),
        (f"{ROW}ROWS = [row('StepLR')]", "ROWS", "gives a row called `StepLR`, not `acme:...`"),
    ],
    ids=["import", "attribute", "function", "number", "name", "other-package", "torch"],
)
def test_a_broken_plugin_is_named_with_what_is_wrong(code, entry, reason, fresh, tmp_path):
    register(tmp_path, "other", f"acme = other:{entry}", code)
    fresh.syspath_prepend(tmp_path)
    name, message = message_of()
    assert name == "cannot-build"
    assert (
        message == f"`acme:SqrtCooldown` cannot be used: the plug-in `acme` of other 1.0 {reason}"
    )
    done = CliRunner().invoke(app, ["schedulers", "acme:SqrtCooldown"])
    assert done.exit_code == 2


def test_rows_may_come_from_a_function_and_say_where_they_come_from(fresh, tmp_path):
    register(tmp_path, "other", "acme = other:rows", f"{ROW}rows = lambda: (row('acme:A'),)")
    fresh.syspath_prepend(tmp_path)
    row = plugins.rows_beside("acme:A")["acme:A"]
    assert (row.family, row.package) == ("plugin", "other 1.0")
    assert plan_of(SPEC.replace(ACME, 'type: "acme:A"')).schedulers[0].row is row


def test_two_plugins_of_one_name_are_an_error(installed, tmp_path):
    register(tmp_path, "other", "acme = other:ROWS", f"{ROW}ROWS = (row('acme:A'),)")
    installed.syspath_prepend(tmp_path)
    name, message = message_of()
    assert name == "cannot-build"
    assert "acme-schedules 1.0 and other 1.0 both bring schedulers called `acme:...`" in message


@pytest.mark.parametrize(
    "kind", ["StepLR", "other:A", "other.rows:A", "./other.py:A", "timm:A", "acme:", "acme:a.b"]
)
def test_a_spec_loads_no_plugin_but_the_one_it_names(kind, fresh, tmp_path):
    entries = "acme = other:ROWS\ntimm = other:ROWS"
    register(tmp_path, "other", entries, f"{ROW}ROWS = (row('acme:A'),)")
    fresh.syspath_prepend(tmp_path)
    arguments = ", step_size: 3" if kind == "StepLR" else ""
    spec = SPEC.replace(ACME, f'type: "{kind}"{arguments}')
    if kind == "StepLR":
        plan_of(spec)
    else:
        assert message_of(spec)[0] in ("untrusted-code", "unknown-name")
    assert not (tmp_path / "other.ran").exists()
    plugins.rows_beside("acme:A")
    assert (tmp_path / "other.ran").exists()


def test_what_lies_beside_a_spec_registers_nothing(fresh, tmp_path, site):
    register(tmp_path, "other", "acme = other:ROWS", f"{ROW}ROWS = (row('acme:A'),)")
    (tmp_path / "spec.yaml").write_text(SPEC.replace(ACME, 'type: "acme:A"'), "utf-8")
    # `python -m` puts the current folder first on sys.path.
    done = run("", "validate", "spec.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "untrusted-code" in done.stdout + done.stderr
    assert not (tmp_path / "other.ran").exists()


def test_its_class_is_a_scheduler_of_torch(installed):
    trace = simulate(plan_of())
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)
    from acme_schedules import SqrtCooldown

    scheduler = SqrtCooldown(optimizer, STEPS, COOLDOWN)
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert trace.lr["all"].tolist() == rates


def test_a_length_with_a_role_is_judged_like_those_of_torch(installed):
    text = SPEC.replace("total_steps: 30ep, cooldown_steps: 20%", "total_steps: 30")
    names = [each.name for each in findings(text, static=True)]
    assert names == ["horizon-in-epochs-stepped-per-step"]
