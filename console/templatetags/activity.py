"""How an event reads: what it is called, and its facts."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from console.templatetags.console import url_of
from orgs import events
from orgs.models import (
    AccountStatus,
    Channel,
    ClosingState,
    CreationState,
    FailureReason,
    InvitationState,
    JoinMethod,
    PolicyType,
    Role,
    SubscriptionState,
    SwitchState,
)
from orgs.permissions import Permission
from orgs.queries.events import Fact, TargetRow

register = template.Library()

TAG = "tags."
LABELS = dict(events.Kind.choices)
RIGHTS = dict(Permission.choices)
FACTS: dict[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "description": gettext_lazy("Description"),
    "path": gettext_lazy("Place"),
    "parent_id": gettext_lazy("Parent"),
    "role": gettext_lazy("Role"),
    "account_id": gettext_lazy("Account"),
    "access_key": gettext_lazy("Access key"),
    "join_method": gettext_lazy("Joined by"),
    "account_quota": gettext_lazy("Account quota"),
    "management_account_id": gettext_lazy("Management account"),
    "repaired_units": gettext_lazy("Units repaired"),
    "is_active": gettext_lazy("Enabled"),
    "second_factor": gettext_lazy("Second factor"),
    "recovery_codes": gettext_lazy("Recovery codes"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "kind": gettext_lazy("Kind"),
    "rows": gettext_lazy("Rows"),
    "refused_rows": gettext_lazy("Of them refused"),
    "refusal": gettext_lazy("Refusal"),
    "batch": gettext_lazy("Batch"),
    "agency": gettext_lazy("Agency"),
    "state": gettext_lazy("State"),
    "status": gettext_lazy("Status"),
    "failure_reason": gettext_lazy("Reason"),
    "is_converted": gettext_lazy("Full account"),
    "test": gettext_lazy("Test"),
    "action": gettext_lazy("Action"),
    "resource": gettext_lazy("Resource"),
    "is_allowed": gettext_lazy("Has to be allowed"),
    "type": gettext_lazy("Type"),
    "content": gettext_lazy("Document"),
    "policies": gettext_lazy("Policies, in their order"),
    "bucket_name": gettext_lazy("Bucket"),
    "region_id": gettext_lazy("Region"),
    "bucket_prefix": gettext_lazy("Prefix"),
    "agency_name": gettext_lazy("Agency"),
    "attached_to": gettext_lazy("Id of the entity"),
    "attached_to_name": gettext_lazy("Attached to"),
    "channel": gettext_lazy("Sent by"),
    "target": gettext_lazy("Address"),
    "unit_id": gettext_lazy("Only below unit"),
    "kinds": gettext_lazy("Events"),
    "subscription_state": gettext_lazy("State"),
    "granted_on_id": gettext_lazy("Id of the unit"),
    "granted_on": gettext_lazy("Unit"),
    "permissions": gettext_lazy("Rights"),
    "named_policies": gettext_lazy("Policies that may be attached"),
    "named_policy_ids": gettext_lazy("Ids of these policies"),
    "expires_at": gettext_lazy("Until"),
    **dict(PolicyType.choices),
}
LONGEST_DOCUMENT = 80  # characters of it; all of it stands among the versions
WORDS: dict[str, dict[Any, str | Promise]] = {
    "role": dict(Role.choices),
    "join_method": dict(JoinMethod.choices),
    # No word of a state means two things.
    "state": dict(
        [*InvitationState.choices, *CreationState.choices, *ClosingState.choices],
    ),
    "status": dict(AccountStatus.choices),
    "failure_reason": dict(FailureReason.choices),
    "is_converted": {True: gettext_lazy("Yes"), False: gettext_lazy("No")},
    "is_allowed": {True: gettext_lazy("Yes"), False: gettext_lazy("No")},
    "is_active": {True: gettext_lazy("Yes"), False: gettext_lazy("No")},
    "second_factor": {"totp": gettext_lazy("Authenticator app")},
    "type": dict(PolicyType.choices),
    "channel": dict(Channel.choices),
    "subscription_state": dict(SubscriptionState.choices),
    **{policy_type: dict(SwitchState.choices) for policy_type in PolicyType},
}
ICONS = {
    "organization": "root",
    "root": "structure",
    "organizational_unit": "unit",
    "account": "account",
    "user": "user",
    "access_key": "key",
    "batch": "accounts",
    "agency": "enter",
    "handshake": "invitation",
    "account_status": "creation",
    "policy": "policy",
    "subscription": "webhook",
    "grant": "key",
}
# Where what is no place of the structure is listed.
LISTS = {
    "handshake": "sent_invitations",
    "account_status": "creations",
    "subscription": "settings",
}


@register.filter
def event_label(kind: str) -> str:
    """What a kind of event is called; one that is no longer known keeps its stored name."""
    return str(LABELS.get(kind, kind))


def told(target: TargetRow) -> list[Fact]:
    """The facts to tell: where the place is named, the id of the parent adds nothing."""
    is_placed = any(fact.name == "path" for fact in target.facts)
    return [fact for fact in target.facts if not (is_placed and fact.name == "parent_id")]


def fact_label(fact: Fact) -> str:
    """What a fact is called."""
    if fact.name.startswith(TAG):
        return _("Tag %(key)s") % {"key": fact.name.removeprefix(TAG)}
    return str(FACTS.get(fact.name, fact.name))


def fact_value(fact: Fact, value: Any) -> str:
    """A value of a fact as a person reads it: a path as names, nothing as a dash."""
    if isinstance(value, list):
        return list_value(fact, value)
    if value is None or value == "":
        return "–"
    if fact.name == "content" and len(str(value)) > LONGEST_DOCUMENT:
        return f"{str(value)[:LONGEST_DOCUMENT]}…"
    return str(WORDS.get(fact.name, {}).get(value, value))


def between_things() -> str:
    """What stands between the things of a list."""
    return pgettext("things of a list", ", ")


def list_value(fact: Fact, value: list[Any]) -> str:
    """Several things as a person reads them; a list of any other name is a path."""
    if fact.name == "permissions":
        return between_things().join(str(RIGHTS.get(one, one)) for one in value)
    if fact.name in {"policies", "named_policies", "named_policy_ids"}:
        return ", ".join(map(str, value)) or "–"
    if fact.name == "kinds":
        return between_things().join(event_label(str(kind)) for kind in value) or _("All")
    return " / ".join([_("Root"), *(str(step) for step in value)])


@register.filter
def target_icon(target: TargetRow) -> str:
    """The picture of a kind of entity."""
    return f"#i-{ICONS.get(target.entity_type, 'activity')}"


@register.simple_tag
def url_of_target(target: TargetRow) -> str:
    """The page of an entity that is still there, or the list it stands in; else nothing."""
    if target.entity_type in LISTS:
        return reverse(LISTS[target.entity_type])
    if not target.still_there:
        return ""
    if target.entity_type == "root":
        return reverse("structure")
    if target.entity_type in {"account", "policy"}:
        return url_of(target.entity_type, target.entity_id)
    return url_of("unit", target.entity_id)
