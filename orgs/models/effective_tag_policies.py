"""Effective tag policies, stored by path: at every entity where they differ from what is above it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EffectiveTagPolicy(models.Model):
    """What the tag policies from the root down to an entity come to, and since when (R-TP-2, R-TP-4).

    There is a row only where text or time differ from those of the nearest row above; what has none of its
    own has that one's, and where nothing reaches there is none at all (R-TP-3). So a change rewrites a few
    rows, however many accounts are below it.
    """

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.CASCADE, related_name="effective_tag_policies"
    )
    unit = models.OneToOneField(
        "orgs.OrganizationalUnit",
        on_delete=models.CASCADE,
        null=True,
        related_name="effective_tag_policy",
    )
    account = models.OneToOneField(
        "orgs.Account", on_delete=models.CASCADE, null=True, related_name="effective_tag_policy"
    )
    content = models.TextField(_("content"))
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("effective tag policy")
        verbose_name_plural = _("effective tag policies")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="effective_tag_policy_of_one_entity",
                condition=models.Q(unit__isnull=False, account=None)
                | models.Q(unit=None, account__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id or self.account_id}"
