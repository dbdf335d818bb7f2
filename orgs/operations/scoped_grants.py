"""Granting rights on a unit and everything below it, changing and taking them back. (ours)

The rights are guardian's rows beside a record of who gave them, until when, and which policies may be
attached. They end with their time, their unit, and whoever has them: an account that leaves or is closed,
a user who is disabled.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as GrantedPermission
from django.db.models import Q, QuerySet
from django.utils import timezone

from orgs import errors, events, identifiers, names, quotas
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import (
    Account,
    AccountStatus,
    Organization,
    OrganizationalUnit,
    OrganizationalUnitGroupGrant,
    OrganizationalUnitUserGrant,
    Policy,
    Role,
    ScopedGrant,
    ScopedGrantQuerySet,
    User,
    sorted_rights,
)
from orgs.operations.change import change, system_change
from orgs.operations.grants import settle_grants
from orgs.permissions import SCOPED, Permission


def create_scoped_grant(
    *,
    actor: Actor,
    unit_id: str,
    account_id: str | None = None,
    username: str | None = None,
    permissions: Collection[str],
    policy_ids: Collection[str] = (),
    expires_at: datetime | None = None,
) -> ScopedGrant:
    """Grant rights on the root or a unit, and on everything below it, to a user or an account.

    To an account means to its administrators. To see the place comes with every right. Policies may be
    attached and detached that `policy_ids` names, and no others.

    Raises:
        InvalidParameter: not exactly one grantee; no right, or one that is not granted on units; policies
            without the right to attach, or that right without policies; a time that is over.
        ParentNotFound, AccountNotFound, UserNotFound, PolicyNotFound: not in the actor's organization.
        GranteeIsManagement: the management account, or one of its administrators.
        AccountNotActive, GranteeDisabled: the grantee could not use it.
        ScopedGrantPresent: it has a grant on the unit, which can be changed.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_GRANTS) as organization:
        rights = _rights(permissions)
        _require_time_to_come(expires_at)
        unit = organization.find_place(unit_id, field="unit_id")
        grantee = _grantee(organization, account_id, username)
        policies = _policies(organization, rights, policy_ids)
        _require_no_other(unit, grantee)
        grant = ScopedGrant(
            organization=organization,
            unit=unit,
            account=grantee if isinstance(grantee, Account) else None,
            user=grantee if isinstance(grantee, User) else None,
            granted_by=actor.username,
            granted_at=timezone.now(),
            expires_at=expires_at,
        )
        grant.save(force_insert=True)
        _give(grant, rights, policies)
        target = events.of_scoped_grant(grant, after=_facts(grant))
        events.record(
            actor,
            organization,
            events.Kind.GRANT_CREATED,
            [target, events.of_unit(unit, unit.names)],
        )
        return grant


def update_scoped_grant(
    *,
    actor: Actor,
    grant_id: int,
    permissions: Collection[str],
    policy_ids: Collection[str] = (),
    expires_at: datetime | None = None,
) -> ScopedGrant:
    """Replace the rights, the policies and the time of a grant; whose it is and where it holds stay.

    What changes nothing leaves no trace.

    Raises:
        InvalidParameter, ScopedGrantNotFound, PolicyNotFound.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_GRANTS) as organization:
        rights = _rights(permissions)
        _require_time_to_come(expires_at)
        grant = _grants(organization).find(grant_id)
        policies = _policies(organization, rights, policy_ids)
        before = _facts(grant)
        grant.expires_at = expires_at
        grant.save(update_fields=["expires_at"])
        _give(grant, rights, policies)
        after = _facts(grant)
        if after == before:
            return grant
        events.record(
            actor,
            organization,
            events.Kind.GRANT_UPDATED,
            [
                events.of_scoped_grant(grant, before=before, after=after),
                events.of_unit(grant.unit, grant.unit.names),
            ],
        )
        return grant


def revoke_scoped_grant(*, actor: Actor, grant_id: int) -> None:
    """Take a grant back; the next request is judged without it.

    Raises:
        ScopedGrantNotFound.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_GRANTS) as organization:
        grant = _grants(organization).find(grant_id)
        ended = end_grants(ScopedGrant.objects.filter(pk=grant.pk))
        place = events.of_unit(grant.unit, grant.unit.names)
        events.record(actor, organization, events.Kind.GRANTS_REVOKED, [*ended, place])


