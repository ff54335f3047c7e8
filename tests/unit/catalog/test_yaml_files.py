"""What the YAML loader lets through, and what it refuses by file and line."""

from datetime import date

import pytest

from zicha.catalog.shapes import Said, Strict
from zicha.catalog.yaml_files import load_model, load_yaml
from zicha.model.errors import ConfigError
from zicha.model.text import Text


class Sheet(Strict):
    name: Said
    dated: date
    count: int = 0


@pytest.fixture
def written(tmp_path):
    def write(text, name="sheet.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("111122223333", 111122223333),
        ("-3", -3),
        ("1.50", 1.5),
        (".inf", ".inf"),
        ("1e3", "1e3"),
        ("6.4.1.1", "6.4.1.1"),
        ("'12'", "12"),
        ("~", None),
        ("null", None),
    ],
)
def test_a_plain_value_is_text_unless_it_is_plainly_a_number_or_true_or_false(written, said, read):
    found = load_yaml(written(f"value: {said}\n"))

    assert found == {"value": read}
    assert type(found["value"]) is type(read)


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("a: 1\na: 2\n", 2, "the key a stands twice"),
        ("x:\n  b: 1\n  b: 1\n", 3, "the key b stands twice"),
        ("a: 1\non: push\n", 2, "the key on is not text"),
        ("No: push\n", 1, "the key No is not text"),
        ("true: 1\n", 1, "the key true is not text"),
        ("1: one\n", 1, "the key 1 is not text"),
        ("null: one\n", 1, "the key null is not text"),
        ("? [a, b]\n: 1\n", 1, "is not text"),
        ("a: &x 1\n", 1, "anchors and aliases"),
        ("a: 1\nb: *a\n", None, "sheet.yaml"),
        ("a: &x {}\nb: {<<: *x}\n", 1, "anchors and aliases"),
        ("a: !!python/object:os.system 1\n", 1, "tag"),
        ("a: !secret 1\n", 1, "the tag !secret"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("a: [1\n", None, "not YAML"),
        ("- 1\n", None, "one mapping"),
        ("", None, "one mapping"),
        ("just text\n", None, "one mapping"),
        ("a: " + "[" * 60 + "]" * 60 + "\n", 1, "nested deeper"),
    ],
)
def test_what_would_surprise_is_refused_by_file_and_line(written, text, line, named):
    path = written(text)

    with pytest.raises(ConfigError) as refused:
        load_yaml(path)

    assert "sheet.yaml" in str(refused.value)
    assert named in str(refused.value)
    assert line is None or f"line {line}:" in str(refused.value)


def test_a_quoted_key_may_be_any_word(written):
    assert load_yaml(written('"on": 1\n"1": 2\n')) == {"on": 1, "1": 2}


def test_a_file_that_is_missing_or_no_text_is_named_with_what_to_do(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff\xfe\n")

    with pytest.raises(ConfigError, match=r"absent\.yaml does not exist: create it"):
        load_yaml(tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match=r"latin\.yaml is not UTF-8 text"):
        load_yaml(tmp_path / "latin.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_yaml(tmp_path)


def test_a_model_takes_iso_dates_and_both_languages(written):
    found = load_model(written("name: {zh: 一, en: one}\ndated: 2026-01-02\n"), Sheet)

    assert found == Sheet(name=Text("一", "one"), dated=date(2026, 1, 2))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("name: {zh: 一, en: one}\ndated: 2026-01-02\ncolour: red\n", "colour is not a key"),
        ("dated: 2026-01-02\n", "name is missing: add it"),
        ("name: {zh: 一}\ndated: 2026-01-02\n", "name: must hold zh and en"),
        ("name: {zh: 一, en: one, fr: un}\ndated: 2026-01-02\n", "name: must hold zh and en"),
        ("name: {zh: 一, en: ' '}\ndated: 2026-01-02\n", "name: en is empty"),
        ("name: {zh: 一, en: 1}\ndated: 2026-01-02\n", "name: en is empty or no text"),
        ("name: {zh: 一, en: one}\ndated: 2026-02-30\n", "dated: "),
        ("name: {zh: 一, en: one}\ndated: 2026-01-02\ncount: '3'\n", "count: "),
        ("name: {zh: 一, en: one}\ndated: 2026-01-02\ncount: yes\n", "not 'yes'"),
    ],
)
def test_a_wrong_model_is_one_sentence_with_file_and_key(written, text, named):
    with pytest.raises(ConfigError) as refused:
        load_model(written(text), Sheet)

    assert "sheet.yaml: " in str(refused.value)
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)
