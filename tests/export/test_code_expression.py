"""An expression printed as Python gives what the expression gives, in a formatter's spacing."""

import ast
import math
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lrplan.export.code.expression import body
from lrplan.export.code.literals import WIDTH
from lrplan.specfile.expressions.expression import Expression, ExpressionError
from tests.export.running import needs_ruff

LONG = " + ".join(f"sin(step * {n}.5)" for n in range(40))
GUARDED = f"1 / step * ({LONG}) if step > 0 else 7"
LONG_CHOICE = f"({LONG}) * (({LONG}) if step % 3 == 1 else ({LONG} - 1 / (step - 1)))"[:980]
CHAIN = " < ".join(f"step * {n} - 100 * cos({n})" for n in range(30))
CONDITIONS = " and ".join(f"step * {n} + 100 > cos({n})" for n in range(30))


def function(text):
    namespace = {"math": math}
    exec(source(text), namespace)
    return namespace["f"]


def source(text, name="f"):
    return "\n".join((f"def {name}(step: int) -> float:", *body(Expression(text), "step")))


def outcome(call, value):
    try:
        return float(call(value))
    except (ExpressionError, ArithmeticError, ValueError):
        return None


def same(text):
    written, meant = function(text), Expression(text)
    for value in (0, 1, 2, 3, 10, 999):
        left, right = outcome(written, value), outcome(meant, value)
        if left is None or right is None or math.isnan(right):
            assert (left is None) == (right is None), (text, value)
        else:
            assert left == pytest.approx(right, rel=1e-12, abs=1e-300), (text, value)


numbers = st.sampled_from(["0", "1", "2", "0.5", "3e-7", "1e15", "pi", "e", "step", "x"])


def deeper(inner):
    def joined(form, *parts):
        return st.tuples(*parts).map(lambda each: form.format(*each))

    operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "**"])
    comparisons = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    words = st.sampled_from(["and", "or"])
    functions = st.sampled_from(["abs", "sqrt", "exp", "log", "cos", "sin", "floor", "ceil"])
    return st.one_of(
        joined("({} {} {})", inner, operators, inner),
        joined("({} {} {})", inner, comparisons, inner),
        joined("({} < {} <= {})", inner, inner, inner),
        joined("({} {} {})", inner, words, inner),
        joined("({} if {} else {})", inner, inner, inner),
        joined("{}({})", functions, inner),
        joined("{}({}, {})", st.sampled_from(["min", "max", "pow"]), inner, inner),
        joined("{}({})", st.sampled_from(["-", "+", "not "]), inner).map(lambda each: f"({each})"),
    )


expressions = st.recursive(numbers, deeper, max_leaves=25).filter(lambda text: len(text) <= 900)


@given(expressions)
@example("2 ** step")
@example("-2 ** 2")
@example("(-8) ** (1 / 3)")
@example("0 ** -1")
@example("step ** step ** step")
@example("(step < 3) + (step < 5)")
@example("not step < 3")
@example("min(step)")
@example(GUARDED)
@example(CHAIN)
def test_it_gives_what_the_expression_gives(text):
    same(text)


@pytest.mark.parametrize("text", [LONG, GUARDED, CHAIN, CONDITIONS])
def test_long_ones_are_computed_in_parts_that_fit(text):
    same(text)
    assert max(map(len, source(text).splitlines())) <= WIDTH


def test_a_division_stays_behind_its_guard():
    assert function(GUARDED)(0) == 7


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("0.95 ** epoch", ["return 0.95**step"]),
        ("2 ** epoch", ["return 2.0**step"]),
        ("(step/12)**3", ["return (step / 12) ** 3"]),
        ("step ** 0.5", ["return math.pow(step, 0.5)"]),
        ("-x**2", ["return -(step**2)"]),
        ("1", ["return 1"]),
        ("2*pi", ["return 2 * math.pi"]),
        ("0.9 if t % 10 == 0 else 1", ["return 0.9 if step % 10 == 0 else 1"]),
        (
            "1 if t < 5 else 2 if t < 9 else 3",
            ["if step < 5:", "    return 1", "if step < 9:", "    return 2", "return 3"],
        ),
    ],
)
def test_it_reads_like_this(text, lines):
    assert [line[4:] for line in body(Expression(text), "step")] == lines


def test_powers_take_no_time():
    assert outcome(function("9 ** (9 ** (9 ** step))"), 3) is None
    nested = "step"
    for _ in range(30):
        nested = f"({nested}) ** 15"
    assert outcome(function(nested), 999) is None


@given(expressions)
def test_nothing_but_arithmetic_is_written(text):
    allowed = {"math", "step", "abs", "max", "min", "int", "float"}
    tree = ast.parse(source(text))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {name for name in names if not name.startswith("part_")} <= allowed
    assert {node.value.id for node in ast.walk(tree) if isinstance(node, ast.Attribute)} <= {"math"}


@needs_ruff
def test_formatters_leave_it_alone(tmp_path):
    texts = [text for text in _some() if max(map(len, source(text).splitlines())) <= WIDTH]
    assert len(texts) > 100
    functions = [source(text, f"f{number}") for number, text in enumerate(texts)]
    (tmp_path / "f.py").write_text("import math\n\n\n" + "\n\n\n".join(functions) + "\n")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[:3000]


def _some():
    """Expressions of every kind of operand under every kind of operator."""
    atoms = ["step", "2", "0.5", "pi", "-step", "-2", "2 ** 3", "cos(step)", "(step < 3)"]
    for left in atoms:
        for right in atoms:
            for operator in ("+", "*", "%", "**", "<", "and"):
                yield f"({left}) {operator} ({right})"
    yield from (LONG, GUARDED, CHAIN, CONDITIONS)
