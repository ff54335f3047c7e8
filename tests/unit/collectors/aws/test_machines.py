from __future__ import annotations

import json
from datetime import timedelta

import pytest

from fakes.aws import REFUSED, Cut
from fakes.aws_examples import ID, NOW
from fakes.aws_resources import (
    LATELY,
    STRANGER,
    image,
    images,
    instance,
    machines,
    region_settings,
    snapshot,
    snapshots,
    volume,
    volumes,
)
from zicha.collectors.aws.ebs_snapshots import COLLECTOR as SNAPSHOTS
from zicha.collectors.aws.ebs_volumes import COLLECTOR as VOLUMES
from zicha.collectors.aws.ec2_images import COLLECTOR as IMAGES
from zicha.collectors.aws.ec2_instances import COLLECTOR as INSTANCES
from zicha.collectors.aws.ec2_regions import COLLECTOR as REGIONS
from zicha.model.evidence import Answer, Unread
from zicha.model.verdict import Reason


def rows(collector, account):
    return collector.table(collector.fetch(account)).rows


def only(collector, account):
    (row,) = rows(collector, account)
    return row


@pytest.mark.parametrize(
    ("options", "needs"),
    [
        ({"HttpTokens": "required", "HttpEndpoint": "enabled"}, True),
        ({"HttpTokens": "optional", "HttpEndpoint": "enabled"}, False),
        ({"HttpTokens": "optional", "HttpEndpoint": "disabled"}, True),
    ],
)
def test_metadata_asks_for_a_token_or_is_off(options, needs):
    row = only(INSTANCES, machines([instance("a", MetadataOptions=options)], []))

    assert row["metadata_needs_token"] is needs


def test_an_instance_without_metadata_options_is_unread_there_and_nowhere_else():
    one = {k: v for k, v in instance("a").items() if k != "MetadataOptions"}

    row = only(INSTANCES, machines([one], []))

    assert isinstance(row["metadata_needs_token"], Unread)
    assert row["has_role"] is True


HOSTILE = ("=HYPERLINK(1)", "<!channel> *x*", "../../etc", "on: {a}\n- b", "\u202egnp", "名" * 5000)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text_and_changes_nothing_else(name):
    tags = [{"Key": "Name", "Value": name}]
    plain = only(INSTANCES, machines([instance("a")], []))

    row = only(INSTANCES, machines([instance("a", Tags=tags)], []))

    assert json.loads(row["tags"]) == {"Name": name}
    assert {**row, "tags": ""} == {**plain, "tags": ""}


def test_a_hostile_id_names_its_own_row_only():
    listed = [volume(name) for name in HOSTILE]

    found = rows(VOLUMES, volumes(*listed))

    assert [row["volume_id"] for row in found] == list(HOSTILE)
    assert {row["is_encrypted"] for row in found} == {True}


def test_a_second_interface_may_carry_the_public_address_or_the_default_group():
    second = {"Association": {"PublicIp": "203.0.113.9"}, "Groups": [{"GroupName": "default"}]}

    row = only(INSTANCES, machines([instance("a", NetworkInterfaces=[second])], []))

    assert (row["has_public_address"], row["wears_default_group"]) == (True, True)


def test_what_has_ended_has_no_row():
    ended = instance("a", State={"Code": 48, "Name": "terminated"})

    assert rows(INSTANCES, machines([ended], [])) == ()


def test_what_is_not_judged_of_an_instance_is_never_kept():
    told = instance("a", UserData="c2VjcmV0", KeyName="li-laptop")

    kept = [r for r in INSTANCES.fetch(machines([told], [])) if isinstance(r, Answer)]

    said = json.dumps([reply.body for reply in kept], default=str)
    assert "li-laptop" not in said
    assert "c2VjcmV0" not in said


def test_an_image_of_somebody_else_is_not_our_own_unless_the_listing_is_cut():
    account = machines([instance("a", ImageId="ami-other")], [image("a")])
    assert only(INSTANCES, account)["runs_own_image"] is False

    account.answers["describe_images", ""] = Cut({"Images": [image("a")]})

    assert only(INSTANCES, account)["runs_own_image"].reason is Reason.PARTIAL


@pytest.mark.parametrize(
    ("disks", "encrypted"),
    [
        ([{"Ebs": {"Encrypted": True}}], True),
        ([{"Ebs": {"Encrypted": True}}, {"Ebs": {"Encrypted": False}}], False),
        ([{"VirtualName": "ephemeral0"}], True),
    ],
)
def test_an_image_is_encrypted_if_each_disk_in_it_is(disks, encrypted):
    row = only(IMAGES, images(image("a", BlockDeviceMappings=disks)))

    assert row["is_encrypted"] is encrypted


