from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes.command_line import CommandLine
from fakes.scopes import ACCOUNT, files, write
from zicha.model.finding import Change, Finding, State, Transition
from zicha.model.verdict import Severity
from zicha.pipeline.workplace import open_workplace
from zicha.storage import findings, runs

RUN = "2026-11-22-001"
AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def finding(id_, suite, expectation, subject, subject_type):
    return Finding(
        id_,
        "org",
        suite,
        expectation,
        subject,
        "aws-one",
        ACCOUNT,
        "",
        subject_type,
        Severity.CRITICAL,
        State.OPEN,
        RUN,
        AT,
        AT,
        AT,
        RUN,
    )


def bucket(id_, name):
    return finding(
        id_,
        "aws/s3_buckets",
        "public-access-is-blocked",
        (ACCOUNT, name),
        "AWS::S3::Bucket",
    )


@pytest.fixture
def zicha(tmp_path):
    folder = write(tmp_path / "scope", files())
    (folder / "register.yaml").write_text("attestations: []\n", encoding="utf-8")
    called = CommandLine(tmp_path / "data", folder)
    place = open_workplace({"ZICHA_DATA": str(called.data), "ZICHA_SCOPE": str(folder)})
    listed = [
        bucket("f-claimed", "billing-invoices"),
        finding(
            "f-account",
            "aws/cloudtrail_trails",
            "one-trail-covers-the-account",
            (ACCOUNT,),
            "account",
        ),
    ]
    with place.database.write() as connection:
        runs.open_run(
            connection,
            run=RUN,
            day="2026-11-22",
            trigger="manual",
            scope_digest="",
            scope={},
            at=AT,
        )
        steps = [Transition(Change.OPENED, one, one.run, AT) for one in listed]
        findings.apply(connection, steps)
    return called


def test_a_finding_has_the_promised_keys(zicha):
    row = zicha("findings", "--format", "json").json[0]

    promised = {"id", "state", "severity", "risk", "subject", "expectation", "systems", "opened"}
    assert promised | {"due", "owner"} <= row.keys()


def test_a_finding_of_a_whole_account_is_of_the_systems_that_draw_on_it(zicha):
    found = {row["id"]: row["systems"] for row in zicha("findings", "--format", "json").json}

    assert found == {"f-claimed": ["billing"], "f-account": ["billing"]}


def test_one_finding_is_shown_with_its_history(zicha):
    shown = zicha("findings", "show", "f-account", "--format", "json").json

    assert [event["change"] for event in shown["history"]] == ["opened"]
    assert shown["history"][0]["at"] == "2026-11-22T04:00:00+00:00"
    assert zicha("findings", "show", "f-account").code == 0
    assert zicha("findings", "show", "f-account", "--format", "csv").out.startswith("what,value\n")


def test_the_beginning_of_an_id_as_the_messages_tell_it_suffices(zicha):
    assert zicha("findings", "show", "f-clai", "--format", "json").json["id"] == "f-claimed"


def test_a_beginning_that_two_findings_share_is_refused(zicha):
    ran = zicha("findings", "show", "f-")

    assert ran.code == 2
    assert "f-" in ran.sentence


def test_a_list_holds_what_its_filter_names_and_an_unknown_word_is_refused(zicha):
    check = "aws/s3_buckets#public-access-is-blocked"
    rows = zicha("findings", "list", "--check", check, "--format", "json").json

    assert [row["id"] for row in rows] == ["f-claimed"]
    assert zicha("findings", "list", "--severity", "info", "--format", "json").json == []
    refused = zicha("findings", "list", "--check", "aws/s3_buckets#no-such")
    assert (refused.code, "no check is called" in refused.sentence) == (2, True)
