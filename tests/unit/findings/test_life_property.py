"""Random histories of runs, scopes, gaps, waivers and states against a small model of the rules.

The model knows no code of the product: it keeps, for each subject, what was really seen of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from zicha.findings.life import Measurement, advance
from zicha.findings.waivers import Borne, WaiverState, covering
from zicha.model.finding import Finding, Listing, Listings, State
from zicha.model.finding_life import Act, FindingAct, Standing, fits, live
from zicha.model.outcome import Outcome
from zicha.model.text import Text
from zicha.model.verdict import FAIL, PASS, Reason, Severity, unknown

START = datetime(2026, 11, 21, 2, tzinfo=UTC)
PLACES = ("north", "south")
SUBJECTS = ("a", "b")
SAID = {"owner": "li", "because": "b", "until": "2026-11-28", "note": "n", "treatment": "accept"}
WORDS = {"fail": FAIL, "pass": PASS, "unknown": unknown(Reason.REFUSED)}


@dataclass(frozen=True)
class Run:
    """One run: which places it asked, how each listing ended, and what it saw in each."""

    day: int
    asked: dict[str, bool]
    seen: dict[tuple[str, str], str]


@dataclass(frozen=True)
class Word:
    """What a person says about a subject on a day."""

    day: int
    place: str
    subject: str
    act: Act


@dataclass
class Model:
    """The rules in a few lines: whether a subject's fault stands, and why it may have closed."""

    stands: dict[tuple[str, str], bool] = field(default_factory=dict)

    def run(self, run: Run) -> None:
        for key, word in run.seen.items():
            if word == "fail":
                self.stands[key] = True
            elif word == "pass" and key in self.stands:
                self.stands[key] = False
        for place, is_complete in run.asked.items():
            for key in [k for k in self.stands if k[0] == place]:
                # Only a listing that reached its end says that something is no longer there.
                if is_complete and key not in run.seen:
                    self.stands[key] = False


def seen_in(places):
    keys = [(place, subject) for place in places for subject in SUBJECTS]
    words = st.sampled_from(["fail", "fail", "pass", "unknown", "absent"])
    return st.fixed_dictionaries(dict.fromkeys(keys, words)).map(
        lambda found: {key: word for key, word in found.items() if word != "absent"}
    )


@st.composite
def runs(draw):
    asked = draw(st.dictionaries(st.sampled_from(PLACES), st.booleans(), max_size=2))
    return asked, draw(seen_in(sorted(asked)))


words = st.tuples(st.sampled_from(PLACES), st.sampled_from(SUBJECTS), st.sampled_from(list(Act)))
steps = st.lists(st.one_of(runs(), words), min_size=1, max_size=14)
waivers = st.lists(
    st.tuples(st.sampled_from(["a", "b", "*"]), st.sampled_from(list(WaiverState)), st.just("p")),
    max_size=3,
)


def waiver(n, subject, state):
    why = Text("b", "b")
    day = date(2026, 12, 1)
    return Borne(f"w-{n}", "product", state, "s/t", "", "", subject, "", why, "x", "y", day)


def measured(findings, run):
    moment = START + timedelta(days=run.day)
    terms = {Severity.CRITICAL: 5}
    by = Measurement(f"run-{run.day:03d}", moment.date(), moment, "acme", terms, {"src": "ops"})
    outcomes = [
        Outcome("e", ("1", name), WORDS[word], "s/t", "src", "1", place, measured_at=moment)
        for (place, name), word in run.seen.items()
    ]
    listings = [
        Listing(
            *("s/t", "src", "1", place, is_complete),
            frozenset(("1", name) for where, name in run.seen if where == place),
        )
        for place, is_complete in run.asked.items()
    ]
    return advance(findings.values(), outcomes, Listings(listings), by)


def key_of(finding: Finding) -> tuple[str, str]:
    return finding.region, finding.subject_id


@settings(max_examples=300, deadline=None)
@given(steps, waivers)
def test_no_history_closes_a_finding_without_a_later_pass_or_a_complete_listing(history, borne):
    model, findings, acts, held = Model(), {}, {}, []
    held = [waiver(n, subject, state) for n, (subject, state, _) in enumerate(borne)]

    for day, step in enumerate(history):
        if len(step) == 2:
            # A subject has one place: the identity does not hold the region.
            asked = step[0]
            seen = {k: w for k, w in step[1].items() if (k[1] == "a") == (k[0] == "north")}
            run = Run(day, asked, seen)
            for done in measured(findings, run):
                closed = done.before is State.OPEN and not done.finding.is_open
                place, name = key_of(done.finding)
                if closed and done.finding.state is State.CLOSED_PASSED:
                    assert seen[place, name] == "pass"
                if closed and done.finding.state is State.CLOSED_GONE:
                    assert asked[place]
                    assert (place, name) not in seen
                findings[done.finding.id] = done.finding
            model.run(run)
        else:
            said_of(step, day, findings, acts, held)
        today = (START + timedelta(days=day)).date()
        assert {key_of(f): f.is_open for f in findings.values()} == model.stands
        for finding in findings.values():
            shown_as_measured(finding, acts, held, today)


def said_of(step, day, findings, acts, held):
    place, name, act = step
    for finding in findings.values():
        if key_of(finding) != (place, name):
            continue
        mine = acts.setdefault(finding.id, [])
        today = (START + timedelta(days=day)).date()
        life = live(finding, mine, today, is_waived=is_waived(finding, held))
        if fits(life, act):
            continue
        at = START + timedelta(days=day)
        said = FindingAct(finding.id, len(mine) + 1, act, finding.times_opened, SAID, at, "x:y")
        mine.append(said)


def is_waived(finding, held):
    return any(one.is_in_force for one in covering(held, finding, []))


def shown_as_measured(finding, acts, held, today):
    """Whatever people said, the raw state is shown, and only a closed finding looks closed."""
    waived = is_waived(finding, held)
    life = live(finding, acts.get(finding.id, []), today, is_waived=waived)
    assert life.measured is finding.state
    assert life.standing.value.startswith("closed") == (not finding.is_open)
    if life.standing is Standing.WAIVED:
        assert waived
    if life.standing is Standing.FALSE_POSITIVE:
        said = [one.act for one in acts[finding.id] if one.spell == finding.times_opened]
        assert Act.CONFIRM_FALSE in said
        assert today <= date(2026, 11, 28)
    if life.standing is Standing.FIXED:
        said = [one for one in acts[finding.id] if one.act is Act.FIX]
        assert said[-1].at >= finding.last_measured_at
