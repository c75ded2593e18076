"""Where webhooks may lead: what counts as public, which addresses are refused, and why."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from integrations.public_hosts import Resolver, addresses_of, is_public, parse_url, resolve
from plans.errors import InvalidInput

PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "10.0.0.1",
    "172.16.5.5",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "192.88.99.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "::8.8.8.8",
    "2002:a00:1::1",
    "2002:7f00:1::",
    "64:ff9b::a00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2001:0:53aa:64c::1",
    "no address",
    "",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "203.113.0.1",
    "2606:4700:4700::1111",
    "2402:800::1",
    "::ffff:8.8.8.8",
    "2002:808:808::1",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(address: str) -> None:
    assert is_public(address)


def found(url: str, *addresses: str, allow: bool = False) -> Sequence[str]:
    parsed = parse_url(url, allow_private=allow)
    return addresses_of(parsed, allow_private=allow, resolver=lambda *_: addresses)


def test_every_address_of_a_host_must_be_public() -> None:
    assert found("https://x.vn/", "8.8.8.8", "2402:800::1") == ("8.8.8.8", "2402:800::1")
    for addresses in (("8.8.8.8", "10.0.0.1"), ("::1", "8.8.8.8"), ("10.0.0.1",)):
        with pytest.raises(InvalidInput, match="not on the public internet") as error:
            found("https://x.vn/", *addresses)
        assert "10.0.0.1" not in str(error.value)
        assert list(error.value.fields) == ["url"]


def test_private_ones_may_be_allowed() -> None:
    assert found("http://noi-bo:8080/x", "10.0.0.1", allow=True) == ("10.0.0.1",)


def test_a_host_without_an_address() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError(f"{host}:{port}")

    resolvers: list[Resolver] = [unknown, lambda *_: []]
    for resolver in resolvers:
        with pytest.raises(InvalidInput, match="cannot be found"):
            url = parse_url("https://x.vn", allow_private=False)
            addresses_of(url, allow_private=False, resolver=resolver)


def test_the_resolver_is_asked_for_the_port_and_the_plain_name() -> None:
    asked: list[tuple[str, int]] = []

    def ask(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["8.8.8.8"]

    for url in ("https://Sở.vn/x", "https://x.vn:8443", "https://[2402:800::1]/"):
        addresses_of(parse_url(url, allow_private=False), allow_private=False, resolver=ask)
    assert asked == [("xn--s-lym.vn", 443), ("x.vn", 8443), ("2402:800::1", 443)]


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "127.1"])
def test_a_private_address_in_any_spelling_is_refused(host: str) -> None:
    url = parse_url(f"https://{host}/", allow_private=False)
    with pytest.raises(InvalidInput):
        addresses_of(url, allow_private=False)
    assert resolve(host, 443) == ["127.0.0.1"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "/x",
        "ftp://x.vn/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "http://x.vn/",
        "https://user@x.vn/",
        "https://user:word@x.vn/",
        "https://x.vn/#part",
        "https://x.vn:0/",
        "https://x.vn:65536/",
        "https://x.vn:x/",
        "https://x.vn/\x00",
        "https://x.vn/\n",
        "https://x.vn/\ud800",
        "https://[::1/",
        "https://x.vn/" + "a" * 1000,
        "https://" + "a" * 70000,
    ],
)
def test_what_is_no_address_of_a_webhook(url: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_url(url, allow_private=False)
    assert list(error.value.fields) == ["url"]


def test_plain_http_only_where_private_is_allowed() -> None:
    assert parse_url("http://x.vn/", allow_private=True).scheme == "http"
    with pytest.raises(InvalidInput, match="https://"):
        parse_url("http://x.vn/", allow_private=False)
