"""What nobody looked at is not healthy: silence is no pass for the doctor either."""

from __future__ import annotations

from integration.one_day import Steps, workplace
from zicha.pipeline import checks


def test_a_place_where_nothing_was_inspected_is_not_fresh(tmp_path):
    found = {check.name: check for check in checks._freshness(workplace(tmp_path, Steps()))}

    assert not found["freshness"].ok
    assert "zicha run" in found["freshness"].remedy


def test_a_source_that_no_collector_hears_is_not_reachable():
    assert checks._first_answer([], "nobody", object()) is not None
