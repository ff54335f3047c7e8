from __future__ import annotations

from fakes.aws import REFUSED
from fakes.aws_services import managed, managed_machines, patches
from zicha.collectors.aws.ssm_instances import AT_ONCE, COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

ASK = "describe_instance_patch_states"
PATCHES = ("last_scanned_at", "missing_patches", "failed_patches", "patches_awaiting_restart")


def rows(account):
    found = COLLECTOR.table(COLLECTOR.fetch(account)).rows
    return {row["machine"]: row for row in found}


def test_a_machine_that_was_never_scanned_has_no_count_of_missing_patches():
    account = managed_machines(managed("a"), managed("b"))
    account.answers[ASK, "a to b"] = {"InstancePatchStates": [patches("a")]}

    found = rows(account)

    assert [found["b"][name] for name in PATCHES] == [None] * 4
    assert found["a"]["missing_patches"] == 0


def test_a_machine_that_lost_touch_does_not_answer():
    assert (
        rows(managed_machines(managed("a", PingStatus="ConnectionLost")))["a"]["answers"] is False
    )


def test_a_refused_question_about_patches_leaves_the_machine_known():
    account = managed_machines(managed("a"))
    account.answers[ASK, "a to a"] = REFUSED

    row = rows(account)["a"]

    assert row["answers"] is True
    assert all(isinstance(row[name], Unread) for name in PATCHES)
    assert row["missing_patches"].reason is Reason.REFUSED


def test_many_machines_are_asked_about_fifty_at_a_time():
    names = [f"i-{number:03}" for number in range(AT_ONCE + 1)]
    account = managed_machines(*(managed(name) for name in names))

    found = rows(account)

    assert [call for _, call, _ in account.asked].count(ASK) == 2
    assert {row["missing_patches"] for row in found.values()} == {0}


def test_names_and_addresses_of_machines_are_not_kept():
    told = managed("a", ComputerName="canary.internal", IPAddress="10.9.8.7")

    kept = repr(list(COLLECTOR.fetch(managed_machines(told))))

    assert "canary" not in kept
    assert "10.9.8.7" not in kept
