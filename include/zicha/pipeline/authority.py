"""Who may do what: every act is held against the roles, and what is refused goes on record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from zicha.catalog.roles import load_roles, refusal, same_person
from zicha.model.errors import ConfigError
from zicha.pipeline.workplace import Workplace
from zicha.storage import finding_acts, ledger, ledgered_findings

LONGEST_NAME = 200
MOST_REFUSED = 100
"""Refusals of one actor written down within an hour; more would be a way to fill a disk."""
HOUR = timedelta(hours=1)


def authorise(
    place: Workplace, actor: str, act: str, about: str, systems: Collection[str] = ()
) -> None:
    """Let an actor do this, or record that it was refused.

    Raises:
        ConfigError: the actor's roles, or its channel, do not suffice.
    """
    if why := refusal(place.scope, actor, load_roles().act(act), systems):
        refused(place, actor, act, about, why)


def authorise_in_part(
    place: Workplace, actor: str, act: str, about: str, systems: Collection[str]
) -> None:
    """Let an actor do this who may for one of the systems at least, or record that it was refused.

    Raises:
        ConfigError: the actor's roles suffice for none of them.
    """
    each: list[list[str]] = [[], *([one] for one in systems)]
    whys = [refusal(place.scope, actor, load_roles().act(act), of) for of in each]
    if all(whys):
        refused(place, actor, act, about, whys[0])


def second_person(place: Workplace, actor: str, first: str, act: str, about: str) -> None:
    """Make sure that whoever decides is not whoever asked.

    Raises:
        ConfigError: they are one person, or nobody declared that they are two.
    """
    if why := same_person(place.scope, actor, first):
        refused(place, actor, act, about, why)


def refused(place: Workplace, actor: str, act: str, about: str, why: str) -> None:
    """Record a refusal, and say it.

    Raises:
        ConfigError: always.
    """
    record_refusal(place, actor, act, about, why)
    raise ConfigError(why)


def record_refusal(place: Workplace, actor: str, act: str, about: str, why: str) -> None:
    """Write down, once for all to see, who was refused what and why."""
    with place.database.write() as connection:
        since = place.clock() - HOUR
        if finding_acts.counted(connection, finding_acts.REFUSED, actor, since) >= MOST_REFUSED:
            return
        row = finding_acts.append(
            connection,
            finding_acts.REFUSED,
            about[:LONGEST_NAME],
            act,
            body={"because": why},
            at=place.clock(),
            actor=actor,
        )
        by = ledger.person_id(connection, actor)
        draft = ledgered_findings.of_act(finding_acts.REFUSED, row, by)
        ledger.append(connection, [draft], row["at"])
