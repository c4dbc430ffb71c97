import openai
import pytest

from evaluation.simulator.embeddings import embed


def near(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_common_words_make_texts_near():
    one, like, other = map(embed, ("payroll for small firms", "small firms and their payrolls", "gardens of the north"))

    assert near(one, one) == pytest.approx(1)
    assert near(one, like) > 0.6 > 0.3 > abs(near(one, other))
    assert embed("12 34") == [0.0] * 256


def test_the_client_reads_both_forms_and_the_order_is_kept(start):
    sim, client = start()

    packed = client.embeddings.create(model="e", input=["payroll", "garden"])
    plain = client.embeddings.create(model="e", input="garden", encoding_format="float", dimensions=64)

    assert [one.index for one in packed.data] == [0, 1]
    assert packed.data[1].embedding == pytest.approx(embed("garden"), abs=1e-6)
    assert plain.data[0].embedding == embed("garden", 64)
    assert (packed.model, packed.usage.prompt_tokens) == ("e-sim-1", sim.calls[0].tokens_in)
    assert [call.tokens_out for call in sim.calls] == [0, 0]


@pytest.mark.parametrize("told", [[], [""], [[1, 2]], ["a"] * 2049])
def test_what_cannot_be_embedded_is_refused(start, told):
    with pytest.raises(openai.BadRequestError):
        start()[1].embeddings.create(model="e", input=told)


def test_models_have_any_name(start):
    _sim, client = start()

    assert client.models.retrieve("gpt-x").id == "gpt-x"
    assert [model.owned_by for model in client.models.list()] == ["simulator"]
