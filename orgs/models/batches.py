"""Batches: many accounts to create or to invite, asked for at once, and sent row by row."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgs import errors, identifiers


class BatchKind(models.TextChoices):
    """What the rows of a batch ask for."""

    CREATE = "create", _("Create accounts")
    INVITE = "invite", _("Invite accounts")


class BatchRowState(models.TextChoices):
    """Where a row is. All but the first are final."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")


class BatchQuerySet(models.QuerySet["Batch"]):
    """Questions to batches."""

    def unfinished(self) -> "BatchQuerySet":
        """Those with rows that wait, the oldest first."""
        return self.filter(ended_at=None).order_by("created_at", "pk")

    def find(self, batch_id: object) -> "Batch":
        """The batch with that id.

        Raises:
            InvalidParameter, BatchNotFound.
        """
        checked = identifiers.BATCH.require(batch_id, field="batch_id")
        found = self.filter(pk=checked).first()
        if found is None:
            raise errors.BatchNotFound(batch_id=checked)
        return found


class Batch(models.Model):
    """Rows that one user asked for at once. Each is sent in that user's name, and judged anew."""

    id = models.CharField(
        primary_key=True, max_length=34, default=identifiers.new_batch_id, editable=False
    )
    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="batches"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=BatchKind)
    account = models.ForeignKey(
        "orgs.Account",
        on_delete=models.PROTECT,
        related_name="batches",
        verbose_name=_("asked for by the account"),
    )
    user = models.ForeignKey(
        "orgs.User",
        on_delete=models.PROTECT,
        related_name="batches",
        verbose_name=_("and its user"),
    )
    source_address = models.CharField(_("source address"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("asked for"))
    due_at = models.DateTimeField(
        _("due"), help_text=_("When it goes on by the clock, if nothing else makes it.")
    )
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        default_permissions = ()
        indexes = [
            models.Index(fields=["organization", "created_at", "id"], name="batch_by_time"),
            models.Index(fields=["due_at"], condition=Q(ended_at=None), name="batch_by_due_time"),
        ]

    def __str__(self) -> str:
        return self.pk


class BatchRowQuerySet(models.QuerySet["BatchRow"]):
    """Questions to rows of batches."""

    def waiting(self) -> "BatchRowQuerySet":
        """Those that are still to be sent, in their order."""
        return self.filter(state=BatchRowState.WAITING).order_by("number")


class BatchRow(models.Model):
    """One row as it was typed, and what became of it.

    It becomes a request or an invitation in the same change that calls it sent, so never two of them.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(_("row"))  # of the line it began in
    typed: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(_("as typed"))
    destination = models.ForeignKey(
        "orgs.OrganizationalUnit",
        on_delete=models.SET_NULL,
        null=True,
        related_name="batch_rows",
        help_text=_("The unit that was typed; it is found once, whatever it is called later."),
    )
    state = models.CharField(
        _("state"), max_length=16, choices=BatchRowState, default=BatchRowState.WAITING
    )
    # As `errors.kept` writes it, to be read in whatever language.
    refusal: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        _("refusal"), default=dict
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    # Both go when their own records are old enough.
    creation = models.OneToOneField(
        "orgs.CreationRequest", on_delete=models.SET_NULL, null=True, related_name="batch_row"
    )
    invitation = models.OneToOneField(
        "orgs.Invitation", on_delete=models.SET_NULL, null=True, related_name="batch_row"
    )

    objects = BatchRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of a batch")
        verbose_name_plural = _("rows of batches")
        default_permissions = ()
        indexes = [
            models.Index(fields=["batch", "state", "number"], name="batch_row_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="one_row_per_number"),
            models.CheckConstraint(
                name="batch_row_ends_once",
                condition=Q(state=BatchRowState.WAITING, ended_at=None)
                | (~Q(state=BatchRowState.WAITING) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="only_a_sent_batch_row_became_something",
                condition=Q(state=BatchRowState.SENT, creation=None)
                | Q(state=BatchRowState.SENT, invitation=None)
                | Q(creation=None, invitation=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.number}"
