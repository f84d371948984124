"""A spec may name any file for a metric; what is in it is not told."""

from __future__ import annotations

import pytest

from tests.hostile.attack import run

SPEC = """\
training: {{epochs: 3, steps_per_epoch: 2}}
schedules:
  a:
    optimizer: {{type: SGD, lr: 0.1}}
    scheduler: {{type: ReduceLROnPlateau}}
    metrics: {{m: {{csv: {file}, column: "{column}"}}}}
"""
SECRET = "hunter2hunter2hunter2"
FILES = {
    "a token": f"{SECRET}\n",
    "accounts": f"root:x:0:0:{SECRET}:/root:/bin/sh\nbin:x:1:1::/:/bin/sh\n",
    "settings": f"[default]\naws_secret_access_key = {SECRET}\n",
    "variables": f"TOKEN={SECRET}, PASSWORD={SECRET}\n",
    "a key": f"-----BEGIN KEY-----\n{SECRET}\n-----END KEY-----\n",
    "cells": f"user,loss\nme,{SECRET}\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
@pytest.mark.parametrize("report", ["text", "json", "sarif", "github", "junit"])
def test_a_file_that_is_no_metric_is_not_quoted(text, report, tmp_path):
    (tmp_path / "f").write_text(text)
    for column in ("loss", "x"):
        path = tmp_path / "spec.yaml"
        path.write_text(SPEC.format(file="f", column=column))
        result = run("validate", path, "--format", report)
        assert result.exit_code == 2
        assert SECRET not in result.output


def test_what_helps_is_quoted(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.format(file="f", column="los"))
    (tmp_path / "f").write_text("epoch,loss\n0,1\n")
    assert "did you mean `loss`" in run("validate", path).output
    path.write_text(SPEC.format(file="f", column="loss"))
    (tmp_path / "f").write_text("epoch,loss\n0,n/a?\n1,0;5\n")
    assert "line 2: a cell in column `loss`" in run("validate", path).output
    (tmp_path / "f").write_text('epoch,loss\n0,"0,5"\n')
    assert "line 2: `0,5` in column `loss`" in run("validate", path).output
