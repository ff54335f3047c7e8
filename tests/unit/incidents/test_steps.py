"""The table of an incident's states, and how what is learned later joins what was known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zicha.duties.time import moment_of
from zicha.incidents.merging import merged
from zicha.model.errors import ConfigError
from zicha.model.incident import TABLE, Incident, IncidentAct, IncidentState, step

NOW = moment_of("2026-11-21T05:00+08:00")


@pytest.mark.parametrize("state", IncidentState)
@pytest.mark.parametrize("what", IncidentAct)
def test_only_the_table_says_what_may_follow_what(state, what):
    incident = Incident("inc-1", state, NOW, "os:1@here")
    if (state, what) in TABLE:
        assert step(incident, what, NOW, "os:1@here").incident.state is TABLE[state, what]
    else:
        with pytest.raises(ConfigError, match="is not possible"):
            step(incident, what, NOW, "os:1@here")


SAID = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 9),
    st.text(max_size=3),
    st.lists(st.sampled_from(["unknown", "intrusion", "fault"]), max_size=2),
)
PART = st.dictionaries(st.sampled_from("abc"), SAID)
FACTS = st.fixed_dictionaries(
    {}, optional={"facts": PART, "report": PART, "system": st.sampled_from([None, "x"])}
)


def known(facts):
    return {
        (part, name)
        for part in ("facts", "report")
        for name, said in facts.get(part, {}).items()
        if said is not None
        and not (isinstance(said, str) and not said.strip())
        and not (isinstance(said, list) and "unknown" in said)
    }


@settings(max_examples=200)
@given(st.lists(FACTS, max_size=4))
def test_updates_never_lose_a_known_fact_and_the_later_one_stands(updates):
    whole = {}
    for each in updates:
        before, whole = whole, merged(whole, each)
        assert known(before) | known(each) == known(whole)
        for part, name in known(each):
            assert whole[part][name] == each[part][name]
        assert merged(whole, each) == whole
