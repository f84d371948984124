"""Curves of known shape, written as formulas of a real number of steps."""

import numpy as np
from hypothesis import settings

FEWER = settings(max_examples=settings().max_examples // 3)
"""A relation takes longer to find than most examples of the suite."""
PERIOD = 240.0


def cosine(x):
    return 0.5 * (1 + np.cos(np.pi * np.minimum(x, PERIOD) / PERIOD))


def linear(x):
    return np.maximum(1 - x / PERIOD, 0.1)


def polynomial(x):
    return (1 - np.minimum(x, PERIOD) / PERIOD) ** 2 + 0.01


def exponential(x):
    return 0.985**x


def root(x):
    return 1 / np.sqrt(1 + x / 10)


def warm_cosine(x):
    ramp = x / 40
    decay = 0.5 * (1 + np.cos(np.pi * np.clip((x - 40) / (PERIOD - 40), 0, 1)))
    return np.where(x < 40, ramp, decay)


def triangle(x):
    return 0.1 + np.abs((x / 30) % 2 - 1)


def milestones(x):
    return 0.1 ** (1.0 * (x >= 60) + (x >= 120) + (x >= 200))


SMOOTH = {
    "cosine": cosine,
    "linear": linear,
    "polynomial": polynomial,
    "exponential": exponential,
    "root": root,
    "warm-cosine": warm_cosine,
    "triangle": triangle,
}
SHAPES = {**SMOOTH, "milestones": milestones}


def sampled(shape, steps, *, scale=1.0, pace=1.0, stair=1):
    """``steps`` values of a shape, ``pace`` of its steps apart, each held for ``stair`` steps."""
    return scale * shape(np.arange(steps) // stair * stair * pace)
