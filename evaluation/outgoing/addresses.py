"""Which addresses messages may go to: public ones over HTTPS, or hosts that the operator has named."""

import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[str]]
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
UNICAST = IPv6Network("2000::/3")  # RFC 4291: all that is given out of the open internet so far
DOCUMENTS = IPv6Network("3fff::/20")  # RFC 9637
LONGEST = 2000
PORTS = {"https": 443, "http": 80}


class Forbidden(Exception):
    """The address may not be asked; the message says why and what to do."""


class NotFound(Exception):
    """The name has no address now; it may have one later."""


@dataclass(frozen=True)
class Allowed:
    """The operator's say: hosts ("name" or "name:port") that may be private or without TLS."""

    hosts: Collection[str] = ()
    plain_http: bool = False


@dataclass(frozen=True)
class Target:
    """Where to connect: the address that was looked at is the one that is used, whatever the name says later."""

    scheme: str
    host: str
    port: int
    path: str
    ip: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


def check_url(url: str, allowed: Allowed) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of an address that may be asked as far as its text says.

    >>> check_url("https://hooks.example.com/a?b=c", Allowed())
    ('https', 'hooks.example.com', 443, '/a?b=c')
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".").encode("idna").decode()
    except ValueError as error:  # a UnicodeError is one
        raise Forbidden(f"This is no address of a web server: {error}.") from error
    if not host or len(url) > LONGEST or parts.scheme not in PORTS or not url.isprintable() or " " in url:
        raise Forbidden("This is no address of a web server. It begins with https://.")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("The address holds a user name or password, which logs would show. Leave them out.")
    port = PORTS[parts.scheme] if port is None else port
    if parts.scheme == "http" and not (allowed.plain_http or _is_named(host, port, allowed)):
        raise Forbidden("The address has to begin with https://. The operator can allow others: DELIVERY_PLAIN_HTTP.")
    if _is_literal(host):
        _refuse_private(host, [host], port, allowed)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port, path


def resolve(url: str, allowed: Allowed, *, look_up: Resolver | None = None) -> Target:
    """The target of a request, its name looked up once; all addresses of the name must be public."""
    scheme, host, port, path = check_url(url, allowed)
    found = (look_up or addresses_of)(host, port)
    if not found:
        raise NotFound(f"{host} has no address.")
    _refuse_private(host, found, port, allowed)
    return Target(scheme, host, port, path, found[0])


def _refuse_private(host: str, found: Collection[str], port: int, allowed: Allowed) -> None:
    if not _is_named(host, port, allowed) and not all(is_public(one) for one in found):
        raise Forbidden(
            f"{host} is at a private, local or reserved address. The operator can allow it: DELIVERY_ALLOWED_HOSTS."
        )


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def addresses_of(host: str, port: int) -> list[str]:
    """What the system's resolver says, as text without zones, in its order."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotFound(f"{host} was not found: {error}.") from error
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def is_public(text: str) -> bool:
    """Whether an address is one of the open internet, also where an IPv6 address wraps an IPv4 one.

    >>> [is_public(one) for one in ("93.184.215.14", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1")]
    [True, False, False, False]
    """
    try:
        address: Address = ip_address(text.split("%")[0])
    except ValueError:
        return False
    return all(_is_open(one) for one in (address, *_wrapped(address)))


def _is_open(address: Address) -> bool:
    if isinstance(address, IPv6Address) and not (address.ipv4_mapped or address in NAT64):
        is_given_out = address in UNICAST and address not in DOCUMENTS  # the rest leads to networks of somebody's own
    else:
        is_given_out = True
    return is_given_out and address.is_global and not address.is_multicast and not address.is_unspecified


def _wrapped(address: Address) -> list[Address]:
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def _is_named(host: str, port: int, allowed: Allowed) -> bool:
    return host in allowed.hosts or f"{host}:{port}" in allowed.hosts
