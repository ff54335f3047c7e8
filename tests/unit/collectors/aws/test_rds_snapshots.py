"""Who may restore a database snapshot: said per snapshot, of both kinds, and unread where it is not."""

from __future__ import annotations

import pytest

from fakes.aws import REFUSED
from fakes.aws_databases import database_snapshots
from fakes.aws_examples import ID
from zicha.collectors.aws.rds_snapshots import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

STRANGER = "999988887777"


def table(account):
    return COLLECTOR.table(COLLECTOR.fetch(account))


@pytest.mark.parametrize(
    ("lent", "is_public", "is_lent"),
    [
        ([], False, False),
        ([ID], False, False),
        ([STRANGER], False, True),
        (["all"], True, False),
        ([STRANGER, "all"], True, True),
    ],
)
def test_a_snapshot_says_who_may_restore_it(lent, is_public, is_lent):
    rows = table(database_snapshots({"a": lent}, {"b": lent})).rows

    assert [(row["name"], row["is_public"], row["is_lent"]) for row in rows] == [
        ("a", is_public, is_lent),
        ("b", is_public, is_lent),
    ]


def test_a_database_and_a_cluster_may_have_snapshots_of_one_name():
    rows = table(database_snapshots({"a": ["all"]}, {"a": []})).rows

    assert {row["snapshot"].split(":")[5]: row["is_public"] for row in rows} == {
        "snapshot": True,
        "cluster-snapshot": False,
    }


@pytest.mark.parametrize(
    "attributes",
    [[], [{"AttributeName": "restore", "AttributeValues": "all"}], [{"AttributeName": "restore"}]],
)
def test_without_a_word_of_sharing_it_is_unread(attributes):
    account = database_snapshots({"a": []}, {})
    account.answers["describe_db_snapshot_attributes", "a"] = {
        "DBSnapshotAttributesResult": {"DBSnapshotAttributes": attributes}
    }

    (row,) = table(account).rows

    assert isinstance(row["is_public"], Unread)
    assert isinstance(row["is_lent"], Unread)


def test_without_one_of_the_listings_the_place_is_not_complete():
    account = database_snapshots({"a": []}, {"b": []})
    account.answers["describe_db_cluster_snapshots", ""] = REFUSED

    found = table(account)

    assert [state.reason for state in found.states.values()] == [Reason.REFUSED]
    assert [row["name"] for row in found.rows] == ["a"]
