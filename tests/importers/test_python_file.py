"""A Python file is read as data: what can be read is what running it would give."""

import copy
import textwrap

import pytest

from lrplan.importers.python_file import parse_python
from lrplan.node import Node
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText
from tests.support.for_all import for_all


def read(text, base=None):
    source = InputText("config.py", textwrap.dedent(text))
    problems = Problems(source)
    return parse_python(source, problems, base), problems.findings


def plain(value):
    """Tuples as lists, as a tree of nodes has them."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, (list, tuple)) else value


SAME_AS_RUN = {
    "literals": "a = 1\nb = -2.5e-4\nc = 'x'\nd = None\ne = True\nf = (1, 2)\ng = [1, [2]]",
    "arithmetic": "a = 5e-4 * 1024 / 512\nb = 7 // 2\nc = 2 ** 10\nd = 7 % 4\ne = -(3 - 5)",
    "strings": "a = 'x' + 'y'\nb = a + 'z'",
    "lists": "a = [1, 2] + [3]\nb = [0.1] * 3\nc = [*a, *b]",
    "names": "base = 0.1\nn = 8\nlr = base * n / 256\nopt = dict(type='SGD', lr=lr)",
    "dicts": "a = dict(x=1, **{'y': 2})\nb = {'z': 3, **a}\nc = dict(b, x=9)",
    "calls": "a = list((1, 2))\nb = tuple([3])\nc = dict()\nd = list()",
    "items": "a = dict(b=[10, 20])\nc = a['b'][-1]\nd = a['b'][0] + 1",
    "again": "a = 1\na = 2\nb = a\na = 3",
    "augmented": "a = 1\na += 2\na *= 5\nb = [1]\nb += [2]",
    "unpacked": "a, b = 1, 2\n[c, d] = (3, 4)",
    "chained": "a = b = 3",
    "annotated": "a: int = 3\nb: str\n",
    "set item": "a = dict(b=dict(c=1))\na['b']['c'] = 2\na['d'] = 3",
    "no longer shared": "a = dict(x=1)\nb = dict(a)\nb['x'] = 2\na.update(y=3)",
    "update": "a = dict(b=dict(c=1), e=1)\na.update(e=2, f=3)\na['b'].update(dict(c=5))",
    "docstring": "'''A config.'''\na = 1  # one\n",
    "byte order mark": "\ufeffa = 1",
    "line ends": "a = 1\r\nb = 2\rc = 3",
}


@for_all((name, (text,)) for name, text in SAME_AS_RUN.items())
def test_what_is_read_is_what_running_gives(text):
    namespace = {}
    exec(text.removeprefix("\ufeff"), namespace)
    for name in ("__builtins__", "__annotations__", "__doc__"):
        namespace.pop(name, None)
    file, findings = read(text)
    assert not findings
    assert not file.unread
    assert file.root.to_python() == plain(copy.deepcopy(namespace))


LOSES = {
    "a slice": ("m = [1, 2][::-1]\np = [m]\nlr = 1", {"lr"}),
    "a call": ("import os\na = os.environ['X']\nb = len('x')\nlr = 1", {"lr"}),
    "an f-string": ("n = 2\na = f'{n}'", {"n"}),
    "a comparison": ("a = 1 < 2\nb = 1 if a else 2\nlr = 1", {"lr"}),
    "a block": ("a = 1\nb = 2\nif a:\n    b = 3\nlr = 1", {"a", "lr"}),
    "a loop": ("total = 0\nfor i in range(3):\n    total += i\nlr = 1", {"lr"}),
    "a function": ("lr = 1\ndef lr(): pass\nb = 2", {"b"}),
    "a call that may change it": ("a = dict(x=1)\nb = dict(a=a)\nlr = 1\nchange(a)", {"lr"}),
    "a method": ("a = [1]\nb = [a]\nlr = 1\na.append(2)", {"lr"}),
    "a shared list": ("a = dict(x=1)\nb = dict(a=a)\nlr = 1\na['x'] = 2", {"lr", "a"}),
    "a list that another holds": ("a = [1]\nb = dict(c=a)\nb['c'] += [2]\nlr = 1", {"lr"}),
    "an empty list that another holds": ("a = []\nb = a\nc = []\na.append(1)", {"c"}),
    "an inner mapping that another holds": (
        "a = dict(x=1)\nb = dict(c=a)\nb['c']['x'] = 2\nd = dict(a)\nd['x'] = 5",
        {"b"},
    ),
    "a part of another": ("a = dict(x=[1])\nb = a['x']\nc = dict(a)\nb += [2]", {"b"}),
    "a call that takes out": ("a = dict(lr=1)\nb = a.pop('lr')\nc = 3", {"c"}),
    "a name in an expression": ("a = 1\nb = [(a := 2)]\nc = 3", {"c"}),
    "a mapping of what is unread": ("a = [1]\nb = dict(x=a[::2])\nc = len(a)\nd = 1", {"a", "d"}),
    "an own function": ("def f():\n    global lr\n    lr = 2\nlr = 1\nf()\na = 1", {"a"}),
    "a shared update": ("a = dict(x=1)\nb = a\na.update(x=2)", {"a"}),
    "exec": ("a = 1\nb = dict(c=2)\nexec('a = 2')\nlr = 1", {"lr"}),
    "globals": ("a = 1\nglobals()['a'] = 2\nlr = 1", {"lr"}),
    "a star import": ("a = 1\nfrom x import *\nlr = 1", {"lr"}),
    "a swap": ("a = 1\nb = 2\na, b = b, a\nlr = 1", {"lr"}),
    "a deletion": ("a = 1\ndel a\nlr = 1", {"lr"}),
    "integer keys": ("a = {1: 2}\nlr = 1", {"lr"}),
    "own dict": ("def dict(**k): return 1\na = dict(b=1)\nlr = 1", {"lr"}),
    "division by zero": ("a = 1 / 0\nb = 1 // 0\nc = 1 % 0\nlr = 1", {"lr"}),
    "huge powers": ("a = 9 ** 9 ** 9\nb = 10 ** 400\nc = 2.0 ** 5000\nlr = 1", {"lr"}),
    "complex": ("a = (-1) ** 0.5\nb = 1j\nlr = 1", {"lr"}),
    "bytes": ("a = b'x'\nb = ...\nlr = 1", {"lr"}),
    "lambda": ("a = lambda x: x\nb = [i for i in (1, 2)]\nlr = 1", {"lr"}),
    "text of a class": ("from x import Y\na = Y + 'z'\nlr = 1", {"lr"}),
    "long text": (f"a = 'x' + '{'y' * 9_999}'\nb = a + a\nlr = 1", {"a", "lr"}),
    "long sums": (f"a = {'+'.join(['1'] * 200)}\nlr = 1", {"lr"}),
}


@for_all((name, values) for name, values in LOSES.items())
def test_what_cannot_be_read_takes_only_the_names_that_depend_on_it(text, expected):
    file, findings = read(text)
    assert not findings
    assert set(file.root.keys()) == expected
    assert not set(file.unread) & expected


def test_an_imported_class_is_its_dotted_path():
    file, _ = read("from torch.optim import AdamW\nopt = dict(type=AdamW, lr=1e-3)")
    assert file.root.to_python() == {"opt": {"type": "torch.optim.AdamW", "lr": 1e-3}}


def test_places_count_characters_from_1():
    file, _ = read("é = 'ü'; lr = 2 * 0.05\nopt = dict(type='SGD', lr=lr, betas=[0.9])\n")
    lr, opt = file.root.get("lr"), file.root.get("opt")
    spans = [lr.key_place, lr.place, opt.get("type").place, opt.get("betas").key_place]
    assert [(each.line, each.column, each.end_column) for each in spans] == [
        (1, 10, 12),
        (1, 15, 23),
        (2, 17, 22),
        (2, 31, 36),
    ]
    assert opt.get("lr").place == lr.place
    assert opt.get("lr").key_place.column == 24


def test_the_place_of_what_was_not_read_is_known():
    file, _ = read("a = 1\nb = [1, 2][::-1]\n")
    assert (file.unread["b"].line, file.unread["b"].column) == (2, 5)


def bases(**files):
    def base(name, node):
        text = files.get(name.replace("/", "_").removesuffix(".py"))
        return None if text is None else read(text)[0].root

    return base


def test_values_of_a_base_stand_at_its_name():
    text = "_base_ = ['one.py', 'two.py', 'absent.py']\nlr = {{_base_.opt.lr}}\nn = _base_.n\n"
    text += "m = {{_base_.n}} + 1"
    file, findings = read(text, bases(one="opt = dict(lr=0.1)\nn = 1", two="n = 2"))
    assert not findings
    assert file.root.get("lr").value == 0.1
    assert file.root.get("n").value == 2
    assert list(file.unread) == ["m"]
    assert [each.to_python() for each in file.bases] == [{"opt": {"lr": 0.1}, "n": 1}, {"n": 2}]
    assert {each.place.line for each in file.bases[0].walk()} == {1}
    assert {each.place.column for each in file.bases[1].walk()} == {21}


def test_names_of_read_base_are_names_of_the_file():
    text = """
        from mmengine.config import read_base
        with read_base():
            from .._base_.schedule import *
            from .other import opt as optimizer, gone
        param.update(end=20)
        half = optimizer['lr'] / 2
    """
    made = bases(**{"..__base__schedule": "param = dict(end=10)", "other": "opt = dict(lr=1)"})
    file, findings = read(text, made)
    assert not findings
    assert file.root.to_python() == {"param": {"end": 20}, "optimizer": {"lr": 1}, "half": 0.5}
    assert "gone" in file.unread


def test_names_of_a_package_are_not_known():
    file, _ = read("a = 1\nwith read_base():\n    from x.y import *\nb = 2", bases())
    assert set(file.root.keys()) == {"b"}


@pytest.mark.parametrize("text", ["a = (", "a = 1\n  b = 2", "print 'x'", "a = \x00", "(" * 5000])
def test_what_is_no_python_is_said_at_its_place(text):
    file, (finding,) = read(text)
    assert file is None
    assert finding.line >= 1


@pytest.mark.parametrize(
    "text",
    [
        "a0 = [1] * 10\n" + "".join(f"a{n + 1} = [a{n}] * 10\n" for n in range(9)),
        "a = [1] * 10 ** 9",
        "a = [1] * 100_000\n" + "b = a + a + a\n",
    ],
)
def test_values_repeated_by_name_are_counted_in_full(text):
    file, (finding,) = read(text)
    assert file is None
    assert finding.name == "over-budget"


def test_nesting_has_a_limit():
    file, findings = read("a = []\n" + "a = [a]\n" * 150 + "lr = 1")
    assert not findings
    assert set(file.root.keys()) == {"lr"}


def test_a_node_is_like_that_of_yaml():
    file, _ = read("a = dict(b=[1, 2.5, 'x'], c=None)")
    source = InputText("config.yaml", "a: {b: [1, 2.5, 'x'], c: null}")
    tree = parse(source, Problems(source))
    assert isinstance(file.root, Node)
    assert file.root.to_python() == tree.to_python()
    assert [each.quoted for each in file.root.walk()] == [each.quoted for each in tree.walk()]
