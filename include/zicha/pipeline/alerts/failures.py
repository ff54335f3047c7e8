"""Telling of a failed task, past our own books when these cannot be opened (decision 0035)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from zicha.alerts.health_message import compose_shut
from zicha.alerts.message import Delivered
from zicha.alerts.outside_text import outside
from zicha.catalog.scope import Scope, load_scope
from zicha.catalog.scope_alerts import Alerts
from zicha.duties.time import ZONE
from zicha.model.errors import ConfigError
from zicha.pipeline.alerts.destinations import channel_by, health_in
from zicha.pipeline.alerts.health import LONGEST_LINE, enter_line
from zicha.pipeline.alerts.kept_failures import kept_failures
from zicha.pipeline.alerts.outbox import push
from zicha.pipeline.workplace import Settings, Workplace, data_folder, scope_folder, utc_now
from zicha.sources.credentials import Credentials
from zicha.storage.messages import MAYBE_SENT, PATIENCE, SENT


def tell_failed(
    opened: Callable[[], Workplace],
    environ: Mapping[str, str],
    credentials: Credentials,
    line: str,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Tell the health channel through the outbox; without one, straight, once a day.

    Raises:
        DeliveryError: the channel surely did not take it; it is kept, and told later.
        OSError: the folder takes no file either; the channel was tried all the same.
    """
    try:
        place = opened()
        key = enter_line(place, line)
    except Exception as error:  # noqa: BLE001 - whatever it is, the failure must still be told
        _tell_straight(environ, credentials, line, type(error).__name__, clock())
        return
    if key:
        push(place, key, PATIENCE)


def _tell_straight(
    environ: Mapping[str, str], credentials: Credentials, line: str, kind: str, now: datetime
) -> None:
    settings, scope = Settings.of(environ), _scope(environ)
    health = health_in(scope.alerts if scope else Alerts(), settings)
    if health is None:
        return
    day, said = now.astimezone(ZONE).date().isoformat(), outside(line, LONGEST_LINE)

    def send(*, kept: bool) -> str:
        demo = scope is not None and scope.demo
        message = compose_shut(f"health-shut-{day}", said, kind, kept=kept, demo=demo)
        done = channel_by(health, settings, credentials).send(message)
        return SENT if isinstance(done, Delivered) else MAYBE_SENT

    folder = _folder(environ, scope)
    if folder is None:
        send(kept=False)
        return
    try:
        with kept_failures(folder) as kept:
            kept.fail(now, said)
            if day not in kept.told:
                kept.tell(day, send(kept=True))
    except OSError:
        # Nothing remembers that it was told: better once too often.
        send(kept=False)
        raise


def _scope(environ: Mapping[str, str]) -> Scope | None:
    """The scope, unless that is what is wrong."""
    try:
        return load_scope(scope_folder(environ))
    except ConfigError:
        return None


def _folder(environ: Mapping[str, str], scope: Scope | None) -> Path | None:
    """The data folder, as far as it is known; it is not made here."""
    if scope is None and not environ.get("ZICHA_DATA"):
        return None
    folder = (
        Path(environ["ZICHA_DATA"]).expanduser() if scope is None else data_folder(environ, scope)
    )
    return folder if folder.is_dir() else None
