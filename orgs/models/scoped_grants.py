"""Scoped grants: named rights on a unit and everything below it, until a time if one is set. (ours)"""

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgs import errors
from orgs.permissions import Permission


class ScopedGrantQuerySet(models.QuerySet["ScopedGrant"]):
    """Questions to scoped grants."""

    def find(self, grant_id: object) -> "ScopedGrant":
        """The grant with that number.

        Raises:
            ScopedGrantNotFound.
        """
        is_number = isinstance(grant_id, int) and not isinstance(grant_id, bool)
        number = int(str(grant_id)) if is_number else 0
        found = self.filter(pk=number).first() if 0 < number < 2**63 else None
        if found is None:
            raise errors.ScopedGrantNotFound(id=grant_id)
        return found

    def overdue(self, now: datetime) -> "ScopedGrantQuerySet":
        """Those whose time is over; they give no right any more, and wait to be removed."""
        return self.filter(expires_at__lte=now)


class ScopedGrant(models.Model):
    """Who gave what to whom, on which unit and everything below it, and until when.

    The rights themselves are guardian's rows, which go with it. One grantee has one grant on a unit. To an
    account means to its administrators.
    """

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.CASCADE, related_name="scoped_grants"
    )
    unit = models.ForeignKey(
        "orgs.OrganizationalUnit", on_delete=models.CASCADE, related_name="scoped_grants"
    )
    account = models.ForeignKey(
        "orgs.Account", on_delete=models.CASCADE, null=True, related_name="scoped_grants"
    )
    user = models.ForeignKey(
        "orgs.User", on_delete=models.CASCADE, null=True, related_name="scoped_grants"
    )
    policies = models.ManyToManyField(
        "orgs.Policy", related_name="scoped_grants", verbose_name=_("policies that may be attached")
    )
    granted_by = models.CharField(_("granted by"), max_length=150)
    granted_at = models.DateTimeField(_("granted"))
    expires_at = models.DateTimeField(_("until"), null=True)

    objects = ScopedGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("scoped grant")
        verbose_name_plural = _("scoped grants")
        default_permissions = ()
        indexes = [
            models.Index(fields=["organization", "expires_at"], name="scoped_grant_by_expiry")
        ]
        constraints = [
            models.CheckConstraint(
                name="scoped_grant_to_one",
                condition=models.Q(account=None, user__isnull=False)
                | models.Q(account__isnull=False, user=None),
            ),
            models.UniqueConstraint(
                fields=["unit", "account"], name="one_scoped_grant_of_an_account_on_a_unit"
            ),
            models.UniqueConstraint(
                fields=["unit", "user"], name="one_scoped_grant_of_a_user_on_a_unit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grantee_name} on {self.unit_id}"

    @property
    def grantee_name(self) -> str:
        """The name of the account or of the user."""
        return str(self.account or self.user)

    @property
    def permissions(self) -> list[Permission]:
        """The rights that were named, in the order of the list; one statement."""
        rights = self.group_rights if self.user_id is None else self.user_rights
        kept: Iterable[str] = rights.values_list("permission__codename", flat=True)
        return sorted_rights(kept)


def sorted_rights(codenames: Iterable[str]) -> list[Permission]:
    """The rights that a grant names, in the order of the list; to see the place comes with each."""
    kept = set(codenames) - {Permission.VIEW_STRUCTURE}
    return [permission for permission in Permission if permission in kept]
