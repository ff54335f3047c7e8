"""The earlier names of expectations: a finding outlives the renaming of what found it."""

from __future__ import annotations

from collections.abc import Iterable

from zicha.catalog.suites import Suite


def former_names(suites: Iterable[Suite]) -> dict[str, tuple[str, ...]]:
    """The earlier names (`suite#expectation`) of every expectation that has any.

    A name that is in use again (one of two that came of a split) leads nowhere else.
    """
    listed = list(suites)
    in_use = {f"{suite.id}#{one.id}" for suite in listed for one in suite.expectations}
    found = {
        f"{suite.id}#{one.id}": tuple(
            f"{suite_id}#{id_}"
            for suite_id in (suite.id, *suite.formerly)
            for id_ in (one.id, *one.formerly)
            if f"{suite_id}#{id_}" not in in_use
        )
        for suite in listed
        for one in suite.expectations
    }
    return {name: former for name, former in found.items() if former}
