import codecs
import io
import math
import os
import re
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lrplan.errors import SpecError
from lrplan.specfile.files import MAX_BYTES, decode, read_text
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.composer import MAX_DEPTH, MAX_NODES
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText, TextPosition


def read(text):
    """The tree of a text and the problems it has."""
    problems = Problems(InputText("spec.yaml", text))
    return parse(problems.source, problems), problems.findings


def plain(text):
    node, findings = read(text)
    assert findings == []
    return node.to_python()


def one(text):
    """The only problem of a text."""
    (finding,) = read(text)[1]
    return finding


@pytest.fixture(params=["libyaml", "python"])
def parser(request, monkeypatch):
    """Both of PyYAML's parsers; the second is what it has where it was built without libyaml."""
    if request.param == "python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    return request.param


# Values: https://yaml.org/spec/1.2.2/#1032-tag-resolution, the table and its regular expressions.
SCALARS = [
    *[(text, None) for text in ("~", "null", "Null", "NULL", "", "!!null ''")],
    *[(text, True) for text in ("true", "True", "TRUE", "!!bool true")],
    *[(text, False) for text in ("false", "False", "FALSE")],
    *[(text, text) for text in ("on", "off", "yes", "no", "On", "NO", "y", "n", "tRUE", "nULL")],
    ("0", 0),
    ("-12", -12),
    ("+12", 12),
    ("0777", 777),
    ("0o17", 15),
    ("0x1F", 31),
    ("0xff", 255),
    ("1e-3", 0.001),
    ("3e-4", 0.0003),
    ("1e-4", 0.0001),
    ("1.5e3", 1500.0),
    ("1E+3", 1000.0),
    (".5", 0.5),
    ("5.", 5.0),
    ("-.5", -0.5),
    ("-0.0", -0.0),
    (".inf", math.inf),
    ("-.INF", -math.inf),
    ("+.Inf", math.inf),
    ("!!float 3", 3.0),
    ("!!int 3", 3),
    ("!!str 3", "3"),
    ("!!str", ""),
    *[
        (text, text)
        for text in (
            *("1_000", "1_000sp", "5ep", "10%", "12:30", "190:20:30", "2001-01-01", "0b11", "0o8"),
            *("1e", "e5", "e-4", ".", "+", "-.", "1.2.3", "0x", "-0x1F", "inf", "nan", "1e5x", "="),
            *(".5.", "+-1", "1,000", "\u0661\u0662"),
        )
    ],
    ("'1e-3'", "1e-3"),
    ('"true"', "true"),
    ('"\\u00e9\\n"', "é\n"),
    ("|\n  two\n  lines\n", "two\nlines\n"),
    (">\n  two\n  lines\n", "two lines\n"),
]


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=[text for text, _ in SCALARS])
def test_scalars_are_those_of_yaml_1_2(text, value, parser):
    result = plain(f"a: {text}")["a"]
    assert result == value
    # Text that knows its number is text.
    assert (str if isinstance(result, str) else type(result)) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_nan(text):
    assert math.isnan(plain(f"a: {text}")["a"])


def test_quoted_is_known():
    node, _ = read("a: '1'\nb: 1\nc: \"x\"\nd: |\n  x\ne: x\n")
    assert [value.quoted for _, value in node.items()] == [True, False, True, True, False]


def test_places_count_from_one_in_characters(parser):
    text = "é: [1, 'zwö']\nlist:\n  - {a: 1}\n  - bb\nblock:\n  x: 1\n  y: last\nempty:\n"
    node, _ = read(text)
    places = {
        (): TextPosition(1, 1, 8, 7),
        ("é",): TextPosition(1, 4, 1, 14),
        ("é", 0): TextPosition(1, 5, 1, 6),
        ("é", 1): TextPosition(1, 8, 1, 13),
        ("list",): TextPosition(3, 3, 4, 7),
        ("list", 0): TextPosition(3, 5, 3, 11),
        ("list", 0, "a"): TextPosition(3, 9, 3, 10),
        ("list", 1): TextPosition(4, 5, 4, 7),
        ("block",): TextPosition(6, 3, 7, 10),
        ("block", "y"): TextPosition(7, 6, 7, 10),
        ("empty",): TextPosition(8, 7, 8, 7),
    }
    assert {path: node.find(path).place for path in places} == places
    assert node.find(["block", "y"]).key_place == TextPosition(7, 3, 7, 4)
    assert node.find(["é"]).key_place == TextPosition(1, 1, 1, 2)
    assert node.find(["list", 0]).key_place is None


