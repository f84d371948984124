"""Texts that are no specs, or none that anyone would write."""

from __future__ import annotations

import pytest

from tests.hostile.attack import READERS, SOUND, UNSEEN, run, run_all

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(20)
)
MERGES = "a: &a {x: 1}\nb0: &b0 {<<: [*a, *a]}\n" + "".join(
    f"b{i}: &b{i} {{<<: [*b{i - 1}, *b{i - 1}], y: *b{i - 1}}}\n" for i in range(1, 60)
)
INSIDE = "schedules:\n  a:\n    training: {{epochs: 2, steps_per_epoch: 2}}\n    optimizer: {}\n"

BROKEN = {
    "empty": b"",
    "a space": b" ",
    "only comments": b"# nothing\n",
    "binary": bytes(range(256)) * 4,
    "zeros": b"\0" * 4096,
    "a NUL inside": SOUND.encode().replace(b"StepLR", b"Step\0LR"),
    "invalid UTF-8": SOUND.encode().replace(b"StepLR", b"Step\xff\xfeLR"),
    "overlong UTF-8": b"schedules: \xc0\xaf",
    "surrogates in UTF-8": b"schedules: \xed\xa0\x80",
    "odd UTF-16": b"\xff\xfes\0c",
    "UTF-16 without a mark": SOUND.encode("utf-16-le"),
    "an escape": SOUND.encode().replace(b"StepLR", b"\x1b[2JStepLR"),
    "tabs": SOUND.encode().replace(b"  a:", b"\ta:"),
    "duplicate keys": SOUND.encode() + b"  a: {optimizer: {type: SGD, lr: 1}}\n",
    "a second document": SOUND.encode() + b"---\n" + SOUND.encode(),
    "a list": b"- 1\n- 2\n",
    "a number": b"5",
    "a string": b"'x'",
    "null": b"~",
    "an open quote": b"schedules: 'x",
    "an open bracket": b"schedules: [",
    "an unknown alias": b"schedules: *a",
    "an alias of itself": b"schedules: &a [*a]",
    "a merge of a list": b"schedules: {<<: [1, 2]}",
    "a complex key": b"? [a, b]\n: 1\n",
    "a Python tag": b"schedules: !!python/object/apply:os.system ['exit 3']",
    "a tag of its own": b"schedules: !mine {a: 1}",
    "a bad escape": b'schedules: "\\UFFFFFFFF"',
    "a huge exponent": b"schedules: {a: 1e999999}",
    "a huge integer": b"schedules: {a: " + b"9" * 100_000 + b"}",
    "alias bomb": LAUGHS.encode(),
    "merge bomb": MERGES.encode(),
    "10,000 levels": b"[" * 10_000,
    "10,000 levels of keys": b"".join(b" " * i + b"a:\n" for i in range(1500)),
    "10 MB of one line": b"a" * 9_999_999,
    "more than 10 MB": b"#" * 10_000_001,
    "10 MB of quotes": b'"' * 9_000_000,
    "a million keys": b"".join(b"k%d: 1\n" % i for i in range(300_000)),
    "no schedules": b"training: {epochs: 1}\n",
    "schedules are a list": b"schedules: [1, 2]\n",
    "schedules are empty": b"schedules: {}\n",
    "a schedule is a list": b"schedules: {a: [1]}\n",
    "an optimizer is a number": INSIDE.format(5).encode(),
    "an optimizer is a list": INSIDE.format("[SGD, 0.1]").encode(),
    "a type is a mapping": INSIDE.format("{type: {a: 1}, lr: 1}").encode(),
    "ignored things are odd": SOUND.encode() + b"ignore: [[1], {a: 2}, null, 5, '']\n",
}
"""Texts that no command can use."""

