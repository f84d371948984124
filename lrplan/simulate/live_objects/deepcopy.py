"""Deep copies by the protocols of ``copy.deepcopy``, with a say in every object on the way.

``copy.deepcopy`` cannot be told how to copy a class that it does not own, and names no place when
it fails.
"""

from __future__ import annotations

import copyreg
from types import EllipsisType, ModuleType, NoneType
from typing import TYPE_CHECKING, Any

from lrplan.errors import LrplanError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SHARED = (
    *(bool, int, float, complex, str, bytes, range, type, property),
    *(NoneType, EllipsisType, ModuleType),
)
"""What never changes, or belongs to the program rather than to an object."""

CONTAINERS = (list, dict, set, tuple)


class DeepCopier:
    """Copies objects, each once; a subclass says with ``special`` what is copied otherwise."""

    def __init__(self) -> None:
        self.met: set[int] = set()
        """Identities of the originals that were come across again after they had been copied."""
        self.memo: dict[int, Any] = {}
        # An identity means something only as long as its object lives.
        self._alive: list[object] = []
        self._path: list[str] = []

    def special(self, held: Any) -> Any:
        """The copy of an object that is copied in its own way; NotImplemented for any other."""
        raise NotImplementedError

    def named(self, name: str, held: Any, make: Callable[[Any], Any]) -> Any:
        """``make(held)``.

        Raises:
            LrplanError: something cannot be copied; the text has the way to it, from ``name`` on.
        """
        self._path = [name]
        try:
            return make(held)
        except RecursionError:
            raise LrplanError(f"{name} is too deeply nested to be copied") from None
        except Exception as error:
            place, reason = "".join(self._path), str(error) or type(error).__name__
            message = f"{place} cannot be copied, and only copies are stepped: {reason}"
            raise LrplanError(message) from error

    def copy(self, held: Any) -> Any:
        """The copy of ``held``, the same one every time."""
        if id(held) in self.memo:
            self.met.add(id(held))
            return self.memo[id(held)]
        twin = self.special(held)
        if twin is not NotImplemented:
            return twin
        if type(held) in CONTAINERS:
            return self.container(held, self.copy)
        return held if isinstance(held, SHARED) else self._object(held)

    def keep(self, held: object, twin: Any) -> Any:
        """Remember ``twin`` as the copy of ``held``."""
        self._alive.append(held)
        self.memo[id(held)] = twin
        return twin

    def at(self, where: str, held: Any, copy: Callable[[Any], Any]) -> Any:
        """``copy(held)``; ``where`` is the next part of the way to it."""
        self._path.append(where)
        twin = copy(held)
        # Not popped when the copy fails: the path is then the place to name.
        self._path.pop()
        return twin

    def container(self, held: Any, copy: Callable[[Any], Any]) -> Any:
        """A list, dictionary, set or tuple with each element copied by ``copy``."""
        if isinstance(held, dict):
            pairs = self.keep(held, {})
            for key, value in held.items():
                pairs[copy(key)] = self.at(f"[{key!r}]", value, copy)
            return pairs
        if isinstance(held, set):
            return self.keep(held, {copy(each) for each in held})
        items: list[Any] = [] if isinstance(held, tuple) else self.keep(held, [])
        items.extend(self.at(f"[{index}]", each, copy) for index, each in enumerate(held))
        if isinstance(held, list):
            return items
        same = all(twin is each for twin, each in zip(items, held, strict=True))
        return held if same else self.memo.get(id(held)) or self.keep(held, tuple(items))

    def attributes(self, state: Mapping[str, Any], last: tuple[type, ...] = ()) -> dict[str, Any]:
        """A copy of an object's attributes, those of the types ``last`` copied after the others."""
        order = sorted(state, key=lambda name: isinstance(state[name], last))
        copied = {name: self.at(f".{name}", state[name], self.copy) for name in order}
        return {name: copied[name] for name in state}

    def _object(self, held: Any) -> Any:
        if hasattr(type(held), "__deepcopy__"):
            return self.keep(held, held.__deepcopy__(self.memo))
        reduce = copyreg.dispatch_table.get(type(held))
        reduced = held.__reduce_ex__(4) if reduce is None else reduce(held)
        return held if isinstance(reduced, str) else self._rebuilt(held, *reduced)

    def _rebuilt(
        self,
        held: object,
        make: Callable[..., Any],
        args: tuple[object, ...],
        state: Any = None,
        items: Iterable[object] | None = None,
        pairs: Iterable[tuple[object, object]] | None = None,
        set_state: Callable[[Any, Any], object] | None = None,
    ) -> Any:
        twin = self.keep(held, make(*map(self.copy, args)))
        if state is not None:
            self._set_state(twin, state, set_state)
        for each in items or ():
            twin.append(self.copy(each))
        for key, value in pairs or ():
            twin[self.copy(key)] = self.copy(value)
        return twin

    def _set_state(
        self, twin: Any, state: Any, set_state: Callable[[Any, Any], object] | None
    ) -> None:
        copied = self.attributes(state) if isinstance(state, dict) else self.copy(state)
        if set_state is not None:
            set_state(twin, copied)
        elif hasattr(twin, "__setstate__"):
            twin.__setstate__(copied)
        else:
            plain, slots = copied if isinstance(copied, tuple) else (copied, None)
            if plain:
                vars(twin).update(plain)
            for name, value in (slots or {}).items():
                setattr(twin, name, value)
