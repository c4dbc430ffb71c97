import re
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from evaluation.llm.protocol import DocText
from evaluation.llm.retrieval import METHODS, Chunk, bm25, retrieve, split

TEXTS = [
    "We sell payroll software. Payroll runs monthly.",
    "Our payroll team pays people in 40 countries.",
    "A café in Rome, and a bakery.",
    "Software for bakeries: software that bakes.",
    "We hire people.",
]
CHUNKS = [Chunk(0, place * 100, place * 100 + len(text), text) for place, text in enumerate(TEXTS)]
# bm25s 0.3.16: BM25(k1=1.5, b=0.75, method="lucene", dtype="float64"), words by \w+ in lower case
BY_LIBRARY = {
    "payroll software": [0.8113155674139798, 0.3097236046558733, 0.0, 0.5055093058527756, 0.0],
    "payroll payroll people": [0.9606913578042794, 0.9291708139676198, 0.0, 0.0, 0.4561265690415276],
    "We": [0.33096988851184017, 0.0, 0.0, 0.0, 0.4561265690415276],
    "café": [0.0, 0.0, 0.5240868926184952, 0.0, 0.0],
}


def passages(text, **options):
    return [chunk.text for chunk in split([DocText("text", text)], **options)]


def test_a_short_text_is_one_passage_without_the_space_around_it():
    assert split([DocText("a", "  One. \n"), DocText("b", "Two.")]) == [Chunk(0, 2, 6, "One."), Chunk(1, 0, 4, "Two.")]


@pytest.mark.parametrize("text", ["", "  \n\n\t "])
def test_a_text_without_a_word_has_no_passage(text):
    assert split([DocText("text", text)]) == []


def test_a_passage_ends_with_a_paragraph_before_a_sentence_before_a_word():
    assert passages("aaaa bbbb.\n\ncc dd. ee ffffffff", size=20, overlap=0)[0] == "aaaa bbbb."
    assert passages("aaaa bbbb. cc dd. ee ffffffff", size=20, overlap=0)[0] == "aaaa bbbb. cc dd."
    assert passages("aaaa bbbb cccc dddd eeee", size=20, overlap=0) == ["aaaa bbbb cccc dddd", "eeee"]


def test_a_paragraph_that_ends_in_the_first_half_does_not_make_a_tiny_passage():
    assert passages("aa.\n\nbbbb cccc dddd eeee", size=20, overlap=0) == ["aa.\n\nbbbb cccc dddd", "eeee"]


def test_the_next_passage_begins_with_a_word_inside_the_overlap():
    assert passages("aaaa bbbb cccc dddd eeee", size=14, overlap=6) == ["aaaa bbbb cccc", "cccc dddd eeee"]
    assert passages("aaaa bbbb cccc dddd eeee", size=14, overlap=3) == ["aaaa bbbb cccc", "dddd eeee"]


def test_an_overlap_that_would_leave_no_room_for_the_next_word_is_left_out():
    assert passages("aa bb cccccccccc dd", size=10, overlap=5) == ["aa bb", "cccccccccc", "dd"]


def test_only_a_word_longer_than_a_passage_is_cut():
    assert passages("a " + "b" * 25 + " c", size=10, overlap=4) == ["a", "b" * 10, "b" * 10, "bbbbb c"]


def test_sentences_without_spaces_are_kept_whole():
    assert passages("公司销售软件。服务客户很多年。我们在上海。", size=12, overlap=0) == [
        "公司销售软件。", "服务客户很多年。", "我们在上海。",
    ]  # fmt: skip


@pytest.mark.parametrize("options", [{"size": 10, "overlap": 10}, {"size": 0, "overlap": 0}, {"overlap": -1}])
def test_sizes_that_make_no_sense(options):
    with pytest.raises(ValueError, match="overlap by 0 to less than their size"):
        split([DocText("text", "words")], **options)


def test_passages_of_random_texts_hold_every_word_and_never_stand_still():
    draw = Random(5)
    pieces = ["a", "bb", "ccccccc", "é", " ", "  ", "\n", "\n\n", ". ", "! ", "。"]
    for _ in range(600):
        text = "".join(draw.choice(pieces) for _ in range(draw.randint(0, 60)))
        size = draw.randint(1, 40)
        overlap = draw.randint(0, size - 1)
        chunks = split([DocText("text", text)], size=size, overlap=overlap)
        words = [match.span() for match in re.finditer(r"[^\s。！？]+[。！？]*|[。！？]+", text)]
        covered = set()
        for chunk in chunks:
            assert chunk.text == text[chunk.start : chunk.end] == chunk.text.strip()
            assert 0 < len(chunk.text) <= size
            covered |= set(range(chunk.start, chunk.end))
            torn = [(one, two) for one, two in words if one < chunk.start < two or one < chunk.end < two]
            assert all(two - one > size for one, two in torn)
        assert covered >= {place for place, character in enumerate(text) if not character.isspace()}
        for one, two in pairwise(chunks):
            assert one.start < two.start
            assert one.end < two.end
            assert one.end - two.start <= overlap


