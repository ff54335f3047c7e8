"""A template of the user's own comes to an end, however it was written."""

from __future__ import annotations

import pytest

from zicha.model.errors import ConfigError
from zicha.reports.template_sandbox import BoundedEnvironment, filling, load_limits

MOST = 10_000


def filled(words, **context):
    with filling("own.docx"):
        return BoundedEnvironment(most=MOST).from_string(words).render(**context)


@pytest.mark.parametrize(
    "words",
    [
        "{% for a in range(200) %}{% for b in range(200) %}{% endfor %}{% endfor %}",
        "{% for a in rows %}{% for b in rows %}{% for c in rows %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in range(5000) %}{{ range(5000)|sum }}{% endfor %}",
        "{% for a in rows * 1000 %}{% endfor %}",
        "{% for a in rows %}{{ (rows * 200)|list|length }}{% endfor %}",
        "{% macro twice(n) %}{% if n %}{{ twice(n - 1) }}{{ twice(n - 1) }}{% endif %}{% endmacro %}{{ twice(40) }}",
        "{% for a in [[rows]] recursive %}{{ loop([rows] * 99) }}{% endfor %}",
        "{{ 'x' * 999999999 }}",
        "{{ 999999999 * 'x' }}",
        "{{ 10 ** 999999999 }}",
        "{{ 'x'|center(999999999) }}",
        "{{ 'x'.ljust(999999999) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%*d' % (999999999, 1) }}",
        "{{ '%999999999d'|format(1) }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ '{:{}}'.format(1, 999999999) }}",
        "{% for a in range(300) %}{{ rows|map('string')|join }}{% endfor %}",
    ],
)
def test_a_template_that_takes_too_many_steps_is_refused_in_one_sentence(words):
    with pytest.raises(ConfigError, match=r"^own\.docx: it takes more than 10000 steps to fill"):
        filled(words, rows=list(range(100)))


def test_a_macro_without_an_end_is_refused_too():
    with pytest.raises(ConfigError, match=r"^own\.docx: .*correct the template"):
        filled("{% macro on() %}{{ on() }}{% endmacro %}{{ on() }}")


def test_what_a_document_needs_is_filled_as_before():
    rows = [{"name": "甲 20261121000000000", "size": 99_999_999_999}, {"name": "乙", "size": 2}]
    words = (
        "{% for r in rows %}{{ loop.index }}/{{ loop.length }} {{ r.name|replace('甲', '丙') }} "
        "{{ r.size|filesizeformat }}{% if not loop.last %}、{% endif %}{% else %}-{% endfor %}"
        "{{ none_such|default('–') }}{{ '%s' % rows[0].size }}{{ rows|map(attribute='name')|join }}"
    )

    assert filled(words, rows=rows) == (
        "1/2 丙 20261121000000000 100.0 GB、2/2 乙 2 Bytes–99999999999甲 20261121000000000乙"
    )


def test_one_environment_fills_one_document():
    environment = BoundedEnvironment(most=50)
    template = environment.from_string("{% for a in range(20) %}{% endfor %}")
    template.render()

    with pytest.raises(Exception, match="more than 50 steps"):
        template.render()


def test_the_limit_is_data():
    assert load_limits().steps == BoundedEnvironment().most == 5_000_000
