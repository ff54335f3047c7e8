"""Every file of ours has a JSON Schema that refuses what its loader refuses."""

import json

from zicha.catalog.schemas import schemas


def test_catalogue_suite_and_scope_files_all_have_a_schema():
    found = schemas()

    assert {"catalog/framework", "catalog/controls", "suite", "scope/systems"} <= found.keys()
    assert json.loads(json.dumps(found)) == found


def test_a_schema_allows_no_other_key():
    for name, schema in schemas().items():
        assert schema["additionalProperties"] is False, name
        for inner in schema.get("$defs", {}).values():
            assert inner.get("type") != "object" or inner["additionalProperties"] is False


def test_a_text_takes_both_languages():
    says = schemas()["catalog/framework"]["$defs"]["Item"]["properties"]["says"]

    assert sorted(says["required"]) == ["en", "zh"]
