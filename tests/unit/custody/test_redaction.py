from __future__ import annotations

import pytest

from zicha.custody.redaction import Redactor, without_private_keys
from zicha.model.evidence import Answer, Gap
from zicha.model.verdict import Reason

KEY = b"k" * 32
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc-DEF_123"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc=\n-----END RSA PRIVATE KEY-----"

SECRETS = {
    "aws-key-id": "AKIAIOSFODNN7EXAMPLE",
    "alibaba-key-id": "LTAI5tABCDEFGHIJKLMNOPQR",
    "tencent-key-id": "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
    "slack-token": "xoxb-123456789012-abcdefABCDEF",
    "jwt": JWT,
    "private-key": PEM,
    "mobile": "13812345678",
    "identity-number": "11010519491231002X",
    "bank-card": "6222021234567890128",
}


def redacted(text):
    return Redactor(KEY).text(text)


@pytest.mark.parametrize(("name", "secret"), SECRETS.items())
@pytest.mark.parametrize("around", ["{}", "a {} b", '"{}"', "值：{}。", "x={},y", "[{}]", "值{}元"])
def test_a_secret_is_replaced_wherever_it_stands(name, secret, around):
    found = redacted(around.format(secret))

    assert secret not in found
    assert f"[{name}-" in found


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws-cn:iam::138123456789:user/zhang",
        "a1381234567890123456789012345678",
        "0138123456789",
        "13812345678ab",
        "sg-06222021234567890",
        "d41d8cd98f00b204e9800998ecf8427e",
        "2026-11-21T21:10:00.138123456Z",
        "110105194912310021",
        "6222021234567890129",
        "12345678-1234-4321-8765-621381234567",
        "AKIA-is-a-prefix",
        "permitrootlogin prohibit-password",
        "1384812345",
        "10.138.1.2",
    ],
)
def test_what_only_looks_like_a_secret_stays(text):
    assert redacted(text) == text


def test_the_same_value_gets_the_same_pseudonym_and_another_key_another_one():
    one, two = redacted("tel 13812345678"), redacted("call 13812345678 now")
    other = Redactor(b"o" * 32).text("tel 13812345678")

    assert one.split()[1] == two.split()[1]
    assert one != other


def test_the_country_code_stays_and_does_not_change_the_pseudonym():
    assert redacted("+86 13812345678") == "+86 " + redacted("13812345678")


def test_redacting_twice_changes_nothing_more():
    once = {name: redacted(secret) for name, secret in SECRETS.items()}

    assert {name: redacted(text) for name, text in once.items()} == once


def test_a_password_hash_keeps_the_algorithm_that_a_suite_may_judge():
    found = redacted("root:$6$saltsalt$" + "a" * 86 + ":19000:0:99999")

    assert found.startswith("root:$6$[password-hash-")
    assert found.endswith("]:19000:0:99999")


@pytest.mark.parametrize(
    "body",
    [
        {"SecretAccessKey": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"},
        {"a": [{"session_token": "short"}]},
        {"client-secret": "p"},
        {"password": "hunter2!"},
    ],
)
def test_a_value_under_a_secrets_name_is_replaced(body):
    redactor = Redactor(KEY)

    assert "[secret-" in str(redactor.value(body))
    assert redactor.counts == {"secret": 1}


@pytest.mark.parametrize(
    "body",
    [
        {"password": "locked"},
        {"password": "not-set"},
        {"password_enabled": "true"},
        {"NextToken": "AAAA1234bbbb"},
        {"PasswordPolicy": {"MinimumPasswordLength": 13812345678}},
        {"secretkey": ""},
    ],
)
def test_a_status_is_not_taken_for_a_secret(body):
    assert Redactor(KEY).value(body) == body


def test_a_secret_among_settings_is_found_in_the_text():
    found = redacted("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nx")

    assert found.startswith("aws_secret_access_key = [aws-secret-")
    assert found.endswith("\nx")


@pytest.mark.parametrize(
    "text",
    [
        "AccessKeySecret=aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1",
        '{"SecretKey": "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE"}',
        '{\\"secretKey\\":\\"aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE\\"}',
        "api_key: 0123456789abcdef",
        "spring.datasource.password = correct-horse-9",
    ],
)
def test_a_secret_without_a_shape_is_known_by_its_name(text):
    redactor = Redactor(KEY)

    assert "[secret-" in redactor.text(text)
    assert redactor.counts == {"secret": 1}


@pytest.mark.parametrize(
    "text",
    [
        "PasswordAuthentication no",
        "password requisite pam_pwquality.so retry=3",
        "PWD=/home/billing-application-01",
        "passwd: files systemd",
        "secret_key = ",
    ],
)
def test_a_setting_about_secrets_is_none(text):
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("138-1234-5678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("4111 1111 1111 1111", "4111111111111111"),
        ("11010519491231002x", "11010519491231002X"),
    ],
)
def test_a_number_joins_however_people_write_it(one, other):
    assert redacted(one) == redacted(other) != other


@pytest.mark.parametrize(
    "text", ["电话13812345678.", "notes of 13812345678.txt", "Tel.13812345678"]
)
def test_a_number_beside_a_full_stop_is_found(text):
    assert "13812345678" not in redacted(text)


def test_a_pseudonym_breaks_no_line_that_is_split_at_colons():
    assert redacted("13812345678:x:1000").count(":") == 2


def test_private_keys_go_before_single_lines_are_chosen():
    assert without_private_keys(f"a\n{PEM}\nb") == "a\n[private-key]\nb"


def test_a_private_key_that_was_cut_off_is_replaced_to_its_end():
    assert redacted("x " + PEM[:40]).startswith("x [private-key-")


def test_every_part_of_a_reply_is_redacted_and_counted():
    redactor = Redactor(KEY)
    phone = "13812345678"
    said = [
        Answer((), "c", phone, {phone: [phone, {"n": 13812345678}]}, {"id": phone}, remedy=phone),
        Gap((), "c", phone, Reason.REFUSED, phone, f"sudo cat {phone}", {"id": phone}),
    ]

    found = [redactor.reply(reply) for reply in said]

    assert phone not in str(found).replace("{'n': 13812345678}", "")
    assert redactor.counts == {"mobile": 9}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"id_number": 110105194912310021}, ""),
        ({"anything": 6222021234567890128}, "bank-card"),
        ({"rows": [[4111111111111111.0]]}, "bank-card"),
        ({"mobile": 13912345678}, "mobile"),
        ({"contact_phone": 13912345678}, "mobile"),
        ({"手机": 13912345678}, "mobile"),
        ({"password": 20261121}, "secret"),
        ({"ApiKey": 998877665544}, "secret"),
    ],
)
def test_a_number_that_is_no_text_is_replaced_where_its_digits_or_its_name_give_it_away(body, kind):
    redactor = Redactor(b"k" * 32)

    said = redactor.value(body)

    assert (said != body) is bool(kind)
    assert list(redactor.counts) == ([kind] if kind else [])


def test_a_number_and_its_text_get_the_same_pseudonym():
    redactor = Redactor(b"k" * 32)

    assert redactor.value(6222021234567890128) == redactor.text("6222 0212 3456 7890 128")


@pytest.mark.parametrize(
    "body",
    [
        {"size": 13912345678},
        {"account": 111122223333},
        {"at": 1795406400000},
        {"password": 0},
        {"PasswordAge": 90},
        {"password": True},
        {"share": 0.25},
        {"number": float("inf")},
    ],
)
def test_a_number_that_measures_something_stays(body):
    assert Redactor(b"k" * 32).value(body) == body
