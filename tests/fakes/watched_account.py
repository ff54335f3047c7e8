"""A watched account: Airflow with the dispatcher, a queue, a Slack stand-in, and who was told what."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fakes.changes import Cloud, cloud, opened_group, workplace
from fakes.slack_server import FakeSlack, fake_slack
from fakes.whole_airflow import ROOT, WholeAirflow, whole_airflow
from zicha.alerts.change_message import REPEAT
from zicha.alerts.message import DOUBLE
from zicha.model.finding import Finding
from zicha.pipeline import close_collection, collect, judge, plan_collection
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, notices

DAG = "watch_changes"
ID = re.compile(r"f-[0-9a-f]{12}")
LISTED = re.compile(r"zicha findings list --check ([\w/#-]+)")


def _listed(text: str, key: str, known: Iterable[Finding]) -> set[Finding]:
    """What a run's message leaves to a command or a workbook: all of a check, all of a storm."""
    checks, storm = set(LISTED.findall(text)), key.startswith("storm-")
    of_run = (one for one in known if one.run in key)
    return {one for one in of_run if storm or f"{one.suite}#{one.expectation}" in checks}


@dataclass
class Watched:
    """What a bench or a test does to it, and sees."""

    cloud: Cloud
    slack: FakeSlack
    airflow: WholeAirflow
    place: Workplace
    sent: dict[str, float] = field(default_factory=dict)

    def change(self, group: str) -> None:
        """Open a group to the world and put the notice on the queue."""
        self.cloud.open(group)
        self.sent[group] = time.time()
        self.cloud.send(opened_group(group))

    def findings(self) -> dict[str, Finding]:
        """Every finding, by its id."""
        with self.place.database.read() as connection:
            return {one.id: one for one in findings.listed(connection)}

    def told(self) -> dict[str, list[tuple[float, bool]]]:
        """When each changed group was first told of; and each repeat, and whether it says so.

        Several threads may tell of one change; only the same message again is a repeat. An edit
        tells nothing new. A message that names some of many tells of all that its command lists.
        """
        known, seen = self.findings(), set[tuple[str, str]]()
        found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        heard = zip(self.slack.arrived, self.slack.methods, self.slack.posted, strict=False)
        for at, method, body in list(heard):
            if method != "chat.postMessage":
                continue
            text = json.dumps(body, ensure_ascii=False)
            key = str(body["metadata"]["event_payload"]["key"])
            marked = any(said in text for said in (REPEAT.en.strip(), REPEAT.zh, DOUBLE.zh))
            named = {known[id_] for id_ in ID.findall(text) if id_ in known}
            told_of = named | _listed(text, key, known.values())
            for group in {one.subject_id for one in told_of} & self.sent.keys():
                if not found[group] or (group, key) in seen:
                    found[group].append((at, marked))
                seen.add((group, key))
        return found

    def waiting(self) -> int:
        """Messages of the inbox that are not done."""
        with self.place.database.read() as connection:
            counted = notices.counts(connection)
        return sum(counted.get(state, 0) for state in notices.OPEN)

    def kill(self, part: str) -> None:
        """End a part of Airflow at once, with everything it started."""
        self.airflow.kill(part)


@contextmanager
def watched(folder: Path, groups: int, **more: str) -> Iterator[tuple[Watched, list[str]]]:
    """Closed groups of an account that was inspected once; Airflow watches its queue."""
    with cloud() as account, fake_slack() as slack, workplace(account, folder) as place:
        made = [account.group(f"group-{n}") for n in range(groups)]
        _inspect(place)
        dags = folder / "dags"
        dags.mkdir()
        shutil.copy(ROOT / "dags" / f"{DAG}.py", dags)
        environ = account.environ(folder) | {
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__EXECUTOR": "zicha_airflow.executor.PreloadedLocalExecutor",
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "ZICHA_SLACK_CHANNEL": "C1",
            "ZICHA_SLACK_URL": slack.url,
            "ZICHA_CREDENTIAL_SLACK": "xoxb-test",
            "GX_ANALYTICS_ENABLED": "false",
            **more,
        }
        with whole_airflow(folder / "airflow", environ) as airflow:
            airflow.wait_for(lambda: DAG in airflow.dags(), "the dispatcher is read")
            airflow.command("dags", "unpause", DAG)
            yield Watched(account, slack, airflow, place), made


def _inspect(place: Workplace) -> None:
    day = place.today()
    for batch in plan_collection(place, day):
        collect(place, batch)
    close_collection(place, day)
    judge(place, day)
