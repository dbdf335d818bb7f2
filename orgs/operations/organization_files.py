"""Bringing a whole organization in from a file: all of it, or nothing."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import batched, chain
from typing import Any

from django.conf import settings
from django.utils import timezone

from orgs import errors, events, names, nested_set
from orgs.actor import Actor
from orgs.models import Account, Agency, JoinMethod, Organization, OrganizationalUnit, Tag
from orgs.operations.agencies import account_access_agency, service_linked_agency
from orgs.operations.change import account_change
from orgs.operations.organizations import found_organization
from orgs.organization_file import Fault, Path, Plan, PlannedAccount, path_key

ROWS_PER_INSERT = 2_000
SPARE_ACCOUNTS = 50  # what an imported organization may still grow by


def import_organization(*, actor: Actor, plan: Plan, management_account: str) -> Organization:
    """Found the planned organization under an account that stands alone, with its units, accounts and tags.

    The tree's numbers are computed in one pass, so time grows with the size of the file. The account
    quota becomes what is needed plus 50, written down as the operator's act.

    Raises:
        OperatorOnly, AccountNotFound, AccountAlreadyInOrganization, AccountNotActive.
        InvalidFile: names, e-mails or phones that other accounts of the installation have.
        OuQuotaExceeded, AccountQuotaExceeded: more than the installation allows.
    """
    manager = find_management_account(actor, management_account)
    with _nothing_collected(), account_change(actor, manager.pk) as (account, _organization):
        require_importable(plan, management_account=account)
        organization, founding = found_organization(account, name=plan.name)
        organization.account_quota = _quota_for(plan)
        organization.save(update_fields=["account_quota"])
        root = organization.root

        units = _units(organization, root, plan)
        _insert(OrganizationalUnit, [unit for unit in units.values() if unit != root])
        OrganizationalUnit.objects.filter(pk=root.pk).update(lft=root.lft, rght=root.rght)
        accounts = _accounts(
            organization, units, plan, joined_at=account.joined_at or timezone.now()
        )
        _insert(Account, accounts)
        _insert(Agency, _agencies(accounts, management_account_id=account.pk))
        account.unit = units[path_key(plan.management_account.unit)]
        account.description = plan.management_account.description or account.description
        account.save(update_fields=["unit", "description"])
        _insert(Tag, _tags(organization, account, units, accounts, plan))

        events.record(
            actor,
            organization,
            events.Kind.ORGANIZATION_IMPORTED,
            chain(founding, _targets(units, [account, *accounts], plan)),
            source=plan.source,
            account_quota=organization.account_quota,
            left_out=dict(plan.left_out),
        )
        return organization


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Half a million rows stay alive to the end: a third of the time went to looking for garbage there."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def find_management_account(actor: Actor, name: str) -> Account:
    """The account, by its name, that is to manage the imported organization.

    Raises:
        OperatorOnly, AccountNotFound.
    """
    if not actor.is_operator:
        raise errors.OperatorOnly
    found = Account.objects.filter(name_key=names.name_key(name)).first()
    if found is None:
        raise errors.AccountNotFound(account_id=name)
    return found


def require_importable(plan: Plan, *, management_account: Account) -> None:
    """Refuse a plan that this installation cannot take.

    Raises:
        AccountAlreadyInOrganization, InvalidFile, OuQuotaExceeded, AccountQuotaExceeded.
    """
    if not management_account.stands_alone:
        raise errors.AccountAlreadyInOrganization(account_name=management_account.name)
    limit = int(settings.ORGANIZATIONAL_UNIT_QUOTA)
    if len(plan.units) > limit:
        raise errors.OuQuotaExceeded(limit=limit)
    wanted = len(plan.accounts) + 1
    if wanted > int(settings.ACCOUNT_QUOTA_MAX):
        raise errors.AccountQuotaExceeded(limit=settings.ACCOUNT_QUOTA_MAX, wanted=wanted)
    faults = [*_taken(plan.accounts, "name", "name_key", "Another account has this name.")]
    faults += _taken(plan.accounts, "email", "email", "Another account has this e-mail.")
    faults += _taken(plan.accounts, "phone", "phone", "Another account has this phone number.")
    if faults:
        raise errors.InvalidFile(faults=faults)


def _taken(
    accounts: Iterable[PlannedAccount], fact: str, column: str, sentence: str
) -> Iterator[Fault]:
    """A fault for each planned account whose fact an existing one has."""
    given = {
        names.name_key(value) if column == "name_key" else value: f"{account.place}/{fact}"
        for account in accounts
        if (value := getattr(account, fact))
    }
    wanted = list(given)
    for start in range(0, len(wanted), ROWS_PER_INSERT):
        part = wanted[start : start + ROWS_PER_INSERT]
        for value in Account.objects.filter(**{f"{column}__in": part}).values_list(
            column, flat=True
        ):
            yield given[value], sentence


def _quota_for(plan: Plan) -> int:
    wanted = len(plan.accounts) + 1 + SPARE_ACCOUNTS
    return min(wanted, int(settings.ACCOUNT_QUOTA_MAX))


def _units(
    organization: Organization, root: OrganizationalUnit, plan: Plan
) -> dict[Path, OrganizationalUnit]:
    """The units by the key of their path, the root among them, numbered in one pass."""
    units: dict[Path, OrganizationalUnit] = {(): root}
    now = timezone.now()
    for planned in plan.units:
        key = path_key(planned.path)
        units[key] = OrganizationalUnit(
            organization=organization,
            parent=units[key[:-1]],
            name=planned.path[-1],
            name_key=key[-1],
            tree_id=root.tree_id,
            created_at=now,
        )
    children = nested_set.children_of((key, key[:-1] if key else None) for key in units)
    for key, place in nested_set.places((), children).items():
        units[key].lft, units[key].rght, units[key].level = place.lft, place.rght, place.level
    return units


def _accounts(
    organization: Organization,
    units: dict[Path, OrganizationalUnit],
    plan: Plan,
    *,
    joined_at: datetime,
) -> list[Account]:
    return [
        Account(
            name=planned.name,
            name_key=names.name_key(planned.name),
            description=planned.description,
            email=planned.email,
            phone=planned.phone,
            created_at=joined_at,
            organization=organization,
            unit=units[path_key(planned.unit)],
            join_method=planned.join_method,
            joined_at=joined_at,
            is_resource_account=planned.join_method == JoinMethod.CREATED,
        )
        for planned in plan.accounts
    ]


def _agencies(accounts: Iterable[Account], *, management_account_id: str) -> Iterator[Agency]:
    """The agencies that the members have: as if each had joined by the way the file says."""
    for account in accounts:
        joined_at = account.joined_at or timezone.now()
        yield service_linked_agency(account, now=joined_at)
        if account.join_method == JoinMethod.CREATED:
            yield account_access_agency(
                account,
                name=settings.AGENCY_NAME,
                management_account_id=management_account_id,
                now=joined_at,
            )


def _tags(
    organization: Organization,
    manager: Account,
    units: dict[Path, OrganizationalUnit],
    accounts: list[Account],
    plan: Plan,
) -> Iterator[Tag]:
    for key, value in plan.root_tags.items():
        yield Tag(organization=organization, unit=units[()], key=key, value=value)
    for planned in plan.units:
        for key, value in planned.tags.items():
            unit = units[path_key(planned.path)]
            yield Tag(organization=organization, unit=unit, key=key, value=value)
    members = zip([manager, *accounts], [plan.management_account, *plan.accounts], strict=True)
    for account, described in members:
        for key, value in described.tags.items():
            yield Tag(organization=organization, account=account, key=key, value=value)


def _insert(model: Any, rows: Iterable[Any]) -> None:
    """Insert part by part: rows that nobody else holds are not kept until the last is made."""
    for part in batched(rows, ROWS_PER_INSERT):
        model.objects.bulk_create(part)


def _targets(
    units: dict[Path, OrganizationalUnit], accounts: list[Account], plan: Plan
) -> Iterator[events.Target]:
    root = units[()]
    if plan.root_tags:
        yield events.of_unit(root, [], before={"tags": {}}, after={"tags": dict(plan.root_tags)})
    for planned in plan.units:
        unit = units[path_key(planned.path)]
        after = {"name": unit.name, "parent_id": unit.parent_id, "tags": dict(planned.tags)}
        yield events.of_unit(unit, planned.path, after=after)
    described = [plan.management_account, *plan.accounts]
    for account, of_it in zip(accounts, described, strict=True):
        yield events.of_account(
            account,
            of_it.unit,
            after={
                "name": account.name,
                "parent_id": account.unit_id,
                "join_method": account.join_method,
                "description": account.description,
                "tags": dict(of_it.tags),
            },
        )
