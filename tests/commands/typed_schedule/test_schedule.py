"""``lrplan plot TYPE KEY=VALUE...``: commands without a file."""

import json
import sys

import pytest
import torch
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.commands.path_and_name import operand_of
from lrplan.commands.typed_schedule.schedule import is_source, typed_schedule_words

SPEC = """\
training: {steps: 3}
schedules: {a: {optimizer: {type: SGD, lr: 1}, scheduler: {type: StepLR, step_size: 1}}}
"""
COSINE = ("CosineAnnealingLR", "T_max=9", "lr=0.1", "--epochs", "9")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    assert "Traceback" not in result.output
    return result.exit_code, result.stdout, result.stderr


def test_the_curve_is_that_of_torch_in_a_plain_loop():
    status, out, notes = run("export", *COSINE)
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=9)
    wanted = []
    for _ in range(9):
        wanted.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    (schedule,) = json.loads(out)["schedules"]
    assert status == 0
    assert schedule["name"] == "CosineAnnealingLR"
    assert schedule["groups"][0]["lr"] == wanted
    assert "<command line>: assumed: one step an epoch" in notes


def test_a_table_says_how_long_an_epoch_is():
    status, out, _ = run("table", *COSINE)
    assert status == 0
    assert "1 step an epoch, x 9 epochs = 9 steps" in out


def test_a_picture_is_called_after_the_scheduler(folder):
    status, _, notes = run(
        "plot", "timm:CosineLRScheduler", "lr=0.1", "--steps", "9", "--dpi", "20"
    )
    assert status == 0
    assert "wrote CosineLRScheduler.png" in notes
    assert [each.name for each in folder.iterdir()] == ["CosineLRScheduler.png"]


def test_findings_stand_below_the_words_that_they_are_about():
    words = ("CosineAnnealingLR", "T_max=4", "lr=0.1", "warmup=3ep", "--epochs", "9", "--no-cache")
    status, out, _ = run("validate", *words)
    lines = out.splitlines()
    assert status == 1
    (line,) = (i for i, each in enumerate(lines) if "[cosine-past-t-max-rises]" in each)
    assert lines[line].startswith("<command line>:1:")
    assert lines[line + 1].startswith("   1 | CosineAnnealingLR T_max=4 lr=0.1 warmup=3ep")
    assert lines[line + 2].index("^") == lines[line + 1].index("T_max=4") + len("T_max=")
    assert "T_max=6" in lines[line + 3]
    assert "in 1 schedule of <command line>" in out


def test_findings_about_a_typed_schedule_are_kept(monkeypatch, folder):
    monkeypatch.setenv("LRPLAN_NO_CACHE", "")
    monkeypatch.setenv("LRPLAN_CACHE_DIR", str(folder / "cache"))
    first, again = run("validate", *COSINE), run("validate", *COSINE)
    assert first == again
    other = run("validate", *COSINE[:-1], "20")
    assert other != again


def test_every_mistake_is_told_at_its_word():
    status, _, messages = run("table", "StepLR", "step_size=x", "momentun=0.9", "--steps", "9")
    assert status == 2
    assert "<command line>:1:18: error: `step_size`" in messages
    assert "unknown key `momentun` for SGD" in messages
    assert "did you mean `momentum`?" in messages
    assert messages.endswith("2 problems\n")


