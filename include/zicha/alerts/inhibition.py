"""What is not told one by one, because something above it is told: rules with data."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from zicha.alerts.signals import Signal
from zicha.catalog.alert_rules import Inhibition


@dataclass(frozen=True, slots=True)
class Heard:
    """What one destination is told, and what is silenced there: nothing is neither."""

    told: tuple[Signal, ...]
    silenced: tuple[Signal, ...] = ()


def inhibited(
    signals: Iterable[Signal], unreadable: Collection[str], rules: Iterable[Inhibition]
) -> Heard:
    """Silence at one destination what a rule silences while its source cannot be read at all.

    One gap of each such source stays: it is what is told in the place of the others. Where none is
    told, nothing is silenced; nor is what ended, or what stands there already.
    """
    # A gap that stands in a thread keeps its place there.
    listed = sorted(signals, key=lambda s: (s.about != "gap", s.change != "stands", s.id))
    in_force = list(rules)
    told: list[Signal] = []
    silenced: list[Signal] = []
    spoken: set[str] = set()
    for signal in listed:
        if not _is_silenced(signal, unreadable, in_force):
            told.append(signal)
        elif signal.source in spoken:
            silenced.append(signal)
        else:
            told.append(signal)
            if signal.about == "gap":
                spoken.add(signal.source)
    return Heard(tuple(told), tuple(silenced))


def _is_silenced(signal: Signal, unreadable: Collection[str], rules: Iterable[Inhibition]) -> bool:
    if signal.source not in unreadable or not signal.is_open:
        return False
    if signal.about == "finding" and signal.change == "stands":
        return False
    return any(
        signal.about in rule.silences
        and not (signal.about == "finding" and signal.severity in rule.except_severities)
        for rule in rules
    )
