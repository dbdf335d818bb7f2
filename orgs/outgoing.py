"""Requests that this installation sends to addresses which people have given.

Such an address may be meant to reach what only this machine can reach. So its scheme is checked, every
address that its name stands for is checked, the connection goes to one of the very addresses that were
checked, and no redirect is followed. What answers has little time and is heard no longer than needed.
"""

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from orgs.errors import InvalidParameter, Reason

LONGEST_URL = 500
ANSWER_BYTES = 500
CONNECT_SECONDS = 5.0
PORTS = {"http": 80, "https": 443}
# 6to4 and the two prefixes of NAT64: they lead to the IPv4 address within.
TUNNELS = [ip_network(net) for net in ("2002::/16", "64:ff9b::/96", "64:ff9b:1::/48")]
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)


class Unreachable(Exception):
    """The request could not be sent, or was not answered; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the beginning of the body as text, and after how long."""

    status: int
    beginning: str
    duration_ms: int


def check_url(
    value: object, *, allow_http: bool, allow_private: bool, field: str = "target"
) -> str:
    """The address as it is kept, if it can be one to send to.

    Names are looked up only when something is sent, since they may stand for something else by then.

    Raises:
        InvalidParameter: no address, not https, or the number of a private network.
    """
    if not isinstance(value, str):
        raise InvalidParameter(field=field, reason=Reason.NOT_TEXT)
    if len(value) > LONGEST_URL:
        raise InvalidParameter(field=field, reason=Reason.TOO_LONG, limit=LONGEST_URL)
    url = _parts(value)
    if url is None:
        raise InvalidParameter(field=field, reason=Reason.NOT_A_TARGET)
    if url.scheme != "https" and not allow_http:
        raise InvalidParameter(field=field, reason=Reason.NOT_HTTPS)
    host = url.hostname or ""
    if not allow_private and (host == "localhost" or _is_private_number(host)):
        raise InvalidParameter(field=field, reason=Reason.NOT_PUBLIC)
    return value


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow_private: bool,
    seconds: float,
) -> Answer:
    """Send `body` to `url` and hear the answer, all within so many seconds.

    Raises:
        Unreachable: no such name, a private address, no connection, no answer in time, or none at all.
    """
    parts = _parts(url)
    if parts is None:
        raise Unreachable("not an address to send to")
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    address = _address_to_ask(host, port, allow_private=allow_private)
    connection = (_Secure if parts.scheme == "https" else _Plain)(host, port, address)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    began = time.monotonic()
    # A peer that says a byte now and then keeps to every time-out of a socket, but not to this one.
    clock = threading.Timer(seconds, connection.cut)
    clock.daemon = True
    try:
        connection.connect()
        clock.start()
        connection.greet()
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        beginning = response.read(ANSWER_BYTES)
        status = response.status
    except TimeoutError as error:
        raise Unreachable("no answer in time") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        is_late = time.monotonic() - began >= seconds
        said = "no answer in time" if is_late else f"{type(error).__name__}: {error}"
        raise Unreachable(said) from error
    finally:
        clock.cancel()
        connection.close()
    duration = round((time.monotonic() - began) * 1000)
    return Answer(status, beginning.decode("utf-8", "replace"), duration)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is one of the open internet, and leads nowhere else."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in tunnel for tunnel in TUNNELS) or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def _parts(value: str) -> SplitResult | None:
    """The parts of an address of http or https without user, password and fragment."""
    if not _URL.fullmatch(value):
        return None
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError:
        return None
    is_whole = bool(url.hostname) and port != 0
    if not is_whole or url.username is not None or url.password is not None or "#" in value:
        return None
    # What the parser of addresses and a resolver could read differently is no name of a host.
    host = url.hostname or ""
    named = re.fullmatch(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?\.?", host)
    return url if named or ":" in host else None


def _is_private_number(host: str) -> bool:
    try:
        return not is_public(ip_address(host))
    except ValueError:
        return False


def _address_to_ask(host: str, port: int, *, allow_private: bool) -> str:
    """One of the addresses that the name stands for now, all of which may be asked."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("there is no such name") from error
    addresses = [str(row[4][0]) for row in found]
    if not allow_private:
        for address in addresses:
            if not is_public(ip_address(address.partition("%")[0])):
                raise Unreachable("the name leads into a private network")
    return addresses[0]


class _Plain(http.client.HTTPConnection):
    """A connection to an address that was looked up and checked before."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self.address = address
        self.ends: list[socket.socket] = []

    def connect(self) -> None:
        """To that address, whatever the name stands for by now."""
        self.sock = socket.create_connection((self.address, self.port), CONNECT_SECONDS)
        # A connection forgets its socket as soon as an answer begins after which it is to be closed.
        self.ends = [self.sock]

    def greet(self) -> None:
        """What comes before the request."""

    def cut(self) -> None:
        """End it, whatever it waits for."""
        for end in self.ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has ended by itself


class _Secure(_Plain):
    """The same over TLS, whose certificate has to be that of the name."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """As above; the handshake comes when somebody looks at the clock."""
        super().connect()
        context = ssl.create_default_context()
        self.sock: ssl.SSLSocket = context.wrap_socket(
            self.sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.ends = [self.sock]

    def greet(self) -> None:
        """The handshake."""
        self.sock.do_handshake()
