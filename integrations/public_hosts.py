"""Where a webhook may lead: to the world outside, never into the office's own network.

Whoever registers an address could otherwise let our machine call services that trust it. A name is
resolved once for each connection, every address behind it is judged, and the connection goes to
one that was judged: a name that resolves to something else a moment later gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence

import httpx

from plans.errors import InvalidInput

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host, for a port; ``OSError`` where it has none."""

PORTS = {"http": 80, "https": 443}
LONGEST = 1000
_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Python 3.11 takes these for global: documentation (RFC 9637), the relays of 6to4 (RFC 7526).
_NOT_GLOBAL = (ipaddress.ip_network("3fff::/20"), ipaddress.ip_network("192.88.99.0/24"))


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as this machine resolves it, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def parse_url(text: str, *, allow_private: bool) -> httpx.URL:
    """A webhook's address, or ``InvalidInput`` that says what would be right."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise _wrong("must be a whole address, as in https://example.vn/dondoc") from None
    if url.scheme not in PORTS or not url.host:
        raise _wrong("must be a whole address, as in https://example.vn/dondoc")
    if url.scheme != "https" and not allow_private:
        raise _wrong("must begin with https://")
    if url.userinfo or url.fragment:
        raise _wrong("must hold neither a user, a password nor a fragment")
    if not 0 < port_of(url) < 65_536 or len(text) > LONGEST:
        raise _wrong(f"must have at most {LONGEST} signs and a port from 1 to 65535")
    return url


def port_of(url: httpx.URL) -> int:
    """The port to connect to."""
    return PORTS[url.scheme] if url.port is None else url.port


def addresses_of(
    url: httpx.URL, *, allow_private: bool, resolver: Resolver = resolve
) -> Sequence[str]:
    """The addresses to connect to; ``InvalidInput`` if there is none or any is not public."""
    host = url.raw_host.decode("ascii")
    try:
        found = resolver(host, port_of(url))
    except (OSError, UnicodeError):
        raise _wrong("its host cannot be found") from None
    if not found:
        raise _wrong("its host cannot be found")
    if not allow_private and not all(is_public(one) for one in found):
        # Not which one: that would tell a stranger what our network looks like from inside.
        raise _wrong("its host is not on the public internet (DONDOC_WEBHOOK_ALLOW_PRIVATE)")
    return found


def is_public(address: str) -> bool:
    """Whether an address can be reached from everywhere, also once it is unwrapped.

    IPv4 addresses come wrapped in IPv6 ones: mapped (RFC 4291), 6to4 (RFC 3056), NAT64 (RFC 6052).
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if (inner := _wrapped(ip)) is not None:
            return is_public(str(inner))
        if ip not in _UNICAST:
            return False
    special = any(ip in network for network in _NOT_GLOBAL if network.version == ip.version)
    return ip.is_global and not ip.is_multicast and not special


def _wrapped(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(f"url: {message}", fields={"url": message})
