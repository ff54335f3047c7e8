from __future__ import annotations

import hashlib
import multiprocessing
import os
import resource
import signal
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from zicha.custody.store import FolderStore, digest_of
from zicha.model.errors import MissingEvidenceError, TamperedEvidenceError, ZichaError

FORK = multiprocessing.get_context("fork")


def put_for_ever(root, seed):
    store = FolderStore(root)
    number = 0
    while True:
        store.put(hashlib.sha512(f"{seed}-{number}".encode()).digest() * 500)
        number += 1


def put_beyond_the_limit(root, sizes):
    store = FolderStore(root)
    small = store.put(b"small")
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        store.put(b"x" * 100_000)
    except ZichaError as error:
        sizes.put((str(error), store.get(small.digest)))
    else:
        sizes.put(("nothing was raised", b""))


def put_and_stop_before_linking(root, is_writing):
    def stop(*_):
        is_writing.set()
        time.sleep(60)

    os.link = stop
    FolderStore(root).put(b"never linked")


def objects(root):
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.fixture
def store(tmp_path):
    return FolderStore(tmp_path)


def test_what_is_put_comes_back_under_its_digest(store):
    sealed = store.put(b"evidence")

    assert sealed.digest == "sha256:" + hashlib.sha256(b"evidence").hexdigest()
    assert sealed.size == 8
    assert store.get(sealed.digest) == b"evidence"


def test_the_same_bytes_again_change_nothing(store, tmp_path):
    first = store.put(b"evidence")
    before = [(path, path.stat().st_mtime_ns) for path in objects(tmp_path)]

    assert store.put(b"evidence") == first
    assert [(path, path.stat().st_mtime_ns) for path in objects(tmp_path)] == before


def test_nothing_at_all_can_be_sealed_too(store):
    assert store.get(store.put(b"").digest) == b""


def test_a_sealed_object_is_read_only_and_not_for_others(store):
    path = store.path_of(store.put(b"evidence").digest)

    assert stat.S_IMODE(path.stat().st_mode) == 0o440


def test_every_altered_byte_is_noticed_when_it_is_read(store):
    sealed = store.put(b"evidence")
    path = store.path_of(sealed.digest)
    path.chmod(0o600)

    for position in range(8):
        altered = bytearray(b"evidence")
        altered[position] ^= 1
        path.write_bytes(altered)
        with pytest.raises(TamperedEvidenceError, match=sealed.digest):
            store.get(sealed.digest)


def test_a_cut_object_is_noticed_when_the_same_bytes_are_put_again(store):
    path = store.path_of(store.put(b"evidence").digest)
    path.chmod(0o600)
    path.write_bytes(b"evid")

    with pytest.raises(TamperedEvidenceError):
        store.put(b"evidence")


def test_a_missing_object_is_said_to_be_missing(store):
    with pytest.raises(MissingEvidenceError, match="restore it"):
        store.get(digest_of(b"never put"))


@pytest.mark.parametrize("name", ["sha256:../../etc/passwd", "", "sha256:ABC", "md5:" + "0" * 64])
def test_what_is_no_digest_never_becomes_a_path(store, name):
    with pytest.raises(MissingEvidenceError, match="no digest"):
        store.get(name)


def test_many_writers_of_the_same_bytes_agree(store, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        sealed = set(pool.map(store.put, [b"the same" * 1000] * 40))

    assert len(sealed) == 1
    assert len(objects(tmp_path)) == 1


def test_a_full_disk_leaves_nothing_and_says_what_to_do(tmp_path):
    said = FORK.Queue()
    child = FORK.Process(target=put_beyond_the_limit, args=(tmp_path, said))
    child.start()
    message, still_there = said.get(timeout=30)
    child.join(30)

    assert "free some space" in message
    assert still_there == b"small"
    assert [path.read_bytes() for path in objects(tmp_path)] == [b"small"]


def test_no_torn_object_is_left_by_writers_that_were_killed(tmp_path):
    for seed in range(8):
        writer = FORK.Process(target=put_for_ever, args=(tmp_path, seed))
        writer.start()
        wait_for_objects(tmp_path, 20 * (seed + 1))
        time.sleep(0.003 * seed)
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(30)

    store = FolderStore(tmp_path)
    store.sweep()
    digests = list(store.digests())

    assert len(digests) == len(objects(tmp_path)) > 100
    assert all(store.get(digest) for digest in digests)


def test_a_sweep_spares_a_living_writer_and_clears_after_a_dead_one(tmp_path):
    is_writing = FORK.Event()
    writer = FORK.Process(target=put_and_stop_before_linking, args=(tmp_path, is_writing))
    writer.start()
    assert is_writing.wait(30)

    spared = FolderStore(tmp_path).sweep()
    os.kill(writer.pid, signal.SIGKILL)
    writer.join(30)
    swept = FolderStore(tmp_path).sweep()

    assert (spared, swept) == (0, 1)
    assert objects(tmp_path) == []


def wait_for_objects(root, number):
    deadline = time.monotonic() + 60
    while len(objects(root)) <= number:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_removed_is_missing_and_can_be_put_again(tmp_path):
    store = FolderStore(tmp_path)
    digest = store.put(b"bytes").digest

    assert store.remove(digest)
    assert not store.remove(digest)
    assert not store.has(digest)
    assert store.put(b"bytes").digest == digest
    assert store.get(digest) == b"bytes"
