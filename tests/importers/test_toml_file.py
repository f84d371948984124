"""TOML as a tree: the values of ``tomllib``, each at its own place in the text."""

import pytest

from lrplan.config import toml_document
from lrplan.importers.foreign_text import parse_foreign
from lrplan.importers.toml_file import parse_toml
from lrplan.specfile.problems import Problems
from lrplan.text_position import InputText
from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config, said

TEXT = r'''# a comment with = and [brackets]
plain = 1_000
"quoted key".'and.dotted' = "text with \" and ] # }"  # behind it
literal = 'C:\path'
hex = 0xff
when = 1979-05-27 07:32:00
not = inf
many = [1, [2.5, "a"], # inside
  3, ]
inline = { a = 1, b.c = [true], "d e" = { f = 'x' } }

[table.sub]
multi = """
one "" two \
  three"""
raw = '''  + "'''" + r"""a
'b' '' c"""  + "''''" + r"""
[[rows]]
n = 1
[[rows.inner]]
m = 2
[[rows.inner]]
m = 3
[rows.of]
k = -1e-4
[[rows]]
n = 4
"x" = false
[empty]
"""  # fmt: skip


def tree(text):
    problems = Problems(InputText("a.toml", text))
    return parse_toml(InputText("a.toml", text), problems), problems.findings


def cut(text, place):
    """What stands at a place."""
    lines = text.split("\n")
    if place.line == place.end_line:
        return lines[place.line - 1][place.column - 1 : place.end_column - 1]
    first, *rest = lines[place.line - 1 : place.end_line]
    rest[-1] = rest[-1][: place.end_column - 1]
    return "\n".join([first[place.column - 1 :], *rest])


def test_each_value_stands_where_it_is_found():
    """What is cut out of the text at its place, read alone, is the value."""
    root, problems = tree(TEXT)
    assert problems == []
    seen = 0
    for node in root.walk():
        if node.is_scalar:
            value = toml_document(f"k = {cut(TEXT, node.place)}")["k"]
            assert node.value == value or node.value == str(value)
            seen += 1
    assert seen == 21


def test_the_tree_has_all_values():
    root, _ = tree(TEXT)
    whole = toml_document(TEXT)
    whole["when"] = str(whole["when"])
    assert root.to_python() == whole


KEYS = [
    ("plain", (("plain",), "plain")),
    ("dotted", (("quoted key", "and.dotted"), "\"quoted key\".'and.dotted'")),
    ("in braces", (("inline", "b", "c"), "b.c")),
    ("in a table", (("table", "sub", "raw"), "raw")),
    ("in a table of a list", (("rows", 0, "inner", 1, "m"), "m")),
    ("in a table below a list", (("rows", 0, "of", "k"), "k")),
    ("in the last of a list", (("rows", 1, "x"), '"x"')),
    ("a table", (("rows", 1), "[[rows]]")),
]


@for_all(KEYS)
def test_each_key_has_its_place(path, text):
    """A key in a list of tables is that of its own table."""
    root, _ = tree(TEXT)
    assert cut(TEXT, root.find(list(path)).key_place) == text


WRONG = [
    ("no value", ("a = 1\nb = \n", 2, "invalid value")),
    ("twice", ("a = 1\na = 2\n", 2, "cannot overwrite a value")),
    ("cut off", ("a = [1,\n", 2, "")),
    ("nested", ("a = " + "[" * 20_000, 1, "")),
    ("a long number", (f"a = {'9' * 400}", 1, "more than 308 digits")),
    ("a very long one", (f"a = {'9' * 9_000}", 1, "")),
    ("a null byte", ("a = 1\0", 1, "")),
]


@for_all(WRONG)
def test_what_is_no_toml_is_told_at_its_place(text, line, message):
    """With the reason that the parser gives."""
    _, (problem,) = tree(text)
    assert (problem.line, message in problem.message) == (line, True)


def test_more_values_than_a_spec_may_have_are_too_many(monkeypatch):
    monkeypatch.setenv("LRPLAN_MAX_NODES", "5")
    _, (problem,) = tree("a = [1, 2, 3, 4, 5, 6]")
    assert problem.name == "over-budget"


@pytest.mark.parametrize(
    ("text", "form"), [("a = 1\n[b]\nc = 2\n", "toml"), ("a = [1]\n", "python")]
)
def test_text_without_a_name_is_known_by_its_tables(text, form):
    assert parse_foreign(InputText("<stdin>", text)).format == form


CONFIG = """\
# arguments of the Trainer
learning_rate = 1e-4
lr_scheduler_type = "constant"
warmup_ratio = 0.1
per_device_train_batch_size = 4
"""


def test_a_config_in_toml_is_that_in_yaml():
    """And its findings stand in it."""
    other = CONFIG.replace(" = ", ": ")
    (own,), (same,) = (
        curves(text, name, max_steps=20).values()
        for text, name in ((CONFIG, "args.toml"), (other, "args.yaml"))
    )
    assert_same(own, same)
    spec, _ = read_config(CONFIG, "args.toml", max_steps=20)
    assert [each[1:3] for each in said(spec.origin.findings)] == [(4, 1)]
    assert all(each.file == "args.toml" for each in spec.origin.findings)
