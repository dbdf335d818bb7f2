"""Attachments: which policy hangs on which root, unit or account, and in which order."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Questions to attachments."""

    def enforced(self) -> "AttachmentQuerySet":
        """Those of policies that bind."""
        return self.filter(policy__is_dry_run=False)

    def dry_run(self) -> "AttachmentQuerySet":
        """Those of policies on trial (R-DRY-6)."""
        return self.filter(policy__is_dry_run=True)


class Attachment(models.Model):
    """A policy on one entity. It goes with the entity, and when an account leaves (R-POL-15, R-ORG-16).

    `place` orders the policies of an entity: the earlier one wins where tag policies disagree.
    """

    organization = models.ForeignKey(
        "orgs.Organization",
        on_delete=models.CASCADE,
        related_name="attachments",
        db_index=False,
    )
    policy = models.ForeignKey("orgs.Policy", on_delete=models.PROTECT, related_name="attachments")
    unit = models.ForeignKey(
        "orgs.OrganizationalUnit",
        on_delete=models.CASCADE,
        null=True,
        related_name="attachments",
        db_index=False,
    )
    account = models.ForeignKey(
        "orgs.Account",
        on_delete=models.CASCADE,
        null=True,
        related_name="attachments",
        db_index=False,
    )
    place = models.PositiveIntegerField(_("place"))
    attached_at = models.DateTimeField(_("attached"))

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        default_permissions = ()
        indexes = [
            models.Index(fields=["organization", "policy", "id"], name="attachment_by_policy"),
        ]
        constraints = [
            models.CheckConstraint(
                name="attachment_on_one_entity",
                condition=models.Q(unit__isnull=False, account=None)
                | models.Q(unit=None, account__isnull=False),
            ),
            models.UniqueConstraint(fields=["unit", "policy"], name="policy_once_per_unit"),
            models.UniqueConstraint(fields=["account", "policy"], name="policy_once_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} on {self.unit_id or self.account_id}"
