"""T9: what nobody should be able to send, for every kind of value. Generated, so that nothing is forgotten.

Each list holds values that have to be refused as they are; `good_names` and the like hold what has to pass.
"""

import sys
import unicodedata
from collections.abc import Iterator

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
BIDI = [
    chr(code) for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
]
ZERO_WIDTH = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u180e", "\u00ad", "\u034f"]
BLANK = ["\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\ufe0f", "\U000e0100", "\U000e0041"]
SEPARATORS = ["\u2028", "\u2029", "\u0085"]
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff"]
PRIVATE = ["\ue000", "\uf8ff", "\U000f0000", "\U0010fffd"]
NONCHARACTERS = ["\ufdd0", "\ufffe", "\uffff", "\U0001ffff", "\U0010ffff"]
SPACES = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) == "Zs" and code != 0x20
]
UNPRINTABLE = [
    *CONTROLS,
    *BIDI,
    *ZERO_WIDTH,
    *BLANK,
    *SEPARATORS,
    *SURROGATES,
    *PRIVATE,
    *NONCHARACTERS,
    *SPACES,
]
NOT_TEXT = [None, 0, 1, 1.5, True, b"bytes", ["list"], ("tuple",), {"a": "b"}, float("nan")]
MARKUP = [
    "<",
    ">",
    "<b>",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a<b",
    "a>b",
]
# Text that is allowed, and must never be taken for anything but text.
HARMLESS = [
    "');alert(1);('",
    "x hx-get=/e",
    "javascript:alert(1)",
    "{{ 7*7 }}",
    "%7Bid%7D",
    "' OR 1=1 --",
]


def unassigned() -> list[str]:
    """Some code points that this Python's Unicode knows nothing of, from every plane."""
    step = 40_009  # a prime: the choice follows no block
    return [
        chr(code)
        for code in range(0x378, sys.maxunicode, step)
        if unicodedata.category(chr(code)) == "Cn"
    ]


def around(characters: list[str]) -> Iterator[str]:
    """Each character in an otherwise good text: alone, first, last or in the middle, in turn."""
    for number, character in enumerate(characters):
        yield (character, f"a{character}b", f"{character}ab", f"ab{character}")[number % 4]


