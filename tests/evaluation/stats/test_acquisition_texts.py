"""Texts as vectors."""

from evaluation.stats.acquisition_texts import vectors_of


def test_texts_without_words_are_rows_of_zeros():
    vectors, others = vectors_of(["", "payroll software"], others=["payroll"])

    assert (vectors.shape[0], others.shape[0], vectors[0].nnz) == (2, 1, 0)
    assert vectors_of(["", ""])[0].nnz == 0
