"""Rich text of titles and text boxes: what a reader sees of it."""

from __future__ import annotations

import pytest

from local_aws.dashboards.text import plain, to_html

VALUES = {"Country": "France & Spain", "Days": "30"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("<visual-title>\n  <b>Revenue by day</b>\n</visual-title>", "Revenue by day", id="laid out"),
        pytest.param(
            "<visual-title><b>D</b><inline>AYS </inline>left</visual-title>", "DAYS left", id="pieces of a word"
        ),
        pytest.param(
            "<visual-title>\n  <b>Orders of\u00a0</b>\n  <b>\n    <parameter>${Country}</parameter>\n  </b>\n"
            "</visual-title>",
            "Orders of France & Spain",
            id="parameter",
        ),
        pytest.param("Of <parameter>${Gone}</parameter>", "Of ${Gone}", id="parameter that is not declared"),
        pytest.param("Costs &amp; savings &#128994;", "Costs & savings 🟢", id="entities"),
        pytest.param("one<br/>two", "one two", id="line break"),
        pytest.param("5 < 6", "5 < 6", id="no XML"),
    ],
)
def test_title_is_the_text_of_its_markup(content: str, text: str) -> None:
    assert plain(content, VALUES) == text


def test_text_box_has_the_values_of_parameters_and_no_layout_of_its_markup() -> None:
    content = '<text-box>\n  <inline font-size="20px">C</inline>\n  <b>OST of <parameter>${Country}</parameter></b>\n'
    content += "</text-box>"
    assert to_html(content, VALUES) == '<span style="font-size:20px">C</span><strong>OST of France &amp; Spain</strong>'


def test_value_of_a_parameter_is_no_markup() -> None:
    assert to_html("<parameter>${x}</parameter>", {"x": "<b>&"}) == "&lt;b&gt;&amp;"
