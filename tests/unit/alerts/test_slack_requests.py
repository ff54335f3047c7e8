"""A request is Slack's when signature and age say so; a press is read strictly."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zicha.alerts.slack_press import read_body
from zicha.alerts.slack_signature import LONGEST, refusal, signature
from zicha.model.errors import ConfigError

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # the example of Slack's own documentation
BODY = b"payload=%7B%7D"


def headers(at=NOW, body=BODY, secret=SECRET):
    stamp = str(int(at.timestamp()))
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": signature(secret, stamp, body)}


def test_the_signature_is_the_one_that_slack_documents():
    # docs.slack.dev, "Verifying requests from Slack": version, time-stamp and body, HMAC-SHA256.
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmib"
        b"IGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )

    assert signature(SECRET, "1531420618", body) == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"x-slack-signature": "v0=" + "0" * 64}, "wrong-signature"),
        ({"x-slack-signature": ""}, "unsigned"),
        ({"x-slack-signature": "ü"}, "wrong-signature"),
        ({"x-slack-request-timestamp": "soon"}, "unsigned"),
        ({"x-slack-request-timestamp": "9" * 400}, "unsigned"),
    ],
)
def test_what_is_not_signed_is_refused_by_its_reason(changed, why):
    assert refusal(SECRET, headers() | changed, BODY, NOW) == why


@pytest.mark.parametrize(
    ("minutes", "why"), [(-5.1, "too-old"), (-5, ""), (5, ""), (5.1, "too-old")]
)
def test_a_request_is_fresh_for_five_minutes(minutes, why):
    assert refusal(SECRET, headers(NOW + timedelta(minutes=minutes)), BODY, NOW) == why


def test_without_a_secret_and_beyond_the_longest_nothing_is_taken():
    assert refusal("", headers(secret=""), BODY, NOW) == "no-signing-secret"
    long = b"x" * (LONGEST + 1)
    assert refusal(SECRET, headers(body=long), long, NOW) == "too-long"


def body(**changed):
    action = {"action_id": "zicha-acknowledge", "value": "0" * 16, "action_ts": "1.2"}
    payload = {"user": {"id": "U1AB"}, "actions": [action | changed.pop("action", {})]} | changed
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_the_same_press_has_the_same_key_and_names_its_actor():
    press = read_body(body())

    assert (press.actor, press.act) == ("slack:U1AB", "acknowledge")
    assert press == read_body(body())
    assert press.key != read_body(body(action={"action_ts": "1.3"})).key


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"payload=%ff",
        b"payload=[]",
        b"payload=" + b"[" * 50_000,
        body(user={"id": "U1\n"}),
        body(user={"id": 7}),
        body(user=[]),
        body(actions=[]),
        body(action={"action_id": "zicha-approve"}),
        body(action={"action_id": ["x"]}),
        body(action={"value": "../etc"}),
    ],
)
def test_what_is_no_press_of_ours_is_refused_in_one_sentence(odd):
    with pytest.raises(ConfigError, match="nothing was done"):
        read_body(odd)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(odd):
    with pytest.raises(ConfigError):
        read_body(odd)
