"""The client's manners: it waits as told, sends twice only what may be, and says what the server said."""

import httpx
import pytest
from assay_client import AssayError, Client, Prediction, Problem
from assay_client.retrying import Retrying

BUSY = {"status": 503, "title": "Try again", "detail": "The database is busy.", "request_id": "r1"}


def asked(answers, method="GET", longest=60.0, **what):
    """How often the server was asked, what it waited, and the last answer."""
    left, waits, keys = list(answers), [], []

    def answer(request):
        keys.append(request.headers.get("Idempotency-Key"))
        said = left.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    transport = Retrying(httpx.MockTransport(answer), longest=longest, sleep=waits.append)
    with httpx.Client(transport=transport) as http:
        last = http.request(method, "https://assay.example.org/", **what)
    return len(keys), waits, last.status_code, set(keys)


def test_it_waits_as_long_as_the_server_says():
    busy = httpx.Response(429, headers={"Retry-After": "7"})
    assert asked([busy, busy, httpx.Response(200)])[:3] == (3, [7.0, 7.0], 200)
    assert asked([httpx.Response(429, headers={"Retry-After": "600"})])[:3] == (1, [], 429)
    many, waits, status, _ = asked([httpx.Response(503)] * 5)
    assert (many, status) == (5, 503)
    assert 0.25 <= waits[0] <= 0.5 < waits[-1] <= 4
    past = httpx.Response(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    assert asked([past, httpx.Response(200)])[1] == [0.0]


def test_only_what_may_be_sent_twice_is():
    lost = httpx.ConnectError("lost")
    assert asked([lost, httpx.Response(200)])[0] == 2
    with pytest.raises(httpx.ConnectError):
        asked([lost, httpx.Response(200)], "POST", json={})
    assert asked([httpx.Response(503)], "POST", json={})[0] == 1
    key = {"Idempotency-Key": "k"}
    assert asked([httpx.Response(503), httpx.Response(200)], "POST", json={}, headers=key)[3] == {"k"}


def test_problems_become_exceptions_and_a_token_goes_nowhere_else():
    seen = []

    def answer(request):
        seen.append(request.url)
        if request.url.params.get("cursor"):
            return httpx.Response(503, json=BUSY)
        return httpx.Response(200, json={"results": [{"a": 1}], "next": "https://evil.example/x?cursor=c2&limit=5"})

    with Client("https://assay.example.org", "t", "acme", transport=httpx.MockTransport(answer), tries=1) as assay:
        rows = assay.pages("things/")
        assert next(rows) == {"a": 1}
        with pytest.raises(Problem) as caught:
            next(rows)
    assert (caught.value.status, caught.value.detail, caught.value.is_temporary) == (503, BUSY["detail"], True)
    assert str(seen[1]) == "https://assay.example.org/api/v1/projects/acme/things/?cursor=c2&limit=5"
    with pytest.raises(AssayError):
        Client("http://assay.example.org", "t", "acme")


def test_a_prediction_says_labels_with_and_without_confidence():
    assert Prediction("co-1", ["crm"], cost=0.01).row() == {"item": "co-1", "labels": [{"code": "crm"}], "cost": 0.01}
    stated = Prediction("co-1", {"crm": 0.5}, evidence={"crm": "we sell"}).row()
    assert stated["labels"] == [{"code": "crm", "confidence": 0.5, "evidence": "we sell"}]
    assert Prediction("co-1", {}).row()["labels"] == []
