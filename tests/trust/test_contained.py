"""User code leaves nothing behind, and its output never mixes with results."""

import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import lrplan
from lrplan.cli import app
from lrplan.errors import LrplanError, SpecError
from tests.trust.code import ROOT, cli, plan, problem, trace, write

SGD = "optimizer: {type: SGD, lr: 0.8}\n"
HALVING = "scheduler: {type: './own.py:Halving', every: 2}"
LATE = """
    class Late(Halving):
        def get_lr(self):
            if self.last_epoch == 3:
                self.fail()
            return super().get_lr()

        def fail(self):
            raise ValueError("no third tick")
"""


def invoke(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def late(folder, body='raise ValueError("no third tick")'):
    code = LATE.replace('raise ValueError("no third tick")', body)
    return write(folder, f"{SGD}scheduler: {{type: './own.py:Late', every: 1}}", code)


def test_a_stop_midway_shows_the_way_through_their_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failure = trace(late(tmp_path)).failure
    assert (failure.step, failure.message) == (14, "ValueError: no third tick")
    lines = (tmp_path / "own.py").read_text().splitlines()
    call, stop = lines.index("            self.fail()") + 1, len(lines)
    assert failure.detail == (
        f"own.py:{call} in get_lr: self.fail()",
        f'own.py:{stop} in fail: raise ValueError("no third tick")',
    )


def test_the_last_frame_of_a_package_is_shown_where_it_raised(tmp_path):
    failure = trace(late(tmp_path, "torch.zeros(2) + torch.zeros(3)")).failure
    assert failure.detail[-1].endswith("fail: torch.zeros(2) + torch.zeros(3)")
    failure = trace(late(tmp_path, "torch.optim.SGD([], lr=0.1)")).failure
    assert "optimizer.py" in failure.detail[-1]
    assert "sgd.py" not in " ".join(failure.detail)


def test_a_deep_recursion_is_told_in_a_few_lines(tmp_path):
    assert len(trace(late(tmp_path, "self.fail()")).failure.detail) == 9


@pytest.mark.parametrize("body", ["sys.exit(0)", "raise SystemExit", "exit()", "quit(3)"])
def test_an_exit_ends_the_run_not_the_process(body, tmp_path):
    failure = trace(late(tmp_path, f"import sys; {body}")).failure
    assert failure.message == "it ends the process (SystemExit)"


def test_no_exception_of_theirs_gets_past(tmp_path):
    body = 'raise type("Odd", (BaseException,), {})("odd")'
    with pytest.raises(LrplanError, match="Odd: odd"):
        trace(late(tmp_path, body))
    body = 'raise type("Mute", (Exception,), {"__str__": lambda self: 1 / 0})'
    assert trace(late(tmp_path, body)).failure.message == "Mute"


def test_an_error_while_importing_or_building_is_a_finding_with_its_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    finding = problem(write(tmp_path, SGD + HALVING, "1 / 0"))
    assert "`./own.py` cannot be imported: ZeroDivisionError" in finding.message
    assert finding.detail[0].endswith("in <module>: 1 / 0")
    finding = problem(write(tmp_path, SGD + HALVING, "def f(:"))
    assert "SyntaxError" in finding.message
    assert finding.detail[0].endswith(": def f(:")
    finding = problem(write(tmp_path, SGD + HALVING.replace("2", "text")))
    assert "`./own.py:Halving` cannot be built: TypeError" in finding.message
    assert finding.detail[0].startswith("own.py:")
    assert not any("lrplan" in line.partition(":")[0] for line in finding.detail)


def test_their_siblings_import_and_are_forgotten(tmp_path):
    code = "from helper import EVERY\nimport json.tool\n"
    code += "class Fixed(Halving):\n    def __init__(self, optimizer):\n"
    code += "        from deeper import more\n        super().__init__(optimizer, EVERY + more)\n"
    spec = write(tmp_path, f"{SGD}scheduler: {{type: './own.py:Fixed'}}")
    (tmp_path / "own.py").write_text((tmp_path / "own.py").read_text() + code)
    (tmp_path / "helper.py").write_text("EVERY = 1")
    (tmp_path / "deeper.py").write_text("more = 1")
    before, path = set(sys.modules), list(sys.path)
    assert trace(spec).lr["all"][10] == 0.4
    assert sys.path == path
    left = set(sys.modules) - before
    assert not {name for name in left if name in {"helper", "deeper"} or "lrplan_user" in name}
    (tmp_path / "helper.py").write_text("EVERY = 2")
    assert trace(spec).lr["all"][10] == 0.8
    assert not list(tmp_path.rglob("__pycache__"))


def test_two_files_of_one_name_do_not_meet(tmp_path):
    for name, every in (("a", 1), ("b", 2)):
        (tmp_path / name).mkdir()
        spec = write(tmp_path / name, SGD + HALVING.replace("2", str(every)))
        code = (tmp_path / name / "own.py").read_text()
        code += f"\nfrom helper import x\nassert x == {every}"
        (tmp_path / name / "own.py").write_text(code)
        (tmp_path / name / "helper.py").write_text(f"x = {every}")
        assert trace(spec).lr["all"][5] == (0.4 if every == 1 else 0.8)


def test_a_module_is_found_beside_the_spec_and_in_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "specs").mkdir()
    (tmp_path / "pkg").mkdir()
    spec = write(tmp_path / "specs", f"{SGD}scheduler: {{type: 'pkg.own:Halving', every: 2}}")
    (tmp_path / "specs" / "own.py").rename(tmp_path / "pkg" / "own.py")
    monkeypatch.chdir(tmp_path)
    assert trace(spec).lr["all"][10] == 0.4
    assert "pkg" not in sys.modules


