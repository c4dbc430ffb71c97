import re

from evaluation.demo.content.taxonomy import offerings
from evaluation.stress import passages
from evaluation.stress.injections import looks_injected

ALL = [text for name in dir(passages) if name.isupper() for text in getattr(passages, name)]


def test_no_passage_speaks_of_an_offering_of_the_sample():
    said = "\n".join(ALL).casefold()
    named = [
        phrase
        for offering in offerings()
        for phrase in (offering.name, *(one for phrases in offering.phrases.values() for one in phrases))
        if re.search(rf"\b{re.escape(phrase.casefold())}\b", said)
    ]
    assert named == []


def test_passages_are_no_injections_and_none_comes_twice():
    assert [text for text in ALL if looks_injected(text)] == []
    assert len(set(ALL)) == len(ALL)
