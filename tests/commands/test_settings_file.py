"""``--config``, ``--stdin-filename`` and rule links: what editors and CI ask for."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.commands.file_settings import project_config
from lrplan.errors import LrplanError
from lrplan.finding import Finding
from lrplan.render import rule_pages
from lrplan.render.finding_text import print_finding
from lrplan.render.report import REPORTS
from tests.render.report.samples import context, finding


@pytest.mark.parametrize("text", ['[tool.lrplan]\nignore = ["LRP2"]\n', 'ignore = ["LRP2"]\n'])
def test_settings_of_a_named_file(tmp_path, text):
    (tmp_path / "ci.toml").write_text(text)
    assert project_config(str(tmp_path / "ci.toml")).ignore == ("LRP2",)


def test_a_file_without_settings_of_lrplan_has_none(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.other]\nignore = ["x"]\n')
    assert project_config(str(tmp_path / "pyproject.toml")).ignore == ()


def test_a_settings_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(LrplanError, match=r"nope\.toml"):
        project_config(str(tmp_path / "nope.toml"))


def test_findings_link_to_their_page_on_a_terminal_only(monkeypatch):
    monkeypatch.setattr(rule_pages, "documentation", lambda: "https://lrplan.example")
    link = "https://lrplan.example/docs/rules.md#rises-lrp301"
    for is_terminal in (True, False):
        stream = io.StringIO()
        console = Console(file=stream, force_terminal=is_terminal, width=100)
        print_finding(finding(), console)
        assert (link in stream.getvalue()) == is_terminal
    log = REPORTS["sarif"]([finding()], {}, context=context())
    assert f'"helpUri": "{link}"' in log
    assert f'"url": "{link}"' in REPORTS["json"]([finding()], {}, context=context())


def test_without_an_address_there_are_no_links(monkeypatch):
    monkeypatch.setattr(rule_pages, "documentation", lambda: "")
    stream = io.StringIO()
    print_finding(
        Finding(rule="LRP101", name="x", message="y"), Console(file=stream, force_terminal=True)
    )
    assert "\x1b]8" not in stream.getvalue()


@pytest.mark.parametrize(
    ("urls", "found"),
    [
        (["Documentation, https://docs.example/x/"], "https://docs.example/x"),
        (["Homepage, https://home.example"], ""),
        (["documentation, javascript:alert(1)"], ""),
        (None, ""),
    ],
)
def test_the_address_is_that_of_the_package(monkeypatch, urls, found):
    class Metadata:
        def get_all(self, _):
            return urls

    monkeypatch.setattr(rule_pages, "metadata", lambda _: Metadata())
    rule_pages.documentation.cache_clear()
    assert rule_pages.documentation() == found
    rule_pages.documentation.cache_clear()


SCRIPT = """\
import torch
optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
for epoch in range(9):
    scheduler.step()
    optimizer.step()
"""


def validated(*arguments, text=SCRIPT):
    return CliRunner().invoke(app, ["validate", "-", *arguments], input=text)


def test_text_of_an_editor_has_the_name_of_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = validated("--stdin-filename", "src/train.py", "--format", "concise")
    assert result.exit_code == 1
    assert result.stdout.startswith("src/train.py:5:5: warning: StepLR is stepped")


def test_settings_about_that_name_hold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").write_text('ignore = ["scheduler-step-before-optimizer-step"]\n')
    result = validated("--stdin-filename", "train.py", "--config", "own.toml")
    assert result.exit_code == 0


def test_text_of_an_editor_is_not_written():
    result = validated("--stdin-filename", "train.py", "--fix")
    assert result.exit_code == 2
    assert "standard input" in result.stderr
