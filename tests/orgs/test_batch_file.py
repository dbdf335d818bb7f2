"""A batch as text: what is taken, and every fault with its row and column."""

import pytest

from orgs import batch_file
from orgs.batch_file import CREATE, INVITE, tag_pairs, unit_key
from orgs.errors import InvalidFile, InvalidParameter, Reason
from tests import bad_input


def rows(text, columns=CREATE, limit=1_000, **options):
    return batch_file.read(text, columns=columns, limit=limit, **options)


def typed(text, columns=CREATE) -> list[dict[str, str]]:
    """The cells that are not empty, row by row."""
    return [
        {column: cell for column, cell in row.typed.items() if cell} for row in rows(text, columns)
    ]


def faults(text, columns=CREATE) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFile) as refused:
        rows(text, columns)
    return refused.value.faults


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_read_takes_every_separator_and_end_of_line(separator, end):
    lines = [["brand-new", "a@example.com", "12345"], ["second-new", "", "", "Sales/Süd"]]
    text = end.join(separator.join(cells) for cells in lines)

    assert typed(text) == [
        {"name": "brand-new", "email": "a@example.com", "phone": "12345"},
        {"name": "second-new", "unit": "Sales/Süd"},
    ]


@pytest.mark.parametrize(
    "text", ["brand-new", " brand-new \n", "\n\nbrand-new,\n\n", "\ufeffbrand-new"]
)
def test_read_takes_a_name_alone_and_leaves_empty_lines_out(text):
    assert typed(text) == [{"name": "brand-new"}]


def test_read_takes_the_first_separator_that_stands_outside_of_quotes():
    assert typed("brand-new,,,,,a=1;b=2;c=3;d=4;e=5;f=6") == [
        {"name": "brand-new", "tags": "a=1;b=2;c=3;d=4;e=5;f=6"}
    ]
    assert typed('brand-new;;;;"hello, you; and you"') == [
        {"name": "brand-new", "description": "hello, you; and you"}
    ]
    assert typed('"a;b"\tx') == [{"name": "a;b", "email": "x"}]


@pytest.mark.parametrize(
    ("text", "columns", "wanted"),
    [
        ("Name,E-Mail\nbrand-new,a@b.org", CREATE, {"name": "brand-new", "email": "a@b.org"}),
        ("unit path;NAME;;\nSales;brand-new", CREATE, {"name": "brand-new", "unit": "Sales"}),
        ("account id,note\nbrand-new,hello", INVITE, {"account": "brand-new", "notes": "hello"}),
        ("name\tunit\nbrand-new\tSales", INVITE, {"account": "brand-new", "unit": "Sales"}),
    ],
)
def test_read_takes_columns_in_the_order_of_a_first_line(text, columns, wanted):
    assert typed(text, columns) == [wanted]


def test_read_numbers_rows_by_the_line_they_begin_in():
    text = 'account,notes\n\nfirst-one,"two\nlines"\nsecond-one,\n'

    assert [(row.number, row.typed["account"]) for row in rows(text, INVITE)] == [
        (3, "first-one"),
        (5, "second-one"),
    ]
    assert rows(text, INVITE)[0].typed["notes"] == "two\nlines"


