"""Keys that programs sign their requests with."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessKey(models.Model):
    """An access key of a user. The secret is shown once, and kept sealed under the key ring.

    A temporary key ends by itself and is good only together with its token, of which the digest is kept.
    """

    id = models.CharField(primary_key=True, max_length=20, editable=False)
    user = models.ForeignKey("orgs.User", on_delete=models.PROTECT, related_name="access_keys")
    sealed_secret = models.BinaryField()
    created_at = models.DateTimeField(_("created"))
    last_used_at = models.DateTimeField(_("last used"), null=True)
    expires_at = models.DateTimeField(_("ends"), null=True)
    token_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("access key")
        verbose_name_plural = _("access keys")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="temporary_key_has_token",
                condition=models.Q(expires_at=None, token_digest="")
                | (models.Q(expires_at__isnull=False) & ~models.Q(token_digest="")),
            )
        ]

    def __str__(self) -> str:
        return self.id
