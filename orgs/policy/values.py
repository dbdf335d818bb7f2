"""How the values of each condition family are read: numbers, dates, truth, addresses.

A reader returns nothing for a text it cannot read. It takes the same texts from
a policy and from a request, except that only a policy may name a range of addresses.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from ipaddress import ip_network
from typing import Final

NANOSECONDS: Final = 10**9
EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
NUMBER_CHARACTERS: Final = frozenset("0123456789+-.eE")
# Enough for any instant, and far from the length at which Python refuses integers.
MAX_EPOCH_DIGITS: Final = 18
MAX_FRACTION_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Addresses:
    """A range of addresses of one IP version, both ends included."""

    version: int
    first: int
    last: int

    def contains(self, other: "Addresses") -> bool:
        """Whether the other range lies in this one; one of the other version never does."""
        return (
            self.version == other.version and self.first <= other.first and other.last <= self.last
        )


def read_number(text: str) -> Decimal | None:
    """Read a decimal number such as `3600`, `-0.5` or `1e3`."""
    if not NUMBER_CHARACTERS.issuperset(text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def read_truth(text: str) -> bool | None:
    """Read `true` or `false`, in any case."""
    return {"true": True, "false": False}.get(text.lower())


def read_address(text: str) -> Addresses | None:
    """Read one address."""
    return None if "/" in text else read_network(text)


def read_network(text: str) -> Addresses | None:
    """Read an address or a range in CIDR form; bits beyond the prefix do not count."""
    _address, slash, prefix = text.partition("/")
    # The library would also take a zone (`fe80::1%eth0`) and a netmask for a prefix.
    if "%" in text or (slash and not _is_digits(prefix)):
        return None
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return Addresses(network.version, int(network.network_address), int(network.broadcast_address))


def read_instant(text: str) -> int | None:
    """Read a date, a time with its offset, or epoch seconds, as nanoseconds since 1970 (UTC)."""
    if "-" not in text[1:]:
        return _read_epoch(text)
    day = _read_day(text[:10])
    if day is None:
        return None
    if len(text) == 10:
        return day * 86_400 * NANOSECONDS
    time = _read_time(text[10:])
    return None if time is None else day * 86_400 * NANOSECONDS + time


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_date(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-"


def _read_epoch(text: str) -> int | None:
    whole, dot, fraction = text.removeprefix("-").partition(".")
    if not _is_digits(whole) or len(whole) > MAX_EPOCH_DIGITS:
        return None
    nanoseconds = _read_fraction(fraction) if dot else 0
    if nanoseconds is None:
        return None
    distance = int(whole) * NANOSECONDS + nanoseconds
    return -distance if text.startswith("-") else distance


def _read_fraction(text: str) -> int | None:
    """Read the digits after the dot, as nanoseconds."""
    if not _is_digits(text) or len(text) > MAX_FRACTION_DIGITS:
        return None
    return int(text.ljust(MAX_FRACTION_DIGITS, "0"))


def _read_day(text: str) -> int | None:
    """Read `YYYY-MM-DD`, as days since 1970."""
    year, month, day = text[:4], text[5:7], text[8:10]
    if not _is_date(text) or not _is_digits(year + month + day):
        return None
    try:
        return date(int(year), int(month), int(day)).toordinal() - EPOCH_DAY
    except ValueError:
        return None


def _read_time(text: str) -> int | None:
    """Read `Thh:mm[:ss[.f]]` with `Z` or an offset, as nanoseconds."""
    zone = "Z" if text.endswith("Z") else text[-6:]
    offset = 0 if zone == "Z" else _read_offset(zone)
    clock = text.removesuffix(zone)
    minutes = _read_minutes(clock[1:6])
    seconds = _read_seconds(clock[6:])
    if not clock.startswith("T") or offset is None or minutes is None or seconds is None:
        return None
    return (minutes - offset) * 60 * NANOSECONDS + seconds


def _read_seconds(text: str) -> int | None:
    """Read `:ss` or `:ss.f` as nanoseconds; nothing written is the full minute."""
    if not text:
        return 0
    whole, dot, fraction = text[1:].partition(".")
    seconds = _read_two_digits(whole, 59)
    nanoseconds = _read_fraction(fraction) if dot else 0
    if not text.startswith(":") or seconds is None or nanoseconds is None:
        return None
    return seconds * NANOSECONDS + nanoseconds


def _read_offset(text: str) -> int | None:
    """Read `+hh:mm` or `-hh:mm`, as minutes."""
    minutes = _read_minutes(text[1:])
    if minutes is None or text[0] not in "+-":
        return None
    return -minutes if text[0] == "-" else minutes


def _read_minutes(text: str) -> int | None:
    """Read `hh:mm`, as minutes."""
    hours, minutes = _read_two_digits(text[:2], 23), _read_two_digits(text[3:5], 59)
    if hours is None or minutes is None or len(text) != 5 or text[2] != ":":
        return None
    return hours * 60 + minutes


def _read_two_digits(text: str, largest: int) -> int | None:
    if len(text) != 2 or not _is_digits(text) or int(text) > largest:
        return None
    return int(text)
