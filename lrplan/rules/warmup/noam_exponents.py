"""In a Noam formula the exponents of the step and of the warm-up are not -0.5 and -1.5.

``min(step ** -0.5, step * warmup ** -1.5)`` rises in a line to the step ``warmup`` and falls with
the inverse square root from there. That both parts meet at ``warmup`` is due to the exponents: with
others they meet elsewhere, and the learning rate is another one by orders of magnitude.

## Why it matters

With ``d_model`` 512 and a warm-up of 4,000, the peak is 0.0007 at step 4,000. With the exponents
swapped, ``min(step ** -1.5, step * warmup ** -0.5)``, it is 0.0035 at step 5, and a thousandth of
that by step 500.

## How to fix it

``d_model ** -0.5 * min((step + 1) ** -0.5, (step + 1) * warmup ** -1.5)``.

## When it is fine

Other exponents than 0.5 and 1.5, of either sign, are left alone.

## References

Vaswani et al. 2017, arXiv 1706.03762, section 5.3
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple, TypeGuard

from lrplan.lint import Context, Edit, Hit, Rule, Severity, number, yaml_flow
from lrplan.lint.facts.expressions import Factor, factors_on_base, sampled_ticks, value_at
from lrplan.lint.facts.tick_usage import last_planned_tick

BAD = """\
training: {steps: 20000}
schedules:
  run:
    optimizer: {type: Adam, lr: 1.0}
    scheduler:
      type: LambdaLR
      lr_lambda: "512 ** -0.5 * min((step + 1) ** -1.5, (step + 1) * 4000 ** -0.5)"
"""
SIGN = BAD.replace("** -1.5", "** 0.5").replace("4000 ** -0.5", "4000 ** -1.5")
_NAMES = frozenset({"step", "epoch", "t", "x"})
_KNOWN = (0.5, 1.5)
_RIGHT = (-0.5, -1.5)


class _Noam(NamedTuple):
    """The two powers in ``min(step ** a, step * warmup ** b)``, as parts of the syntax tree."""

    fall: ast.BinOp
    rise: ast.BinOp


def check(context: Context) -> Iterator[Hit]:
    """Formulas with the two powers of Noam's, and other exponents."""
    for factor in factors_on_base(context):
        tree = _parsed(factor.expression.text)
        noam = None if tree is None else _find(tree)
        if tree is None or noam is None:
            continue
        exponents = _exponent(noam.fall), _exponent(noam.rise)
        if exponents != _RIGHT and all(abs(each or 0) in _KNOWN for each in exponents):
            yield _hit(context, factor, exponents)


def _hit(context: Context, factor: Factor, exponents: tuple[float | None, float | None]) -> Hit:
    ticks = sampled_ticks(last_planned_tick(context, factor.span))
    values = [value_at(factor.expression, tick) or 0.0 for tick in ticks]
    top = max(values)
    fixed, written = _fixed(factor.expression.text), _fixed(factor.expression.written)
    return Hit(
        path=factor.path,
        message=(
            f"the exponents are {exponents[0]:g} and {exponents[1]:g}, where Noam has -0.5 and"
            f" -1.5: the factor is largest, {number(top)}, at"
            f" {factor.span.top.interval} {ticks[values.index(top)]:,}"
        ),
        fix=written or fixed,
        edits=(Edit(factor.path, yaml_flow(written)),) if written else (),
        step=None,
    )


def _fixed(text: str) -> str:
    """The formula with the right exponents; empty where it cannot be parsed, as with durations."""
    tree = _parsed(text)
    noam = None if tree is None else _find(tree)
    if tree is None or noam is None:
        return ""
    text = text.strip()
    changes = [
        (each.right.col_offset, each.right.end_col_offset or 0, f"{right:g}")
        for each, right in zip(noam, _RIGHT, strict=True)
    ]
    # From the end on, so that the places of the others stay right.
    for start, end, new in sorted(changes, reverse=True):
        text = f"{text[:start]}{new}{text[end:]}"
    return text


def _parsed(text: str) -> ast.AST | None:
    try:
        return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _find(tree: ast.AST) -> _Noam | None:
    """The powers of the first ``min`` that has both, in either order."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and len(call.args) == len(_RIGHT) and _is_min(call.func):
            for one, other in (call.args, call.args[::-1]):
                rise = _rise(other)
                if _is_power(one) and _counts_steps(one.left) and rise is not None:
                    return _Noam(one, rise)
    return None


def _is_min(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id == "min"


def _rise(node: ast.expr) -> ast.BinOp | None:
    """The power of the warm-up in ``step * warmup ** b``, in either order."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for step, power in ((node.left, node.right), (node.right, node.left)):
            if _counts_steps(step) and _is_power(power) and not _counts_steps(power.left):
                return power
    return None


def _is_power(node: ast.expr) -> TypeGuard[ast.BinOp]:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def _counts_steps(node: ast.expr) -> bool:
    """Return True for ``step`` and ``step + 1``, and for the larger of ``step`` and a number."""
    if isinstance(node, ast.Call):
        return any(map(_counts_steps, node.args))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _counts_steps(node.left) or _counts_steps(node.right)
    return isinstance(node, ast.Name) and node.id in _NAMES


def _exponent(power: ast.BinOp) -> float | None:
    try:
        value = ast.literal_eval(power.right)
    except (ValueError, TypeError):
        return None
    return float(value) if isinstance(value, (int, float)) else None


RULE = Rule(
    code="LRP209",
    name="noam-exponents",
    severity=Severity.ERROR,
    needs="spec",
    summary="The exponents of a Noam formula are not -0.5 and -1.5.",
    bad=(BAD, SIGN),
    good=(BAD.replace("-1.5", "-0.5").replace("4000 ** -0.5", "4000 ** -1.5"),),
    check=check,
    level="cause",
    supersedes=("noam-lr-is-a-scale-factor",),
)
