"""The cache returns exactly the trace that was stored, or nothing."""

import hashlib
import json
import struct
from dataclasses import fields, replace

import numpy as np
import pytest

from lrplan.cache import trace_codec as record
from lrplan.cache.file_format import MAGIC
from lrplan.cache.key import key_of
from lrplan.cache.store import Store
from lrplan.cache.trace_cache import open_cache
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.trace import Failure, MetricReads, TorchWarning, Trace
from tests.support.specs import plan

TWO = "optimizer: {type: SGD, momentum: 0.9, groups: {a: {lr: 0.1}, b: {lr: 0.3}}}\n"
SCHEDULES = {
    "constant": "optimizer: {type: AdamW, lr: 0.1}",
    "step": f"{TWO}scheduler: {{type: MultiStepLR, milestones: [2ep, 4ep]}}",
    "momentum": f"{TWO}scheduler: {{type: CyclicLR, base_lr: 0.1, max_lr: 1, interval: step}}",
    "plateau": f"{TWO}scheduler: {{type: ReduceLROnPlateau, patience: 0}}\n"
    "metrics: {m: [1, 1, .nan, 1, 1, 1]}",
    "field": f"{TWO}scheduler: {{type: StepWdScheduler, every: 2, gamma: 1.5}}",
    "one group": f"{TWO}scheduler: {{type: CosineAnnealingLR, T_max: 3, groups: [b]}}",
    "warns": f"{TWO}scheduler: {{type: SequentialLR, milestones: [2], schedulers: "
    "[{type: ConstantLR}, {type: StepLR, step_size: 1}]}",
}


def vars_of(reads):
    return {"steps": reads.steps, "values": reads.values}


def assert_same(one, other):
    """Every field of both traces, numbers to the last bit."""
    for each in fields(Trace):
        assert_equal(getattr(one, each.name), getattr(other, each.name), each.name)


def assert_equal(one, other, name):
    if isinstance(one, MetricReads):
        one, other = vars_of(one), vars_of(other)
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, name
        assert one.shape == other.shape, name
        assert one.tobytes() == other.tobytes(), name
    elif hasattr(one, "items"):
        assert list(one) == list(other), name
        for key in one:
            assert_equal(one[key], other[key], f"{name}.{key}")
    elif isinstance(one, float):
        assert np.float64(one).tobytes() == np.float64(other).tobytes(), name
    else:
        assert type(one) is type(other), name
        assert one == other, name


def find(cache, its):
    return cache.find(its, cache.key(its))


def keep(cache, its, trace):
    cache.keep(cache.key(its), trace)


@pytest.fixture
def kept():
    """A plan, its trace and the cache that knows it."""
    its, request = plan(SCHEDULES["step"]), Request(get_lr=True)
    trace = simulate(its, request)
    cache = open_cache(request)
    keep(cache, its, trace)
    return its, trace, cache


@pytest.mark.parametrize("get_lr", [False, True])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_trace_comes_back_as_it_was(name, get_lr):
    there_and_back(plan(SCHEDULES[name]), Request(get_lr=get_lr))


@pytest.mark.parametrize("name", ["constant", "step", "momentum", "one group"])
def test_a_trace_that_was_computed_comes_back_as_it_was(name):
    there_and_back(plan(SCHEDULES[name]), Request(engine="closed"))


def there_and_back(its, request):
    trace = simulate(its, request)
    cache = open_cache(request)
    assert find(cache, its) is None
    keep(cache, its, trace)
    assert_same(trace, find(cache, its))


def test_a_trace_says_of_its_plan_what_the_plan_says_now(kept):
    _, _, cache = kept
    later = plan(f"title: A better name\n{SCHEDULES['step']}")
    found = find(cache, later)
    assert found.title == "A better name"


def test_every_field_of_a_trace_is_accounted_for():
    parts = (record.PLAN_FIELDS, record.RUN_FIELDS, record.UNCACHED_FIELDS)
    assert sum(map(len, parts)) == len(fields(Trace))
    assert set().union(*parts) == {each.name for each in fields(Trace)}


