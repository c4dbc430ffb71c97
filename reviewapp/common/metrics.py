"""What Prometheus reads: who may, and the counts that each web process keeps itself.

Several processes of one web server share their counts through files in PROMETHEUS_MULTIPROC_DIR, which gunicorn.conf.py
sets. All that is in the database is read from there instead (reviewapp/home/metrics.py), so any process may be asked.
"""

import ipaddress
import os
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram

VERBS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
OF_MONITORS = ("metrics", "healthz")  # whose own asking would hide how the few requests of a quiet server went
PROXIED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")


def are_on() -> bool:
    """Whether the operator lets anybody read them; if not, nothing is counted either."""
    return bool(settings.METRICS_TOKEN or settings.METRICS_NETWORKS)


def may_read(request: HttpRequest) -> bool:
    """Who knows the token, or asks directly from a listed network; a proxy's own address lets nobody in."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    known = settings.METRICS_TOKEN
    if known and kind.lower() == "bearer" and constant_time_compare(given.strip(), known):
        return True
    if not settings.METRICS_NETWORKS or any(name in request.headers for name in PROXIED):
        return False
    return _is_listed(request.META.get("REMOTE_ADDR", ""), tuple(settings.METRICS_NETWORKS))


def _is_listed(address: str, networks: tuple[str, ...]) -> bool:
    try:
        asking = ipaddress.ip_address(address)
    except ValueError:  # a Unix socket has none
        return False
    asking = getattr(asking, "ipv4_mapped", None) or asking  # how a server on all addresses sees IPv4
    return any(asking in network for network in _networks(networks))


@cache
def _networks(written: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(one.strip()) for one in written]
    except ValueError as error:
        raise ImproperlyConfigured(f"METRICS_NETWORKS: {error}. Write networks like 10.0.0.0/8,fd00::/8.") from error


class Requests(NamedTuple):
    """The counts of this process, or of all of them where they share files."""

    registry: "CollectorRegistry"
    answered: "Counter"
    seconds: "Histogram"


@cache
def requests() -> Requests:
    from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415 -- not loaded where off

    registry = CollectorRegistry()
    answered = Counter(
        "assay_http_requests", "Requests answered, by route.", ["route", "method", "status"], registry=registry
    )
    seconds = Histogram(
        "assay_http_request_seconds", "How long answers took, by route.", ["route"], registry=registry, buckets=SECONDS
    )
    return Requests(registry, answered, seconds)


def requests_text() -> bytes:
    """The counts of requests, over all processes of this web server."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415

    registry = requests().registry
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


class CountRequests:
    """Counts requests and their time by the name of the route: never by the address, which anybody can make up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not are_on():
            raise MiddlewareNotUsed
        _networks(tuple(settings.METRICS_NETWORKS))
        self.get_response = get_response
        self.counts = requests()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = (match.view_name or "unnamed") if match else "unmatched"
        if route in OF_MONITORS:
            return response
        method = request.method if request.method in VERBS else "other"
        self.counts.answered.labels(route, method, str(response.status_code)).inc()
        self.counts.seconds.labels(route).observe(time.perf_counter() - began)
        return response
