"""Where a request comes from, as far as those can be believed who say it."""

import re
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings

_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")
NETWORK_BITS = 64  # what one customer gets of IPv6


def address_of(meta: Mapping[str, Any]) -> str:
    """The address of the client, from the CGI variables of a request; empty where there is none.

    It is the peer's, unless `TRUSTED_PROXIES` says that so many proxies of ours stand before it: then the
    outermost of them has written it into `X-Forwarded-For`, so many places from the end. What stands before
    that place anybody can have sent. Where the header is too short, or holds something else there, the
    request did not come that way, and the peer is what is known.
    """
    peer = _address(str(meta.get("REMOTE_ADDR", "")))
    proxies = settings.TRUSTED_PROXIES
    if not proxies:
        return peer
    said = str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    return _address(said[-proxies]) or peer if len(said) >= proxies else peer


def network_of(address: str) -> str:
    """What is counted as one caller: an IPv4 address, or the network of 64 bits of an IPv6 one."""
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/{NETWORK_BITS}", strict=False))


def _address(text: str) -> str:
    """The one spelling of an address, without a port; empty for what is none."""
    text = text.strip()
    if found := _WITH_PORT.fullmatch(text):
        text = found[1] or found[2]
    if "%" in text:  # a zone of an interface, in which anything can stand
        return ""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)
