"""Whose word is taken for where a request comes from."""

import pytest

from orgs.client_address import address_of, network_of

PEER = "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", PEER),
        (0, "", PEER),
        (1, None, PEER),
        (1, "", PEER),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.9,198.51.100.1 ", "198.51.100.1"),
        (2, "203.0.113.9, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        # Fewer than there are proxies: it came another way, and anybody may have written it.
        (2, "198.51.100.1", PEER),
        (3, "198.51.100.1, 10.0.0.1", PEER),
        (1, "198.51.100.1, nonsense", PEER),
        (1, "198.51.100.1,", PEER),
        (1, "198.51.100.1, <script>", PEER),
        (1, "x" * 100_000, PEER),
        (1, "fe80::1%<script>", PEER),
        (1, "\x00", PEER),
        (1, "١٩٢.0.2.9", PEER),
        (1, "198.51.100.1:49152", "198.51.100.1"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "2001:DB8:0::0001", "2001:db8::1"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "198.51.100.1:0:0", PEER),
        (1, "[198.51.100.1", PEER),
    ],
)
def test_the_address_is_the_peers_unless_a_proxy_of_ours_says_another(
    settings, proxies, forwarded, address
):
    settings.TRUSTED_PROXIES = proxies
    meta = {"REMOTE_ADDR": PEER}
    if forwarded is not None:
        meta["HTTP_X_FORWARDED_FOR"] = forwarded

    assert address_of(meta) == address


@pytest.mark.parametrize("meta", [{}, {"REMOTE_ADDR": ""}, {"REMOTE_ADDR": "unix:"}])
def test_a_peer_without_address_has_none(meta):
    assert address_of(meta) == ""


def test_nobody_is_believed_unless_a_setting_says_so(settings):
    assert settings.TRUSTED_PROXIES == 0
    assert settings.SECURE_PROXY_SSL_HEADER is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("", ""),
    ],
)
def test_an_ipv6_network_counts_as_one_caller(address, network):
    assert network_of(address) == network
