"""An incident that is opened starts a run by itself, and its own limit alerts through Airflow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fakes.slack_server import OK, fake_slack
from fakes.whole_airflow import whole_airflow
from zicha.pipeline.incidents.use_cases import incident_document, open_incident
from zicha.pipeline.workplace import open_workplace

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(900)]

LIMIT = "inc-cac-general"
TOKEN = "xoxb-canary-77c2"
FACTS = """
system: billing
who: {{cii: false}}
discovered_at: "{at}"
complete: true
facts: {{leak: [confirmed], leaked_persons: 1200000}}
"""


def said_of(slack):
    return [str(post.get("text", "")) + str(post.get("blocks", "")) for post in slack.posted]


def test_an_opened_incident_starts_its_run_and_alerts_at_its_own_moment(tmp_path):
    data = {"ZICHA_DATA": str(tmp_path / "data")}
    with fake_slack(OK) as slack:
        more = data | {
            "ZICHA_SLACK_CHANNEL": "team",
            "ZICHA_SLACK_URL": slack.url,
        }
        with whole_airflow(tmp_path / "airflow", more) as airflow:
            wanted = {"follow_incident", "sweep_incidents"}
            airflow.wait_for(lambda: wanted <= airflow.dags(), "the DAGs are read")
            # Only as a connection: whoever tells must be allowed to read it.
            secret = ("--conn-type", "generic", "--conn-password", TOKEN)
            airflow.command("connections", "add", "slack", *secret)
            airflow.command("dags", "unpause", "sweep_incidents", "--yes")
            # Four hours after the discovery are over in a minute and a half.
            found_at = datetime.now(UTC) - timedelta(hours=4) + timedelta(seconds=90)
            facts = tmp_path / "facts.yaml"
            facts.write_text(FACTS.format(at=found_at.isoformat()), encoding="utf-8")
            place = open_workplace(data)
            incident = open_incident(place, facts, "os:1@here")["incident"]

            airflow.wait_for(
                lambda: airflow.rows("SELECT 1 FROM dag_run WHERE dag_id = 'follow_incident'"),
                "a run follows the incident",
            )
            # From here on nothing but Airflow's deadline can tell.
            airflow.command("dags", "pause", "sweep_incidents", "--yes")
            limit = found_at + timedelta(hours=4)
            assert datetime.now(UTC) < limit, "this machine was too slow to show anything"
            line = f"{LIMIT} {limit.astimezone(place.zone):%Y-%m-%d %H:%M}"
            late = airflow.wait_for(
                lambda: [s for s in said_of(slack) if line in s.partition("Due soon")[0]
                         and line in s.partition("Late")[2]],
                "the limit is told as late",
            )  # fmt: skip
            airflow.wait_for(
                lambda: airflow.rows(
                    "SELECT 1 FROM deadline d JOIN callback c ON c.id = d.callback_id "
                    "WHERE d.missed AND c.state = 'success' "
                    f"AND abs(strftime('%s', d.deadline_time) - {limit.timestamp():.0f}) < 2"
                ),
                "Airflow's own deadline called us",
            )

    names = airflow.rows("SELECT run_id, conf FROM dag_run WHERE dag_id = 'follow_incident'")
    assert all(name.startswith(f"{incident}__") for name, _ in names)
    assert len(late) == 1
    assert {token.partition(" ")[2] for token in slack.tokens} == {TOKEN}
    assert "billing" not in str(slack.posted)
    owed = {o["obligation"]: o["state"] for o in incident_document(place, incident)["obligations"]}
    assert owed[f"{LIMIT}:yunqiao:{incident}"] == "overdue"
    place.database.close()
