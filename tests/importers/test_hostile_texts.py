"""Texts that no person writes, as a config of each family and in each of its formats."""

import ast
import json
import signal
import sys

import pytest

from lrplan.cache.key import key_of
from lrplan.importers.families import FAMILIES
from lrplan.importers.plan_source import load_source
from lrplan.request import Request, SourceOptions
from tests.hostile.attack import UNSEEN, run
from tests.hostile.test_texts import BROKEN as SPECS
from tests.importers.test_hostile import CONFIGS, as_python
from tests.timeouts import HANG

SUFFIX = {"yaml": "yaml", "json": "json", "python": "py", "toml": "toml"}
SMALL = dict(reversed(CONFIGS))
"""A config of each family, whose facts stand in it."""


def toml_of(config):
    """A flat mapping in TOML."""
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in config.items())


def block(config, indent=0):
    """A mapping in YAML of many lines, as people write it."""
    lines = []
    for key, value in config.items():
        is_inner = isinstance(value, dict) and value
        lines.append(f"{' ' * indent}{key}:" + ("" if is_inner else f" {json.dumps(value)}"))
        lines += block(value, indent + 2) if is_inner else []
    return lines if indent else "\n".join(lines) + "\n"


def python_of(config):
    """A mapping as assignments."""
    return as_python(json.dumps(config))


WRITERS = {"yaml": block, "json": json.dumps, "toml": toml_of, "python": python_of}
NOISE = {
    "empty": b"",
    "a space": b" ",
    "binary": bytes(range(256)) * 4,
    "zeros": b"\0" * 4096,
    "odd UTF-16": b"\xff\xfes\0c",
    "a list": b"- 1\n- 2\n",
    "a list in brackets": b"[1, 2]\n",
    "a number": b"5",
    "a string": b'"x"',
    "an open quote": b'"x',
    "an open bracket": b"[",
    "open brackets": b"[" * 10_000,
    "10 MB of one line": b"a" * 9_999_999,
    "more than 10 MB": b"#" * 10_000_001,
    "many keys": b"".join(b"k%d: 1\n" % i for i in range(300_000)),
}
"""Texts that are no config in any format."""
YAML = {name: SPECS[name] for name in ("alias bomb", "merge bomb", "a Python tag", "a bad escape")}
YAML |= {name: SPECS[name] for name in ("an alias of itself", "10,000 levels of keys")}
ADDED = {
    "yaml": {
        "duplicate keys": "@\n@\n",
        "a second document": "@---\n@",
        "an unknown alias": "@x: *a\n",
        "a complex key": "@? [a, b]\n: 1\n",
        "a tag": "@x: !!python/object/apply:os.system ['exit 3']\n",
        "a merge of a list": "@<<: [1, 2]\n",
        "an escape in a name": '@"\\e[2J\\u202e": 1\n',
        "tabs": "@\tx: 1\n",
        "a huge number": "@x: " + "9" * 100_000 + "\n",
    },
    "json": {
        "open": "@"[:-1] + "@,",
        "behind it": "@ @",
        "comments": "@" + "/*" * 50_000,
        "not a number": '{"a": NaN, "b": -Infinity}',
        "deep": '{"a": ' * 5_000,
    },
    "python": {
        "a power": "@x = 9 ** 9 ** 9 ** 9\n",
        "a shift": "@x = 1 << 10 ** 12\n",
        "a long text": "@x = 'a' * 10 ** 12\n",
        "a long list": "@x = [0] * 10 ** 12\n",
        "a sum of lists": "@x = [1]\n" + "x = x + x\n" * 200,
        "a call": "@__import__('os').system('exit 3')\n",
        "calls": "@x = " + "dict(a=" * 500 + "1" + ")" * 500 + "\n",
        "parentheses": "@x = " + "(" * 10_000,
        "a loop": "@while True: pass\n",
        "a name of itself": "@x = x\ny = dict(**y)\n",
        "no Python": "@for\n",
        "a base of itself": "@_base_ = ['config.py']\n",
        "an f-string": "@x = f'{learning_rate!r:>{10**9}}'\n",
    },
    "toml": {
        "duplicate keys": "@\n@\n",
        "tables": "@" + "[a]\n" * 1_000,
        "arrays of tables": "@" + "[[a]]\n" * 30_000,
        "open lists": "@x = " + "[" * 9_000,
        "dots": f"@[{'a.' * 100_000}a]\n",
        "an escape": "@x = '\x1b[2J'\n",
    },
}
"""What makes a config a hostile one; ``@`` stands for it."""
HARMLESS = {
    "a mark": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "no end of the last line": lambda data: data.rstrip(),
}
FORMATS = [(name, form) for name, family in FAMILIES.items() for form in family.formats]


@pytest.fixture
def in_time():
    """Stop a test that hangs, where the system has alarms."""
    if sys.platform == "win32":
        yield
        return
    signal.alarm(int(HANG))
    yield
    signal.alarm(0)


def written(tmp_path, form, data):
    path = tmp_path / f"config.{SUFFIX[form]}"
    path.write_bytes(data)
    return path


def is_python(data):
    """Return True for what Python would run: expressions alone are a config of nothing."""
    try:
        ast.parse(data.decode())
    except (SyntaxError, UnicodeDecodeError, ValueError, MemoryError, RecursionError):
        return False
    return True


def validated(path, family):
    """Judge a text; the exit status."""
    result = run("validate", path, "--as", family, "--static")
    assert not UNSEEN & set(result.output), path.read_bytes()[:80]
    return result.exit_code


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize(("family", "form"), FORMATS)
def test_a_hostile_config_is_refused_or_read(family, form, tmp_path):
    """With a message, at once, and nothing that a terminal would obey."""
    base = WRITERS[form](SMALL[family])
    for text in ADDED[form].values():
        validated(written(tmp_path, form, text.replace("@", base).encode()), family)


@pytest.mark.slow
@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize(("family", "form"), FORMATS)
def test_what_is_no_config_is_refused(family, form, tmp_path):
    """By its message; some of it is a config of nothing in Python."""
    for data in (*NOISE.values(), *(YAML if form == "yaml" else {}).values()):
        status = validated(written(tmp_path, form, data), family)
        assert status == 2 or data in YAML.values() or (form == "python" and is_python(data))


@pytest.mark.parametrize(("family", "form"), FORMATS)
def test_marks_and_ends_of_lines_change_nothing(family, form, tmp_path):
    options = SourceOptions(family=family)
    data = WRITERS[form](SMALL[family]).encode()
    plain = load_source(written(tmp_path, form, data), options).plans["run"]
    for name, change in HARMLESS.items():
        changed = load_source(written(tmp_path, form, change(data)), options).plans["run"]
        assert key_of(changed, Request()) == key_of(plain, Request()), name