def bad_unit_names() -> list[object]:
    """R-OU-6, R-OU-7."""
    return [
        *NOT_TEXT,
        "",
        "x" * 65,
        "x" * 257,
        "x" * 100_000,
        "é" * 65,
        "e\u0301" * 65,
        "\u0958" * 33,  # two characters each, once normalized
        " ",
        " a",
        "a ",
        "  ",
        *MARKUP,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def good_unit_names() -> list[str]:
    """R-OU-7: what prints in any script."""
    return [
        "x",
        "x" * 64,
        "é" * 64,
        "e\u0301" * 64,  # 64 characters, once normalized
        "R&D",
        "O'Brien",
        "a/b",
        "Zürich – Genève",
        "東京",
        "Отдел",
        "القاهرة",
        "कार्य",
        "🙂",
        "👍🏽",
        "a  b",
        "1",
        '"quoted"',
        "\\",
        "%",
        *HARMLESS,
    ]


def bad_descriptions() -> list[object]:
    """R-ACC-5; null is not among them, it leaves the description alone."""
    return [
        *[value for value in NOT_TEXT if value is not None],
        "x" * 256,
        "x" * 100_000,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_tag_keys() -> list[object]:
    """R-TAG-3, R-TAG-6."""
    return [
        *NOT_TEXT,
        "",
        "x" * 129,
        "x" * 100_000,
        "_sys_",
        "_sys_a",
        *["a b", "a.b", "a:b", "a/b", "a=b", "a+b", "a@b", "é", "ａ", "\u3400", "\ua000", "🙂"],
        "\u0661",  # a digit, but not one of ours
        *MARKUP,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_tag_values() -> list[object]:
    """R-TAG-4."""
    return [
        *NOT_TEXT,
        "x" * 256,
        "x" * 100_000,
        *["a b", "a:b", "a/b", "a=b", "a+b", "a@b", "é", "ａ", "\u3400", "🙂", " "],
        *MARKUP,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_ids(*, good: str, others: list[str]) -> list[object]:
    """Every way in which an id is none of its kind. `good` is one that is; `others` are of other kinds."""
    return [
        *NOT_TEXT,
        *others,
        "",
        " ",
        "%7Bid%7D",
        "{id}",
        "null",
        "../",
        "*",
        good.upper(),
        good + " ",
        " " + good,
        good + "\n",
        good + "\x00",
        "\x00" + good,
        good + "/",
        good + "'--",
        good[:-1] + "\ud800",
        good[:-1] + "\u0661",
        good[:-1] + "ａ",
        good[:-1] + "é",
        good * 3,
        good[:3],
        "x" * 100_000,
        *around([*CONTROLS, *SURROGATES]),
    ]


def bad_policy_names() -> list[object]:
    """R-POL-3."""
    return [
        *NOT_TEXT,
        "",
        "x" * 65,
        "x" * 100_000,
        "策" * 65,
        *[" ", " a", "a ", "  "],
        *["a.b", "a/b", "a:b", "a+b", "a,b", "a%b", "é", "ａ", "か", "🙂", "a\tb", "a\n"],
        *MARKUP,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_policy_descriptions() -> list[object]:
    """R-POL-4; null is not among them, it leaves the description alone."""
    return [
        *[value for value in NOT_TEXT if value is not None],
        "x" * 513,
        "x" * 100_000,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_buckets() -> list[object]:
    """R-DRY-2, for buckets and regions; empty is none, and null leaves it alone."""
    return [
        *[value for value in NOT_TEXT if value is not None],
        "x" * 256,
        "x" * 100_000,
        *[
            ".",
            "..",
            "../up",
            "a/b",
            "a\\b",
            ".a",
            "-a",
            "_a",
            "a b",
            " a",
            "a:b",
            "é",
            "東京",
            "~",
        ],
        *MARKUP,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_bucket_prefixes() -> list[object]:
    """R-DRY-2."""
    return [
        *[value for value in NOT_TEXT if value is not None],
        "x" * 256,
        "a/" * 128,
        "x" * 100_000,
        *[".", "..", "../up", "/..", "a/../b", "a/./b", "a/.b", "a\\b", "a b", "a:b", "é", "~"],
        *MARKUP,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_account_names() -> list[object]:
    """R-ACC-7."""
    return [
        *NOT_TEXT,
        "",
        "short",
        "x" * 65,
        "1leading",
        "_leading",
        "-leading",
        "with space",
        "with.dot",
        "ünïcode",
        "ａｂｃｄｅｆ",
        "abcdef\n",
        *[f"abc{character}def" for character in (*UNPRINTABLE, *unassigned())],
        *MARKUP,
    ]


def bad_agency_names() -> list[object]:
    """R-ACC-21."""
    return [
        *[value for value in NOT_TEXT if value is not None],
        "",
        "x" * 65,
        "x" * 100_000,
        *["a b", "a/b", "a:b", "a%b", "é", "ａ", "東京", "🙂", " ", "a\n"],
        *MARKUP,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_notes() -> list[object]:
    """R-INV-9; lines may end in one or both of carriage return and line feed, but not in the first alone."""
    return [
        *NOT_TEXT,
        "x" * 1_025,
        "x\n" * 513,
        "x" * 100_000,
        *[f"a{character}b" for character in (*UNPRINTABLE, *unassigned()) if character != "\n"],
    ]


def bad_emails() -> list[str]:
    """R-ACC-15."""
    return [
        "",
        "a",
        "a@",
        "@a.org",
        "a b@a.org",
        "a@b@c.org",
        "a@a.org\n",
        "a\x00@a.org",
        "a@a\x00.org",
        "\ud800@a.org",
        "a@\ud800.org",
        "<a@a.org>",
        "a" * 64 + "@" + "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + "." + "e" * 60 + ".org",
        "a" * 100_000 + "@a.org",
    ]


def bad_principals() -> list[object]:
    """R-TS-10."""
    return [
        *NOT_TEXT,
        "",
        "service",
        "service.",
        "service.1",
        "service.-a",
        "service.a b",
        "service.a.b",
        "service.a_b",
        "service.é",
        "Service.A",
        "SERVICE.A",
        "A",
        " service.A",
        "service.A\n",
        "service." + "a" * 93,
        "service." + "a" * 100_000,
        *MARKUP,
        *[f"service.a{character}b" for character in (*UNPRINTABLE, *unassigned())],
    ]


def bad_service_names() -> list[object]:
    """R-TP-7: as tag policies write a service."""
    return [
        *NOT_TEXT,
        "",
        "1a",
        "-a",
        "A",
        "aB",
        "a b",
        "a.b",
        "a_b",
        "a:b",
        "*",
        "é",
        "a\n",
        "x" * 65,
        "x" * 100_000,
        *MARKUP,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_resource_types() -> list[object]:
    """R-TP-7: as tag policies write a type behind its service."""
    return [
        *NOT_TEXT,
        "",
        "1a",
        "-a",
        "_a",
        ".a",
        "a b",
        "a:b",
        "*",
        "a*",
        "é",
        "a\n",
        "x" * 65,
        "x" * 100_000,
        "good",  # stands there already
        *MARKUP,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_display_names() -> list[object]:
    """What a service is called."""
    return [
        *NOT_TEXT,
        "",
        " ",
        "x" * 129,
        "x" * 100_000,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_service_notes() -> list[object]:
    """What is said about a service."""
    return [
        *NOT_TEXT,
        "x" * 1_001,
        "x" * 100_000,
        *around([*UNPRINTABLE, *unassigned()]),
    ]


def bad_phones() -> list[str]:
    """R-ACC-15."""
    return [
        "",
        "1",
        "123",
        "1" * 21,
        "+",
        "12 34",
        "12-34",
        "1234\n",
        "1234\x00",
        "١٢٣٤٥",
        "１２３４５",
    ]


def bad_targets() -> list[object]:
    """What no webhook is sent to: no address, another scheme, or a way into a private network."""
    return [
        *NOT_TEXT,
        "",
        "example.com",
        "https://",
        "https:///path",
        *[f"{scheme}://example.com/" for scheme in ("http", "ftp", "file", "gopher", "data", "ws")],
        "javascript:alert(1)",
        "https://user:password@example.com/",
        "https://example.com/#here",
        "https://example.com:70000/",
        "https://example.com:x/",
        *[f"https://{host}/" for host in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]")],
        "https://localhost:8443/",
        "https://[::ffff:127.0.0.1]/",
        "https://exam ple.com/",
        "https://exa\\mple.com/",
        "https://" + "a" * 493,
        "x" * 100_000,
        *[f"https://example.com/{character}" for character in (*UNPRINTABLE, *unassigned())],
    ]
