"""A waiver in the scope's files is on record, and in the ledger, before a run relies on it."""

from __future__ import annotations

from integration.one_day import DAY, Steps, workplace
from zicha.pipeline import close_collection, collect, judge, plan_collection
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.reports.facts import facts_of, view_of
from zicha.storage import attestations
from zicha.storage.attestations import WAIVER


def judged(folder):
    place = workplace(folder, Steps())
    for batch in plan_collection(place, DAY, sources=["demo-register"]):
        collect(place, batch)
    close_collection(place, DAY)
    judge(place, DAY)
    return place


def test_what_the_scope_waives_is_entered_once_and_verifies(tmp_path):
    place = judged(tmp_path)
    plan_collection(place, DAY, again=True, sources=["demo-register"])

    with place.database.read() as connection:
        standing = attestations.standing(connection, WAIVER)
        files = attestations.files(connection, WAIVER)

    assert [one.id for one in standing] == sorted(w.id for w in place.scope.waivers)
    assert [file.name for file in files] == ["waivers.yaml"]
    assert verify(place)["faults"] == []


def test_a_report_carries_the_root_of_the_ledger(tmp_path):
    place = judged(tmp_path)

    facts = facts_of(place, view_of(place), "mlps-l3", "billing")

    assert verify(place, root=facts.ledger_root)["ok"]
