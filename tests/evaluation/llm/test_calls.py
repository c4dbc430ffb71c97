from dataclasses import replace

from evaluation.llm.calls import Call

CALL = Call("classify", "p", "chat", "m", (("user", "DATA abc\nWe sell.\nEND DATA abc"),), nonce="abc")


def test_the_fence_is_no_part_of_the_question():
    other = replace(CALL, nonce="xyz", messages=(("user", "DATA xyz\nWe sell.\nEND DATA xyz"),))
    assert CALL.key == other.key
    assert CALL.digest != other.digest


def test_all_that_matters_to_the_answer_is_part_of_it():
    changes = [
        {"model": "n"}, {"temperature": 0.0}, {"top_p": 0.5}, {"seed": 1}, {"max_tokens": 9}, {"sample_index": 1},
        {"logprobs": True}, {"schema": {"a": 1}}, {"provider": "q"}, {"api": "responses"}, {"texts": ("a",)},
        {"address": "https://b/v1"},
        {"questions": (("a", "A?"),)},
    ]  # fmt: skip
    keys = {replace(CALL, **change).key for change in changes}
    assert len(keys | {CALL.key}) == len(changes) + 1
    assert replace(CALL, timeout=1.0, stage="repair").key == CALL.key


def test_a_call_is_never_taken_for_smaller_than_it_is():
    assert CALL.bytes_in >= len(CALL.messages[0][1].encode())
    assert replace(CALL, schema={"x": "y" * 100}).bytes_in > CALL.bytes_in + 100
    assert replace(CALL, api="decisions").most_tokens_out == 0
