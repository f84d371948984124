"""Mistakes that only show when a script is read together with the files that it imports from."""

import json
import textwrap

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.source_code.project_files import MAX_FILES, files_beside
from lrplan.text_position import InputText

TRAIN = """
import torch
{imports}
net = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
scheduler = {make}(optimizer, {epochs})
for epoch in range({epochs}):
    for x in loader:
        optimizer.zero_grad()
        net(x).sum().backward()
        optimizer.step()
        scheduler.step()
"""
OPTIM = """
from torch.optim.lr_scheduler import CosineAnnealingLR
EPOCHS = 90

def make_scheduler(optimizer, epochs):
    return CosineAnnealingLR(optimizer, T_max=epochs)
"""
RULE = "horizon-in-epochs-stepped-per-step"


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LRPLAN_CACHE", str(tmp_path / "cache"))


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), "utf-8")


def train(imports, make="make_scheduler", epochs="EPOCHS"):
    return TRAIN.format(imports=imports, make=make, epochs=epochs)


def validate(*words):
    """The places of findings, ``file:line: rule``, and the exit status."""
    done = CliRunner().invoke(app, ["validate", *words, "--format", "json"])
    found = json.loads(done.stdout)
    return [f"{each['file']}:{each['line']}: {each['name']}" for each in found], done.exit_code


