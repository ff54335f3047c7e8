from io import StringIO

from zicha.alerts.console import ConsoleChannel
from zicha.alerts.message import Change, Delivered, RunSummary, compose
from zicha.model.verdict import Reason, Severity, Status


def summary(**changed):
    said = {
        "run": "20261121T021700Z-4f2a",
        "day": "2026-11-21",
        "outcomes": {Status.PASS: 412, Status.FAIL: 58, Status.UNKNOWN: 73},
        "new": (Change("F-2", Severity.WARNING), Change("F-1", Severity.CRITICAL)),
        "worse": (Change("F-9", Severity.WARNING),),
        "fixed": (Change("F-3", Severity.INFO),),
        "unreadable": {Reason.REFUSED: 2, Reason.STALE: 1},
        "open": {Severity.CRITICAL: 4},
        "reports": 4,
    }
    return RunSummary(**(said | changed))


def test_the_message_says_what_is_new_worse_fixed_and_unreadable():
    message = compose(summary())

    assert (
        message.headline.en == "Self-inspection 2026-11-21: 2 new, 1 worse, 1 fixed, 3 unreadable"
    )
    assert "新增 2：F-1（严重）、F-2（一般）" in message.plain("zh")
    assert "New 2: F-1 (critical), F-2 (warning)" in message.plain("en")
    assert "Unreadable: 2 refused, 1 stale" in message.plain("en")


def test_a_quiet_run_is_told_without_empty_lines():
    message = compose(RunSummary("r", "2026-11-21"))

    assert message.plain("en").count("\n") == 1
    assert not message.urgent


def test_a_critical_finding_or_an_overdue_gap_is_urgent():
    assert compose(summary()).urgent
    assert compose(RunSummary("r", "2026-11-21", escalated=1)).urgent
    assert not compose(summary(new=())).urgent


def test_an_id_that_carries_a_name_or_an_address_leaves_as_a_fingerprint():
    odd = (
        Change("arn:aws:iam::111122223333:user/wang", Severity.INFO),
        Change("<!channel>", Severity.INFO),
    )

    said = compose(summary(new=odd)).plain("en")

    assert "wang" not in said
    assert "<!" not in said
    assert "id-" in said


def test_a_storm_is_told_as_a_count_and_its_gravest_ids():
    many = tuple(Change(f"F-{n:03}", Severity.WARNING) for n in range(500))

    said = compose(summary(new=(*many, Change("Z-1", Severity.CRITICAL)))).plain("en")

    assert "New 501 (1 critical, 500 warning): Z-1 (critical), F-000" in said
    assert "and 486 more" in said


def test_the_same_run_has_the_same_key():
    assert compose(summary()).key == compose(summary(new=())).key


def test_demo_data_says_so():
    message = compose(summary(demo=True))

    assert message.headline.zh.startswith("【演示数据】")
    assert "DEMONSTRATION DATA" in message.headline.en


def test_the_console_hears_both_languages_chinese_first():
    heard = StringIO()

    said = ConsoleChannel(heard).send(compose(summary()))

    assert isinstance(said, Delivered)
    assert heard.getvalue().startswith("自查 2026-11-21")
    assert "Self-inspection 2026-11-21" in heard.getvalue()


def test_a_message_carries_the_root_of_the_ledger():
    said = compose(RunSummary("r", "2026-11-22", root="45:bc1208843588b2bd"))

    assert "账本根 45:bc1208843588b2bd" in said.plain("zh")
    assert "Ledger root 45:bc1208843588b2bd" in said.plain("en")
    assert "Ledger root" not in compose(RunSummary("r", "2026-11-22")).plain("en")
