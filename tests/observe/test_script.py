"""``lrplan record`` runs a program as Python does: what it sees, prints, and returns."""

import json
import os
import signal

import pytest
from typer.testing import CliRunner

from lrplan import pending_program
from lrplan.cli import app
from lrplan.recordings import read
from lrplan.recordings.writer import write_recording
from tests.support.processes import python, recorded
from tests.support.recordings import recording

SEES = """\
import __main__, os, signal, sys, warnings
def show(*values):
    print(*values, flush=True)
here = [each for each in vars() if each not in ("show", "os", "signal", "sys", "warnings")]
show(sorted(here), __name__, __file__, __package__, __doc__)
show(getattr(__spec__, "name", None), type(__loader__).__name__)
# Its own options are --steps and --epochs.
show(sys.argv, sys.path, vars() is vars(__main__), sys.modules["__main__"] is __main__)
show([signal.getsignal(getattr(signal, name)) for name in ("SIGINT",)])
show(warnings.filters, sys.stdout.errors, sys.stderr.errors, type(sys.stdout))
show(sys.excepthook is sys.__excepthook__, sys.unraisablehook is sys.__unraisablehook__)
show([name for name in ("numpy", "rich", "typer", "pydantic", "yaml") if name in sys.modules])
show(os.getcwd(), sys.flags.optimize)
import atexit
atexit.register(show, "at exit")
"""

ENDS = {
    "well": "",
    "with a status": "sys.exit(3)",
    "with a text": "sys.exit('text')",
    "by an exception": """
def inner():
    raise KeyError("a")
try:
    inner()
except KeyError as error:
    raise ValueError("b") from error
""",
    "by Ctrl-C": "raise KeyboardInterrupt",
    "by a signal": "os.kill(os.getpid(), signal.SIGTERM)",
    "by Ctrl-C from outside": "os.kill(os.getpid(), signal.SIGINT)",
    "at once": "os._exit(5)",
    "with a hook": "sys.excepthook = lambda *_: show('hook', _[0]); 1/0",
    "in a thread": "import threading; threading.Thread(target=lambda: show('thread')).start()",
}


def report_of(text):
    """Lines that lrplan has added to standard error."""
    return [line for line in text.splitlines() if line.startswith("lrplan: ")]


def own(text):
    """Standard error without these lines."""
    return [line for line in text.splitlines() if not line.startswith("lrplan: ")]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "other.py").write_text("value = 7\n")
    return tmp_path


USUAL = {"by an exception", "by Ctrl-C"}
"""Ends that the usual tests look at; each starts two processes."""


@pytest.mark.parametrize(
    "end", [each if each in USUAL else pytest.param(each, marks=pytest.mark.slow) for each in ENDS]
)
def test_a_script_sees_prints_and_returns_the_same(folder, end):
    (folder / "scripts" / "train.py").write_text(SEES + ENDS[end])
    expected = python(folder, "scripts/train.py", "--epochs", "3", "-m", "x")
    actual = recorded(folder, "scripts/train.py", "--epochs", "3", "-m", "x")
    assert actual.stdout == expected.stdout
    assert actual.returncode == expected.returncode
    assert own(actual.stderr) == expected.stderr.splitlines()
    # Nothing can be written where a process ends at once.
    assert (folder / "train.lrrec").exists() == (end != "at once")
    assert bool(report_of(actual.stderr)) == (end != "at once")


@pytest.mark.parametrize(
    "words", [["package"], pytest.param(["package.main"], marks=pytest.mark.slow)], ids=str
)
def test_a_module_sees_prints_and_returns_the_same(folder, words):
    program = SEES + "from . import other\nfrom package.other import value\nshow(value, other)\n"
    for name in ("__main__", "main"):
        (folder / "package" / f"{name}.py").write_text(program)
    expected = python(folder, "-m", *words, "--steps", "3")
    actual = recorded(folder, "-q", "-m", *words, "--steps", "3")
    assert (actual.stdout, actual.returncode) == (expected.stdout, 0)
    assert expected.stdout
    assert own(actual.stderr) == expected.stderr.splitlines()


@pytest.mark.slow
def test_a_folder_is_a_program(folder):
    (folder / "scripts" / "__main__.py").write_text(SEES)
    expected, actual = python(folder, "scripts", "a"), recorded(folder, "scripts", "a")
    assert (actual.stdout, actual.returncode) == (expected.stdout, 0)
    assert expected.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    ["def broken(:\n", "x = '\\N{no such name}'\n", "# coding: latin-1\nprint('\xe9')\n"],
    ids=["syntax", "escape", "coding"],
)
def test_source_that_python_refuses_or_decodes(folder, program):
    (folder / "train.py").write_bytes(program.encode("latin-1"))
    expected, actual = python(folder, "train.py"), recorded(folder, "train.py")
    assert (actual.stdout, actual.returncode) == (expected.stdout, expected.returncode)
    assert own(actual.stderr) == expected.stderr.splitlines()


