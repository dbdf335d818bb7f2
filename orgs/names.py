"""What a name, a description and a tag may look like.

One place for the texts people enter. Each function returns the text as it is kept, or says which
field is at fault and why.
"""

import re
import unicodedata
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from orgs.errors import InvalidParameter, Reason

UNIT_NAME_LENGTH = 64
ACCOUNT_NAME_LENGTHS = (6, 64)
DESCRIPTION_LENGTH = 255
POLICY_NAME_LENGTH = 64
POLICY_DESCRIPTION_LENGTH = 512
DRY_RUN_LENGTH = 255
SOURCE_LENGTH = 1_024
EMAIL_LENGTH = 255
NOTES_LENGTH = 1_024
AGENCY_NAME_LENGTH = 64
SERVICE_LINKED_PREFIX = "ServiceLinkedAgencyFor"
PHONE_LENGTH = 32
USERNAME_LENGTH = 150
PASSWORD_LENGTH = 128
TAG_KEY_LENGTH = 128
TAG_VALUE_LENGTH = 255
TAGS_PER_REQUEST = 20
POLICY_TEST_NAME_LENGTH = 128
ACTION_LENGTH = 255
RESOURCE_LENGTH = 1_500
RESOURCE_COLONS = 4
CONDITION_KEY_LENGTH = 255
CONDITION_VALUE_LENGTH = 1_000
PRINCIPAL_LENGTH = 100
SERVICE_NAME_LENGTH = 64
DISPLAY_NAME_LENGTH = 128
NOTE_LENGTH = 1_000
RESOURCE_TYPE_LENGTH = 64
RESOURCE_TYPES_PER_SERVICE = 200

# Refused wherever text is taken: control, format, surrogate, private and unassigned characters,
# line and paragraph separators, and spaces that only look like one.
REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that print nothing (Unicode: Default_Ignorable_Code_Point, and the blank of Braille).
INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
) | {chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))}

PHONE = re.compile(r"\+?[0-9]{4,20}")
ACCOUNT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
PRINCIPAL = re.compile(r"service\.[A-Za-z][A-Za-z0-9-]*")
SERVICE_NAME = re.compile(r"[a-z][a-z0-9-]*")
RESOURCE_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
POLICY_NAME = re.compile(r"[A-Za-z0-9_\- \u4e00-\u9fa5]+")
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
BUCKET_PREFIX_PART = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]*")
REQUESTED_ACTION = re.compile(r"[A-Za-z][A-Za-z0-9-]*:[A-Za-z0-9_.-]*:[A-Za-z0-9_.-]+")
TAG_KEY = re.compile(r"[A-Za-z0-9_\-\u4e00-\u9fff]+")
TAG_VALUE = re.compile(r"[A-Za-z0-9_.\-\u4e00-\u9fff]*")
AGENCY_NAME = re.compile(r"[A-Za-z0-9_\-+,=.@]+")
TAG_KEY_WIDE = re.compile(r"[A-Za-z0-9_.:/=+\-@ \u4e00-\u9fff]+")
TAG_VALUE_WIDE = re.compile(r"[A-Za-z0-9_.:/=+\-@ \u4e00-\u9fff]*")


