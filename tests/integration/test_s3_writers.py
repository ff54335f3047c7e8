"""Writers to a bucket that are killed: nothing torn, nothing lost, nothing double."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import signal
import time

import pytest

from fakes.counts import only_long
from fakes.s3_server import s3_server

FORK = multiprocessing.get_context("fork")
SEED = 20261122
KILLS = 20
MANY = 200
WRITERS = 2


@pytest.fixture(scope="module")
def server():
    with s3_server() as make:
        yield make


def bytes_of(seed, number):
    return hashlib.sha512(f"{seed}-{number}".encode()).digest() * 4000


def put_for_ever(bucket, keys, seed, acknowledged):
    store = bucket.store(keys)
    number = 0
    while True:
        digest = store.put(bytes_of(seed, number)).digest
        # One short append to a file is whole or absent, also under a kill.
        os.write(acknowledged, f"{digest}\n".encode())
        number += 1


def wait_for_more_than(path, size):
    deadline = time.monotonic() + 60
    while path.stat().st_size <= size:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def killed_again_and_again(bucket, folder, kills):
    chance = random.Random(SEED)
    promised = folder / "acknowledged"
    for n in range(kills):
        with promised.open("ab", buffering=0) as stream:
            stream.seek(0, os.SEEK_END)
            children = [
                FORK.Process(
                    target=put_for_ever, args=(bucket, folder / "keys", n, stream.fileno())
                )
                for _ in range(WRITERS)
            ]
            for child in children:
                child.start()
            wait_for_more_than(promised, stream.tell())
            time.sleep(chance.uniform(0, 0.2))
            for child in children:
                os.kill(child.pid, signal.SIGKILL)
                child.join(30)
    time.sleep(0.5)  # what the last one had sent whole is still on its way
    store = bucket.store(folder / "keys")
    held = list(store.digests())
    assert set(promised.read_text().split()) <= set(held)
    assert all(store.get(digest) for digest in held)
    assert len(bucket.names()) == len(set(held)) == len(held)
    assert store.sweep() == 0
    return len(held)


@pytest.mark.slow
def test_twenty_kills_leave_nothing_torn_lost_or_double(server, tmp_path):
    assert killed_again_and_again(server(), tmp_path, KILLS) >= KILLS


@pytest.mark.slow
@only_long
@pytest.mark.timeout(900)
def test_two_hundred_kills_leave_nothing_torn_lost_or_double(server, tmp_path):
    assert killed_again_and_again(server(), tmp_path, MANY) >= MANY
