"""Tags on roots, units, accounts and policies."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tag(models.Model):
    """A key and its value on one resource. It goes with the resource, and when an account leaves."""

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.CASCADE, related_name="tags"
    )
    unit = models.ForeignKey(
        "orgs.OrganizationalUnit",
        on_delete=models.CASCADE,
        null=True,
        related_name="tags",
        db_index=False,
    )
    account = models.ForeignKey(
        "orgs.Account", on_delete=models.CASCADE, null=True, related_name="tags", db_index=False
    )
    policy = models.ForeignKey(
        "orgs.Policy", on_delete=models.CASCADE, null=True, related_name="tags", db_index=False
    )
    key = models.CharField(_("key"), max_length=128)
    value = models.CharField(_("value"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        default_permissions = ()
        indexes = [models.Index(fields=["organization", "key", "value"], name="tag_by_key")]
        constraints = [
            models.CheckConstraint(
                name="tag_on_one_resource",
                condition=models.Q(unit__isnull=False, account=None, policy=None)
                | models.Q(unit=None, account__isnull=False, policy=None)
                | models.Q(unit=None, account=None, policy__isnull=False),
            ),
            models.UniqueConstraint(fields=["unit", "key"], name="tag_key_once_per_unit"),
            models.UniqueConstraint(fields=["account", "key"], name="tag_key_once_per_account"),
            models.UniqueConstraint(fields=["policy", "key"], name="tag_key_once_per_policy"),
        ]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"
