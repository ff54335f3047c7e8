"""The user's files: refused in one sentence, or loaded whole."""

from __future__ import annotations

import pytest

from fakes.scopes import ACCOUNT, files, scope, write
from zicha.catalog.roots import project_root
from zicha.catalog.scope import FILES, json_schemas, load_scope
from zicha.model.errors import ConfigError
from zicha.model.outcome import Outcome
from zicha.model.verdict import PASS


def refusal(tmp_path, contents):
    with pytest.raises(ConfigError) as caught:
        load_scope(write(tmp_path, contents))
    return str(caught.value)


def resource(name, source="aws-one", kind="AWS::S3::Bucket", **other):
    where = {"account": ACCOUNT, "region": "cn-north-1"} | other
    return Outcome("e", (ACCOUNT, name), PASS, source=source, subject_type=kind, **where)


def test_the_example_set_loads_and_says_that_it_is_a_demo():
    found = load_scope(project_root() / "include" / "scope" / "example")

    assert found.demo
    assert [system.level for system in found.systems] == [3, 2]
    assert found.registered["demo-register"]


def test_every_file_has_a_published_schema():
    assert json_schemas().keys() >= {"organisation", "systems", "sources", "register"}


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        ("systems", {"entity": "nobody"}, "systems[0].entity: nobody is not declared"),
        ("systems", {"level": "3"}, "systems[0].level"),
        ("systems", {"levle": 3}, "systems[0].levle is not a key"),
        ("systems", {"kinds": []}, "systems[0].kinds"),
        ("systems", {"persons": 5}, "add user_information to holds"),
        ("objects", {"systems": ["portal"]}, "objects[0].systems: portal is not declared"),
        ("objects", {"type": "terminal"}, "not_present[0].type"),
        ("objects", {"selects": [{"source": "nowhere"}]}, "selects[0].source: nowhere"),
        ("objects", {"selects": [{"group": "nobody"}]}, "selects[0].group: nobody"),
        ("objects", {"selects": [{"subject": "x"}]}, "names a source or a host group"),
        (
            "objects",
            {"selects": [{"source": "aws-one", "region": "eu-west-1"}]},
            "selects[0].region: eu-west-1",
        ),
        ("sources", {"regions": ["eu-west-1"]}, "does not lie in the partition"),
        ("sources", {"external_id": "x"}, "external_id is given without a role_arn"),
        ("sources", {"kind": "azure"}, "sources[0]"),
        ("sources", {"id": "host"}, "the id host stands twice"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_file_and_key(tmp_path, file, change, says):
    contents = files()
    contents[file][file][0] |= change

    said = refusal(tmp_path, contents)

    assert f"{file}.yaml" in said
    assert says in said
    assert "\n" not in said


def test_an_attestation_of_an_unknown_kind_is_refused_with_the_closest_one(tmp_path):
    given = {"attestations": [attestation(kind="policy-document")]}

    said = refusal(tmp_path, files() | {"attestations": given})

    assert (
        "attestations[0].kind: policy-document is not declared: there is policy-documents" in said
    )


def test_a_document_that_nobody_would_hash_is_refused(tmp_path):
    one = attestation(document="paper.pdf", digest="sha256:" + "0" * 64)

    said = refusal(tmp_path, files() | {"attestations": {"attestations": [one]}})

    assert "attestations[0].document" in said


def test_a_waiver_takes_two_people(tmp_path):
    one = {
        "id": "w",
        "source": "aws-one",
        "because": {"zh": "a", "en": "a"},
        "expires": "2027-01-01",
    }
    given = {"waivers": [one | {"requester": "A", "approver": "a"}]}

    assert "the same person" in refusal(tmp_path, files() | {"waivers": given})


def test_places_come_with_their_source(tmp_path):
    found = scope(tmp_path)

    assert found.places("aws", ("account",)) == [{"source": "aws-one", "account": ACCOUNT}]
    assert [place["region"] for place in found.places("aws", ("account", "region"))] == [
        "cn-north-1",
        "cn-northwest-1",
    ]
    assert found.places("linux", ("host",)) == [{"source": "host", "host": "host"}]
    with pytest.raises(ConfigError, match="has no region"):
        found.places("linux", ("region",))


def objects_of(found, measured):
    return [o.id for o in found.objects if any(s.takes(measured, found.groups) for s in o.selects)]


def test_a_resource_belongs_to_each_object_that_selects_it(tmp_path):
    found = scope(tmp_path)

    assert objects_of(found, resource("billing-a")) == ["storage", "account"]
    assert objects_of(found, resource("other")) == ["account"]
    assert objects_of(found, resource("root", "host", "linux/account")) == ["hosts"]
    assert objects_of(found, resource("x", "register")) == []


def test_a_tag_selects_what_carries_it(tmp_path):
    contents = files()
    contents["objects"]["objects"][0]["selects"] = [{"source": "aws-one", "tag": {"app": "bill*"}}]
    found = load_scope(write(tmp_path, contents))

    assert objects_of(found, resource("a", tags={"app": "billing"}))[0] == "storage"
    assert objects_of(found, resource("a")) == ["account"]


def test_the_digest_changes_with_any_file(tmp_path):
    one, same = scope(tmp_path / "a"), scope(tmp_path / "b")
    other = scope(tmp_path / "c", organisation={"id": "org", "name": {"zh": "乙", "en": "b"}})

    assert one.digest == same.digest != other.digest


def test_a_register_that_cannot_be_read_is_left_to_its_collector(tmp_path):
    write(tmp_path, {"register": {"attestations": "none"}})

    assert scope(tmp_path).registered == {"register": ()}


def test_an_unknown_system_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(ConfigError, match="no system crm in the scope: there is billing"):
        scope(tmp_path).system("crm")


def attestation(**changed):
    return {
        "id": "a",
        "kind": "policy-documents",
        "system": "billing",
        "statement": "有",
        "author": "甲",
        "dated": "2026-01-01",
        "valid_until": "2026-12-31",
    } | changed


def test_every_file_of_the_scope_has_a_schema_that_refuses_unknown_keys():
    schemas = json_schemas()

    assert {*FILES, "register"} == set(schemas)
    assert all(schema["additionalProperties"] is False for schema in schemas.values())
