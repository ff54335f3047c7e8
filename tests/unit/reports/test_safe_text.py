from zicha.model.text import Text
from zicha.reports.safe_text import breakable, clean, one_line, quoted, short_digest


def test_control_and_direction_characters_are_dropped():
    assert clean("pass\u202efdp.exe\u2066 bell\x07\x00 \u200bz\ud800") == "passfdp.exe bell z"


def test_lines_are_kept_and_tabs_become_spaces():
    assert clean("a\r\nb\tc\rd") == "a\nb c\nd"


def test_a_long_text_is_cut_and_says_so():
    assert clean("x" * 700) == "x" * 599 + "…"


def test_one_line_is_one_line():
    assert one_line(" a\n\n b ") == "a b"


def test_a_long_name_may_break_without_losing_a_character():
    arn = "arn:aws-cn:ec2:cn-north-1:111122223333:security-group/" + "f" * 40

    broken = breakable(arn)

    assert broken.replace("\u200b", "") == arn
    assert max(map(len, broken.split("\u200b"))) <= 20


def test_chinese_and_short_words_are_left_alone():
    assert breakable("管理端口 port 22") == "管理端口 port 22"


def test_a_digest_is_shown_short_with_its_algorithm():
    assert short_digest("sha256:" + "a" * 64) == "sha256:" + "a" * 16 + "…"
    assert short_digest("short") == "short"


def test_what_a_rule_marks_as_code_stands_in_quotation_marks_on_paper():
    said = quoted(Text("执行 `passwd -l <账户>` 锁定", "run `passwd -l <account>`"))

    assert said == Text("执行 “passwd -l <账户>” 锁定", 'run "passwd -l <account>"')
