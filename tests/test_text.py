"""Counts, lists and numbers in the words of messages."""

import math

import pytest
import yaml

from lrplan.text import (
    format_number,
    format_percent,
    format_ticks,
    group_name,
    join_equal,
    join_first,
    join_words,
    pluralize,
    quantity,
    wrap_list,
    yaml_flow,
)


def test_a_noun_agrees_with_its_count():
    assert [pluralize("step", count) for count in (0, 1, 2)] == ["steps", "step", "steps"]
    assert [pluralize(word, 2) for word in ("batch", "is", "has")] == ["batches", "are", "have"]
    assert quantity(1, "step") == "1 step"
    assert quantity(9_000, "batch") == "9,000 batches"


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_a_list_in_a_sentence(words, text):
    assert join_words(words) == text
    assert join_words(words, "or") == text.replace("and", "or")


def test_a_long_list_says_how_many_are_left():
    assert join_first(["a", "b"], 2) == "a, b"
    assert join_first(["a", "b", "c"], 2) == "a, b and 1 more"
    assert join_first(["a", "b", "c", "d"], 2, "group") == "a, b and 2 more groups"
    assert join_first(["a", "b", "c"], 2, "group") == "a, b and 1 more group"


def test_groups_that_are_numbers_are_called_groups():
    assert [group_name(each) for each in ("0", "12", "head", "pg1", "")] == [
        *("group 0", "group 12", "head", "pg1", ""),
    ]
    assert join_equal(["0", "1"]) == "group 0 = group 1"
    assert join_equal(list("0123")) == "group 0 … group 3 (4 groups)"


def test_numbers():
    numbers = (2.0, 1e6, 0.1, 1e300, math.inf, -math.inf, math.nan)
    assert [format_number(value) for value in numbers] == [
        *("2", "1000000", "0.1", "1e+300", "inf", "-inf", "nan"),
    ]
    assert [format_percent(ratio) for ratio in (0.4951, 0.001, 1.0, 10.5, 1e9)] == [
        "49.5%",
        "0.1%",
        "100%",
        "1050%",
        "1e+11%",
    ]
    assert [format_ticks(value) for value in (1, 500, [30, 60])] == [
        "1 tick",
        "500 ticks",
        "30, 60 ticks",
    ]


def test_values_as_yaml_reads_them_back():
    assert [yaml_flow(float(text)) for text in ("inf", "-inf", "nan")] == [".inf", "-.inf", ".nan"]
    values = [True, None, 1e-05, 0.1 + 0.2, "5ep", "true", "a: b", "10%", (1, 2), {"a b": [None]}]
    texts = [yaml_flow(value) for value in values]
    assert texts == [
        "true", "null", "1e-05", "0.30000000000000004", "5ep", '"true"', '"a: b"', "10%",
        "[1, 2]", '{"a b": [null]}',
    ]  # fmt: skip
    assert [yaml.safe_load(text) for text in texts[4:]] == [
        "5ep", "true", "a: b", "10%", [1, 2], {"a b": [None]},
    ]  # fmt: skip


def test_words_are_wrapped_at_blanks():
    text = "a: one two threefourfive six"
    assert wrap_list(text, 9, "  ") == ["a: one", "  two", "  threefourfive", "  six"]
    assert wrap_list("", 9, "  ") == [""]


def test_a_list_is_not_broken_between_key_and_value():
    text = "a.yml: read as it is, which fills in: sample_packing false, warmup_ratio 0.03."
    for width in range(20, 100):
        lines = wrap_list(text, width, "  ")
        assert " ".join(line.strip() for line in lines) == text
        for pair in ("sample_packing false", "warmup_ratio 0.03"):
            assert any(pair in line for line in lines)
        assert max(map(len, lines)) <= max(width, len("  sample_packing false,"))