def test_a_trace_cannot_be_written_to(kept):
    its, _, cache = kept
    with pytest.raises(ValueError, match="read-only"):
        find(cache, its).lr["a"][0] = 1.0


@pytest.mark.parametrize(
    "changes",
    [
        {"failure": Failure(3, "no")},
        {"unbroken": {"lr": {}}},
        {"planned_steps": 99},
    ],
    ids=str,
)
def test_a_run_that_was_not_whole_is_not_kept(place, kept, changes):
    its, trace, cache = kept
    cache.store.clear()
    keep(cache, its, replace(trace, **changes))
    assert list(place.parent.rglob("*.curves")) == []


def test_the_user_s_own_code_is_not_kept(place, kept):
    its, trace, cache = kept
    cache.store.clear()
    (scheduler,) = its.schedulers
    own = replace(its, schedulers=(replace(scheduler, row=replace(scheduler.row, family="user")),))
    keep(cache, own, trace)
    assert find(cache, own) is None
    assert not place.exists()


def test_what_is_constant_or_equal_is_stored_once():
    steps = 1000
    rising = np.arange(steps, dtype=np.float64)
    held = np.broadcast_to(np.float64(0.5), (steps,))
    columns = {"lr": {f"g{i}": rising.copy() for i in range(50)}, "momentum": {"g0": held}}
    trace = Trace("t", columns, {}, tuple(columns["lr"]), planned_steps=steps, device="cpu")
    data = record.encode("k" * 64, trace, 10**6)
    assert len(data) < 8 * steps + 3000


def test_a_column_of_nans_is_one_value_and_signs_of_zero_are_kept():
    columns = {"lr": {"a": np.full(9, np.nan), "b": np.array([0.0, -0.0] * 4 + [0.0])}}
    trace = Trace("t", columns, {}, ("a", "b"), planned_steps=9)
    _, stored = record.unpack_columns("k", record.encode("k", trace, 10**6))
    assert [len(column) for column in stored] == [1, 9]
    assert list(np.signbit(stored[1])) == [False, True] * 4 + [False]


def test_a_trace_that_is_too_long_is_not_encoded(kept):
    _, trace, _ = kept
    assert record.encode("k", trace, 100) is None
    assert record.encode("k", trace, 10**6) is not None


def test_warnings_come_back(kept):
    its, trace, cache = kept
    told = (
        TorchWarning("UserWarning", "so \udcff", None),
        TorchWarning("FutureWarning", "späť", 3, 7),
    )
    keep(cache, its, replace(trace, warnings=told))
    assert find(cache, its).warnings == told


def test_a_flipped_bit_anywhere_is_a_miss_and_the_file_goes(place, kept):
    its, trace, cache = kept
    (path,) = place.iterdir()
    whole = path.read_bytes()
    for index in range(0, len(whole), 7):
        broken = bytearray(whole)
        broken[index] ^= 1 << (index % 8)
        path.write_bytes(broken)
        assert find(cache, its) is None, index
        assert not path.exists(), index
    path.write_bytes(whole)
    assert_same(trace, find(cache, its))


