"""Reads the curves of a lock of format 2: pieces, or blocks."""

from __future__ import annotations

import math
import re

from lrplan.lock.block_curve import Block, BlockCurve
from lrplan.lock.fields import Fields
from lrplan.lock.piece_curve import PieceCurve
from lrplan.lock.pieces import MOST_BENDS, Piece
from lrplan.node import Node
from lrplan.specfile.yaml.core_schema import ScalarError, clip, resolve

_DIGEST = re.compile(r"[0-9a-f]{10}")


def curve_of(fields: Fields, node: Node, steps: int) -> PieceCurve | BlockCurve:
    """The curve of ``node`` over ``steps`` steps."""
    return _blocks(fields, node, steps) if node.get("blocks") else _pieces(fields, node, steps)


def _pieces(fields: Fields, node: Node, steps: int) -> PieceCurve:
    every_node, period_node = node.get("every"), node.get("period")
    every = 1 if every_node is None else fields.count(every_node, steps)
    count = -(-steps // every)
    period = None if period_node is None else fields.count(period_node, count)
    written = fields.child(node, "pieces")
    pieces = [_piece(fields, start, value) for start, value in fields.mapping(written).items()]
    starts = [piece.start for piece in pieces]
    most = period or count
    if starts != sorted(set(starts)) or starts[:1] != [0] or starts[-1] >= most:
        fields.stop(f"its pieces must ascend from 0 to below {most}", written.place)
    return PieceCurve(tuple(pieces), every, period)


def _piece(fields: Fields, start: str, node: Node) -> Piece:
    numbers = _numbers(fields, start, str(node.value).split(), node)
    is_one = len(numbers) == 1
    if not 1 <= len(numbers) <= MOST_BENDS + 2 or not (is_one or all(map(math.isfinite, numbers))):
        message = f"`{clip(start)}: {clip(str(node.value))}` is not the start of a piece and its"
        fields.stop(f"{message} numbers", node.key_place or node.place)
    return Piece(_step(fields, start, node), numbers)


def _blocks(fields: Fields, node: Node, steps: int) -> BlockCurve:
    size = fields.count(fields.child(node, "block_steps"), steps)
    unit_node = fields.child(node, "unit")
    unit = fields.number(unit_node)
    if not 0 < unit < math.inf:
        fields.stop("this should be above 0", unit_node.place)
    written = fields.child(node, "blocks")
    blocks = fields.mapping(written)
    starts = [_step(fields, start, value) for start, value in blocks.items()]
    if starts != list(range(0, steps, size)):
        fields.stop(f"its blocks must ascend by {size} from 0 to below {steps}", written.place)
    return BlockCurve(
        size, unit, tuple(_block(fields, start, value) for start, value in blocks.items())
    )


def _block(fields: Fields, start: str, node: Node) -> Block:
    value, offset, digest = [*str(node.value).split(), "", "", ""][:3]
    numbers = _numbers(fields, start, [value, offset], node)
    if not 0 <= numbers[1] < 1 or not _DIGEST.fullmatch(digest):
        message = f"`{clip(start)}: {clip(str(node.value))}` is not a step, its value, where its"
        fields.stop(f"{message} cells begin, and a digest", node.key_place or node.place)
    return Block(numbers[0], numbers[1], digest)


def _numbers(fields: Fields, start: str, parts: list[str], node: Node) -> tuple[float, ...]:
    try:
        return tuple(float(resolve(part)) for part in parts)  # type: ignore[arg-type]
    except (ScalarError, ValueError, TypeError):
        message = f"`{clip(start)}: {clip(str(node.value))}` should be a step and numbers"
        fields.stop(message, node.key_place or node.place)


def _step(fields: Fields, text: str, node: Node) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        fields.stop(f"`{clip(text)}` is not a step", node.key_place or node.place)
    return int(text)
