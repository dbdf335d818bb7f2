"""Every refusal, once.

Families carry the status the console answers with. Leaves are named after the contract's conditions and
carry the sentence for the person who asked; the raise carries the facts. Which wire code and status a
leaf has, `orgs.api.error_codes` says.
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class ContentFault(Protocol):
    """One thing to mend in a policy's text, with its place; the policy engine finds them."""

    @property
    def path(self) -> str:
        """A JSON pointer."""

    @property
    def line(self) -> int:
        """From 1."""

    @property
    def column(self) -> int:
        """From 1, in characters."""

    def sentence(self, translate: Callable[[str], str]) -> str:
        """What is wrong and how to mend it."""


class OrgsError(Exception):
    """A rule said no. The sentence is written for the person who asked."""

    status = HTTPStatus.BAD_REQUEST
    message: str | Promise = _("The request could not be carried out.")

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    def __str__(self) -> str:
        return str(self.message).format(**self.facts)


class Invalid(OrgsError):
    """What was sent cannot be taken as it is."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Denied(OrgsError):
    """The actor may not do this."""

    status = HTTPStatus.FORBIDDEN


class NotFound(OrgsError):
    """Not there, or not for this actor to know about; both sound the same (R-GEN-3)."""

    status = HTTPStatus.NOT_FOUND


class Conflict(OrgsError):
    """The present state does not allow it."""

    status = HTTPStatus.CONFLICT


class QuotaExceeded(Conflict):
    """One of the limits is reached."""


# --- input ----------------------------------------------------------------------------------------


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

    def __str__(self) -> str:
        return str(self.message).format(field=self.field, problem=self.problem)


class InvalidFile(Invalid):
    """An organization file has faults: places in it, each with a sentence."""

    message = _("The file has {count} faults; nothing was written.")

    def __init__(self, *, faults: list[tuple[str, str]], count: int | None = None) -> None:
        super().__init__(count=count or len(faults))
        self.faults = faults


# --- kept refusals --------------------------------------------------------------------------------


def kept(refusal: OrgsError) -> dict[str, Any]:
    """A refusal as a row keeps it: its name and its facts, from which `said_again` makes it anew."""
    facts = {
        name: value if isinstance(value, int) else str(value)
        for name, value in refusal.facts.items()
    }
    return {"name": type(refusal).__name__, "facts": facts}


def said_again(kept_refusal: dict[str, Any]) -> OrgsError:
    """The refusal that `kept` wrote, with its sentence in the language of who reads it now."""
    kind: type[OrgsError] = globals()[kept_refusal["name"]]
    facts = dict(kept_refusal["facts"])
    if issubclass(kind, InvalidParameter):
        facts["reason"] = Reason(facts["reason"])
    return kind(**facts)


# --- who asks -------------------------------------------------------------------------------------


class AuthenticationFailed(Denied):
    """The request is not signed by a key that may be used now. Which part of it failed stays unsaid."""

    status = HTTPStatus.UNAUTHORIZED
    message = _("The signature or the access key is not valid.")


class ClockSkew(AuthenticationFailed):
    """The request was signed too long ago, or by a clock that is wrong."""

    message = _("The request was signed at {signed_at}, too far from {now}, the time here.")


class Throttled(OrgsError):
    """More requests than the access key, the organization or, unsigned, the address may send (P7)."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    message = _("Too many requests. Try again in {seconds} seconds.")

    def __init__(self, *, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.seconds = seconds


class ApiNotFound(NotFound):
    """No operation has that path and method."""

    message = _("There is no operation {method} {path}.")


class IdempotencyKeyReused(Conflict):
    """The key of an earlier request came with another one (P4)."""

    message = _("This X-Idempotency-Key came with another request before.")


class PermissionDenied(Denied):
    """A user of the right account whose role does not allow it (R-PERM-1)."""

    message = _("Your role in this account does not allow this: {permission}.")


class DeniedByPolicy(Denied):
    """A service control policy of the organization does not let the account's users do it (R-PERM-6)."""

    message = _("The policies of your organization do not let you do this: {action}. {sentence}")


class NotManagementAccount(Denied):
    """Only the management account may do this (R-GEN-1)."""

    message = _("Only the management account may do this: {permission}.")


class NotManagementOrDelegated(Denied):
    """Only the management account and delegated administrators may see this (R-GEN-1)."""

    message = _("Only the management account and delegated administrators may see this.")


class CallerNotInOrganization(Denied):
    """The account is in no organization (R-GEN-2)."""

    message = _("Your account does not belong to an organization.")


class UserDisabled(Denied):
    """The user was disabled, or moved to another account, since it signed in (R9)."""

    message = _("This user is disabled.")


class CallerAccountClosed(Denied):
    """The account is being closed or is closed; its users and keys are refused (R-CLO-11)."""

    message = _("Your account is being closed or is closed.")


class OperatorOnly(Denied):
    """Only the operator of the installation may do this."""

    message = _("Only the operator of this installation may do this.")


# --- at any time ----------------------------------------------------------------------------------


class ConcurrentModification(Conflict):
    """Another change held the lock too long or came first (R-GEN-4, R7)."""

    message = _("Somebody else is changing this organization right now. Try again.")


# --- organizations --------------------------------------------------------------------------------


class AccountAlreadyInOrganization(Conflict):
    """An account is in one organization at most (R-ORG-1)."""

    message = _("Account {account_name} already belongs to an organization.")


class AccountNotActive(Conflict):
    """The account is being closed, is closed, or is not eligible (R-ORG-2)."""

    message = _("Account {account_name} is not active.")


class OrganizationNotEmpty(Conflict):
    """It still holds member accounts, units or custom policies (R-ORG-8)."""

    message = _(
        "The organization still holds {accounts} member accounts, {units} organizational units"
        " and {policies} policies."
    )


class OrganizationNotFound(NotFound):
    """No such organization."""

    message = _("There is no organization {organization_id}.")


# --- units ----------------------------------------------------------------------------------------


class OuNotFound(NotFound):
    """No such organizational unit in the actor's organization."""

    message = _("There is no organizational unit {unit_id} in your organization.")


class ParentNotFound(NotFound):
    """No such root or unit in the actor's organization."""

    message = _("There is no root or organizational unit {parent_id} in your organization.")


class OuNameConflict(Conflict):
    """A sibling has that name, compared without regard to case (R-OU-6, R-OU-7)."""

    message = _("{parent_name} already holds an organizational unit named {name}.")


class OuDepthExceeded(Conflict):
    """Deeper than five levels below the root (R-OU-4)."""

    message = _("Organizational units nest at most {limit} levels deep; this would make {levels}.")


class OuQuotaExceeded(QuotaExceeded):
    """No room for another unit (R-OU-3)."""

    message = _("The organization may hold {limit} organizational units, and holds that many.")


class OuNotEmpty(Conflict):
    """A unit is deleted only when nothing hangs on it (R-OU-12)."""

    message = _("{name} still holds {units} organizational units and {accounts} accounts.")


class OuMoveIntoItself(Conflict):
    """A unit cannot hang on itself or on what is below it (R-OU-11)."""

    message = _("{name} cannot be moved into itself or into a unit below it.")


# --- accounts -------------------------------------------------------------------------------------


class AccountNotFound(NotFound):
    """No such account in the actor's organization."""

    message = _("There is no account {account_id} in your organization.")


class TargetNotFound(AccountNotFound):
    """No account of the installation has the id or the name that an invitation gives (R-INV-2)."""

    message = _("There is no account {account_id} in this installation.")


class AccountConflict(Conflict):
    """Name, e-mail or phone is taken in this installation (R-ACC-6, R-ACC-15)."""

    message = _("Another account already has this {field}.")


class AccountQuotaExceeded(QuotaExceeded):
    """No room for another account (R-QUO-1)."""

    message = _("The organization may hold {limit} accounts; this would make {wanted}.")


class InviterQuotaExceeded(AccountQuotaExceeded):
    """The same for who accepts an invitation, and is not told how large the inviter is (R-INV-14)."""

    message = _(
        "The organization has no room for another account right now. The invitation stays open; tell "
        "them, and accept it once they have made room."
    )


class MoveSourceMismatch(Conflict):
    """The account or unit has left the source meanwhile (R-ACC-30)."""

    message = _("{name} is no longer where you took it from. It is under {place} now.")


class MoveSameParent(Conflict):
    """Source and destination are the same (R-ACC-31)."""

    message = _("{name} is already there.")


class AccountCreateConcurrency(QuotaExceeded):
    """As many accounts are being created as may be at once (R-ACC-12)."""

    message = _("{limit} accounts are being created already. Wait for one of them to end.")


class CreateAccountStatusNotFound(NotFound):
    """No such request in the actor's organization (R-GEN-13)."""

    message = _("There is no creation request {request_id} in your organization.")


class CannotLeaveManagementOrDelegated(Conflict):
    """The management account and delegated administrators stay (R-ORG-12, R-ACC-40)."""

    message = _(
        "{account_name} cannot leave: it is the management account or a delegated administrator."
    )


class AccountStandaloneInfoMissing(Conflict):
    """The account could not stand alone (R-ORG-13)."""

    message = _(
        "{account_name} cannot stand alone yet. A created account has to be older than {days} days "
        "and to have been made a full account."
    )


class AccountRemoveRate(QuotaExceeded):
    """Enough accounts were moved out lately (R-ACC-41)."""

    message = _(
        "At most {limit} accounts can be removed in {hours} hours. The next one can go {next_at}."
    )


class CannotCloseManagement(Conflict):
    """The management account is never closed (R-CLO-5)."""

    message = _("{account_name} is the management account, which cannot be closed.")


class CannotCloseInvited(Conflict):
    """Only accounts that the organization made, and that are none of their own yet (R-CLO-2, R-CLO-3)."""

    message = _(
        "{account_name} was invited, or was made a full account; only created accounts can be closed."
    )


class CannotCloseUnpaid(Conflict):
    """The installation says that something is unpaid (R-CLO-6)."""

    message = _("{account_name} has unpaid resources.")


class AccountClosing(Conflict):
    """It is being closed already, or is closed (R-CLO-7)."""

    message = _("{account_name} is being closed or is closed already.")


class CloseQuotaExceeded(QuotaExceeded):
    """Too many closings at once, or in the last 30 days (R-CLO-8)."""

    message = _(
        "Of {limit} closings in {days} days {used} are used, and of {at_once} at once {closing}. "
        "The next one can begin {next_at}."
    )


# --- invitations ----------------------------------------------------------------------------------


class HandshakeNotFound(NotFound):
    """No such invitation, or none that the actor may know about (R-INV-11)."""

    message = _("There is no invitation {invitation_id}.")


class HandshakeNotPending(Conflict):
    """The invitation has ended (R-INV-1)."""

    message = _("This invitation is no longer open: {state}.")


class HandshakeDuplicate(Conflict):
    """The organization has invited this account already (R-INV-6)."""

    message = _("{account_name} has an open invitation of this organization already.")


class InviteRate(QuotaExceeded):
    """Enough invitations were sent lately (R-INV-7)."""

    message = _(
        "At most {limit} invitations can be sent in {hours} hours. The next one can go {next_at}."
    )


class HandshakeResentRecently(Conflict):
    """The e-mail of an invitation is not sent again at once. (ours)"""

    message = _("This invitation was sent a moment ago. It can be sent again {next_at}.")


class EntityNotFound(NotFound):
    """No such root, unit or account in the actor's organization (R-OU-15)."""

    message = _("There is no root, unit or account {entity_id} in your organization.")


# --- batches --------------------------------------------------------------------------------------


class BatchNotFound(NotFound):
    """No such batch in the actor's organization. (ours)"""

    message = _("There is no batch {batch_id} in your organization.")


class BatchEnded(Conflict):
    """Every row was sent, refused or cancelled. (ours)"""

    message = _("No row of this batch waits any more.")


# --- agencies -------------------------------------------------------------------------------------


class AgencyNotFound(NotFound):
    """No agency of that kind in the actor's account, or none that lets it into another. (ours)"""

    message = _("There is no account-access agency for {id}.")


class AgencyInUse(Conflict):
    """Nobody saws off the branch they sit on: who came in by an agency does not delete it. (ours)"""

    message = _(
        "You came in by agency {name}. A user of {account_name} itself has to delete it, or its last way "
        "in would be gone."
    )


class EntryEnded(Denied):
    """The way into an account that is not one's own is closed, or was never open. (ours)"""

    message = _("You are not in another account, or no longer.")


class SwitchedAway(Denied):
    """What belongs to the own account and sign-in waits until one is back. (ours)"""

    message = _("You are in account {account_name}, which is not your own. Go back first.")


# --- users and keys -------------------------------------------------------------------------------


class UserNotFound(NotFound):
    """No such user."""

    message = _("There is no user {username}.")


class UsernameTaken(Conflict):
    """User names are unique in the installation."""

    message = _("Another user already has the name {username}.")


class AccessKeyNotFound(NotFound):
    """No such access key of a user whom the actor may know about."""

    message = _("There is no access key {access_key_id}.")


class SessionNotFound(NotFound):
    """No such session of the actor."""

    message = _("This session has ended already.")


class SecondFactorPresent(Conflict):
    """A user has one second factor; another takes its place only after it was removed."""

    message = _("{username} has a second factor already.")


class SecondFactorMissing(Conflict):
    """There is nothing to remove, and nothing that recovery codes would stand in for."""

    message = _("{username} has no second factor.")


class OwnUserKept(Conflict):
    """Nobody disables oneself: somebody has to be left who can enable again. (ours)"""

    message = _("You are signed in as {username}; somebody else has to disable this user.")


# --- undoing a move -------------------------------------------------------------------------------


class MoveNotFound(NotFound):
    """No event of that number is a move of this kind. (ours)"""

    message = _("There is no move with the number {number}.")


class MoveTooOld(Conflict):
    """The time in which a move can be undone is over. (ours)"""

    message = _("A move can be undone for {minutes} minutes, and that time is over.")


class MovedMeanwhile(Conflict):
    """What was moved stands somewhere else by now. (ours)"""

    message = _("{name} is in {place} by now, so the move cannot be undone.")


# --- tags -----------------------------------------------------------------------------------------


class TagResourceNotFound(NotFound):
    """No such resource in the actor's organization (R-GEN-13)."""

    message = _("There is no resource {resource_id} in your organization.")


class TagConflict(Conflict):
    """The resource already has the key (R-TAG-7)."""

    message = _("{resource_name} already has a tag with the key {key}.")


class TagQuotaExceeded(QuotaExceeded):
    """A resource holds twenty tags (R-TAG-1)."""

    message = _("{resource_name} may hold {limit} tags; this would make {wanted}.")


class TagPolicyViolated(Invalid):
    """A tag breaks a tag policy that is enforced on such resources (R-TP-5)."""

    message = _("{resource_name}: {sentence}")


# --- policies -------------------------------------------------------------------------------------


class RootNotFound(NotFound):
    """No such root in the actor's organization (R-GEN-13)."""

    message = _("There is no root {root_id} in your organization.")


class PolicyNotFound(NotFound):
    """No such policy of that kind in the actor's organization (R-GEN-13, R-DRY-6)."""

    message = _("There is no policy {policy_id} in your organization.")


class PolicyVersionNotFound(NotFound):
    """The policy never had that text. (ours)"""

    message = _("{policy_name} has no version {number}.")


class PolicyTestNotFound(NotFound):
    """The policy has no such test. (ours)"""

    message = _("{policy_name} has no such test.")


class PolicyTestQuotaExceeded(QuotaExceeded):
    """The policy has as many tests as it may. (ours)"""

    message = _("{policy_name} may have {limit} tests.")


class PolicyNameConflict(Conflict):
    """A policy of the same type has that name already, compared without case (R-POL-3)."""

    message = _("There is already a policy of this type with the name {name}.")


class PolicyContentTooLong(Invalid):
    """The text has more characters than its type allows, white space included (R-POL-2)."""

    message = _("The policy has {length} characters; at most {limit} fit, white space included.")


class PolicyContentMalformed(Invalid):
    """The text is no JSON, or breaks the grammar of its type (R-POL-6). `faults` names every place."""

    message = _("Line {line}, column {column}: {sentence}")

    def __init__(self, *, faults: Sequence[ContentFault]) -> None:
        first = faults[0]
        super().__init__(
            line=first.line,
            column=first.column,
            path=first.path,
            sentence=first.sentence(gettext),
            count=len(faults),
        )
        self.faults = faults


class PolicyChangedMeanwhile(Conflict):
    """Somebody else saved it since it was looked at (P5). (ours)"""

    message = _(
        "{policy_name} was changed meanwhile. Look at it as it is now, then change it again."
    )


class PolicyTestsFail(Conflict):
    """Tests of the policy would fail with the new text, and nobody said why that is meant. (ours)"""

    message = _("With this text tests of the policy fail: {tests}.")


class PolicyQuotaExceeded(QuotaExceeded):
    """The organization has as many policies of the type as it may (R-POL-1)."""

    message = _("Your organization may have {limit} policies of this type.")


class PolicyBuiltin(Conflict):
    """A built-in policy is attached and detached, and nothing else (R-POL-8)."""

    message = _("{policy_name} is built in; it cannot be changed, deleted or tagged.")


class PolicyInUse(Conflict):
    """It is still attached somewhere (R-POL-9)."""

    message = _("{policy_name} is attached to {count} entities. Detach it everywhere first.")


class PolicyTypeNotEnabled(Conflict):
    """Only policies of a type that is switched on can be attached (R-PT-7, R-DRY-3, R-DRY-7)."""

    message = _("The type {policy_type} is not switched on.")


class PolicyTypeAlreadyEnabled(Conflict):
    """It is on, or being switched on (R-PT-2)."""

    message = _("The type {policy_type} is on already, or is being switched on.")


class PolicyTypeAlreadyDisabled(Conflict):
    """It is off, or being switched off (R-PT-2)."""

    message = _("The type {policy_type} is off already, or is being switched off.")


class PolicyAlreadyAttached(Conflict):
    """A policy hangs on an entity once (R-POL-11)."""

    message = _("{policy_name} is already attached to {entity_name}.")


class PolicyNotAttached(Conflict):
    """It does not hang there (R-POL-11)."""

    message = _("{policy_name} is not attached to {entity_name}.")


class PolicyAttachQuotaExceeded(QuotaExceeded):
    """The entity has as many policies of the type as it may (R-POL-10)."""

    message = _("{entity_name} may have {limit} policies of this type attached to it.")


class PolicyLastScp(Conflict):
    """While service control policies are on, every entity keeps one (R-POL-12)."""

    message = _(
        "{entity_name} needs at least one service control policy. Attach another one first."
    )


class PolicyTypeUnsupported(Invalid):
    """Only tag policies have an effective policy (R-TP-1)."""

    message = _("Only tag policies have an effective policy.")


class EffectivePolicyNotFound(NotFound):
    """No tag policy reaches the account, or the type is off (R-TP-3)."""

    message = _("No tag policy reaches {entity_name}.")


# --- catalogues of services -----------------------------------------------------------------------


class ServiceNotFound(NotFound):
    """No such service in the catalogue."""

    message = _("There is no service {service} in the catalogue.")


class ServicePresent(Conflict):
    """A catalogue holds a service once. (ours)"""

    message = _("The catalogue already holds {service}.")


class ServiceChangedMeanwhile(Conflict):
    """Another operator changed it since it was looked at (P5). (ours)"""

    message = _("{service} was changed meanwhile. Look at it as it is now, then change it again.")


class ServiceInUse(Conflict):
    """Something still refers to it (I15). (ours)"""

    message = _("{service} is in use, so it stays in the catalogue.")


# --- quotas ---------------------------------------------------------------------------------------


class QuotaNotAdjustable(Conflict):
    """The quota is fixed (R-QUO-2)."""

    message = _("This quota is fixed.")


# --- jobs -----------------------------------------------------------------------------------------


class JobNotFound(NotFound):
    """No such job, or it is forgotten by now. (ours)"""

    message = _("There is no job {job_id}.")


class JobNotGivenUp(Conflict):
    """Only what was given up is tried again by hand. (ours)"""

    message = _("This job has not been given up; it is in the state: {state}.")
