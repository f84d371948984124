"""Scripts and notebooks that can be parsed, and those that cannot."""

import json

import pytest

from lrplan.source_code.reader import read_script
from lrplan.text_position import InputText
from tests.support.scripts import HEAD, observations


def read(text, name="train.py"):
    return read_script(InputText(name, text))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x = (1,\n", 1, "'(' was never closed"),
        ("def f():\nreturn 1\n", 2, "expected an indented block"),
        ("a\x00b", 1, "null byte"),
        ("x = " + "(" * 300, 1, "too many nested parentheses"),
    ],
)
def test_what_cannot_be_parsed_is_a_problem_with_its_line(text, line, message):
    (problem,) = read(text).problems
    assert problem.name == "source-syntax"
    assert message in problem.message
    assert problem.line == line


@pytest.mark.parametrize("text", ["", "\ufeffx = 1", "x = 1\r\ny = 2\r", "print(1)\n" * 10])
def test_a_script_without_schedules_has_nothing(text):
    assert read(text).programs == ()
    assert read(text).problems == ()


def notebook(*cells, **options):
    made = [{"cell_type": "code", "source": each.splitlines(keepends=True)} for each in cells]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": ["# hi"]}, *made]}, **options)


def test_code_of_a_notebook_stands_on_the_lines_of_its_file():
    text = notebook(
        "%matplotlib inline\n!pip install torch",
        HEAD,
        "%%bash\nls\n",
        "scheduler = StepLR(optimizer, 30)\n",
        indent=1,
    )
    reading = read(text, "train.ipynb")
    (way,) = reading.programs
    location = way.location(way.schedulers[0].place)
    assert "StepLR(optimizer, 30)" in text.splitlines()[location.line - 1]


def test_cells_that_are_one_string_stand_on_the_line_of_that_string():
    """The format of notebooks allows a text in place of a list of lines."""
    cells = [
        {"source": "# {}", "cell_type": "markdown"},
        {"cell_type": "code", "source": HEAD},
        {"source": "scheduler = StepLR(optimizer, 30)\nx = [1, {}]", "cell_type": "code"},
        {"cell_type": "code", "source": ["a = ", "'\\u00e9'\n", "b = 2"]},
    ]
    text = json.dumps({"cells": cells, "nbformat": 4}, indent=1)
    reading = read(text, "train.ipynb")
    lines = text.splitlines()
    where = [lines[number - 1] for number in reading.file_lines]
    head = len(HEAD.splitlines())
    assert [json.dumps(HEAD) in line for line in where] == [True] * head + [False] * 4
    assert ["StepLR(optimizer, 30)" in line for line in where[head:]] == [True, True, False, False]
    assert [line.strip() for line in where[-2:]] == ['"a = ",', '"b = 2"']


def test_a_notebook_on_one_line_is_read_all_the_same():
    (way,) = read(notebook(HEAD, "scheduler = StepLR(optimizer, 30)"), "train.ipynb").programs
    assert way.location(way.schedulers[0].place).line == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', '{"cells": [1]}', "x = 1"])
def test_what_is_no_notebook_is_a_problem(text):
    (problem,) = read(text, "train.ipynb").problems
    assert problem.name == "source-syntax"


def test_a_script_of_very_many_statements_is_left_half_read():
    body = "".join(f"x{number} = {number}\n" for number in range(30_000))
    reading = read(HEAD + body)
    assert reading.problems == ()


def test_a_star_brings_every_optimizer_and_scheduler_of_torch():
    text = """\
from torch.optim import *
from torch.optim.lr_scheduler import *
optimizer = NAdam(model.parameters(), lr=0.1)
scheduler = PolynomialLR(optimizer, total_iters=5)
for epoch in range(5):
    optimizer.step()
    scheduler.step()
"""
    (program,) = observations(text)
    assert [each.type for each in program.optimizers] == ["NAdam"]
    assert [each.type for each in program.schedulers] == ["PolynomialLR"]
