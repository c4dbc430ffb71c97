"""Texts as TF-IDF vectors: rows of length 1, sparse. Only what tells texts apart, not what they mean."""

from collections.abc import Sequence

from scipy import sparse

LETTERS = 5000  # of a text; what comes later seldom changes which text is near
TERMS = 20_000


def vectors_of(texts: Sequence[str], *, others: Sequence[str] = ()) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Vectors of the texts and of others in the same terms; texts without words are rows of zeros."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 -- slow to load

    whole = [text[:LETTERS] for text in (*texts, *others)]
    words = TfidfVectorizer(
        sublinear_tf=True, strip_accents="unicode", max_features=TERMS, max_df=0.5 if len(whole) > 20 else 1.0,
        token_pattern=r"(?u)\b\w+\b",  # noqa: S106 -- a pattern
    )  # fmt: skip
    try:
        found = words.fit_transform(whole)
    except ValueError:  # no text has a word that tells
        found = sparse.csr_matrix((len(whole), 1))
    found = sparse.csr_matrix(found)
    return found[: len(texts)], found[len(texts) :]