def name_key(name: str) -> str:
    """The form in which names are compared and searched: NFC, without case (R-OU-7, I14)."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _printable(value: object, *, field: str, limit: int) -> str:
    if not isinstance(value, str):
        raise InvalidParameter(field=field, reason=Reason.NOT_TEXT)
    if len(value) > limit * 4:
        # Normalizing shortens at most so much; longer texts are not worth the work.
        raise InvalidParameter(field=field, reason=Reason.TOO_LONG, limit=limit)
    text = unicodedata.normalize("NFC", value)
    for character in "" if text.isascii() and text.isprintable() else text:
        category = unicodedata.category(character)
        hidden = category in REFUSED_CATEGORIES or character in INVISIBLE
        if hidden or (category == "Zs" and character != " "):
            raise InvalidParameter(
                field=field, reason=Reason.INVISIBLE, character=f"U+{ord(character):04X}"
            )
    if len(text) > limit:
        raise InvalidParameter(field=field, reason=Reason.TOO_LONG, limit=limit)
    return text


def prints(value: object) -> bool:
    """Whether it is a text of characters that print; such a text can be looked up in any database."""
    try:
        _printable(value, field="", limit=DESCRIPTION_LENGTH)
    except InvalidParameter:
        return False
    return True


def unit_name(value: object, *, field: str = "name") -> str:
    """A unit's name as it is kept: 1 to 64 printing characters of any script.

    Raises:
        InvalidParameter: R-OU-6, R-OU-7.
    """
    text = _printable(value, field=field, limit=UNIT_NAME_LENGTH)
    if not text:
        raise InvalidParameter(field=field, reason=Reason.EMPTY)
    if text != text.strip(" "):
        raise InvalidParameter(field=field, reason=Reason.OUTER_SPACE)
    if "<" in text or ">" in text:
        raise InvalidParameter(field=field, reason=Reason.MARKUP)
    return text


def organization_name(value: object, *, field: str = "name") -> str:
    """An organization's display name; the same rules as for a unit. (ours)"""
    return unit_name(value, field=field)


def account_name(value: object, *, field: str = "name") -> str:
    """An account's name: 6 to 64 letters, digits, `_` and `-`, a letter first.

    Raises:
        InvalidParameter: R-ACC-7.
    """
    shortest, longest = ACCOUNT_NAME_LENGTHS
    text = _printable(value, field=field, limit=longest)
    if not text:
        raise InvalidParameter(field=field, reason=Reason.EMPTY)
    if not ACCOUNT_NAME.fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_ACCOUNT_NAME)
    if len(text) < shortest:
        raise InvalidParameter(field=field, reason=Reason.TOO_SHORT, limit=shortest)
    return text


def description(value: object, *, field: str = "description") -> str:
    """A description as it is kept: up to 255 printing characters, outer spaces trimmed.

    Raises:
        InvalidParameter: too long, or a character that does not print.
    """
    return _printable(value, field=field, limit=DESCRIPTION_LENGTH).strip(" ")


def policy_name(value: object, *, field: str = "name") -> str:
    """A policy's name: 1 to 64 letters, digits, Chinese characters, `_`, `-` and inner spaces.

    Raises:
        InvalidParameter: R-POL-3.
    """
    text = _printable(value, field=field, limit=POLICY_NAME_LENGTH)
    if not text:
        raise InvalidParameter(field=field, reason=Reason.EMPTY)
    if text != text.strip(" "):
        raise InvalidParameter(field=field, reason=Reason.OUTER_SPACE)
    if not POLICY_NAME.fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_POLICY_NAME)
    return text


def policy_description(value: object, *, field: str = "description") -> str:
    """A policy's description: up to 512 printing characters, outer spaces trimmed (R-POL-4).

    Raises:
        InvalidParameter: too long, or a character that does not print.
    """
    return _printable(value, field=field, limit=POLICY_DESCRIPTION_LENGTH).strip(" ")


def bucket(value: object, *, field: str = "bucket_name") -> str:
    """A bucket or region: up to 255 letters, digits, `.`, `_` and `-`; empty for none.

    Buckets become folders of the sink, so none can lead out of it (R-DRY-9).

    Raises:
        InvalidParameter: R-DRY-2.
    """
    text = _printable(value, field=field, limit=DRY_RUN_LENGTH)
    if text and not BUCKET.fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_A_BUCKET)
    return text


def bucket_prefix(value: object, *, field: str = "bucket_prefix") -> str:
    """A prefix within a bucket: up to 255 characters; its parts become folders, as buckets do.

    Raises:
        InvalidParameter: R-DRY-2.
    """
    text = _printable(value, field=field, limit=DRY_RUN_LENGTH)
    if not all(BUCKET_PREFIX_PART.fullmatch(part) for part in text.split("/") if part):
        raise InvalidParameter(field=field, reason=Reason.NOT_A_PREFIX)
    return text


