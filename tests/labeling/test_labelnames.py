import pytest

from labeling.labelnames import AmbiguousLabel, NamedLabel, Resolver, UnknownLabel

RESOLVER = Resolver(
    [
        NamedLabel("killed", "Killed", None),
        NamedLabel("suspect", "Suspect", None),
        NamedLabel("suspect-killed", "Killed", "suspect"),
        NamedLabel("suspect-injured", "Injured", "suspect"),
        NamedLabel("odd > one", "Odd", None),
    ]
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("suspect-killed", "suspect-killed"),
        ("Suspect > Killed", "suspect-killed"),
        ("Killed", "killed"),  # the full path of a top label is its name
        ("Injured", "suspect-injured"),
        ("odd > one", "odd > one"),
    ],
)
def test_a_label_is_its_code_path_or_unique_name(text, code):
    assert RESOLVER.resolve(text) == code


@pytest.mark.parametrize("text", ["injured", "Suspect>Killed", "", "Nothing"])
def test_nothing_is_guessed(text):
    with pytest.raises(UnknownLabel):
        RESOLVER.resolve(text)


def test_a_name_of_several_labels_is_ambiguous():
    resolver = Resolver([NamedLabel("a", "A", None), NamedLabel("b", "B", None), NamedLabel("a-x", "X", "a"),
                         NamedLabel("b-x", "X", "b")])  # fmt: skip
    with pytest.raises(AmbiguousLabel, match="a-x, b-x"):
        resolver.resolve("X")


def test_twice_the_same_label_is_one():
    assert RESOLVER.resolve_all(["Injured", "suspect-injured"]) == ["suspect-injured"]
