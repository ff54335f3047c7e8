from __future__ import annotations

from datetime import date

import pytest

from fakes.scopes import files, write
from zicha.catalog.scope import load_scope
from zicha.catalog.terms import load_terms
from zicha.duties.working_days import working_days_after
from zicha.model.errors import ConfigError
from zicha.model.verdict import Severity


def scope(tmp_path, **days):
    folder = write(tmp_path, files() | {"rectification": {"days": days}})
    (folder / "register.yaml").write_text("attestations: []\n", encoding="utf-8")
    return load_scope(folder)


def test_the_users_days_come_before_the_catalogues(tmp_path):
    own = load_terms(scope=scope(tmp_path, critical=2))

    assert own[Severity.CRITICAL] == 2
    assert own[Severity.WARNING] == load_terms()[Severity.WARNING]


def test_days_beyond_the_longest_allowed_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"rectification.yaml: days.critical: 60"):
        scope(tmp_path, critical=60)


def test_a_term_skips_the_national_day_of_2026():
    """The table cn-2026, from the notice of the State Council: off from 1 to 7 October."""
    assert working_days_after(date(2026, 9, 30), 1) == date(2026, 10, 8)
