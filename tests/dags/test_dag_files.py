"""The DAG files: read once in a fresh interpreter, then asked for what we rely on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "dags").glob("*.py"))
HEAVY = (
    "boto3",
    "great_expectations",
    "pandas",
    "slack_sdk",
    "duckdb",
    "pyarrow",
    "zicha.pipeline",
)

LOOK = f"""
import json, sys
from airflow.dag_processing.dagbag import DagBag
before = set(sys.modules)
bag = DagBag({str(ROOT / "dags")!r}, collect_dags=True)
loaded = sorted(set({HEAVY!r}) & (set(sys.modules) - before))
def task(t):
    policy = getattr(t, "retry_policy", None)
    return {{
        "id": t.task_id, "retries": t.retries, "pool": t.pool, "rule": t.trigger_rule.value,
        "outlets": [o.name for o in t.outlets], "owner": t.owner, "doc": t.doc_md,
        "limit_s": t.execution_timeout.total_seconds() if t.execution_timeout else None,
        "mapped": t.is_mapped, "upstream": sorted(t.upstream_task_ids),
        "rules": [[str(r.exception), r.action.value] for r in policy.rules] if policy else [],
        "callbacks": bool(getattr(t, "on_failure_callback", None)
            or t.partial_kwargs.get("on_failure_callback")),
    }}
def dag(d):
    from airflow.sdk import PartitionedAssetTimetable
    schedule = d.schedule
    return {{
        "tags": sorted(d.tags), "doc": d.doc_md, "most_runs": d.max_active_runs,
        "catchup": d.catchup, "schedule": type(schedule).__name__,
        "assets": [schedule.asset_condition.name]
            if isinstance(schedule, PartitionedAssetTimetable) else [],
        "mapper": type(getattr(schedule, "default_partition_mapper", None)).__name__,
        "cron": str(getattr(schedule, "expression", "")), "key": getattr(schedule, "key_format", ""),
        "zone": str(getattr(schedule, "timezone", "")),
        "params": {{k: d.params.get_param(k).schema for k in d.params}},
        "deadlines": [type(alert.reference).__name__ for alert in d.deadline or []],
        "start": d.start_date, "paused": d.is_paused_upon_creation, "tasks": {{t.task_id: task(t) for t in d.tasks}},
    }}
print()
print(json.dumps({{"errors": bag.import_errors, "loaded": loaded,
    "dags": {{k: dag(v) for k, v in bag.dags.items()}}}}, default=str))
"""


WRITTEN_DOWN = """
import json
from airflow.serialization.decoders import decode_timetable
from airflow.serialization.encoders import encode_timetable
from zicha_airflow.working_days import EachWorkingDay
kept = json.loads(json.dumps(encode_timetable(EachWorkingDay("09:00"))))
back = decode_timetable(kept)
print()
print(json.dumps({"type": kept["__type"], "var": kept["__var"],
    "same": type(back) is EachWorkingDay, "summary": back.summary}))
