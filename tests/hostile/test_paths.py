"""Names that are no files, files that are no files, and places that cannot be written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lrplan.destination import LOCK_MARK
from lrplan.specfile.discovery import find_specs
from tests.hostile.attack import READERS, SOUND, UNSEEN, run, run_all

posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links of POSIX")
not_root = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read and write all"
)

NAMES = {
    "empty": "",
    "a space": " ",
    "the root": "/",
    "a dot": ".",
    "a NUL": "a\0b.yaml",
    "a lone surrogate": "a\ud800b.yaml",
    "300 characters": "n" * 300,
    "10,000 characters": "n" * 10_000,
    "1,000 folders": "d/" * 1000 + "x.yaml",
    "a newline": "a\nb.yaml",
    "escapes": "\x1b[31ma\x1b]0;x\x07.yaml",
    "right to left": "a\u202eb.yaml",
    "a colon": ":",
    "a colon and a name": "x.yaml:nobody",
    "a tilde": "~nobody/x.yaml",
    "a pattern": "[",
    "an endless pattern": "**/" * 30 + "x",
    "an option": "--",
    "a slash at the end": "x.yaml/",
    "below a file": "sound.yaml/x.yaml",
    "a device": "/dev/null",
    "an endless device": "/dev/zero",
    "the kernel's log": "/proc/kmsg",
    "what the kernel makes up": "/proc/self/environ",
    "a descriptor": "/dev/fd/99",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("sound.yaml").write_text(SOUND)
    return tmp_path


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_odd_names_of_specs(arguments, name):
    given = [
        "--" if each == "{}" and name == "--" else each.replace("{}", name) for each in arguments
    ]
    result = run(*given)
    searched = arguments[0] == "validate" and name == "."
    assert result.exit_code == (0 if searched else 2)
    assert not UNSEEN & set(result.output)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("kind", [".lrplan.lock", ".csv"])
def test_odd_names_of_exports(name, kind):
    result = run("compare", f"{name}{kind}", "sound.yaml")
    assert result.exit_code == 2
    assert not UNSEEN & set(result.output)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_odd_names_of_metrics(name, folder):
    quoted = "".join(f"\\U{ord(each):08X}" for each in name if not "\ud800" <= each < "\ue000")
    (folder / "spec.yaml").write_text(
        "training: {epochs: 3, steps_per_epoch: 2}\nschedules:\n"
        "  a: {optimizer: {type: SGD, lr: 0.1}, scheduler: {type: ReduceLROnPlateau},"
        f' metrics: {{m: {{csv: "{quoted}", column: x}}}}}}\n'
    )
    result = run("validate", "spec.yaml")
    assert result.exit_code == 2
    assert not UNSEEN & set(result.output)


WRITERS = (
    ("plot", "sound.yaml", "-o", "{}"),
    ("export", "sound.yaml", "-f", "json", "-o", "{}"),
    ("lock", "sound.yaml", "-o", "{}"),
    ("validate", "sound.yaml", "-f", "json", "-o", "{}"),
    ("compare", "sound.yaml", "sound.yaml", "-o", "{}"),
    ("schema", "-o", "{}"),
    ("init", "{}"),
)
OUTPUTS = [name for name in NAMES if "device" not in name and name != "an option"]


# Every name and every writer, each with half of the others: one module opens all outputs.
ODD_OUTPUTS = [
    pytest.param(
        writer,
        NAMES.get(name, "nowhere/x"),
        id=f"{writer[0]}-{name}",
        marks=[pytest.mark.slow] if (row + column) % 2 else [],
    )
    for row, writer in enumerate(WRITERS)
    for column, name in enumerate([*OUTPUTS, "nowhere"])
]


@pytest.mark.parametrize("suffix", [pytest.param("", marks=pytest.mark.slow), ".png"])
@pytest.mark.parametrize(("arguments", "name"), ODD_OUTPUTS)
def test_odd_names_of_outputs(arguments, name, suffix, folder):
    result = run(*(each.replace("{}", f"{name}{suffix}") for each in arguments))
    assert not UNSEEN & set(result.stderr)
    assert not list(folder.glob(".lrplan-*"))
    assert Path("sound.yaml").read_text() == SOUND


@posix
@pytest.mark.parametrize("arguments", WRITERS, ids=lambda each: each[0])
def test_dev_null_takes_what_it_is_given(arguments, folder):
    (folder / "out.png").symlink_to("/dev/null")
    assert run(*(each.replace("{}", "out.png") for each in arguments)).exit_code == (
        2 if arguments[0] == "init" else 0
    )
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("arguments", WRITERS, ids=lambda each: each[0])
def test_a_folder_is_not_overwritten(arguments, folder):
    (folder / "out.png").mkdir()
    assert run(*(each.replace("{}", "out.png") for each in arguments)).exit_code == 2
    assert (folder / "out.png").is_dir()


@posix
@pytest.mark.parametrize("arguments", WRITERS[:-1], ids=lambda each: each[0])
def test_a_link_is_kept_and_its_target_written(arguments, folder):
    target = folder / "elsewhere"
    target.write_text(f"{LOCK_MARK}, some time ago" if arguments[0] == "lock" else "old")
    old = target.read_bytes()
    (folder / "out.png").symlink_to(target)
    assert run(*(each.replace("{}", "out.png") for each in arguments)).exit_code == 0
    assert (folder / "out.png").is_symlink()
    assert target.read_bytes() != old


@posix
def test_init_writes_through_no_link(folder):
    target = folder / "elsewhere"
    (folder / "new.yaml").symlink_to(target)
    assert run("init", "new.yaml").exit_code == 2
    assert not target.exists()


@posix
def test_pipes_are_not_waited_for(folder):
    os.mkfifo(folder / "pipe.yaml")
    os.mkfifo(folder / "pyproject.toml")
    for result in run_all("pipe.yaml"):
        assert result.exit_code == 2
    assert run("validate", ".").exit_code == 0
    assert run("validate", "*.yaml").exit_code == 0


@posix
def test_links_in_a_circle(folder):
    (folder / "loop.yaml").symlink_to("loop.yaml")
    for result in run_all("loop.yaml"):
        assert result.exit_code == 2


@posix
def test_folders_in_a_circle_are_searched_once(folder):
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    (below / "spec.yaml").write_text(SOUND)
    for index in range(6):
        (below / f"up{index}").symlink_to(folder)
        (folder / f"round{index}").symlink_to(".")
    expected = ["a/b/spec.yaml", "sound.yaml"]
    assert find_specs(["**/*.yaml"]) == find_specs(["."]) == expected
    assert find_specs(["a/**"]) == expected[:1]
    assert find_specs(["*/b/*.yaml"]) == expected[:1]
    assert find_specs([str(folder / "**" / "spec.yaml")]) == [str(below / "spec.yaml")]


def test_a_pattern_means_what_it_meant(folder):
    for name in ("x1.yaml", "x2.yml", ".hidden.yaml", "sub/x3.yaml", ".git/x4.yaml"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(SOUND)
    assert find_specs(["x[12].y*ml"]) == ["x1.yaml", "x2.yml"]
    assert find_specs(["**/x?.yaml"]) == ["sub/x3.yaml", "x1.yaml"]
    assert find_specs(["./x1.*", "x1.yaml"]) == ["./x1.yaml", "x1.yaml"]
    assert find_specs([".*.yaml"]) == [".hidden.yaml"]


def test_too_many_files_are_refused(monkeypatch):
    for index in range(5):
        Path(f"s{index}.yaml").write_text(SOUND)
    monkeypatch.setenv("LRPLAN_MAX_FILES", "3")
    assert "LRPLAN_MAX_FILES" in run("validate", ".").stderr
    monkeypatch.setenv("LRPLAN_MAX_FILES", "30")
    monkeypatch.setenv("LRPLAN_MAX_ENTRIES", "4")
    assert "LRPLAN_MAX_ENTRIES" in run("validate", "*").stderr


@posix
def test_a_working_folder_that_is_gone(folder, monkeypatch):
    gone = folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    spec = folder / "sound.yaml"
    assert run("validate", spec).exit_code == 0
    assert run("validate", "sound.yaml").exit_code == 2
    assert run("init").exit_code == 2
    assert run("plot", spec, "-o", folder / "x.png").exit_code == 0


@posix
@not_root
def test_places_that_are_closed(folder):
    closed = folder / "closed"
    closed.mkdir()
    (closed / "spec.yaml").write_text(SOUND)
    closed.chmod(0)
    try:
        for name in ("closed/spec.yaml", "closed", "closed/*.yaml"):
            assert all(result.exit_code == 2 for result in run_all(name))
        assert run("plot", "sound.yaml", "-o", "closed/x.png").exit_code == 2
    finally:
        closed.chmod(0o700)


DEEP = "[tool.lrplan]\nselect = " + "[" * 5000 + "]" * 5000
CONFIGS = {
    "deep": DEEP.encode(),
    "large": b"#" * 1_000_001,
    "binary": b"\0\xff\xfe",
    "no TOML": b"[tool.lrplan\n",
    "a list": b"[[tool.lrplan]]\n",
    "odd keys": b'[tool.lrplan]\n"\\u001b[31m" = 1\n',
    "odd rules": b"[tool.lrplan]\nselect = ['\\u202e']\n",
    "trust": b"[tool.lrplan]\ntrust = true\n",
    "numbers": b"[tool.lrplan]\nignore = [1, 2]\n",
}


@pytest.mark.parametrize("data", CONFIGS.values(), ids=CONFIGS)
def test_settings_of_a_project_that_cannot_be_used(data, folder):
    (folder / "pyproject.toml").write_bytes(data)
    result = run("validate", "sound.yaml")
    assert result.exit_code == 2
    assert not UNSEEN & set(result.output)
