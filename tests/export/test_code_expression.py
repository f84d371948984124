"""An expression written as Python gives what the expression gives."""

import ast
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lrplan.export.code.expression import function_body
from lrplan.export.code.literals import WIDTH
from lrplan.specfile.expressions.expression import Expression, ExpressionError

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
    return "\n".join((f"def {name}(step: int) -> float:", *function_body(Expression(text), "step")))


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
def test_long_ones_are_wrapped_to_the_width(text):
    same(text)
    assert max(map(len, source(text).splitlines())) <= WIDTH


def test_a_division_stays_behind_its_guard():
    assert function(GUARDED)(0) == 7


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("0.95 ** epoch", ["return 0.95 ** step"]),
        ("2 ** epoch", ["return 2.0 ** step"]),
        ("(step/12)**3", ["return (step / 12) ** 3"]),
        ("step ** 0.5", ["return math.pow(step, 0.5)"]),
        ("-x**2", ["return -step ** 2"]),
        ("pi ** t", ["return math.pi ** step"]),
        ("1", ["return 1"]),
        ("1e15", ["return 1000000000000000.0"]),
        ("2*pi", ["return 2 * math.pi"]),
        ("max(1, e)", ["return max(1, math.e)"]),
        ("0.9 if t % 10 == 0 else 1", ["return 0.9 if step % 10 == 0 else 1"]),
        (
            "0.5 * (1 + cos(pi * t / 100)) if t > 1000 else 0.25 * (1 + cos(pi * t / 200)) + 1e-3",
            [
                "return (",
                "    0.5 * (1 + math.cos(math.pi * step / 100)) if step > 1000 else 0.25 * (1 +",
                "    math.cos(math.pi * step / 200)) + 0.001",
                ")",
            ],
        ),
    ],
)
def test_it_reads_like_this(text, lines):
    assert [line[4:] for line in function_body(Expression(text), "step")] == lines


@pytest.mark.parametrize(
    "form", ["(1 < {})", "cos({})", "{} + t", "-{}", "not {}", "2 ** {}", "1 if t > 5 else {}"]
)
def test_the_deepest_that_a_spec_may_have_is_written(form):
    text = "step"
    while is_expression(form.format(text)):
        text = form.format(text)
    assert len(text) > 100
    same(text)


def is_expression(text):
    try:
        Expression(text)
    except ExpressionError:
        return False
    return True


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
    assert {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} <= allowed
    assert {node.value.id for node in ast.walk(tree) if isinstance(node, ast.Attribute)} <= {"math"}