SPAWN = """\
import multiprocessing, os, pickle, sys
class Thing:
    pass
def child(queue):
    queue.put((__name__, type(Thing()).__module__, sys.argv, os.path.basename(__file__)))
if __name__ == "__main__":
    assert type(pickle.loads(pickle.dumps(Thing()))) is Thing
    for method in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context(method)
        queue = context.SimpleQueue()
        process = context.Process(target=child, args=(queue,))
        process.start()
        print(method, queue.get())
        process.join()
        print(process.exitcode)
"""


@pytest.mark.slow
def test_processes_that_the_script_starts(folder):
    (folder / "train.py").write_text(SPAWN)
    expected, actual = python(folder, "train.py", "a"), recorded(folder, "train.py", "a")
    assert actual.stdout == expected.stdout
    assert "spawn" in expected.stdout
    assert own(actual.stderr) == expected.stderr.splitlines()
    assert len([each for each in report_of(actual.stderr) if "wrote" in each]) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "there is nothing to run"),
        (["none.py"], "there is no script none.py"),
        (["-m", "no_such_module"], "there is no module no_such_module"),
        (["scripts"], "without a __main__.py"),
        (["run.lrrec"], "is a recording, not a program: lrplan plot run.lrrec draws it"),
        (["--steps", "0", "train.py"], "Invalid value"),
        (["--steps", "1", "--epochs", "1", "train.py"], "give one"),
        (["--epoch", "1", "train.py"], "No such option"),
        (["-o", "train.py", "train.py"], "it is an input"),
        (["--report", "train.py", "train.py"], "it is an input"),
        (["--select", "no-such-rule", "train.py"], "no-such-rule"),
        (["-o", "x", "--spec", "./x", "train.py"], "two outputs would be written to x"),
        (["--report", "train.lrrec", "train.py"], "two outputs would be written to train.lrrec"),
    ],
    ids=str,
)
def test_wrong_usage_is_2_before_the_script_starts(folder, words, message, monkeypatch):
    (folder / "train.py").write_text("print('started')")
    write_recording(folder / "run.lrrec", recording())
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(app, ["record", *words])
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert not pending_program.is_program_pending()


@pytest.mark.parametrize(
    ("words", "target", "arguments"),
    [
        (["train.py", "--epochs", "x", "-m", "y", "--help"], "train.py", 5),
        (["-q", "-o", "x.lrrec", "--steps=3", "train.py", "--steps", "x"], "train.py", 2),
        (["-o", "x.lrrec", "-q", "-m", "package", "--epochs", "x", "-m", "--help"], "package", 4),
        (["-mpackage", "-o", "y"], "package", 2),
        (["--module=package", "--format", "y"], "package", 2),
        (["--format", "json", "--", "train.py", "-q"], "train.py", 1),
    ],
    ids=str,
)
def test_what_stands_behind_the_program_is_its_own(folder, words, target, arguments, monkeypatch):
    (folder / "train.py").write_text("")
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(app, ["record", *words])
    assert done.exit_code == 0, done.output
    program = pending_program.take_pending_program().__self__._program
    assert (program.target, program.arguments) == (target, words[len(words) - arguments :])


@pytest.mark.slow
def test_a_recording_that_cannot_be_written(folder):
    (folder / "train.py").write_text("import os, sys\nos.rmdir('no')\nsys.exit(int(sys.argv[1]))")
    for status, expected in (("0", 3), ("4", 4)):
        (folder / "no").mkdir()
        done = recorded(folder, "-o", "no/where.lrrec", "train.py", status)
        assert done.returncode == expected
        assert "cannot write" in done.stderr
        assert "no/where.lrrec" in done.stderr


@pytest.mark.parametrize("option", ["--report", "--spec"])
def test_what_can_be_written_is_written_where_another_output_cannot(folder, option):
    (folder / "train.py").write_text(
        "import os, torch\nos.rmdir('no')\nweight = torch.nn.Parameter(torch.zeros(1))\n"
        "optimizer = torch.optim.SGD([weight], lr=0.1)\n"
        "scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer, 0.5, 2)\n"
        "for _ in range(5):\n    scheduler.step()\n    optimizer.step()\n"
    )
    (folder / "no").mkdir()
    done = recorded(folder, option, "no/where", "train.py")
    assert done.returncode == 3
    assert "no/where: the folder" in done.stderr
    assert "OutputError" not in done.stderr
    assert "scheduler-step-before-optimizer-step" in done.stderr
    assert "lrplan: wrote train.lrrec" in done.stderr
    assert read(folder / "train.lrrec").optimizers[0].trace.steps == 5


