"""Expressions of the spec's arithmetic: right ones by its grammar, and texts that come close."""

from __future__ import annotations

from hypothesis import strategies as st

USUAL = (
    "0.95 ** epoch",
    "1",
    "step/100 if step < 100 else 0.5*(1+cos(pi*(step-100)/900))",
    "min(1, (t + 1) / 8) * 0.5 ** floor(t / 6)",
    "max(0, 1 - t / 20)",
    "1 / (t - 12)",
    "sqrt(t) and log(t + 1)",
    "x % 4 // 2 or 0.1",
    "not x",
    "1 <= x < 9 or x == 12",
)

_TOKENS = (
    *("x", "t", "epoch", "step", "pi", "e", "y", "__class__", "True", "None"),
    *("0", "1", "2.5", ".5", "5.", "1e308", "1e999", "0x1F", "1_000", "007", "1j", "9" * 40),
    *("+", "-", "*", "/", "//", "%", "**", "<", "<=", "==", "!=", "=", ":=", "^", "&", "|", "~"),
    *("(", ")", "[", "]", "{", "}", ",", ".", ":", ";", "'", '"', "#", "\\", "\n", "\t", "\0"),
    *(" if ", " else ", " and ", " or ", " not ", " in ", " is ", "lambda x:", "for ", "await "),
    *("min(", "max(", "abs(", "sqrt(", "exp(", "log(", "floor(", "pow(", "open(", "print("),
    *("\N{MINUS SIGN}", "\N{GREEK SMALL LETTER PI}", "\u202e", "\xa0", "\u2028", "\ud800"),
)

_atoms = st.sampled_from(["x", "t", "epoch", "step", "pi", "e"]) | st.sampled_from(
    ["0", "1", "2", "0.5", "3.25", "10", "1e-3", "1e200", "100"]
)


def _larger(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def joined(template: str, count: int) -> st.SearchStrategy[str]:
        return st.tuples(*[part] * count).map(lambda parts: template.format(*parts))

    arithmetic = [joined(f"({{}}{sign}{{}})", 2) for sign in ("+", "-", "*", "/", "//", "%", "**")]
    comparison = [joined(f"({{}} {sign} {{}})", 2) for sign in ("<", "<=", ">", ">=", "==", "!=")]
    logic = [joined("({} and {})", 2), joined("({} or {})", 2), joined("(not {})", 1)]
    one = [f"{name}({{}})" for name in ("abs", "sqrt", "exp", "log", "cos", "sin", "floor", "ceil")]
    called = [joined(template, 1) for template in one]
    called += [joined("min({},{})", 2), joined("max({},{},{})", 3), joined("pow({},{})", 2)]
    chosen = [joined("({} if {} else {})", 3), joined("({} if {} < {} else {})", 4)]
    return st.one_of(*arithmetic, *comparison, *logic, *called, *chosen, joined("-{}", 1))


well_formed = st.recursive(_atoms, _larger, max_leaves=8)
"""By the grammar; there may be no value at some numbers."""

expressions = st.sampled_from(USUAL) | well_formed
"""Values for a key of a spec that takes an expression."""

texts = st.one_of(
    expressions,
    st.text(max_size=30),
    st.lists(st.sampled_from(_TOKENS), max_size=12).map("".join),
    st.tuples(expressions, st.integers(0, 40), st.sampled_from(_TOKENS)).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] :]
    ),
    st.tuples(st.sampled_from(["(", "-", "x+", "not ", "abs(", "x**"]), st.integers(1, 400)).map(
        lambda parts: parts[0] * parts[1] + "x" + ")" * (parts[0].count("(") * parts[1])
    ),
)
"""Texts of any kind where an expression is expected."""