def dry_run_agency(value: object, *, field: str = "agency_name") -> str:
    """The agency by which dry runs are written: up to 255 characters as agencies have them; empty for none.

    Raises:
        InvalidParameter: R-DRY-2.
    """
    text = _printable(value, field=field, limit=DRY_RUN_LENGTH)
    if text and not AGENCY_NAME.fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_AGENCY_NAME)
    return text


def policy_test_name(value: object, *, field: str = "name") -> str:
    """What a test of a policy is called: 1 to 128 printing characters. (ours)

    Raises:
        InvalidParameter.
    """
    text = _printable(value, field=field, limit=POLICY_TEST_NAME_LENGTH)
    if not text.strip():
        raise InvalidParameter(field=field, reason=Reason.EMPTY)
    if text != text.strip():
        raise InvalidParameter(field=field, reason=Reason.OUTER_SPACE)
    return text


def reason_given(value: object, *, field: str = "reason") -> str:
    """Why somebody does what would be refused: up to 512 printing characters, trimmed. (ours)

    Raises:
        InvalidParameter.
    """
    return _printable(value, field=field, limit=DESCRIPTION_LENGTH).strip()


def requested_action(value: object, *, field: str = "action") -> str:
    """An action that somebody asks about: three segments, of which the middle one may be empty. (ours)

    Raises:
        InvalidParameter.
    """
    text = _printable(value, field=field, limit=ACTION_LENGTH)
    if not REQUESTED_ACTION.fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_AN_ACTION)
    return text


def requested_resource(value: object, *, field: str = "resource") -> str:
    """The resource that somebody asks about, by its URN, or nothing. (ours)

    Raises:
        InvalidParameter.
    """
    text = _printable(value, field=field, limit=RESOURCE_LENGTH)
    if text and text.count(":") < RESOURCE_COLONS:
        raise InvalidParameter(field=field, reason=Reason.NOT_A_RESOURCE)
    return text


def condition_key(value: object, *, field: str = "context") -> str:
    """A condition key with its prefix, such as g:SourceIp. (ours)

    Raises:
        InvalidParameter.
    """
    text = _printable(value, field=field, limit=CONDITION_KEY_LENGTH)
    prefix, colon, name = text.partition(":")
    if not (prefix and colon and name):
        raise InvalidParameter(field=field, reason=Reason.NOT_A_CONDITION_KEY, value=text)
    return text


def condition_value(value: object, *, field: str = "context") -> str:
    """A value of a condition key. (ours)

    Raises:
        InvalidParameter.
    """
    return _printable(value, field=field, limit=CONDITION_VALUE_LENGTH)


def source(value: object, *, field: str = "source") -> str:
    """Where a file comes from: up to 1,024 printing characters."""
    return _printable(value, field=field, limit=SOURCE_LENGTH).strip(" ")


def notes(value: object, *, field: str = "notes") -> str:
    """A message of up to 1,024 characters, which may have lines (R-INV-9).

    Raises:
        InvalidParameter: too long, or a character that does not print.
    """
    if not isinstance(value, str):
        raise InvalidParameter(field=field, reason=Reason.NOT_TEXT)
    lines = value.replace("\r\n", "\n").split("\n")
    text = "\n".join(_printable(line, field=field, limit=NOTES_LENGTH) for line in lines).strip()
    if len(text) > NOTES_LENGTH:
        raise InvalidParameter(field=field, reason=Reason.TOO_LONG, limit=NOTES_LENGTH)
    return text


