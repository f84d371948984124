"""Random schedules of timm: every class, scaled groups, fractional lengths, warm-ups, noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

EPOCHS, PER_EPOCH = 9, 4
CYCLIC = ("CosineLRScheduler", "TanhLRScheduler", "PolyLRScheduler")
NAMES = (
    *CYCLIC,
    "StepLRScheduler",
    "MultiStepLRScheduler",
    "WSDLRScheduler",
    "PlateauLRScheduler",
)


def random_arguments(name: str, rng: np.random.Generator) -> dict[str, object]:
    """Arguments of a scheduler of timm for a run of ``EPOCHS``; most lengths have a fraction."""
    in_epochs = name == "PlateauLRScheduler" or bool(rng.integers(2))
    unit = 1 if in_epochs else PER_EPOCH
    warmup = _length(rng, 0.3, 3.5, unit) if rng.integers(3) else 0
    arguments: dict[str, object] = {
        "warmup_t": warmup,
        "warmup_lr_init": float(rng.choice([0.0, 1e-3, 0.02])),
        **_shape(name, rng, unit),
    }
    if name != "PlateauLRScheduler":
        arguments["t_in_epochs"] = in_epochs
    if name not in ("PlateauLRScheduler", "WSDLRScheduler"):
        arguments["warmup_prefix"] = bool(rng.integers(2))
    if not rng.integers(3):
        first = _length(rng, 0.5, 4, unit)
        arguments["noise_range_t"] = [first, first + _length(rng, 1, 4, unit)]
        arguments["noise_seed"] = int(rng.integers(100))
    return arguments


def random_groups(rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Up to four groups, each with or without its own ``lr`` and ``lr_scale``."""
    groups: dict[str, dict[str, float]] = {}
    for index in range(int(rng.integers(1, 5))):
        own = groups.setdefault(f"g{index}", {})
        if rng.integers(2):
            own["lr"] = float(rng.uniform(0.01, 1))
        if rng.integers(4):
            own["lr_scale"] = float(rng.choice([0.0, 0.75**11, 0.3, 1.0, 2.5]))
    return groups


def _length(rng: np.random.Generator, low: float, high: float, unit: int) -> float:
    """A length in ticks, whole in one case of three."""
    value = round(float(rng.uniform(low, high)) * unit, 2)
    return max(1, round(value)) if not rng.integers(3) else value


def _shape(name: str, rng: np.random.Generator, unit: int) -> dict[str, object]:
    rate = float(rng.choice([0.1, 0.5, 0.97]))
    floor = float(rng.choice([0.0, 1e-3]))
    if name == "StepLRScheduler":
        return {"decay_t": _length(rng, 0.4, 4, unit), "decay_rate": rate}
    if name == "MultiStepLRScheduler":
        cuts = sorted(_length(rng, 1, EPOCHS, unit) for _ in range(int(rng.integers(1, 4))))
        return {"decay_t": cuts, "decay_rate": rate}
    if name == "PlateauLRScheduler":
        patience, cooldown = (int(rng.integers(3)) for _ in range(2))
        return {
            "mode": "min",
            "decay_rate": rate,
            "patience_t": patience,
            "cooldown_t": cooldown,
            "lr_min": floor,
        }
    if name == "WSDLRScheduler":
        return _trapezoid(rng, unit, floor)
    return {
        "t_initial": _length(rng, 1.5, EPOCHS, unit),
        "lr_min": floor,
        "cycle_limit": int(rng.integers(1, 4)),
        "cycle_mul": float(rng.choice([1.0, 1.0, 1.5, 2.0])),
        "cycle_decay": rate,
        **({} if name == "TanhLRScheduler" else {"k_decay": float(rng.choice([1.0, 1.5]))}),
        **({"power": float(rng.choice([0.5, 2.0]))} if name == "PolyLRScheduler" else {}),
    }


def _trapezoid(rng: np.random.Generator, unit: int, floor: float) -> dict[str, object]:
    return {
        "t_initial": _length(rng, 4, EPOCHS, unit),
        "decay_t": _length(rng, 0.4, 4, unit),
        "lr_min": floor,
        "stable_fn": str(rng.choice(["constant", "rsqrt", "power"])),
        "stable_timescale": _length(rng, 0.4, 4, unit),
        "decay_fn": str(rng.choice(["linear", "1-sqrt", "cosine", "power", "exp"])),
    }
