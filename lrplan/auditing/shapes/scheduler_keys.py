"""A shape as the keys of a scheduler in a spec, by torch's own classes if one has the curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrplan.auditing.shapes.shape import Shape

_SAME = 1e-9


def scheduler_of(shapes: Mapping[str, Shape], updates: int) -> Mapping[str, object] | None:
    """The scheduler that gives each group its shape; None if a spec cannot say it.

    An empty mapping means no scheduler at all.

    Args:
        shapes: by parameter group, of the same kind and lengths.
        updates: of the run; torch's cosine rises again after its end.
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
    named = _torch_scheduler(shape, shapes, updates)
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


def _torch_scheduler(
    shape: Shape, shapes: Mapping[str, Shape], updates: int
) -> dict[str, object] | None:
    """The class of torch that has the curve, with its arguments; None if there is none."""
    lengths = shape.lengths
    if shape.kind == "one-cycle":
        return _one_cycle(shape, shapes, updates)
    if shape.kind == "steps":
        return _steps(shape)
    if lengths.begin > lengths.warmup:
        return None
    fall = int(lengths.end - lengths.begin)
    ratios = [each.floor / each.peak for each in shapes.values()]
    floors = _by_group({name: each.floor for name, each in shapes.items()})
    floor = {"eta_min": floors} if floors else {}
    more = {"T_mult": lengths.mult} if lengths.mult > 1 else {}
    line = {"start_factor": 1.0, "end_factor": ratios[0], "total_iters": fall}
    power = {"total_iters": fall, "power": lengths.power}
    cosine: dict[str, object] = {"type": "CosineAnnealingLR", "T_max": fall, **floor}
    # After its end torch's cosine rises again.
    by_kind: Mapping[str, dict[str, object] | None] = {
        "exponential": {"type": "ExponentialLR", "gamma": lengths.gamma},
        "warm-restarts": {"type": "CosineAnnealingWarmRestarts", "T_0": fall, **more, **floor},
        "repeated-cosine": cosine,
        "cosine": cosine if updates <= lengths.end + 1 else None,
        "linear": None if _differ(ratios) else {"type": "LinearLR", **line},
        "polynomial": None if any(ratios) else {"type": "PolynomialLR", **power},
    }
    return by_kind.get(shape.kind)


def _steps(shape: Shape) -> dict[str, object]:
    gamma = shape.lengths.gamma
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
        "pct_start": (shape.lengths.begin + 1) / total,
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
        "polynomial": f"(1 - {fall})**{lengths.power!r}",
        "inverse-sqrt": f"sqrt({int(lengths.scale)}/({int(lengths.scale)} + {since}))",
        "exponential": f"{lengths.gamma!r}**{since}",
    }.get(shape.kind)
    if text is None or not shape.floor:
        return text
    ratio = shape.floor / shape.peak
    return f"{ratio!r} + (1 - {ratio!r})*({text})"


def _by_group(values: Mapping[str, float]) -> object:
    """A single value for all groups, or a mapping; 0 if all are 0."""
    distinct = set(values.values())
    return distinct.pop() if len(distinct) == 1 else dict(values)


def _differ(values: Sequence[float]) -> bool:
    largest = max(abs(each) for each in values)
    return max(values) - min(values) > _SAME * largest