@pytest.mark.parametrize("command", ["plot", "table", "export", "validate"])
def test_the_spec_that_it_stands_for_is_printed(command, folder):
    status, out, _ = run(command, *COSINE, "--print-spec")
    assert status == 0
    assert out == (
        "training: {epochs: 9, steps_per_epoch: 1}\n"
        "schedules:\n"
        "  CosineAnnealingLR:\n"
        "    optimizer: {type: SGD, lr: 0.1}\n"
        "    scheduler: {type: CosineAnnealingLR, T_max: 9}\n"
    )
    (folder / "spec.yaml").write_text(out)
    assert run("export", "spec.yaml")[1] == run("export", *COSINE)[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("none.yaml",), "none.yaml:1:1: error: there is no such file"),
        (("configs/none",), "configs/none:1:1: error: there is no such file"),
        (("none", "--epochs", "9"), "error: there is no file and no scheduler `none`"),
        (("StepLR",), "error: the length of the run is missing: give --epochs N or --steps N"),
        (("spec.yaml", "--epochs", "9"), "spec.yaml is a source; write --set epochs=9"),
        (("spec.yaml", "--print-spec"), "--print-spec needs a schedule typed as TYPE KEY=VALUE..."),
        (("StepLR", "--as", "timm", "--steps", "9"), "--as reads a file, and there is no file"),
        (("StepLR", "lr=[1", "--steps", "9"), "<command line>:1:11: error: this '[' is never"),
        (("StepLR", "lr=\x1b[31m", "--steps", "9"), "the character U+001B is not allowed"),
        (("St\x1bepLR", "lr=1", "--steps", "9"), "no scheduler `St␛epLR`; did you mean"),
        (("./a.py:Mine", "lr=1", "--steps", "9"), "`./a.py:Mine` names code, which is only run"),
    ],
)
def test_wrong_words_end_with_status_2(words, message, folder):
    (folder / "spec.yaml").write_text("training: {steps: 3}\nschedules: {a: {optimizer: {}}}\n")
    status, out, messages = run("table", *words)
    assert (status, out) == (2, "")
    assert message in messages


def test_a_file_is_read_whatever_it_is_called(folder):
    (folder / "StepLR").write_text("schedules: {}\n")
    assert is_source("StepLR")
    assert not is_source("OneCycleLR")
    assert all(map(is_source, ("-", "recipe:none", ".", "a.yaml", "x/y", "*", "a.ipynb", "")))
    assert not any(map(is_source, ("timm:CosineLRScheduler", "mine.py:Decay")))


METRIC = ("ReduceLROnPlateau", "lr=0.1", "metrics.m={csv: log.csv, column: m}", "--epochs", "3")


def test_files_that_a_typed_schedule_names_are_inputs(folder):
    (folder / "log.csv").write_text("m\n3\n2\n1\n")
    status, _, messages = run("export", *METRIC, "-o", "log.csv")
    assert status == 2
    assert "cannot write log.csv: it is an input of this command" in messages
    assert run("export", *METRIC)[0] == 0


def test_findings_that_depend_on_a_file_are_not_kept(monkeypatch, folder):
    monkeypatch.setenv("LRPLAN_NO_CACHE", "")
    monkeypatch.setenv("LRPLAN_CACHE_DIR", str(folder / "cache"))
    (folder / "log.csv").write_text("m\n3\n2\n1\n")
    assert run("validate", *METRIC)[0] < 2
    (folder / "log.csv").write_text("m\n3\n2\n")
    assert run("validate", *METRIC)[0] == 2


def test_a_class_in_a_file_is_found_from_the_working_folder(folder):
    code = "from torch.optim.lr_scheduler import ExponentialLR\nclass Mine(ExponentialLR): pass\n"
    (folder / "mine.py").write_text(code)
    words = ("./mine.py:Mine", "gamma=0.5", "lr=1", "--epochs", "3", "--trust", "-f", "csv")
    _, out, _ = run("export", *words)
    assert [line.split(",")[4] for line in out.splitlines()[1:]] == ["1.0", "0.5", "0.25"]


@pytest.mark.parametrize("option", ["--locked", "--diff", "--fix"])
def test_what_is_for_files_is_refused(option):
    status, _, messages = run("validate", *COSINE, option)
    assert (status, messages) == (
        2,
        "error: --locked, --diff and --fix are for files, and this schedule is in none\n",
    )


def test_schedules_in_quotes_are_compared():
    one, two = "StepLR step_size=3 lr=0.1 --epochs 9", "StepLR step_size=3 lr=0.2 --epochs=9"
    status, out, _ = run("compare", one, two)
    assert status == 1
    assert out.startswith(f"A  {one}  9 steps\nB  {two}  9 steps\nlr: B is A times 2 at every")
    assert run("compare", one, one)[0] == 0


