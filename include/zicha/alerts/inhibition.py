"""What is not told one by one, because something above it is told: rules with data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from zicha.alerts.signals import Signal
from zicha.catalog.alert_rules import Inhibition


@dataclass(frozen=True, slots=True)
class Heard:
    """What is told, and what is silenced by which rule: nothing is neither."""

    told: tuple[Signal, ...]
    silenced: Mapping[str, tuple[Signal, ...]]

    @property
    def count(self) -> int:
        """How many are silenced."""
        return sum(map(len, self.silenced.values()))


def inhibited(
    signals: Iterable[Signal], unreadable: Collection[str], rules: Iterable[Inhibition]
) -> Heard:
    """Silence what a rule silences while its source cannot be read at all.

    One gap of each such source stays: it is what is told in the place of the others.
    """
    listed, in_force = list(signals), list(rules)
    told: list[Signal] = []
    silenced: dict[str, list[Signal]] = {}
    spoken: set[str] = set()
    for signal in sorted(listed, key=lambda s: (s.about != "gap", s.id)):
        rule = _silencing(signal, unreadable, in_force)
        if rule is None:
            told.append(signal)
        elif signal.about == "gap" and signal.source not in spoken:
            spoken.add(signal.source)
            told.append(signal)
        else:
            silenced.setdefault(rule.id, []).append(signal)
    return Heard(tuple(told), {rule: tuple(held) for rule, held in silenced.items()})


def _silencing(
    signal: Signal, unreadable: Collection[str], rules: Iterable[Inhibition]
) -> Inhibition | None:
    if signal.source not in unreadable:
        return None
    for rule in rules:
        spared = signal.about == "finding" and signal.severity in rule.except_severities
        if signal.about in rule.silences and not spared:
            return rule
    return None
