"""Logs that were cut, or made to cost time: each is read or refused, in a moment and in words."""

import struct

import pytest

from lrplan.errors import LrplanError
from lrplan.logs.formats import read_log
from lrplan.logs.text_lines import _ANY_LR, _ANY_STEP
from lrplan.logs.text_search import pairs_in_lines

HUGE, LONGER = "1" + "0" * 400, "1" + "0" * 5_000
MMENGINE = "mmengine - INFO\n"

SKIPPED = [
    ("x.jsonl", f'{{"step": {HUGE}, "lr": 0.1}}\n{{"step": 2, "lr": 0.05}}\n'),
    ("x.jsonl", f'{{"step": 1, "lr": {HUGE}}}\n{{"step": 2, "lr": 0.05}}\n'),
    ("x.jsonl", '{"step": 1e300, "lr": 0.1}\n{"step": 2, "lr": 0.05}\n'),
    ("a.log", f"{MMENGINE}Iter(train) [{HUGE}/9] lr: 1.0e-01\nIter(train) [2/9] lr: 5.0e-02\n"),
    ("a.log", f"{MMENGINE}Iter(train) [1/9] lr: 1.0.0e-01\nIter(train) [2/9] lr: 5.0e-02\n"),
    ("t.log", f"step={LONGER}, skipped=0, lr=[1]\nstep=2, skipped=0, lr=[0.05]\n"),
    ("t.log", f"step=1, skipped={LONGER}, lr=[1]\nstep=2, skipped=0, lr=[0.05]\n"),
    (
        "t.log",
        f" iteration 1/ {LONGER} | learning rate: 1.0 |\n iteration 2/ 9 | learning rate: 0.05 |\n",
    ),
    ("x.txt", f"step {LONGER} lr 1.0\nstep 2 lr 0.05\n"),
]
"""A row with a number that is none, or too large for any run, before a good one."""


@pytest.mark.parametrize(("name", "text"), SKIPPED)
def test_a_row_of_impossible_numbers_is_left_out(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    (column,) = read_log(path).columns
    assert (column.steps.tolist(), column.values.tolist()) == ([2], [0.05])


def test_lines_that_end_with_a_carriage_return_alone(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"step,lr\r0,0.1\r1,0.05\r")
    (column,) = read_log(path).columns
    assert column.values.tolist() == [0.1, 0.05]


def test_a_mark_of_the_byte_order_does_not_hide_the_format(tmp_path):
    path = tmp_path / "results.csv"
    path.write_bytes(b"\xef\xbb\xbfepoch,lr/pg0\n1,0.1\n2,0.05\n")
    assert read_log(path).format == "ultralytics"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.csv", "step" + ",lr" * 1_001 + "\n1" + ",0.1" * 1_001 + "\n"),
        ("t.log", f"step=1, skipped=0, lr=[{','.join(['0.1'] * 1_001)}]\n"),
        ("x.jsonl", "{" + "".join(f'"lr {n}": 1, ' for n in range(1_001)) + '"step": 1}\n'),
    ],
)
def test_more_columns_than_any_optimizer_has_groups(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(LrplanError, match="more than 1,000 columns of learning rates"):
        read_log(path)


def test_more_tags_than_any_optimizer_has_groups(tmp_path):
    def message(field, content):
        return bytes([field << 3 | 2]) + bytes([len(content)]) + content

    def record(content):
        return struct.pack("<QI", len(content), 0) + content + b"\0\0\0\0"

    def scalar(tag):
        value = message(1, tag) + bytes([2 << 3 | 5]) + struct.pack("<f", 0.1)
        return record(message(5, message(1, value)))

    path = tmp_path / "events.out.tfevents.1"
    head = record(message(3, b"brain.Event:2"))
    path.write_bytes(head + b"".join(scalar(b"lr %d" % number) for number in range(1_000)) * 2)
    assert len(read_log(path).columns) == 1_000
    path.write_bytes(head + b"".join(scalar(b"lr %d" % number) for number in range(1_001)))
    with pytest.raises(LrplanError, match="more than 1,000 columns"):
        read_log(path)


@pytest.mark.parametrize(
    ("name", "first", "again"),
    [
        ("a.log", f"{MMENGINE}Iter(train) [2/9] lr: 5.0e-02\n", "Epoch(train) [1][1/1]"),
        ("a.log", f"{MMENGINE}Iter(train) [2/9] lr: 5.0e-02\n", "Iter(train) [1/1]"),
        ("t.log", "step=2, skipped=0, lr=[0.05]\n", "step=1, skipped=0, lr=["),
        ("t.log", " iteration 2/ 9 | learning rate: 0.05 |\n", " iteration 1/1 |"),
        ("x.txt", "step 2 lr 0.05\n", "step 1 "),
    ],
)
def test_a_line_of_beginnings_without_ends(tmp_path, name, first, again):
    # A search that looks on to the end of the line at each of them takes minutes to hours.
    path = tmp_path / name
    path.write_text(first + again * 100_000)
    (column,) = read_log(path).columns
    assert column.values.tolist() == [0.05]


def test_pairs_of_a_line():
    text = "step 1 step 2 lr 0.1 step 3 lr 0.2\nstep 4\nlr 0.3 step 5 lr 0.5"
    found = [(step[1], lr[1]) for step, lr in pairs_in_lines(text, _ANY_STEP, _ANY_LR)]
    assert found == [("1", "0.1"), ("3", "0.2"), ("5", "0.5")]