def test_a_disk_that_does_not_say_is_unread_and_an_odd_date_too():
    odd = image("a", BlockDeviceMappings=[{"Ebs": {}}], CreationDate="last spring")

    row = only(IMAGES, images(odd))

    assert isinstance(row["is_encrypted"], Unread)
    assert isinstance(row["made_at"], Unread)


def test_a_volume_lacks_a_copy_since_its_last_snapshot_or_its_making():
    old = snapshot("s", "a", StartTime=NOW - timedelta(days=40))
    pending = snapshot("t", "a", State="pending")

    copied, never = rows(VOLUMES, volumes(volume("a"), volume("b"), copies=[old, pending]))

    assert copied["without_copy_since"] == NOW - timedelta(days=40)
    assert never["without_copy_since"] == never["made_at"]


def test_a_refused_listing_of_snapshots_does_not_hide_what_is_encrypted():
    account = volumes(volume("a", Encrypted=False))
    account.answers["describe_snapshots", ""] = REFUSED

    row = only(VOLUMES, account)

    assert row["is_encrypted"] is False
    assert row["without_copy_since"].permission == "ec2:DescribeSnapshots"


def test_in_a_cut_listing_of_snapshots_a_later_copy_may_be_missing():
    account = volumes(volume("a"))
    account.answers["describe_snapshots", ""] = Cut({"Snapshots": [snapshot("s", "a")]})

    assert only(VOLUMES, account)["without_copy_since"].reason is Reason.PARTIAL


def test_which_snapshots_the_public_may_restore():
    found = rows(SNAPSHOTS, snapshots(snapshot("a"), snapshot("b"), public=("b",)))

    assert [(row["snapshot_id"], row["is_public"], row["made_at"]) for row in found] == [
        ("a", False, LATELY),
        ("b", True, LATELY),
    ]


LENT = (
    ([], False),
    ([{"Group": "all"}], False),  # judged as public
    ([{"UserId": ID}], False),
    ([{"UserId": STRANGER}], True),
    ([{"UserId": ID}, {"UserId": STRANGER}], True),
)


@pytest.mark.parametrize(("to", "lent"), LENT)
def test_a_snapshot_is_lent_to_any_account_but_its_own(to, lent):
    account = snapshots(snapshot("a"))
    account.answers["describe_snapshot_attribute", "a"] = {"CreateVolumePermissions": to}

    assert only(SNAPSHOTS, account)["is_lent"] is lent


@pytest.mark.parametrize(
    ("to", "lent"),
    [
        *LENT,
        ([{"OrganizationArn": "arn:aws:organizations::1:organization/o-1"}], True),
        ([{"OrganizationalUnitArn": "arn:aws:organizations::1:ou/o-1/ou-1"}], True),
    ],
)
def test_an_image_is_lent_to_accounts_and_to_organisations(to, lent):
    account = images(image("a"))
    account.answers["describe_image_attribute", "a"] = {"LaunchPermissions": to}

    assert only(IMAGES, account)["is_lent"] is lent


def test_one_to_whom_it_is_lent_and_who_cannot_be_read_is_no_nobody():
    account = snapshots(snapshot("a"))
    for odd in ({}, {"Somebody": "else"}):
        account.answers["describe_snapshot_attribute", "a"] = {"CreateVolumePermissions": [odd]}

        assert only(SNAPSHOTS, account)["is_lent"].reason is Reason.MALFORMED


def test_a_refused_question_costs_one_snapshot_its_borrowers_and_nothing_else():
    account = snapshots(snapshot("a"), snapshot("b"))
    account.answers["describe_snapshot_attribute", "a"] = REFUSED

    hidden, seen = rows(SNAPSHOTS, account)

    assert hidden["is_lent"].permission == "ec2:DescribeSnapshotAttribute"
    assert (hidden["is_public"], seen["is_lent"]) == (False, False)


def test_a_region_that_does_not_offer_the_block_says_so_and_does_not_fail():
    row = only(REGIONS, region_settings(snapshots_=None, images_=None))

    assert (row["blocks_public_snapshots"], row["blocks_public_images"]) == (None, None)
    assert row["encrypts_new_disks"] is True


def test_a_state_that_nobody_knows_is_unread():
    row = only(REGIONS, region_settings(snapshots_={"State": "block-some"}))

    assert row["blocks_public_snapshots"].reason is Reason.MALFORMED
