"""Calls that were refused, beside the trail of what was done."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# What the vendor calls otherwise than the operation.
EVENT_NAMES = {"create_resource_account": "createAccountV2"}


class RecordedCall(models.Model):
    """A call that changed nothing: it was refused (R-AUD-1), or only read (R-AUD-2).

    Written after the answer is known, outside of any change, as far as there is room: who asks too often
    is not written down again and again, and of an organization's the oldest go. So nothing is proved by
    what is not here. The caller is written down, not referred to, as in events.

    What nobody we know has signed belongs to no organization, and only operators see it. A row stands for
    `times` calls: those that were answered alike within a minute, to the same caller or, of strangers, to the
    same address; without an address to several.
    """

    organization = models.ForeignKey(
        "orgs.Organization",
        on_delete=models.CASCADE,
        related_name="recorded_calls",
        db_index=False,
        null=True,
        blank=True,
    )
    times = models.PositiveIntegerField(default=1, db_default=1)
    is_refused = models.BooleanField(default=True)
    at = models.DateTimeField(_("time"))
    account_id = models.CharField(max_length=36, blank=True)
    account_name = models.CharField(max_length=64, blank=True)
    username = models.CharField(max_length=150, blank=True)
    source_address = models.CharField(max_length=45, blank=True)
    operation = models.CharField(_("operation"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    code = models.CharField(_("code"), max_length=64, blank=True)
    request_id = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("recorded call")
        verbose_name_plural = _("recorded calls")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["organization", "is_refused", "id"], name="recorded_call_by_place"
            ),
            models.Index(fields=["at"], name="recorded_call_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.status}"

    @property
    def event_name(self) -> str:
        """The vendor's event name of the operation, or ours in its style (R-AUD-3)."""
        if self.operation in EVENT_NAMES:
            return EVENT_NAMES[self.operation]
        first, *others = self.operation.split("_")
        return first + "".join(word.capitalize() for word in others)
