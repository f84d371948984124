"""Edits of a spec's text: what is asked for changes, and everything else stays, or nothing does."""

import pytest
import yaml

from lrplan.edits import Edit, rename_key, write_values
from lrplan.specfile.apply_edits import EditError, applicable, apply

SPEC = """\
training: {epochs: 3, steps_per_epoch: 10}  # the run
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, }
    scheduler:  # a decay
      type: MultiStepLR
      milestones:  # in epochs
      # two of them
      - 1   # one
      - 2
      gamma: 0.1   # each

    metrics:
  v1.2:
    optimizer:
      groups:
        - name: head
          lr: 0.1
"""

RUN = "schedules.run"
HEAD = "schedules.v1.2.optimizer.groups[0]"

CHANGES = (
    # edits, lines that go, lines that come
    ([("training.epochs", "5")], ["{epochs: 3,"], ["{epochs: 5,"]),
    ([("training.epochs", None)], ["{epochs: 3, steps"], ["{steps"]),
    (
        [("training.epochs", None), ("training.steps_per_epoch", None)],
        ["{epochs: 3, steps_per_epoch: 10}"],
        ["{}"],
    ),
    ([("training.epochs", None), ("training.steps", "9")], ["epochs: 3,"], ["steps: 9,"]),
    (
        [("training.loop", "torch"), ("training.horizon", "9")],
        ["10}"],
        ["10, loop: torch, horizon: 9}"],
    ),
    (
        [(f"{RUN}.optimizer.lr", "1"), (f"{RUN}.optimizer.momentum", "0.9")],
        ["0.1, }"],
        ["1, momentum: 0.9, }"],
    ),
    (
        [(f"{RUN}.scheduler.milestones", "[3, 4]")],
        ["      milestones:  # in epochs\n      # two of them\n      - 1   # one\n      - 2\n"],
        ["      milestones: [3, 4]  # in epochs\n"],
    ),
    ([(f"{RUN}.scheduler.milestones[0]", "7")], ["- 1   #"], ["- 7   #"]),
    ([(f"{RUN}.scheduler.gamma", None)], ["      gamma: 0.1   # each\n"], [""]),
    (
        [(f"{RUN}.scheduler.gamma", None), (f"{RUN}.scheduler.factor", "0.5")],
        ["gamma: 0.1   # each"],
        ["factor: 0.5   # each"],
    ),
    (
        [(f"{RUN}.scheduler.interval", "step"), (f"{RUN}.title", "run")],
        ["# each\n\n    metrics:\n"],
        ["# each\n      interval: step\n\n    metrics:\n    title: run\n"],
    ),
    ([(f"{RUN}.metrics.loss", "[1, 2]")], ["    metrics:\n"], ["    metrics: {loss: [1, 2]}\n"]),
    (
        [(f"{RUN}.training.loop", "torch")],
        ["    metrics:\n"],
        ["    metrics:\n    training: {loop: torch}\n"],
    ),
    (
        [(f"{HEAD}.betas", "[0.9, 0.95]"), ("schedules.v1.2.title", '"a: b"')],
        ["          lr: 0.1\n"],
        ['          lr: 0.1\n          betas: [0.9, 0.95]\n    title: "a: b"\n'],
    ),
    ([(f"{HEAD}.name", None)], ["- name: head\n          lr"], ["- lr"]),
    ([(HEAD, "{name: all}")], ["name: head\n          lr: 0.1\n"], ["{name: all}\n"]),
    (
        [(f"{RUN}.scheduler", "{type: StepLR, step_size: 1}")],
        [SPEC[SPEC.index("  # a decay") : SPEC.index("   # each")]],
        [" {type: StepLR, step_size: 1}  # a decay"],
    ),
)


def edits(pairs):
    return [Edit(path, new) for path, new in pairs]


def expected(gone, come):
    text = SPEC
    for before, after in zip(gone, come, strict=True):
        assert text.count(before) == 1
        text = text.replace(before, after)
    return text


@pytest.fixture(params=["libyaml", "PyYAML"])
def parser(request, monkeypatch):
    if request.param == "PyYAML":
        monkeypatch.setattr(yaml, "CSafeLoader", yaml.SafeLoader, raising=False)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_only_what_is_asked_for_changes(parser, newline):
    wrong = {}
    for pairs, gone, come in CHANGES:
        got = apply(SPEC.replace("\n", newline), edits(pairs))
        want = expected(gone, come).replace("\n", newline)
        if got != want:
            wrong[tuple(pairs)] = got
    assert wrong == {}


