"""How a membership begins and ends: the parts that founding, creating, accepting, leaving and purging share.

Operations that hold the locks of the organization and of the account call this; it opens no change.
"""

from collections.abc import Mapping
from datetime import datetime

from orgs import events
from orgs.models import (
    Account,
    Departure,
    DepartureKind,
    EffectiveTagPolicy,
    JoinMethod,
    Organization,
    OrganizationalUnit,
    Tag,
)
from orgs.operations.agencies import (
    clean_up_service_linked_agencies,
    let_services_in,
    service_linked_agency,
)
from orgs.operations.attachments import attach_full_access
from orgs.operations.grants import settle_grants
from orgs.queries.trusted_services import trusted_principals

MEMBERSHIP = ("organization", "unit", "join_method", "joined_at")


def join(
    account: Account,
    unit: OrganizationalUnit,
    *,
    join_method: JoinMethod,
    now: datetime,
    tags: Mapping[str, str] | None = None,
) -> events.Target:
    """Make an account a member under `unit`: with tags, first policy, agency and rights.

    Returns the target for the event.
    """
    account.organization, account.unit = unit.organization, unit
    account.join_method, account.joined_at = join_method, now
    account.save(update_fields=MEMBERSHIP)
    Tag.objects.bulk_create(
        Tag(organization=unit.organization, account=account, key=key, value=value)
        for key, value in (tags or {}).items()
    )
    service_linked_agency(account, now=now).save(force_insert=True)
    let_services_in([account], trusted_principals(unit.organization_id), now=now)
    attach_full_access(unit.organization, accounts=[account])
    settle_grants(account)
    after: events.Facts = {
        "parent_id": unit.pk,
        "name": account.name,
        "join_method": account.join_method,
        "description": account.description,
    }
    if tags:
        after["tags"] = dict(tags)
    return events.of_account(account, unit.names, after=after)


def depart(
    account: Account, organization: Organization, *, kind: DepartureKind, now: datetime
) -> events.Target:
    """End a membership: tags go, the service's agency goes, the rights go (R-ORG-16, R-CLO-12).

    Returns the target for the event, with what the account was.
    """
    unit = organization.place(account.unit_id)
    tags = dict(account.tags.values_list("key", "value"))
    target = events.of_account(
        account,
        unit.names,
        before={
            "parent_id": unit.pk,
            "name": account.name,
            "join_method": account.join_method,
            "status": account.status,
            "tags": tags,
        },
    )
    Departure.objects.create(
        organization=organization,
        account=account,
        account_name=account.name,
        kind=kind,
        join_method=account.join_method or "",
        joined_at=account.joined_at or now,
        departed_at=now,
    )
    dissolve(account)
    return target


def dissolve(account: Account) -> None:
    """Make an account stand alone, with nothing left of its membership."""
    account.tags.all().delete()
    account.attachments.all().delete()
    account.policy_tests.all().delete()
    EffectiveTagPolicy.objects.filter(account=account).delete()
    clean_up_service_linked_agencies(account)
    account.organization = account.unit = account.join_method = account.joined_at = None
    account.save(update_fields=MEMBERSHIP)
    settle_grants(account)
