"""Who answers for a system: one name in the books, each reader's own language on the page."""

from __future__ import annotations

from copy import deepcopy

import pytest

from fakes.scopes import files, write
from zicha.catalog.owners import one_name, owner_text, owners_named
from zicha.catalog.scope import load_scope
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.pipeline.runs.claimed import owners_of_sources

BOTH = {"zh": "计费运维组", "en": "Billing operations"}
WEB = {"zh": "门户运维组", "en": "Portal operations"}


def owned(*owners, **other):
    contents = files() | other
    (system,) = contents["systems"]["systems"]
    contents["systems"]["systems"] = [
        deepcopy(system) | {"id": f"s-{n}" if n else system["id"], "owner": deepcopy(owner)}
        for n, owner in enumerate(owners)
    ]
    for object_ in contents["objects"]["objects"]:
        object_["systems"] = [each["id"] for each in contents["systems"]["systems"]]
    return contents


def test_an_owner_of_two_languages_has_one_name_in_the_books_and_is_told_in_each(tmp_path):
    scope = load_scope(write(tmp_path, owned(BOTH)))

    assert owners_of_sources(scope)["aws-one"] == BOTH["zh"]
    assert owner_text(scope, BOTH["zh"]) == Text(**BOTH)


def test_a_source_of_several_systems_is_answered_for_by_each_owner_once(tmp_path):
    scope = load_scope(write(tmp_path, owned(BOTH, WEB, BOTH)))
    name = owners_of_sources(scope)["aws-one"]

    assert owners_named(scope, name) == (Text(**BOTH), Text(**WEB))
    assert owner_text(scope, name).en == "Billing operations, Portal operations"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("计费; Billing", (Text("计费; Billing", "计费; Billing"),)),
        (" ops ", (Text("ops", "ops"),)),
        ("", ()),
    ],
    ids=["with our separator inside", "with spaces around", "nobody"],
)
def test_an_owner_of_one_text_is_still_read_and_stands_in_both(tmp_path, written, told):
    scope = load_scope(write(tmp_path, owned(written)))

    assert owners_named(scope, one_name([scope.systems[0].owner])) == told


def test_whom_the_scope_does_not_know_is_told_as_written_and_a_role_by_its_title(tmp_path):
    role = {"id": "security-owner", "title": {"zh": "安全负责人", "en": "Head of security"}}
    scope = load_scope(write(tmp_path, owned(BOTH, roles={"roles": [role]})))

    assert owner_text(scope, "slack:U1") == Text("slack:U1", "slack:U1")
    assert owner_text(scope, f"{BOTH['zh']}; li").en == f"{BOTH['zh']}; li"
    assert owner_text(scope, "security-owner") == Text("安全负责人", "Head of security")


ALERTS = {
    "destinations": [{"id": "team", "kind": "console", "credential": "X"}],
    "team": "team",
    "routes": [{"to": ["team"], "owners": ["计费运维组 Billing operations"]}],
}


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (owned({"zh": "甲"}), "systems[0].owner: must hold zh and en"),
        (owned({"zh": "甲", "en": " "}), "systems[0].owner: en is empty"),
        (owned(7), "systems[0].owner: must hold zh and en"),
        (owned(BOTH, BOTH | {"en": "Billing"}), "systems[1].owner.en: 计费运维组 is Billing op"),
        (
            owned(BOTH, alerts=ALERTS),
            "routes[0].owners: 计费运维组 Billing operations",
        ),
    ],
    ids=["no English", "empty English", "no text", "two names in English", "a route to nobody"],
)
def test_an_owner_that_would_be_told_wrongly_is_refused(tmp_path, contents, says):
    with pytest.raises(ConfigError) as caught:
        load_scope(write(tmp_path, contents))

    assert says in str(caught.value)
