"""Traces that were made before, by plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.cache.folder import folder, switched_off
from lrplan.cache.key import key_of
from lrplan.cache.store import MAX_FILE_BYTES, Store, store_of_process
from lrplan.cache.trace_codec import decode, encode

if TYPE_CHECKING:
    from lrplan.plan import SchedulePlan
    from lrplan.request import Request
    from lrplan.trace import Trace


def open_cache(request: Request) -> TraceCache | None:
    """What is known of curves obtained as ``request`` asks; None where it is not to be asked."""
    place = folder() if request.cache and not switched_off() else None
    return None if place is None else TraceCache(store_of_process(place), request)


@dataclass(frozen=True, slots=True)
class TraceCache:
    """The traces in ``store`` that were obtained as ``request`` asks."""

    store: Store
    request: Request

    def key(self, plan: SchedulePlan) -> str | None:
        """The name under which ``plan`` is found and kept; None where it is neither."""
        return key_of(plan, self.request)

    def find(self, plan: SchedulePlan, key: str | None) -> Trace | None:
        """The trace of ``plan``; None where it is not known. What is damaged is removed."""
        data = None if key is None else self.store.read(key)
        if key is None or data is None:
            return None
        try:
            return decode(key, data, plan)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self.store.drop(key)
            return None

    def keep(self, key: str | None, trace: Trace) -> None:
        """Remember ``trace`` under ``key``, if the run went to its end."""
        data = None if key is None else encode(key, trace, MAX_FILE_BYTES)
        if key is not None and data is not None:
            self.store.write(key, data)
