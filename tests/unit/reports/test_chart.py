import pytest

from fakes.report_facts import empty_facts, report_facts
from zicha.reports import chart
from zicha.reports.chart import posture_chart, severity_chart

pytestmark = pytest.mark.skipif(chart.cjk_font() is None, reason="no font with Chinese characters")


@pytest.mark.parametrize("draw", [posture_chart, severity_chart])
@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_facts_draw_the_same_picture(draw, kind):
    assert draw(report_facts(), "zh", kind) == draw(report_facts(), "zh", kind)


@pytest.mark.parametrize("draw", [posture_chart, severity_chart])
def test_nothing_to_draw_is_no_picture(draw):
    assert draw(empty_facts(), "zh", "svg") is None


def test_every_glyph_of_the_chart_is_in_its_font(recwarn):
    posture_chart(report_facts(), "zh", "png")

    assert [w for w in recwarn if "Glyph" in str(w.message)] == []
