"""Whatever a spec is called, the code that is written does the same, and nothing else."""

import ast
import io
import json
import tokenize
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrplan.export.code import to_lightning, to_pytorch, to_transformers
from lrplan.export.code.identifiers import UniqueNames, snake_case
from lrplan.export.code.literals import comment, literal
from lrplan.export.markdown import to_markdown
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.export.running import plain_loop

NAMES = [
    "x\nraise SystemExit",
    "\r\nraise SystemExit\r",
    'x"); raise SystemExit  #',
    "'''\nraise SystemExit\n'''",
    '"""\nraise SystemExit\n"""',
    "back\\slash\\",
    "\\",
    "{__import__('os')}",
    "coding: utf-7 +AAo-raise SystemExit",
    "# -*- coding: utf-16 -*-",
    "class",
    "lambda",
    "print",
    "torch",
    "optimizer",
    "build_scheduler",
    "math",
    "cosine",
    "2 fast",
    "\u6a21\u578b",
    "\u202e\u2066hidden\u2069",
    "a\u2028raise SystemExit\u2029",
    "\x0craise SystemExit",
    "\u00e9" * 60,
    "-",
    " ",
    "fmt: off",
    "type: ignore",
    "long " * 40,
]
SPEC = """
training: {{epochs: 3, steps_per_epoch: 2}}
schedules:
  {0}:
    title: {0}
    description: {0}
    optimizer: {{type: SGD, lr: 0.1, momentum: 0.9, groups: {{{0}: {{}}, other: {{lr: 2}}}}}}
    scheduler:
      - {{type: LambdaLR, name: {0}, lr_lambda: [0.9 ** t, 0.8 ** t], interval: step}}
      - {{type: StepLR, step_size: 1, name: {0}, groups: [{0}]}}
      - {{type: ReduceLROnPlateau, monitor: {0}, patience: 0, groups: [other]}}
    metrics: {{{0}: [1, 1, 1]}}
"""
PLAIN = """
training: {{epochs: 3, steps_per_epoch: 2}}
schedules:
  {0}:
    title: {0}
    description: {0}
    optimizer: {{type: AdamW, lr: 0.1}}
    scheduler: {{type: CosineAnnealingLR, T_max: 6, interval: step}}
"""


def loaded(name, spec=SPEC):
    text = spec.format(json.dumps(name))
    return load(InputText("spec.yaml", text), Path()).plans[name]


def shape(source):
    """The kinds of nodes of its tree, in order: what it does, whatever things are called."""
    return [type(node).__name__ for node in ast.walk(ast.parse(source))]


@pytest.mark.parametrize("export", [to_pytorch, to_lightning])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_changes_nothing_but_names(name, export):
    plan, harmless = loaded(name), loaded("harmless")
    source, expected = export(plan, simulate(plan)), export(harmless, simulate(harmless))
    assert shape(source) == shape(expected)
    # An encoding declared in a comment would change what these bytes mean.
    assert ast.dump(ast.parse(source.encode())) == ast.dump(ast.parse(source))


@pytest.mark.parametrize("name", NAMES)
def test_the_curve_is_the_same(name):
    plan = loaded(name)
    trace = simulate(plan)
    plain_loop(to_pytorch(plan, trace), plan, trace).check(trace)


@pytest.mark.parametrize("name", NAMES)
def test_training_arguments_hold_nothing_of_it(name):
    plan, harmless = loaded(name, PLAIN), loaded("harmless", PLAIN)
    source = to_transformers(plan, simulate(plan))
    assert shape(source) == shape(to_transformers(harmless, simulate(harmless)))


@pytest.mark.parametrize("name", NAMES)
def test_markdown_has_as_many_lines(name):
    plan, harmless = loaded(name), loaded("harmless")
    text = to_markdown(plan, simulate(plan))
    assert len(text.splitlines()) == len(to_markdown(harmless, simulate(harmless)).splitlines())


@given(st.text())
def test_a_string_literal_reads_back(text):
    source = literal(text)
    assert ast.literal_eval(source) == text
    assert source.isprintable()


@given(st.text())
def test_a_comment_is_nothing_but_comments(text):
    lines = "\n".join(comment(text)) + "\n"
    kinds = {token.type for token in tokenize.generate_tokens(io.StringIO(lines).readline)}
    assert kinds <= {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER}


@given(st.lists(st.text(), max_size=6))
def test_every_name_is_an_identifier_of_its_own(wishes):
    names = UniqueNames(("taken",))
    given = [names.new(wish, "otherwise") for wish in (*wishes, "taken", "class", "print")]
    assert len({*given}) == len(given)
    assert all(name.isidentifier() and name.isascii() for name in given)
    assert not {"taken", "class", "print"} & {*given}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("StepLR", "step_lr"),
        ("CosineAnnealingLR", "cosine_annealing_lr"),
        ("ReduceLROnPlateau", "reduce_lr_on_plateau"),
        ("SWALR", "swalr"),
    ],
)
def test_class_names_become_variables(name, expected):
    assert snake_case(name) == expected
