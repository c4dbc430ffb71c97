import pytest

from labeling.files.values import BadValue, address_of, confident_label, key_of, labels_of, time_of


def test_the_key_goes_by_several_names():
    assert key_of({"item": " a "}) == key_of({"id": "a"}) == key_of({"external_id": "a"}) == "a"
    assert key_of({"id": 7}) == "7"


@pytest.mark.parametrize("values", [{}, {"id": ""}, {"id": None}, {"id": "x" * 300}, {"id": ["a"]}])
def test_a_row_without_a_usable_key_is_refused(values):
    with pytest.raises(BadValue):
        key_of(values)


def test_an_empty_cell_says_that_none_applies():
    assert labels_of({"labels": ""}, sep=";") == []
    assert labels_of({"labels": []}, sep=";") == []


@pytest.mark.parametrize("values", [{}, {"labels": None}, {"labels": 3}])
def test_no_labels_at_all_is_no_answer(values):
    with pytest.raises(BadValue):
        labels_of(values, sep=";")


def test_the_separator_can_be_chosen():
    assert labels_of({"label": "a | b;c"}, sep="|") == ["a", "b;c"]


@pytest.mark.parametrize(
    ("entry", "found"),
    [("crm", ("crm", None)), ("crm:0.8", ("crm", 0.8)), ("a:b", ("a:b", None)), ({"code": "x"}, ("x", None)),
     ({"code": "x", "confidence": 1}, ("x", 1.0))],
)  # fmt: skip
def test_predicted_labels(entry, found):
    assert confident_label(entry) == found


@pytest.mark.parametrize("entry", ["crm:1.2", "crm:nan", {"confidence": 1}, 3, {"code": "x", "confidence": "high"}])
def test_predicted_labels_that_make_no_sense(entry):
    with pytest.raises(BadValue):
        confident_label(entry)


def test_only_web_addresses_are_addresses():
    assert address_of("https://a.example/x", "url") == "https://a.example/x"
    for bad in ("javascript:alert(1)", "data:text/html,x", "http://", "a b"):
        with pytest.raises(BadValue):
            address_of(bad, "url")


def test_a_time_without_a_zone_is_utc():
    assert time_of("2025-03-01T12:00:00", "t").isoformat() == "2025-03-01T12:00:00+00:00"
    with pytest.raises(BadValue):
        time_of("yesterday", "t")
