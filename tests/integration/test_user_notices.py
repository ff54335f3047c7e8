"""After a notice about an IAM user that user alone is asked, and no older report undoes it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fakes.changes import NOW, changed_user, cloud, workplace
from zicha.pipeline import close_collection, collect, judge, plan_collection
from zicha.pipeline.events.dispatching import follow
from zicha.pipeline.events.receiving import drain
from zicha.pipeline.findings.lists import finding_rows
from zicha.storage import outcomes

SECOND_FACTOR = "aws/iam_users#console-users-have-second-factor"


def inspected(place):
    day = place.today()
    for batch in plan_collection(place, day, again=True):
        collect(place, batch)
    close_collection(place, day)
    judge(place, day)


@pytest.fixture
def here(tmp_path):
    """An account that was inspected once: its two users each have a second factor."""
    with cloud() as found, workplace(found, tmp_path) as place:
        found.li, found.wang = found.user("li"), found.user("wang")
        inspected(place)
        yield found, place


def followed(place):
    drain(place)
    return follow(place)


def rows_of(cloud, place, *, every=False):
    """The findings of the users made here, and of acts: the server keeps other tests' users too."""
    rows = finding_rows(place, every=every)
    return [
        row | {"subject": row["subject"].split("/")[-1]}
        for row in rows
        if not row["expectation"].startswith("aws/iam_users")
        or row["subject"].split("/")[-1] in cloud.users
    ]


def of_users(cloud, place, *, every=False):
    """Each finding of a user, and how it stands."""
    return {
        (row["expectation"], row["subject"]): row["state"]
        for row in rows_of(cloud, place, every=every)
        if row["expectation"].startswith("aws/iam_users")
    }


def of_acts(cloud, place):
    rows = rows_of(cloud, place)
    return [row["state"] for row in rows if "second-factor" in row["expectation"]]


def current(place, user):
    with place.database.read() as connection:
        found = outcomes.standing(connection, suite="aws/iam_users")
    return {one.outcome.expectation: one.outcome for one in found if one.outcome.subject_id == user}


def test_a_second_factor_taken_away_is_found_with_few_calls_and_touches_nothing_else(here):
    cloud, place = here
    before = current(place, cloud.li)
    cloud.unbind(cloud.li)
    cloud.send(changed_user("DeactivateMFADevice", cloud.li))

    (done,) = followed(place)

    # Who one is, four questions about a user without keys, two about the account.
    assert done["calls"] <= 8
    assert of_users(cloud, place) == {(SECOND_FACTOR, cloud.li): "open"}
    assert done["left_to_daily_run"] == ["aws/iam_users"]
    now = current(place, cloud.li)
    assert now["console-users-have-second-factor"].verdict.status.value == "fail"
    # When the password was set only the report tells: it stands as the report had it.
    assert now["passwords-are-rotated"] == before["passwords-are-rotated"]
    assert now["passwords-are-rotated"].verdict.status.value == "pass"


def test_a_report_made_before_the_look_neither_closes_what_it_found_nor_takes_it_away(
    here, monkeypatch
):
    cloud, place = here
    with_factor = _report(cloud)
    cloud.unbind(cloud.li)
    new = cloud.user("new", second_factor=False)
    cloud.send(changed_user("DeactivateMFADevice", cloud.li))
    cloud.send(changed_user("CreateLoginProfile", new))
    followed(place)
    found = of_users(cloud, place)
    assert found == dict.fromkeys([(SECOND_FACTOR, cloud.li), (SECOND_FACTOR, new)], "open")

    _hand_out(monkeypatch, with_factor, made=NOW - timedelta(hours=3))
    inspected(place)

    assert of_users(cloud, place) == found
    now = current(place, cloud.li)["console-users-have-second-factor"]
    assert now.verdict.status.value == "fail"
    assert current(place, new)


def test_a_report_made_after_the_look_speaks_again(here, monkeypatch):
    cloud, place = here
    with_factor = _report(cloud)
    cloud.unbind(cloud.li)
    cloud.send(changed_user("DeactivateMFADevice", cloud.li))
    followed(place)

    _hand_out(monkeypatch, with_factor, made=NOW + timedelta(days=1))
    inspected(place)

    assert of_users(cloud, place, every=True) == {(SECOND_FACTOR, cloud.li): "closed-passed"}


def test_a_second_factor_bound_again_closes_the_finding_and_that_of_the_act(here):
    cloud, place = here
    cloud.unbind(cloud.li)
    cloud.send(changed_user("DeactivateMFADevice", cloud.li))
    followed(place)
    assert of_acts(cloud, place) == ["open", "open"]

    cloud.bind(cloud.li)
    cloud.send(changed_user("EnableMFADevice", cloud.li))
    followed(place)

    assert of_acts(cloud, place) == []


def test_a_deleted_user_is_gone_and_the_other_is_not(here):
    cloud, place = here
    for user in (cloud.li, cloud.wang):
        cloud.unbind(user)
        cloud.send(changed_user("DeactivateMFADevice", user))
    followed(place)
    iam = cloud.client("iam")
    iam.delete_login_profile(UserName=cloud.li)
    iam.delete_user(UserName=cloud.li)
    cloud.send(changed_user("DeleteUser", cloud.li))

    followed(place)

    assert of_users(cloud, place, every=True) == {
        (SECOND_FACTOR, cloud.li): "closed-gone",
        (SECOND_FACTOR, cloud.wang): "open",
    }
    assert not current(place, cloud.li)


def _report(cloud):
    iam = cloud.client("iam")
    iam.generate_credential_report()
    return iam.get_credential_report()["Content"].decode()


def _hand_out(monkeypatch, content, made):
    """Let the server hand out a report that it made at another time."""
    from moto.core.responses import ActionResult
    from moto.iam.responses import IamResponse

    said = {"Content": content, "ReportFormat": "text/csv", "GeneratedTime": made}
    monkeypatch.setattr(IamResponse, "get_credential_report", lambda _: ActionResult(said))
