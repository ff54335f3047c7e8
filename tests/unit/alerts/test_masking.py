"""What may leave the company or the country is a table; detail of weaknesses does not leave."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import openpyxl
import pytest

from fakes.signals import finding
from zicha.alerts.group_message import MOST_IDS, compose_group, compose_reply
from zicha.alerts.masking import Mask
from zicha.alerts.outside_text import outside, without_marks
from zicha.alerts.signals import grouped
from zicha.alerts.storm_sheet import storm_sheet
from zicha.catalog.alert_rules import load_alert_fields
from zicha.catalog.scope_alerts import Alerts
from zicha.model.text import Text

HOSTILE = finding(
    "F-1",
    account="111122223333",
    region="cn-north-1",
    systems=("billing",),
    owners=(Text("王某", "Wang"),),
    subject="bucket-wang\u202e<!channel>",
    observed='=HYPERLINK("http://evil") 10.0.0.7',
)


@pytest.mark.parametrize(
    ("reach", "sees"),
    [
        ("abroad", {"finding", "severity", "state", "check", "due"}),
        ("country", {"account", "system", "owner", "region", "source"}),
        ("company", {"subject"}),
    ],
)
def test_each_reach_sees_its_own_fields_and_those_of_the_wider_ones(reach, sees):
    wider = ["abroad", "country", "company"]

    for n, other in enumerate(wider):
        shown = {f for f in load_alert_fields() if Mask(other).shows(f)}
        assert (sees <= shown) == (n >= wider.index(reach))


@pytest.mark.parametrize("reach", ["abroad", "country", "company"])
def test_undisclosed_detail_never_leaves_by_default(reach):
    (group,) = grouped([HOSTILE])
    mask = Mask(reach)
    said = compose_group("k", group, mask).plain("zh") + compose_reply("k", group, mask, "r").plain(
        "en"
    )
    sheet = openpyxl.load_workbook(BytesIO(storm_sheet([HOSTILE], mask, datetime.now(UTC))))
    cells = str([[c.value for c in row] for row in sheet.active.rows])

    assert "10.0.0.7" not in said + cells
    assert "F-1" in said
    assert "F-1" in cells
    if reach == "abroad":
        for name in ("1111", "billing", "王某", "bucket-", "cn-north"):
            assert name not in said + cells


def test_a_user_widens_a_field_within_its_bound_and_no_further():
    assert Mask("company", {"observed": "company"}).shows("observed")
    assert not Mask("abroad", {"observed": "abroad"}).shows("observed")
    assert not Mask("company").shows("a field that nobody described")
    with pytest.raises(ValueError, match="observed may go no further than company"):
        Alerts(fields={"observed": "abroad"})


def test_a_workbook_holds_no_formula():
    mask = Mask("company", {"observed": "company"})
    sheet = openpyxl.load_workbook(BytesIO(storm_sheet([HOSTILE], mask, datetime.now(UTC))))

    assert {c.data_type for row in sheet.active.rows for c in row if c.value} == {"s"}


def test_what_comes_from_outside_is_one_line_without_direction_marks_or_mentions():
    assert outside("a\u202eb\n<c>\x00" + "x" * 500).startswith("ab <c>x")
    assert len(outside("x" * 500)) == 120
    assert (
        without_marks("<at user_id=all> @all [x](http://y)")
        == "＜at user_id=all＞ ＠all ［x](http：//y)"
    )


@pytest.mark.parametrize(
    ("change", "listed"),
    [
        ("new", "findings list --check aws/buckets#private"),
        ("fixed", "findings list --all --check"),
    ],
)
def test_of_more_than_a_message_names_it_says_where_all_of_them_are(change, listed):
    of = [finding(f"f-{n}", change=change, is_open=change == "new") for n in range(MOST_IDS + 1)]
    (group,), (few,) = grouped(of), grouped(of[:MOST_IDS])

    for lang in ("zh", "en"):
        assert listed in compose_reply("k", group, Mask("abroad"), "r").plain(lang)
        assert "findings list" not in compose_reply("k", few, Mask("abroad"), "r").plain(lang)
    assert ("findings list" in compose_group("k", group, Mask("abroad")).plain("zh")) == (
        change == "new"
    )


def test_an_owner_is_named_in_the_language_of_the_message():
    (group,) = grouped([HOSTILE])
    said = compose_group("k", group, Mask("country"))

    assert "责任人 王某" in said.plain("zh")
    assert "Owner Wang" in said.plain("en")
