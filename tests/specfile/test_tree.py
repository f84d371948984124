import pickle

import pytest

from lrplan.errors import SpecError
from lrplan.finding import SPEC_PROBLEMS
from lrplan.node import merge
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText, TextPosition

TEXT = """\
scheduler:
  type: SequentialLR
  schedulers:
    - {type: LinearLR, total_iters: 5ep}
    - {type: StepLR, step.size: 3, "step": {size: 4}}
  a[0]: odd
"""


def tree(text=TEXT):
    problems = Problems(InputText("spec.yaml", text))
    node = parse(problems.source, problems)
    problems.raise_if_any()
    return node


def test_find_follows_keys_and_indices():
    node = tree()
    assert node.find(["scheduler", "schedulers", 0, "total_iters"]).value == "5ep"
    assert node.find([]) is node
    for path in (
        ["nowhere"],
        ["scheduler", 0],
        ["scheduler", "schedulers", 2],
        ["scheduler", "x", 1],
    ):
        assert node.find(path) is None
    assert node.find(["scheduler", "schedulers", -1]) is None


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", []),
        ("scheduler.type", ["scheduler", "type"]),
        ("scheduler.schedulers[0].total_iters", ["scheduler", "schedulers", 0, "total_iters"]),
        ("scheduler.schedulers[0].gamma", ["scheduler", "schedulers", 0]),
        ("scheduler.schedulers[7].gamma", ["scheduler", "schedulers"]),
        ("scheduler.schedulers.type", ["scheduler", "schedulers"]),
        ("scheduler.schedulers[1].step.size", ["scheduler", "schedulers", 1, "step.size"]),
        ("scheduler.a[0]", ["scheduler", "a[0]"]),
        ("scheduler.type.more", ["scheduler", "type"]),
        ("schedule", []),
        ("optimizer.lr", []),
    ],
)
def test_nearest_is_the_deepest_node_on_the_way(path, found):
    node = tree()
    assert node.nearest(path) is node.find(found)


def test_plain_is_made_of_dicts_and_lists():
    assert tree("a: [1, {b: ~}]\nc: x").to_python() == {"a": [1, {"b": None}], "c": "x"}


def test_walk_meets_every_node_in_order():
    values = [node.value for node in tree("a: [1, {b: 2}]\nc: 3").walk() if node.is_scalar]
    assert values == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a: ~", "nothing"),
        ("a: true", "a boolean"),
        ("a: 1.5", "a number"),
        ("a: x", "a string"),
        ("a: []", "a list"),
        ("a: {}", "a mapping"),
    ],
)
def test_kind_in_words(text, kind):
    assert tree(text).get("a").kind == kind


def test_merge_takes_own_keys_one_level_deep():
    node = tree("d: {epochs: 1, deep: {x: 1, y: 1}}\no: {deep: {x: 2}, steps: 3}\n")
    merged = merge(node.get("d"), node.get("o"))
    assert merged.to_python() == {"epochs": 1, "deep": {"x": 2}, "steps": 3}
    assert merged.place == node.get("o").place
    assert merged.get("epochs").place == TextPosition(1, 13, 1, 14)
    assert node.get("o").to_python() == {"deep": {"x": 2}, "steps": 3}


def test_merge_without_one_of_the_two():
    node = tree("d: {a: 1}\nnothing:\nlist: [1]\n")
    defaults = node.get("d")
    assert merge(None, None) is None
    assert merge(defaults, None) is defaults
    assert merge(None, defaults) is defaults
    assert merge(defaults, node.get("nothing")) is defaults
    assert merge(defaults, node.get("list")) is node.get("list")


def test_place_at_points_into_a_string():
    node = tree('a: x + stpe\nb: "x + stpe"\nc: "x\\t+ y"\nd: >\n  x +\n  y\n')
    assert node.get("a").place_at(4, 4) == TextPosition(1, 8, 1, 12)
    assert node.get("b").place_at(4) == TextPosition(2, 9, 2, 10)
    assert node.get("a").place_at(99) == TextPosition(1, 11, 1, 12)
    for key in ("c", "d"):  # an escape, and several lines: not followed
        assert node.get(key).place_at(4) == node.get(key).place


def test_nodes_can_be_pickled():
    assert pickle.loads(pickle.dumps(tree())) == tree()


class TestProblems:
    def test_are_sorted_by_place_and_told_once(self):
        problems = Problems(InputText("spec.yaml", ""))
        problems.add("bad-value", TextPosition(3, 1, 3, 2), "third")
        problems.add(
            "unknown-key", TextPosition(1, 5, 1, 9), "first", fix="f", path="a.b", schedule="s"
        )
        problems.add("bad-value", TextPosition(3, 1, 3, 2), "third")
        problems.add("bad-value", TextPosition(1, 7, 1, 9), "second")
        assert [finding.message for finding in problems.findings] == ["first", "second", "third"]
        first = problems.findings[0]
        assert (first.rule, first.name) == (SPEC_PROBLEMS["unknown-key"], "unknown-key")
        assert (first.fix, first.path, first.schedule, first.file) == ("f", "a.b", "s", "spec.yaml")
        assert (first.line, first.column, first.end_line, first.end_column) == (1, 5, 1, 9)

    def test_control_characters_of_a_spec_do_not_reach_a_terminal(self):
        problems = Problems(InputText("spec.yaml", '"\\e[31m": 1\n"\\e[31m": 2\n'))
        parse(problems.source, problems)
        (finding,) = problems.findings
        assert "[31m" in finding.message
        assert (finding.message + finding.path + finding.fix).isprintable()

    def test_raise_if_any(self):
        problems = Problems(InputText("spec.yaml", ""))
        problems.raise_if_any()
        problems.add("bad-value", TextPosition(), "wrong")
        with pytest.raises(SpecError, match="wrong") as caught:
            problems.raise_if_any()
        assert list(caught.value.findings) == problems.findings

    def test_an_unknown_name_is_our_own_mistake(self):
        with pytest.raises(KeyError):
            Problems(InputText("spec.yaml", "")).add("no-such-name", TextPosition(), "x")
