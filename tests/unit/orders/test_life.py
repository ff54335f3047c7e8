"""Orders and inspections as values: what may follow what, and what closes an item."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zicha.duties.time import moment_of
from zicha.model import inspection as inspecting
from zicha.model.errors import ConfigError
from zicha.model.inspection import InspectionAct, InspectionEvent, InspectionState
from zicha.model.order import (
    TABLE,
    Item,
    ItemState,
    OrderAct,
    OrderEvent,
    OrderState,
    Proof,
    Seen,
    grounds_of,
    next_event,
    replayed,
)

RECEIVED = moment_of("2026-11-20T10:00+08:00")
DUE = RECEIVED + timedelta(days=10)
HOUR = timedelta(hours=1)


def entered():
    item = {
        "text": "关闭公开访问",
        "due": DUE.isoformat(),
        "since": RECEIVED.isoformat(),
        "rule": "",
        "provisional": False,
        "findings": ["f-1"],
        "controls": [],
        "expectations": [],
        "measures": "",
    }
    items = [{"id": id_, **item} for id_ in ("1", "2")]
    body = {"received": RECEIVED.isoformat(), "file": {}, "items": items}
    event = OrderEvent("ord-1", 1, OrderAct.ENTER, "", body, RECEIVED + HOUR, "os:1@here")
    return replayed([event])


def said(proof_at):
    return {
        "grounds": [
            {"kind": "measurement", "ref": "f-1", "at": proof_at.isoformat(), "digest": "sha256:0"}
        ]
    }


def moved(order, act, at=RECEIVED + 5 * HOUR, **more):
    return replayed([*order.events, next_event(order, act, at, "os:1@here", **more)])


def closed(order, item="1", at=RECEIVED + 4 * HOUR):
    proof = said(at - HOUR)
    return moved(order, OrderAct.CLOSE_ITEM, at, item=item, body=proof)


def test_no_state_of_an_order_is_a_dead_end():
    for state in OrderState:
        assert any(before is state for before, _ in TABLE), state


def test_no_state_of_an_inspection_is_a_dead_end():
    for state in InspectionState:
        assert any(before is state for before, _ in inspecting.TABLE), state


def test_what_the_table_does_not_hold_is_refused_with_what_is_possible():
    with pytest.raises(ConfigError, match=r"ord-1 is open: return is not possible, only .*submit"):
        moved(entered(), OrderAct.RETURN, body={"because": "x", "items": ["1"]})


def test_a_closed_inspection_takes_no_more_questions():
    opened = inspecting.replayed(
        [InspectionEvent("insp-1", 1, InspectionAct.OPEN, {}, RECEIVED, "os:1@here")]
    )
    ended = inspecting.next_event(opened, InspectionAct.CLOSE, {}, RECEIVED, "os:1@here")
    closed_ = inspecting.replayed([*opened.events, ended])

    with pytest.raises(ConfigError, match="insp-1 is closed: question is not possible"):
        inspecting.next_event(closed_, InspectionAct.QUESTION, {}, RECEIVED, "os:1@here")


@pytest.mark.parametrize("late", [timedelta(), -HOUR])
def test_a_proof_that_is_not_later_than_the_order_closes_nothing(late):
    with pytest.raises(ConfigError, match="nothing measured or attested since"):
        moved(entered(), OrderAct.CLOSE_ITEM, item="1", body=said(RECEIVED + late))


def test_a_proof_of_the_future_closes_nothing():
    with pytest.raises(ConfigError, match="nothing measured or attested since"):
        moved(entered(), OrderAct.CLOSE_ITEM, item="1", body=said(RECEIVED + 6 * HOUR))


def test_a_returned_item_wants_a_proof_that_is_later_than_its_return():
    order = moved(closed(entered()), OrderAct.SUBMIT, body={"items": ["1"]})
    order = moved(order, OrderAct.RETURN, body={"because": "材料不全", "items": ["1"]})

    assert order.state is OrderState.RETURNED
    assert order.item("1").state is ItemState.REOPENED
    with pytest.raises(ConfigError, match="nothing measured or attested since"):
        closed(order)
    later = RECEIVED + 9 * HOUR
    assert closed(order, at=later).item("1").is_closed


def test_only_a_grant_moves_a_deadline():
    until = (DUE + timedelta(days=5)).isoformat()
    asked = moved(entered(), OrderAct.ASK, item="1", body={"until": until, "because": "设备未到货"})

    refused = moved(asked, OrderAct.REFUSE, item="1", body={"word": "不同意"})
    granted = moved(asked, OrderAct.GRANT, item="1", body={"word": "同意", "until": until})

    assert asked.item("1").due == refused.item("1").due == DUE
    assert granted.item("1").due == DUE + timedelta(days=5)
    assert granted.item("2").due == DUE


def test_an_extension_is_answered_once_and_asked_for_a_later_day():
    earlier = {"until": (DUE - HOUR).isoformat(), "because": "x"}
    with pytest.raises(ConfigError, match="ask for a later day"):
        moved(entered(), OrderAct.ASK, item="1", body=earlier)
    with pytest.raises(ConfigError, match="no extension is asked for"):
        moved(entered(), OrderAct.REFUSE, item="1", body={"word": "x"})


ITEM = Item("1", "关闭公开访问", DUE, RECEIVED)
MEASURED = Proof("measurement", "f-1", RECEIVED + HOUR, "sha256:1")
EARLIER = Proof("measurement", "f-1", RECEIVED - HOUR, "sha256:1")
ATTESTED = Proof("attestation", "a-1", RECEIVED + 2 * HOUR, "sha256:2")


@pytest.mark.parametrize(
    ("seen", "attested", "kinds"),
    [
        ([Seen("f-1", is_open=False, proof=MEASURED)], [], ["measurement"]),
        ([], [ATTESTED], ["attestation"]),
        ([Seen("f-1", is_open=False, proof=EARLIER)], [ATTESTED], ["attestation"]),
        (
            [Seen("f-1", is_open=False, proof=MEASURED), Seen("f-2", is_open=False, proof=EARLIER)],
            [ATTESTED],
            ["measurement", "attestation"],
        ),
    ],
)
def test_an_item_is_closed_by_measurements_and_where_there_is_none_by_an_attestation(
    seen, attested, kinds
):
    assert [proof.kind for proof in grounds_of(ITEM, seen, attested)] == kinds


@pytest.mark.parametrize(
    ("seen", "attested", "why"),
    [
        ([Seen("f-1", is_open=True)], [ATTESTED], "f-1 is still open"),
        ([Seen("f-1", is_open=False, proof=EARLIER)], [], "f-1 was not measured after"),
        ([], [], "nothing was shown after"),
        ([], [Proof("attestation", "a-1", RECEIVED, "sha256:2")], "nothing was shown after"),
    ],
)
def test_a_word_an_old_measurement_or_an_open_finding_closes_no_item(seen, attested, why):
    with pytest.raises(ConfigError, match=why):
        grounds_of(ITEM, seen, attested)


STEPS = st.lists(
    st.tuples(st.sampled_from(list(OrderAct)), st.sampled_from(["1", "2"]), st.integers(-3, 3)),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_whatever_happens_an_item_is_never_closed_without_a_later_proof(steps):
    order, at = entered(), RECEIVED + HOUR
    for act, item, shift in steps:
        at += HOUR
        until = (DUE + timedelta(days=30)).isoformat()
        body = {
            "items": [item], "because": "x", "word": "x", "until": until,
            **said(at + shift * HOUR),
        }  # fmt: skip
        whole = act in {
            OrderAct.SUBMIT, OrderAct.RETURN, OrderAct.REPLY, OrderAct.CLOSE, OrderAct.WITHDRAW,
            OrderAct.REOPEN,
        }  # fmt: skip
        try:
            order = moved(order, act, at, item="" if whole else item, body=body)
        except ConfigError:
            continue
        for each in order.items:
            assert each.is_closed == bool(each.grounds)
            assert all(each.since < proof.at <= at for proof in each.grounds)
    assert replayed(order.events) == order
