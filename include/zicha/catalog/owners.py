"""Who answers for what: the books hold one name, readers see it in their language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.catalog.scope import Scope

_APART = "; "


def one_name(owners: Iterable[Text | None]) -> str:
    """The name that the books hold, in Chinese; of several owners each once."""
    return _APART.join(dict.fromkeys(owner.zh for owner in owners if owner))


def owners_named(scope: Scope, name: str) -> tuple[Text, ...]:
    """Those whom a name of the books means; a name that the scope does not know is itself."""
    known = {role.id: role.title for role in scope.roles}
    known |= {system.owner.zh: system.owner for system in scope.systems if system.owner}
    names = name.split(_APART)
    if name not in known and all(each in known for each in names):
        return tuple(known[each] for each in names)
    return (known.get(name, Text(name, name)),) if name else ()


def owner_text(scope: Scope, name: str) -> Text:
    """The same as one text."""
    named = owners_named(scope, name)
    return Text("、".join(each.zh for each in named), ", ".join(each.en for each in named))
