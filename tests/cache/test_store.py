"""The folder: private, bounded, and never in the way."""

import errno
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from lrplan.cache import store
from lrplan.cache.folder import folder, is_private
from lrplan.cache.store import Store, store_of_process

KEYS = [f"{number:064x}" for number in range(12)]
as_user = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="no file is forbidden to this user"
)


@pytest.fixture
def shelf(place):
    return Store(place)


def test_what_is_written_is_read(shelf):
    assert shelf.read(KEYS[0]) is None
    shelf.write(KEYS[0], b"one")
    shelf.write(KEYS[0], b"another")
    assert shelf.read(KEYS[0]) == b"another"
    shelf.drop(KEYS[0])
    shelf.drop(KEYS[0])
    assert shelf.read(KEYS[0]) is None


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_the_folder_is_the_user_s_alone(shelf, place):
    shelf.write(KEYS[0], b"one")
    assert place.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_to_is_not_used(shelf, place, mode):
    shelf.write(KEYS[0], b"one")
    place.chmod(mode)
    shelf.write(KEYS[1], b"two")
    assert shelf.read(KEYS[0]) is None
    assert [each.name for each in place.iterdir()] == [f"{KEYS[0]}.curves"]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners are of POSIX")
def test_a_folder_of_somebody_else_is_not_used(shelf, place, monkeypatch):
    shelf.write(KEYS[0], b"one")
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    assert not is_private(place)
    assert shelf.read(KEYS[0]) is None


@as_user
def test_a_folder_that_cannot_be_written_to_is_read(shelf, place):
    shelf.write(KEYS[0], b"one")
    place.chmod(0o500)
    try:
        shelf.write(KEYS[1], b"two")
        assert shelf.read(KEYS[0]) == b"one"
        assert shelf.read(KEYS[1]) is None
    finally:
        place.chmod(0o700)


def test_a_file_in_the_folder_s_place_is_left_alone(shelf, place):
    place.parent.mkdir()
    place.write_text("mine")
    shelf.write(KEYS[0], b"one")
    assert shelf.read(KEYS[0]) is None
    assert shelf.clear() == []
    assert place.read_text() == "mine"


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()], ids=str)
def test_a_write_that_fails_leaves_nothing_behind(shelf, place, monkeypatch, failure):
    def replace(_source, _target):
        raise failure

    monkeypatch.setattr(os, "replace", replace)
    with suppress(KeyboardInterrupt):
        shelf.write(KEYS[0], b"one")
    assert list(place.iterdir()) == []
    assert shelf.read(KEYS[0]) is None


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_what_is_no_file_is_not_read(shelf, place, kind, tmp_path):
    place.mkdir(parents=True, mode=0o700)
    path = place / f"{KEYS[0]}.curves"
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        (tmp_path / "secret").write_bytes(b"one")
        path.symlink_to(tmp_path / "secret")
    elif not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    else:
        os.mkfifo(path)
    assert shelf.read(KEYS[0]) is None


def test_a_file_that_is_too_large_is_neither_written_nor_read(shelf, place, monkeypatch):
    monkeypatch.setattr(store, "MAX_FILE_BYTES", 10)
    shelf.write(KEYS[0], b"x" * 11)
    assert not place.exists()
    shelf.write(KEYS[0], b"x" * 10)
    (place / f"{KEYS[0]}.curves").write_bytes(b"x" * 11)
    assert shelf.read(KEYS[0]) is None


def aged(place, key, days):
    then = time.time() - days * 86_400
    os.utime(place / f"{key}.curves", (then, then))


def test_the_longest_unused_goes_first(shelf, place, monkeypatch):
    monkeypatch.setattr(store, "MAX_BYTES", 50)
    for age, key in enumerate(KEYS[:5]):
        shelf.write(key, b"x" * 10)
        aged(place, key, 10 - age)
    shelf.read(KEYS[0])
    shelf.write(KEYS[5], b"x" * 10)
    left = [key for key in KEYS if (place / f"{key}.curves").exists()]
    assert left == [KEYS[0], *KEYS[2:6]]