def test_windows_line_ends_change_nothing(parser):
    text = "a:\n  b: [1,\n    2]\n  c: 'x'\n"
    assert read(text.replace("\n", "\r\n")) == read(text)


def test_keys_are_text(parser):
    assert plain("1: a\ntrue: b\n0.5: c\n~: d\n'x y': e\n") == {
        "1": "a",
        "true": "b",
        "0.5": "c",
        "~": "d",
        "x y": "e",
    }


@pytest.mark.parametrize("key", ["? [1, 2]\n", "? {a: 1}\n"], ids=["list", "mapping"])
def test_a_key_that_is_no_text_is_refused(key, parser):
    node, (finding,) = read(f"{key}: 1\nb: 2\n")
    assert node.to_python() == {"b": 2}
    assert (finding.name, finding.line, finding.column) == ("wrong-type", 1, 3)


def test_a_key_given_twice_names_the_first(parser):
    node, (finding,) = read("schedules:\n  one:\n    lr: 1\n    x: 2\n    lr: 3\n")
    assert node.to_python() == {"schedules": {"one": {"lr": 1, "x": 2}}}
    assert (finding.name, finding.line, finding.column) == ("duplicate-key", 5, 5)
    assert (finding.end_line, finding.end_column) == (5, 7)
    assert "line 3" in finding.message
    assert (finding.path, finding.schedule) == ("schedules.one.lr", "one")


def test_keys_are_the_same_when_their_text_is():
    assert [finding.line for finding in read('1: a\n"1": b\n1: c\n')[1]] == [2, 3]


def test_several_problems_are_reported_together():
    text = "a: 1\na: 2\nb: !foo x\nc: *nowhere\nd: 1e999\n"
    assert [(finding.line, finding.name) for finding in read(text)[1]] == [
        (2, "duplicate-key"),
        (3, "wrong-type"),
        (4, "yaml-syntax"),
        (5, "bad-value"),
    ]


def test_aliases_share_the_value_and_keep_their_own_key(parser):
    node, findings = read("a: &x {b: 1}\nc: *x\n")
    assert findings == []
    first, second = node.get("a"), node.get("c")
    assert second.to_python() == {"b": 1}
    assert second.value is first.value
    assert second.place == first.place == TextPosition(1, 4, 1, 13)
    assert second.key_place == TextPosition(2, 1, 2, 2)


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        pytest.param("<<: *a\nx: 3", {"x": 3, "y": 1}, id="own keys win"),
        pytest.param("x: 3\n<<: *a", {"x": 3, "y": 1}, id="wherever they stand"),
        pytest.param("<<: [*b, *a]", {"x": 2, "z": 2, "y": 1}, id="the first of a list wins"),
        pytest.param("<<: {q: 1}", {"q": 1}, id="a mapping on the spot"),
        pytest.param('"<<": 5', {"<<": 5}, id="in quotes it is a key like any other"),
    ],
)
def test_merge_keys(text, merged, parser):
    lines = "\n".join(f"  {line}" for line in text.splitlines())
    assert plain(f"a: &a {{x: 1, y: 1}}\nb: &b {{x: 2, z: 2}}\nc:\n{lines}\n")["c"] == merged