def test_what_a_script_sets_for_its_process_is_put_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = """
        import os, sys, warnings, numpy
        os.chdir("/")
        torch.set_default_dtype(torch.float64)
        numpy.seterr(all="raise")
        warnings.simplefilter("error")
        sys.argv.append("--more")
    """
    before = list(sys.argv), np.geterr(), list(warnings.filters), sys.dont_write_bytecode
    trace(write(tmp_path, SGD + HALVING, code))
    after = list(sys.argv), np.geterr(), list(warnings.filters), sys.dont_write_bytecode
    assert after == before
    assert Path.cwd() == tmp_path
    assert torch.get_default_dtype() is torch.float32


NOISY = """
    import os, sys
    print("import")
    os.write(1, b"raw\\n")
    os.system("echo child")

    class Noisy(Halving):
        def get_lr(self):
            print("tick")
            sys.__stdout__.write("underneath")
            return super().get_lr()
"""


@pytest.mark.parametrize("unbuffered", ["", pytest.param("1", marks=pytest.mark.slow)])
def test_prints_go_to_standard_error(tmp_path, unbuffered):
    write(tmp_path, f"{SGD}scheduler: {{type: './own.py:Noisy', every: 2}}", NOISY)
    variables = {"PYTHONUNBUFFERED": unbuffered}
    quiet = cli("export", "spec.yaml", "-f", "csv", "-o", "-", "--trust", cwd=tmp_path, **variables)
    lines = quiet.stdout.splitlines()
    assert quiet.returncode == 0
    assert lines[0] == "schedule,group,step,epoch,lr,momentum,weight_decay"
    assert len(lines) == 31
    for said in ("import", "raw", "child", "tick", "underneath"):
        assert said in quiet.stderr
    assert not list(tmp_path.rglob("__pycache__"))


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("sys.exit(0)", 2, "it ends the process"),
        ("raise KeyboardInterrupt", 130, "interrupted"),
        ("input()", 2, "EOFError"),
        ("import nowhere", 2, "No module named 'nowhere'"),
        ("raise BaseException", 2, "BaseException"),
    ],
)
def test_the_command_ends_in_order(body, status, said, tmp_path):
    spec = write(tmp_path, SGD + HALVING, f"import sys; {body}")
    done = invoke("table", spec, "--trust")
    assert (done.exit_code, done.stdout) == (status, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_every_command_works_on_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = write(tmp_path, SGD + HALVING)
    spec.write_text(f"{spec.read_text()}\n  made:\n    factory: ./own.py:make\n")
    code = (
        (tmp_path / "own.py").read_text()
        + """

def make():
    made = torch.optim.SGD(parameters(), lr=0.8)
    return made, Halving(made, 2)
"""
    )
    (tmp_path / "own.py").write_text(code)
    for command in (
        ("table", spec),
        ("plot", spec, "-o", "out.svg"),
        ("lock", spec),
        ("validate", spec, "--locked"),
        ("compare", f"{spec}:it", f"{spec}:made"),
        ("export", spec, "made", "-f", "json", "-o", "out.json"),
        ("export", spec, "made", "-f", "markdown"),
    ):
        assert invoke(*command).exit_code == 2, command
        done = invoke(*command, "--trust")
        assert done.exit_code == 0, (command, done.output)
    for module in ("pytorch", "lightning", "transformers"):
        done = invoke("export", spec, "it", "-f", module, "--trust")
        assert (done.exit_code, done.stdout) == (2, "")
        assert "./own.py:Halving, which is code already" in done.stderr
    (tmp_path / "own.py").write_text(code + "\nHalving.get_lr = lambda self: [0.1]\n")
    drifted = invoke("lock", spec, "--check", "--trust")
    assert drifted.exit_code == 1
    assert "is your own code and may have changed since" in drifted.output


def test_python_trusts_only_when_told(tmp_path):
    spec = write(tmp_path, SGD + HALVING)
    with pytest.raises(SpecError):
        lrplan.load(spec)
    one = lrplan.load(spec, trust=True)["it"]
    assert one.simulate().lr["all"][10] == 0.4
    text = spec.read_text().replace("./own.py", str(tmp_path / "own.py"))
    with pytest.raises(SpecError):
        lrplan.loads(text)
    assert lrplan.loads(text, trust=True)["it"].simulate().lr["all"][10] == 0.4


def test_these_tests_run_the_sources_at_hand():
    assert Path(lrplan.__file__).is_relative_to(ROOT)
    assert plan.__module__ == "tests.trust.code"
    assert os.fspath(ROOT)
