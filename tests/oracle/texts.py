"""What may be written: names, descriptions and tags."""

import re
import unicodedata

ACCOUNT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{5,63}\Z")
EMAIL = re.compile(r"[a-z0-9.]+@[a-z0-9]+\.[a-z]+\Z")  # enough for what is tried here
TAG_KEY = re.compile(r"(?!_sys_)[A-Za-z0-9_\-\u4e00-\u9fff]{1,128}\Z")
TAG_VALUE = re.compile(r"[A-Za-z0-9_.\-\u4e00-\u9fff]{0,255}\Z")


# They print nothing, although they are letters, marks or symbols (R-OU-7: "invisible").
BLANK = frozenset(
    [
        0x034F,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x2800,
        0x3164,
        0xFFA0,
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    ]
)


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def folded(name: str) -> str:
    return normal(normal(name).casefold())


def same_name(one: str, other: str) -> bool:
    return folded(one) == folded(other)


def prints(character: str) -> bool:
    """Letters, marks, numbers, punctuation, symbols of any script, and the one space U+0020."""
    return character == " " or (
        unicodedata.category(character)[0] in "LMNPS" and ord(character) not in BLANK
    )


def unit_name_is_good(name: object) -> bool:
    """R-OU-6, R-OU-7."""
    if not isinstance(name, str):
        return False
    name = normal(name)
    return (
        1 <= len(name) <= 64
        and name == name.strip(" ")
        and all(prints(c) and c not in "<>" for c in name)
    )


def description_is_good(description: object) -> bool:
    """Null leaves the description alone; a text has at most 255 characters that print."""
    return description is None or (
        isinstance(description, str)
        and len(normal(description)) <= 255
        and all(prints(character) for character in normal(description))
    )


def tags_are_good(tags: object) -> bool:
    """R-TAG-1, R-TAG-3, R-TAG-4, R-TAG-6, R-TAG-8."""
    if not isinstance(tags, (list, tuple)) or len(tags) > 20:
        return False
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in tags):
        return False
    keys = [key for key, _ in tags]
    return (
        len(set(keys)) == len(keys)
        and all(TAG_KEY.match(key) for key in keys)
        and all(TAG_VALUE.match(value) for _, value in tags)
    )


def account_name_is_good(name: object) -> bool:
    """R-ACC-7."""
    return isinstance(name, str) and bool(ACCOUNT_NAME.match(name))
