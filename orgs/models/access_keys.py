"""Keys that programs sign their requests with."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessKey(models.Model):
    """An access key of a user. The secret is shown once, and kept sealed under the key ring."""

    id = models.CharField(primary_key=True, max_length=20, editable=False)
    user = models.ForeignKey("orgs.User", on_delete=models.PROTECT, related_name="access_keys")
    sealed_secret = models.BinaryField()
    created_at = models.DateTimeField(_("created"))
    last_used_at = models.DateTimeField(_("last used"), null=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("access key")
        verbose_name_plural = _("access keys")
        default_permissions = ()

    def __str__(self) -> str:
        return self.id
