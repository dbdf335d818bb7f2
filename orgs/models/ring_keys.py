"""Keys of the ring that were seen: since when secrets may be sealed under each."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RingKey(models.Model):
    """A key of the ring by its fingerprint, never the key itself; noted when a worker first saw it."""

    id = models.CharField(primary_key=True, max_length=16, editable=False)
    first_seen_at = models.DateTimeField(_("first seen"))

    class Meta:
        verbose_name = _("key of the ring")
        verbose_name_plural = _("keys of the ring")
        default_permissions = ()

    def __str__(self) -> str:
        return self.id