"""


@pytest.fixture(scope="module")
def seen(run_python):
    return run_python(LOOK)


def tasks(seen):
    return [task for dag in seen["dags"].values() for task in dag["tasks"].values()]


def test_every_file_is_read_without_an_error(seen):
    assert seen["errors"] == {}
    assert sorted(seen["dags"]) == sorted(path.stem for path in FILES)


def test_reading_the_files_loads_nothing_heavy(seen):
    assert seen["loaded"] == []


def test_every_dag_is_tagged_explained_in_both_languages_and_runs_once_at_a_time(seen):
    for name, dag in seen["dags"].items():
        assert "zicha" in dag["tags"]
        assert "**中文**" in dag["doc"]
        assert "**English**" in dag["doc"]
        # A run waits for people: each open incident, and each filing, has one of its own.
        waits = name in {"follow_incident", "approve_filing"}
        assert dag["most_runs"] == (64 if waits else 1)
        assert dag["catchup"] is False


def test_every_task_is_owned_explained_bounded_and_reports_its_failure(seen):
    for task in tasks(seen):
        assert task["owner"] == "security"
        assert task["doc"]
        # How long a person takes is bounded by the duty, not by us.
        assert task["id"] == "ask" or 0 < task["limit_s"] <= 3600
        assert task["callbacks"]


def test_only_crashes_and_a_busy_store_are_tried_again_and_few_times(seen):
    for task in tasks(seen):
        assert task["retries"] == 2
        assert task["rules"] == [
            ["zicha.model.errors.StoreUnavailableError", "default"],
            ["zicha.model.errors.ZichaError", "fail"],
        ]


def test_the_evidence_day_is_the_partition_key_from_collection_to_report(seen):
    dags = seen["dags"]

    assert dags["collect_evidence"]["schedule"] == "CronPartitionTimetable"
    assert dags["collect_evidence"]["cron"] == "0 2 * * *"
    assert dags["collect_evidence"]["zone"] == "Asia/Shanghai"
    assert dags["collect_evidence"]["key"] == "%Y-%m-%d"
    for name in ("judge_evidence", "report_findings"):
        assert dags[name]["schedule"] == "PartitionedAssetTimetable"
        assert dags[name]["mapper"] == "IdentityMapper"


def test_everything_is_verified_each_morning_even_when_the_ledger_refuses_to_be_signed(seen):
    found = seen["dags"]["verify_evidence"]

    assert (found["cron"], found["zone"]) == ("0 6 * * *", "Asia/Shanghai")
    assert found["start"] is None
    assert found["tasks"]["verify"]["upstream"] == ["beat"]
    assert found["tasks"]["verify"]["rule"] == "all_done"


def test_each_asset_has_one_producer_that_is_not_mapped_and_one_consumer(seen):
    producers = {name: t["id"] for t in tasks(seen) for name in t["outlets"]}
    mapped = [t["id"] for t in tasks(seen) if t["outlets"] and t["mapped"]]
    consumers = [asset for dag in seen["dags"].values() for asset in dag["assets"]]

    assert producers == {"closed-collection": "close_collection", "judged-evidence": "judge"}
    assert mapped == []
    assert sorted(consumers) == ["closed-collection", "judged-evidence"]


def test_collecting_is_mapped_in_its_pool_and_closed_whatever_happened(seen):
    found = seen["dags"]["collect_evidence"]["tasks"]

    assert found["collect"]["mapped"]
    assert found["collect"]["pool"] == "collect"
    assert found["close_collection"]["rule"] == "all_done"
    assert found["close_collection"]["upstream"] == ["collect", "plan"]


def test_parameters_have_a_schema(seen):
    params = seen["dags"]["collect_evidence"]["params"]

    assert params["again"]["type"] == "boolean"
    assert params["sources"]["type"] == "array"
    assert params["sources"]["items"]["type"] == "string"


def test_unpausing_starts_no_interval_that_is_long_over(seen):
    assert seen["dags"]["collect_evidence"]["start"] is None


def test_duties_are_watched_every_calendar_day_and_only_once_somebody_wants_it(seen):
    watched = seen["dags"]["watch_duties"]

    assert (watched["cron"], watched["zone"]) == ("0 8 * * *", "Asia/Shanghai")
    assert watched["key"] == "%Y-%m-%d"
    assert watched["start"] is None
    assert watched["paused"] is True
    assert watched["tasks"]["announce"]["upstream"] == ["watch"]


def test_risk_reports_follow_the_date_alone_and_only_once_somebody_wants_them(seen):
    found = seen["dags"]["report_risks"]

    assert (found["cron"], found["zone"]) == ("0 7 * * *", "Asia/Shanghai")
    assert found["schedule"] == "CronPartitionTimetable"
    assert found["key"] == "%Y-%m-%d"
    assert found["start"] is None
    assert found["paused"] is True


def test_filings_are_prepared_after_the_duties_were_watched_and_only_once_somebody_wants_it(seen):
    found = seen["dags"]["prepare_filings"]

    assert (found["cron"], found["zone"], found["key"]) == (
        "30 8 * * *",
        "Asia/Shanghai",
        "%Y-%m-%d",
    )
    assert found["paused"] is True
    assert found["tasks"]["start_approval"]["upstream"] == ["open_filings"]


def test_an_answer_is_recorded_before_anything_is_sealed(seen):
    tasks_ = seen["dags"]["approve_filing"]["tasks"]

    assert seen["dags"]["approve_filing"]["schedule"] == "NoneType"
    assert tasks_["ask"]["upstream"] == ["prepare"]
    assert "ask" in tasks_["record"]["upstream"]
    assert tasks_["is_approved"]["upstream"] == ["record"]
    assert "is_approved" in tasks_["seal"]["upstream"]
    assert tasks_["ask_again"]["upstream"] == ["next_runs"]


def test_each_moment_of_an_incident_is_a_deadline_of_its_run_and_nothing_else_has_any(seen):
    deadlines = {name: dag["deadlines"] for name, dag in seen["dags"].items() if dag["deadlines"]}

    assert deadlines == {"follow_incident": ["IncidentMoment"] * 32}


def test_the_sweep_waits_for_somebody_and_what_it_starts_does_not(seen):
    sweep, follow = seen["dags"]["sweep_incidents"], seen["dags"]["follow_incident"]

    assert sweep["schedule"] == "AssetOrTimeSchedule"
    assert (sweep["paused"], follow["paused"]) == (True, False)
    assert sweep["tasks"]["alert"]["rule"] == "all_done"


def test_airflow_writes_the_working_days_down_and_reads_them_back(run_python):
    found = run_python(WRITTEN_DOWN)

    assert found["type"] == "zicha_airflow.working_days.EachWorkingDay"
    assert found["var"] == {"at": "09:00"}
    assert found["same"]
    assert "每个工作日 09:00" in found["summary"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_dag_reads_the_day_in_utc(path):
    source = path.read_text(encoding="utf-8")
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    arguments = {node.arg for node in ast.walk(ast.parse(source)) if isinstance(node, ast.arg)}

    assert not (names | arguments) & {"ds", "ds_nodash", "logical_date", "data_interval_start"}
    assert "{{ ds" not in source


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_dag_and_function_bear_the_same_name(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))

    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]

    assert functions == [path.stem]
