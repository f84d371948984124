"""Outputs that would take the place of an input or a lock, or leave their folder through a link."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.attack import SOUND, run

posix = pytest.mark.skipif(os.name != "posix", reason="pipes and links of POSIX")

SPEC = """\
training: {epochs: 3, steps_per_epoch: 2}
schedules:
  a:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: ReduceLROnPlateau}
    metrics: {m: {csv: metric.csv, column: m}}
"""
OWN_CODE = """\
training: {epochs: 3, steps_per_epoch: 2}
schedules:
  a: {factory: "./code/train.py:make"}
"""
TRAIN = """\
import torch
from helper import LR


def make():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 2)
"""
BROKEN = """\
schedules:
  a:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: "./code/train.py:Own"}
    metrics: {m: {csv: metric.csv, column: m}}
"""
SETTINGS = "[tool.lrplan]\nignore = ['LRP101']\n"
WRITERS = {
    "plot": ("plot", "{spec}", "-o", "{out}"),
    "export": ("export", "{spec}", "-o", "{out}"),
    "lock": ("lock", "{spec}", "-o", "{out}"),
    "validate": ("validate", "{spec}", "-f", "json", "-o", "{out}"),
    "compare": ("compare", "{spec}", "{spec}", "-o", "{out}"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code").mkdir()
    files = {
        "spec.yaml": SPEC,
        "sound.yaml": SOUND,
        "own.yaml": OWN_CODE,
        "broken.yaml": BROKEN,
        "metric.csv": "m\n1\n2\n3\n",
        "code/train.py": TRAIN,
        "code/helper.py": "LR = 0.1\n",
        "pyproject.toml": SETTINGS,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def contents(folder):
    """Every file below ``folder``, and where every link in it points."""
    return {
        path: path.readlink() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def refused(*arguments, text=None):
    """Return the message of a command that is refused, and check that it changed nothing."""
    before = contents(Path.cwd())
    result = run(*arguments, text=text)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert contents(Path.cwd()) == before
    return re.sub(r"\s+", " ", result.stderr)


def command(name, spec, out):
    return [part.format(spec=spec, out=out) for part in WRITERS[name]]


@pytest.mark.parametrize("name", WRITERS)
def test_a_spec_is_not_replaced(name, folder):
    for suffix in (".png", ".yaml"):
        spec = folder / f"the{suffix}"
        spec.write_text(SPEC)
        (folder / f"link{suffix}").symlink_to(spec)
        os.link(spec, folder / f"hard{suffix}")
        outputs = (spec, spec.name, f"code/../{spec.name}", f"link{suffix}", f"hard{suffix}")
        for out in (*outputs, f"nowhere/../{spec.name}"):
            if suffix == ".yaml" and name in ("plot", "compare"):
                continue  # these take pictures only
            message = refused(*command(name, spec.name, out))
            assert "an input of this command; name another output" in message
            assert message.startswith(f"error: cannot write {Path(out)}: ")
            if str(out) != spec.name:
                assert f"the same file as {spec.name}" in message


@pytest.mark.skipif(not Path(__file__).with_name("TEST_OUTPUTS.PY").exists(), reason="case counts")
@pytest.mark.parametrize("name", ["export", "lock", "validate"])
def test_nor_by_a_name_in_other_letters(name):
    assert "an input" in refused(*command(name, "spec.yaml", "SPEC.YAML"))


@pytest.mark.parametrize("name", ["export", "lock"])
def test_standard_input_is_not_replaced(name):
    before = contents(Path.cwd())
    arguments = [sys.executable, "-m", "lrplan", *command(name, "-", "spec.yaml")]
    with Path("spec.yaml").open() as stdin:
        done = subprocess.run(arguments, stdin=stdin, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "spec.yaml: it is the same file as standard input" in done.stderr
    assert contents(Path.cwd()) == before


@pytest.mark.parametrize("name", ["export", "lock", "validate"])
def test_a_file_that_the_spec_names_is_not_replaced(name):
    refused(*command(name, "spec.yaml", "metric.csv"))
    refused(*command(name, "own.yaml", "code/train.py"), "--trust")
    refused(*command(name, "own.yaml", "code/helper.py"), "--trust")


@pytest.mark.parametrize("out", ["metric.csv", "code/train.py"])
@pytest.mark.parametrize("more", [(), ("--static",), ("--trust",)])
def test_nor_where_the_spec_is_broken_or_its_code_not_trusted(out, more):
    message = refused("validate", "broken.yaml", "-f", "json", "-o", out, *more)
    assert f"cannot write {Path(out)}: it is an input of this command" in message
    assert "an input" in refused("validate", "own.yaml", "-f", "json", "-o", "code/train.py")


def test_settings_that_were_read_are_not_replaced():
    assert "pyproject.toml, an input" in refused(
        "validate", "spec.yaml", "-f", "json", "-o", "pyproject.toml"
    )


def test_files_to_compare_are_not_replaced(folder):
    assert run("export", "spec.yaml", "-f", "csv", "-o", "a.csv").exit_code == 0
    assert run("lock", "spec.yaml").exit_code == 0
    for operand in ("a.csv", "spec.lrplan.lock", "spec.yaml:a"):
        picture = folder / "hard.png"
        picture.unlink(missing_ok=True)
        os.link(operand.removesuffix(":a"), picture)
        assert "an input" in refused("compare", "spec.yaml", operand, "-o", "hard.png")


def test_a_lock_replaces_nothing_but_a_lock(folder):
    (folder / "empty").touch()
    for name in ("metric.csv", "pyproject.toml", "sound.yaml", "code/helper.py"):
        assert "lock replaces nothing else" in refused("lock", "own.yaml", "--trust", "-o", name)
    for name in ("new.txt", "new.txt", "empty"):
        assert run("lock", "spec.yaml", "-o", name).exit_code == 0
        assert run("lock", "spec.yaml", "--check", "-o", name).exit_code == 0
    (folder / "spec.lrplan.lock").write_text("damaged")
    assert run("lock", "spec.yaml").exit_code == 0
    assert run("lock", "spec.yaml", "--check").exit_code == 0


@posix
def test_nor_through_a_link_that_is_called_a_lock(folder):
    (folder / "x.lrplan.lock").symlink_to("metric.csv")
    assert "lock replaces nothing else" in refused("lock", "sound.yaml", "-o", "x.lrplan.lock")


@pytest.mark.parametrize("lock", ["spec.lrplan.lock", "other.txt"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "spec.yaml", "-o", "{}"),
        ("validate", "spec.yaml", "-f", "json", "-o", "{}"),
        ("schema", "-o", "{}"),
        ("init", "--force", "{}"),
    ],
    ids=lambda each: each[0],
)
def test_only_a_lock_replaces_a_lock(arguments, lock):
    assert run("lock", "spec.yaml", "-o", lock).exit_code == 0
    message = refused(*(each.replace("{}", lock) for each in arguments))
    assert (
        message == f"error: cannot write {lock}: it is a lock, which only `lrplan lock` replaces "
    )


IMPLIED = {
    "n.png": (("plot", "n.yaml"), "-o n.png"),
    "n.lrplan.lock": (("lock", "n.yaml"), "-o n.lrplan.lock"),
    "schedules.yaml": (("init", "--force"), "lrplan init --force schedules.yaml"),
    "schedules.png": (("plot", "-"), "-o schedules.png"),
}


@posix
@pytest.mark.parametrize("kind", ["file", "dangling", "twice", "inside"])
@pytest.mark.parametrize(("out", "case"), IMPLIED.items(), ids=IMPLIED)
def test_an_output_that_nobody_named_follows_no_link(out, case, kind, tmp_path_factory):
    arguments, option = case
    Path("n.yaml").write_text(SOUND)
    target = tmp_path_factory.mktemp("home") / "precious"
    if kind == "inside":
        target = Path("precious").absolute()
    if kind != "dangling":
        target.write_text("precious")
    link = Path("between") if kind == "twice" else Path(out)
    link.symlink_to(target)
    if kind == "twice":
        Path(out).symlink_to("between")
    message = refused(*arguments, text=SOUND)
    pointed = "between" if kind == "twice" else target
    assert f"cannot write {out}: it is a symbolic link to {pointed}, " in message
    assert message.endswith(f"you name the output yourself: {option} ")
    assert target.exists() is (kind != "dangling")


@posix
def test_a_link_in_the_folder_that_was_named_is_followed(folder):
    (folder / "real").mkdir()
    (folder / "real" / "n.yaml").write_text(SOUND)
    (folder / "short").symlink_to("real")
    assert run("plot", "short/n.yaml").exit_code == 0
    assert run("lock", "short/n.yaml").exit_code == 0
    names = sorted(each.name for each in (folder / "real").iterdir())
    assert names == ["n.lrplan.lock", "n.png", "n.yaml"]


@posix
def test_a_pipe_that_nobody_named_is_not_waited_for(folder):
    os.mkfifo(folder / "sound.png")
    result = run("plot", "sound.yaml")
    assert result.exit_code == 2
    assert "it is a pipe or a device" in result.stderr


@posix
def test_what_is_proposed_is_no_command_of_the_shell():
    name = "a$(touch PWNED)"
    Path(f"{name}.yaml").write_text(SOUND)
    Path(f"{name}.png").symlink_to("elsewhere")
    assert f"-o '{name}.png'" in refused("plot", f"{name}.yaml")
    assert f"`lrplan lock '{name}.yaml'`" in refused("lock", "--check", f"{name}.yaml")


@posix
def test_a_shell_that_is_handed_a_lock_expands_nothing(folder):
    names = ["$(touch PWNED)", "`touch PWNED`", "${HOME}", '"; touch PWNED; "', "a\n touch PWNED"]
    spec = SOUND.replace("  a:", "  {}:").splitlines()
    quoted = [name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name in names]
    lines = [spec[2].replace("{}:", f'"{name}":') for name in quoted]
    (folder / "n.yaml").write_text("\n".join([*spec[:2], *lines, ""]))
    assert run("lock", "n.yaml").exit_code == 0
    assert run("lock", "n.yaml", "--check").exit_code == 0
    subprocess.run(["sh", "n.lrplan.lock"], check=False, capture_output=True)
    assert not (folder / "PWNED").exists()