@pytest.mark.parametrize("value", ["1", "[1]", "~", "[[{a: 1}]]"])
def test_merging_what_is_no_mapping(value):
    finding = one(f"a: 1\n<<: {value}\n")
    assert (finding.name, finding.line, finding.column) == ("wrong-type", 2, 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        pytest.param("a:\n\tb: 1", 2, 1, "a tab is used", id="tab"),
        pytest.param("a:\n  b: 1\n\tc: 2", 3, 1, "a tab is used", id="tab below"),
        pytest.param("a: 1\nkey:value\nb: 1", 2, 4, "a space is missing", id="space"),
        pytest.param("lr:1\nb: 1", 1, 3, "a space is missing after `lr:`", id="space, first line"),
        pytest.param("T_max 30\nb: 1", 1, 1, "a ':' is missing", id="colon"),
        pytest.param("a: 1\nT_max 30\nb: 1", 2, 1, "a ':' is missing", id="colon later"),
        pytest.param("a: b: c", 1, 5, "a second ': '", id="two colons"),
        pytest.param("a: 1\n  b: 2", 2, 4, "indented below line 1", id="indented too far"),
        pytest.param("a:\n  b: 1\n c: 2", 3, 2, "does not line up", id="dedented too far"),
        pytest.param("a: [1, 2\nb: 3", 1, 4, "'[' is never closed", id="bracket"),
        pytest.param("a: {x: 1\nb: 3", 1, 4, "'{' is never closed", id="brace"),
        pytest.param('a: "abc\nb: 1', 1, 4, "quote is never closed", id="quote"),
        pytest.param("a: 'abc\nb: 1", 1, 4, "quote is never closed", id="single quote"),
        pytest.param("a: @x", 1, 4, "cannot begin with '@'", id="at sign"),
        pytest.param("a: 5\nb: %x", 2, 4, "cannot begin with '%'", id="percent"),
        pytest.param("a: [1,,2]", 1, 7, "a value is missing", id="two commas"),
        pytest.param("a: - b", 1, 4, "a list with '-'", id="dash in line"),
        pytest.param("- a\nb: 1", 2, 1, "not an element of the list", id="key in list"),
        pytest.param("--- 1\n--- 2\n", 2, 1, "a second document", id="two documents"),
        pytest.param("a: 1\n...\nb: 2", 3, 1, "does not belong", id="text after the end"),
        pytest.param("a: *x", 1, 4, "nothing above it is marked &x", id="unknown alias"),
        pytest.param("a: &x [1, *x]", 1, 11, "*x contains itself", id="alias loop"),
        pytest.param("a: &x {b: {c: *x}}", 1, 15, "*x contains itself", id="deeper loop"),
        pytest.param('a: 1\nb: "\0"', 2, 5, "U+0000", id="NUL"),
        pytest.param("a: 1\nbc\x1b: 2", 2, 3, "U+001B", id="control character"),
        pytest.param("a: '\ud800'", 1, 5, "U+D800", id="lone surrogate"),
        pytest.param("", 1, 1, "empty", id="empty"),
        pytest.param("# only a comment\n", 1, 1, "empty", id="comment"),
        pytest.param("---\n", 1, 1, "empty", id="nothing but a marker"),
    ],
)
def test_syntax_errors_in_plain_words(text, line, column, message, parser):
    finding = one(text)
    assert finding.name == "yaml-syntax"
    assert (finding.line, finding.column) == (line, column)
    assert message in finding.message
    assert "block mapping" not in finding.message


@pytest.mark.parametrize(
    "tag",
    [
        *("!foo", "!!python/object/apply:os.system", "!!python/name:os.system", "!!timestamp"),
        *(
            "!!set",
            "!!binary",
            "!!omap",
            "!<tag:example.com,2000:x>",
            "!",
            "!!map",
            "!!python/none",
        ),
    ],
)
def test_tags_mean_nothing(tag, parser):
    finding = one(f"a: {tag} 'x'\n")
    assert (finding.name, finding.line, finding.column) == ("wrong-type", 1, 4)
    assert "tag" in finding.message


@pytest.mark.parametrize("value", ["!!python/tuple [1]", "!!python/object:x.Y {a: 1}", "!!map [1]"])
def test_tags_of_lists_and_mappings_mean_nothing(value):
    assert one(f"a: {value}\n").name == "wrong-type"


@pytest.mark.parametrize("value", ["!!int x", "!!int 1.5", "!!bool 1", "!!float true", "!!null 1"])
def test_a_tag_that_its_text_does_not_bear_out(value):
    finding = one(f"a: {value}\n")
    assert finding.name == "wrong-type"
    assert value.split()[0] in finding.message


@pytest.mark.parametrize("text", ["1e999", "9" * 5000, "-0x" + "f" * 999, "9" * 309 + ".0"])
def test_numbers_beyond_a_float(text):
    node, findings = read(f"a: {text}\n")
    if text.startswith("-0x"):
        assert (node.to_python(), findings) == ({"a": text}, [])
        return
    assert [finding.name for finding in findings] == ["bad-value"]
    assert len(findings[0].message) < 100


