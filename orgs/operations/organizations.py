"""Founding, naming and deleting an organization."""

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from orgs import errors, events, identifiers, names
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    JoinMethod,
    Organization,
    OrganizationalUnit,
    Role,
)
from orgs.operations.batches import cancel_batches
from orgs.operations.change import account_change, change
from orgs.operations.invitations import cancel_all
from orgs.operations.memberships import dissolve, join
from orgs.operations.scoped_grants import end_grants
from orgs.operations.trusted_services import disable_all
from orgs.permissions import Permission

ROOT_NAME = "root"


def create_organization(*, actor: Actor, name: str = "") -> Organization:
    """Found an organization whose management account is the actor's account.

    It starts with one root, the account directly under it, and nothing else (R-ORG-3 to R-ORG-5).
    `name` is for people and ours; left out, it is the account's name.

    Raises:
        AccountAlreadyInOrganization, AccountNotActive: R-ORG-1, R-ORG-2.
        PermissionDenied: the actor is no administrator of its account.
        InvalidParameter: the name.

    Contract: CreateOrganization.
    """
    if actor.account_id is None:
        raise errors.PermissionDenied(permission=Role.ADMINISTRATOR.label)
    with account_change(actor, actor.account_id) as (account, present):
        if present is not None:
            raise errors.AccountAlreadyInOrganization(account_name=account.name)
        organization, targets = found_organization(
            account, name=names.organization_name(name or account.name)
        )
        events.record(actor, organization, events.Kind.ORGANIZATION_CREATED, targets)
        return organization


def found_organization(account: Account, *, name: str) -> tuple[Organization, list[events.Target]]:
    """The founding itself, for operations that hold the account's lock: this one and the import.

    The caller records the event, with these targets.

    Raises:
        AccountNotActive: R-ORG-2.
    """
    require_founder(account)
    now = timezone.now()
    organization = Organization.objects.create(
        name=name, management_account=account, created_at=now
    )
    root = OrganizationalUnit(
        id=identifiers.new_root_id(), organization=organization, name=ROOT_NAME, created_at=now
    )
    root.save(force_insert=True)
    joined = join(account, root, join_method=JoinMethod.INVITED, now=now)
    return organization, [
        events.of_organization(
            organization, after={"name": name, "management_account_id": account.pk}
        ),
        events.of_unit(root, [], after={"name": root.name}),
        joined,
    ]


def require_founder(account: Account) -> None:
    """Refuse an account that may not found an organization.

    Raises:
        AccountNotActive: R-ORG-2.
    """
    if account.status != AccountStatus.ACTIVE or not _is_eligible(account):
        raise errors.AccountNotActive(account_name=account.name)


def delete_organization(*, actor: Actor) -> None:
    """Delete the actor's organization; nothing brings it back (R-ORG-10).

    The management account stands alone afterwards. The organization's row stays as a tombstone, for its
    events.

    Raises:
        OrganizationNotEmpty: it holds member accounts, units or policies (R-ORG-8, R-ORG-9).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: DeleteOrganization.
    """
    with change(actor, Permission.DELETE_ORGANIZATION) as organization:
        account = organization.management_account
        members = organization.accounts.exclude(pk=account.pk).count()
        units = organization.units.filter(parent__isnull=False).count()
        # An account on its way counts as one that is there (R-ORG-9).
        members += organization.creation_requests.running().count()
        policies = organization.policies.count()
        if members or units or policies:
            raise errors.OrganizationNotEmpty(accounts=members, units=units, policies=policies)

        root = organization.root
        events.record(
            actor,
            organization,
            events.Kind.ORGANIZATION_DELETED,
            [
                events.of_organization(
                    organization,
                    before={"name": organization.name, "management_account_id": account.pk},
                ),
                events.of_unit(root, [], before={"name": root.name}),
                events.of_account(account, before={"parent_id": root.pk, "name": account.name}),
                *cancel_batches(organization),
                *cancel_all(organization),
                *end_grants(organization.scoped_grants.all()),
                *disable_all(organization),
            ],
        )
        organization.tags.all().delete()
        organization.attachments.all().delete()
        organization.policy_types.all().delete()
        organization.dry_run_configurations.all().delete()
        dissolve(account)
        organization.group_grants.all().delete()
        organization.user_grants.all().delete()
        root.delete()
        organization.deleted_at = timezone.now()
        organization.save(update_fields=["deleted_at"])


def _is_eligible(account: Account) -> bool:
    """What an operator and the installation say of who may found an organization (R-ORG-2)."""
    if not account.is_eligible:
        return False
    hook = settings.ORGANIZATION_ELIGIBILITY
    return not hook or bool(import_string(hook)(account))
