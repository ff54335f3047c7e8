"""`zicha report risk`: what it writes, and one sentence where it is asked for something wrong."""

from __future__ import annotations

from datetime import date

import pytest

from fakes.command_line import CommandLine
from fakes.risk_months import FAULTS, Fault, inspect_on, place_on

DAY = date(2024, 1, 10)
FAULT = Fault(
    FAULTS[0].check, "demo-aws", "111122223333", "billing-cdr", "AWS::S3::Bucket", [(DAY, DAY)]
)


@pytest.fixture(scope="module")
def zicha(tmp_path_factory):
    """A shell in a place where one day of January 2024 was judged."""
    data = tmp_path_factory.mktemp("january")
    inspect_on(place_on(data, DAY), DAY, [FAULT])
    return CommandLine(data)


def test_a_month_is_written_where_it_was_asked_for(zicha, tmp_path):
    words = ("report", "risk", "--period", "month", "--of", "2024-01", "--depth", "regulator")
    ran = zicha(*words, "--lang", "en", "--system", "billing", "--out", str(tmp_path))

    assert ran.code == 0
    assert {"docx", "xlsx", "html"} <= {each["format"] for each in ran.json}
    assert (tmp_path / "risk-2024-01-regulator.billing.en.docx").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("risk",), "--period is missing"),
        (("risk", "--period", "day"), "day is no period"),
        (("risk", "--period", "week", "--of", "2024-01"), "2026-W47"),
        (("risk", "--period", "week", "--of", "2024-W53"), "there is no week 2024-W53"),
        (("risk", "--period", "month", "--of", "2199-01"), "has not begun"),
        (("risk", "--period", "month", "--of", "2023-12"), "first judged day is 2024-01-10"),
        (("risk", "--period", "month", "--depth", "board"), "team, management, regulator"),
        (("risk", "--period", "month", "--system", "x"), "give one of billing"),
        (("risk", "--period", "month", "--run", "r"), "give --of"),
        (("self-inspection", "--system", "billing", "--period", "month"), "report risk"),
    ],
)
def test_a_wrong_question_gets_one_sentence_and_writes_nothing(zicha, tmp_path, words, said):
    ran = zicha("report", *words, "--out", str(tmp_path / "out"))

    assert ran.code == 2
    assert said in ran.err.splitlines()[-1]
    assert not (tmp_path / "out").exists()