def test_read_takes_the_bytes_of_a_file():
    assert typed("brand-new,,,Süd".encode()) == [{"name": "brand-new", "unit": "Süd"}]
    assert typed("brand-new".encode("utf-8-sig")) == [{"name": "brand-new"}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NONE_GIVEN),
        (" \n,,\n \n", Reason.NONE_GIVEN),
        ("name,email\n", Reason.NONE_GIVEN),
        ("a\nb\nc\nd", Reason.TOO_MANY),
        ("x" * (batch_file.TEXT_LIMIT + 1), Reason.TOO_LARGE),
        (b"x" * (batch_file.TEXT_LIMIT + 1), Reason.TOO_LARGE),
        *((value, Reason.NOT_TEXT) for value in bad_input.NOT_TEXT if value != b"bytes"),
    ],
)
def test_read_refuses_no_text_no_rows_and_too_many(text, reason):
    with pytest.raises(InvalidParameter) as refused:
        rows(text, limit=3)

    assert (refused.value.field, refused.value.reason) == ("rows", reason)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (b"brand-new\xff", [""]),
        ('ok-one\n"not closed', ["Row 2"]),
        ('ok-one\n"closed" twice"', ["Row 2"]),
        ("name,colour,shape\nbrand-new", ["Row 1, column 2", "Row 1, column 3"]),
        ("name,email,e-mail\nbrand-new", ["Row 1, column 3"]),
        ("email,phone\nbrand-new", ["Row 1"]),
        ("brand-new\x00,a\ud800b", ["Row 1, column name", "Row 1, column email"]),
        ("one\ntwo,,,,,,\udfff", ["Row 2, column 7"]),
        ("brand-new,,,," + "x" * 8_001, ["Row 1, column description"]),
    ],
)
def test_read_refuses_what_it_cannot_read_with_every_row_and_column(text, places):
    assert [place for place, _sentence in faults(text)] == places


def test_read_keeps_a_hundred_faults_and_counts_them_all():
    with pytest.raises(InvalidFile) as refused:
        rows("\n".join(["a\x00b"] * 150))

    assert len(refused.value.faults) == 100
    assert str(refused.value) == "The file has 150 faults; nothing was written."


@pytest.mark.parametrize(
    ("text", "columns", "wanted"),
    [
        ("short", CREATE, [("name", Reason.TOO_SHORT)]),
        (",a@b.org", CREATE, [("name", Reason.EMPTY)]),
        ("1-name,a@,12", CREATE, [("name", "not_account_name"), ("email", "not_email")]),
        ("brand-new,,,," + "x" * 256, CREATE, [("description", Reason.TOO_LONG)]),
        ("brand-new,,,,,a b=c", CREATE, [("tags[0].key", Reason.NOT_TAG_KEY)]),
        ("brand-new,,,,,ok=1;_sys_a", CREATE, [("tags[1].key", Reason.RESERVED)]),
        ("brand-new,,,,,a=1;a=2", CREATE, [("tags[1].key", Reason.REPEATED)]),
        ("brand-new,,,,,a=1,,more", CREATE, [("row", Reason.TOO_MANY_CELLS)]),
        (
            "a b,,,a=!",
            INVITE,
            [("tags[0].value", "not_tag_value"), ("account", "not_account_name")],
        ),
        (f"brand-new,{'x' * 1_025}", INVITE, [("notes", Reason.TOO_LONG)]),
        ("0" * 32, INVITE, []),
        ("brand-new,,,,,a=1,,", CREATE, []),
    ],
)
def test_read_says_what_is_wrong_with_a_row_in_the_order_of_the_operation(text, columns, wanted):
    (row,) = rows(text, columns)

    found = [(fault.field, fault.reason) for fault in row.faults]
    assert found[: len(wanted)] == wanted
    assert bool(found) == bool(wanted)


@pytest.mark.parametrize("name", [n for n in bad_input.bad_account_names() if isinstance(n, str)])
def test_read_takes_no_bad_name_for_a_good_one(name):
    try:
        found = rows(f'"{name}"' if '"' not in name else name)
    except (InvalidFile, InvalidParameter):
        return
    assert all(row.faults or row.typed["name"] == name.strip() == "abcdef" for row in found)


def test_tags_of_a_cell():
    assert tag_pairs("a=1; b = 2;c;;d=x=y; ") == [("a", "1"), ("b", "2"), ("c", ""), ("d", "x=y")]
    assert tag_pairs("") == []


def test_paths_of_units_compare_without_spaces_and_case():
    assert unit_key(["Sales", "Süd"]) == unit_key(" sales / SÜD ") == unit_key("/Sales/Süd/")
    assert unit_key([]) == unit_key("/") == unit_key("") == ""
    assert unit_key(["a/b", "c"]) == unit_key("a/b/c")
