"""What the database holds, in the oracle's words."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from orgs.models import (
    Account,
    Attachment,
    ClosingRequest,
    CreationRequest,
    Departure,
    Event,
    EventTarget,
    Invitation,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyVersion,
    RootPolicyType,
    Tag,
)
from tests import oracle


def state_of_database() -> oracle.State:
    """Every live organization with its tree, its accounts and tags, and the accounts that stand alone."""
    tags_of: dict[str, dict[str, str]] = defaultdict(dict)
    for unit_id, account_id, policy_id, key, value in _rows("tags"):
        tags_of[unit_id or account_id or policy_id][key] = value
    units = {
        unit_id: oracle.Unit(unit_id, organization_id, parent_id or "", name, tags_of[unit_id])
        for unit_id, organization_id, parent_id, name in _rows("units")
    }
    roots = {unit.organization_id: unit.id for unit in units.values() if not unit.parent_id}
    organizations = {
        organization_id: oracle.Organization(
            organization_id, management_account_id, roots.get(organization_id, ""), account_quota
        )
        for organization_id, management_account_id, account_quota in _rows("organizations")
    }
    accounts = {
        account_id: oracle.Account(
            account_id,
            organization_id or "",
            unit_id or "",
            join_method or "",
            text,
            tags_of[account_id],
            *life,
            email or "",
            created_at,
        )
        for account_id, organization_id, unit_id, join_method, text, *life, email, created_at in (
            Account.objects.values_list(
                "id",
                "organization_id",
                "unit_id",
                "join_method",
                "description",
                *("name", "status", "is_resource_account", "is_converted"),
                *("email", "created_at"),
            )
        )
    }
    limits = limits_of_settings()
    return oracle.State(
        organizations,
        units,
        accounts,
        limits,
        **requests_of_database(),
        **policies_of_database(tags_of),
    )


def policies_of_database(tags_of: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    """Policies with every text they had, the types that are not off, and what hangs where."""
    texts: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for policy_id, content in _rows("policy_versions"):
        texts[policy_id] += (content,)
    policies = {
        row[0]: oracle.Policy(*row[:4], texts[row[0]], row[4], tags_of[row[0]], bool(row[5]))
        for row in _rows("policies")
    }
    attachments: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    for unit_id, account_id, policy_id in _rows("attachments"):
        policy = policies.get(policy_id, oracle.BUILT_IN)
        attachments[unit_id or account_id, policy.kind] += (policy_id,)
    return {
        "policies": policies,
        "switches": {
            (organization_id, policy_type): state
            for organization_id, policy_type, state in _rows("switches")
            if state != "disabled"
        },
        "attachments": dict(attachments),
    }


def requests_of_database() -> dict[str, Any]:
    """Invitations, requests to create and to close, and who has gone."""
    invitations = Invitation.objects.values_list(
        *("id", "organization_id", "account_id", "state", "tags", "destination_id"),
        *("created_at", "expires_at"),
    )
    creations = CreationRequest.objects.values_list(
        *("id", "organization_id", "account_name", "state", "tags", "destination_id"),
        *("account_id", "failure_reason", "email"),
    )
    closings = ClosingRequest.objects.values_list(
        *("id", "organization_id", "account_id", "state", "failure_reason"),
        *("created_at", "updated_at"),
    )
    departures: dict[str, tuple[oracle.Departure, ...]] = {}
    for row in Departure.objects.order_by("id").values_list(
        "organization_id", "account_id", "kind", "departed_at"
    ):
        gone = oracle.Departure(*row)
        departures[gone.account_id] = (*departures.get(gone.account_id, ()), gone)
    return {
        "invitations": {row[0]: oracle.Invitation(*_words(row)) for row in invitations},
        "creations": {row[0]: oracle.Creation(*_words(row)) for row in creations},
        "closings": {
            str(row[0]): oracle.Closing(str(row[0]), *row[1:6], row[6] or oracle.LONG_AGO)
            for row in closings
        },
        "departures": departures,
    }


def _words(row: tuple[Any, ...]) -> list[Any]:
    """The oracle knows no null."""
    return ["" if cell is None else cell for cell in row]


def versions() -> dict[str, int]:
    """The version of each organization, deleted ones included."""
    return dict(_rows("versions"))


def _rows(name: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(*_statements()[name])
        return cursor.fetchall()


@cache
def _statements() -> dict[str, tuple[str, tuple[Any, ...]]]:
    """Asked after every step of the rule machine; to put them together takes longer than to run them."""
    asked: dict[str, QuerySet[Any, Any]] = {
        "tags": Tag.objects.values_list("unit_id", "account_id", "policy_id", "key", "value"),
        "policies": Policy.objects.custom().values_list(
            *("id", "organization_id", "policy_type", "name", "description", "is_dry_run")
        ),
        "switches": RootPolicyType.objects.values_list("organization_id", "policy_type", "state"),
        "units": OrganizationalUnit.objects.values_list(
            "id", "organization_id", "parent_id", "name"
        ),
        "organizations": Organization.objects.live().values_list(
            "id", "management_account_id", "account_quota"
        ),
        "versions": Organization.objects.values_list("id", "version"),
    }
    ordered: dict[str, QuerySet[Any, Any]] = {
        "policy_versions": PolicyVersion.objects.order_by("policy", "number").values_list(
            "policy_id", "content"
        ),
        "attachments": Attachment.objects.order_by("place", "pk").values_list(
            "unit_id", "account_id", "policy_id"
        ),
    }
    asked = {name: rows.order_by() for name, rows in asked.items()} | ordered
    return {name: rows.query.sql_with_params() for name, rows in asked.items()}


def limits_of_settings() -> oracle.Limits:
    """The limits that the installation has set (R-GEN-9)."""
    return oracle.Limits(
        units=settings.ORGANIZATIONAL_UNIT_QUOTA,
        tags=settings.TAG_QUOTA,
        accounts=settings.ACCOUNT_QUOTA_MAX,
        accounts_unset=settings.ACCOUNT_QUOTA,
        creations_at_once=settings.CREATIONS_AT_ONCE,
        removals=settings.REMOVALS,
        removal_window=settings.REMOVAL_WINDOW,
        invitations=settings.INVITATIONS,
        invitation_window=settings.INVITATION_WINDOW,
        invitation_lifetime=settings.INVITATION_LIFETIME,
        closings_at_once=settings.CLOSINGS_AT_ONCE,
        closings_least=settings.CLOSINGS_LEAST,
        closings_most=settings.CLOSINGS_MOST,
        closing_window=settings.CLOSING_WINDOW,
        closed_listed=settings.CLOSED_ACCOUNTS_LISTED,
        standalone_age=settings.STANDALONE_AGE,
        policies=settings.POLICY_QUOTA,
        scp_characters=settings.SCP_CHARACTERS,
        tag_policy_characters=settings.TAG_POLICY_CHARACTERS,
        scps_per_entity=settings.SCPS_PER_ENTITY,
        tag_policies_per_entity=settings.TAG_POLICIES_PER_ENTITY,
    )


def events_of_database(*, after: int = 0) -> list[oracle.EventRow]:
    """Every event in the order of its writing, which in each stream is the order of numbers."""
    targets = defaultdict(list)
    for event_id, *row in (
        EventTarget.objects.filter(event__gt=after)
        .order_by("event", "place")
        .values_list(
            "event_id", "entity_type", "entity_id", "entity_name", "path", "before", "after"
        )
    ):
        targets[event_id].append(oracle.TargetRow(*row))
    return [
        oracle.EventRow(organization_id or "", number, kind, tuple(targets[event_id]), details)
        for event_id, organization_id, number, kind, details in Event.objects.filter(pk__gt=after)
        .order_by("pk")
        .values_list("id", "organization_id", "number", "kind", "details")
    ]


def last_event() -> int:
    """The place in the trail from which a test's own events start."""
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
