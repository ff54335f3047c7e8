"""Commands of the outbox, and the worker that hears Slack's buttons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zicha.cli.output import Format, Shape, say, show_rows
from zicha.cli.place import here
from zicha.model.errors import ConfigError

COLUMNS = ["state", "key", "recipient", "op", "attempts", "changed_at", "error"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    alerts = typer.Typer(no_args_is_help=True, help="告警发件箱 / the outbox of alerts")
    alerts.command("list")(listed)
    alerts.command("show")(show)
    alerts.command("send")(send)
    alerts.command("digest")(digest)
    alerts.command("retry")(retry)
    alerts.command("give-up")(give_up)
    alerts.command("presses")(pressed)
    app.add_typer(alerts, name="alerts")
    app.command("slack-worker")(worker)


def listed(
    state: Annotated[
        str, typer.Option("--state", help="new, sending, sent, maybe-sent, dead")
    ] = "",
    form: Shape = Format.TABLE,
) -> None:
    """发件箱 / what is to be said, and whether it left; what was sent only when asked for."""
    from zicha.pipeline.alerts.desk import outbox_rows

    show_rows(outbox_rows(here(), state), COLUMNS, form)


def show(key: Annotated[str, typer.Argument(help="of `zicha alerts list`")]) -> None:
    """一条消息的全文 / the whole of one message, as its destination may see it."""
    from zicha.pipeline.alerts.desk import whole_message

    for lang in ("zh", "en"):
        say(whole_message(here(), key).plain(lang))


def send(form: Shape = Format.TABLE) -> None:
    """补发到期的消息 / send what is due: retries, what quiet hours held back, health, old gaps."""
    import time

    from zicha.pipeline.alerts.desk import look_and_send

    show_rows(look_and_send(here(), time.sleep), ["state", "key", "error"], form)


def digest() -> None:
    """每日摘要 / send the digest of the day, once."""
    from zicha.pipeline.alerts.desk import announce_digest

    told = announce_digest(here())
    say(f"{told['state']}: {told['to']}")


def retry(
    key: Annotated[str, typer.Argument(help="of `zicha alerts list --state dead`")] = "",
    every: Annotated[bool, typer.Option("--all", help="全部 / every dead message")] = False,
) -> None:
    """重发 / bring a dead message back, and send it; or all of them."""
    from zicha.pipeline.alerts.desk import revive, revive_all

    if bool(key) == every:
        raise ConfigError("give the key of one dead message, or --all")
    if every:
        show_rows(revive_all(here()), ["state", "key", "error"], Format.TABLE)
    else:
        say(revive(here(), key))


def give_up(key: Annotated[str, typer.Argument(help="of `zicha alerts list`")]) -> None:
    """放弃 / give a message up: it stays in the list as dead."""
    from zicha.pipeline.alerts.desk import bury

    say(bury(here(), key))


def pressed(form: Shape = Format.TABLE) -> None:
    """按钮记录 / which buttons were pressed, by whom, and what was refused."""
    from zicha.pipeline.alerts.desk import press_rows

    columns = ["at", "actor", "act", "outcome", "because", "about"]
    show_rows(press_rows(here()), columns, form)


def worker(
    alive: Annotated[
        Path | None, typer.Option("--alive", help="a file touched while the socket is open")
    ] = None,
) -> None:
    """接收 Slack 按钮 / hear Slack's buttons over its Socket Mode, until it is stopped."""
    from zicha.pipeline.alerts.slack_worker import listen

    listen(here(), ready=lambda: say("listening; stop with Ctrl-C"), alive=alive)
