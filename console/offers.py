"""What can be done at a place of the structure; and of what cannot be done, why."""

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.middleware import ActorRequest
from orgs import departures, identifiers
from orgs.models import MAX_LEVELS, Account, AccountStatus, JoinMethod, Role
from orgs.permissions import Permission
from orgs.queries.batches import Progress, Room
from orgs.queries.departures import Standing
from orgs.queries.structure import Structure
from orgs.queries.tags_of_many import Tagged
from orgs.queries.targets import Targets

ACCOUNT_PAGES = {
    "move": "move_account",
    "describe": "describe_account",
    "tags": "account_tags",
    "remove": "remove_account",
    "close": "close_account",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A button of the panel. One with a reason is off, and the reason stands beside it."""

    name: str
    label: str
    icon: str
    url: str
    why_not: str = ""
    is_in_place: bool = False  # its form takes the place of the heading, not of the page
    is_explained: bool = False  # while it is off, its page says all that is in the way
    is_page: bool = False  # too much for a dialog


@dataclass(frozen=True, slots=True)
class Reason:
    """Why buttons are off; `url` leads to the page that says all of it, where there is one."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Offers:
    """All of them, and each reason once."""

    all: tuple[Offer, ...]

    @property
    def tags(self) -> Offer:
        """The one that changes the tags; every place has it."""
        return next(offer for offer in self.all if offer.name == "tags")

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The sentences for what is off, in the order of the buttons."""
        reasons = (
            Reason(offer.why_not, offer.url if offer.is_explained else "")
            for offer in self.all
            if offer.why_not
        )
        return tuple({reason.text: reason for reason in reasons}.values())


def at(request: ActorRequest, structure: Structure) -> Offers:
    """What the panel of a place offers to the actor."""
    if structure.account is not None:
        return Offers(_at_account(request, structure, structure.account))
    return Offers(_at_unit(request, structure))


def why_not(
    request: ActorRequest, place: Structure | Tagged | Targets | Standing, permission: Permission
) -> str:
    """Why the actor may not do this, or nothing if it may."""
    if permission in place.permissions:
        return ""
    if not getattr(place, "sees_all", True):
        return _("This is not among the rights that you were granted here: %(right)s.") % {
            "right": permission.label
        }
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


def of_accounts(request: ActorRequest, permissions: frozenset[Permission]) -> Offers:
    """What the pages of accounts offer: more of them."""
    denied = (
        _("You are signed in as a reader; administrators create and invite accounts.")
        if request.role == Role.READER
        else _("Only administrators of the management account create and invite accounts.")
    )

    def offer(name: str, label: str, icon: str, permission: Permission) -> Offer:
        return Offer(name, label, icon, reverse(name), "" if permission in permissions else denied)

    return Offers(
        (
            offer("create_account", _("Create account"), "creation", Permission.CREATE_ACCOUNT),
            offer("invite_account", _("Invite account"), "invitation", Permission.INVITE_ACCOUNT),
            offer("create_many", _("Create many"), "many", Permission.CREATE_ACCOUNT),
            offer("invite_many", _("Invite many"), "invite", Permission.INVITE_ACCOUNT),
        )
    )


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


def why_not_move_unit(request: ActorRequest, structure: Structure) -> str:
    """Why the unit cannot be moved: it is taken from where it hangs, so the right has to hold there too."""
    right = Permission.MOVE_UNIT
    denied = why_not(request, structure, right)
    if denied or right in structure.permissions_above:
        return denied
    return _(
        "It stays where it hangs: your right to move units begins at this unit, and holds for those below it."
    )


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
    invite = replace(
        offer(
            "invite",
            _("Invite here"),
            "invitation",
            "invite_into_unit",
            denied(Permission.INVITE_ACCOUNT),
        ),
        is_page=True,
    )
    if structure.unit.is_root:
        return create, invite, tags
    return (
        create,
        invite,
        offer(
            "rename",
            _("Rename"),
            "rename",
            "rename_unit",
            denied(Permission.UPDATE_UNIT),
            is_in_place=True,
        ),
        offer("move", _("Move to…"), "move", "move_unit", why_not_move_unit(request, structure)),
        tags,
        offer("delete", _("Delete"), "delete", "delete_unit", why_not_delete(request, structure)),
    )


def _at_account(request: ActorRequest, structure: Structure, account: Account) -> tuple[Offer, ...]:
    def offer(name: str, label: str, icon: str, permission: Permission, *, off: str = "") -> Offer:
        denied = why_not(request, structure, permission)
        address = reverse(ACCOUNT_PAGES[name], args=[account.pk])
        is_explained = bool(off) and not denied
        return Offer(name, label, icon, address, denied or off, is_explained=is_explained)

    always = (
        offer("move", _("Move to…"), "move", Permission.MOVE_ACCOUNT),
        offer("describe", _("Describe"), "rename", Permission.UPDATE_ACCOUNT),
        offer("tags", _("Tags"), "tags", Permission.TAG_RESOURCE),
        *_to_enter(request, structure, account),
    )
    if structure.node.is_management_account:
        return always
    is_active = account.status == AccountStatus.ACTIVE
    gone = "" if is_active else _("It is being closed or is closed.")
    if structure.delegated_services:
        gone = gone or _(
            "It is a delegated administrator, so it can neither be removed nor closed."
        )
    tied = "" if departures.can_stand_alone(account) else _("It cannot be removed yet.")
    remove = offer("remove", _("Remove"), "leave", Permission.REMOVE_ACCOUNT, off=gone or tied)
    if not departures.can_be_closed(account):
        return (*always, remove)
    close = offer("close", _("Close"), "closing", Permission.CLOSE_ACCOUNT, off=gone)
    return (*always, remove, close)


def _to_enter(request: ActorRequest, structure: Structure, account: Account) -> tuple[Offer, ...]:
    """The way into an account that the organization made; others have none (R-ACC-20, R-INV-15)."""
    if account.join_method != JoinMethod.CREATED:
        return ()
    url = reverse("enter_account", args=[account.pk])
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
