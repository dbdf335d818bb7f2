from decimal import Decimal, getcontext, localcontext

import pytest

from orgs.policy.context import Context, text_of
from orgs.policy.values import (
    Addresses,
    read_address,
    read_instant,
    read_network,
    read_number,
    read_truth,
)

SECOND = 10**9
DAY = 86_400 * SECOND


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"), ("12", "12"), ("-2.50", "-2.5"), ("+3", "3"), ("1e3", "1000"), ("1E-2", "0.01"),
        (".5", "0.5"), ("5.", "5"), ("9" * 6_000, "9" * 6_000),
    ],
)  # fmt: skip
def test_reads_decimal_numbers(text, value):
    assert read_number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1_0", "one", "NaN", "Infinity", "-", ".", "1e", "e5", "1.2.3", "١", "0x1",
     "1e9999999999999999999", "--1"],
)  # fmt: skip
def test_refuses_what_is_no_number(text):
    assert read_number(text) is None


def test_numbers_do_not_depend_on_the_callers_decimal_context():
    with localcontext() as context:
        context.prec = 2
        context.clear_traps()
        assert read_number("1.2345") == Decimal("1.2345")
        assert read_number("1.2.3") is None
    assert getcontext().prec > 2


def test_a_huge_exponent_can_be_compared():
    assert read_number("1e999999999999") > read_number("9" * 100)


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("TRUE", True), ("False", False), ("1", None), ("", None), (" true", None)],
)
def test_reads_truth(text, value):
    assert read_truth(text) is value


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("10.1.2.3", 0x0A010203, 0x0A010203),
        ("10.1.2.3/32", 0x0A010203, 0x0A010203),
        ("10.1.2.3/8", 0x0A000000, 0x0AFFFFFF),
        ("0.0.0.0/0", 0, 2**32 - 1),
    ],
)
def test_reads_ranges_of_version_4(text, first, last):
    assert read_network(text) == Addresses(4, first, last)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("::1", 1, 1), ("::5/126", 4, 7), ("::/0", 0, 2**128 - 1)],
)
def test_reads_ranges_of_version_6(text, first, last):
    assert read_network(text) == Addresses(6, first, last)


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "10.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/255.0.0.0",
     "10.0.0.0/-1", "10.0.0.0/+8", "::1%eth0", "::1/129", " 10.0.0.1", "10.0.0.1/8/9", "01.2.3.4",
     "10.0.0.0/²"],
)  # fmt: skip
def test_refuses_what_is_no_address(text):
    assert read_network(text) is None
    assert read_address(text) is None


def test_a_request_names_one_address():
    assert read_address("10.0.0.1") == Addresses(4, 0x0A000001, 0x0A000001)
    assert read_address("10.0.0.1/32") is None


@pytest.mark.parametrize(
    ("address", "network", "is_inside"),
    [
        ("10.0.0.0", "10.0.0.0/30", True),
        ("10.0.0.3", "10.0.0.0/30", True),
        ("10.0.0.4", "10.0.0.0/30", False),
        ("9.255.255.255", "10.0.0.0/30", False),
        ("0.0.0.1", "::/0", False),
        ("::1", "0.0.0.0/0", False),
        ("::1", "::/64", True),
    ],
)
def test_an_address_is_inside_a_range_of_its_version(address, network, is_inside):
    assert read_network(network).contains(read_address(address)) is is_inside


