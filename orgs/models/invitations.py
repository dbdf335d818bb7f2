"""Invitations; on the wire they are handshakes."""

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgs import errors, identifiers


class InvitationState(models.TextChoices):
    """Where an invitation is (R-INV-1). All but the first are final."""

    PENDING = "pending", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class TargetType(models.TextChoices):
    """How the invited account was named (R-INV-2)."""

    ACCOUNT = "account", _("By its id")
    NAME = "name", _("By its name")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Questions to invitations. Whether one is pending, the clock decides (I11, R-INV-8)."""

    def pending(self) -> "InvitationQuerySet":
        """Those that can be accepted now."""
        return self.filter(state=InvitationState.PENDING, expires_at__gt=timezone.now())

    def overdue(self) -> "InvitationQuerySet":
        """Those that have run out and are not marked as expired yet."""
        return self.filter(state=InvitationState.PENDING, expires_at__lte=timezone.now())

    def find(self, invitation_id: object) -> "Invitation":
        """The invitation with that id.

        Raises:
            InvalidParameter, HandshakeNotFound.
        """
        checked = identifiers.INVITATION.require(invitation_id, field="handshake_id")
        found = self.filter(pk=checked).first()
        if found is None:
            raise errors.HandshakeNotFound(invitation_id=checked)
        return found


class Invitation(models.Model):
    """An organization asks an account to join. Its id is no credential: each reader is judged."""

    id = models.CharField(
        primary_key=True, max_length=34, default=identifiers.new_invitation_id, editable=False
    )
    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="invitations"
    )
    account = models.ForeignKey(
        "orgs.Account",
        on_delete=models.PROTECT,
        related_name="invitations",
        verbose_name=_("invited account"),
        db_index=False,
    )
    target_type = models.CharField(max_length=8, choices=TargetType)
    target = models.CharField(_("as it was named"), max_length=100)
    notes = models.CharField(_("notes"), max_length=1_024, blank=True)
    tags: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(
        _("tags"), default=dict
    )
    destination = models.ForeignKey(
        "orgs.OrganizationalUnit",
        on_delete=models.SET_NULL,
        null=True,
        related_name="invitations",
        help_text=_("Where the account is to be; empty: directly under the root."),
    )
    state = models.CharField(
        _("state"), max_length=16, choices=InvitationState, default=InvitationState.PENDING
    )
    created_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("expires"))
    updated_at = models.DateTimeField(_("ended"), null=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True)
    resent_at = models.DateTimeField(_("sent again"), null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        default_permissions = ()
        indexes = [
            models.Index(fields=["organization", "created_at", "id"], name="invitation_by_time"),
            models.Index(fields=["account", "created_at", "id"], name="invitation_by_account"),
            models.Index(fields=["state", "expires_at"], name="invitation_by_expiry"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "account"],
                condition=models.Q(state=InvitationState.PENDING),
                name="one_pending_invitation_per_account",
            ),
            models.CheckConstraint(
                name="invitation_ends_once",
                condition=models.Q(state=InvitationState.PENDING, updated_at=None)
                | models.Q(
                    ~models.Q(state=InvitationState.PENDING), models.Q(updated_at__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.pk

    def state_at(self, moment: datetime) -> InvitationState:
        """The state that a reader of that moment is told (R-INV-8)."""
        if self.state == InvitationState.PENDING and self.expires_at <= moment:
            return InvitationState.EXPIRED
        return InvitationState(self.state)

    def ended_at(self, moment: datetime) -> datetime | None:
        """When it ended, as a reader of that moment is told; an expired one at its expiry (R-INV-12)."""
        if self.state_at(moment) == InvitationState.EXPIRED:
            return self.expires_at
        return self.updated_at
