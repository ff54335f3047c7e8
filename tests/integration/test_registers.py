"""Registers and their joins through a whole day: collected, judged, covered."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta

import pytest
import yaml

from integration.one_day import EXAMPLE, NOON, Steps
from zicha.custody.keys import NAME
from zicha.custody.pack import unpack
from zicha.model.coverage import Conformity
from zicha.pipeline import close_collection, collect, judge, open_workplace, plan_collection
from zicha.pipeline.checks import doctor
from zicha.pipeline.runs.covering import coverage, judged_run, standing_outcomes
from zicha.pipeline.runs.rules import rules
from zicha.storage import evidence

DROPS = {
    "hr_leavers": "工号,账号,人员类别,离岗日期,权限终止时间,证件设备已收回,已签保密承诺\n"
    "E-1,Zhang.San,员工,2026-11-03,2026-11-03,是,是\n"
    "E-2,li.si,外包,2026-11-10,2026-11-10,是,是\n"
    "E-3,wang.wu,员工,2026-12-31,,是,是\n"
    "E-4,无,员工,2026-11-01,2026-11-01,是,是\n",
    "idp_accounts": "账号,启用,双因素已绑定,管理员,最近登录时间,创建时间,有效期至,账号类别\n"
    "zhang.san,是,是,否,2026-11-20,2025-01-01,,员工\n"
    "li.si,否,是,否,2026-11-01,2025-01-01,2026-11-10,外包\n"
    "wang.wu,是,是,否,2026-11-20,2025-01-01,,员工\n",
    "changes": "变更编号,关联工单号,变更对象,开始时间,结束时间,有回退方案,结果,配置库已更新\n"
    "C-1,T-1,a,2026-11-19 22:00,,是,成功,是\n"
    "C-2,T-9,a,2026-11-19 22:00,,是,成功,是\n"
    "C-3,T-3,a,2026-11-19 22:00,,是,成功,是\n",
    "tickets": "工单号,工单类型,状态,提交时间,批准时间,办结时间,申请人,批准人\n"
    "T-1,变更,已完成,2026-11-19 09:00,2026-11-19 10:00,,甲,乙\n"
    "T-3,变更,已批准,2026-11-20 09:00,2026-11-20 10:00,,甲,甲\n",
    "cmdb": "资产编号,资产类型,所属定级对象,责任部门,重要程度,所在位置,在用\n"
    "gone-host,主机,billing,运维部,核心,一号机房,是\n",
}


KEPT = {"recorded-host", "demo-register", "demo-aws"}


def scoped(folder, **drops):
    """The example's scope with these drops, its recorded host, and an account nobody asks."""
    scope = folder / "scope"
    shutil.copytree(EXAMPLE, scope)
    for name, text in drops.items():
        path = scope / f"{name}.csv"
        path.write_text(f"{text}#rows={len(text.splitlines()) - 1}\n", encoding="utf-8")
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    for file in ("sources", "objects"):
        path = scope / f"{file}.yaml"
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        if file == "sources":
            said["sources"] = [one for one in said["sources"] if one["id"] in KEPT]
            for one in said["sources"]:
                if "file" in one and one["kind"] == "linux":
                    one["file"] = str(EXAMPLE / one["file"])
            said["sources"] += [
                {
                    "id": name.replace("_", "-"),
                    "kind": "drop",
                    "name": {"zh": name, "en": name},
                    "holds": name,
                    "reach": "folder",
                    "folder": ".",
                    "file": f"{name}.csv",
                }
                for name in drops
            ]
        else:
            for one in said["objects"]:
                one["selects"] = [
                    each
                    for each in one.get("selects", [])
                    if each.get("source") in KEPT or each.get("group") == "billing-hosts"
                ]
            (organisation,) = [o for o in said["objects"] if o["type"] == "organisation"]
            organisation["selects"] += [{"source": name.replace("_", "-")} for name in drops]
        path.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    kept = folder / "data"
    kept.mkdir()
    key = kept / NAME
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    return {"ZICHA_DATA": str(kept), "ZICHA_SCOPE": str(scope)}


def run(environ, sources, now=NOON):
    place = open_workplace(environ, progress=Steps(), clock=lambda: now)
    for batch in plan_collection(place, place.today(), again=True, sources=sources):
        collect(place, batch)
    close_collection(place, place.today())
    judge(place, place.today())
    return place


ASKED = (*(name.replace("_", "-") for name in DROPS), "recorded-host")


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return run(scoped(tmp_path_factory.mktemp("registers"), **DROPS), ASKED)


