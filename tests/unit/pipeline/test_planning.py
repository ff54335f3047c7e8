"""One inspection a day, of today, in a workplace that holds one organisation's data."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from fakes.databases import fake_server
from integration.one_day import DAY, EXAMPLE, NOON, Steps, workplace
from zicha.collectors import collectors
from zicha.custody.pack import unpack
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.model.evidence import Answer
from zicha.model.verdict import Reason
from zicha.pipeline import close_collection, collect, judge, open_workplace, plan_collection
from zicha.pipeline.workplace import MARKER, checked_day
from zicha.sources.database_recorded import record
from zicha.storage import evidence


def closed(folder, now=NOON, **options):
    place = workplace(folder, Steps(), now)
    batches = plan_collection(place, place.today(), sources=["demo-register"], **options)
    for batch in batches:
        collect(place, batch)
    return place, batches, close_collection(place, place.today())


def test_a_day_is_the_organisations_and_not_utcs(tmp_path):
    late = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)

    assert workplace(tmp_path, Steps(), late).today() == "2026-11-22"


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-23"])
def test_state_is_not_collected_for_another_day(tmp_path, day):
    with pytest.raises(ConfigError, match=DAY):
        plan_collection(workplace(tmp_path, Steps()), day)


@pytest.mark.parametrize("day", ["", "today", "2026-13-01", "20261122", "../x"])
def test_what_is_no_date_is_refused(day):
    with pytest.raises(ConfigError, match="YYYY-MM-DD"):
        checked_day(day)


def test_a_day_that_was_collected_gives_no_batches(tmp_path):
    closed(tmp_path)

    assert plan_collection(workplace(tmp_path, Steps()), DAY) == []


def test_asking_again_gives_a_run_of_its_own(tmp_path):
    _, _, first = closed(tmp_path)

    _, batches, second = closed(tmp_path, again=True)

    assert batches
    assert (first, second) == ("2026-11-22-001", "2026-11-22-002")


def test_a_run_that_was_begun_is_taken_up_and_not_doubled(tmp_path):
    place = workplace(tmp_path, Steps())
    begun = plan_collection(place, DAY, sources=["demo-register"])

    assert plan_collection(place, DAY) == begun


def test_nothing_is_judged_before_its_collection_is_closed(tmp_path):
    place = workplace(tmp_path, Steps())
    plan_collection(place, DAY, sources=["demo-register"])

    with pytest.raises(MissingEvidenceError, match="zicha collect"):
        judge(place, DAY)


def test_a_batch_that_crashed_is_unknown_and_says_why(tmp_path):
    place = workplace(tmp_path, Steps())
    plan_collection(place, DAY, sources=["demo-register"])
    close_collection(place, DAY)

    counted = judge(place, DAY)["outcomes"]

    assert counted["pass"] == counted["fail"] == 0
    assert counted["unknown"] > 0


def test_the_manifest_lists_what_was_sealed_and_with_which_rules(tmp_path):
    place, _, run = closed(tmp_path)
    from zicha.storage import runs

    with place.database.read() as connection:
        sealed = runs.kept(connection, run, "manifest")
    said = json.loads(place.store.get(sealed[""].digest))

    assert [entry["table"] for entry in said["evidence"]] == ["register/attestations"]
    assert "register/attestations.yaml" in said["suites"]
    assert said["batches"] == {"demo-register": "sealed"}


def test_a_folder_of_real_data_takes_no_demo(tmp_path):
    (tmp_path / MARKER).write_text('{"organisation": "operator", "demo": false}')

    with pytest.raises(ConfigError, match="never mixed"):
        open_workplace({"ZICHA_DATA": str(tmp_path), "ZICHA_SCOPE": str(EXAMPLE)})


def test_a_damaged_marker_is_named(tmp_path):
    (tmp_path / MARKER).write_text("{")

    with pytest.raises(ConfigError, match=MARKER):
        open_workplace({"ZICHA_DATA": str(tmp_path), "ZICHA_SCOPE": str(EXAMPLE)})


def test_the_next_day_is_collected_anew_and_nothing_is_stale(tmp_path):
    place, _, _ = closed(tmp_path)
    judge(place, DAY)
    later, _, _ = closed(tmp_path, NOON + timedelta(days=1))

    assert judge(later, "2026-11-23")["outcomes"]["unknown"] == 0


def test_an_answer_that_cannot_be_written_down_costs_its_own_table_only(tmp_path):
    asked = [c for c in collectors().values() if c.source == "postgresql"]
    server, _ = fake_server([{"name": "app"}])
    told = record(server, asked, NOON)
    odd = {reply["sql"] for reply in tape_of("postgresql/roles")}
    for reply in told["replies"]:
        reply["rows"] = [{"role": float("nan")}] if reply["sql"] in odd else []
    scope = tmp_path / "scope"
    shutil.copytree(EXAMPLE, scope)
    (scope / "pg.json").write_text(json.dumps(told))
    with (scope / "sources.yaml").open("a") as sources:
        sources.write(
            "\n  - {id: pg, kind: postgresql, name: {zh: 库, en: db}, file: pg.json, recorded: true}\n"
        )
    place = open_workplace(
        {"ZICHA_DATA": str(tmp_path / "data"), "ZICHA_SCOPE": str(scope)}, clock=lambda: NOON
    )

    for batch in plan_collection(place, DAY, sources=["pg"]):
        collect(place, batch)

    with place.database.read() as connection:
        sealed = {each.table_id: each for each in evidence.of_run(connection, f"{DAY}-001", "pg")}
    _, (gap,) = unpack(place.store.get(sealed["postgresql/roles"].pack_digest))
    assert gap.reason is Reason.MALFORMED
    _, replies = unpack(place.store.get(sealed["postgresql/databases"].pack_digest))
    assert {type(reply) for reply in replies} == {Answer}


def tape_of(collector):
    server, _ = fake_server([])
    return record(server, [collectors()[collector]], NOON)["replies"]
