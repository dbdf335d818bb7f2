"""How much of its allowance somebody has spent."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RateLimit(models.Model):
    """A token bucket, kept as one number: the time at which the bucket will be full again.

    Shared by all processes, which take blocks of tokens out of it (P7).
    """

    principal = models.CharField(primary_key=True, max_length=64)
    full_at = models.FloatField(help_text=_("In seconds since 1970."))

    class Meta:
        verbose_name = _("rate limit")
        verbose_name_plural = _("rate limits")
        default_permissions = ()

    def __str__(self) -> str:
        return self.principal
