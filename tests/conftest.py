"""What all tests share: property tests without a deadline, and the database they run on."""

from __future__ import annotations

import pytest
from hypothesis import settings

from fakes import database_switch
from fakes.migrated import migrate_by_copy

settings.register_profile("zicha", deadline=None, print_blob=True)
settings.load_profile("zicha")


@pytest.fixture(scope="session", autouse=True)
def database_of_the_tests():
    """SQLite in the data folder, or PostgreSQL where `ZICHA_TEST_DATABASE` says so."""
    if not database_switch.WANTED:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("zicha.pipeline.workplace.migrate", migrate_by_copy)
            yield
        return
    with database_switch.everywhere():
        yield
