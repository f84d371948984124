"""The usual shapes of a schedule, for a run of any number of ticks."""

from __future__ import annotations

RAMP = "{type: LinearLR, start_factor: 0.01, total_iters: %d}"


def _of(kind, **arguments):
    inner = "".join(f", {name}: {value}" for name, value in arguments.items())
    return f"{{type: {kind}{inner}}}"


def _formula(text):
    return f'{{type: LambdaLR, lr_lambda: "{text}"}}'


def decays(n):
    """A single scheduler from the first tick to the last."""
    yield "cosine", _of("CosineAnnealingLR", T_max=n)
    yield "cosine to a floor", _of("CosineAnnealingLR", T_max=n, eta_min=1e-5)
    yield "polynomial", _of("PolynomialLR", total_iters=n, power=0.9)
    yield "line to 0", _of("LinearLR", start_factor=1.0, end_factor=0.0, total_iters=n)
    yield "line to a tenth", _of("LinearLR", start_factor=1.0, end_factor=0.1, total_iters=n)
    yield "exponential", _of("ExponentialLR", gamma=round(0.01 ** (1 / n), 8))
    yield "cosine formula", _formula(f"0.5 * (1 + cos(pi * t / {n}))")
    yield "line formula", _formula(f"1 - t / {n}")
    yield "power formula", _formula(f"(1 - t / {n}) ** 0.9")
    yield "exponential formula", _formula(f"{round(0.01 ** (1 / n), 8)} ** t")
    yield "inverse formula", _formula("1 / (1 + 0.01 * t)")


def stairs(n):
    """Cuts, each within the run."""
    for parts in (2, 3, 4):
        yield f"{parts} stairs", _of("StepLR", step_size=-(-n // parts))
    if n >= 4:
        yield "half and three quarters", _of("MultiStepLR", milestones=[n // 2, n * 3 // 4])
    if n >= 10:
        late = [n * tenths // 10 for tenths in (6, 8, 9)]
        yield "late cuts", _of("MultiStepLR", milestones=late, gamma=0.2)


def cycles(n):
    """Whole cycles only."""
    for parts in (2, 3, 5):
        if n % parts == 0 and n > parts:
            yield f"{parts} restarts", _of("CosineAnnealingWarmRestarts", T_0=n // parts)
    if n % 7 == 0 and n > 7:
        yield "doubling restarts", _of("CosineAnnealingWarmRestarts", T_0=n // 7, T_mult=2)
    for halves in (2, 4):
        if n % halves == 0:
            up = {"base_lr": 0.001, "max_lr": 0.1, "step_size_up": n // halves}
            yield f"{halves} halves of a triangle", _of("CyclicLR", **up)
    if n >= 4:
        yield "one cycle", _of("OneCycleLR", max_lr=0.1, total_steps=n)


def warm_ups(n):
    """A warm-up of a hundredth, a twentieth and a tenth, and what may follow."""
    for w in sorted({max(1, n // parts) for parts in (100, 20, 10)}):
        left = n - w
        if left < 10:
            continue
        ramp = RAMP % w
        for name, decay in (*decays(left), *stairs(left)):
            yield f"{name} after {w}", _sequence([w], ramp, decay)
        yield f"constant after {w}", ramp
        hold = _of("ConstantLR", factor=1.0, total_iters=n)
        fall = _of("LinearLR", start_factor=1.0, end_factor=0.0, total_iters=n - n * 4 // 5)
        yield f"stable after {w}", _sequence([w, n * 4 // 5], ramp, hold, fall)
        rise = f"(t + 1) / {w + 1} if t < {w}"
        yield (
            f"formula after {w}",
            _formula(f"{rise} else 0.5 * (1 + cos(pi * (t - {w}) / {left}))"),
        )
        yield f"line formula after {w}", _formula(f"{rise} else ({n} - t) / {left}")
        yield f"root after {w}", _formula(f"min((t + 1) / {w}, ({w} / (t + 1)) ** 0.5)")


def shapes(n):
    """All of them, by name."""
    return {name: shape for kind in (decays, stairs, cycles, warm_ups) for name, shape in kind(n)}


def _sequence(milestones, *members):
    return _of("SequentialLR", milestones=milestones, schedulers=f"[{', '.join(members)}]")
