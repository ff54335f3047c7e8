"""When an ordered item is due: natural and Chinese working days from receipt, days and moments.

Holidays and moved working days as the State Council's notices for 2025 and 2026 have them
(include/catalog/calendars); the day of receipt is not counted (Civil Code 201).
"""

from __future__ import annotations

from datetime import date

import pytest

from zicha.catalog.notices import Deadline, OrderedItem
from zicha.duties.time import moment_of
from zicha.duties.working_days import chinese_working_days
from zicha.pipeline.orders.entering import _deadline

DAYS = chinese_working_days()


@pytest.mark.parametrize(
    ("received", "said", "due", "provisional"),
    [
        # 25 December 2025 is a Thursday; 1 to 3 January 2026 are off, Sunday 4 January is worked.
        ("2025-12-25T09:00+08:00", {"working_days": 5}, "2026-01-04T23:59:59+08:00", False),
        # 1 to 7 October 2026 are off.
        ("2026-09-29T17:30+08:00", {"working_days": 3}, "2026-10-09T23:59:59+08:00", False),
        # No notice speaks of 2027 yet, and one may still move the last days of 2026.
        ("2026-12-28T09:00+08:00", {"working_days": 5}, "2027-01-04T23:59:59+08:00", True),
        ("2026-12-28T09:00+08:00", {"days": 5}, "2027-01-02T23:59:59+08:00", False),
        # Late in the evening in UTC it is the next day in Beijing.
        ("2026-11-20T18:00+00:00", {"days": 1}, "2026-11-22T23:59:59+08:00", False),
        ("2026-11-20T10:00+08:00", {"by": date(2026, 12, 10)}, "2026-12-10T23:59:59+08:00", False),
        (
            "2026-11-20T10:00+08:00",
            {"by": moment_of("2026-12-10T18:00+08:00")},
            "2026-12-10T18:00:00+08:00",
            False,
        ),
    ],
)
def test_a_deadline_is_reckoned_as_the_order_says_it(received, said, due, provisional):
    item = OrderedItem(id="1", text="x", due=Deadline(**said))

    plan = _deadline(item, moment_of(received), DAYS)

    assert (plan.at.isoformat(), plan.provisional) == (due, provisional)
