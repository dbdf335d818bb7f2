"""What a change would alter, in the dialog in which it is asked for.

A form says in `preview` what it is about; what is chosen in it stands in its own fields. The answer is a
part of the dialog; without scripts it is a page of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from console.forms.moves import read_moves
from console.forms.policies import with_plain_line_ends
from console.middleware import ActorRequest
from console.rendering import page, sizes, way_back
from console.templatetags.console import url_of
from orgs import queries
from orgs.actor import Actor
from orgs.permissions import Permission
from orgs.queries.previews.findings import Preview
from orgs.queries.previews.reach import judge_preview
from orgs.queries.sight import Seen

FRAGMENT = "found"
SHOWN = 10  # of each list; the numbers count all of it


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, what that actor sees and may do where the change would be, and what the form says."""

    actor: Actor
    seen: Seen
    sent: QueryDict

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the actor may do there."""
        return self.seen.permissions

    @property
    def seen_units(self) -> frozenset[str] | None:
        """The units that the actor sees, with all below them; none: everything."""
        return None if self.seen.is_all else self.seen.rights.units_of(Permission.VIEW_STRUCTURE)

    def one(self, *names: str) -> str:
        """The first of these fields that is filled in."""
        return next((text for name in names if (text := self.sent.get(name, ""))), "")


@require_POST
def preview(request: ActorRequest) -> HttpResponse:
    """What the change of the form would alter; or what has to be chosen first."""
    kind = KINDS.get(request.POST.get("preview", ""), NOTHING)
    seen = judge_preview(
        actor=request.actor,
        permission=kind.permission,
        entity_ids=entities_of(request.POST),
        policy_ids=policies_of(request.POST),
    )
    found = kind.find(Asked(request.actor, seen, request.POST))
    permissions = seen.rights.everywhere
    context: dict[str, object] = {
        "preview": found,
        "missing": kind.missing if found is None else "",
        "policies": [] if found is None else lines_of(found, with_links=seen.is_all),
        "shown": SHOWN,
        "back": way_back(request),
        "permissions": permissions,
        "sizes": sizes(request.actor, permissions),
        "section": "structure",
    }
    return page(request, "console/preview.html", context, fragment=FRAGMENT)


def entities_of(sent: QueryDict) -> list[str]:
    """Every entity that the form names: what is changed, and where it goes."""
    fields = ("preview_entity", "entity_id", "destination_parent_id")
    named = [one for field in fields for one in sent.getlist(field) if one]
    return [*named, *(move.account_id for move in read_moves(sent))]


def policies_of(sent: QueryDict) -> list[str]:
    """Every policy that the form names."""
    return [one for field in ("preview_policy", "policy") for one in sent.getlist(field) if one]


def of_accounts(asked: Asked) -> Preview | None:
    """Accounts that are moved: one, or those that were chosen."""
    moved = [move.account_id for move in read_moves(asked.sent)]
    destination = asked.one("destination_parent_id")
    if not destination:
        return None
    return queries.previews.preview_account_moves(
        actor=asked.actor,
        permissions=asked.permissions,
        account_ids=moved or asked.sent.getlist("preview_entity"),
        destination_parent_id=destination,
        seen_units=asked.seen_units,
    )


def of_unit(asked: Asked) -> Preview | None:
    """A unit that is moved."""
    destination = asked.one("destination_parent_id")
    if not destination:
        return None
    return queries.previews.preview_unit_move(
        actor=asked.actor,
        permissions=asked.permissions,
        unit_id=asked.one("preview_entity"),
        destination_parent_id=destination,
        seen_units=asked.seen_units,
    )


def of_attaching(asked: Asked) -> Preview | None:
    """A policy that is attached: chosen for a place, or a place chosen for it."""
    policy, entity = asked.one("preview_policy", "policy"), asked.one("preview_entity", "entity_id")
    if not policy or not entity:
        return None
    return queries.previews.preview_attach(
        actor=asked.actor,
        permissions=asked.permissions,
        policy_id=policy,
        entity_id=entity,
        seen_units=asked.seen_units,
    )


def of_detaching(asked: Asked) -> Preview | None:
    """A policy that is detached."""
    return queries.previews.preview_detach(
        actor=asked.actor,
        permissions=asked.permissions,
        policy_id=asked.one("preview_policy"),
        entity_id=asked.one("preview_entity"),
        seen_units=asked.seen_units,
    )


def of_setting(asked: Asked) -> Preview | None:
    """Policies of a type that replace those of a place."""
    return queries.previews.preview_set_attachments(
        actor=asked.actor,
        permissions=asked.permissions,
        entity_id=asked.one("preview_entity"),
        policy_type=asked.one("preview_type"),
        policy_ids=asked.sent.getlist("policy"),
        seen_units=asked.seen_units,
    )


def of_saving(asked: Asked) -> Preview | None:
    """Another text of a policy."""
    return queries.previews.preview_save(
        actor=asked.actor,
        permissions=asked.permissions,
        policy_id=asked.one("preview_policy"),
        content=with_plain_line_ends(asked.sent.get("document", "")),
    )


def of_disabling(asked: Asked) -> Preview | None:
    """A type of policies that is switched off."""
    return queries.previews.preview_disable(
        actor=asked.actor, permissions=asked.permissions, policy_type=asked.one("preview_type")
    )


def nothing(_asked: Asked) -> None:
    """A form that says nothing of itself."""


CHOOSE_PLACE = _("Choose a place, and it stands here what would change.")
CHOOSE_POLICY = _("Choose, and it stands here what would change.")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a form is about: how its change is previewed, which right that takes, what to choose first."""

    find: Callable[[Asked], Preview | None]
    permission: Permission
    missing: str | Promise = ""


NOTHING = Kind(nothing, Permission.VIEW_STRUCTURE)
KINDS = {
    "move_accounts": Kind(of_accounts, Permission.MOVE_ACCOUNT, CHOOSE_PLACE),
    "move_unit": Kind(of_unit, Permission.MOVE_UNIT, CHOOSE_PLACE),
    "attach": Kind(of_attaching, Permission.ATTACH_POLICY, CHOOSE_POLICY),
    "detach": Kind(of_detaching, Permission.ATTACH_POLICY),
    "set": Kind(of_setting, Permission.ATTACH_POLICY),
    "save": Kind(of_saving, Permission.UPDATE_POLICY),
    "disable": Kind(of_disabling, Permission.SWITCH_POLICY_TYPE),
}


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A policy that comes or goes, where it hangs, and for how many accounts."""

    comes: bool
    policy: str
    url: str
    entity: str
    accounts: int


def lines_of(found: Preview, *, with_links: bool) -> list[PolicyLine]:
    """The policies gained and lost, those first that concern most accounts.

    With links to their pages only for who may open them.
    """
    return [
        PolicyLine(
            comes=comes,
            policy=one.policy.name,
            url=url_of("policy", one.policy.id) if with_links else "",
            entity=one.entity.name if one.entity else "",
            accounts=one.accounts,
        )
        for comes, differences in ((True, found.gained), (False, found.lost))
        for one in differences[:SHOWN]
    ]
