from __future__ import annotations

import pytest

from zicha.custody.s3_settings import s3_settings
from zicha.model.errors import ConfigError

REGION = {"ZICHA_STORE_REGION": "cn-north-1"}
GIVEN = {"ZICHA_STORE": "s3://evidence/zicha/prod", **REGION}


def test_without_a_bucket_the_store_is_a_folder():
    assert s3_settings({"PATH": "/bin", "ZICHA_STORE": ""}) is None


def test_a_bucket_is_encrypted_and_bound_for_everybody_unless_said_otherwise():
    found = s3_settings(GIVEN | {"ZICHA_STORE_LOCK_DAYS": "1100"})

    assert (found.bucket, found.prefix, found.region) == ("evidence", "zicha/prod/", "cn-north-1")
    assert (found.lock_days, found.lock_mode, found.encrypted) == (1100, "COMPLIANCE", True)
    assert found.url == "s3://evidence/zicha/prod"


@pytest.mark.parametrize("address", ["s3://evidence", "s3://evidence/"])
def test_a_prefix_is_optional(address):
    assert s3_settings({"ZICHA_STORE": address, **REGION}).prefix == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "/srv/evidence"),
        ("", "https://evidence.s3.amazonaws.com/"),
        ("", "s3://"),
        ("", "s3://Evidence"),
        ("", "s3://a"),
        ("", "s3://10.0.0.1/x"),
        ("", "s3://" + "a" * 64),
        ("", "s3://evidence/../other"),
        ("", "s3://evidence//x"),
        ("", "s3://evidence/x?versionId=1"),
        ("_REGION", ""),
        ("_REGION", "china"),
        ("_LOCK_DAYS", "0"),
        ("_LOCK_DAYS", "-3"),
        ("_LOCK_DAYS", "1.5"),
        ("_LOCK_DAYS", "٣"),
        ("_LOCK_DAYS", "36501"),
        ("_LOCK_MODE", "compliance"),
        ("_LOCK_MODE", "GOVERNANCE"),
        ("_ENCRYPTION", "off"),
        ("_ENDPOINT", "http://minio.internal:9000"),
        ("_ENDPOINT", "minio.internal"),
        ("_ENDPOINT", "ftp://minio.internal"),
        ("_ENDPOINT", "http://[::1"),
        ("_LOCKDAYS", "3"),
    ],
)
def test_wrong_input_is_one_sentence_that_names_the_variable(name, value):
    with pytest.raises(ConfigError, match=f"ZICHA_STORE{name}") as error:
        s3_settings(GIVEN | {f"ZICHA_STORE{name}": value})
    assert "\n" not in str(error.value)


def test_settings_of_a_bucket_without_a_bucket_are_not_passed_over():
    with pytest.raises(ConfigError, match="ZICHA_STORE_LOCK_DAYS is set and ZICHA_STORE is not"):
        s3_settings({"ZICHA_STORE_LOCK_DAYS": "30"})


def test_a_store_on_this_machine_may_be_reached_without_tls():
    found = s3_settings(GIVEN | {"ZICHA_STORE_ENDPOINT": "http://127.0.0.1:9000"})

    assert found.endpoint == "http://127.0.0.1:9000"
