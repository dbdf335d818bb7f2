"""What was sent, and what is wrong with it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Invalid


class Reason(TextChoices):
    """Why a value cannot be taken. The label is the sentence shown at its field."""

    NOT_AN_ID = "not_an_id", _("This does not look like an id of the expected kind.")
    NOT_TEXT = "not_text", _("Give a text.")
    EMPTY = "empty", _("Give at least one character.")
    TOO_LONG = "too_long", _("This is too long; at most {limit} characters fit.")
    TOO_SHORT = "too_short", _("This is too short; give at least {limit} characters.")
    OUTER_SPACE = "outer_space", _("Remove the spaces at the beginning and the end.")
    MARKUP = "markup", _("The characters < and > are not allowed here.")
    INVISIBLE = "invisible", _("Remove the invisible or control character {character}.")
    NOT_ACCOUNT_NAME = (
        "not_account_name",
        _("Begin with a letter; then letters, digits, _ and - may follow."),
    )
    NOT_TAG_KEY = (
        "not_tag_key",
        _("A tag key consists of letters, digits, _, - and Chinese characters."),
    )
    NOT_TAG_VALUE = (
        "not_tag_value",
        _("A tag value consists of letters, digits, _, ., - and Chinese characters."),
    )
    NOT_A_PRINCIPAL = (
        "not_a_principal",
        _("A principal is service. and a name: a letter, then letters, digits and -."),
    )
    NOT_A_SERVICE_NAME = (
        "not_a_service_name",
        _("Begin with a small letter; then small letters, digits and - may follow."),
    )
    NOT_A_RESOURCE_TYPE = (
        "not_a_resource_type",
        _("“{value}” is no resource type: a letter, then letters, digits, ., _ and -."),
    )
    NO_ADMINISTRATORS = (
        "no_administrators",
        _("Leave this empty for a service that knows no delegated administrators."),
    )
    RESERVED = "reserved", _("Keys that begin with _sys_ are reserved.")
    NOT_POLICY_NAME = (
        "not_policy_name",
        _("A policy's name consists of letters, digits, Chinese characters, _, - and spaces."),
    )
    NOT_A_BUCKET = (
        "not_a_bucket",
        _("Begin with a letter or digit; then letters, digits, ., _ and - may follow."),
    )
    NOT_A_PREFIX = (
        "not_a_prefix",
        _(
            "A prefix consists of letters, digits, ., _, -, = and /; no part of it begins with a dot."
        ),
    )
    REPEATED = "repeated", _("This stands here more than once: {value}.")
    TOO_MANY = "too_many", _("At most {limit} fit in one request.")
    NONE_GIVEN = "none_given", _("Give at least one.")
    NOT_EMAIL = "not_email", _("This is not an e-mail address.")
    NOT_PHONE = "not_phone", _("A phone number consists of 4 to 20 digits.")
    OUT_OF_RANGE = "out_of_range", _("Give a number from {low} to {high}.")
    NOT_A_SECRET = "not_a_secret", _("This is no secret of an authenticator app.")
    WRONG_PASSWORD = "wrong_password", _("This is not your present password.")
    WRONG_CODE = (
        "wrong_code",
        _("This code is not right, or was used already. Take the one that the app shows now."),
    )
    NOT_A_NUMBER = "not_a_number", _("Give a whole number.")
    NOT_A_FLAG = "not_a_flag", _("Give true or false.")
    MISSING = "missing", _("This is required.")
    NOT_A_TIME = "not_a_time", _("Give a time with its time zone.")
    ONLY_WITH = "only_with", _("This goes only together with: {other}.")
    IN_THE_PAST = "in_the_past", _("Give a time that is still to come.")
    NOT_KNOWN = "not_known", _("There is no such field here.")
    NOT_TOGETHER = "not_together", _("This and {other} cannot be given together.")
    NOT_A_CHOICE = "not_a_choice", _("Give one of these: {choices}.")
    NOT_A_MARKER = "not_a_marker", _("This is no marker of this list with these filters.")
    NOT_A_KEY = "not_a_key", _("Give 1 to 128 visible ASCII characters.")
    TOO_LARGE = "too_large", _("At most {limit} bytes are taken.")
    NOT_JSON_TYPE = "not_json_type", _("The content type has to be application/json.")
    NOT_UTF8 = "not_utf8", _("The text has to be UTF-8, without a byte order mark.")
    NOT_JSON = "not_json", _("This is not JSON: {problem}.")
    TOO_DEEP = "too_deep", _("Objects and lists nest at most {limit} levels deep.")
    NUMBER_TOO_LARGE = "number_too_large", _("A number here has at most 18 digits and is finite.")
    NO_CHARACTER = "no_character", _("The text holds {character}, which is no character.")
    SERVICE_LINKED = (
        "service_linked",
        _("Names that begin with ServiceLinkedAgencyFor are those of services."),
    )
    NOT_AGENCY_NAME = (
        "not_agency_name",
        _("An agency's name consists of letters, digits, _, -, + , = . and @."),
    )
    CONTACT_NEEDED = "contact_needed", _("This installation wants it for every account.")
    NOT_AN_ACTION = "not_an_action", _("An action reads service:type:operation, without * and ?.")
    NOT_A_RESOURCE = (
        "not_a_resource",
        _("A resource reads service:region:account:type:path."),
    )
    NOT_A_CONDITION_KEY = (
        "not_a_condition_key",
        _("“{value}” is no condition key: prefix:name, such as g:SourceIp."),
    )
    NOT_A_CONTEXT_VALUE = (
        "not_a_context_value",
        _("The value of {value} has to be a text, a number, true or false, or a list of them."),
    )
    NO_TESTS = "no_tests", _("Only service control policies have tests.")
    AMBIGUOUS = "ambiguous", _("More than one unit has the path {value}. Give the unit's id.")
    TOO_MANY_CELLS = "too_many_cells", _("This row has {found} cells; {limit} are known.")
    WAITS_ALREADY = "waits_already", _("{value} waits in another batch already.")
    NONE_FINE = "none_fine", _("None of the rows can be sent.")
    NOT_A_TARGET = (
        "not_a_target",
        _("Give an address such as https://example.com/hook, without user, password and #."),
    )
    NOT_HTTPS = "not_https", _("The address has to begin with https://.")
    NOT_PUBLIC = "not_public", _("This address leads into a private network, which is not allowed.")
    NOT_AN_EVENT = "not_an_event", _("Choose events from the list.")
    AS_SAID = "as_said", "{problem}"  # a sentence that a library wrote


class InvalidParameter(Invalid):
    """A field breaks type, length, enumeration or format. `field` names it."""

    message = _("{field}: {problem}")

    def __init__(self, *, field: str, reason: Reason, **facts: object) -> None:
        super().__init__(field=field, reason=reason, **facts)
        self.field = field
        self.reason = reason

    @property
    def problem(self) -> str:
        """The sentence for the place of the field itself."""
        return str(self.reason.label).format(**self.facts)

    def at(self, field: str) -> "InvalidParameter":
        """The same about a field of another name."""
        facts = {key: fact for key, fact in self.facts.items() if key not in ("field", "reason")}
        return InvalidParameter(field=field, reason=self.reason, **facts)

    def __str__(self) -> str:
        return str(self.message).format(field=self.field, problem=self.problem)


class InvalidFile(Invalid):
    """An organization file has faults: places in it, each with a sentence."""

    message = _("The file has {count} faults; nothing was written.")

    def __init__(self, *, faults: list[tuple[str, str]], count: int | None = None) -> None:
        super().__init__(count=count or len(faults))
        self.faults = faults