@pytest.mark.parametrize("option", ["-o", "--report", "--spec"])
def test_nothing_is_run_for_an_output_that_has_no_folder(folder, option):
    (folder / "train.py").write_text("open('mark', 'w')")
    done = recorded(folder, option, "no/where.lrrec", "train.py")
    assert done.returncode == 2
    assert "the folder no does not exist" in done.stderr
    assert not (folder / "mark").exists()


@pytest.mark.slow
def test_a_script_that_goes_elsewhere(folder):
    """It changes its folder, its path, its modules and streams: all is where it was asked for."""
    program = "import io, os, sys\nos.chdir('scripts')\nsys.path[:] = []\nsys.argv.clear()\n"
    program += "sys.stdout = sys.stderr = io.StringIO()\n"
    (folder / "train.py").write_text(program)
    (folder / "rich.py").write_text("raise RuntimeError('the wrong one')")
    done = recorded(folder, "train.py")
    assert done.returncode == 0, done.stderr
    assert (folder / "train.lrrec").exists()
    assert done.stderr.endswith("lrplan: wrote train.lrrec\n")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed there")
def test_a_script_that_removes_its_folder(folder):
    program = "import os, sys\nos.mkdir('x')\nos.chdir('x')\nos.rmdir('../x')\nsys.stderr.close()"
    (folder / "train.py").write_text(program)
    done = recorded(folder, "train.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "train.lrrec").exists()


TRAINS = """\
import sys, torch
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, 5)
steps = 0
try:
    for epoch in range(3):
        for batch in torch.utils.data.DataLoader(torch.ones(8, 2), batch_size=4):
            schedule.step()
            net(batch).sum().backward()
            try:
                optimizer.step()
            except:
                print("caught", flush=True)
                if "again" not in sys.argv:
                    raise
            steps += 1
finally:
    print("finally", steps, flush=True)
"""


def test_a_script_that_trains(folder):
    """Findings at its lines, an exit status by their severity, a report for programs."""
    (folder / "train.py").write_text(TRAINS)
    done = recorded(folder, "--fail-on", "warning", "train.py")
    assert done.returncode == 1
    assert "train.py:9:13:" in done.stderr
    assert "\n     |             ^^^^^^^^^^^^^^^\n" in done.stderr
    assert "scheduler-step-before-optimizer-step" in done.stderr
    assert "lrplan: optimizer-0: SGD, 6 steps, lr 0.1 to 0.01" in done.stderr
    run = read(folder / "train.lrrec")
    assert run.optimizers[0].trace.lr["all"].tolist()[:4] == [0.1] * 4
    assert (run.file, run.ending, run.epochs.value) == ("train.py", "finished", 3)


@pytest.mark.slow
def test_a_script_that_is_stopped(folder):
    (folder / "train.py").write_text(TRAINS)
    done = recorded(folder, "--report", "r.json", "--format", "json", "--steps", "4", "train.py")
    assert (done.returncode, done.stdout) == (0, "caught\nfinally 3\n")
    assert "lrplan: the run was stopped by --steps 4\n" in done.stderr
    assert "lrplan: wrote r.json\n" in done.stderr
    (finding,) = json.loads((folder / "r.json").read_text())
    assert (finding["file"], finding["line"]) == ("train.py", 9)
    run = read(folder / "train.lrrec")
    assert (run.ending, run.optimizers[0].trace.steps) == ("stopped", 4)

    done = recorded(folder, "--steps", "3", "--ignore", "LRP", "train.py", "again")
    assert done.stdout == "caught\ncaught\nfinally 4\n"  # and the next pass is not begun
    assert read(folder / "train.lrrec").optimizers[0].trace.steps == 3

    done = recorded(folder, "--epochs", "2", "-q", "train.py")
    assert (done.returncode, done.stdout) == (0, "finally 4\n")
    run = read(folder / "train.lrrec")
    assert (run.ending, run.optimizers[0].trace.steps) == ("stopped", 4)
    assert sum(each.kind == "epoch_began" for each in run.events) == 2


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals end a process in other ways there")
def test_a_signal_in_the_middle_of_training(folder):
    kill = f"            if steps == 3: import os; os.kill(os.getpid(), {int(signal.SIGTERM)})\n"
    (folder / "train.py").write_text(
        TRAINS.replace("            schedule", kill + "            schedule")
    )
    done = recorded(folder, "train.py")
    assert done.returncode == -signal.SIGTERM
    assert "finally" not in done.stdout
    run = read(folder / "train.lrrec")
    assert (run.ending, run.optimizers[0].trace.steps) == ("interrupted", 3)
