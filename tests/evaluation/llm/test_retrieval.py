import numpy as np
import pytest

from evaluation.llm.protocol import DocText
from evaluation.llm.retrieval import bm25, retrieve, split

TEXT = "First paragraph about payroll. It goes on.\n\nSecond one about steel. " + "More words. " * 30


@pytest.mark.parametrize(("size", "overlap"), [(50, 0), (50, 20), (120, 30), (1000, 100)])
def test_a_passage_is_what_stands_at_its_place(size, overlap):
    chunks = split([DocText("a", TEXT), DocText("b", "  short  "), DocText("c", "")], size=size, overlap=overlap)
    for chunk in chunks:
        assert [TEXT, "  short  "][chunk.document][chunk.start : chunk.end] == chunk.text
        assert 0 < len(chunk.text) <= size
    covered = {place for one in chunks if one.document == 0 for place in range(one.start, one.end)}
    assert all(place in covered for place, character in enumerate(TEXT) if not character.isspace())


def test_words_are_cut_only_if_they_do_not_fit():
    assert [one.text for one in split([DocText("a", "alpha beta gamma")], size=11, overlap=0)] == [
        "alpha beta",
        "gamma",
    ]
    assert "".join(one.text for one in split([DocText("a", "x" * 25)], size=10, overlap=0)) == "x" * 25
    with pytest.raises(ValueError, match="overlap"):
        split([], size=10, overlap=10)


def test_bm25_of_a_small_collection():
    texts = ["hello there good man", "it is quite windy in london", "how is the weather today"]
    # by hand: N=3, n(windy)=n(london)=1, idf=ln(1+2.5/1.5); length 6 of mean 5: tf weight 2.5/(1+1.5*(.25+.75*6/5))
    each = np.log(1 + 2.5 / 1.5) * 2.5 / (1 + 1.5 * (0.25 + 0.75 * 6 / 5))
    assert bm25(texts, "windy London") == pytest.approx([0, 2 * each, 0])
    assert bm25(["", "..."], "x").tolist() == [0, 0]


@pytest.mark.parametrize("method", ["bm25", "tfidf"])
def test_what_speaks_of_the_question_comes_first(method):
    chunks = split(
        [DocText("a", "Steel pipes here."), DocText("b", "Payroll services."), DocText("c", "Payroll payroll tax.")]
    )
    hits = retrieve(chunks, "payroll", k=2, method=method)
    assert sorted(hit.chunk.document for hit in hits) == [1, 2]
    assert [hit.rank for hit in hits] == [1, 2]
    assert len(retrieve(chunks, "payroll", k=9, method=method)) == 3
    assert [hit.chunk.document for hit in retrieve(chunks, "nothing", k=3, method=method)] == [0, 1, 2]
    assert retrieve([], "x", k=3, method=method) == []


def test_embeddings_are_compared_by_angle():
    chunks = split([DocText("a", "one"), DocText("b", "two")])
    vectors = {"q": [1, 1], "one": [0, 3], "two": [5, 4]}
    hits = retrieve(chunks, "q", k=2, method="embeddings", embed=lambda texts: [vectors[text] for text in texts])
    assert [hit.chunk.text for hit in hits] == ["two", "one"]
    with pytest.raises(ValueError, match="embeds"):
        retrieve(chunks, "q", k=1, method="embeddings")
