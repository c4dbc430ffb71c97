"""One POST to a resolved target: pinned address, TLS for the name, no redirect, no proxy, bounded time and size."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

from evaluation.outgoing.addresses import Target

CONNECT, READ, WHOLE = 5.0, 10.0, 20.0  # seconds
MOST_BYTES = 4096  # of an answer; the rest is not read
KEPT = 500  # characters of it


class Unreachable(Exception):
    """No answer; the message says how it failed."""


@dataclass(frozen=True)
class Reply:
    """What the other side said."""

    status: int
    text: str
    retry_after: int | None  # seconds


def post(target: Target, *, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send once and read a little of the answer. A redirect is an answer like any other."""
    timeout = Timeout(connect=CONNECT, read=READ)
    pool: HTTPConnectionPool
    if target.scheme == "https":
        pool = HTTPSConnectionPool(
            target.ip, target.port, timeout=timeout, maxsize=1, retries=False, cert_reqs="CERT_REQUIRED",
            server_hostname=target.host, assert_hostname=target.host,
        )  # fmt: skip
    else:
        pool = HTTPConnectionPool(target.ip, target.port, timeout=timeout, maxsize=1, retries=False)
    sent = {"Host": target.host_header, "User-Agent": "Assay", "Accept-Encoding": "identity", **headers}
    try:
        response = pool.urlopen(
            "POST", target.path, body=body, headers=sent, redirect=False, retries=False, preload_content=False,
            decode_content=False,
        )  # fmt: skip
        try:
            return Reply(response.status, _beginning(response), _seconds(response.headers.get("Retry-After")))  # type: ignore[arg-type]
        finally:
            response.close()
    except (HTTPError, OSError, ValueError) as error:
        raise Unreachable(_said(error)) from error
    finally:
        pool.close()


def _beginning(response: HTTPResponse) -> str:
    """The first bytes of an answer, as text that can be shown; whoever dribbles it out is cut off."""
    found, until = b"", time.monotonic() + WHOLE
    while len(found) < MOST_BYTES and time.monotonic() < until:
        part = response.read1(MOST_BYTES - len(found))
        if not part:
            break
        found += part
    text = found.decode("utf-8", "replace")
    return "".join(one if one.isprintable() else " " for one in text)[:KEPT].strip()


def _seconds(told: str | None) -> int | None:
    return int(told) if told and told.isascii() and told.isdigit() and len(told) < 9 else None


def _said(error: Exception) -> str:
    reason = str(error.__cause__ or error)
    return f"{type(error).__name__}: {reason}"[:KEPT]
