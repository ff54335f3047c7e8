"""What the how-to grants to the store is what the store asks for, no more and no less."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fakes.s3_server import s3_server
from zicha.custody.s3_bucket import shortfall
from zicha.custody.s3_settings import KNOWN
from zicha.sources.aws_words import action_of

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "evidence-in-s3.md"
# Where a permission is not the call's name; a lock is asked for within the put.
ACTIONS = {"ListObjectsV2": "s3:ListBucket", "HeadBucket": "s3:ListBucket"}


@pytest.fixture(scope="module")
def said():
    return HOW_TO.read_text(encoding="utf-8")


def policies(said):
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", said, re.DOTALL)]


def granted(said):
    _, own = policies(said)
    return {action for statement in own["Statement"] for action in statement["Action"]}


def test_every_call_of_the_store_is_granted_and_nothing_else(said, tmp_path):
    calls = set()
    with s3_server() as make:
        store = make().store(tmp_path, lock_days=30)
        store.wire.client.meta.events.register(
            "before-call.s3", lambda model, **_: calls.add(model.name)
        )
        digest = store.put(b"evidence").digest
        store.put(b"evidence")
        store.get(digest)
        assert store.has(digest)
        assert [*store.digests(), *store.only_in("2026-11")] == [digest] * 2
        store.sweep()
        shortfall(store.wire)
    words = {call: re.sub(r"(?<!^)(?=[A-Z])", "_", call).lower() for call in calls}
    wanted = {ACTIONS.get(call) or action_of("s3", words[call]) for call in calls}

    assert wanted | {"s3:PutObjectRetention"} == granted(said)


def test_nothing_that_deletes_or_changes_the_bucket_is_granted(said):
    assert not [a for a in granted(said) if re.search(r"Delete|Bypass|PutBucket|\*", a)]


def test_every_setting_is_explained(said):
    assert all(f"`ZICHA_STORE_{name}`" in said for name in KNOWN)