SMALL = (
    ("m: {}", [("m.a", "1"), ("m.b", "2")], "m: {a: 1, b: 2}"),
    ("m: x", [("m.a", "1")], None),
    ("m:", [("m", "1")], "m: 1"),
    ("m: 1\n", [("a.b.c", "1")], "m: 1\na: {b: {c: 1}}\n"),
    ('"m":\n- 1\n- 2', [("m", "1")], '"m": 1'),
    ("\ufeffm:   5 # x", [("m", "1")], "\ufeffm:   1 # x"),
    ("m: |\n a\n b\n\nn: 2\n", [("m", "1")], "m: 1\n\nn: 2\n"),
    ("m: |\n a\n b\n\nn: 2\n", [("m", None)], "\nn: 2\n"),
    ("m: a\n  b\nn: 2", [("m", "1")], "m: 1\nn: 2"),
    ("m: 'a # b' # c", [("m", "'it''s'")], "m: 'it''s' # c"),
    ("a: &a 1\nm: 2\n", [("m", "3")], "a: &a 1\nm: 3\n"),
    ("a: &a {x: 1}\nb: {<<: *a, y: 1}\n", [("b.y", "2")], "a: &a {x: 1}\nb: {<<: *a, y: 2}\n"),
    ("a: &a {x: 1}\nb: {<<: *a, y: 1}\n", [("b.x", "2")], None),
    ("a: &a {x: 1}\nb: {<<: *a, y: 1}\n", [("a.x", "2")], None),
    ("a: &a {x: 1}\nb: *a\n", [("b.x", "2")], None),
    ("a: &a {x: 1}\nb: *a\n", [("a.x", "2")], None),
    ("a: &a 1\nb: [*a, 2]\n", [("b[1]", "3")], "a: &a 1\nb: [*a, 3]\n"),
    ("a: 1\nb: 2\n", [("a", "1"), ("a", "2")], None),
    ("a: {x: 1}\n", [("a", "1"), ("a.x", "2")], None),
    ("a: 1\n", [("a", "1"), ("a", "1")], "a: 1\n"),
    ("a: 1\n", [("a", "b: c")], None),
    ("a: 1\n", [("a", "b, c")], None),
    ("a: 1\n", [("a", "1 # c")], None),
    ("a: 1\n", [("a", "1\nb: 2")], None),
    ("a: 1\n", [("a", "")], None),
    ("a: 1\n", [("b", None)], None),
    ("a: [1]\n", [("a[1]", "2")], None),
    ("a: [1]\n", [("a[0]", None)], None),
    ("a: [1]\n", [("", "2")], None),
    ("{m, n: 2}", [("m", "1")], None),
    ("a: [", [("a", "2")], None),
    ("", [("a", "2")], None),
    ("a: 1\na: 2\n", [("a", "2")], None),
)
"""A text, edits, and what becomes of it; None where the edits are refused."""


def test_layouts_and_refusals(parser):
    wrong = {}
    for text, pairs, want in SMALL:
        try:
            got = apply(text, edits(pairs))
        except EditError:
            got = None
        if got != want:
            wrong[text, tuple(pairs)] = got
    assert wrong == {}


def test_the_message_says_why():
    said = {
        "m.b": "`m.b` is part of what an anchor (&) and its aliases share",
        "c.b": "`c.b` comes from a merge key (<<)",
        "m[3]": "`m[3]` is not in the spec",
    }
    text = "a: &a {b: 1}\nm: *a\nc: {<<: *a}\n"
    for path, message in said.items():
        with pytest.raises(EditError) as caught:
            apply(text, [Edit(path, "1")])
        assert str(caught.value) == message


def test_edits_that_lead_to_shared_parts_are_not_applicable():
    groups = [
        edits(pairs) for pairs in ([("m.b", "1")], [("c.b", "1")], [("c.d", "1")], [("e", "1")])
    ]
    text = "a: &a {b: 1}\nm: *a\nc: {<<: *a}\ne: 2\n"
    assert applicable(text, groups) == [False, False, True, True]
    assert applicable("a: [", groups) == [False] * 4


def test_values_and_names_as_edits():
    written = write_values("m", {"lr": 1e-05, "betas": (0.9, 0.95), "on": True, "T": "5ep"})
    assert [each.new for each in written] == ["1e-05", "[0.9, 0.95]", "true", "5ep"]
    text = "m: {Tmax: 90, a: 1}  # ticks\n"
    assert apply(text, rename_key("m", "Tmax", "T_max", 90)) == "m: {T_max: 90, a: 1}  # ticks\n"
