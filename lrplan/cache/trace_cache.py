"""The cached traces of earlier runs, looked up by plan and request."""

from __future__ import annotations

from dataclasses import dataclass

from lrplan.cache.folder import folder, is_disabled
from lrplan.cache.key import key_of
from lrplan.cache.store import MAX_FILE_BYTES, Store, store_of_process
from lrplan.cache.trace_codec import decode, encode
from lrplan.plan import SchedulePlan
from lrplan.request import Request
from lrplan.trace import Trace


def open_cache(request: Request) -> TraceCache | None:
    """The cache of traces simulated as ``request`` asks; None if no cache is to be used."""
    path = folder() if request.cache and not is_disabled() else None
    return None if path is None else TraceCache(store_of_process(path), request)


@dataclass(frozen=True, slots=True)
class TraceCache:
    """The traces in ``store`` that were simulated as ``request`` asks."""

    store: Store
    request: Request

    def key(self, plan: SchedulePlan) -> str | None:
        """The cache key of ``plan``; None if its trace is not cached."""
        return key_of(plan, self.request)

    def find(self, plan: SchedulePlan, key: str | None) -> Trace | None:
        """The cached trace of ``plan``; None if there is none. A damaged file is removed."""
        data = None if key is None else self.store.read(key)
        if key is None or data is None:
            return None
        try:
            return decode(key, data, plan)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self.store.drop(key)
            return None

    def keep(self, key: str | None, trace: Trace) -> None:
        """Store ``trace`` under ``key``, if the run went to its end."""
        data = None if key is None else encode(key, trace, MAX_FILE_BYTES)
        if key is not None and data is not None:
            self.store.write(key, data)