def test_a_wider_range_is_not_inside():
    assert not read_network("10.0.0.0/30").contains(read_network("10.0.0.0/29"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1970-01-01", 0),
        ("1970-01-02", DAY),
        ("1969-12-31", -DAY),
        ("1970-01-01T00:00Z", 0),
        ("1970-01-01T00:01Z", 60 * SECOND),
        ("1970-01-01T01:00:00Z", 3_600 * SECOND),
        ("1970-01-01T00:00:01Z", SECOND),
        ("1970-01-01T23:59:59Z", DAY - SECOND),
        ("1970-01-01T00:00:00.5Z", SECOND // 2),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-02T00:00:01.25+00:00", DAY + SECOND * 5 // 4),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1970-01-01T00:00-01:30", 5_400 * SECOND),
        ("1970-01-01T00:00:00+23:59", -(23 * 60 + 59) * 60 * SECOND),
        ("2000-02-29", 11_016 * DAY),
        ("0001-01-01T00:00+10:00", -719_162 * DAY - 36_000 * SECOND),
        ("9999-12-31", 2_932_896 * DAY),
        ("0", 0),
        ("1767225600", 1_767_225_600 * SECOND),
        ("-1", -SECOND),
        ("1.5", SECOND * 3 // 2),
        ("-1.25", -SECOND * 5 // 4),
        ("20260101", 20_260_101 * SECOND),
        ("9" * 18, (10**18 - 1) * SECOND),
    ],
)
def test_reads_instants(text, value):
    assert read_instant(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "today", "2026-01", "2026-1-1", "2026-13-01", "2026-02-30", "0000-01-01",
        "2026-01-01T00:00", "2026-01-01T00:00:00", "2026-01-01 00:00Z", "2026-01-01T24:00Z",
        "2026-01-01T00:60Z", "2026-01-01T00:00:60Z", "2026-01-01T0:00Z", "2026-01-01T00:00:0Z",
        "2026-01-01T00:00.5Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00z", "2026-01-01t00:00Z", "2026-01-01Z", "2026-01-01T00:00+0200",
        "2026-01-01T00:00+02", "2026-01-01T00:00+24:00", "2026-01-01T00:00+02:60",
        "2026-01-01T00:00*02:00", "2026-01-01T00:00ZZ", "2026/01/01", "2026-01/01", "2026/01-01",
        "2026-01-01T", "2026-01-01T00-00Z", "2026-01-01T00:00-00Z", "2026-01-01T00:00,00Z",
        "2026-01-01T00:00:00:00Z", "9" * 19, "1.", ".5", "1.5.5", "+1", " 1", "1e3", "٠", "--1",
        "-2026-01-01", "2026-01-01T00:00:00.5", "２026-01-01", "2026-01-01X00:00Z",
        "2026-01-01T00:00:xxZ", "2026-01-01T00:00:00.xZ", "2026-01-01Txx:00Z", "2026-01-0100:00Z",
        "2026-01-01T00:00 Z", "2026-01-01T00:00:00Z+00:00", "1.1234567890",
        "2026-01-01T00:00+02-00", "2026-01-01T000:00Z",
    ],
)  # fmt: skip
def test_refuses_what_is_no_instant(text):
    assert read_instant(text) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [("x", "x"), (True, "true"), (False, "false"), (7, "7"), (1.5, "1.5"), (1.0, "1.0")],
)
def test_reads_scalars_as_their_text(value, text):
    assert text_of(value) == text


def test_an_integer_of_any_length_has_a_text():
    assert text_of(10**6_000) == "1" + "0" * 6_000
    assert text_of(-(10**6_000)) == "-1" + "0" * 6_000


@pytest.mark.parametrize(
    ("context", "key", "known"),
    [
        ({"g:A": "x"}, "g:A", "x"),
        ({"g:A": "x"}, "G:a", "x"),
        ({"g:A": "x", "g:a": "y"}, "g:a", "y"),
        ({"g:A": "x", "G:A": "y"}, "g:a", "x"),
        ({"g:A": "x", "g:a": None}, "g:a", None),
        ({"g:A": "x", "g:a": []}, "g:a", None),
        ({}, "g:a", None),
        ({"g:a": ""}, "g:a", ""),
        ({"g:a": ["x", None, 1, True]}, "g:a", ("x", "1", "true")),
        ({"g:a": (None,)}, "g:a", None),
        ({"g:a": 7}, "g:a", "7"),
        ({"g:a": {"x": 1}}, "g:a", "{'x': 1}"),
    ],
)
def test_finds_keys_by_name_then_without_regard_to_case(context, key, known):
    found = Context(context)

    assert found.find(key) == known
    assert found.find(key) == known
