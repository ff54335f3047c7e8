from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zicha.custody.canonical import canonical, decode, encode
from zicha.custody.pack import pack, unpack
from zicha.custody.redaction import RULES_VERSION, Redactor
from zicha.model.errors import MalformedAnswerError, TamperedEvidenceError
from zicha.model.evidence import Answer, Gap
from zicha.model.verdict import Reason

KEY = b"k" * 32
NOW = datetime(2026, 11, 21, 2, 0, 0, 123456, tzinfo=UTC)
moments = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0))
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None))
    | moments
    | st.dates()
)
keys = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["$int", "$$int", "$", "$datetime", "$text"]
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20
)


def packed(*replies):
    return pack(replies, {"source": "demo"}, Redactor(KEY))


@settings(deadline=None)
@given(values)
def test_every_value_comes_back_as_it_was_with_its_types(value):
    found = decode(encode(value))

    assert repr(found) == repr(ordered(value))


def ordered(value):
    if isinstance(value, dict):
        by_utf16 = sorted(value.items(), key=lambda item: stored_key(item[0]))
        return {key: ordered(member) for key, member in by_utf16}
    return [ordered(member) for member in value] if isinstance(value, list) else value


def stored_key(key):
    return (f"${key}" if key.startswith("$") else key).encode("utf-16-be")


@pytest.mark.parametrize("value", [b"bytes", float("nan"), float("inf"), {1: 2}, object()])
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(MalformedAnswerError):
        encode({"x": value})


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(MalformedAnswerError, match="zone"):
        canonical(datetime(2026, 1, 1))  # noqa: DTZ001 - meant


def test_the_order_of_keys_does_not_change_the_bytes():
    assert canonical({"b": 1, "a": (2, date(2026, 1, 2))}) == canonical(
        {"a": [2, "2026-01-02"], "b": 1}
    )


def test_replies_come_back_exactly():
    replies = [
        Answer(("1", "cn"), "list", "", {"at": NOW, "n": 2**60, "f": 1.0}, {"request": "r"}),
        Answer(("1", "cn"), "get", "b", None),
        Answer(("1", "new"), "list", "", None, not_offered=True),
        Answer(("1",), "list", "", {"x": []}, {}, Reason.PARTIAL, "again", "p"),
        Gap(("1",), "get", "b", Reason.REFUSED, "grant it", "s3:Get", {"date": "d"}),
    ]

    about, found = unpack(packed(*replies))

    assert found == replies
    assert about == {"source": "demo", "redaction": {"rules": RULES_VERSION, "counts": {}}}


def test_the_same_replies_give_the_same_bytes():
    reply = Answer((), "list", "", {"b": 1, "a": 2})

    assert packed(reply) == packed(Answer((), "list", "", {"a": 2, "b": 1}))


def test_what_was_redacted_is_counted_in_the_pack_and_not_in_it():
    data = packed(Answer((), "list", "", {"phone": "13812345678"}))

    about, (reply,) = unpack(data)

    assert about["redaction"]["counts"] == {"mobile": 1}
    assert "13812345678" not in str(reply)


@pytest.mark.parametrize("data", [b"", b"nonsense", packed()[:-3], packed()[:-3] + b"abc"])
def test_what_is_no_pack_is_said_to_be_none(data):
    with pytest.raises(TamperedEvidenceError):
        unpack(data)
