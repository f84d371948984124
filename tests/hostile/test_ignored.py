"""Comments that silence a rule, and texts that only look like one."""

from __future__ import annotations

import json

from tests.hostile.attack import run

SPEC = """\
schedules:
  a:
    title: "see # lrplan: ignore[one]"
    description: |
      text # lrplan: ignore[two]
    # lrplan: ignore[real-1]
    training: {epochs: 3, steps_per_epoch: 2}
    optimizer: {type: SGD, lr: 0.1}  # lrplan: ignore[real-2]
  "b # lrplan: ignore[three]":
    title: 'over two
      lines # lrplan: ignore[four]'
    training: {epochs: 3, steps_per_epoch: 2}
    optimizer: {type: SGD, lr: 0.1}
"""


def test_a_comment_in_quotes_is_none(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    found = json.loads(run("validate", path, "--format", "json").stdout)
    unknown = [each["message"] for each in found if each["name"] == "unknown-rule"]
    assert unknown == ["there is no rule `real-1`", "there is no rule `real-2`"]