def test_a_schedule_in_quotes_is_told_from_a_file(folder):
    words = ("StepLR", "groups={a: {lr: 1}}", "--epochs=9")
    assert typed_schedule_words("StepLR 'groups={a: {lr: 1}}' --epochs 9") == words
    assert operand_of("StepLR 'groups={a: {lr: 1}}' --epochs 9").name is None
    assert typed_schedule_words("StepLR lr=1 --epochs=9") == ("StepLR", "lr=1", "--epochs=9")
    (folder / "a b=c.yaml").write_text("")
    assert typed_schedule_words("StepLR") == ("StepLR",)
    for text in ("a b=c.yaml", "no such.yaml", "stepper", "./a b=c", "a.yaml b=c", "", " "):
        assert typed_schedule_words(text) == (), text
    assert operand_of("a b=c.yaml:run").name == "run"


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        ("StepLR lr='1 --epochs 9", "no closing quotation"),
        ("StepLR step_size=x --epochs 9", "<command line>:1:18: error: `step_size`: "),
        ("no such.yaml", "there is no such file"),
    ],
)
def test_a_wrong_schedule_in_quotes_is_status_2(operand, message):
    status, out, messages = run("compare", operand, "StepLR step_size=3 --epochs 9")
    assert (status, out) == (2, "")
    assert message in messages


def test_a_schedule_in_quotes_is_one_for_every_command():
    assert run("export", " ".join(COSINE))[1] == run("export", *COSINE)[1]


@pytest.mark.parametrize("command", ["lock", "import"])
@pytest.mark.parametrize(
    "words", [(" ".join(COSINE),), COSINE, COSINE[:-2]], ids=["quoted", "words", "no length"]
)
def test_a_command_that_needs_a_file_says_how_to_write_one(command, words, folder):
    status, out, messages = run(command, *words)
    said = " ".join(messages.replace("│", " ").split())
    length = "--epochs=9" if len(words) == 1 else "--epochs N" if len(words) == 3 else "--epochs 9"
    assert (status, out) == (2, "")
    if command == "import" and len(words) == 3:
        assert "Got unexpected extra argument" in said
    assert (
        f"lrplan plot CosineAnnealingLR T_max=9 lr=0.1 {length} --print-spec > schedules.yaml"
        in said
    )
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("audit", "log.csv", "--plan", *COSINE), f"--plan '{' '.join(COSINE)}'"),
        (("audit", "log.csv", "--plan", *COSINE[:3]), f"--plan '{' '.join(COSINE[:3])}'"),
        (("compare", *COSINE, "StepLR", "step_size=3"), f"lrplan compare '{' '.join(COSINE)}' ..."),
    ],
)
def test_a_schedule_without_its_quotes_is_shown_with_them(arguments, advice):
    status, out, messages = run(*arguments)
    assert (status, out) == (2, "")
    assert f"one word, in quotes: {advice}" in " ".join(messages.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("plot", "StepLR", "--step_size", "3", "--epochs", "9"), "step_size=3"),
        (("table", "StepLR", "--step-size=3", "--epochs", "9"), "step_size=3"),
        (("export", *COSINE, "--optimizer", "AdamW"), "optimizer=AdamW"),
        (("check", *COSINE, "--lr"), "lr=VALUE"),
    ],
)
def test_a_key_that_is_typed_as_an_option_is_shown_as_a_key(words, advice):
    status, out, messages = run(*words)
    assert (status, out) == (2, "")
    assert f"Keys are typed without dashes: {advice}" in " ".join(
        messages.replace("│", " ").split()
    )


def test_what_is_wrong_with_an_operand_is_told_before_any_is_simulated(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "lrplan.simulate.engine_choice", None)  # fails to import
    (folder / "spec.yaml").write_text(SPEC)
    for operand, message in (
        ("StepLR step_size=3", "the length of the run is missing"),
        ("none.yaml", "none.yaml:1:1: error: there is no such file"),
    ):
        status, _, messages = run("compare", "spec.yaml", operand)
        assert status == 2
        assert message in messages


def test_other_wrong_options_get_no_advice_about_schedules():
    status, _, messages = run("lock", "spec.yaml", "--epochs", "3")
    assert status == 2
    assert "No such option: --epochs" in messages
    assert "typed" not in messages
