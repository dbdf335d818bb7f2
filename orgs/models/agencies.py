"""Agencies: who may act in an account from outside it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

ORGANIZATIONS = "service.Organizations"  # the service itself, as its agency names it


class AgencyKind(models.TextChoices):
    """What an agency is for."""

    SERVICE_LINKED = "service_linked", _("Service-linked")
    ACCOUNT_ACCESS = "account_access", _("Account access")


class Agency(models.Model):
    """The right of a service, or of the management account, to act in an account (R-ACC-20, R-INV-15).

    A service-linked agency goes when the account leaves; the account-access agency of a created account
    stays, and so does the former management account's way in (R-ORG-16).
    """

    account = models.ForeignKey(
        "orgs.Account", on_delete=models.CASCADE, related_name="agencies", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=16, choices=AgencyKind)
    name = models.CharField(_("name"), max_length=64)
    service = models.CharField(_("trusted service"), max_length=128, blank=True)
    trusted_account = models.ForeignKey(
        "orgs.Account", on_delete=models.CASCADE, null=True, related_name="trusted_by_agencies"
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], name="agency_name_once_per_account"
            ),
            models.CheckConstraint(
                name="agency_trusts_a_service_or_an_account",
                condition=models.Q(kind=AgencyKind.SERVICE_LINKED, trusted_account=None)
                & ~models.Q(service="")
                | models.Q(
                    kind=AgencyKind.ACCOUNT_ACCESS, trusted_account__isnull=False, service=""
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name