def test_a_file_cut_anywhere_is_a_miss(place, kept):
    its, _, cache = kept
    (path,) = place.iterdir()
    whole = path.read_bytes()
    for length in [*range(70), *range(70, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert find(cache, its) is None, length
    path.write_bytes(whole + b"\0" * 8)
    assert find(cache, its) is None


def test_another_curve_s_file_under_this_name_is_a_miss(place, kept):
    its, _, cache = kept
    other = replace(its, clock=plan(SCHEDULES["step"], "epochs: 6, steps_per_epoch: 5").clock)
    key = key_of(other, cache.request)
    (path,) = place.iterdir()
    path.rename(place / f"{key}.curves")
    assert find(cache, other) is None
    assert list(place.iterdir()) == []


def forged(key, header, columns=()):
    contents = [np.asarray(column, dtype="<f8").tobytes() for column in columns]
    return record.pack_columns(key, header, contents)


HEADER = {
    "lr": {"lr": {"a": 0, "b": 0}},
    "get_lr": {"lr": {}},
    "next": {"lr": {"a": 0.1, "b": 0.1}},
    "note": "",
    "warnings": [],
    "made": ["2.13.0", "cpu", "step", ""],
    "deviation": None,
}


def test_a_forged_file_can_only_say_what_a_real_one_could(kept):
    its, _, cache = kept
    key = key_of(its, cache.request)
    cache.store.write(key, forged(key, HEADER, [np.arange(24)]))
    assert list(find(cache, its).lr["a"]) == list(range(24))


NONSENSE = [
    ({}, [range(23)]),
    ({}, []),
    ({"lr": {"lr": {"a": 0}}}, [range(24)]),
    ({"lr": {"lr": {"a": 0, "b": 1}}}, [range(24)]),
    ({"lr": {"lr": {"a": 0, "b": -1}}}, [range(24)]),
    ({"lr": {"lr": {"a": 0, "b": 0, "c": 0}}}, [range(24)]),
    ({"lr": {"lr": {"a": "0", "b": 0}}}, [range(24)]),
    ({"lr": {"momentum": {}}}, [range(24)]),
    ({"lr": []}, [range(24)]),
    ({"next": {"lr": {"a": "high"}}}, [range(24)]),
    ({"next": 3}, [range(24)]),
    ({"get_lr": {}}, [range(24)]),
    ({"note": 3}, [range(24)]),
    ({"warnings": [["UserWarning", 3, None, 1]]}, [range(24)]),
    ({"warnings": [["UserWarning"]]}, [range(24)]),
    ({"made": ["2", "cpu", "guess", ""]}, [range(24)]),
    ({"made": ["2", "cpu", [], ""]}, [range(24)]),
    ({"made": ["2", "cpu", "step", 3]}, [range(24)]),
    ({"deviation": [1, 0.0]}, [range(24)]),
    ({"deviation": [1.5, 0.0, 0.0]}, [range(24)]),
    ({"made": "abcd"}, [range(24)]),
]


def test_a_forged_file_that_makes_no_sense_is_a_miss(place, kept):
    its, _, cache = kept
    key = key_of(its, cache.request)
    believed = []
    for changes, columns in NONSENSE:
        cache.store.write(key, forged(key, {**HEADER, **changes}, columns))
        if find(cache, its) is not None or list(place.iterdir()):
            believed.append((changes, columns))
    assert believed == []


def with_header(text):
    body = text.encode("latin-1")
    body += b" " * (-len(body) % 8)
    return struct.pack("<Q", len(body)) + body


HEADERS = ("[" * 100_000, "9" * 9_000, "null", "{}", '{"key": 1}', '{"key": KEY}', "\xff")


def nonsense(key):
    """Bodies of files that no run has written, by what is wrong with them."""
    yield from ((f"{length} bytes", b"\x08" * length) for length in (0, 1, 7, 8, 9, 16))
    yield "a length past its end", struct.pack("<Q", 2**63) + b"{}      "
    yield "numbers cut short", with_header(f'{{"key": "{key}", "columns": []}}') + b"abc"
    for text in HEADERS:
        yield text[:20], with_header(text.replace("KEY", f'"{key}"'))


def test_a_sealed_file_of_any_bytes_is_a_miss(place, kept):
    its, _, cache = kept
    key = key_of(its, cache.request)
    believed = []
    for name, body in nonsense(key):
        cache.store.write(key, MAGIC + hashlib.sha256(body).digest() + body)
        if find(cache, its) is not None or list(place.iterdir()):
            believed.append(name)
    assert believed == []


def test_numbers_survive_json():
    odd = [1e-320, -0.0, float("inf"), float("nan"), 0.1 + 0.2]
    again = json.loads(json.dumps(odd))
    assert np.array(odd).tobytes() == np.array(again).tobytes()


def test_without_a_place_nothing_is_known(monkeypatch):
    monkeypatch.setenv("LRPLAN_NO_CACHE", "1")
    assert open_cache(Request()) is None
    monkeypatch.setenv("LRPLAN_NO_CACHE", "0")
    assert isinstance(open_cache(Request()).store, Store)
    assert open_cache(Request(cache=False)) is None
