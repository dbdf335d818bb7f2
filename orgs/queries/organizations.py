"""The organization itself, as every account in it may see it."""

from orgs import access, errors
from orgs.actor import Actor
from orgs.models import Organization
from orgs.permissions import Permission


def get_organization(*, actor: Actor) -> Organization:
    """The actor's organization with its management account; tree and accounts stay hidden (R-ORG-7).

    Raises:
        CallerNotInOrganization: the actor's account is in none (R-GEN-2).
        PermissionDenied, NotManagementAccount: a user without any role in its account.

    Contract: ShowOrganization.
    """
    organization = (
        Organization.objects.live()
        .select_related("management_account")
        .filter(pk=actor.organization_id)
        .first()
    )
    if organization is None:
        raise errors.CallerNotInOrganization
    access.require(actor, Permission.VIEW_ORGANIZATION, organization, organization)
    return organization
