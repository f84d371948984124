"""Standard streams that are full, closed, or that nobody reads any more."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from lrplan.cli import main
from tests.hostile.attack import SOUND
from tests.support.specs import spec

PRINTERS = (
    "--help",
    "--version",
    "plot --help",
    "rules",
    "rules --format json",
    "explain LRP301",
    "schedulers",
    "schedulers StepLR",
    "schedulers --format json",
    "schema",
    "init -",
    "table s.yaml",
    "validate s.yaml",
    "validate s.yaml --format json",
    "validate u.yaml --format concise",
    "compare s.yaml t.yaml",
    "compare s.yaml t.yaml --format json",
    "export s.yaml",
    "export s.yaml --format pytorch",
    "lock s.yaml -o -",
    "plot s.yaml -o -",
)


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """Runs the command line with another standard output; its exit status and stderr."""
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(SOUND)
    Path("t.yaml").write_text(SOUND.replace("lr: 0.1", "lr: 0.2"))
    Path("u.yaml").write_text(spec("{type: MultiStepLR, milestones: [10, 20, 30]}"))  # an info

    def run(arguments, stdout):
        monkeypatch.setattr(sys, "argv", ["lrplan", *arguments.split()])
        monkeypatch.setattr(sys, "stdout", stdout)
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, capfd.readouterr().err

    return run


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", PRINTERS)
def test_a_disk_that_is_full(command, arguments):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        status, said = command(arguments, full)
    assert status == 2
    assert "no space is left" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("arguments", PRINTERS)
def test_a_stream_that_is_closed(command, arguments):
    status, said = command(arguments, None)
    assert status in (0, 1, 2)
    assert "Traceback" not in said
    assert "fault of lrplan" not in said


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize("arguments", PRINTERS)
def test_a_reader_that_has_gone(command, arguments):
    reads, writes = os.pipe()
    os.close(reads)
    # Of help, the packages that print it tell by 1 that nobody listens.
    with suppress(BrokenPipeError), os.fdopen(writes, "w", encoding="utf-8") as pipe:
        status, said = command(arguments, pipe)
    assert status in (0, 1)
    assert said == ""


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_reader_that_has_gone_changes_neither_the_status_nor_the_other_outputs(command):
    """``lrplan compare a b -o cmp.png | head`` under ``set -o pipefail``."""
    Path("bad.yaml").write_text(SOUND.replace("lr: 0.1", "lr: -0.1"))
    statuses = {}
    for arguments in (
        "compare s.yaml t.yaml -o cmp.svg",
        "compare s.yaml t.yaml --format json -o json.svg",
        "validate bad.yaml",
    ):
        reads, writes = os.pipe()
        os.close(reads)
        with suppress(BrokenPipeError), os.fdopen(writes, "w", encoding="utf-8") as pipe:
            statuses[arguments], _ = command(arguments, pipe)
    # The curves differ, and torch refuses a negative rate, with a reader or without one.
    assert list(statuses.values()) == [1, 1, 2]
    for picture in ("cmp.svg", "json.svg"):
        assert Path(picture).read_bytes().endswith(b"</svg>\n")
