"""What can be done at a place of the structure; and of what cannot be done, why."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.middleware import ActorRequest
from orgs.models import MAX_LEVELS
from orgs.permissions import Permission
from orgs.queries.structure import Structure
from orgs.queries.targets import Targets


@dataclass(frozen=True, slots=True)
class Offer:
    """A button of the panel. One with a reason is off, and the reason stands beside it."""

    name: str
    label: str
    icon: str
    url: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Offers:
    """All of them, and each reason once."""

    all: tuple[Offer, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences for what is off, in the order of the buttons."""
        return tuple(dict.fromkeys(offer.why_not for offer in self.all if offer.why_not))


def at(request: ActorRequest, structure: Structure) -> Offers:
    """What the panel of a place offers to the actor."""
    if structure.account is not None:
        return Offers(_at_account(request, structure, structure.account.pk))
    return Offers(_at_unit(request, structure))


def why_not(request: ActorRequest, place: Structure | Targets, permission: Permission) -> str:
    """Why the actor may not do this, or nothing if it may."""
    if permission in place.permissions:
        return ""
    if request.actor.account_id == place.organization.management_account_id:
        return _("You are signed in as a reader; administrators can change the structure.")
    return _("Only the management account can change the structure.")


def why_not_create(request: ActorRequest, structure: Structure) -> str:
    """Why no unit can be created here (R-OU-4)."""
    denied = why_not(request, structure, Permission.CREATE_UNIT)
    if denied or len(structure.path) <= MAX_LEVELS:
        return denied
    return _("No unit fits in here: units nest at most %(limit)s levels deep.") % {
        "limit": MAX_LEVELS
    }


def why_not_delete(request: ActorRequest, structure: Structure) -> str:
    """Why the unit cannot be deleted (R-OU-12)."""
    denied = why_not(request, structure, Permission.DELETE_UNIT)
    node = structure.node
    if denied or not (node.direct_units or node.direct_accounts):
        return denied
    units = ngettext("%(n)s unit", "%(n)s units", node.direct_units) % {"n": node.direct_units}
    accounts = ngettext("%(n)s account", "%(n)s accounts", node.direct_accounts) % {
        "n": node.direct_accounts
    }
    if not node.direct_accounts:
        return _("To delete it, empty it first: it holds %(units)s.") % {"units": units}
    if not node.direct_units:
        return _("To delete it, empty it first: it holds %(accounts)s.") % {"accounts": accounts}
    return _("To delete it, empty it first: it holds %(units)s and %(accounts)s.") % {
        "units": units,
        "accounts": accounts,
    }


def _at_unit(request: ActorRequest, structure: Structure) -> tuple[Offer, ...]:
    unit_id = structure.unit.pk
    create = Offer(
        "create",
        _("New unit"),
        "add-unit",
        reverse("create_unit", args=[unit_id]),
        why_not_create(request, structure),
    )
    tags = Offer(
        "tags",
        _("Tags"),
        "tags",
        reverse("unit_tags", args=[unit_id]),
        why_not(request, structure, Permission.TAG_RESOURCE),
    )
    if structure.unit.is_root:
        return create, tags
    return (
        create,
        Offer(
            "rename",
            _("Rename"),
            "rename",
            reverse("rename_unit", args=[unit_id]),
            why_not(request, structure, Permission.UPDATE_UNIT),
        ),
        Offer(
            "move",
            _("Move to…"),
            "move",
            reverse("move_unit", args=[unit_id]),
            why_not(request, structure, Permission.MOVE_UNIT),
        ),
        tags,
        Offer(
            "delete",
            _("Delete"),
            "delete",
            reverse("delete_unit", args=[unit_id]),
            why_not_delete(request, structure),
        ),
    )


def _at_account(request: ActorRequest, structure: Structure, account_id: str) -> tuple[Offer, ...]:
    return (
        Offer(
            "move",
            _("Move to…"),
            "move",
            reverse("move_account", args=[account_id]),
            why_not(request, structure, Permission.MOVE_ACCOUNT),
        ),
        Offer(
            "describe",
            _("Describe"),
            "rename",
            reverse("describe_account", args=[account_id]),
            why_not(request, structure, Permission.UPDATE_ACCOUNT),
        ),
        Offer(
            "tags",
            _("Tags"),
            "tags",
            reverse("account_tags", args=[account_id]),
            why_not(request, structure, Permission.TAG_RESOURCE),
        ),
    )
