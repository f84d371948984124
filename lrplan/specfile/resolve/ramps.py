"""Batch sizes and accumulation of ``training`` that change over the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrplan.clock import ClockError, Ramp

_RAMP = "ramp"
_INCREMENT = "increment"


def with_ramps(settings: Mapping[str, Any]) -> dict[str, Any]:
    """``settings`` with each mapping, such as ``{0sp: 32, 1_000_000sp: 64}``, as a ``Ramp``.

    Raises:
        ClockError: it is not such a mapping; ``key`` names the part.
    """
    own = dict(settings)
    for key in ("batch_size", "accumulate"):
        value = own.get(key)
        if isinstance(value, Mapping):
            del own[key]
            own[f"{key}_ramp"] = _ramp(key, value)
    return own


def _ramp(key: str, value: Mapping[str, object]) -> Ramp:
    form = value.get(_RAMP)
    if form not in (None, "linear"):
        message = f"{key}: `{_RAMP}` must be linear, not {form}"
        raise ClockError(message, key=f"{key}.{_RAMP}", fix="leave it out for steps")
    points = {text: each for text, each in value.items() if text not in (_RAMP, _INCREMENT)}
    if not points:
        raise ClockError(f"{key} names no number", key=key, fix="write {0sp: 32}")
    for text, number in points.items():
        if isinstance(number, bool) or not isinstance(number, int):
            message = f"{key}: the number at {text} is not a whole number"
            raise ClockError(message, key=f"{key}.{text}", fix="write one, such as 32")
    numbers = tuple((text, number) for text, number in points.items() if isinstance(number, int))
    if _INCREMENT not in value:
        return Ramp(numbers, form == "linear")
    return Ramp(numbers, is_linear=True, increment=_increment(key, value[_INCREMENT]))


def _increment(key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        message = f"{key}: `{_INCREMENT}` is not a whole number of at least 1"
        raise ClockError(message, key=f"{key}.{_INCREMENT}", fix="write one, such as 16")
    return value
