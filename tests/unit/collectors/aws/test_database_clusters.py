from __future__ import annotations

import pytest

from fakes.aws import REFUSED
from fakes.aws_databases import database, database_cluster, database_clusters, databases
from zicha.collectors.aws.rds_clusters import COLLECTOR as CLUSTERS
from zicha.collectors.aws.rds_instances import COLLECTOR as INSTANCES
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

WAITING = {"DBInstanceIdentifier": "a-2", "DBClusterParameterGroupStatus": "pending-reboot"}


def only(collector, account):
    (row,) = collector.table(collector.fetch(account)).rows
    return row


@pytest.mark.parametrize(
    ("forced", "details", "demands"),
    [
        ("1", {}, True),
        ("0", {}, False),
        (None, {}, False),
        ("1", {"DBClusterMembers": [WAITING]}, False),
        ("1", {"DBClusterMembers": []}, True),
    ],
    ids=["on", "off", "not-set", "one-member-waits-for-a-restart", "no-member-yet"],
)
def test_tls_is_demanded_where_every_member_runs_with_the_parameter_on(forced, details, demands):
    row = only(CLUSTERS, database_clusters(database_cluster("a", **details), forced=forced))

    assert row["demands_tls"] is demands


def test_a_refused_parameter_group_costs_only_what_it_says():
    account = database_clusters(database_cluster("a"))
    account.answers["describe_db_cluster_parameters", "a-group"] = REFUSED

    row = only(CLUSTERS, account)

    assert isinstance(row["demands_tls"], Unread)
    assert row["demands_tls"].reason is Reason.REFUSED
    assert row["is_encrypted"] is True


def test_clusters_that_wear_one_group_ask_about_it_once():
    worn = {"DBClusterParameterGroup": "shared"}
    account = database_clusters(database_cluster("a", **worn), database_cluster("b", **worn))

    list(CLUSTERS.fetch(account))

    assert [about for _, _, about in account.asked] == ["", "shared"]


def test_of_an_aurora_cluster_nothing_is_said_about_its_address():
    assert only(CLUSTERS, database_clusters(database_cluster("a")))["is_public"] is None


def test_a_cluster_that_exports_no_log_is_told_by_the_list_left_out():
    told = database_cluster("a")
    del told["EnabledCloudwatchLogsExports"]

    assert only(CLUSTERS, database_clusters(told))["exports_logs"] is False


def test_a_member_is_not_blamed_for_a_parameter_that_its_cluster_holds():
    member = database("a", Engine="aurora-postgresql", DBClusterIdentifier="ledger")
    account = databases(member, parameters={})

    row = only(INSTANCES, account)

    assert row["demands_tls"] is None
    assert [call for _, call, _ in account.asked] == ["describe_db_instances"]
