from __future__ import annotations

import pytest

from fakes.s3_server import s3_server


@pytest.fixture(scope="module")
def server():
    with s3_server() as make:
        yield make


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


@pytest.fixture
def bucket(server):
    return server()


@pytest.fixture(params=[True, False], ids=["encrypted", "plain"])
def store(request, bucket, tmp_path):
    return bucket.store(tmp_path / "keys", encrypted=request.param)
