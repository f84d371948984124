"""``lrplan init`` and its templates."""

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.commands.init import templates


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    result = CliRunner().invoke(app, ["init", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_list_names_every_template_in_a_line_that_fits(folder):
    status, out, _ = run("--list")
    listed = out.partition("\n\n")[0].splitlines()
    assert status == 0
    assert [line.split()[0] for line in listed] == list(templates())
    assert all(len(line) <= 80 and line.endswith(".") for line in listed)
    assert set(templates()) == {
        *("starter", "vision", "fine-tuning", "llm-pretraining", "gan", "plateau")
    }
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", templates())
def test_a_template_is_written_and_can_be_checked(name, folder):
    status, _, notes = run("--template", name, "spec.yaml")
    assert (status, notes) == (0, "wrote spec.yaml; next: lrplan plot spec.yaml\n")
    checked = CliRunner().invoke(app, ["validate", "spec.yaml", "--static"])
    assert (checked.exit_code, checked.stdout.partition(":")[0]) == (0, "no findings")
    assert run("-", "--template", name)[1] == (folder / "spec.yaml").read_text("utf-8")


def test_the_starter_is_written_unless_another_is_named():
    assert run("-")[1] == run("-", "--template", "starter")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--template", "lm-pretraining"], "did you mean `llm-pretraining`?"),
        (["--template", "../recipes/llama1"], "there is no template `../recipes/llama1`; there is"),
        (["--template", "x\x1b[31m"], "there is no template `x␛[31m`"),
        (["--template", "gan", "--recipe", "llama1"], "give one of them"),
    ],
)
def test_what_is_no_template_is_refused(words, message, folder):
    status, out, messages = run(*words)
    assert (status, out) == (2, "")
    assert message in messages
    assert list(folder.iterdir()) == []
