"""What the database holds, in the oracle's words."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet

from orgs.models import (
    Account,
    Attachment,
    ClosingRequest,
    CreationRequest,
    DelegatedAdministrator,
    Departure,
    DryRunConfiguration,
    Event,
    EventTarget,
    Invitation,
    Organization,
    OrganizationalUnit,
    OrganizationalUnitGroupGrant,
    OrganizationalUnitUserGrant,
    Policy,
    PolicyTest,
    PolicyVersion,
    RootPolicyType,
    ScopedGrant,
    Tag,
    TrustedService,
    User,
)
from tests import oracle

Rows = list[tuple[Any, ...]]
WRITES = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "(\w+)"')
MAY_WRITE = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|WITH)\b", re.IGNORECASE)


def state_of_database() -> oracle.State:
    """Every live organization with its tree, its accounts and tags, and the accounts that stand alone."""
    return Reader().state()


class Reader:
    """Reads the database again and again, of each table only what was written meanwhile.

    It sees every statement (`connection.execute_wrapper`); one that may write, and does not say where, has
    everything read. So what a trigger or another connection writes is only seen by a new reader.
    """

    def __init__(self) -> None:
        self.rows: dict[str, Rows] = {}
        self.stale = set(READS)
        self.known: oracle.State | None = None

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        written = WRITES.match(sql)
        if written:
            self.stale |= _read_from().get(written[1], set())
        elif MAY_WRITE.match(sql):
            self.stale = set(READS)
        return execute(sql, params, many, context)

    def state(self) -> oracle.State:
        """What stands in the database now."""
        self.refresh()
        if self.known is None:
            self.known = _state(self.rows)
        return self.known

    def versions(self) -> dict[str, int]:
        """The version of each organization, deleted ones included."""
        self.refresh()
        return dict(self.rows["versions"])

    def refresh(self) -> None:
        """Read what is stale."""
        stale, self.stale = self.stale, set()
        for name in stale:
            self.rows[name] = READS[name][1]()
        if stale - {"versions"}:
            self.known = None


def _state(rows: Mapping[str, Rows]) -> oracle.State:
    tags_of: dict[str, dict[str, str]] = defaultdict(dict)
    for unit_id, account_id, policy_id, key, value in rows["tags"]:
        tags_of[unit_id or account_id or policy_id][key] = value
    units = {
        unit_id: oracle.Unit(unit_id, organization_id, parent_id or "", name, tags_of[unit_id])
        for unit_id, organization_id, parent_id, name in rows["units"]
    }
    roots = {unit.organization_id: unit.id for unit in units.values() if not unit.parent_id}
    organizations = {
        organization_id: oracle.Organization(
            organization_id, management_account_id, roots.get(organization_id, ""), account_quota
        )
        for organization_id, management_account_id, account_quota in rows["organizations"]
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
            rows["accounts"]
        )
    }
    return oracle.State(
        organizations,
        units,
        accounts,
        limits_of_settings(),
        **_requests(rows),
        **_policies(rows, tags_of),
        services=_services(rows),
        grants=_grants(rows),
        disabled=frozenset(username for (username,) in rows["disabled"]),
    )


def _policies(rows: Mapping[str, Rows], tags_of: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    """Policies with every text they had, their tests, the types that are not off, and what hangs where."""
    texts: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for policy_id, content in rows["policy_versions"]:
        texts[policy_id] += (content,)
    policies = {
        row[0]: oracle.Policy(*row[:4], texts[row[0]], row[4], tags_of[row[0]], bool(row[5]))
        for row in rows["policies"]
    }
    attachments: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    for unit_id, account_id, policy_id in rows["attachments"]:
        policy = policies.get(policy_id, oracle.BUILT_IN)
        attachments[unit_id or account_id, policy.kind] += (policy_id,)
    switches = [
        *rows["switches"],
        *((row[0], oracle.DRY_RUN, row[1]) for row in rows["dry_runs"]),
    ]
    tests = [
        oracle.PolicyTest(policy_id, name, account_id or "", action, bool(is_allowed), test_id)
        for test_id, policy_id, name, account_id, action, is_allowed in rows["policy_tests"]
    ]
    return {
        "policies": policies,
        "switches": {
            (organization_id, policy_type): state
            for organization_id, policy_type, state in switches
            if state != "disabled"
        },
        "dry_runs": {
            row[0]: dict(zip(oracle.DRY_RUN_FIELDS, row[2:], strict=True))
            for row in rows["dry_runs"]
        },
        "policy_tests": tuple(sorted(tests, key=oracle.PolicyTest.said)),
        "attachments": dict(attachments),
    }


def _services(rows: Mapping[str, Rows]) -> dict[tuple[str, str], frozenset[str]]:
    """The trusted services, each with who administers it."""
    held: dict[tuple[str, str], frozenset[str]] = {
        (organization_id, principal): frozenset() for organization_id, principal in rows["trusted"]
    }
    for organization_id, principal, account_id in rows["delegations"]:
        held[organization_id, principal] |= {account_id}
    return held


def _grants(rows: Mapping[str, Rows]) -> dict[str, oracle.Grant]:
    """Rights on units, each with what it names; to see the place comes with all of them."""
    rights: dict[int, set[str]] = defaultdict(set)
    for grant_id, codename in (*rows["rights of accounts"], *rows["rights of users"]):
        rights[grant_id].add(codename)
    policies: dict[int, set[str]] = defaultdict(set)
    for grant_id, policy_id in rows["named policies"]:
        policies[grant_id].add(policy_id)
    return {
        str(grant_id): oracle.Grant(
            str(grant_id),
            organization_id,
            unit_id,
            username or account_name,
            oracle.in_order(rights[grant_id]),
            frozenset(policies[grant_id]),
            expires_at,
            account_id or home_id,
            username or "",
        )
        for (
            grant_id,
            organization_id,
            unit_id,
            expires_at,
            account_id,
            account_name,
            username,
            home_id,
        ) in rows["grants"]
    }


def _requests(rows: Mapping[str, Rows]) -> dict[str, Any]:
    """Invitations, requests to create and to close, and who has gone."""
    departures: dict[str, tuple[oracle.Departure, ...]] = {}
    for row in rows["departures"]:
        gone = oracle.Departure(*row)
        departures[gone.account_id] = (*departures.get(gone.account_id, ()), gone)
    return {
        "invitations": {row[0]: oracle.Invitation(*_words(row)) for row in rows["invitations"]},
        "creations": {row[0]: oracle.Creation(*_words(row)) for row in rows["creations"]},
        "closings": {
            str(row[0]): oracle.Closing(str(row[0]), *row[1:6], row[6] or oracle.LONG_AGO)
            for row in rows["closings"]
        },
        "departures": departures,
    }


def _words(row: tuple[Any, ...]) -> list[Any]:
    """The oracle knows no null."""
    return ["" if cell is None else cell for cell in row]


def versions() -> dict[str, int]:
    """The version of each organization, deleted ones included."""
    return dict(Organization.objects.values_list("id", "version"))


def _read(rows: QuerySet[Any, Any], *fields: str) -> tuple[type[Model], Callable[[], Rows]]:
    """Reads rows as the database gives them: to put a statement together takes longer than to run it."""

    @cache
    def statement() -> tuple[str, tuple[Any, ...]]:
        return rows.values_list(*fields).query.sql_with_params()

    def read() -> Rows:
        with connection.cursor() as cursor:
            cursor.execute(*statement())
            return cursor.fetchall()

    return rows.model, read


def _convert(rows: QuerySet[Any, Any], *fields: str) -> tuple[type[Model], Callable[[], Rows]]:
    """Reads rows with times or tags in them, which each database gives in its own way."""
    return rows.model, lambda: list(rows.values_list(*fields))


# What is read, and of which model.
READS = {
    "tags": _read(Tag.objects.order_by(), "unit_id", "account_id", "policy_id", "key", "value"),
    "policies": _read(
        Policy.objects.custom().order_by(),
        *("id", "organization_id", "policy_type", "name", "description", "is_dry_run"),
    ),
    "policy_versions": _read(
        PolicyVersion.objects.order_by("policy", "number"), "policy_id", "content"
    ),
    "policy_tests": _read(
        PolicyTest.objects.order_by(),
        *("id", "policy_id", "name", "account_id", "action", "is_allowed"),
    ),
    "attachments": _read(
        Attachment.objects.order_by("place", "pk"), "unit_id", "account_id", "policy_id"
    ),
    "trusted": _read(TrustedService.objects.order_by(), "organization_id", "service_id"),
    "delegations": _read(
        DelegatedAdministrator.objects.order_by(),
        *("organization_id", "trusted_service__service_id", "account_id"),
    ),
    "grants": _convert(
        ScopedGrant.objects.order_by(),
        *("id", "organization_id", "unit_id", "expires_at"),
        *("account_id", "account__name", "user__username", "user__account_id"),
    ),
    "disabled": _convert(
        User.objects.filter(is_active=False, account__isnull=False).order_by(), "username"
    ),
    "rights of accounts": _read(
        OrganizationalUnitGroupGrant.objects.order_by(), "scoped_grant_id", "permission__codename"
    ),
    "rights of users": _read(
        OrganizationalUnitUserGrant.objects.order_by(), "scoped_grant_id", "permission__codename"
    ),
    "named policies": _read(
        ScopedGrant.policies.through.objects.order_by(), "scopedgrant_id", "policy_id"
    ),
    "switches": _read(RootPolicyType.objects.order_by(), "organization_id", "policy_type", "state"),
    "dry_runs": _read(
        DryRunConfiguration.objects.order_by(),
        *("organization_id", "state", *oracle.DRY_RUN_FIELDS),
    ),
    "units": _read(
        OrganizationalUnit.objects.order_by(), "id", "organization_id", "parent_id", "name"
    ),
    "organizations": _read(
        Organization.objects.live().order_by(), "id", "management_account_id", "account_quota"
    ),
    "versions": _read(Organization.objects.order_by(), "id", "version"),
    "accounts": _convert(
        Account.objects.order_by(),
        *("id", "organization_id", "unit_id", "join_method", "description"),
        *("name", "status", "is_resource_account", "is_converted", "is_eligible"),
        *("email", "created_at"),
    ),
    "invitations": _convert(
        Invitation.objects.order_by(),
        *("id", "organization_id", "account_id", "state", "tags", "destination_id"),
        *("created_at", "expires_at"),
    ),
    "creations": _convert(
        CreationRequest.objects.order_by(),
        *("id", "organization_id", "account_name", "state", "tags", "destination_id"),
        *("account_id", "failure_reason", "email"),
    ),
    "closings": _convert(
        ClosingRequest.objects.order_by(),
        *("id", "organization_id", "account_id", "state", "failure_reason"),
        *("created_at", "updated_at"),
    ),
    "departures": _convert(
        Departure.objects.order_by("id"), "organization_id", "account_id", "kind", "departed_at"
    ),
}


@cache
def _read_from() -> dict[str, set[str]]:
    """What is to be read again when a table is written."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, (model, _rows) in READS.items():
        found[model._meta.db_table].add(name)
    return dict(found)


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
        policy_tests=settings.POLICY_TESTS,
        move_undo=settings.MOVE_UNDO,
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
