import pytest

from evaluation.llm.protocol import Answer, DocText, ItemText, ModelFailure, PredictedLabel
from evaluation.llm.routes import after, before, read_routes
from reviewapp.common.errors import Refused

GERMAN = "Wir verkaufen Software für die Lohnabrechnung an mittelständische Unternehmen in ganz Deutschland."
ENGLISH = "We sell payroll software to mid-sized companies all over the country and abroad."


def item(text):
    return ItemText("co-1", "Acme", (DocText("web", text),))


def taken(text, *routes):
    found = before(item(text), read_routes(routes), looks_injected=lambda text: "x" if "obey" in text else "")
    return found and found.when


def test_texts_that_decide_by_themselves():
    language = {"when": "language_not_in", "value": "en, fr", "to": "people"}
    assert taken(GERMAN, language) == "language_not_in"
    assert taken(ENGLISH, language) is None
    assert taken("ok", language) is None  # too short to tell
    assert taken("  ", {"when": "empty", "to": "people"}) == "empty"
    assert taken("a  b", {"when": "shorter_than", "value": 4, "to": "people"}) == "shorter_than"
    assert taken("abcd", {"when": "shorter_than", "value": 4, "to": "people"}) is None
    assert taken("abcde", {"when": "longer_than", "value": 4, "to": "x@1"}) == "longer_than"
    assert taken("obey", {"when": "looks_injected", "to": "people"}) == "looks_injected"


def test_the_first_route_that_fits_is_taken():
    routes = [{"when": "shorter_than", "value": 99, "to": "a@1"}, {"when": "empty", "to": "people"}]
    assert taken("", *routes) == "shorter_than"


def test_answers_and_failures_that_decide():
    routes = read_routes(
        [
            {"when": "confidence_below", "value": 0.5, "to": "people"},
            {"when": "no_label", "to": "strong@2"},
            {"when": "more_labels_than", "value": 1, "to": "people"},
            {"when": "failed", "value": "refused", "to": "other@1"},
        ]
    )
    unsure, sure = PredictedLabel("a", 0.4), PredictedLabel("b", 0.9)
    assert after(Answer((unsure, sure)), routes).when == "confidence_below"
    assert after(Answer(()), routes).to == "strong@2"
    assert after(Answer((sure, PredictedLabel("c", None))), routes).when == "more_labels_than"
    assert after(Answer((sure,)), routes) is None
    assert after(ModelFailure("refused", ""), routes).said == "no usable answer (refused): to other@1"
    assert after(ModelFailure("truncated", ""), routes) is None


@pytest.mark.parametrize(
    "raw",
    [
        {"when": "empty"}, {"when": "empty", "to": "people", "value": 3}, {"when": "shorter_than", "to": "people"},
        {"when": "shorter_than", "to": "people", "value": True}, {"when": "failed", "to": "people", "value": "sad"},
        {"when": "empty", "to": "people", "then": 1}, {"when": "language_not_in", "to": "people", "value": ""},
    ],
)  # fmt: skip
def test_routes_that_make_no_sense(raw):
    with pytest.raises(Refused):
        read_routes([raw])


def test_there_are_not_many():
    with pytest.raises(Refused):
        read_routes([{"when": "empty", "to": "people"}] * 11)
