"""The tree of organizational units; its top row is the root."""

from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # mptt carries no types; to the checker its classes are Django's
    from django.db.models import ForeignKey as TreeForeignKey
    from django.db.models import Manager as TreeManager
    from django.db.models import Model as MPTTModel
    from django.db.models import QuerySet as TreeQuerySet
else:
    from mptt.managers import TreeManager
    from mptt.models import MPTTModel, TreeForeignKey
    from mptt.querysets import TreeQuerySet

from orgs import identifiers, names
from orgs.permissions import Permission
from orgs.statements import Given, InstanceStatement

MAX_LEVELS = 5  # below the root (R-OU-4)


class UnitQuerySet(TreeQuerySet["OrganizationalUnit"]):
    """Questions to the units of one organization."""

    def with_path(self) -> "UnitQuerySet":
        """The same, with every unit above loaded in the same statement."""
        return self.select_related("__".join(["parent"] * MAX_LEVELS))


class RandomlyNumberedTrees(TreeManager["OrganizationalUnit"]):
    """mptt's trees, numbered at random: with max + 1, creators who start together collide (I4)."""

    def _get_next_tree_id(self) -> int:
        return identifiers.new_tree_id()


UnitTree = RandomlyNumberedTrees.from_queryset(UnitQuerySet)


class OrganizationalUnit(MPTTModel):
    """The root or a unit. `parent` is the truth; lft, rght, level and tree_id are an index (R6)."""

    id = models.CharField(
        primary_key=True, max_length=35, default=identifiers.new_unit_id, editable=False
    )
    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="units"
    )
    parent = TreeForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="children", db_index=False
    )
    name = models.CharField(_("name"), max_length=64)
    name_key = models.CharField(max_length=255, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now())

    if TYPE_CHECKING:
        lft: int
        rght: int
        level: int
        tree_id: int

    objects = UnitTree()

    class Meta:
        verbose_name = _("organizational unit")
        verbose_name_plural = _("organizational units")
        default_permissions = ()
        permissions = [*Permission.choices]
        indexes = [
            models.Index(fields=["organization", "lft", "rght"], name="unit_by_place"),
            models.Index(fields=["organization", "name_key"], name="unit_by_name"),
            models.Index(fields=["parent", "name_key", "id"], name="unit_by_parent"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(parent=None),
                name="one_root_per_organization",
            ),
            models.UniqueConstraint(
                fields=["tree_id"], condition=models.Q(parent=None), name="one_tree_per_root"
            ),
            models.UniqueConstraint(
                fields=["organization", "parent", "name_key"],
                condition=models.Q(parent__isnull=False),
                name="unit_name_unique_among_siblings",
            ),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="unit_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the comparable form of the name beside it."""
        self.name_key = names.name_key(self.name)
        super().save(*args, **kwargs)

    @property
    def is_root(self) -> bool:
        """Whether this is the top of the tree."""
        return self.parent_id is None

    @property
    def path(self) -> list["OrganizationalUnit"]:
        """From the root down to this unit, by walking the parents (R6)."""
        path = [self]
        while path[0].parent is not None:
            path.insert(0, path[0].parent)
        return path

    @property
    def names(self) -> list[str]:
        """The names from below the root down to this unit; none for the root."""
        return [unit.name for unit in self.path[1:]]


# Almost every operation asks for a place and what is above it.
PLACE: Final = InstanceStatement(
    lambda: (
        OrganizationalUnit.objects.with_path()
        .filter(organization=Given("organization"), pk=Given("unit"))
        .order_by()
    ),
    prepared=True,
)
