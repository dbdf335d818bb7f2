"""What can be done with policies and their types; and of what cannot be done, why."""

from typing import Protocol

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.middleware import ActorRequest
from console.offers import Offer, Offers
from orgs.models import Organization, PolicyType, SwitchState
from orgs.permissions import Permission
from orgs.queries.policy_list import PolicyTypes, PolicyView, TypeLine


class Place(Protocol):
    """Where the actor was judged."""

    @property
    def organization(self) -> Organization:
        """The organization it is in."""

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that the actor may do there."""


def why_not(request: ActorRequest, place: Place, permission: Permission) -> str:
    """Why the actor may not do this with policies, or nothing if it may."""
    if permission in place.permissions:
        return ""
    if request.actor.account_id == place.organization.management_account_id:
        return _("You are signed in as a reader; administrators can change policies.")
    return _("Only the management account can change policies.")


def why_not_create(request: ActorRequest, types: PolicyTypes, line: TypeLine) -> str:
    """Why no policy of a type can be created here (R-PT-8)."""
    denied = why_not(request, types, Permission.CREATE_POLICY)
    if denied or line.is_on:
        return denied
    if line.state == SwitchState.PENDING_ENABLE:
        return _("Policies of this type can be created as soon as it is switched on.")
    return _("Switch this type on first: its policies are created and attached while it is on.")


def why_not_switch(request: ActorRequest, types: PolicyTypes, line: TypeLine) -> str:
    """Why a type cannot be switched now (R-PT-2)."""
    denied = why_not(request, types, Permission.SWITCH_POLICY_TYPE)
    if denied or not line.state.is_pending:
        return denied
    return _("It is being switched; this takes a moment.")


def why_not_create_on_trial(request: ActorRequest, types: PolicyTypes) -> str:
    """Why no policy on trial can be created here."""
    denied = why_not(request, types, Permission.CREATE_POLICY)
    if denied or types.trial.is_on:
        return denied
    if types.trial.state == SwitchState.PENDING_ENABLE:
        return _("Policies on trial can be created as soon as dry runs are switched on.")
    return _(
        "Switch dry runs on first: policies on trial are created and attached while they are on."
    )


def why_not_set_up_dry_run(request: ActorRequest, types: PolicyTypes) -> str:
    """Why it cannot be said where dry runs are written (R-DRY-5)."""
    return why_not(request, types, Permission.SET_UP_DRY_RUN)


def why_not_switch_dry_run(request: ActorRequest, types: PolicyTypes) -> str:
    """Why dry runs cannot be switched now (R-DRY-2, R-DRY-3)."""
    denied = why_not_set_up_dry_run(request, types)
    if denied:
        return denied
    if types.trial.state.is_pending:
        return _("It is being switched; this takes a moment.")
    is_scp_on = types.line(PolicyType.SERVICE_CONTROL_POLICY).is_on
    if types.trial.is_on or is_scp_on:
        return ""
    return _(
        "Switch service control policies on first: a dry run asks what would be denied besides them."
    )


def why_not_attach(request: ActorRequest, view: PolicyView) -> str:
    """Why the policy cannot be attached anywhere (R-PT-7)."""
    denied = why_not(request, view, Permission.ATTACH_POLICY)
    if denied or view.is_on:
        return denied
    if view.is_dry_run:
        return _("Dry runs are not switched on: only then can policies on trial be attached.")
    return _("Its type is not switched on: only then can its policies be attached.")


def why_not_change(request: ActorRequest, view: PolicyView) -> str:
    """Why neither its text nor its name can be changed (R-POL-8)."""
    if view.policy.is_builtin:
        return _("It is built in: it can be attached and detached, and nothing else.")
    return why_not(request, view, Permission.UPDATE_POLICY)


def why_not_delete(request: ActorRequest, view: PolicyView) -> str:
    """Why it cannot be deleted (R-POL-8, R-POL-9)."""
    if view.policy.is_builtin:
        return _("It is built in: it can be attached and detached, and nothing else.")
    denied = why_not(request, view, Permission.DELETE_POLICY)
    if denied or not view.attachments:
        return denied
    return ngettext(
        "To delete it, detach it first: it is attached to %(n)s entity.",
        "To delete it, detach it first: it is attached to %(n)s entities.",
        view.attachments,
    ) % {"n": view.attachments}


def of_details(request: ActorRequest, view: PolicyView) -> Offers:
    """What the details of a policy offer."""
    return Offers(
        (
            Offer(
                "describe",
                _("Rename or describe"),
                "rename",
                reverse("describe_policy", args=[view.policy.pk]),
                why_not_change(request, view),
            ),
            Offer(
                "delete",
                _("Delete"),
                "delete",
                reverse("delete_policy", args=[view.policy.pk]),
                why_not_delete(request, view),
            ),
        )
    )


def of_text(request: ActorRequest, view: PolicyView) -> Offer:
    """A policy of the other set with the same text: one that binds, or one on trial (R-DRY-10)."""
    is_other_on = view.other_state == SwitchState.ENABLED
    off = why_not(request, view, Permission.CREATE_POLICY)
    asked = {"from": view.policy.pk}
    if view.is_dry_run:
        label = _("Create service control policy from this")
        off = off or ("" if is_other_on else _("Switch service control policies on first."))
    else:
        label = _("Create policy on trial from this")
        off = off or ("" if is_other_on else _("Switch dry runs on first."))
        asked["dry_run"] = "1"
    url = f"{reverse('create_policy')}?{urlencode(asked)}"
    return Offer("from-this", label, "new-policy", url, off)


def of_tags(request: ActorRequest, view: PolicyView) -> Offers:
    """What the tags of a policy offer (R-POL-8)."""
    off = (
        _("It is built in: it can be attached and detached, and nothing else.")
        if view.policy.is_builtin
        else why_not(request, view, Permission.TAG_RESOURCE)
    )
    url = reverse("policy_tags", args=[view.policy.pk])
    return Offers((Offer("tags", _("Tags"), "tags", url, off),))


def of_targets(request: ActorRequest, view: PolicyView) -> Offers:
    """What the entities that a policy hangs on are offered: one more of them."""
    url = reverse("attach_policy", args=[view.policy.pk])
    return Offers((Offer("attach", _("Attach to…"), "attach", url, why_not_attach(request, view)),))
