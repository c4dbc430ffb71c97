from dataclasses import replace

import pytest

from evaluation.llm import prompts
from evaluation.simulator.answering import Answerer
from evaluation.simulator.chat import read_chat
from evaluation.simulator.config import NO_ERRORS, AnswerRow, Config, Rates
from evaluation.simulator.reading import plain
from tests.evaluation.simulator.conftest import item, request

CODES = [f"{parent}{number}" for parent in "ab" for number in range(6)]
SCHEMA = prompts.output_schema(CODES)
LINES = "\n".join(f"- {code} (under {code[0]}): Name. Definition" for code in CODES)
NAMES = [f"Company {number}" for number in range(1000)]
GOLD = {name: ("a0", "a1", "b2") if number % 3 else ("b3",) for number, name in enumerate(NAMES)}


def asked(name, **told):
    sent = request(item(f"{name} does things. Many of them!", name), schema=SCHEMA, guidelines=LINES) | told
    return read_chat(sent)


QUESTIONS = {name: asked(name) for name in NAMES}


def answerer(rates, **told):
    rows = tuple(
        AnswerRow(labels, name=name, slice="small" if number % 2 else "large")
        for number, (name, labels) in enumerate(GOLD.items())
    )
    return Answerer(Config(answers=rows, rates=rates, **told))


def answers(machine, names=NAMES, **told):
    return {name: machine.answer(QUESTIONS[name] if not told else asked(name, **told)) for name in names}


def shares(found):
    """(omitted, wrong or invented that are siblings of what is missing, answers with something invented)"""
    right = sum(len(GOLD[name]) for name in found)
    kept = sum(one.code in GOLD[name] for name, given in found.items() for one in given)
    false = sum(one.code not in GOLD[name] for name, given in found.items() for one in given)
    return 1 - kept / right, false / len(found)


def test_no_planted_error_means_the_right_answer():
    found = answers(answerer(NO_ERRORS), NAMES[:100])

    assert all({one.code for one in given} == set(GOLD[name]) for name, given in found.items())


def test_the_rates_come_out_as_planted():
    found = answers(answerer(Rates(omit=0.2, hallucinate=0, wrong=0, misquote=0)))
    assert shares(found) == (pytest.approx(0.2, abs=0.02), 0)

    found = answers(answerer(Rates(omit=0, hallucinate=0.3, wrong=0, misquote=0)))
    assert shares(found) == (0, pytest.approx(0.3, abs=0.03))

    found = answers(answerer(Rates(omit=0, hallucinate=0, wrong=0.3, misquote=0)))
    missing, false = shares(found)
    assert missing == pytest.approx(0.3, abs=0.03)
    assert false * len(found) == pytest.approx(missing * sum(map(len, GOLD.values())), abs=40)


def test_a_wrong_label_is_a_sibling_of_the_right_one():
    found = answers(answerer(Rates(omit=0, hallucinate=0, wrong=1, misquote=0)), NAMES[:60])

    for name, given in found.items():
        assert sorted(one.code[0] for one in given) == sorted(code[0] for code in GOLD[name])
        assert not {one.code for one in given} & set(GOLD[name])


def test_slices_and_models_have_rates_of_their_own_and_fewer_errors_are_a_part_of_more():
    machine = answerer(
        NO_ERRORS, slice_rates={"small": {"omit": 0.5}}, model_rates={"cheap": {"omit": 0.4}, "good": {"omit": 0.1}}
    )

    small, large = (answers(machine, NAMES[start::2]) for start in (1, 0))
    cheap, good = (answers(machine, NAMES[:400:2], model=model) for model in ("cheap", "good"))

    assert shares(small)[0] == pytest.approx(0.5, abs=0.04)
    assert shares(large)[0] == 0
    assert shares(cheap)[0] > 3 * shares(good)[0] > 0.15
    assert all({one.code for one in cheap[name]} <= {one.code for one in good[name]} for name in cheap)


def test_of_the_labels_of_a_chance_that_share_is_right_and_the_statement_bends_it():
    machine = answerer(Rates(omit=0.1, hallucinate=0.6, wrong=0.3, misquote=0), overconfidence=2.0)
    given = [(one, one.code in GOLD[name]) for name, labels in answers(machine).items() for one in labels]

    for low in (0.2, 0.4, 0.6, 0.8):
        inside = [(one, right) for one, right in given if low <= one.chance < low + 0.2]
        mean = sum(one.chance for one, _ in inside) / len(inside)
        assert sum(right for _, right in inside) / len(inside) == pytest.approx(mean, abs=0.07)
    assert all(1 - (1 - one.stated) ** 0.5 == pytest.approx(one.chance, abs=0.01) for one, _ in given)
    assert sum(one.stated for one, _ in given) > sum(right for _, right in given) * 1.15


def test_the_seed_decides_and_nothing_else_does():
    rates = Rates(omit=0.3, hallucinate=0.3, wrong=0.2, misquote=0.2)

    one, other, again = (answers(answerer(rates, seed=seed), NAMES[:200]) for seed in (0, 1, 0))
    backwards = answers(answerer(rates), NAMES[199::-1])

    assert one == again == backwards
    assert one != other


def test_temperature_takes_some_decisions_anew():
    machine = answerer(Rates(omit=0.3, hallucinate=0, wrong=0, misquote=0), waver=0.2)

    def changed(temperature):
        questions = [asked(name, temperature=temperature) for name in NAMES[:300]]
        first, second = ([{g.code for g in machine.answer(one, sample)} for one in questions] for sample in (1, 2))
        return sum(a != b for a, b in zip(first, second, strict=True)) / len(questions)

    assert changed(0) == 0
    assert 0.02 < changed(0.5) < changed(1) < 0.5


def test_quotes_are_in_the_text_but_for_the_planted_share():
    found = answers(answerer(replace(NO_ERRORS, misquote=0.25)))
    quotes = [(plain(one.quote), plain(QUESTIONS[name].text)) for name, given in found.items() for one in given]

    assert sum(quote not in text for quote, text in quotes) / len(quotes) == pytest.approx(0.25, abs=0.02)
    assert all(quote for quote, _ in quotes)


def test_a_label_that_was_not_given_may_still_apply_and_its_chance_says_how_likely():
    machine = answerer(Rates(omit=0.5, hallucinate=0, wrong=0, misquote=0))
    found = []
    for name in NAMES[:400]:
        given = {one.code for one in machine.answer(QUESTIONS[name])}
        found += [(machine.absent(QUESTIONS[name], code), code in GOLD[name]) for code in CODES if code not in given]

    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.6)):
        inside = [(chance, applies) for chance, applies in found if low <= chance < high]
        mean = sum(chance for chance, _ in inside) / len(inside)
        assert sum(applies for _, applies in inside) / len(inside) == pytest.approx(mean, abs=0.06)
