"""Departures: accounts that were in an organization, and how they went."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgs.models.accounts import JoinMethod


class DepartureKind(models.TextChoices):
    """How an account went."""

    LEFT = "left", _("Left")
    REMOVED = "removed", _("Removed")
    PURGED = "purged", _("Closed for good")


class Departure(models.Model):
    """A membership that ended; the management account keeps seeing it (R-ORG-18)."""

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="departures"
    )
    account = models.ForeignKey("orgs.Account", on_delete=models.PROTECT, related_name="departures")
    account_name = models.CharField(_("name"), max_length=64)
    kind = models.CharField(_("how"), max_length=8, choices=DepartureKind)
    join_method = models.CharField(_("joined by"), max_length=16, choices=JoinMethod)
    joined_at = models.DateTimeField(_("joined"))
    departed_at = models.DateTimeField(_("departed"))

    class Meta:
        verbose_name = _("departure")
        verbose_name_plural = _("departures")
        default_permissions = ()
        indexes = [
            models.Index(fields=["organization", "departed_at", "id"], name="departure_by_time"),
        ]

    def __str__(self) -> str:
        return self.account_name
