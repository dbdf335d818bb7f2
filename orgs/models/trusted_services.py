"""Trusted services: what may act in all accounts of an organization."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TrustedService(models.Model):
    """A service of the catalogue that an organization trusts since `enabled_at` (R-TS-2).

    It keeps the service in the catalogue, and it stays itself while accounts are its delegated
    administrators (R-TS-5).
    """

    organization = models.ForeignKey(
        "orgs.Organization",
        on_delete=models.CASCADE,
        related_name="trusted_services",
        db_index=False,
    )
    service = models.ForeignKey(
        "orgs.IntegrableService", on_delete=models.PROTECT, related_name="trusted_by"
    )
    enabled_at = models.DateTimeField(_("enabled"))

    class Meta:
        verbose_name = _("trusted service")
        verbose_name_plural = _("trusted services")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "service"], name="service_trusted_once_per_organization"
            ),
        ]

    def __str__(self) -> str:
        return self.service_id