@pytest.mark.parametrize(
    ("script", "imports", "make", "epochs", "where"),
    [
        ("train.py", "from optim import *", "make_scheduler", "EPOCHS", "optim.py"),
        ("train.py", "from optim import make_scheduler as mk, EPOCHS", "mk", "EPOCHS", "optim.py"),
        ("train.py", "import optim", "optim.make_scheduler", "optim.EPOCHS", "optim.py"),
        ("train.py", "import lib.optim", "lib.optim.make_scheduler", "lib.optim.EPOCHS",
         "lib/optim.py"),
        ("train.py", "import lib.optim as o", "o.make_scheduler", "o.EPOCHS", "lib/optim.py"),
        ("train.py", "from lib import optim", "optim.make_scheduler", "optim.EPOCHS",
         "lib/optim.py"),
        ("pkg/train.py", "from .optim import (\n    make_scheduler,\n    EPOCHS,\n)",
         "make_scheduler", "EPOCHS", "pkg/optim.py"),
        ("pkg/train.py", "from . import optim", "optim.make_scheduler", "optim.EPOCHS",
         "pkg/optim.py"),
        ("pkg/sub/train.py", "from ..optim import make_scheduler, EPOCHS", "make_scheduler",
         "EPOCHS", "pkg/optim.py"),
        ("pkg/sub/train.py", "from pkg.optim import make_scheduler, EPOCHS", "make_scheduler",
         "EPOCHS", "pkg/optim.py"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_stands(tmp_path, script, imports, make, epochs, where):
    packages = {"pkg/__init__.py": "", "pkg/sub/__init__.py": "", "lib/__init__.py": ""}
    write(tmp_path, packages | {script: train(imports, make, epochs), where: OPTIM})
    assert validate(script) == ([f"{where}:6: {RULE}"], 1)


def test_a_loop_in_another_file_is_followed(tmp_path):
    engine = """
        def fit(net, loader, optimizer, scheduler, epochs):
            for epoch in range(epochs):
                for x in loader:
                    optimizer.zero_grad()
                    net(x).sum().backward()
                    optimizer.step()
                    scheduler.step()
        """
    script = """
        import torch
        from engine import fit
        EPOCHS = 30
        net = torch.nn.Linear(2, 2)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)
        fit(net, loader, optimizer, scheduler, epochs=EPOCHS)
        """
    write(tmp_path, {"train.py": script, "engine.py": engine})
    assert validate("train.py") == ([f"train.py:7: {RULE}"], 1)


@pytest.mark.parametrize(
    "files",
    [
        {"train.py": train("from elsewhere import make_scheduler, EPOCHS")},
        {"train.py": train("from optim import make_scheduler, EPOCHS"), "optim.py": "def f(:\n"},
        {"a/train.py": train("from ..optim import *"), "optim.py": OPTIM},
        {"a/train.py": train("import optim", "optim.make_scheduler", "9"), "optim.py": OPTIM},
        {"train.py": train("from optim import *"), "optim.py": OPTIM + "#" * 100_000},
    ],
)
def test_what_is_not_beside_the_script_is_unknown_and_silent(tmp_path, files):
    write(tmp_path, files)
    assert validate(next(iter(files))) == ([], 0)


def test_a_link_that_leads_outside_is_not_followed(tmp_path):
    write(tmp_path, {"a/train.py": train("from optim import *"), "secret.py": OPTIM})
    (tmp_path / "a" / "optim.py").symlink_to(tmp_path / "secret.py")
    assert validate("a/train.py") == ([], 0)
    (tmp_path / "a" / "optim.py").unlink()
    (tmp_path / "a" / "optim.py").write_text(OPTIM, "utf-8")
    assert validate("a/train.py")[1] == 1


def test_modules_that_import_each_other_end(tmp_path):
    optim = "from other import *\nimport train\n" + OPTIM
    other = "from optim import make_scheduler\nfrom train import optimizer\nEPOCHS = 3\n"
    write(tmp_path, {"train.py": train("from optim import *"), "optim.py": optim,
                     "other.py": other})  # fmt: skip
    assert validate("train.py") == ([f"optim.py:8: {RULE}"], 1)


def test_the_main_part_of_a_module_does_not_run(tmp_path):
    main = """
        if __name__ == "__main__":
            EPOCHS = 5
            make_scheduler = None
        """
    write(tmp_path, {"train.py": train("from optim import *"),
                     "optim.py": OPTIM + textwrap.dedent(main)})  # fmt: skip
    assert validate("train.py") == ([f"optim.py:6: {RULE}"], 1)


def test_names_of_the_script_are_not_those_of_a_module(tmp_path):
    optim = OPTIM + "print(net, loader, scheduler)\n"
    write(tmp_path, {"train.py": train("loader = None\nfrom optim import *"), "optim.py": optim})
    assert validate("train.py") == ([f"optim.py:6: {RULE}"], 1)


def test_a_comment_in_the_other_file_silences_it(tmp_path):
    silent = OPTIM.replace("T_max=epochs)", f"T_max=epochs)  # lrplan: ignore[{RULE}]")
    write(tmp_path, {"train.py": train("from optim import *"), "optim.py": silent})
    assert validate("train.py") == ([], 0)
    assert validate("optim.py") == ([], 0)  # it cannot know that the comment is needed


def test_several_scripts_tell_it_once_and_an_excluded_file_not_at_all(tmp_path):
    text = train("from optim import *")
    write(tmp_path, {"a.py": text, "b.py": text, "optim.py": OPTIM})
    assert validate(".", "--as", "source")[0] == [f"optim.py:6: {RULE}"]
    assert validate(".", "--as", "source", "--exclude", "optim.py")[0] == []


def test_what_is_kept_goes_with_the_text_of_all_files(tmp_path):
    write(tmp_path, {"train.py": train("from optim import *"), "optim.py": OPTIM})
    assert validate("train.py")[1] == 1
    assert validate("train.py")[1] == 1
    write(tmp_path, {"optim.py": OPTIM.replace("T_max=epochs", "T_max=epochs * n")})
    assert validate("train.py")[1] == 0


def test_a_fix_changes_no_other_file(tmp_path):
    old = OPTIM.replace("T_max=epochs", "T_max=100, verbose=True")
    write(tmp_path, {"train.py": train("from optim import *"), "optim.py": old})
    before = {path: path.read_bytes() for path in tmp_path.glob("*.py")}
    CliRunner().invoke(app, ["validate", "train.py", "--fix"])
    assert {path: path.read_bytes() for path in tmp_path.glob("*.py")} == before


def test_so_many_files_are_read_and_no_more(tmp_path):
    names = [f"optim_{number}" for number in range(2 * MAX_FILES)]
    write(tmp_path, {f"{name}.py": OPTIM for name in names})
    imports = "\n".join(f"import {name}" for name in names)
    script = tmp_path / "train.py"
    script.write_text(train(imports), "utf-8")
    found = files_beside(InputText(str(script), script.read_text("utf-8")))
    assert len(found.texts) == MAX_FILES


def test_a_text_full_of_open_imports_is_no_trouble(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("x.step()\n" + "from optim import (\n" * 5_000, "utf-8")
    write(tmp_path, {"optim.py": OPTIM})
    assert files_beside(InputText(str(script), script.read_text("utf-8"))).texts == {}


def test_standard_input_has_no_files_beside_it(tmp_path):
    write(tmp_path, {"optim.py": OPTIM})
    assert files_beside(InputText("<stdin>", train("from optim import *"))).texts == {}


def test_no_output_goes_over_a_file_that_was_read(tmp_path):
    write(tmp_path, {"train.py": train("from optim import *"), "optim.py": OPTIM})
    done = CliRunner().invoke(app, ["import", "train.py", "-o", "optim.py", "--force"])
    assert done.exit_code == 2
    assert (tmp_path / "optim.py").read_text("utf-8") == OPTIM


def test_the_plan_of_several_files_names_each_of_them(tmp_path):
    write(tmp_path, {"train.py": train("from optim import *"), "optim.py": OPTIM})
    done = CliRunner().invoke(app, ["import", "train.py"])
    assert "T_max: 90" in done.stdout
    assert "in optim.py:6" in done.stdout
    assert "in train.py:5" in done.stdout
