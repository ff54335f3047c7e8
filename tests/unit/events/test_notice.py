"""Reading notices: whatever the body is, it is a notice or unreadable with a reason."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.changes import bridged, opened_group
from zicha.events.notice import LARGEST, Notice, Unreadable, read_notice

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
KEYS = ("detail-type", "detail", "source", "Records", "Type", "Message", "id", "time", "account")


@given(st.text())
def test_any_text_is_read_or_refused(body):
    assert isinstance(read_notice(body), Notice | Unreadable)


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_object_with_our_keys_is_read_or_refused(said):
    assert isinstance(read_notice(json.dumps(said)), Notice | Unreadable)


@given(JSON)
def test_any_detail_is_read_or_refused(detail):
    for kind in (
        "AWS API Call via CloudTrail",
        "Config Configuration Item Change",
        "Object Created",
    ):
        body = json.dumps({"detail-type": kind, "source": "aws.s3", "detail": detail})
        assert isinstance(read_notice(body), Notice | Unreadable)


@pytest.mark.parametrize(
    ("body", "because"),
    [
        ("", "not-json"),
        ("[]", "not-an-object"),
        ("[" * 100_000, "nested-too-deep"),
        ('{"x": "' + "y" * LARGEST + '"}', "larger-than-a-message-may-be"),
        ('{"detail-type": "x"}', "neither-detail-type-nor-records"),
        ('{"Records": [{"eventSource": "aws:ses"}]}', "records-of-an-unknown-sender"),
        (bridged("AWS API Call via CloudTrail", {"eventSource": "x"}), "eventName-is-missing"),
        (bridged("Config Configuration Item Change", {}), "configuration-item-is-missing"),
    ],
)
def test_what_cannot_be_read_says_why(body, because):
    assert read_notice(body) == Unreadable(because)


def test_a_topic_between_sender_and_queue_is_looked_through():
    inner = opened_group("sg-1")

    found = read_notice(json.dumps({"Type": "Notification", "Message": inner}))

    assert found == read_notice(inner)


def test_a_moment_that_is_none_is_left_out():
    found = read_notice(opened_group("sg-1", eventTime="yesterday"))

    # The envelope's own moment stands in.
    assert isinstance(found, Notice)
    assert found.occurred_at is not None


@pytest.mark.parametrize(
    "said", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0999-01-01T00:00:00+00:00"]
)
def test_a_moment_that_no_event_can_have_is_none(said):
    body = json.dumps(json.loads(opened_group("sg-1", eventTime=said)) | {"time": said})

    assert read_notice(body).occurred_at is None


def test_a_name_of_any_length_is_cut():
    found = read_notice(opened_group("sg-1", eventName="x" * 10_000))

    assert isinstance(found, Notice)
    assert len(found.name) == 200
