"""The scripts of the tables again, with their functions and classes in another file."""

import ast
from pathlib import Path

import pytest

from lrplan.commands.checking.lint_script import lint_script
from lrplan.commands.checking.validate_options import ValidateOptions
from lrplan.finding import Severity
from lrplan.source_code.project_files import files_beside
from lrplan.text_position import InputText
from tests.source_code.mistakes import MISSED
from tests.source_code.test_accuracy import MARK, MISTAKES, WELL_MADE


def parted(text):
    """The script without its functions and classes, and these; None where there are none."""
    body = ast.parse(text).body
    lines = text.splitlines()
    moved = [
        node
        for node in body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.decorator_list
    ]
    if not moved:
        return None
    imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
    constants = [
        node
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    ]
    helpers = [_lines(lines, node) for node in (*imports, *constants, *moved)]
    gone = {number for node in moved for number in range(node.lineno, node.end_lineno + 1)}
    after = max((node.end_lineno for node in imports), default=0)
    script = []
    for number, line in enumerate(lines, start=1):
        script += [] if number in gone else [line]
        script += ["from helpers import *"] if number == after else []
    return {"train.py": "\n".join(script) + "\n", "helpers.py": "\n\n".join(helpers) + "\n"}


def _lines(lines, node):
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])


def alarms(files):
    """The places that warnings and errors reach over, by finding: ``(rule, file, line)``."""
    found = {}
    for name in files:
        source = InputText(name, Path(name).read_text("utf-8"))
        for each in lint_script(source, ValidateOptions(), files_beside(source)).findings:
            if each.severity is not Severity.INFO:
                lines = range(each.line, each.end_line + 1)
                found[each.name, each.file, each.line] = {
                    (each.name, each.file, line) for line in lines
                }
    return list(found.values())


@pytest.mark.parametrize("table", [MISTAKES, WELL_MADE], ids=["mistakes", "well-made"])
def test_the_same_is_found_in_two_files(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wrong = {}
    for name, text in table.items():
        files = parted(text) if name not in MISSED else None
        if files is None:
            continue
        for file, part in files.items():
            Path(file).write_text(part, "utf-8")
        wanted = {
            (match[1], file, number)
            for file, part in files.items()
            for number, line in enumerate(part.splitlines(), start=1)
            if (match := MARK.search(line))
        }
        found = alarms(files)
        lost = wanted - {place for places in found for place in places}
        surplus = [places for places in found if not places & wanted]
        if lost or surplus:
            wrong[name] = (lost, surplus)
    assert wrong == {}
