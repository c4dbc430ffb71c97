import pytest

from evaluation.llm.protocol import DocText, ItemText
from evaluation.stress.counterfactuals import NAMES, counterfactual, swapped

PAIRS = [
    ("He founded it with his brother.", "She founded it with her sister."),
    ("The idea was his. She told him.", "The idea was hers. He told her."),
    ("We asked her to help, and thank her.", "We asked him to help, and thank him."),
    ("Her team trusts her.", "His team trusts him."),
    ("Her own firm is hers.", "His own firm is his."),
    ("Mr. Brandt is chairman; ask him.", "Ms. Brandt is chairwoman; ask her."),
    ("Mr Roth did it himself", "Ms Roth did it herself"),
    ("John Keller and Maria Silva run it.", "Joan Keller and Mario Silva run it."),
    ("The businessmen are father and son.", "The businesswomen are mother and daughter."),
]


@pytest.mark.parametrize(("text", "other"), PAIRS)
def test_genders_are_swapped_and_swapped_back(text, other):
    assert swapped(text) == other
    assert swapped(other) == text


@pytest.mark.parametrize(
    "text",
    [
        "Brandt & Sons sell women's shoes.",
        "HE is higher education, MS a disease.",
        "Maria is the name of our ship.",
        "James Park and Thomas Street are near.",
        "A her-and-him set, the theme and the shell.",
        "Male and female connectors.",
        "",
    ],
)
def test_what_has_no_gender_or_is_sold_stays(text):
    assert swapped(text) == text


def test_mrs_becomes_mr_and_comes_back_as_ms():
    assert swapped("Mrs. Roth") == "Mr. Roth"
    assert swapped("Mr. Roth") == "Ms. Roth"


def test_the_names_of_the_list_are_there_once():
    names = [name for pair in NAMES for name in pair]
    assert len(set(names)) == len(names)


def item(*texts, name="Bell"):
    return ItemText("1", name, tuple(DocText("web", text) for text in texts))


def test_an_item_is_swapped_in_all_its_english_texts():
    found = counterfactual(item("She is the founder.", "Nothing here.", "Er kam von der Stadt her und ist da."))
    assert found == item("He is the founder.", "Nothing here.", "Er kam von der Stadt her und ist da.")
    assert counterfactual(found) == item("She is the founder.", "Nothing here.", "Er kam von der Stadt her und ist da.")


def test_nothing_to_swap_is_none():
    assert counterfactual(item("We mend bells.")) is None
    assert counterfactual(item()) is None
    assert counterfactual(item("Yo he visto la casa.")) is None


def test_the_name_of_the_item_stays_everywhere():
    found = counterfactual(item("Peter Holm was founded by Peter Roth. He is 60.", name="Peter Holm"))
    assert found == item("Peter Holm was founded by Petra Roth. She is 60.", name="Peter Holm")
    assert counterfactual(item("Mother & Son is open.", name="Mother & Son")) is None
