"""Organizations."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgs import errors, identifiers
from orgs.models.units import PLACE, OrganizationalUnit
from orgs.permissions import Permission


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Questions to the organizations of this installation."""

    def live(self) -> "OrganizationQuerySet":
        """Those that are not deleted."""
        return self.filter(deleted_at=None)

    def find(self, organization_id: str) -> "Organization":
        """The live organization with that id, or OrganizationNotFound."""
        found = self.live().filter(pk=organization_id).first()
        if found is None:
            raise errors.OrganizationNotFound(organization_id=organization_id)
        return found


class Organization(models.Model):
    """One management account, one root, a tree of units and the accounts in it.

    It is the row that every change locks. `version` is the number of its last event; `policy_version`
    rises only with what can alter a decision. Deleted, it stays as a tombstone, because events and
    invitations outlive it (R-ORG-11, R-INV-13).
    """

    id = models.CharField(
        primary_key=True, max_length=34, default=identifiers.new_organization_id, editable=False
    )
    name = models.CharField(_("name"), max_length=64)
    management_account = models.ForeignKey(
        "orgs.Account", on_delete=models.PROTECT, related_name="managed_organizations"
    )
    created_at = models.DateTimeField(_("created"))
    deleted_at = models.DateTimeField(_("deleted"), null=True)
    version = models.PositiveBigIntegerField(default=0)
    policy_version = models.PositiveBigIntegerField(default=0)
    event_hash = models.CharField(max_length=64, default="", blank=True)
    account_quota = models.PositiveIntegerField(
        _("account quota"),
        null=True,
        help_text=_("How many accounts it may hold; empty: the installation's default."),
    )
    # So that a change of one that tells nobody asks for no subscriptions: never false while there is one.
    has_subscriptions = models.BooleanField(default=False, editable=False)

    # There where a query has counted.
    units_in_it: int
    accounts_in_it: int

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        # One list makes the rows, the labels and the checks; Django's own four would clash with it.
        default_permissions = ()
        permissions = [*Permission.choices]
        constraints = [
            models.UniqueConstraint(
                fields=["management_account"],
                condition=models.Q(deleted_at=None),
                name="one_live_organization_per_management_account",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def root(self) -> OrganizationalUnit:
        """The one root."""
        return self.units.get(parent=None)

    def place(self, unit_id: str | None) -> OrganizationalUnit:
        """The root or unit with that id; every unit above comes with it. One statement.

        Raises:
            OrganizationalUnit.DoesNotExist.
        """
        found = PLACE.first(organization=self.pk, unit=unit_id)
        if found is None:
            raise OrganizationalUnit.DoesNotExist
        found.organization = self
        return found

    def find_place(self, place_id: object, *, field: str = "parent_id") -> OrganizationalUnit:
        """The same, for an id that somebody sent.

        Raises:
            InvalidParameter, ParentNotFound.
        """
        checked = identifiers.ROOT_OR_UNIT.require(place_id, field=field)
        try:
            return self.place(checked)
        except OrganizationalUnit.DoesNotExist:
            raise errors.ParentNotFound(parent_id=checked) from None

    def find_unit(
        self, unit_id: object, *, field: str = "organizational_unit_id"
    ) -> OrganizationalUnit:
        """The unit with that id, with every unit above; the root is none. One statement.

        Raises:
            InvalidParameter, OuNotFound.
        """
        checked = identifiers.UNIT.require(unit_id, field=field)
        try:
            return self.place(checked)
        except OrganizationalUnit.DoesNotExist:
            raise errors.OuNotFound(unit_id=checked) from None
