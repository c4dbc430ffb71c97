import pytest

from evaluation.llm.hosts import check_base_url
from reviewapp.common.errors import Refused

ALLOWED = ["api.openai.com", "http://127.0.0.1:8080"]


@pytest.mark.parametrize("url", ["https://api.openai.com/v1", "http://127.0.0.1:8080/v1"])
def test_listed_hosts(url):
    check_base_url(url, ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.openai.com/v1", "https://evil.example/v1", "https://api.openai.com.evil.example", "http://127.0.0.1:81",
        "http://169.254.169.254/", "https://user@api.openai.com/", "ftp://api.openai.com", "nonsense", "http://[::1",
    ],
)  # fmt: skip
def test_all_others(url):
    with pytest.raises(Refused):
        check_base_url(url, ALLOWED)
