"""One filing, in a place of the test's own, as far as the test asks for it."""

from __future__ import annotations

import pytest

from fakes.filing_stages import FILING, FilingStages, write_sheet


@pytest.fixture(scope="session")
def stages(tmp_path_factory):
    return FilingStages(tmp_path_factory.mktemp("stages"))


@pytest.fixture
def place(stages, tmp_path, monkeypatch, request):
    """A copy of the furthest stage that the test names among its fixtures."""
    monkeypatch.setenv("ZICHA_HOME", str(stages.home))
    stage = [name for name in FilingStages.names if name in request.fixturenames][-1]
    copied = stages.opened(stages.copied(stage, tmp_path / "data"))
    yield copied
    copied.database.close()


@pytest.fixture
def opened(place):
    return FILING


# The stages after it: `place` sees by their names how far to go.
answered = built = approved = sealed = opened


@pytest.fixture
def asked(place, stages):
    return stages.question


@pytest.fixture
def sheet(tmp_path):
    return write_sheet(tmp_path / "answers.yaml")