def test_it_never_grows_beyond_its_bound(place, monkeypatch):
    monkeypatch.setattr(store, "MAX_BYTES", 50)
    shelves = Store(place), Store(place)  # as two processes would
    for number, key in enumerate(KEYS):
        shelves[number % 2].write(key, b"x" * 10)
    Store(place).prune()
    assert sum(path.stat().st_size for path in place.iterdir()) <= 50


def test_a_store_keeps_to_the_bounds_with_every_file(place, monkeypatch):
    monkeypatch.setattr(store, "MAX_BYTES", 50)
    monkeypatch.setattr(store, "MAX_FILES", 4)
    shelf = Store(place)
    for number, key in enumerate(KEYS):
        shelf.write(key, b"x" * (20 if number % 2 else 5))
        assert sum(path.stat().st_size for path in place.iterdir()) <= 50
        assert len(list(place.iterdir())) <= 4
        assert shelf.read(key) is not None


@pytest.mark.parametrize("reader", ["the same", "another"])
def test_what_was_used_since_the_folder_was_listed_stays(place, monkeypatch, reader):
    monkeypatch.setattr(store, "MAX_FILES", 3)
    shelf = Store(place)
    for age, key in enumerate(KEYS[:3]):
        shelf.write(key, b"x")
        aged(place, key, 10 - age)
    shelf = Store(place)
    shelf.prune()
    (shelf if reader == "the same" else Store(place)).read(KEYS[0])
    shelf.write(KEYS[3], b"x")
    assert sorted(path.stem for path in place.iterdir()) == [KEYS[0], *KEYS[2:4]]


def test_a_file_that_was_replaced_or_dropped_counts_once(place, monkeypatch):
    monkeypatch.setattr(store, "MAX_BYTES", 50)
    shelf = Store(place)
    shelf.write(KEYS[0], b"x" * 10)
    for size in (30, 30, 30):
        shelf.write(KEYS[1], b"x" * size)
    shelf.write(KEYS[2], b"x" * 30)
    shelf.drop(KEYS[2])
    shelf.write(KEYS[3], b"x" * 10)
    assert {path.stem for path in place.iterdir()} <= {KEYS[0], KEYS[1], KEYS[3]}
    assert shelf.read(KEYS[3]) is not None


def test_what_another_process_removed_is_no_error(place, monkeypatch):
    monkeypatch.setattr(store, "MAX_FILES", 3)
    shelf = Store(place)
    for key in KEYS[:3]:
        shelf.write(key, b"x")
    Store(place).clear()
    for key in KEYS[3:9]:
        shelf.write(key, b"x")
    assert sorted(path.stem for path in place.iterdir()) == KEYS[6:9]


def test_there_is_one_store_a_process(place, tmp_path):
    assert store_of_process(place) is store_of_process(Path(str(place)))
    assert store_of_process(place) is not store_of_process(tmp_path)


def test_a_number_of_files_is_a_bound_too(shelf, place, monkeypatch):
    monkeypatch.setattr(store, "MAX_FILES", 3)
    for age, key in enumerate(KEYS[:5]):
        shelf.write(key, b"x")
        aged(place, key, 10 - age)
    shelf.prune()
    assert sorted(path.stem for path in place.iterdir()) == KEYS[2:5]


def test_what_was_not_used_for_long_goes(shelf, place):
    for key, days in zip(KEYS[:3], (0, 29, 31), strict=True):
        shelf.write(key, b"x")
        aged(place, key, days)
    shelf.prune()
    assert sorted(path.stem for path in place.iterdir()) == KEYS[:2]


def test_parts_of_files_that_a_dead_writer_left_go_after_a_while(shelf, place):
    shelf.write(KEYS[0], b"x")
    old, fresh = (place / f".lrplan-{digit * 16}.tmp" for digit in "ab")
    for path in (old, fresh):
        path.write_bytes(b"part")
    os.utime(old, (1, 1))
    shelf.prune()
    assert not old.exists()
    assert fresh.exists()


