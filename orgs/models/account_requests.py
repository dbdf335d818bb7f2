"""Requests that take their time: an account that is being created, or closed."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgs import errors, identifiers, names


class CreationState(models.TextChoices):
    """Where a creation is (R-ACC-10)."""

    IN_PROGRESS = "in_progress", _("In progress")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


class FailureReason(models.TextChoices):
    """Why an account could not be created (R-ACC-17), or closed."""

    ACCOUNT_LIMIT_EXCEEDED = "ACCOUNT_LIMIT_EXCEEDED", _("The account quota was used up.")
    NAME_ALREADY_EXISTS = "NAME_ALREADY_EXISTS", _("Another account has this name.")
    EMAIL_ALREADY_EXISTS = "EMAIL_ALREADY_EXISTS", _("Another account has this e-mail.")
    PHONE_ALREADY_EXISTS = "PHONE_ALREADY_EXISTS", _("Another account has this phone number.")
    INVALID_EMAIL = "INVALID_EMAIL", _("The e-mail address was not accepted.")
    INVALID_PHONE = "INVALID_PHONE", _("The phone number was not accepted.")
    CONCURRENT_ACCOUNT_MODIFICATION = (
        "CONCURRENT_ACCOUNT_MODIFICATION",
        _("The account was changed by somebody else at the same time."),
    )
    AGENCY_CREATION_FAILED = "AGENCY_CREATION_FAILED", _("Its agency could not be created.")
    INTERNAL_FAILURE = "INTERNAL_FAILURE", _("Something went wrong in the service.")


class CreationQuerySet(models.QuerySet["CreationRequest"]):
    """Questions to creation requests."""

    def running(self) -> "CreationQuerySet":
        """Those that have not ended."""
        return self.filter(state=CreationState.IN_PROGRESS)

    def find(self, request_id: object) -> "CreationRequest":
        """The request with that id.

        Raises:
            InvalidParameter, CreateAccountStatusNotFound.
        """
        checked = identifiers.CREATION.require(request_id, field="create_account_status_id")
        found = self.filter(pk=checked).first()
        if found is None:
            raise errors.CreateAccountStatusNotFound(request_id=checked)
        return found


class CreationRequest(models.Model):
    """An account on its way; what was asked for, and what came of it (R-ACC-10, R-ACC-11)."""

    id = models.CharField(
        primary_key=True, max_length=36, default=identifiers.new_creation_id, editable=False
    )
    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="creation_requests"
    )
    account_name = models.CharField(_("name"), max_length=64)
    name_key = models.CharField(max_length=64, editable=False)
    email = models.EmailField(_("e-mail"), max_length=255, null=True)  # noqa: DJ001  (as on accounts)
    phone = models.CharField(_("phone"), max_length=32, null=True)  # noqa: DJ001  (as on accounts)
    description = models.CharField(_("description"), max_length=255, blank=True)
    agency_name = models.CharField(_("account-access agency"), max_length=64)
    tags: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(
        _("tags"), default=dict
    )
    destination = models.ForeignKey(
        "orgs.OrganizationalUnit",
        on_delete=models.SET_NULL,
        null=True,
        related_name="creation_requests",
        help_text=_("Where the account is to be; empty: directly under the root."),
    )
    state = models.CharField(
        _("state"), max_length=16, choices=CreationState, default=CreationState.IN_PROGRESS
    )
    created_at = models.DateTimeField(_("requested"))
    completed_at = models.DateTimeField(_("completed"), null=True)
    account = models.ForeignKey(
        "orgs.Account", on_delete=models.PROTECT, null=True, related_name="creation_requests"
    )
    failure_reason = models.CharField(
        _("failure reason"), max_length=32, choices=FailureReason, blank=True
    )
    failure_detail = models.TextField(_("detail"), blank=True)

    objects = CreationQuerySet.as_manager()

    class Meta:
        verbose_name = _("creation request")
        verbose_name_plural = _("creation requests")
        default_permissions = ()
        indexes = [
            models.Index(fields=["organization", "created_at", "id"], name="creation_by_time"),
            models.Index(fields=["organization", "state"], name="creation_by_state"),
        ]
        constraints = [
            # Two that run at once do not make the same account.
            models.UniqueConstraint(
                fields=["name_key"],
                condition=models.Q(state=CreationState.IN_PROGRESS),
                name="one_running_creation_per_name",
            ),
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(state=CreationState.IN_PROGRESS),
                name="one_running_creation_per_email",
            ),
            models.UniqueConstraint(
                fields=["phone"],
                condition=models.Q(state=CreationState.IN_PROGRESS),
                name="one_running_creation_per_phone",
            ),
            models.CheckConstraint(
                name="creation_ends_whole",
                condition=models.Q(
                    state=CreationState.IN_PROGRESS,
                    completed_at=None,
                    account=None,
                    failure_reason="",
                )
                | models.Q(
                    state=CreationState.SUCCEEDED,
                    completed_at__isnull=False,
                    account__isnull=False,
                    failure_reason="",
                )
                | models.Q(
                    models.Q(state=CreationState.FAILED, completed_at__isnull=False, account=None),
                    ~models.Q(failure_reason=""),
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.account_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the comparable form of the name beside it."""
        self.name_key = names.name_key(self.account_name)
        super().save(*args, **kwargs)


class ClosingState(models.TextChoices):
    """Where a closing is (R-CLO); the first two are the vendor's."""

    PENDING_CLOSURE = "pending_closure", _("Being closed")
    SUSPENDED = "suspended", _("Closed")
    FAILED = "failed", _("Failed")


class ClosingRequest(models.Model):
    """An account that is being closed, was closed, or could not be."""

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="closing_requests"
    )
    account = models.ForeignKey(
        "orgs.Account", on_delete=models.PROTECT, related_name="closing_requests", db_index=False
    )
    state = models.CharField(
        _("state"), max_length=16, choices=ClosingState, default=ClosingState.PENDING_CLOSURE
    )
    created_at = models.DateTimeField(_("requested"))
    updated_at = models.DateTimeField(_("updated"), null=True)
    failure_reason = models.CharField(
        _("failure reason"), max_length=32, choices=FailureReason, blank=True
    )
    failure_detail = models.TextField(_("detail"), blank=True)

    class Meta:
        verbose_name = _("closing request")
        verbose_name_plural = _("closing requests")
        default_permissions = ()
        indexes = [
            models.Index(fields=["organization", "created_at", "id"], name="closing_by_time"),
            models.Index(fields=["state", "updated_at"], name="closing_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=~models.Q(state=ClosingState.FAILED),
                name="one_closing_per_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.state}"
