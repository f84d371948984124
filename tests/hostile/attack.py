"""Runs every command on an input, in this process, and checks what none of them may ever do."""

from __future__ import annotations

import json
import math

from typer.testing import CliRunner

from lrplan.cli import app

SOUND = """\
training: {epochs: 2, steps_per_epoch: 3}
schedules:
  a: {optimizer: {type: SGD, lr: 0.1}, scheduler: {type: StepLR, step_size: 1}}
"""

READERS = (
    ("validate", "{}"),
    ("validate", "{}", "--static", "--format", "sarif"),
    ("plot", "{}", "-o", "-"),
    ("table", "{}"),
    ("export", "{}"),
    ("lock", "{}", "-o", "-"),
    ("compare", "{}", "{}"),
)
"""Commands that read a spec, as arguments with ``{}`` for its path."""

_SPANS = ((0x00, 0x20), (0x7F, 0xA0), (0x200B, 0x2010), (0x202A, 0x202F), (0x2066, 0x206A))
UNSEEN = {chr(code) for span in _SPANS for code in range(*span)} - {"\n"} | {"\ufeff"}
"""Characters that change how what is around them is shown, or cannot be seen themselves."""


def run(*arguments, text=None):
    """Run a command and return its result; fail if it crashed."""
    result = CliRunner().invoke(app, [str(each) for each in arguments], input=text)
    said = result.stderr[:2000]
    raised = result.exception
    assert raised is None or isinstance(raised, SystemExit), (arguments, repr(raised), said)
    assert result.exit_code in (0, 1, 2), (arguments, result.exit_code, said)
    assert "Traceback" not in said, (arguments, said)
    if result.exit_code == 2:
        assert said.strip() or result.stdout.strip(), f"{arguments} says nothing"
    return result


def run_all(path, commands=READERS):
    """Every command over the spec at ``path``: their results."""
    return [run(*(part.replace("{}", str(path)) for part in each)) for each in commands]


def flow(value):
    """A value in the flow style of YAML, infinities and odd strings and all."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(key)}: {flow(each)}" for key, each in value.items()) + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else (".inf" if value > 0 else "-.inf")
    return json.dumps(value)


def spec_of(schedules, training="epochs: 3, steps_per_epoch: 2"):
    """The text of a spec from schedules by name."""
    lines = [f"  {json.dumps(name)}: {flow(body)}" for name, body in schedules.items()]
    return "\n".join([f"training: {{{training}}}", "schedules:", *lines, ""])