def agency_name(value: object, *, field: str = "agency_name") -> str:
    """The name of an account-access agency: 1 to 64 letters, digits and `_-+,=.@` (R-ACC-21).

    The names of service-linked agencies are the services'.

    Raises:
        InvalidParameter.
    """
    text = _printable(value, field=field, limit=AGENCY_NAME_LENGTH)
    if not text:
        raise InvalidParameter(field=field, reason=Reason.EMPTY)
    if not AGENCY_NAME.fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_AGENCY_NAME)
    if text.startswith(SERVICE_LINKED_PREFIX):
        raise InvalidParameter(field=field, reason=Reason.SERVICE_LINKED)
    return text


def email(value: object, *, field: str = "email") -> str:
    """An e-mail address.

    Raises:
        InvalidParameter: R-ACC-15.
    """
    text = _printable(value, field=field, limit=EMAIL_LENGTH)
    try:
        validate_email(text)
    except ValidationError as error:
        raise InvalidParameter(field=field, reason=Reason.NOT_EMAIL) from error
    return text


def phone(value: object, *, field: str = "phone") -> str:
    """A phone number: 4 to 20 digits, a plus sign may stand before them.

    Raises:
        InvalidParameter: R-ACC-15.
    """
    text = _printable(value, field=field, limit=PHONE_LENGTH)
    if not PHONE.fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_PHONE)
    return text


def username(value: object, *, field: str = "username") -> str:
    """A user's name: characters that print; which of them, Django's own rule says.

    Raises:
        InvalidParameter: too long, or a character that does not print.
    """
    return _printable(value, field=field, limit=USERNAME_LENGTH)


def password(value: object, *, field: str = "password") -> str:
    """A password as it is typed, of up to 128 characters; how strong it is, is not judged here.

    Raises:
        InvalidParameter: no text, too long, or half a character, which cannot be hashed.
    """
    if not isinstance(value, str):
        raise InvalidParameter(field=field, reason=Reason.NOT_TEXT)
    if len(value) > PASSWORD_LENGTH:
        raise InvalidParameter(field=field, reason=Reason.TOO_LONG, limit=PASSWORD_LENGTH)
    for character in value:
        if unicodedata.category(character) == "Cs":
            raise InvalidParameter(
                field=field, reason=Reason.INVISIBLE, character=f"U+{ord(character):04X}"
            )
    return value


def tag_key(value: object, *, wide: bool, field: str = "key") -> str:
    """A tag key: 1 to 128 characters; `wide` allows the usual cloud set (R-TAG-3, 5, 6).

    Raises:
        InvalidParameter: length, characters or the reserved prefix.
    """
    text = _printable(value, field=field, limit=TAG_KEY_LENGTH)
    if not text:
        raise InvalidParameter(field=field, reason=Reason.EMPTY)
    if not (TAG_KEY_WIDE if wide else TAG_KEY).fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_TAG_KEY)
    if text.startswith("_sys_"):
        raise InvalidParameter(field=field, reason=Reason.RESERVED)
    return text


def tag_value(value: object, *, wide: bool, field: str = "value") -> str:
    """A tag value: 0 to 255 characters (R-TAG-4, 5).

    Raises:
        InvalidParameter: length or characters.
    """
    text = _printable(value, field=field, limit=TAG_VALUE_LENGTH)
    if not (TAG_VALUE_WIDE if wide else TAG_VALUE).fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_TAG_VALUE)
    return text


def tags(pairs: Iterable[tuple[object, object]], *, wide: bool) -> dict[str, str]:
    """The tags of one request: at most 20, each key once (R-TAG-1, R-TAG-8).

    Raises:
        InvalidParameter: naming the place, such as `tags[2].key`.
    """
    kept: dict[str, str] = {}
    for place, (key, value) in enumerate(pairs):
        if place >= TAGS_PER_REQUEST:
            raise InvalidParameter(field="tags", reason=Reason.TOO_MANY, limit=TAGS_PER_REQUEST)
        checked = tag_key(key, wide=wide, field=f"tags[{place}].key")
        if checked in kept:
            raise InvalidParameter(
                field=f"tags[{place}].key", reason=Reason.REPEATED, value=checked
            )
        kept[checked] = tag_value(value, wide=wide, field=f"tags[{place}].value")
    return kept


