"""Specs that were right, and then something happened to them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import strategies as st

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from tests.fuzz.specs import specs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Path = tuple[str | int, ...]

NASTY = (
    *(None, True, False, 0, -1, 1, 2.5, -0.0, 1e308, 5e-324, float("nan"), float("inf")),
    *(10**12, 10**13, -(10**12), 2**64, 10**400, "", " ", "no", "null", "1e-3", "0x10", "1_000"),
    *("5ep", "5 ep", "-1ep", "100%", "1e99st", "3 weeks", "999999999tok", ".5ba", "9" * 400),
    *(
        "cos(",
        "x" * 2000,
        "\u202eabc",
        "\0",
        "\ud800",
        "a\nb",
        "[red]x[/red]",
        "os:system",
        "a:b:c",
    ),
    *("./run.py:make", "../../etc/passwd", "SGD", "AdamW", "OneCycleLR", "val_loss", "lr", "step"),
    *([], {}, [[]], [None], {"a": 1}, {"type": "SGD"}, [1, 2, 3], {"": {}}, ["x"] * 40),
)
TYPES = (*SCHEDULERS, *OPTIMIZERS, "timm:Nothing", "Nothing", "nope:NoLR")


def places(tree: object, path: Path = ()) -> Iterator[Path]:
    """The way to every value of ``tree`` but itself."""
    items: Any = tree.items() if isinstance(tree, dict) else ()
    items = enumerate(tree) if isinstance(tree, list) else items
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def at(tree: Any, path: Path) -> Any:
    """The value at ``path``."""
    for key in path:
        tree = tree[key]
    return tree


@st.composite
def mutated(draw: st.DrawFn, tree: dict[str, Any]) -> dict[str, Any]:
    """``tree`` with one thing wrong, or two or three."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        ways = list(places(tree))
        if ways:
            path = draw(st.sampled_from(ways))
            draw(st.sampled_from(_CHANGES))(draw, tree, path)
    return tree


def _delete(draw: st.DrawFn, tree: Any, path: Path) -> None:
    del at(tree, path[:-1])[path[-1]]


def _replace(draw: st.DrawFn, tree: Any, path: Path) -> None:
    at(tree, path[:-1])[path[-1]] = copy.deepcopy(draw(st.sampled_from(NASTY)))


def _rename(draw: st.DrawFn, tree: Any, path: Path) -> None:
    parent = at(tree, path[:-1])
    if isinstance(parent, dict):
        key = str(path[-1])
        renamed = draw(st.sampled_from([key[:-1], key + "s", key.upper(), "type", "groups", "x"]))
        parent[renamed] = parent.pop(path[-1])


def _retype(draw: st.DrawFn, tree: Any, path: Path) -> None:
    named = [each for each in places(tree) if each[-1] == "type"]
    if named:
        where = draw(st.sampled_from(named))
        at(tree, where[:-1])["type"] = draw(st.sampled_from(TYPES))


def _wrap(draw: st.DrawFn, tree: Any, path: Path) -> None:
    value = at(tree, path)
    wrapped = draw(st.sampled_from([[value], {"type": value}, [value, value], str(value)]))
    at(tree, path[:-1])[path[-1]] = copy.deepcopy(wrapped)


def _transplant(draw: st.DrawFn, tree: Any, path: Path) -> None:
    other = at(tree, draw(st.sampled_from(list(places(tree)))))
    at(tree, path[:-1])[path[-1]] = copy.deepcopy(other)


def _add(draw: st.DrawFn, tree: Any, path: Path) -> None:
    value, added = at(tree, path), copy.deepcopy(draw(st.sampled_from(NASTY)))
    if isinstance(value, dict):
        arguments = [name for row in SCHEDULERS.values() for name in map(_name, row.arguments)]
        value[draw(st.sampled_from(["", "extra", "ignore", "monitor", *arguments]))] = added
    elif isinstance(value, list):
        value.append(added)


def _name(argument: Any) -> str:
    return str(argument.name)


_CHANGES: tuple[Callable[[st.DrawFn, Any, Path], None], ...] = (
    *(_delete, _replace, _replace, _replace, _rename, _retype, _wrap, _transplant, _add),
)


@st.composite
def written(draw: st.DrawFn, tree: dict[str, Any]) -> str:
    """``tree`` as text: YAML in blocks or in braces, or JSON."""
    style = draw(st.sampled_from(["json", "block", "flow", "ascii"]))
    if style == "json":
        return json.dumps(tree, allow_nan=True)
    return yaml.safe_dump(
        tree,
        default_flow_style=style == "flow",
        allow_unicode=style != "ascii",
        sort_keys=False,
        width=60,
    )


_INSERTED = st.sampled_from(
    [
        *("\t", " ", "\n", "\r\n", "\r", ": ", "- ", "&a ", "*a ", "!!python/object:os.system "),
        *("!x ", "# lrplan: ignore[lr-negative]", "# lrplan: ignore[", "---\n", "...\n", "%YAML 9"),
        *("|\n", ">\n", "? ", "{", "}", "[", "]", "'", '"', "\\", "<<: ", "\0", "\x85", "\u2028"),
        *("\ufeff", "\ud800", "\U0001f600", "\x1b[31m", "\u0301" * 5, "@", "`", ", , "),
    ]
)


@st.composite
def scarred(draw: st.DrawFn, text: str) -> str:
    """``text`` with something cut out, put in, doubled, or turned round."""
    for _ in range(draw(st.integers(1, 2))):
        first = draw(st.integers(0, len(text)))
        last = min(len(text), first + draw(st.sampled_from([0, 0, 1, 2, 9, 60, 10**6])))
        between = draw(st.just("") | _INSERTED | st.just(text[first:last] * 2))
        text = text[:first] + between + text[last:]
    return text


@st.composite
def broken(draw: st.DrawFn) -> str:
    """The text of a spec that is wrong in some way, or by luck still right."""
    tree = draw(specs())
    kind = draw(st.sampled_from(["tree", "tree", "tree", "text", "both"]))
    if kind != "text":
        tree = draw(mutated(tree))
    text = draw(written(tree))
    return text if kind == "tree" else draw(scarred(text))
