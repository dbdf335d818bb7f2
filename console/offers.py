"""What can be done at a place of the structure; and of what cannot be done, why."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.middleware import ActorRequest
from orgs import identifiers
from orgs.models import MAX_LEVELS, AccountStatus, JoinMethod, Role
from orgs.permissions import Permission
from orgs.queries.batches import Progress, Room
from orgs.queries.structure import Structure
from orgs.queries.tags_of_many import Tagged
from orgs.queries.targets import Targets


@dataclass(frozen=True, slots=True)
class Offer:
    """A button of the panel. One with a reason is off, and the reason stands beside it."""

    name: str
    label: str
    icon: str
    url: str
    why_not: str = ""
    is_in_place: bool = False  # its form takes the place of the heading, not of the page


@dataclass(frozen=True, slots=True)
class Offers:
    """All of them, and each reason once."""

    all: tuple[Offer, ...]

    @property
    def tags(self) -> Offer:
        """The one that changes the tags; every place has it."""
        return next(offer for offer in self.all if offer.name == "tags")

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences for what is off, in the order of the buttons."""
        return tuple(dict.fromkeys(offer.why_not for offer in self.all if offer.why_not))


def at(request: ActorRequest, structure: Structure) -> Offers:
    """What the panel of a place offers to the actor."""
    if structure.account is not None:
        return Offers(_at_account(request, structure, structure.account.pk))
    return Offers(_at_unit(request, structure))


def why_not(
    request: ActorRequest, place: Structure | Tagged | Targets, permission: Permission
) -> str:
    """Why the actor may not do this, or nothing if it may."""
    if permission in place.permissions:
        return ""
    if request.actor.account_id == place.organization.management_account_id:
        return _("You are signed in as a reader; administrators can change the structure.")
    return _("Only the management account can change the structure.")


def why_not_many(request: ActorRequest, place: Room | Progress, permission: Permission) -> str:
    """Why the actor may not create or invite accounts, or nothing if it may."""
    if permission in place.permissions:
        return ""
    if request.actor.account_id == place.organization.management_account_id:
        return _("You are signed in as a reader; administrators create and invite accounts.")
    return _("Only the management account creates and invites accounts.")


def why_not_together(resource_ids: list[str]) -> str:
    """Why these cannot be moved as one: only accounts can."""
    if not resource_ids:
        return _("Choose the accounts first: tick them in the tree or in a list.")
    if all(identifiers.ACCOUNT.fits(resource_id) for resource_id in resource_ids):
        return ""
    return _("Units are moved one at a time, each with all that hangs on it. Choose accounts only.")


def why_not_create(request: ActorRequest, structure: Structure) -> str:
    """Why no unit can be created here (R-OU-4)."""
    denied = why_not(request, structure, Permission.CREATE_UNIT)
    if denied or structure.node.takes_units:
        return denied
    return _("No unit fits in here: units nest at most %(limit)s levels deep.") % {
        "limit": MAX_LEVELS
    }


def why_not_delete(request: ActorRequest, structure: Structure) -> str:
    """Why the unit cannot be deleted (R-OU-12)."""
    denied = why_not(request, structure, Permission.DELETE_UNIT)
    node = structure.node
    if denied or node.is_empty:
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
    def offer(
        name: str, label: str, icon: str, url: str, why_not: str, *, is_in_place: bool = False
    ) -> Offer:
        address = reverse(url, args=[structure.unit.pk])
        return Offer(name, label, icon, address, why_not, is_in_place)

    def denied(permission: Permission) -> str:
        return why_not(request, structure, permission)

    create = offer(
        "create", _("New unit"), "add-unit", "create_unit", why_not_create(request, structure)
    )
    tags = offer("tags", _("Tags"), "tags", "unit_tags", denied(Permission.TAG_RESOURCE))
    if structure.unit.is_root:
        return create, tags
    return (
        create,
        offer(
            "rename",
            _("Rename"),
            "rename",
            "rename_unit",
            denied(Permission.UPDATE_UNIT),
            is_in_place=True,
        ),
        offer("move", _("Move to…"), "move", "move_unit", denied(Permission.MOVE_UNIT)),
        tags,
        offer("delete", _("Delete"), "delete", "delete_unit", why_not_delete(request, structure)),
    )


def _at_account(request: ActorRequest, structure: Structure, account_id: str) -> tuple[Offer, ...]:
    def offer(name: str, label: str, icon: str, url: str, permission: Permission) -> Offer:
        denied = why_not(request, structure, permission)
        return Offer(name, label, icon, reverse(url, args=[account_id]), denied)

    return (
        offer("move", _("Move to…"), "move", "move_account", Permission.MOVE_ACCOUNT),
        offer("describe", _("Describe"), "rename", "describe_account", Permission.UPDATE_ACCOUNT),
        offer("tags", _("Tags"), "tags", "account_tags", Permission.TAG_RESOURCE),
        *_to_enter(request, structure, account_id),
    )


def _to_enter(request: ActorRequest, structure: Structure, account_id: str) -> tuple[Offer, ...]:
    """The way into an account that the organization made; others have none (R-ACC-20, R-INV-15)."""
    account = structure.account
    if account is None or account.join_method != JoinMethod.CREATED:
        return ()
    url = reverse("enter_account", args=[account_id])
    return (Offer("enter", _("Enter account"), "enter", url, why_not_enter(request, structure)),)


def why_not_enter(request: ActorRequest, structure: Structure) -> str:
    """Why the account cannot be entered; whether its agency is still there, its own page says."""
    if request.actor.account_id != structure.organization.management_account_id:
        return _("Only the management account can enter the accounts it made.")
    if request.role != Role.ADMINISTRATOR:
        return _("You are signed in as a reader; administrators can enter accounts.")
    if structure.account is not None and structure.account.status != AccountStatus.ACTIVE:
        return _("It cannot be entered: it is being closed or is closed.")
    return ""
