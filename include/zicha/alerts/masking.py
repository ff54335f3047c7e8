"""Which fields a destination may see: a table, and how far from the company the destination is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zicha.alerts.outside_text import outside
from zicha.catalog.alert_rules import FAR, load_alert_fields
from zicha.model.text import Text

WITHHELD = Text("不外发", "withheld")


@dataclass(frozen=True, slots=True)
class Mask:
    """What a destination of this reach may see; a field that the table lacks never leaves.

    Args:
        reach: how far the destination is: company, country, abroad.
        widened: how far a field may go by the user's own table, within the catalogue's bounds.
    """

    reach: str
    widened: Mapping[str, str] = field(default_factory=dict)

    def shows(self, name: str) -> bool:
        """Whether this field may stand in a message there."""
        known = load_alert_fields().get(name)
        if known is None:
            return False
        said = FAR[self.widened.get(name, known.leaves)]
        return FAR[self.reach] <= min(said, FAR[known.loosest])

    def value(self, name: str, value: str | Text) -> Text:
        """The value made safe, or the word that it is withheld; nothing stays nothing."""
        said = Text(value, value) if isinstance(value, str) else value
        if not said.zh:
            return Text("–", "–")
        if not self.shows(name):
            return WITHHELD
        return Text(outside(said.zh), outside(said.en))