def tag_keys(keys: Iterable[object]) -> list[str]:
    """The keys of one request to remove tags: 1 to 20 of them, each of up to 128 characters.

    Keys that could not be given to a new tag may still be removed.

    Raises:
        InvalidParameter: none, too many, or not a text that prints.
    """
    kept: list[str] = []
    for place, key in enumerate(keys):
        if place >= TAGS_PER_REQUEST:
            raise InvalidParameter(field="tag_keys", reason=Reason.TOO_MANY, limit=TAGS_PER_REQUEST)
        text = _printable(key, field=f"tag_keys[{place}]", limit=TAG_KEY_LENGTH)
        if not text:
            raise InvalidParameter(field=f"tag_keys[{place}]", reason=Reason.EMPTY)
        kept.append(text)
    if not kept:
        raise InvalidParameter(field="tag_keys", reason=Reason.NONE_GIVEN)
    return kept


def principal(value: object, *, field: str = "principal") -> str:
    """The principal of a service: `service.` and a name, of up to 100 characters together.

    Raises:
        InvalidParameter: R-TS-10.
    """
    text = _printable(value, field=field, limit=PRINCIPAL_LENGTH)
    if not PRINCIPAL.fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_A_PRINCIPAL)
    return text


def service_principal(value: object, *, field: str = "service_principal") -> str:
    """What is to be looked up as a principal: 1 to 100 characters that print, of whatever form.

    Raises:
        InvalidParameter.
    """
    text = _printable(value, field=field, limit=PRINCIPAL_LENGTH)
    if not text:
        raise InvalidParameter(field=field, reason=Reason.EMPTY)
    return text


def service_name(value: object, *, field: str = "service_name") -> str:
    """A service as tag policies write it, such as `ecs`: up to 64 small letters, digits and `-`.

    Raises:
        InvalidParameter: it is none.
    """
    text = _printable(value, field=field, limit=SERVICE_NAME_LENGTH)
    if not SERVICE_NAME.fullmatch(text):
        raise InvalidParameter(field=field, reason=Reason.NOT_A_SERVICE_NAME)
    return text


def display_name(value: object, *, field: str = "name") -> str:
    """What a service is called: 1 to 128 printing characters, outer spaces trimmed.

    Raises:
        InvalidParameter: empty, too long, or a character that does not print.
    """
    text = _printable(value, field=field, limit=DISPLAY_NAME_LENGTH).strip(" ")
    if not text:
        raise InvalidParameter(field=field, reason=Reason.EMPTY)
    return text


def note(value: object, *, field: str) -> str:
    """A sentence or two about a service, of up to 1,000 printing characters; outer spaces are trimmed."""
    return _printable(value, field=field, limit=NOTE_LENGTH).strip(" ")


def resource_types(values: Iterable[object], *, field: str = "resource_types") -> list[str]:
    """The types of a service, as tag policies write them behind its name: 1 to 200, each once.

    Raises:
        InvalidParameter: naming the place, such as `resource_types[2]`.
    """
    kept: list[str] = []
    for place, value in enumerate(values):
        if place >= RESOURCE_TYPES_PER_SERVICE:
            limit = RESOURCE_TYPES_PER_SERVICE
            raise InvalidParameter(field=field, reason=Reason.TOO_MANY, limit=limit)
        here = f"{field}[{place}]"
        text = _printable(value, field=here, limit=RESOURCE_TYPE_LENGTH)
        if not RESOURCE_TYPE.fullmatch(text):
            raise InvalidParameter(field=here, reason=Reason.NOT_A_RESOURCE_TYPE, value=text)
        if text in kept:
            raise InvalidParameter(field=here, reason=Reason.REPEATED, value=text)
        kept.append(text)
    if not kept:
        raise InvalidParameter(field=field, reason=Reason.NONE_GIVEN)
    return kept
