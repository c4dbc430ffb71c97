import pytest

from evaluation.llm.providers import read_providers
from reviewapp.common.errors import Refused


def test_the_default_is_always_there_and_others_stand_beside_it():
    found = read_providers(
        {"own": {"base_url": "http://127.0.0.1:8000/v1", "free": True}}, default={"base_url": "https://a/v1"}
    )
    assert sorted(found) == ["default", "own"]
    assert (found["own"].free, found["default"].free, found["own"].name) == (True, False, "own")


@pytest.mark.parametrize("wrong", [{"api": "telegram", "base_url": "x"}, {}, {"base_url": "x", "api_key": "sk-1"}])
def test_a_provider_that_makes_no_sense_is_named_and_a_key_is_not_taken(wrong):
    with pytest.raises(Refused, match="own"):
        read_providers({"own": wrong}, default={"base_url": "https://a/v1"})