def test_every_integer_that_is_read_fits_a_float():
    assert float(plain(f"a: {'9' * 308}")["a"]) == 1e308
    assert plain(f"a: {'0' * 5000}7") == {"a": 7}
    assert one(f"a: 0x{'f' * 400}").name == "bad-value"


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(20)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"b{i}: &b{i} {{<<: [*b{i - 1}, *b{i - 1}], y: *b{i - 1}}}\n".replace("*b-1", "*a")
    for i in range(60)
)
DEEP_ALIASES = "a: &a0 [x]\n" + "".join(f"b{i}: &a{i + 1} [*a{i}]\n" for i in range(150))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 10_000, id="brackets"),
        pytest.param("[" * 10_000 + "]" * 10_000, id="closed brackets"),
        pytest.param("{a: " * 10_000, id="braces"),
        pytest.param("- " * 10_000, id="dashes"),
        pytest.param("? " * 10_000, id="question marks"),
        pytest.param("".join(f"{' ' * i}a:\n" for i in range(1000)), id="indentation"),
        pytest.param("[" * 1_000_000, id="a megabyte of brackets"),
        pytest.param(LAUGHS, id="billion laughs"),
        pytest.param(MERGES, id="merged laughs"),
        pytest.param(DEEP_ALIASES, id="deep through aliases"),
        pytest.param(f"[{'1,' * (MAX_NODES + 1)}]", id="many values"),
    ],
)
def test_budgets(text):
    node, findings = read(text)
    assert node is None
    assert [finding.name for finding in findings] == ["over-budget"]


def test_a_depth_that_the_parser_refuses_first_is_told_in_the_same_words(monkeypatch):
    # PyYAML 6.0.4, with the libyaml it is built with, scans ahead and stops at 1000 levels.
    def refuse(text, Loader):
        mark = yaml.Mark("s", 1000, 0, 1000, None, None)
        raise yaml.scanner.ScannerError(
            "while increasing flow level", mark, "exceeded maximum nesting depth", mark
        )

    _, ours = read("[" * 1100)
    monkeypatch.setattr(yaml, "parse", refuse)
    _, theirs = read("[" * 1100)
    assert [each.name for each in theirs] == ["over-budget"]
    assert theirs[0].message == ours[0].message == "the spec is nested more than 100 levels deep"


def test_a_line_made_to_slow_patterns_down():
    assert one(f"a: x\n  {'- ' * 500_000}\n  b: 1\n").name == "yaml-syntax"
    assert one(f"a: x\n  {'-x ' * 500_000} b: 1\n").name == "yaml-syntax"


def test_the_budgets_themselves_are_allowed():
    node, findings = read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert findings == []
    for _ in range(MAX_DEPTH - 1):
        (node,) = node.elements()
    assert node.elements() == ()
    assert len(plain(f"[{'1,' * (MAX_NODES - 1)}]")) == MAX_NODES - 1
    assert len(plain(f"[&a [1, 2], {'*a,' * 1000}]")) == 1001


def test_python_tags_run_nothing(tmp_path):
    proof = tmp_path / "proof"
    read(f"a: !!python/object/apply:os.mkdir ['{proof}']\n")
    assert not proof.exists()


def without_surprises(node, findings):
    for finding in findings:
        assert finding.line >= 1
        assert finding.column >= 1
        assert finding.message
        assert finding.message.isprintable()
    assert node is not None or findings
    if node is not None:
        node.to_python()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_arbitrary_text_never_crashes(text):
    without_surprises(*read(text))


