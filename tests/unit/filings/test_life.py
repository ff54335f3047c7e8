"""The life of a filing: whatever is tried, only what another person approved is ever sealed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zicha.catalog.roots import default_scope_dir
from zicha.catalog.scope import load_scope
from zicha.catalog.scope_answers import Person
from zicha.duties.time import moment_of
from zicha.filings.approving import Decision, Desk, refusal
from zicha.filings.life import TABLE, decided, drafted, sealed, step
from zicha.model.errors import ConfigError
from zicha.model.filing import ENDED, Filing, FilingAct, FilingState

NOW = moment_of("2026-11-20T10:00+08:00")
SCOPE = load_scope(default_scope_dir())
OWNER = "airflow:demo-security-owner"
OTHER = "airflow:demo-billing-owner"
ACTORS = (OWNER, OTHER, "airflow:demo-auditor", "os:0@here", "slack:U1", "schedule:x")
DIGESTS = ("sha256:a", "sha256:b")
NEW = Filing("fil-1", "o", "miit-insp-annual", "yunqiao", "f", FilingState.OPENED, NOW, "os:0@here")

ACTS = st.one_of(
    st.tuples(st.just("draft"), st.sampled_from(ACTORS), st.sampled_from(DIGESTS), st.booleans()),
    st.tuples(st.just("answer"), st.sampled_from(ACTORS), st.sampled_from(DIGESTS), st.booleans()),
    st.tuples(st.just("seal"), st.sampled_from(ACTORS), st.sampled_from(DIGESTS), st.just(True)),
    st.tuples(
        st.sampled_from(
            [a.value for a in FilingAct if a not in {FilingAct.APPROVE, FilingAct.SEAL}]
        ),
        st.sampled_from(ACTORS),
        st.just("why"),
        st.just(True),
    ),
)


@given(st.lists(ACTS, max_size=25))
def test_nothing_is_sealed_but_what_another_person_approved_of_exactly_these_bytes(acts):
    filing, author, granted = NEW, "", {}
    for what, actor, digest, flag in acts:
        try:
            if what == "draft":
                filing, author = (
                    drafted(filing, digest, blocked=flag, at=NOW, actor=actor).filing,
                    actor,
                )
                granted = {}
            elif what == "answer":
                said = Decision(actor, digest, approves=flag)
                taken = decided(filing, said, Desk(SCOPE, (author,)), NOW)
                filing = taken.filing
                if taken.act is FilingAct.APPROVE:
                    granted = {digest: actor}
            elif what == "seal":
                filing = sealed(filing, digest, NOW, actor).filing
                assert granted == {filing.package: OWNER}
                assert author != OWNER
            else:
                filing = step(filing, FilingAct(what), NOW, actor, digest).filing
        except ConfigError:
            continue


def test_every_state_is_reached_and_only_ended_ones_are_left_for_good():
    reached = set(TABLE.values())
    left = {before for before, _ in TABLE}

    assert reached | {FilingState.OPENED} == set(FilingState)
    assert set(FilingState) - left == ENDED


def test_a_refusal_says_what_is_possible():
    with pytest.raises(ConfigError, match="fil-1 is opened: seal is not possible, only answer"):
        step(NEW, FilingAct.SEAL, NOW, OWNER)


def waiting(**changed):
    return replace(NEW, state=FilingState.AWAITING, package="sha256:a", **changed)


def why(author, approver=OWNER, scope=SCOPE, filing=None):
    said = Decision(approver, "sha256:a", approves=True)
    return refusal(filing or waiting(), said, Desk(scope, (author,)))


def declared(*people):
    held = tuple(Person(id=f"p-{n}", actors=actors) for n, actors in enumerate(people))
    return SCOPE.model_copy(update={"people": held})


def test_one_person_with_two_accounts_is_one_person():
    scope = declared((OWNER, "airflow:second-login", "os:1@here"))

    assert "another person" in why("os:1@here", scope=scope)
    assert "wrote it as" in why("airflow:second-login", scope=scope)


def test_an_author_on_another_channel_counts_only_once_somebody_said_who_that_is():
    assert "nobody declared" in why("os:1@here", scope=declared((OWNER,)))
    assert why("os:1@here", scope=declared((OWNER,), ("os:1@here",))) == ""


def test_what_the_program_alone_laid_out_needs_one_approver():
    assert why("schedule:approve_filing") == ""


def test_a_role_for_one_system_approves_nothing_of_the_whole_entity():
    role = SCOPE.roles[0].model_copy(update={"systems": ("billing",)})
    scope = SCOPE.model_copy(update={"roles": (role,)})

    assert "holds no role" in why(OTHER, scope=scope)
    assert why(OTHER, scope=scope, filing=waiting(of="billing")) == ""