@pytest.mark.parametrize("query", BY_LIBRARY)
def test_bm25_gives_the_figures_of_bm25s(query):
    assert bm25(TEXTS, query) == pytest.approx(BY_LIBRARY[query], abs=1e-12)


def test_bm25_by_hand():
    # two texts of 1 and 3 words; "a" is in one of them: ln(1 + 1.5 / 1.5) * 1 / (1 + 1.5 * (0.25 + 0.75 * 1 / 2))
    assert bm25(["a", "b c d"], "a") == pytest.approx([np.log(2) / (1 + 1.5 * 0.625), 0.0], abs=1e-15)


def test_tfidf_is_the_cosine_of_scikit_learn():
    words = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", sublinear_tf=True).fit(TEXTS)
    wanted = (words.transform(TEXTS) @ words.transform(["payroll people"]).T).toarray().ravel()

    hits = retrieve(CHUNKS, "payroll people", k=5, method="tfidf")

    assert {hit.chunk.text: hit.score for hit in hits} == pytest.approx(dict(zip(TEXTS, wanted, strict=True)))


def test_the_best_come_first_and_ties_in_their_order():
    hits = retrieve(CHUNKS, "payroll software", k=4)
    assert [CHUNKS.index(hit.chunk) for hit in hits] == [0, 3, 1, 2]  # 2 and 4 share no word: 2 stands before 4
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert hits[3].score == 0.0
    assert all(type(hit.score) is float for hit in hits)


def test_the_best_in_the_order_of_the_texts_keep_their_ranks():
    hits = retrieve(CHUNKS, "payroll software", k=3, in_order=True)
    assert [(CHUNKS.index(hit.chunk), hit.rank) for hit in hits] == [(0, 1), (1, 3), (3, 2)]


def test_fewer_passages_than_asked_for():
    assert len(retrieve(CHUNKS, "payroll", k=50)) == len(CHUNKS)
    assert retrieve(CHUNKS, "payroll", k=0) == []
    assert retrieve([], "payroll", k=3) == []


@pytest.mark.parametrize("method", ["bm25", "tfidf"])
@pytest.mark.parametrize(("texts", "query"), [(["?!", "--"], "payroll"), (["a b", "c"], ""), (["a b", "c"], "xyz")])
def test_nothing_in_common_is_a_score_of_zero(method, texts, query):
    chunks = [Chunk(0, 0, 1, text) for text in texts]
    assert [(hit.chunk.text, hit.score) for hit in retrieve(chunks, query, k=2, method=method)] == [
        (texts[0], 0.0), (texts[1], 0.0),
    ]  # fmt: skip


def test_embeddings_are_compared_by_their_angle_in_one_request():
    asked = []

    def embed(texts):
        asked.append(list(texts))
        return [[2, 0], [1, 1], [0, 0], [9, 0], [-1, 0], [3, 4]]

    hits = retrieve(CHUNKS, "query", k=5, method="embeddings", embed=embed)

    assert asked == [["query", *TEXTS]]
    assert [(CHUNKS.index(hit.chunk), round(hit.score, 9)) for hit in hits] == [
        (2, 1.0), (0, round(0.5**0.5, 9)), (4, 0.6), (1, 0.0), (3, -1.0),
    ]  # fmt: skip


@pytest.mark.parametrize("vectors", [[[1.0]], [[1.0]] * 5, [[1.0]] * 5 + [[1.0, 2.0]], [[1.0]] * 5 + [[float("nan")]]])
def test_vectors_that_cannot_be_compared(vectors):
    with pytest.raises(ValueError, match="vector"):
        retrieve(CHUNKS, "query", k=5, method="embeddings", embed=lambda texts: vectors)


def test_a_method_that_is_not_known_and_embeddings_without_an_endpoint():
    with pytest.raises(ValueError, match=", ".join(METHODS)):
        retrieve(CHUNKS, "query", k=1, method="fulltext")
    with pytest.raises(ValueError, match="something that embeds"):
        retrieve(CHUNKS, "query", k=1, method="embeddings")


def test_many_ties_stay_in_order():
    chunks = [Chunk(0, place, place + 1, "ab"[place % 2]) for place in range(200)]
    assert [hit.chunk.start for hit in retrieve(chunks, "a", k=200)] == [*range(0, 200, 2), *range(1, 200, 2)]