YAMLISH = [
    "a",
    "b",
    "a: ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "[",
    "]",
    "{",
    "}",
    ",",
    ": ",
    "? ",
    "&x ",
]
YAMLISH += ["*x", "<<: ", "!!int ", "!t ", "'", '"', "|\n", ">\n", "#", "\t", "---\n", "...\n", "%"]
YAMLISH += ["1", "1e5", "~", "\\x", "\r\n", "\ufeff", "\x85", "\u2028", "é", "!!python/name:os "]


@settings(max_examples=600, deadline=None)
@example(["? ", "[", "]", "\n", "? ", "*x"])
@example(["&x ", "a: ", "\n", "*x", ": ", "1"])
@given(st.lists(st.sampled_from(YAMLISH), max_size=40))
def test_shuffled_yaml_never_crashes(pieces):
    without_surprises(*read("".join(pieces)))


# PyYAML leaves 0E0 and 0o7 without quotes: strings of YAML 1.1 that are numbers of YAML 1.2.
TEXT = st.text().filter(lambda text: not re.fullmatch(r"[-+.\d][-+.\w]*", text))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(JSON.filter(lambda value: value is not None))
def test_what_pyyaml_writes_is_read_back(value):
    # PyYAML writes 1e16 as 1.0e+16, and puts in quotes what YAML 1.1 would read as something else.
    text = yaml.safe_dump(value, allow_unicode=False)
    assert plain(text) == value


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_crash(data):
    stdin = SimpleNamespace(buffer=io.BytesIO(data))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", stdin)
            source = read_text("-")
    except SpecError as error:
        assert error.findings[0].name == "unreadable-file"  # noqa: PT017
        return
    without_surprises(*read(source.text))


class TestReadText:
    def test_a_file(self, tmp_path):
        path = tmp_path / "spec.yaml"
        path.write_bytes("é: 1\r\n".encode())
        assert read_text(path) == InputText(str(path), "é: 1\r\n")

    @pytest.mark.parametrize(
        "stdin", [io.StringIO("a: 1"), io.BytesIO(b"a: 1"), io.TextIOWrapper(io.BytesIO(b"a: 1"))]
    )
    def test_standard_input(self, stdin, monkeypatch):
        monkeypatch.setattr("sys.stdin", stdin)
        assert read_text("-") == InputText("<stdin>", "a: 1")

    def test_standard_input_that_is_closed(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", None)
        assert "closed" in self.refused("-").message

    @pytest.mark.parametrize(
        ("mark", "encoding"),
        [
            (codecs.BOM_UTF8, "utf-8"),
            (codecs.BOM_UTF16_LE, "utf-16-le"),
            (codecs.BOM_UTF16_BE, "utf-16-be"),
            (codecs.BOM_UTF32_LE, "utf-32-le"),
        ],
    )
    def test_byte_order_marks(self, tmp_path, mark, encoding):
        path = tmp_path / "spec.yaml"
        path.write_bytes(mark + "é: 1\n".encode(encoding))
        source = read_text(path)
        assert source.text == "é: 1\n"
        assert read(source.text)[0].get("é").place == TextPosition(1, 4, 1, 5)

    def refused(self, path):
        with pytest.raises(SpecError) as caught:
            read_text(path)
        (finding,) = caught.value.findings
        return finding

    def test_missing(self, tmp_path):
        finding = self.refused(tmp_path / "nowhere.yaml")
        assert finding.name == "unreadable-file"
        assert finding.file == str(tmp_path / "nowhere.yaml")
        assert "no such file" in finding.message

    def test_folder(self, tmp_path):
        assert "is a folder" in self.refused(tmp_path).message

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
    def test_pipe_without_a_writer_does_not_wait(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        assert "a pipe or a device" in self.refused(tmp_path / "pipe").message

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device here")  # noqa: PTH110
    def test_device(self):
        assert "a pipe or a device" in self.refused("/dev/zero").message

    @pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "nowhere/\ud800"])
    def test_names_that_no_file_can_have(self, path):
        assert self.refused(path).name == "unreadable-file"

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
    def test_not_allowed(self, tmp_path):
        path = tmp_path / "secret.yaml"
        path.write_text("a: 1")
        path.chmod(0)
        assert "cannot be read" in self.refused(path).message

    def test_not_utf_8_says_where(self, tmp_path):
        path = tmp_path / "latin.yaml"
        path.write_bytes("# ok é\ntitle: caf".encode() + b"\xe9\n")
        finding = self.refused(path)
        assert "0xe9" in finding.message
        assert (finding.line, finding.column) == (2, 11)

    def test_binary(self, tmp_path):
        path = tmp_path / "picture.png"
        path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        assert "binary" in self.refused(path).message

    def test_too_large(self, tmp_path):
        path = tmp_path / "big.yaml"
        path.write_bytes(b"#" * (MAX_BYTES + 1))
        finding = self.refused(path)
        assert finding.name == "over-budget"
        assert "10 MB" in finding.message

    def test_the_largest_allowed(self):
        assert len(decode(b"#" * MAX_BYTES)) == MAX_BYTES


def test_a_hundred_thousand_keys_are_read_quickly():
    text = "\n".join(f"k{i}: {i}" for i in range(90_000))
    assert len(plain(text)) == 90_000
