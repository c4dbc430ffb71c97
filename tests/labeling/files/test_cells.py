import pytest

from labeling.files.cells import as_cell, plain_cell, safe_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\n=1", "＝1+1", "＠x"])
def test_what_a_spreadsheet_would_run_is_quoted(text):
    assert safe_cell(text) == f"'{text}"
    assert plain_cell(safe_cell(text)) == text


def test_other_text_is_left_alone():
    assert safe_cell("a=b") == "a=b"


def test_a_number_below_0_stays_a_number():
    assert (as_cell(-0.5), as_cell(-3), as_cell("-3"), as_cell(None), as_cell(True)) == (
        "-0.5", "-3", "'-3", "", "True",
    )  # fmt: skip
