import pytest

from labeling.files.items import check_mapping, guess_mapping, item_of
from labeling.files.values import BadValue


def test_columns_are_guessed_by_name():
    guessed = guess_mapping(["id", "name", "text", "website", "sector", "page"])
    assert guessed == {
        "id": "id", "name": "name", "text": "text", "website": "source_url", "sector": "attribute", "page": "page",
    }  # fmt: skip


@pytest.mark.parametrize(
    "mapping", [{"a": "id"}, {"a": "text"}, {"a": "id", "b": "id", "c": "text"}, {"a": "id", "b": "soup", "c": "text"}]
)
def test_mappings_that_cannot_work(mapping):
    assert check_mapping(mapping)


def test_a_row_becomes_an_item():
    values = {"id": "7", "name": "Acme", "text": "We sell.", "website": "acme.example", "sector": "IT"}
    item = item_of(values, guess_mapping(values))
    assert (item.external_id, item.name, item.attributes) == ("7", "Acme", {"sector": "IT"})
    assert item.documents[0]["source_url"] == "https://acme.example"
    assert item.documents[0]["kind"] == "text"


def test_an_address_that_is_none_is_left_out_and_counted():
    values = {"id": "7", "text": "We sell.", "website": "javascript:alert(1)"}
    item = item_of(values, guess_mapping(values))
    assert item.documents[0]["source_url"] == ""
    assert item.addresses_left_out == 1


def test_documents_carry_where_they_are_from():
    values = {
        "id": "7",
        "documents": [{"kind": "pdf", "text": "A", "page": 3, "fetched_at": "2025-01-02"}, {"text": ""}],
    }
    documents = item_of(values, guess_mapping(values)).documents
    assert len(documents) == 1
    assert (documents[0]["kind"], documents[0]["page"]) == ("pdf", 3)


@pytest.mark.parametrize(
    "values", [{"id": "", "text": "x"}, {"id": "1", "text": " "}, {"id": "1", "text": "x", "documents": "y"}]
)
def test_rows_that_are_no_items(values):
    with pytest.raises(BadValue):
        item_of(values, guess_mapping(values))


def test_a_missing_name_is_the_id():
    assert item_of({"id": "7", "text": "x"}, {"id": "id", "text": "text"}).name == "7"
