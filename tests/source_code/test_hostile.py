"""Scripts of strangers, and scripts that make no sense, are read without harm and in time."""

import random
import sys

import pytest

from lrplan.commands.checking.lint_script import lint_script
from lrplan.commands.checking.validate_options import ValidateOptions
from lrplan.source_code.interpreter import MAX_STATEMENTS
from lrplan.source_code.reader import read_script
from lrplan.source_code.syntax import script_of_notebook
from lrplan.text_position import InputText
from tests.source_code.mistakes import MISTAKES
from tests.source_code.well_made import WELL_MADE
from tests.support.scripts import HEAD, script

TEXTS = (*MISTAKES.values(), *WELL_MADE.values())


def judge(text, name="train.py"):
    return lint_script(InputText(name, text), ValidateOptions())


HARMFUL = """
__import__("os").system("touch harmed")
open("harmed", "w").write("x")
exec("import harmed")
eval("open('harmed', 'w')")
import harmed
from harmed import *
scheduler = StepLR(optimizer, exec("import harmed"))
def __getattr__(name):
    raise SystemExit
class Meta(type):
    def __init__(cls, *a):
        open("harmed", "w")
class Made(metaclass=Meta):
    pass
"""


def test_nothing_of_a_script_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "harmed.py").write_text("open('harmed', 'w')")
    judge(script("scheduler = StepLR(optimizer, 10)"))  # what lrplan itself imports and opens
    seen = []
    watched = {"import", "open", "exec", "os.system", "subprocess.Popen"}
    active = [True]
    sys.addaudithook(lambda name, arguments: active and name in watched and seen.append(name))
    try:
        judge(script(HARMFUL))
    finally:
        active.clear()
    assert seen == []
    assert list(tmp_path.iterdir()) == [tmp_path / "harmed.py"]


ODD = {
    "circle": "class A(B): pass\nclass B(A): pass\nA().step()\n",
    "own-base": "class A(A): pass\nA()\n",
    "alias-of-itself": "x = x\nx.y = x\nx.y.y.step()\n",
    "list-in-itself": "x = [1]\nx.append(x)\nStepLR(optimizer, x)\n",
    "dict-in-itself": "d = {}\nd['d'] = d\nf(d)\nStepLR(optimizer, d)\n",
    "step-of-a-number": "(3).step()\n'text'.step()\nNone.step()\n",
    "no-arguments": "StepLR()\nSequentialLR()\noptim.SGD()\nlen()\nrange()\nenumerate()\nzip()\n",
    "stars": "StepLR(*a, **b)\nf(*a)(**b)\nx, *y = z\n[*a, *b]\n{**a}\n",
    "keywords": "range(stop=3)\nlen(obj=3)\nzip(strict=True)\nenumerate(iterable=x)\n",
    "async": (
        "async def f():\n    async for x in y:\n        await x\n"
        "    async with z as q:\n        pass\n"
    ),
    "match": "match x:\n    case {'a': [1, *_]}:\n        pass\n    case _:\n        pass\n",
    "walrus": "while (n := next(it, None)) is not None:\n    optimizer.step()\n",
    "global": (
        "def f():\n    global q\n    q = 1\n    def g():\n        nonlocal r\n"
        "        r = 2\n    g()\nf()\n"
    ),
    "defaults": "f = lambda a, *b, c=1, **d: a\nf(1, 2, c=3, e=4)\n",
    "slices": "x[1:2]['lr'] = 3\noptimizer.param_groups[1:][0]['lr'] *= 2\n",
    "large-numbers": (
        f"x = 9 ** 99 ** 99\ny = 1e308 * 1e308\nz = 1 / 0\nStepLR(optimizer, {10**300})\n"
    ),
    "negative-index": "x = [1, 2]\nx[-9]\nx[9]\nx[0.5]\nStepLR(optimizer, x[-1])\n",
    "generators": (
        "def f():\n    yield from (optimizer.step() for _ in range(3))\nfor _ in f():\n    pass\n"
    ),
    "comparison": "if 1 < epoch < 3 != x in y:\n    optimizer.step()\n",
    "modulo": "if 5 % x == 0 and not x % 5:\n    optimizer.step()\n'%s' % x\n",
    "del": "del optimizer\nassert optimizer.step()\n",
    "unicode": "größe = 3\nStepLR(optimizer, größe, verbose='Ä' * 3)\n",
    "decorated": "@torch.no_grad()\n@f(x)\ndef g(a, /, b, *, c):\n    optimizer.step()\ng(1, 2)\n",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_code_is_read(name):
    made = "scheduler = StepLR(optimizer, 3)\n"
    assert judge(HEAD + made + ODD[name]).usable


def test_broken_and_shuffled_scripts_are_read_or_refused():
    chance = random.Random(17)
    for _ in range(60):
        lines = chance.choice(TEXTS).splitlines()
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(lines))
            action = chance.choice(["drop", "double", "swap", "from-another"])
            if action == "drop" and len(lines) > 1:
                del lines[at]
            elif action == "double":
                lines.insert(at, lines[at])
            elif action == "swap":
                other = chance.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            else:
                lines.insert(at, chance.choice(chance.choice(TEXTS).splitlines() or [""]))
        judgement = judge("\n".join(lines))
        count = len(lines)
        assert all(1 <= each.line <= count + 1 for each in judgement.findings)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 80 + "]" * 80,
        "x = " + " + ".join(["1"] * 2_000),
        "x" + ".y" * 900,
        "f(" * 60 + ")" * 60,
        "if a:\n" + "".join(f"{' ' * n}if b{n}:\n" for n in range(1, 60)) + " " * 60 + "pass",
        "def f():\n    f(); f(); g()\ndef g():\n    f(); g()\nf()",
        "".join(f"if args.a{n}:\n    scheduler.step()\n" for n in range(200)),
        "".join(f"def f{n}():\n    f{n + 1}(); f{n + 1}()\n" for n in range(40)) + "f0()",
        "for a in range(9):\n"
        + "".join(f"{' ' * n}for b{n} in loader:\n" for n in range(1, 18))
        + " " * 18
        + "optimizer.step(); scheduler.step()",
    ],
    ids=["nested", "sum", "dots", "calls", "ifs", "recursion", "branches", "doubling", "loops"],
)
def test_deep_and_wide_code_ends(text):
    reading = read_script(InputText("a.py", f"{HEAD}scheduler = StepLR(optimizer, 3)\n{text}\n"))
    assert len(reading.programs) <= 40
    assert sum(len(list(each.acts())) for each in reading.programs) < MAX_STATEMENTS * 10
    assert judge(f"{HEAD}scheduler = StepLR(optimizer, 3)\n{text}\n").usable


def test_a_notebook_that_is_none_says_why():
    deep = '{"a": ' * 700 + "1" + "}" * 700
    texts = {
        f'{{"cells": [], "metadata": {deep}}}': "it is nested too deep",
        '{"a": 1}': "it has no cells",
        '{"a": ': "Expecting value",
    }
    for text, reason in texts.items():
        _, _, (finding,) = script_of_notebook(InputText("n.ipynb", text))
        assert f"this is no notebook: {reason}" in finding.message