def said(place, suite):
    found = standing_outcomes(place, judged_run(place))
    return {
        (o.subject[-1], o.expectation): f"{o.verdict.status} {o.verdict.because}".strip()
        for o in found
        if o.suite == suite
    }


def test_who_left_and_still_signs_in_is_found_whatever_the_case(day):
    found = said(day, "drop/leavers_in_idp")

    assert found["Zhang.San", "leaver-has-no-live-account"] == "fail"
    assert found["li.si", "contractor-has-no-live-account"] == "pass"
    assert {subject for subject, _ in found} == {"Zhang.San", "li.si"}


def test_nobody_who_left_is_found_on_the_host(day):
    found = said(day, "drop/leavers_on_hosts")

    assert found["Zhang.San", "leaver-has-no-live-account"] == "pass"


def test_each_change_is_held_against_its_ticket(day):
    found = said(day, "drop/changes_and_tickets")

    assert {change: found[change, "change-has-a-ticket"] for change in ("C-1", "C-2")} == {
        "C-1": "pass",
        "C-2": "fail",
    }
    assert found["C-1", "approval-came-first"] == "pass"
    assert found["C-3", "approval-came-first"] == "fail"
    assert found["C-3", "approver-is-another-person"] == "fail"


def test_assets_are_compared_in_both_ways(day):
    assert said(day, "drop/cmdb_and_hosts") == {
        ("gone-host", "what-is-found-is-listed"): "pass",
        ("gone-host", "what-is-listed-is-found"): "fail",
        ("recorded-host", "what-is-found-is-listed"): "fail",
        ("recorded-host", "what-is-listed-is-found"): "pass",
    }


def test_a_join_with_a_source_that_was_not_declared_is_not_judged(day):
    assert said(day, "drop/leavers_in_directory") == {}
    asked = {c.key: c.asked for c in rules().checks(day.scope)}
    assert asked["drop/leavers_in_directory", "leaver-has-no-live-account"] == frozenset()


def test_a_join_with_a_source_that_was_not_asked_is_unknown(day):
    assert set(said(day, "drop/leavers_in_aws").values()) == {"unknown not-collected"}


def test_no_person_stands_in_what_was_sealed(day):
    with day.database.read() as connection:
        records = evidence.of_run(connection, judged_run(day).id)
    packs = [unpack(day.store.get(one.pack_digest)) for one in records]

    assert {"drop/hr_leavers", "drop/tickets"} <= {one.table_id for one in records}
    assert not any("E-1" in str(pack) or "甲" in str(pack) for pack in packs)


def test_the_items_of_people_and_changes_rest_on_the_registers(day):
    covered = {item.id: item for item in coverage(day, "mlps-l3", "billing").items}

    left = covered["mlps-l3/8.1.8.2.a"]
    assert left.status in {Conformity.NONCONFORMING, Conformity.PARTIAL}
    assert "control" in {p.by for cell in left.objects for p in cell.parts}
    # No drop of trainings was declared: a person's word stands, and nothing is called unread.
    taught = covered["mlps-l3/8.1.8.3.c"]
    assert all(p.by == "attestation" for cell in taught.objects for p in cell.parts)


def test_a_stale_register_makes_its_joins_unknown_and_no_pass(tmp_path):
    environ = scoped(tmp_path, **DROPS)
    place = run(environ, ("hr-leavers", "idp-accounts"), NOON + timedelta(days=3))

    assert set(said(place, "drop/leavers_in_idp").values()) == {"unknown stale"}
    assert said(place, "drop/deliveries")["idp-accounts", "delivery-is-fresh"] == "fail"


def test_a_drop_far_smaller_than_the_day_before_is_found(tmp_path):
    environ = scoped(tmp_path, **DROPS)
    run(environ, ("hr-leavers",))
    path = tmp_path / "scope" / "hr_leavers.csv"
    path.write_text("\n".join(DROPS["hr_leavers"].splitlines()[:2]) + "\n", encoding="utf-8")
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    place = run(environ, ("hr-leavers",), NOON + timedelta(hours=2))

    assert said(place, "drop/deliveries")["hr-leavers", "holds-about-as-much-as-before"] == "fail"


def test_doctor_reads_each_drop_and_names_the_one_that_is_missing(tmp_path):
    environ = scoped(tmp_path, **DROPS)
    (tmp_path / "scope" / "cmdb.csv").unlink()
    place = open_workplace(environ, progress=Steps(), clock=lambda: NOON)

    checks = {c["name"]: c for c in doctor(place)["checks"]}
    assert checks["source hr-leavers"]["ok"]
    assert "was not delivered" in checks["source cmdb"]["remedy"]
