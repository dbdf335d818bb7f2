"""Names, character by character: R-OU-7, I14."""

import sys

import pytest

from orgs import names
from orgs.errors import InvalidParameter, Reason
from tests import oracle


def accepts(text: str) -> bool:
    try:
        names.unit_name(text)
    except InvalidParameter:
        return False
    return True


def test_r_ou_7_unit_name_takes_exactly_the_characters_that_print():
    """All of the basic plane, and every seventh of the sixteen others."""
    codes = [*range(0x10000), *range(0x10000, sys.maxunicode + 1, 7)]

    differing = [
        f"U+{code:04X}"
        for code in codes
        if accepts(f"a{chr(code)}b") != oracle.unit_name_is_good(f"a{chr(code)}b")
    ]

    assert differing == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("É", "E\u0301"), ("É", "é"), ("STRASSE", "straße"), ("ﬁ", "FI"), ("Σ", "ς"), ("K", "\u212a")],
)
def test_r_ou_7_names_that_differ_in_form_or_case_alone_are_the_same(one, other):
    assert names.name_key(one) == names.name_key(other)


@pytest.mark.parametrize(("one", "other"), [("I", "ı"), ("e", "é"), ("a b", "a  b"), ("1", "１")])
def test_names_that_differ_in_more_are_different(one, other):
    assert names.name_key(one) != names.name_key(other)


def test_the_comparable_form_of_the_longest_name_fits_its_column():
    longest = max(
        len(names.name_key(chr(code) * 64))
        for code in range(sys.maxunicode + 1)
        if not 0xD800 <= code < 0xE000
    )

    assert longest <= 255


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, Reason.NOT_TEXT),
        ("", Reason.EMPTY),
        ("x" * 65, Reason.TOO_LONG),
        (" a", Reason.OUTER_SPACE),
        ("<b>", Reason.MARKUP),
        ("a\u200bb", Reason.INVISIBLE),
    ],
)
def test_unit_name_says_what_is_wrong(text, reason):
    with pytest.raises(InvalidParameter) as refused:
        names.unit_name(text)

    assert (refused.value.field, refused.value.reason) == ("name", reason)
