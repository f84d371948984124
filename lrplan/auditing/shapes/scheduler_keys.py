"""A shape as the keys of a scheduler in a spec, by torch's own classes where they have the curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrplan.auditing.shapes.shape import Shape

_SAME = 1e-9


def scheduler_of(shapes: Mapping[str, Shape], updates: int) -> Mapping[str, object] | None:
    """The scheduler that gives each group its shape; None if a spec cannot say it.

    An empty mapping stands for no scheduler at all.

    Args:
        shapes: by parameter group, of the same kind and lengths.
        updates: of the run; torch's cosine rises again behind its end.
    """
    first = next(iter(shapes.values()))
    starts = {name: shape.start / shape.peak for name, shape in shapes.items() if shape.peak}
    if len(starts) < len(shapes) or _differ(list(starts.values())):
        return None
    keys = _keys(first, shapes, updates)
    if keys is None or first.kind == "one-cycle" or not first.lengths.warmup:
        return keys
    warmup: dict[str, object] = {"length": int(first.lengths.warmup)}
    start = starts[next(iter(shapes))]
    warmup |= {"start": start} if start else {}
    keys = keys or {"type": "LambdaLR", "lr_lambda": "1", "interval": "step"}
    return {**keys, "warmup": warmup if start else warmup["length"]}


def _keys(shape: Shape, shapes: Mapping[str, Shape], updates: int) -> Mapping[str, object] | None:
    if shape.kind == "constant":
        return {}
    named = _named(shape, shapes, updates)
    if named is None:
        expressions = {name: _expression(each) for name, each in shapes.items()}
        if None in expressions.values():
            return None
        same = len(set(expressions.values())) == 1
        named = {
            "type": "LambdaLR",
            "lr_lambda": next(iter(expressions.values())) if same else expressions,
        }
    return {**named, "interval": "step"}


def _named(shape: Shape, shapes: Mapping[str, Shape], updates: int) -> dict[str, object] | None:
    lengths = shape.lengths
    fall = int(lengths.end - lengths.begin)
    held = lengths.begin > lengths.warmup
    ratios = [each.floor / each.peak for each in shapes.values()]
    floors = _by_group({name: each.floor for name, each in shapes.items()})
    floor = {"eta_min": floors} if floors else {}
    if shape.kind == "steps":
        return _steps(shape)
    if shape.kind == "exponential" and not held:
        return {"type": "ExponentialLR", "gamma": float(lengths.gamma)}
    if shape.kind == "warm-restarts" and not held:
        more = {"T_mult": lengths.mult} if lengths.mult > 1 else {}
        return {"type": "CosineAnnealingWarmRestarts", "T_0": fall, **more, **floor}
    if shape.kind == "repeated-cosine" or (shape.kind == "cosine" and updates <= lengths.end + 1):
        return None if held else {"type": "CosineAnnealingLR", "T_max": fall, **floor}
    if shape.kind == "linear" and not held and not _differ(ratios):
        end = {"start_factor": 1.0, "end_factor": ratios[0], "total_iters": fall}
        return {"type": "LinearLR", **end}
    if shape.kind == "polynomial" and not held and not any(ratios):
        return {"type": "PolynomialLR", "total_iters": fall, "power": float(lengths.power)}
    return _one_cycle(shape, shapes, updates) if shape.kind == "one-cycle" else None


def _steps(shape: Shape) -> dict[str, object]:
    gamma = float(shape.lengths.gamma)
    if shape.every:
        return {"type": "StepLR", "step_size": shape.every, "gamma": gamma}
    milestones = [each - int(shape.lengths.warmup) for each in shape.milestones]
    return {"type": "MultiStepLR", "milestones": milestones, "gamma": gamma}


def _one_cycle(shape: Shape, shapes: Mapping[str, Shape], updates: int) -> dict[str, object] | None:
    total = int(shape.lengths.end) + 1
    finals = [each.start / each.floor for each in shapes.values() if each.floor and each.start]
    if len(finals) < len(shapes) or _differ(finals) or updates > total:
        return None
    return {
        "type": "OneCycleLR",
        "max_lr": _by_group({name: each.peak for name, each in shapes.items()}),
        "total_steps": total,
        "pct_start": (float(shape.lengths.begin) + 1) / total,
        "div_factor": shape.peak / shape.start,
        "final_div_factor": finals[0],
        "cycle_momentum": False,
    }


def _expression(shape: Shape) -> str | None:
    """The factor of the peak as an expression of ``x``, the ticks since the warm-up."""
    lengths = shape.lengths
    held = int(lengths.begin - lengths.warmup)
    since = f"max(x - {held}, 0)" if held else "x"
    fall = f"min({since}/{int(lengths.end - lengths.begin)}, 1)"
    text = {
        "linear": f"1 - {fall}",
        "cosine": f"(1 + cos(pi*{fall}))/2",
        "repeated-cosine": f"(1 + cos(pi*{since}/{int(lengths.end - lengths.begin)}))/2",
        "1-sqrt": f"1 - sqrt({fall})",
        "polynomial": f"(1 - {fall})**{float(lengths.power)!r}",
        "inverse-sqrt": f"sqrt({int(lengths.scale)}/({int(lengths.scale)} + {since}))",
        "exponential": f"{float(lengths.gamma)!r}**{since}",
    }.get(shape.kind)
    if text is None or not shape.floor:
        return text
    ratio = shape.floor / shape.peak
    return f"{ratio!r} + (1 - {ratio!r})*({text})"


def _by_group(values: Mapping[str, float]) -> object:
    """One value for all groups, or a mapping; 0 where all are 0."""
    distinct = set(values.values())
    return distinct.pop() if len(distinct) == 1 else dict(values)


def _differ(values: Sequence[float]) -> bool:
    largest = max(abs(each) for each in values)
    return max(values) - min(values) > _SAME * largest
