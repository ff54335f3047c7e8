"""Orders to rectify in a real workplace: entered, mended, replied to, sent back, ended."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import DatabaseError

from fakes.findings import faults, measure, plant
from zicha.catalog.scope_answers import Attestation
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError
from zicha.model.obligation import Act
from zicha.model.order import OrderAct
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.duties import obligations
from zicha.pipeline.orders import use_cases as orders
from zicha.pipeline.orders.documents import order_document, order_rows
from zicha.pipeline.orders.entering import enter_order, link
from zicha.pipeline.orders.replies import reply
from zicha.pipeline.workplace import open_workplace
from zicha.storage import inspections as stored
from zicha.storage import ledger

ME = "os:1@here"
RECEIVED = moment_of("2026-11-20T10:00+08:00")
NOW = moment_of("2026-11-21T09:00+08:00")
HOUR = timedelta(hours=1)
ORDER = """
authority: provincial-ca
number: 通网安限改〔2026〕12号
received: 2026-11-20T10:00+08:00
of: billing
items:
  - {id: "1", text: 关闭公开访问, due: {working_days: 10}, findings: [f-1], measures: 已关闭}
  - {id: "2", text: 补充制度, due: {by: 2026-12-31}}
"""


@pytest.fixture
def place(tmp_path):
    opened = open_workplace({"ZICHA_DATA": str(tmp_path / "data")}, clock=lambda: NOW)
    plant(opened, RECEIVED - HOUR)
    yield opened
    opened.database.close()


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "order.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def order(place, write):
    return enter_order(place, write(ORDER), ME).id


@pytest.fixture
def no_pages(monkeypatch):
    """Without the slow layout: what a reply is made of is tested, not how it looks."""
    monkeypatch.setattr("zicha.pipeline.orders.replies.SHAPES", ("xlsx",))


def at(place, moment):
    return replace(place, clock=lambda: moment)


def owed(place):
    return {
        row["obligation"].rpartition(".")[2]: (row["state"], row["due"])
        for row in obligations.calendar_rows(place)
        if row["duty"] == "rectification-order"
    }


def item(place, order, id_):
    return next(each for each in order_document(place, order)["items"] if each["id"] == id_)


def attest(place, *, dated="2026-11-21", document="rules.pdf", **more):
    """The same workplace, whose scope holds an attestation."""
    said = {
        "id": "rules-billing",
        "kind": "policy-documents",
        "system": "billing",
        "statement": "制度已修订",
        "author": "林某",
        "second_signer": "周某",
        "dated": dated,
        "valid_until": "2027-06-30",
        "document": document,
        "digest": "sha256:" + hashlib.sha256(b"rules").hexdigest() if document else None,
    } | more
    one = Attestation.model_validate_json(json.dumps(said))
    scope = place.scope.model_copy(update={"attestations": (*place.scope.attestations, one)})
    return replace(place, scope=scope)


def handed_in(place, order, tmp_path, when=None):
    reply(place, order, tmp_path / "reply", "zh", ME)
    receipt = tmp_path / "receipt.txt"
    receipt.write_text("收讫", encoding="utf-8")
    return orders.record_submission(
        place, order, at=when or place.clock(), by="李某", channel="平台", actor=ME, receipt=receipt
    )


def test_each_item_stands_in_the_calendar_with_its_own_deadline(place, order):
    assert owed(place) == {
        "1": ("open", "2026-12-04T23:59:59+08:00"),
        "2": ("open", "2026-12-31T23:59:59+08:00"),
    }
    assert order_rows(place)[0]["due"] == "2026-12-04T23:59:59+08:00"


def test_the_same_order_is_entered_once_and_another_wording_is_refused(place, order, write):
    assert enter_order(place, write(ORDER), ME).id == order
    with pytest.raises(ConfigError, match=f"is {order} already, with other words"):
        enter_order(place, write(ORDER.replace("补充制度", "补充材料")), ME)
    assert len(order_rows(place)) == 1


def test_an_item_closes_only_when_its_finding_was_measured_after_the_order(place, order):
    with pytest.raises(ConfigError, match="f-1 is still open"):
        orders.close_item(place, order, "1", ME)

    measure(place, "f-1", RECEIVED + HOUR, passes=True)
    orders.close_item(place, order, "1", ME)

    (proof,) = item(place, order, "1")["grounds"]
    assert (proof["kind"], proof["ref"]) == ("measurement", "f-1")
    assert proof["at"] == (RECEIVED + HOUR).isoformat()


def test_what_was_mended_before_the_order_came_is_measured_again(place, write):
    measure(place, "f-1", RECEIVED - HOUR / 2, passes=True)
    order = enter_order(place, write(ORDER), ME).id

    with pytest.raises(ConfigError, match="f-1 was not measured after"):
        orders.close_item(place, order, "1", ME)
    measure(place, "f-1", RECEIVED + HOUR, passes=True)

    assert orders.close_item(place, order, "1", ME).item("1").is_closed


def test_of_an_order_whose_hour_is_unsaid_the_whole_day_is_too_early(place, write):
    order = enter_order(place, write(ORDER.replace("T10:00+08:00", "")), ME).id
    measure(place, "f-1", RECEIVED + HOUR, passes=True)

    with pytest.raises(ConfigError, match="f-1 was not measured after 2026-11-20T23:59:59"):
        orders.close_item(place, order, "1", ME)


def test_an_item_without_a_finding_closes_by_a_later_attestation_with_its_paper(place, order):
    with pytest.raises(ConfigError, match="nothing was shown after"):
        orders.close_item(place, order, "2", ME)

    orders.close_item(attest(place), order, "2", ME, ["rules-billing"])

    (proof,) = item(place, order, "2")["grounds"]
    assert (proof["kind"], proof["ref"]) == ("attestation", "rules-billing")
    assert proof["digest"].startswith("sha256:")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"dated": "2026-11-20"}, "nothing was shown after"),
        ({"dated": "2026-11-22"}, "dated ahead"),
        ({"document": ""}, "without a document"),
        ({"second_signer": ""}, "lacks a second person's signature"),
        ({"answer": "does-not-hold"}, "shows nothing mended"),
        ({"system": "portal"}, "no attestation rules-billing for what the order is about"),
    ],
)
def test_an_attestation_that_is_early_bare_or_of_another_system_closes_nothing(
    place, order, more, why
):
    with pytest.raises(ConfigError, match=why):
        orders.close_item(attest(place, **more), order, "2", ME, ["rules-billing"])


def test_an_attestation_does_not_outweigh_an_open_finding(place, order):
    with pytest.raises(ConfigError, match="f-1 is still open"):
        orders.close_item(attest(place), order, "1", ME, ["rules-billing"])


def test_a_finding_belongs_to_an_item_by_its_control_where_the_system_draws_on_it(place, order):
    link(place, order, "2", ME, controls=["boundary/storage-is-not-public"])

    assert [f["id"] for f in item(place, order, "2")["findings"]] == ["f-1"]


def test_a_finding_that_comes_back_opens_its_item_again_in_the_daily_watch(
    place, order, tmp_path, no_pages
):
    measure(place, "f-1", RECEIVED + HOUR, passes=True)
    orders.close_item(place, order, "1", ME)
    handed_in(place, order, tmp_path)
    assert owed(place)["1"][0] == "handed-in"

    measure(place, "f-1", RECEIVED + 2 * HOUR, passes=False)
    seen = obligations.watch_duties(place)

    assert seen["reopened_items"] == [f"{order}/1"]
    assert item(place, order, "1")["state"] == "reopened"
    assert "f-1" in item(place, order, "1")["reopened_because"]
    assert owed(place)["1"][0] == "returned"
    assert obligations.watch_duties(place)["reopened_items"] == []


def test_only_the_authority_s_word_moves_a_deadline_and_the_calendar_follows(place, order):
    until = moment_of("2026-12-20").date()
    orders.ask_extension(place, order, "1", until=until, because="设备未到货", actor=ME)
    assert owed(place)["1"][1] == "2026-12-04T23:59:59+08:00"

    orders.answer_extension(place, order, "1", granted=True, word="复函3号", actor=ME)

    assert owed(place)["1"][1] == "2026-12-20T23:59:59+08:00"
    assert item(place, order, "1")["extension"]["state"] == "granted"


def test_a_refused_extension_leaves_the_deadline_and_may_be_asked_for_again(place, order):
    until = moment_of("2026-12-20").date()
    orders.ask_extension(place, order, "1", until=until, because="设备未到货", actor=ME)
    orders.answer_extension(place, order, "1", granted=False, word="不同意", actor=ME)

    assert owed(place)["1"][1] == "2026-12-04T23:59:59+08:00"
    orders.ask_extension(place, order, "1", until=until, because="再次申请", actor=ME)


def test_an_overdue_item_shows_what_follows_and_an_extension_takes_the_overdue_back(place, order):
    late = at(place, moment_of("2026-12-05T09:00+08:00"))
    obligations.watch_duties(late)

    (row,) = order_rows(late)
    assert (row["overdue"], owed(late)["1"][0]) == (["1"], "overdue")
    assert row["consequence"]["zh"]

    until = moment_of("2026-12-20").date()
    orders.ask_extension(late, order, "1", until=until, because="设备未到货", actor=ME)
    orders.answer_extension(late, order, "1", granted=True, word="复函3号", actor=ME)

    assert owed(late)["1"][0] == "open"
    assert order_rows(late)[0]["overdue"] == []


def test_what_a_reply_calls_closed_is_handed_in_and_the_rest_stays_owed(
    place, order, tmp_path, no_pages
):
    measure(place, "f-1", RECEIVED + HOUR, passes=True)
    orders.close_item(place, order, "1", ME)

    handed_in(place, order, tmp_path)

    assert {id_: state for id_, (state, _) in owed(place).items()} == {
        "1": "handed-in",
        "2": "open",
    }
    shown = order_document(place, order)
    assert shown["state"] == "submitted"
    assert shown["submissions"][0]["by"] == "李某"
    assert len(shown["submissions"][0]["receipt"]["sha256"]) == 64


def test_nothing_is_submitted_before_there_is_a_reply(place, order):
    with pytest.raises(ConfigError, match="no reply to"):
        orders.record_submission(place, order, at=NOW, by="李某", channel="平台", actor=ME)


def test_a_returned_order_is_owed_again_by_its_new_deadline_and_can_still_be_ended(
    place, order, tmp_path, no_pages
):
    place = attest(place)
    measure(place, "f-1", RECEIVED + HOUR, passes=True)
    orders.close_item(place, order, "1", ME)
    orders.close_item(place, order, "2", ME, ["rules-billing"])
    handed_in(place, order, tmp_path)

    due = moment_of("2026-12-15").date()
    orders.owe_again(place, order, OrderAct.RETURN, "材料不全", ME, items=["1"], due=due)

    assert owed(place)["1"] == ("returned", "2026-12-15T23:59:59+08:00")
    assert owed(place)["2"][0] == "handed-in"
    with pytest.raises(ConfigError, match="item 1 is not"):
        orders.close_order(place, order, "同意销号", ME)

    later = at(place, NOW + 3 * HOUR)
    measure(later, "f-1", NOW + 2 * HOUR, passes=True)
    orders.close_item(later, order, "1", ME)
    handed_in(later, order, tmp_path)
    orders.close_order(later, order, "同意销号", ME)

    assert {state for state, _ in owed(later).values()} == {"done"}
    assert order_document(later, order)["state"] == "closed"


def test_an_order_that_is_taken_up_again_makes_new_obligations(place, order):
    orders.withdraw_order(place, order, "机关撤销", ME)
    assert {state for state, _ in owed(place).values()} == {"withdrawn"}

    orders.owe_again(place, order, OrderAct.REOPEN, "机关恢复", ME, items=["1"], working_days=5)

    states = {r["obligation"]: r["state"] for r in obligations.calendar_rows(place)}
    assert states[f"rectification-order:billing:{order}.1.r2"] == "open"
    assert order_document(place, order)["state"] == "returned"


def test_a_person_s_hand_in_of_an_open_item_is_sent_back_by_the_next_look(place, order):
    id_ = f"rectification-order:billing:{order}.1"
    obligations.record(place, id_, Act.HAND_IN, ME)

    obligations.watch_duties(place)

    assert owed(place)["1"][0] == "returned"


def test_what_is_entered_is_in_the_ledger_and_may_only_grow(place, order, write):
    link(place, order, "1", ME, measures="已关闭并复测")
    seal_ledger(place)

    assert faults(place) == []
    with place.database.read() as connection:
        assert len([k for k in ledger.keys(connection) if k.startswith("order/")]) == 2
    with pytest.raises(DatabaseError, match="append-only"), place.database.write() as connection:
        connection.execute(stored.TABLES["order"].update().values(actor="os:2@there"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("provincial-ca", "provincial-cia"), "no authority provincial-cia"),
        (("of: billing", "of: billings"), "no system billings"),
        (("[f-1]", "[f-9]"), "no finding has the id f-9"),
        (("2026-11-20T10:00+08:00", "2026-12-20"), "has not come yet"),
        (("2026-12-31", "2026-11-31"), "2026-11-31|date"),
        (("{by: 2026-12-31}", "{by: 2026-11-01}"), "item 2 is due before the order came"),
        (("{by: 2026-12-31}", "{}"), "write exactly one of by, days, working_days"),
        (('id: "2"', 'id: "1"'), "item 1 stands twice"),
        (("of: billing", "of: billing\ninspection: insp-1"), "no inspection has the id insp-1"),
        (("of: billing", "of: billing\nduty: no-such-duty"), "no duty no-such-duty"),
    ],
)
def test_bad_input_is_one_sentence_and_enters_nothing(place, write, change, why):
    with pytest.raises(ConfigError, match=why) as refused:
        enter_order(place, write(ORDER.replace(*change)), ME)

    assert "\n" not in str(refused.value)
    assert order_rows(place) == []
    assert owed(place) == {}
