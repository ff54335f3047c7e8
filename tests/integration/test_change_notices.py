"""From a notice on the queue to an alert: the subject alone is asked, judged and told of."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fakes.changes import changed_bucket, cloud, opened_group, trail, workplace
from zicha.model.errors import ConfigError, DeliveryError, UnreachableError
from zicha.model.finding_life import Act
from zicha.pipeline import close_collection, collect, judge, plan_collection
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.events.checks import notice_checks
from zicha.pipeline.events.dispatching import follow
from zicha.pipeline.events.receiving import drain, enter
from zicha.pipeline.findings.acts import Step, act_on, chosen
from zicha.pipeline.findings.lists import finding_rows
from zicha.storage import messages, notices, runs


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """An account whose whole scope was inspected once, with one group open and one not."""
    folder = tmp_path_factory.mktemp("changes")
    with cloud() as found, workplace(found, folder) as place:
        found.standing = found.group("open-before", is_open=True)
        found.quiet = found.group("quiet")
        found.kept = found.bucket("zicha-kept")
        day = place.today()
        for batch in plan_collection(place, day):
            collect(place, batch)
        close_collection(place, day)
        judge(place, day)
        yield found, place


def followed(place):
    drain(place)
    return follow(place)


def open_on(place, subject):
    return {row["id"] for row in finding_rows(place) if row["subject"].endswith(subject)}


def open_acts(place):
    """The findings of acts that stand open as measured."""
    rows = finding_rows(place)
    return {r["id"] for r in rows if "change/events" in r["expectation"]}


def _is_of_ports(row):
    return row["expectation"].endswith(("-is-closed", "-are-closed", "-is-open"))


def steps(place, id_, **body):
    return [Step(one, Act.REVIEW, body) for one in chosen(place, [id_])]


def everything(place):
    return {row["id"] for row in finding_rows(place)}


def test_an_opened_group_is_found_with_three_calls_and_nothing_else_is_touched(here):
    cloud, place = here
    before = everything(place)
    cloud.open(cloud.quiet)
    cloud.send(opened_group(cloud.quiet))

    (done,) = followed(place)

    assert done["calls"] <= 3
    assert done["told"]["state"] == "sent"
    new = everything(place) - before
    assert new
    told_of = {row["id"] for row in finding_rows(place) if "change/events" in row["expectation"]}
    assert new - told_of <= open_on(place, cloud.quiet)
    assert len(new & told_of) == 1
    assert before <= everything(place)
    assert cloud.left() == 0


def test_a_closed_group_closes_its_finding_that_of_the_act_and_no_other(here):
    cloud, place = here
    (act,) = open_acts(place)
    others = everything(place) - open_on(place, cloud.quiet) - {act}
    was = open_on(place, cloud.quiet)
    cloud.close(cloud.quiet)
    cloud.send(trail("RevokeSecurityGroupIngress", {"groupId": cloud.quiet}))

    followed(place)

    assert open_on(place, cloud.quiet) < was
    assert others <= everything(place)
    assert not open_acts(place)
    (row,) = [row for row in finding_rows(place, every=True) if row["id"] == act]
    assert row["state"] == "closed-passed"
    assert row["observed"].startswith("mended: aws/security_groups#")


def test_an_act_that_is_told_again_after_it_was_mended_opens_nothing(here):
    cloud, place = here
    group = cloud.group("told-twice", is_open=True)
    body = opened_group(group)
    cloud.send(body)
    followed(place)
    cloud.close(group)
    cloud.send(trail("RevokeSecurityGroupIngress", {"groupId": group}))
    followed(place)
    assert not open_acts(place)

    cloud.send(body)
    followed(place)

    assert not open_acts(place)


def test_an_act_that_nothing_can_undo_stays_open_until_a_person_reviews_it(here):
    cloud, place = here
    who = {"userIdentity": {"type": "Root"}}
    cloud.send(trail("RunInstances", {}, **who))
    followed(place)
    (used,) = open_acts(place)
    quick = {"eventSource": "signin.amazonaws.com", **who}
    cloud.send(trail("ConsoleLogin", {}, errorCode="x", **quick))
    followed(place)
    assert open_acts(place) == {used}

    (step,) = act_on(place, steps(place, used, because="drill of 22 November"), place.actor)

    assert (step["before"], step["after"]) == ("open", "reviewed")
    (row,) = [row for row in finding_rows(place) if row["id"] == used]
    assert (row["state"], row["measured"], row["due"]) == ("reviewed", "open", None)


def test_a_review_needs_a_reason_and_an_act(here):
    cloud, place = here
    cloud.send(trail("RunInstances", {}, userIdentity={"type": "Root"}))
    followed(place)
    (used, *_) = sorted(open_acts(place))
    state = next(row["id"] for row in finding_rows(place) if row["id"] not in open_acts(place))

    with pytest.raises(ConfigError, match="needs because"):
        act_on(place, steps(place, used), place.actor)
    with pytest.raises(ConfigError, match="tells of a state"):
        act_on(place, steps(place, state, because="x"), place.actor)


def test_a_deleted_group_is_gone_and_the_others_are_not(here):
    cloud, place = here
    gone = cloud.group("to-delete", is_open=True)
    cloud.send(opened_group(gone))
    followed(place)
    assert open_on(place, gone)
    others = everything(place) - open_on(place, gone) - open_acts(place)
    cloud.client("ec2").delete_security_group(GroupId=gone)
    cloud.send(trail("DeleteSecurityGroup", {"groupId": gone}))

    followed(place)

    assert not open_on(place, gone)
    assert others == everything(place) - open_acts(place)


def test_a_notice_of_the_wrong_region_or_account_closes_nothing(here):
    cloud, place = here
    before = everything(place)
    closed = ("RevokeSecurityGroupIngress", {"groupId": cloud.standing})
    cloud.send(trail(*closed, awsRegion="us-east-1"))
    cloud.send(trail(*closed, recipientAccountId="999999999999"))

    assert followed(place) == []

    assert everything(place) == before
    with place.database.read() as connection:
        assert notices.counts(connection)["outside"] == 2


def test_a_bucket_takes_thirteen_calls(here):
    cloud, place = here
    cloud.send(changed_bucket(cloud.kept))

    (done,) = followed(place)

    assert 9 < done["calls"] <= 13
    assert done["outcomes"]["unknown"] == 0


def test_a_storm_on_one_group_is_one_run_of_three_calls(here):
    cloud, place = here
    for _ in range(30):
        cloud.send(opened_group(cloud.standing))

    (done,) = followed(place)

    assert (done["notices"], done["calls"]) == (30, 3)


def test_what_changed_nothing_is_not_told(here):
    cloud, place = here
    cloud.send(trail("AuthorizeSecurityGroupEgress", {"groupId": cloud.standing}))

    (done,) = followed(place)

    assert done["told"]["state"] == "nothing-new"


def test_an_event_that_is_evidence_by_itself_is_judged_once_however_often_it_is_told(here):
    cloud, place = here
    stopped = trail("StopLogging", {"name": "t"}, eventSource="cloudtrail.amazonaws.com")
    cloud.send(stopped)
    cloud.send(stopped)

    (done,) = followed(place)
    cloud.send(stopped)
    followed(place)

    # Who one is, and the region's trails: this one is not among them.
    assert done["calls"] <= 2
    found = [r for r in finding_rows(place) if "recording-was-not-stopped" in r["expectation"]]
    assert len(found) == 1


def test_an_opening_told_after_its_closing_opens_the_act_and_no_state(here):
    cloud, place = here
    group, before = cloud.group("late-told"), open_acts(place)
    cloud.send(trail("RevokeSecurityGroupIngress", {"groupId": group}))
    followed(place)
    cloud.send(opened_group(group, eventTime="2026-11-22T01:00:00Z"))

    followed(place)

    told = {row["id"] for row in finding_rows(place) if row["subject"].endswith(group)}
    opened = {row["id"] for row in finding_rows(place) if row["id"] in told and _is_of_ports(row)}
    assert not opened
    assert len(open_acts(place) - before) == 1
    (said,) = [c.detail for c in notice_checks(place) if c.name == "change notices"]
    assert "1 out of order" in said


def test_messages_as_huge_as_a_queue_takes_are_followed_as_any(here):
    cloud, place = here
    group = cloud.group("huge", is_open=True)
    rule = {"ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}, "pad": "x" * 255 * 1024}
    body = trail("AuthorizeSecurityGroupIngress", {"groupId": group, "ipPermissions": rule})
    enter(place, [("huge", body), ("above", "{" + " " * 2_000_000 + "}")])

    (done,) = follow(place)

    assert done["notices"] == 1
    assert open_on(place, group)
    (said,) = [c.detail for c in notice_checks(place) if c.name == "unreadable notices"]
    assert "larger-than-a-message-may-be (1)" in said


def test_what_is_asked_as_a_whole_takes_its_few_calls_and_touches_nothing_else(here):
    cloud, place = here
    before = everything(place)
    wide = {"policyDocument": '{"Statement": {"Effect": "Allow", "Action": "s3:GetObject"}}'}
    cloud.send(trail("PutRolePolicy", wide | {"roleName": "x"}, eventSource="iam.amazonaws.com"))

    (done,) = followed(place)

    assert done["calls"] == 2
    assert before <= everything(place)


def test_what_could_not_be_asked_as_a_whole_is_unknown_and_closes_nothing(here, monkeypatch):
    cloud, place = here
    before = everything(place)

    def closed(*_):
        raise UnreachableError("nobody answers: look at the network")

    monkeypatch.setattr("zicha.pipeline.events.narrow_runs.opened", closed)
    cloud.send(trail("ReplaceIamInstanceProfileAssociation", {}))

    (done,) = followed(place)

    assert done["outcomes"]["unknown"] > 0
    assert done["outcomes"]["pass"] == done["outcomes"]["fail"] == 0
    assert everything(place) == before


def test_what_cannot_be_read_is_counted_and_moved_and_what_nobody_knows_is_counted(here):
    cloud, place = here
    beside = replace(place, settings=replace(place.settings, event_dead_queue=cloud.dead))
    huge = trail("BrandNewCall", {"x": "y" * 250 * 1024})
    for body in ("not json", "[" * 50_000, trail("BrandNewCall", {}), huge):
        cloud.send(body)

    assert followed(beside) == []

    said = cloud.client("sqs").receive_message(QueueUrl=cloud.dead, MaxNumberOfMessages=10)
    assert len(said["Messages"]) == 2
    checks = {check.name: check for check in notice_checks(place)}
    assert not checks["unreadable notices"].ok
    assert "nested-too-deep (1), not-json (1)" in checks["unreadable notices"].detail
    assert "BrandNewCall (2)" in checks["unknown notices"].detail
    assert cloud.left() == 0


def test_a_source_of_our_own_that_changed_is_read_as_a_whole(here):
    _, place = here
    said = {"id": "cmdb-1", "detail-type": "zicha.source-changed", "detail": {"source": "aws-one"}}
    enter(place, [("pushed:cmdb-1", json.dumps(said))])
    (done,) = follow(place)

    assert done["outcomes"]["pass"] > 0


def test_the_days_own_run_stays_the_newest_inspection(here):
    _, place = here
    with place.database.read() as connection:
        newest = runs.latest(connection)

    assert newest.trigger != "event"


def test_a_run_that_died_before_telling_is_taken_up_and_told_once(here, monkeypatch):
    cloud, place = here
    group = cloud.group("dies", is_open=True)
    cloud.send(opened_group(group))
    drain(place)

    def dies(*_, **__):
        raise DeliveryError("nobody listens: try again")

    with monkeypatch.context() as patch:
        patch.setattr("zicha.pipeline.events.dispatching.announce_change", dies)
        with pytest.raises(DeliveryError):
            follow(place)
    assert len(open_on(place, group)) > 0

    (done,) = follow(place)

    assert done["told"]["state"] == "sent"
    assert follow(place) == []


def test_an_alert_that_was_being_sent_when_its_sender_died_says_that_it_may_repeat(here):
    cloud, place = here
    group = cloud.group("half-sent", is_open=True)
    cloud.send(opened_group(group))
    drain(place)

    def dies(name, **_):
        if name == "message-claimed":
            raise InterruptedError

    heard = place.progress.step
    place.progress.step = dies
    with pytest.raises(InterruptedError):
        follow(place)
    place.progress.step = heard

    (done,) = follow(place)

    with place.database.read() as connection:
        told = messages.get(connection, f"run-{done['run']}:console")
    assert (told.state, told.attempts) == ("sent", 2)


def test_the_ledger_vouches_for_all_of_it(here):
    _, place = here

    assert verify(place)["faults"] == []
