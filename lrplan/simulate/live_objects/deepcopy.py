"""Deep copies by the protocols of ``copy.deepcopy``, where a subclass may copy any object itself.

``copy.deepcopy`` has no way to copy classes of other packages differently, and does not say where
it failed. Here every object goes through ``DeepCopier.copy``: first the memo (an object that is met
twice is copied once, so that cycles end), then ``special``, then containers by element, then
``__deepcopy__`` or ``__reduce_ex__``, as in the standard library. The path to the object that is
being copied, such as ``StepLR.lock`` or ``LambdaLR.lr_lambdas[0]``, is kept for messages.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Iterable, Mapping
from types import EllipsisType, ModuleType, NoneType
from typing import Any

from lrplan.errors import LrplanError

SHARED_TYPES = (
    *(bool, int, float, complex, str, bytes, range, type, property),
    *(NoneType, EllipsisType, ModuleType),
)
"""Types whose objects never change, or belong to the program rather than to an object."""

CONTAINERS = (list, dict, set, tuple)


class DeepCopier:
    """Copies objects, each once; a subclass copies some in its own way with ``special``."""

    def __init__(self) -> None:
        self.reached_again: set[int] = set()
        """``id()`` of each original that was met again after it had been copied."""
        self.memo: dict[int, Any] = {}
        # An identity means something only as long as its object lives.
        self._alive: list[object] = []
        self._path: list[str] = []

    def copy_specially(self, original: Any) -> Any:
        """Return the copy of an object that is copied in its own way; else NotImplemented."""
        raise NotImplementedError

    def copy_with_name(self, name: str, original: Any, make: Callable[[Any], Any]) -> Any:
        """Return ``make(original)``, with ``name`` as the start of the path in messages.

        Raises:
            LrplanError: something cannot be copied; the text says where it is, from ``name`` on.
        """
        self._path = [name]
        try:
            return make(original)
        except RecursionError:
            raise LrplanError(f"{name} is too deeply nested to be copied") from None
        except Exception as error:
            path, reason = "".join(self._path), str(error) or type(error).__name__
            message = f"{path} cannot be copied, and only copies are stepped: {reason}"
            raise LrplanError(message) from error

    def copy(self, original: Any) -> Any:
        """Return the copy of ``original``, the same one every time."""
        if id(original) in self.memo:
            self.reached_again.add(id(original))
            return self.memo[id(original)]
        copied = self.copy_specially(original)
        if copied is not NotImplemented:
            return copied
        if type(original) in CONTAINERS:
            return self.copy_container(original, self.copy)
        return original if isinstance(original, SHARED_TYPES) else self._object(original)

    def remember(self, original: object, copied: Any) -> Any:
        """Remember ``copied`` as the copy of ``original``, and return it."""
        self._alive.append(original)
        self.memo[id(original)] = copied
        return copied

    def copy_at(self, part: str, original: Any, copy: Callable[[Any], Any]) -> Any:
        """Return ``copy(original)``; ``part`` is the next part of the path to it."""
        self._path.append(part)
        copied = copy(original)
        # Not popped when the copy fails: the path then leads to what failed.
        self._path.pop()
        return copied

    def copy_container(self, original: Any, copy: Callable[[Any], Any]) -> Any:
        """Return a list, dictionary, set or tuple with each element copied by ``copy``."""
        if isinstance(original, dict):
            pairs = self.remember(original, {})
            for key, value in original.items():
                pairs[copy(key)] = self.copy_at(f"[{key!r}]", value, copy)
            return pairs
        if isinstance(original, set):
            return self.remember(original, {copy(each) for each in original})
        items: list[Any] = [] if isinstance(original, tuple) else self.remember(original, [])
        items.extend(self.copy_at(f"[{index}]", each, copy) for index, each in enumerate(original))
        if isinstance(original, list):
            return items
        # A tuple cannot be remembered before its elements are there. In `a = []; t = (a,);
        # a.append(t)`, copying the list inside comes to the tuple again, and copies it then: the
        # memo has that copy. A tuple of what is shared, such as (0.9, 0.999), is itself shared.
        same = all(copied is each for copied, each in zip(items, original, strict=True))
        return (
            original
            if same
            else self.memo.get(id(original)) or self.remember(original, tuple(items))
        )

    def attributes(self, state: Mapping[str, Any], last: tuple[type, ...] = ()) -> dict[str, Any]:
        """Return a copy of an object's attributes; those of the types ``last`` are copied last."""
        order = sorted(state, key=lambda name: isinstance(state[name], last))
        values = {name: self.copy_at(f".{name}", state[name], self.copy) for name in order}
        return {name: values[name] for name in state}

    def _object(self, original: Any) -> Any:
        if hasattr(type(original), "__deepcopy__"):
            return self.remember(original, original.__deepcopy__(self.memo))
        reduce = copyreg.dispatch_table.get(type(original))
        reduced = original.__reduce_ex__(4) if reduce is None else reduce(original)
        return original if isinstance(reduced, str) else self._rebuild(original, *reduced)

    def _rebuild(
        self,
        original: object,
        make: Callable[..., Any],
        args: tuple[object, ...],
        state: Any = None,
        items: Iterable[object] | None = None,
        pairs: Iterable[tuple[object, object]] | None = None,
        set_state: Callable[[Any, Any], object] | None = None,
    ) -> Any:
        copied = self.remember(original, make(*map(self.copy, args)))
        if state is not None:
            self._set_state(copied, state, set_state)
        for each in items or ():
            copied.append(self.copy(each))
        for key, value in pairs or ():
            copied[self.copy(key)] = self.copy(value)
        return copied

    def _set_state(
        self, copied: Any, state: Any, set_state: Callable[[Any, Any], object] | None
    ) -> None:
        new_state = self.attributes(state) if isinstance(state, dict) else self.copy(state)
        if set_state is not None:
            set_state(copied, new_state)
        elif hasattr(copied, "__setstate__"):
            copied.__setstate__(new_state)
        else:
            plain, slots = new_state if isinstance(new_state, tuple) else (new_state, None)
            if plain:
                vars(copied).update(plain)
            for name, value in (slots or {}).items():
                setattr(copied, name, value)
