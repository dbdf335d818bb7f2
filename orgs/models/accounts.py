"""Accounts: stand-alone, or members of an organization."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orgs import errors, identifiers, names
from orgs.models.units import MAX_LEVELS


class AccountStatus(models.TextChoices):
    """Where an account is in its life (R-ACC-2). The words stand in its order, and sort in it too."""

    ACTIVE = "active", _("Active")
    PENDING_CLOSURE = "pending_closure", _("Being closed")
    SUSPENDED = "suspended", _("Closed")


class JoinMethod(models.TextChoices):
    """How an account came into its organization (R-ACC-1)."""

    INVITED = "invited", _("Invited")
    CREATED = "created", pgettext_lazy("an account", "Created")


class AccountQuerySet(models.QuerySet["Account"]):
    """Questions to accounts."""

    def find(self, account_id: object) -> "Account":
        """The account with that id.

        Raises:
            InvalidParameter, AccountNotFound.
        """
        checked = identifiers.ACCOUNT.require(account_id, field="account_id")
        found = self.filter(pk=checked).first()
        if found is None:
            raise errors.AccountNotFound(account_id=checked)
        return found

    def with_path(self) -> "AccountQuerySet":
        """The same, with the unit and every unit above it loaded in the same statement."""
        return self.select_related("__".join(["unit", *["parent"] * MAX_LEVELS]))


class Account(models.Model):
    """A container of users and resources.

    Its membership is these four fields, all empty or all set, so that it is in one organization at most
    and under exactly one unit of it (I5). `version` numbers its own events while it is in none.
    """

    id = models.CharField(
        primary_key=True, max_length=36, default=identifiers.new_account_id, editable=False
    )
    name = models.CharField(_("name"), max_length=64)
    name_key = models.CharField(max_length=64, unique=True, editable=False)
    description = models.CharField(_("description"), max_length=255, blank=True, default="")
    email = models.EmailField(_("e-mail"), max_length=255, null=True, unique=True)  # noqa: DJ001
    phone = models.CharField(_("phone"), max_length=32, null=True, unique=True)  # noqa: DJ001
    status = models.CharField(
        _("status"), max_length=16, choices=AccountStatus, default=AccountStatus.ACTIVE
    )
    is_resource_account = models.BooleanField(
        _("resource account"), default=False, help_text=_("No sign-in with a password of its own.")
    )
    is_converted = models.BooleanField(
        _("converted"), default=False, help_text=_("Made a full account; it may stand alone.")
    )
    is_eligible = models.BooleanField(
        _("eligible"),
        default=True,
        help_text=_("Whether it may found an organization or be invited into one."),
    )
    created_at = models.DateTimeField(_("created"))

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, null=True, related_name="accounts"
    )
    unit = models.ForeignKey(
        "orgs.OrganizationalUnit",
        on_delete=models.PROTECT,
        null=True,
        related_name="accounts",
        db_index=False,
    )
    join_method = models.CharField(  # noqa: DJ001  (empty while the account stands alone)
        _("joined by"), max_length=16, choices=JoinMethod, null=True
    )
    joined_at = models.DateTimeField(_("joined"), null=True)

    version = models.PositiveBigIntegerField(default=0)
    event_hash = models.CharField(max_length=64, default="", blank=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        default_permissions = ()
        indexes = [
            models.Index(fields=["organization", "name_key"], name="account_by_name"),
            models.Index(fields=["organization", "joined_at", "id"], name="account_by_joining"),
            models.Index(
                fields=["organization", "status", "name_key", "id"], name="account_by_status"
            ),
            models.Index(fields=["unit", "name_key", "id"], name="account_by_unit"),
        ]
        constraints = [
            models.CheckConstraint(
                name="membership_all_or_nothing",
                condition=models.Q(organization=None, unit=None, join_method=None, joined_at=None)
                | models.Q(
                    organization__isnull=False,
                    unit__isnull=False,
                    join_method__isnull=False,
                    joined_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="account_status_known",
                condition=models.Q(status__in=AccountStatus.values),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the comparable form of the name beside it."""
        self.name_key = names.name_key(self.name)
        super().save(*args, **kwargs)

    @property
    def stands_alone(self) -> bool:
        """Whether it belongs to no organization."""
        return self.organization_id is None
