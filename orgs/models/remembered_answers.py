"""The answers of changes that came over the API, so that a repeated request is answered, not run again."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RememberedAnswer(models.Model):
    """Status and bytes of a 2xx answer, for a day (P4). Written in the transaction of the change.

    `principal` is the access key that asked; `key` is the client's own, or the signature.
    """

    principal = models.CharField(max_length=20)
    key = models.CharField(max_length=160)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(_("created"), db_index=True)

    class Meta:
        verbose_name = _("remembered answer")
        verbose_name_plural = _("remembered answers")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["principal", "key"], name="answer_once_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.principal} {self.key}"