def revoke_scoped_grants(
    *, actor: Actor, account_id: str | None = None, username: str | None = None
) -> int:
    """Take every grant on units back from a user, or from an account and all its users.

    Returns how many there were; with none nothing is recorded.

    Raises:
        InvalidParameter: not exactly one of the two.
        AccountNotFound, UserNotFound: not in the actor's organization.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_GRANTS) as organization:
        grantee = _find_grantee(organization, account_id, username)
        ended = end_grants(_held_by(grantee).filter(organization=organization))
        if ended:
            events.record(actor, organization, events.Kind.GRANTS_REVOKED, ended)
        return len(ended)


def expire_scoped_grants(organization_id: str) -> int:
    """Remove the grants of an organization whose time is over. Safe to run at any interval.

    Nobody had a right by them since that moment. Returns how many there were.

    Raises:
        OrganizationNotFound, ConcurrentModification.
    """
    with system_change(organization_id) as organization:
        ended = end_grants(organization.scoped_grants.overdue(timezone.now()))
        if ended:
            events.record(Actor.system(), organization, events.Kind.GRANT_EXPIRED, ended)
        return len(ended)


def end_grants(grants: QuerySet[ScopedGrant]) -> list[events.Target]:
    """The ending itself, for operations that hold the lock: targets for their event, one for each grant."""
    found = list(grants.select_related("unit", "account", "user").order_by("granted_at", "pk"))
    ended = [events.of_scoped_grant(grant, before=_facts(grant)) for grant in found]
    ScopedGrant.objects.filter(pk__in=[grant.pk for grant in found]).delete()
    return ended


def end_grants_of(grantee: Account | User) -> list[events.Target]:
    """The same for all that a user has, or an account and its users."""
    return end_grants(_held_by(grantee))


def _held_by(grantee: Account | User) -> QuerySet[ScopedGrant]:
    if isinstance(grantee, User):
        return ScopedGrant.objects.filter(user=grantee)
    return ScopedGrant.objects.filter(Q(account=grantee) | Q(user__account=grantee))


def _grants(organization: Organization) -> ScopedGrantQuerySet:
    return organization.scoped_grants.select_related("unit", "account", "user")


def _rights(permissions: object) -> list[Permission]:
    """The rights that are named, each once, in the order of the list."""
    named = _listed(permissions, field="permissions")
    if not named:
        raise InvalidParameter(field="permissions", reason=Reason.NONE_GIVEN)
    for one in named:
        if one not in SCOPED:
            raise InvalidParameter(
                field="permissions",
                reason=Reason.NOT_A_CHOICE,
                choices=", ".join(permission.value for permission in SCOPED),
            )
    return [permission for permission in SCOPED if permission in named]


def _listed(values: object, *, field: str) -> list[object]:
    if not isinstance(values, (list, tuple, set, frozenset)):
        raise InvalidParameter(field=field, reason=Reason.NONE_GIVEN)
    return list(values)


def _require_time_to_come(expires_at: object) -> None:
    if expires_at is None:
        return
    if not isinstance(expires_at, datetime) or timezone.is_naive(expires_at):
        raise InvalidParameter(field="expires_at", reason=Reason.NOT_A_TIME)
    if expires_at <= timezone.now():
        raise InvalidParameter(field="expires_at", reason=Reason.IN_THE_PAST)


def _policies(
    organization: Organization, rights: Sequence[Permission], policy_ids: object
) -> list[Policy]:
    field = "policy_ids"
    given = _listed(policy_ids, field=field)
    if Permission.ATTACH_POLICY not in rights:
        if given:
            raise InvalidParameter(
                field=field, reason=Reason.ONLY_WITH, other=Permission.ATTACH_POLICY.label
            )
        return []
    if not given:
        raise InvalidParameter(field=field, reason=Reason.NONE_GIVEN)
    if len(given) > quotas.PER_CHANGE:
        raise InvalidParameter(field=field, reason=Reason.TOO_MANY, limit=quotas.PER_CHANGE)
    ids = {identifiers.POLICY.require(one, field="policy_id"): None for one in given}
    found = Policy.objects.of(organization.pk).in_bulk(ids)
    for policy_id in ids:
        if policy_id not in found:
            raise errors.PolicyNotFound(policy_id=policy_id)
    return list(found.values())


def _grantee(
    organization: Organization, account_id: str | None, username: str | None
) -> Account | User:
    """The user or account, if it could use a grant and needs one."""
    grantee = _find_grantee(organization, account_id, username)
    account = grantee.account if isinstance(grantee, User) else grantee
    assert account is not None  # noqa: S101  (only users of accounts are found)
    is_management = account.pk == organization.management_account_id
    if is_management and (isinstance(grantee, Account) or grantee.role == Role.ADMINISTRATOR):
        raise errors.GranteeIsManagement(grantee=str(grantee))
    if account.status != AccountStatus.ACTIVE:
        raise errors.AccountNotActive(account_name=account.name)
    if isinstance(grantee, User) and not grantee.is_active:
        raise errors.GranteeDisabled(username=grantee.username)
    return grantee


def _find_grantee(
    organization: Organization, account_id: object, username: object
) -> Account | User:
    if account_id is None and username is None:
        raise InvalidParameter(field="account_id", reason=Reason.MISSING)
    if account_id is not None and username is not None:
        raise InvalidParameter(field="account_id", reason=Reason.NOT_TOGETHER, other="username")
    if account_id is not None:
        return organization.accounts.find(account_id)
    users = User.objects.filter(account__organization=organization).select_related("account")
    # A text that no name can be is not handed to the database, which may not be able to hold it.
    user = users.filter(username=username).first() if names.prints(username) else None
    if user is None:
        raise errors.UserNotFound(username=username)
    return user


def _require_no_other(unit: OrganizationalUnit, grantee: Account | User) -> None:
    """Refuse a second grant on the same unit."""
    mine = Q(user=grantee) if isinstance(grantee, User) else Q(account=grantee)
    other = unit.scoped_grants.filter(mine).first()
    if other is not None:
        raise errors.ScopedGrantPresent(grantee=str(grantee), unit_name=unit.name)


def _give(grant: ScopedGrant, rights: Sequence[Permission], policies: Sequence[Policy]) -> None:
    """Write the rights down anew, and which policies they are about."""
    rows = GrantedPermission.objects.filter(
        content_type__app_label="orgs",
        content_type__model="organizationalunit",
        codename__in=[right.value for right in (*rights, Permission.VIEW_STRUCTURE)],
    )
    grant.policies.set(policies)
    if grant.user_id is not None:
        grant.user_rights.all().delete()
        OrganizationalUnitUserGrant.objects.bulk_create(
            OrganizationalUnitUserGrant(
                user_id=grant.user_id,
                permission=row,
                content_object_id=grant.unit_id,
                scoped_grant=grant,
            )
            for row in rows
        )
        return
    assert grant.account is not None  # noqa: S101  (a grant is to one of the two)
    group = _administrators(grant.account)
    grant.group_rights.all().delete()
    OrganizationalUnitGroupGrant.objects.bulk_create(
        OrganizationalUnitGroupGrant(
            group=group, permission=row, content_object_id=grant.unit_id, scoped_grant=grant
        )
        for row in rows
    )


def _administrators(account: Account) -> Group:
    """The group of an account's administrators, also before it has any."""
    group, is_new = Group.objects.get_or_create(name=Role.ADMINISTRATOR.group_name(account.pk))
    if is_new:
        settle_grants(account)
    return group


def _facts(grant: ScopedGrant) -> events.Facts:
    """What a grant is, for the event that tells of it."""
    kept = (grant.group_rights, grant.user_rights)
    codenames = [
        codename
        for rights in kept
        for codename in rights.values_list("permission__codename", flat=True)
    ]
    policies = list(grant.policies.values_list("pk", "name"))
    return {
        "granted_on_id": grant.unit_id,
        "granted_on": grant.unit.name,
        "permissions": [right.value for right in sorted_rights(codenames)],
        "named_policies": sorted(name for _id, name in policies),
        "named_policy_ids": sorted(policy_id for policy_id, _name in policies),
        "expires_at": grant.expires_at.isoformat() if grant.expires_at else "",
    }
