"""Copies of schedulers: values, functions, references, and objects that cannot be copied."""

from __future__ import annotations

import functools
import random
import threading
import weakref
from collections import OrderedDict, defaultdict, deque
from enum import Enum

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from lrplan.errors import LrplanError
from lrplan.simulate.live_objects.preview import preview_live
from tests.support.twin_schedulers import Holder, make_optimizer, twin_of


def test_values_are_copied_and_what_is_one_stays_one():
    class Colour(Enum):
        RED = 1

    class Slotted:
        __slots__ = ("values",)

    slotted = Slotted()
    slotted.values = [1, 2]
    ring = [1]
    ring.append(ring)
    held = {
        "a_list": [1, [2]],
        "a_set": {1, 2},
        "frozen": frozenset({1}),
        "a_deque": deque([1, 2], maxlen=2),
        "ordered": OrderedDict(a=[1]),
        "default": defaultdict(list, a=[1]),
        "array": np.arange(3),
        "tensor": torch.arange(3.0, requires_grad=True),
        "iterator": iter([1, 2, 3]),
        "random": random.Random(1),
        "generator": torch.Generator().manual_seed(3),
    }
    optimizer = make_optimizer()
    twin, copied = twin_of(
        optimizer, **held, again=held["a_list"], colour=Colour.RED, slotted=slotted, ring=ring
    )
    assert twin.optimizer is copied
    assert [name for name in held if getattr(twin, name) is held[name]] == []
    assert twin.again is twin.a_list == [1, [2]]
    assert twin.a_list[1] is not held["a_list"][1]
    assert (twin.a_set, twin.a_deque, twin.ordered) == ({1, 2}, deque([1, 2]), {"a": [1]})
    assert (twin.a_deque.maxlen, twin.default["b"]) == (2, [])
    assert twin.array.tolist() == twin.tensor.tolist() == [0, 1, 2]
    assert (next(twin.iterator), next(held["iterator"])) == (1, 1)
    assert twin.random.random() == held["random"].random()
    assert twin.generator.initial_seed() == 3
    assert twin.colour is Colour.RED
    assert twin.slotted.values == [1, 2]
    assert twin.slotted.values is not slotted.values
    assert twin.ring[1] is twin.ring is not ring


def test_a_class_says_itself_how_it_is_copied():
    class Counting:
        def __deepcopy__(self, memo):
            copy = Counting()
            copy.optimizer = memo[id(self.optimizer)]
            return copy

    optimizer, own = make_optimizer(), Counting()
    own.optimizer = optimizer
    twin, copied = twin_of(optimizer, own=own)
    assert twin.own is not own
    assert twin.own.optimizer is copied


def test_a_getstate_that_leaves_the_optimizer_out_does_no_harm():
    class Picky(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [group["lr"] / 2 for group in self.optimizer.param_groups]

        def __getstate__(self):
            return {name: held for name, held in vars(self).items() if name != "optimizer"}

    optimizer = make_optimizer()
    trace = preview_live(optimizer, Picky(optimizer), steps=3)
    assert trace.lr["0"].tolist() == [0.5, 0.25, 0.125]


def test_a_function_without_anything_to_change_is_shared():
    def plain(step):
        return step

    twin, _ = twin_of(make_optimizer(), plain=plain, builtin=len, a_class=dict, module=np)
    assert (twin.plain, twin.builtin, twin.a_class, twin.module) == (plain, len, dict, np)
    assert twin.plain is plain


def test_variables_that_a_function_changes_are_its_copys_own():
    count, seen = 0, []

    def counting(step, *, tally=[]):  # noqa: B006  # a default that remembers
        nonlocal count
        count += 1
        seen.append(step)
        tally.append(step)
        return count, len(seen), len(tally)

    def factorial(number):
        return 1 if number == 0 else number * factorial(number - 1)

    twin, _ = twin_of(make_optimizer(), counting=counting, factorial=factorial, seen=seen)
    assert [twin.counting(step) for step in (5, 6)] == [(1, 1, 1), (2, 2, 2)]
    assert (count, seen) == (0, [])
    assert twin.seen == [5, 6]
    assert counting(0) == (1, 1, 1)
    assert twin.factorial(4) == 24
    assert twin.counting.__qualname__ == counting.__qualname__


def test_functions_reach_copies_of_optimizers_and_generators():
    optimizer = make_optimizer()
    generator = np.random.default_rng(1)
    shared = object()
    held = {
        "closure": lambda: (optimizer, shared),
        "default": lambda held=optimizer: (held, shared),
        "partial": functools.partial(lambda held, other: (held, other), optimizer, other=shared),
        "within": lambda held=[optimizer]: (held[0], shared),
    }
    twin, copied = twin_of(optimizer, **held, draw=lambda: generator.random() + 1)
    assert [getattr(twin, name)() for name in held] == [(copied, shared)] * len(held)
    assert twin.draw() - 1 == pytest.approx(np.random.default_rng(1).random(), abs=1e-12)
    assert generator.random() == np.random.default_rng(1).random()


def test_methods_go_with_what_they_belong_to():
    class Curve:
        calls = 0

        def at(self, step):
            self.calls += 1
            return step

    inside, outside, rolling = Curve(), Curve(), []
    twin, _ = twin_of(
        make_optimizer(), first=inside.at, curve=inside, far=outside.at, add=rolling.append
    )
    twin.first(1)
    twin.far(1)
    twin.add(1)
    assert twin.curve.calls == 1
    # It is not the scheduler's, and may be a module with its data: called as it is.
    assert (inside.calls, outside.calls) == (0, 1)
    assert rolling == []


def test_weak_references_lead_to_copies():
    optimizer = make_optimizer()
    other = Holder(None)
    twin, copied = twin_of(
        optimizer,
        to_optimizer=weakref.ref(optimizer),
        to_method=weakref.WeakMethod(optimizer.zero_grad),
        to_other=weakref.ref(other),
    )
    assert twin.to_optimizer() is copied
    assert twin.to_method().__self__ is copied
    assert twin.to_other() is other


@pytest.mark.parametrize(
    ("held", "place"),
    [
        (lambda: {"lock": threading.Lock()}, "holder.lock"),
        (lambda: {"deep": {"down": [0, Holder(None, lock=threading.Lock())]}}, r"\['down'\]\[1\]"),
        (lambda: {"values": (value for value in (1, 2))}, "holder.values"),
        (lambda: {"file": open(__file__)}, "holder.file"),  # noqa: PTH123, SIM115
    ],
    ids=["lock", "nested", "generator", "file"],
)
def test_what_cannot_be_copied_is_named(held, place):
    held = held()
    with pytest.raises(LrplanError, match=f"{place}.*cannot be copied.*cannot pickle"):
        twin_of(make_optimizer(), **held)
    for each in held.values():
        if hasattr(each, "close"):
            each.close()


def test_what_refuses_to_be_copied_gives_its_reason():
    class Single:
        def __reduce_ex__(self, protocol):
            raise ValueError("there is only one")

    with pytest.raises(LrplanError, match=r"^holder\.single .*: there is only one$"):
        twin_of(make_optimizer(), single=Single())


def test_what_is_nested_without_end_is_refused():
    chain = []
    for _ in range(100_000):
        chain = [chain]
    with pytest.raises(LrplanError, match="too deeply nested"):
        twin_of(make_optimizer(), chain=chain)
