"""Which attestations count on a day, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from zicha.catalog.attestation_kinds import AttestationKind
from zicha.catalog.scope import Scope
from zicha.catalog.scope_answers import Attestation, months_after
from zicha.model.coverage import NOTHING
from zicha.model.outcome import Outcome
from zicha.model.text import Text
from zicha.model.verdict import Status

REGISTER_SUITE = "register/attestations"


@dataclass(frozen=True, slots=True)
class Attested:
    """An attestation, and why it does not count, if it does not."""

    attestation: Attestation
    refused: Text = NOTHING

    @property
    def counts(self) -> bool:
        """Whether it proves anything."""
        return self.refused == NOTHING

    def speaks_of(self, system: str, item: str, object_: str) -> bool:
        """Whether it was given for this cell."""
        said = self.attestation
        return (
            said.system == system
            and (not said.items or item in said.items)
            and (not said.objects or object_ in said.objects)
        )


def attested(
    scope: Scope,
    loaded: Iterable[Attestation],
    outcomes: Iterable[Outcome],
    kinds: Mapping[str, AttestationKind],
    day: date,
) -> list[Attested]:
    """Every attestation: the scope's, those loaded from sheets, and those of the registers.

    What a register holds counts only where its own suite measured it and found nothing wrong:
    there the documents are hashed.
    """
    found = [Attested(a, _refused(a, kinds, day)) for a in (*scope.attestations, *loaded)]
    measured: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.suite == REGISTER_SUITE:
            measured.setdefault(outcome.subject, []).append(outcome)
    for register, held in scope.registered.items():
        for said in held:
            why = _refused(said, kinds, day)
            if why == NOTHING:
                why = _unsound(measured.get((register, said.id), ()))
            found.append(Attested(said, why))
    return found


def latest(given: Sequence[Attested]) -> Attested | None:
    """The one that stands: the newest that counts; of two of a day the less favourable."""
    worst_last = {"holds": 0, "not-applicable": 1, "does-not-hold": 2}
    return max(
        given,
        key=lambda one: (
            one.counts,
            one.attestation.dated,
            worst_last[one.attestation.answer],
            one.attestation.id,
        ),
        default=None,
    )


def _refused(said: Attestation, kinds: Mapping[str, AttestationKind], day: date) -> Text:
    kind = kinds.get(said.kind)
    if kind is None:
        return Text(f"没有 {said.kind} 这种证明材料", f"there is no kind {said.kind}")
    until = min(said.valid_until, months_after(said.dated, kind.valid_months))
    if said.dated > day:
        return Text(f"签署日期 {said.dated} 尚未到", f"it is dated ahead, {said.dated}")
    if until < day:
        return Text(f"证明材料已于 {until} 到期", f"its attestation ran out on {until}")
    if kind.second_signer and not said.is_countersigned:
        return Text(
            "证明材料缺少另一人复核签署", "its attestation lacks a second person's signature"
        )
    if kind.document and said.answer == "holds" and not said.document:
        return Text("证明材料未附文件", "its attestation comes without a document")
    return NOTHING


def _unsound(outcomes: Sequence[Outcome]) -> Text:
    if not outcomes:
        return Text("证明材料台账尚未读取", "the register that holds its attestation was not read")
    wrong = sorted(
        o.expectation for o in outcomes if o.verdict.status in {Status.FAIL, Status.UNKNOWN}
    )
    if not wrong:
        return NOTHING
    named = ", ".join(wrong)
    return Text(f"证明材料未通过检查：{named}", f"its attestation did not pass: {named}")
