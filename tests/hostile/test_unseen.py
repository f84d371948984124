"""Characters that nobody sees, or that take over a terminal, in everything a spec can name."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.hostile.attack import UNSEEN, run

EVIL = "A\x1b[31m\x1b]0;owned\x07\x9b\u202eB\u2066\u200b\ufeff<&>::error::%0A|`[red]\\"
QUOTED = "".join(f"\\U{ord(character):08X}" for character in EVIL)
SPEC = f"""\
training: {{epochs: 4, steps_per_epoch: 3}}
schedules:
  "{QUOTED}":
    title: "{QUOTED}"
    description: "{QUOTED}"
    optimizer:
      type: SGD
      lr: 0.1
      groups: {{"{QUOTED}": {{lr: 0.2}}, other: {{}}}}
    scheduler:
      - {{type: ReduceLROnPlateau, monitor: "{QUOTED}", name: "{QUOTED}", groups: ["{QUOTED}"]}}
      - {{type: CosineAnnealingLR, T_max: 2, groups: [other]}}
    metrics: {{"{QUOTED}": [1, 2, 3, 4]}}
    ignore: ["{QUOTED}"]
"""
FAULTY = f"""\
training: {{epochs: 4, "{QUOTED}": 1}}
schedules:
  "{QUOTED}":
    "{QUOTED}": 1
    optimizer: {{type: "{QUOTED}", lr: "{QUOTED}"}}
    scheduler: {{type: "{QUOTED}"}}
  b:
    optimizer: {{type: SGD, "{QUOTED}": 1, groups: {{a: {{"{QUOTED}": 1}}}}}}
    scheduler:
      - {{type: StepLR, step_size: "{QUOTED}", groups: ["{QUOTED}"]}}
      - {{type: LambdaLR, lr_lambda: "{QUOTED}"}}
      - {{type: LambdaLR, lr_lambda: {{"{QUOTED}": "1"}}}}
      - {{type: ReduceLROnPlateau, monitor: "{QUOTED}", mode: "{QUOTED}"}}
    metrics: {{"{QUOTED}": {{csv: "{QUOTED}", column: "{QUOTED}", then: "{QUOTED}"}}}}
"""
REPORTS = ("text", "concise", "github", "junit", "sarif", "json")


@pytest.fixture(params=["spec.yaml", "s\x1b[31m\u202e\u200b.yaml"], ids=["plain", "odd"])
def path(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Path(request.param)


def unseen(text):
    return sorted(UNSEEN & set(text))


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("text", [SPEC, FAULTY], ids=["sound", "faulty"])
def test_reports(path, report, text):
    path.write_text(text)
    result = run("validate", path, "--format", report, "--fail-on", "error", "--statistics")
    assert unseen(result.output) == []
    if report in ("sarif", "json"):
        json.loads(result.stdout)
    if report == "junit":
        ET.fromstring(result.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ("table", "{}"),
        ("table", "{}", "nobody\x1b[31m\u202e"),
        ("plot", "{}", "-o", "x.svg"),
        ("plot", "{}", "-o", "x\x1b[31m\u202e"),
        ("compare", "{}:nobody\x1b\u202e", "{}"),
        ("compare", "{}", "{}"),
        ("compare", "{}", "{}", "--group", "\x1b\u202e=\u202e"),
        ("compare", "{}", "{}", "--field", "\x1b\u202e"),
        ("compare", "{}", "{}", "-f", "json"),
        ("compare", "{}", "{}", "-o", "x\x1b\u202e"),
        ("export", "{}", "-f", "pytorch"),
        ("export", "{}", "-f", "lightning"),
        ("export", "{}", "-f", "transformers"),
        ("export", "{}", "-f", "markdown"),
        ("lock", "{}"),
        ("lock", "{}", "--check"),
        ("lock", "{}", "-o", "-"),
        ("explain", "\x1b\u202e"),
        ("schedulers", "\x1b\u202e"),
        ("validate", "{}", "--select", "\x1b\u202e"),
        ("validate", "{}", "--torch", "\x1b\u202e"),
        ("plot", "{}", "--device", "\x1b\u202e"),
        ("plot", "{}", "--size", "\x1b\u202e"),
        ("plot", "{}", "--theme", "\x1b\u202e"),
        ("\x1b\u202e",),
        ("--\x1b\u202e",),
        ("table", "{}", "--field", "\x1b\u202e"),
    ],
    ids=lambda each: ascii(" ".join(each)),
)
@pytest.mark.parametrize("text", [SPEC, FAULTY], ids=["sound", "faulty"])
def test_commands(path, arguments, text):
    path.write_text(text)
    result = run(*(each.replace("{}", str(path)) for each in arguments))
    assert unseen(result.output) == []


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_pictures(path, suffix):
    path.write_text(SPEC)
    assert run("plot", path, "-o", f"x.{suffix}").exit_code == 0
    if suffix == "svg":
        text = Path("x.svg").read_text(encoding="utf-8")
        ET.fromstring(text)
        assert unseen(text.replace("\t", "")) == []


def test_data_stay_exact(path):
    path.write_text(SPEC)
    data = json.loads(run("export", path).stdout)["schedules"][0]
    assert (data["name"], data["groups"][0]["name"]) == (EVIL, EVIL)
    rows = list(csv.reader(io.StringIO(run("export", path, "-f", "csv").stdout, newline="")))
    assert rows[1][:2] == [EVIL, EVIL]