ODD = {
    "UTF-8 with a mark": b"\xef\xbb\xbf" + SOUND.encode(),
    "UTF-16": SOUND.encode("utf-16"),
    "UTF-32": SOUND.encode("utf-32"),
    "CRLF": SOUND.replace("\n", "\r\n").encode(),
    "CR": SOUND.replace("\n", "\r").encode(),
    "merge keys": SOUND.replace("{type: SGD, lr: 0.1}", "{<<: {lr: 0.1}, type: SGD}").encode(),
    "no newline at the end": SOUND.rstrip().encode(),
    "the whole as JSON": b'{"training": {"steps": 3}, "schedules": {"a": {"optimizer":'
    b' {"type": "SGD", "lr": 1e-1}}}}',
}
"""Texts that look odd and are specs all the same."""


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_spec_is_refused_by_every_command(data, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_bytes(data)
    # What is large takes every command a second: one will do, they all read it in one place.
    for result in run_all(path, READERS[: 1 if len(data) > 1_000_000 else None]):
        assert result.exit_code == 2
        assert not UNSEEN & set(result.output)


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_what_is_a_spec_is_read_by_every_command(data, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_bytes(data)
    # One schedule has no other to be compared with, but is like itself.
    assert [result.exit_code for result in run_all(path)] == [0] * 7


SMALL = {name: data for name, data in BROKEN.items() if len(data) < 1_000_000}


@pytest.mark.parametrize("data", SMALL.values(), ids=SMALL)
@pytest.mark.parametrize("name", ["x.lrplan.lock", "x.csv", "x.json"])
def test_what_is_no_export_is_refused(data, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    sound = tmp_path / "sound.yaml"
    sound.write_text(SOUND)
    result = run("compare", path, sound)
    assert result.exit_code == 2
    assert not UNSEEN & set(result.output)


LARGE_IS_SLOW = [
    pytest.param(data, id=name, marks=() if name in SMALL else pytest.mark.slow)
    for name, data in BROKEN.items()
]


@pytest.mark.parametrize("data", LARGE_IS_SLOW)
def test_standard_input_is_held_to_the_same(data):
    assert run("validate", "-", text=data).exit_code == 2


EXPRESSIONS = [
    *("__import__('os')", "x.__class__", "().__class__", "lambda: 1", "[i for i in x]", "x[0]"),
    *("open('a')", "print(x)", "f'{x}'", "x := 1", "eval(x)", "e" * 1000, "x" * 1001, "1" * 999),
    *("9" * 400, "9**9**9**9**9", "2**-1**x", "(" * 60 + "x" + ")" * 60, "-" * 900 + "x"),
    *("not " * 200 + "x", "+".join("x" * 400), "x if x else " * 80 + "x", "0x1", "1_0", "1j"),
    *("1/0", "log(-1)", "sqrt(x-9)", "exp(1e308)", "x**x**x", "max()", "pow(0,-1)", "", " ", "\t"),
    *("a", "x y", "x,", "x;x", "x\nx", "#", "\u202ex", "\x1b[31m", "x@x", "0 if", "inf", "nan"),
    *("1e400", "floor(1e308*1e308)", "x%0", "x//0", "max(x, 1/x)", "abs(1,2)", "min(*x)", "x(x=1)"),
]


@pytest.mark.parametrize("text", EXPRESSIONS, ids=range(len(EXPRESSIONS)))
def test_expressions_are_data(text, tmp_path):
    path = tmp_path / "spec.yaml"
    quoted = "".join(f"\\U{ord(character):08X}" for character in text)
    lambdas = f'{{type: LambdaLR, lr_lambda: "{quoted}"}}'
    plateau = f'{{type: ReduceLROnPlateau}}, metrics: {{m: {{expr: "{quoted}"}}}}'
    for scheduler in (lambdas, plateau):
        path.write_text(
            "training: {epochs: 3, steps_per_epoch: 2}\nschedules:\n"
            f"  a: {{optimizer: {{type: SGD, lr: 0.1}}, scheduler: {scheduler}}}\n"
        )
        for result in run_all(path, (READERS[0], READERS[4])):
            assert not UNSEEN & set(result.stderr)
