"""Following an inspection bears a server that is busy for a moment."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from demo import launch_airflow
from demo.launch_airflow import Airflow
from demo.launch_environment import Secrets

SECRETS = Secrets(password="p", jwt="j", session="s", fernet="f")


@contextmanager
def answering(*codes):
    """A server that gives these codes in turn, the last for ever; a token is always given."""
    left, asked = list(codes), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.path == "/auth/token":
                self.answer(201, {"access_token": "t"})
                return
            asked.append(json.loads(body)["dag_run_id"])
            self.answer(left.pop(0) if len(left) > 1 else left[0], {"dag_run_id": asked[-1]})

        def do_GET(self):
            self.answer(200, {"dag_run_id": self.path.rpartition("/")[2]})

        def answer(self, code, said):
            text = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *said):
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    try:
        yield Airflow(server.server_port, SECRETS), asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    monkeypatch.setattr(launch_airflow, "PAUSE_S", 0.01)


def test_a_run_is_asked_for_again_under_the_same_name_after_a_500():
    with answering(500, 500, 200) as (airflow, asked):
        airflow.trigger("collect_evidence", "2026-11-22", {})

    assert len(asked) == 3
    assert len(set(asked)) == 1


def test_a_run_that_was_made_though_its_answer_was_lost_is_followed():
    with answering(500, 409) as (airflow, asked):
        run = airflow.trigger("collect_evidence", "2026-11-22", {})

    assert run["dag_run_id"] == asked[0]


def test_patience_ends(monkeypatch):
    monkeypatch.setattr(launch_airflow, "PATIENCE_S", 0.05)

    with answering(500) as (airflow, _), pytest.raises(OSError, match="500"):
        airflow.trigger("collect_evidence", "2026-11-22", {})
