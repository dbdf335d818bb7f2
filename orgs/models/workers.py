"""Workers for background jobs: when each was last heard of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Worker(models.Model):
    """A process that does jobs. It beats every few seconds, unless one job keeps it."""

    id = models.CharField(primary_key=True, max_length=32, editable=False)
    host = models.CharField(_("machine"), max_length=255)
    process_id = models.PositiveIntegerField(_("process"))
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last heard of"))

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.process_id} on {self.host}"
