import pytest

from labeling.files.cells import safe_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_what_a_spreadsheet_would_run_is_quoted(text):
    assert safe_cell(text) == f"'{text}"


def test_other_text_is_left_alone():
    assert safe_cell("a=b") == "a=b"
