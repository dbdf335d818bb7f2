"""Guardian's grants, with direct foreign keys: a grant never points at nothing (I15).

Deleting an organization or a unit deletes its grants, and ids are never used again, so nobody inherits
the rights on something that had the same id.
"""

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase


class OrganizationGroupGrant(GroupObjectPermissionBase):
    """What a group of an account may do in an organization."""

    content_object = models.ForeignKey(
        "orgs.Organization", on_delete=models.CASCADE, related_name="group_grants"
    )


class OrganizationUserGrant(UserObjectPermissionBase):
    """What one user may do in an organization."""

    content_object = models.ForeignKey(
        "orgs.Organization", on_delete=models.CASCADE, related_name="user_grants"
    )


class OrganizationalUnitGroupGrant(GroupObjectPermissionBase):
    """What a group of an account may do on a unit and everything below it; one right of a scoped grant."""

    content_object = models.ForeignKey(
        "orgs.OrganizationalUnit", on_delete=models.CASCADE, related_name="group_grants"
    )
    scoped_grant = models.ForeignKey(
        "orgs.ScopedGrant", on_delete=models.CASCADE, related_name="group_rights"
    )


class OrganizationalUnitUserGrant(UserObjectPermissionBase):
    """What one user may do on a unit and everything below it; one right of a scoped grant."""

    content_object = models.ForeignKey(
        "orgs.OrganizationalUnit", on_delete=models.CASCADE, related_name="user_grants"
    )
    scoped_grant = models.ForeignKey(
        "orgs.ScopedGrant", on_delete=models.CASCADE, related_name="user_rights"
    )