def test_clearing_removes_what_is_ours_only(shelf, place):
    shelf.write(KEYS[0], b"x")
    others = [place / name for name in ("notes.txt", "short.curves", ".lrplan-x.tmp", "A" * 64)]
    for path in others:
        path.write_text("mine")
    (place / f".lrplan-{'a' * 16}.tmp").write_text("part")
    (place / f"{KEYS[1]}.curves").mkdir()
    assert [entry.name.partition(".")[0] for entry in shelf.clear()] == [KEYS[0]]
    assert sorted(place.iterdir()) == sorted([*others, place / f"{KEYS[1]}.curves"])


def test_clearing_takes_the_empty_folder_along(shelf, place):
    shelf.write(KEYS[0], b"x")
    shelf.clear()
    assert not place.exists()
    assert shelf.clear() == []
    shelf.write(KEYS[0], b"x")
    assert shelf.read(KEYS[0]) == b"x"


def test_many_processes_write_and_read_at_once(place):
    code = (
        "import sys; from pathlib import Path; from lrplan.cache.store import Store\n"
        f"shelf, key = Store(Path({str(place)!r})), '0' * 64\n"
        "for n in range(40):\n"
        "    shelf.write(key, bytes([int(sys.argv[1])]) * 50_000)\n"
        "    found = shelf.read(key)\n"
        "    assert found is not None and len(set(found)) == 1 and len(found) == 50_000\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(number)], cwd=Path(__file__).parents[2])
        for number in range(3)
    ]
    assert [each.wait() for each in running] == [0, 0, 0]
    assert len(list(place.iterdir())) == 1


def test_processes_that_prune_and_write_at_once_agree_on_the_bounds(place):
    code = (
        "import sys; from pathlib import Path; from lrplan.cache import store\n"
        "store.MAX_FILES = 20\n"
        f"shelf = store.Store(Path({str(place)!r}))\n"
        "for n in range(200):\n"
        "    key = f'{int(sys.argv[1]) * 1000 + n:064x}'\n"
        "    shelf.write(key, key.encode() * 50)\n"
        "    found = shelf.read(key)\n"
        "    assert found in (None, key.encode() * 50)\n"
        "    if n % 50 == 0:\n"
        "        shelf.prune()\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(number)], cwd=Path(__file__).parents[2])
        for number in range(3)
    ]
    assert [each.wait() for each in running] == [0, 0, 0]
    left = [path.name for path in place.iterdir()]
    assert 0 < len(left) <= 3 * 20
    assert all(name.endswith(".curves") for name in left)


def test_the_environment_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("LRPLAN_CACHE_DIR", str(tmp_path / "here"))
    assert folder() == tmp_path / "here" / "curves"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LRPLAN_CACHE_DIR", "there")
    assert folder() == tmp_path / "there" / "curves"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("LRPLAN_CACHE_DIR", "~/kept")
    assert folder() == tmp_path / "kept" / "curves"


@pytest.mark.skipif(sys.platform != "linux", reason="XDG is of Linux")
def test_the_user_s_cache_is_where_the_system_has_it(monkeypatch, tmp_path):
    monkeypatch.setenv("LRPLAN_CACHE_DIR", " ")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert folder() == tmp_path / "xdg" / "lrplan" / "curves"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folder() == tmp_path / ".cache" / "lrplan" / "curves"


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x", "a\0b"])
def test_a_folder_that_cannot_be_is_none(monkeypatch, name):
    monkeypatch.setattr(os, "environ", {**os.environ, "LRPLAN_CACHE_DIR": name})
    found = folder()
    assert found is None or Store(found).read(KEYS[0]) is None
    if found is not None:
        Store(found).write(KEYS[0], b"x")
        assert Store(found).entries() == []
