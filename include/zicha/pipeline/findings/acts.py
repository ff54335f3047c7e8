"""What people do about findings: one act on one finding or on many, checked whole, then written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Connection

from zicha.catalog.roles import load_roles
from zicha.collectors.change.events import COLLECTOR as EVENTS
from zicha.model.errors import ConfigError
from zicha.model.finding import Finding
from zicha.model.finding_life import Act, FindingAct, Life, fits, live
from zicha.pipeline.authority import authorise, second_person
from zicha.pipeline.findings.lists import told_of, worst_first
from zicha.pipeline.findings.lives import Told, day_here
from zicha.pipeline.findings.wanted import Wanted, fitting
from zicha.pipeline.workplace import Workplace
from zicha.storage import finding_acts, findings, ledger, ledgered_findings

Row = dict[str, Any]
Treatment = Literal["accept", "mitigate", "transfer", "avoid"]
RESIDUAL = ("high", "medium", "low")
LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Step:
    """One act that somebody means to do about one finding."""

    one: Told
    act: Act
    body: Mapping[str, Any]


def chosen(place: Workplace, ids: Sequence[str], wanted: Wanted | None = None) -> list[Told]:
    """The findings of these ids (their beginnings will do), or the open ones that fit a filter.

    Raises:
        ConfigError: an id is unknown or meant several, a word of the filter is; or neither ids nor
            a filter were given.
    """
    wanted = wanted or Wanted()
    if bool(ids) == (not wanted.is_empty):
        raise ConfigError("say which findings: give ids, or a filter such as --severity, not both")
    with place.database.read() as connection:
        every = findings.listed(connection)
    if ids:
        named = {each.id: each for each in (_begun(every, id_) for id_ in ids)}
        return told_of(place, list(named.values()))
    listed = worst_first(each for each in every if each.is_open)
    return fitting(place, wanted, told_of(place, listed))


def act_on(
    place: Workplace,
    steps: Sequence[Step],
    actor: str,
    *,
    dry_run: bool = False,
    skips: bool = False,
) -> list[Row]:
    """Do these acts, all or none; with `skips`, those that do not fit are told and left out.

    Raises:
        ConfigError: the actor may not, the words are wrong, or an act does not fit.
    """
    for step in steps:
        authorise(place, actor, step.act.value, step.one.finding.id, step.one.systems)
        _decides_as_another(place, step, actor)
    bodies = [checked(step.act, step.body, step.one.finding, day_here(place)) for step in steps]
    if dry_run:
        with place.database.read() as connection:
            return [
                _row(place, connection, step, actor=actor, body=None, skips=skips) for step in steps
            ]
    with place.database.write() as connection:
        return [
            _row(place, connection, step, actor=actor, body=body, skips=skips)
            for step, body in zip(steps, bodies, strict=True)
        ]


def checked(act: Act, body: Mapping[str, Any], finding: Finding, day: date) -> Row:
    """The words of an act, held against what it needs.

    Raises:
        ConfigError: one is missing or wrong.
    """
    _speaks_of_an_act(act, finding)
    found = {name: value for name, value in body.items() if value not in {"", None}}
    for name in ("because", "owner", "note"):
        if len(str(found.get(name, ""))) > LONGEST_TEXT:
            raise ConfigError(f"{name} is longer than {LONGEST_TEXT} characters: shorten it")
    for name in _NEEDS.get(act, ()):
        if not str(found.get(name, "")).strip():
            raise ConfigError(f"{act.value} needs {name}: give --{name.replace('_', '-')}")
    if act is Act.ASSIGN and "due" in found:
        due = _on_or_after(day, found["due"], "--due")
        if finding.due is not None and due > finding.due:
            raise ConfigError(
                f"{finding.id} is due on {finding.due} and --due {due} lies later: name an earlier "
                "day, or ask for a waiver"
            )
    if act is Act.TREAT:
        _one_of("--treatment", found["treatment"], get_args(Treatment))
        _one_of("--residual", found["residual"], RESIDUAL)
        _on_or_after(day, found["review_on"], "--review-on")
    if act is Act.CLAIM_FALSE:
        until = _on_or_after(day, found["until"], "--until")
        longest = load_roles().longest.false_positive
        if until > day + timedelta(days=longest):
            raise ConfigError(f"--until {until} is more than {longest} days away: name an earlier")
    return {name: str(value) for name, value in found.items()}


_NEEDS: Mapping[Act, tuple[str, ...]] = {
    Act.ASSIGN: ("owner",),
    Act.NOTE: ("note",),
    Act.REVIEW: ("because",),
    Act.TREAT: ("treatment", "residual", "review_on", "because"),
    Act.CLAIM_FALSE: ("because", "until"),
}


def _row(
    place: Workplace,
    connection: Connection,
    step: Step,
    *,
    actor: str,
    body: Row | None,
    skips: bool,
) -> Row:
    """Do one step, or with no body only say what it would do."""
    finding = findings.get(connection, step.one.finding.id)
    acts = finding_acts.acts_of_findings(connection, finding.id)[finding.id]
    before = _life(place, step.one, finding, acts)
    is_repeat = _is_repeat(step, acts)
    why = "" if is_repeat else fits(before, step.act)
    if why and not skips:
        raise ConfigError(f"{finding.id}: {why}: see `zicha findings show {finding.id}`")
    after = before
    if not why and not is_repeat and body is not None:
        row = finding_acts.append(
            connection,
            finding_acts.FINDING,
            finding.id,
            step.act.value,
            body={**body, "spell": finding.times_opened},
            at=place.clock(),
            actor=actor,
        )
        by = ledger.person_id(connection, actor)
        draft = ledgered_findings.of_act(finding_acts.FINDING, row, by)
        ledger.append(connection, [draft], row["at"])
        acts = finding_acts.acts_of_findings(connection, finding.id)[finding.id]
        after = _life(place, step.one, finding, acts)
    return {
        "finding": finding.id,
        "act": step.act.value,
        "before": before.standing.value,
        "after": after.standing.value,
        "done": not why and body is not None,
        "fits": not why,
        "why_not": why or None,
        "subject": finding.subject_id,
    }


def _is_repeat(step: Step, acts: Sequence[FindingAct]) -> bool:
    """Whether the press of a button that this step comes from did it already."""
    press = step.body.get("press", "")
    return bool(press) and any(act.body.get("press") == press for act in acts)


def _life(place: Workplace, one: Told, finding: Finding, acts: Sequence[FindingAct]) -> Life:
    return live(finding, acts, day_here(place), is_waived=bool(one.waivers))


def _decides_as_another(place: Workplace, step: Step, actor: str) -> None:
    claim = step.one.life.claim
    if step.act is Act.CONFIRM_FALSE and claim is not None:
        second_person(place, actor, claim.actor, step.act.value, step.one.finding.id)


def _speaks_of_an_act(act: Act, finding: Finding) -> None:
    if act is Act.REVIEW and finding.suite != EVENTS.id:
        raise ConfigError(
            f"{finding.id} tells of a state, not of an act: mend it, and a measurement closes it"
        )


def _begun(every: Sequence[Finding], id_: str) -> Finding:
    exact = [each for each in every if each.id == id_]
    begun = exact or [each for each in every if id_ and each.id.startswith(id_)]
    if not begun:
        raise ConfigError(f"no finding has the id {id_}: choose one of `zicha findings`")
    if len(begun) > 1:
        raise ConfigError(f"{len(begun)} findings begin with {id_}: give more of the id")
    return begun[0]


def _on_or_after(day: date, said: object, option: str) -> date:
    try:
        found = date.fromisoformat(str(said))
    except ValueError as error:
        raise ConfigError(f"{option} {said} is no date: write it as 2026-12-31") from error
    if found < day:
        raise ConfigError(f"{option} {found} has passed: name a day from {day} on")
    return found


def _one_of(option: str, said: object, known: Sequence[str]) -> None:
    if said not in known:
        raise ConfigError(f"{option} {said}: give one of {', '.join(known)}")
