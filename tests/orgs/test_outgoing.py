"""Requests to addresses that people gave: nothing but the open internet, no redirect, in bounded time."""

import socket
import time
from ipaddress import ip_address

import pytest

from orgs import outgoing
from orgs.errors import InvalidParameter, Reason
from tests.receiver import receiving

PRIVATE = [
    *["127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"],
    *["100.64.0.1", "0.0.0.1", "255.255.255.255", "224.0.0.1", "192.0.2.1", "198.18.0.1"],
    *["::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"],
    *["2002:7f00:1::", "64:ff9b::7f00:1", "2001:db8::1", "2001:0:1::1"],
]


@pytest.mark.parametrize("address", PRIVATE)
def test_is_public_refuses_what_only_this_machine_reaches(address):
    assert not outgoing.is_public(ip_address(address))
    url = f"https://[{address}]/" if ":" in address else f"https://{address}/"
    with pytest.raises(InvalidParameter) as refused:
        outgoing.check_url(url, allow_http=False, allow_private=False)
    assert refused.value.reason == Reason.NOT_PUBLIC


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111"])
def test_is_public_lets_the_internet_be(address):
    assert outgoing.is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (None, Reason.NOT_TEXT),
        (7, Reason.NOT_TEXT),
        ("", Reason.NOT_A_TARGET),
        ("https://", Reason.NOT_A_TARGET),
        ("example.com/hook", Reason.NOT_A_TARGET),
        ("ftp://example.com/", Reason.NOT_A_TARGET),
        ("file:///etc/passwd", Reason.NOT_A_TARGET),
        ("gopher://example.com/", Reason.NOT_A_TARGET),
        ("javascript:alert(1)", Reason.NOT_A_TARGET),
        ("https://user@example.com/", Reason.NOT_A_TARGET),
        ("https://user:password@example.com/", Reason.NOT_A_TARGET),
        ("https://example.com/#there", Reason.NOT_A_TARGET),
        ("https://example.com:99999/", Reason.NOT_A_TARGET),
        ("https://example.com:0/", Reason.NOT_A_TARGET),
        ("https://exa mple.com/", Reason.NOT_A_TARGET),
        ("https://example.com/\r\nHost: a", Reason.NOT_A_TARGET),
        ("https://exämple.com/", Reason.NOT_A_TARGET),
        ("https://example.com\\@127.0.0.1/", Reason.NOT_A_TARGET),
        ("https://[::1", Reason.NOT_A_TARGET),
        ("http://example.com/", Reason.NOT_HTTPS),
        ("https://localhost/", Reason.NOT_PUBLIC),
        ("https://" + "a" * 500, Reason.TOO_LONG),
    ],
)
def test_check_url_refuses(url, reason):
    with pytest.raises(InvalidParameter) as refused:
        outgoing.check_url(url, allow_http=False, allow_private=False)

    assert (refused.value.field, refused.value.reason) == ("target", reason)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com:8443/hook?token=a%20b",
        "HTTPS://EXAMPLE.COM/",
        "https://1.1.1.1/",
    ],
)
def test_check_url_keeps_what_can_be_sent_to(url):
    assert outgoing.check_url(url, allow_http=False, allow_private=False) == url


def send(url, *, allow_private=True, seconds=5.0):
    return outgoing.post(
        url,
        b"{}",
        {"Content-Type": "application/json"},
        allow_private=allow_private,
        seconds=seconds,
    )


def test_post_sends_the_body_and_hears_the_beginning_of_the_answer():
    with receiving() as receiver:
        receiver.status, receiver.answer = 202, b"x" * 10_000
        answer = send(receiver.url + "?a=b")

    assert (answer.status, answer.beginning) == (202, "x" * outgoing.ANSWER_BYTES)
    assert answer.duration_ms >= 0
    (received,) = receiver.received
    assert (received.path, received.body) == ("/hook?a=b", b"{}")
    assert received.headers["Content-Type"] == "application/json"


def test_post_follows_no_redirect():
    with receiving() as receiver, receiving() as other:
        receiver.status, receiver.headers = 302, {"Location": other.url}
        answer = send(receiver.url)

    assert (answer.status, other.received) == (302, [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1"])
def test_post_connects_to_no_private_address_however_it_is_written(host):
    with receiving() as receiver:
        port = receiver.url.split(":")[2]
        with pytest.raises(outgoing.Unreachable):
            send(f"http://{host}:{port}", allow_private=False)

    assert receiver.received == []


def test_post_looks_at_every_address_of_a_name_and_connects_to_the_one_it_looked_at(monkeypatch):
    asked = []

    def lookup(host, port, **_kind):
        asked.append(host)
        return [(2, 1, 6, "", ("1.1.1.1", port)), (2, 1, 6, "", ("10.0.0.7", port))]

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lookup)

    with pytest.raises(outgoing.Unreachable, match="private"):
        send("https://rebinding.example/", allow_private=False)
    assert asked == ["rebinding.example"]


def test_post_says_what_is_wrong_where_nobody_answers():
    with receiving() as receiver:
        url = receiver.url
    with pytest.raises(outgoing.Unreachable, match="ConnectionRefusedError"):
        send(url)
    with pytest.raises(outgoing.Unreachable, match="no such name"):
        send("https://nobody.invalid/")


def test_post_hangs_up_on_who_says_a_byte_now_and_then():
    with receiving() as receiver:
        receiver.pause, receiver.answer = 0.1, b"x" * 100
        began = time.monotonic()
        answer = send(receiver.url, seconds=0.5)

    assert time.monotonic() - began < 3
    assert answer.status == 200
    assert len(answer.beginning) < 50


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_post_waits_no_longer_for_who_says_nothing(scheme):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(outgoing.Unreachable, match="no answer in time"):
            send(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.3)

    assert time.monotonic() - began < 3


def test_post_trusts_no_certificate_that_it_does_not_know():
    with receiving() as receiver, pytest.raises(outgoing.Unreachable, match="SSL"):
        send(receiver.url.replace("http://", "https://"))
