"""Delegated administrators: members that administer a trusted service for the whole organization."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DelegatedAdministrator(models.Model):
    """An account registered for one service (R-DA-3). As long as there is one, the account stays (R-DA-8)."""

    organization = models.ForeignKey(
        "orgs.Organization",
        on_delete=models.CASCADE,
        related_name="delegated_administrators",
    )
    account = models.ForeignKey(
        "orgs.Account",
        on_delete=models.PROTECT,
        related_name="delegations",
        db_index=False,
    )
    trusted_service = models.ForeignKey(
        "orgs.TrustedService", on_delete=models.PROTECT, related_name="delegated_administrators"
    )
    registered_at = models.DateTimeField(_("registered"))

    class Meta:
        verbose_name = _("delegated administrator")
        verbose_name_plural = _("delegated administrators")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["account", "trusted_service"], name="delegated_once_per_service"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} of {self.trusted_service_id}"
