"""No message reaches an address inside, however it is written, and the address looked at is the one connected to."""

import pytest

from evaluation.outgoing import posting
from evaluation.outgoing.addresses import Allowed, Forbidden, NotFound, Target, is_public, resolve

PUBLIC = "93.184.215.14"
INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
    "fd00:ec2::254", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1", "2001:db8::1", "3fff::1",
    "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "not an address",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_addresses_of_the_open_internet_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["http://a.example/", "ftp://a.example/", "https:///x", "https://u:p@a.example/", "https://a.example:99999/",
     "https://a b.example/", "https://a.example/\r\nHost: b", "javascript:alert(1)", "//a.example/", "https://[::1/",
     "https://10.0.0.1/", "https://[::1]/hook", "https://169.254.169.254:8443/"],
)  # fmt: skip
def test_urls_that_are_refused_as_they_stand(url):
    with pytest.raises(Forbidden):
        resolve(url, Allowed(), look_up=lambda host, port: [PUBLIC])


@pytest.mark.parametrize("found", [["10.0.0.1"], [PUBLIC, "127.0.0.1"], ["169.254.169.254"]])
def test_a_name_with_any_address_inside_is_refused(found):
    with pytest.raises(Forbidden, match="private"):
        resolve("https://rebind.example/", Allowed(), look_up=lambda host, port: found)


@pytest.mark.parametrize("url", ["https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://localhost/"])
def test_numbers_that_the_resolver_reads_as_loopback_are_refused(url):
    with pytest.raises((Forbidden, NotFound)):
        resolve(url, Allowed())


def test_the_operator_may_name_a_host_inside_and_only_that_one():
    allowed = Allowed(["127.0.0.1:8123"])
    assert resolve("http://127.0.0.1:8123/x?y=1", allowed) == Target("http", "127.0.0.1", 8123, "/x?y=1", "127.0.0.1")
    for other in ("http://127.0.0.1:8124/", "https://127.0.0.1/"):
        with pytest.raises(Forbidden):
            resolve(other, allowed)


def test_a_name_is_looked_up_once_and_connected_to_by_that_address_with_tls_for_the_name(monkeypatch):
    asked, pools = [], []

    def look_up(host, port):
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]  # a name that turns inwards after the look

    class Pool:
        def __init__(self, *args, **kwargs):
            pools.append((args, kwargs))

        def urlopen(self, method, path, **kwargs):
            pools.append((method, path, kwargs["headers"]["Host"], kwargs["redirect"], kwargs["retries"]))
            raise OSError("stop here")

        def close(self):
            pools.append("closed")

    monkeypatch.setattr(posting, "HTTPSConnectionPool", Pool)
    target = resolve("https://hooks.example:8443/a", Allowed(), look_up=look_up)
    with pytest.raises(posting.Unreachable, match="stop here"):
        posting.post(target, body=b"{}", headers={})

    (args, kwargs), request, closed = pools
    assert asked == ["hooks.example"]
    assert args == (PUBLIC, 8443)
    assert (kwargs["server_hostname"], kwargs["assert_hostname"], kwargs["cert_reqs"]) == (
        "hooks.example", "hooks.example", "CERT_REQUIRED",
    )  # fmt: skip
    assert request == ("POST", "/a", "hooks.example:8443", False, False)
    assert closed == "closed"
