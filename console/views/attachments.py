"""Attaching policies to a root, a unit or an account, detaching them, and replacing all of a type at once."""

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from console.entity_policies import (
    TypeBox,
    type_boxes,
    why_not_attach,
    why_not_detach,
    why_not_named,
)
from console.forms.attachments import AttachHereForm, ChoosingForm, ConfirmedForm
from console.middleware import ActorRequest
from console.rendering import page
from console.views.changes import Change, show_changed
from console.views.departures import Consequence
from console.views.structure import url_of
from orgs import errors, identifiers, operations, queries
from orgs.models import PolicyType
from orgs.queries.policies_of_entity import Attached, Choice, PoliciesOfEntity, TypeHere
from orgs.queries.structure import Structure
from orgs.queries.structure.nodes import Kind

TAB = "policies"
CHOICES = "choices"  # the policies to choose from, which a search draws anew


@require_http_methods(["GET", "POST"])
def attach_here(request: ActorRequest, entity_id: str) -> HttpResponse:
    """One more policy on the entity, behind those that hang there (R-POL-10, R-POL-16)."""
    place, policies = look_at(request, entity_id)
    here = policies.of_type(ChoosingForm(request.GET).policy_type)
    if request.method == "GET":
        form = AttachHereForm(needed=here.is_scp)
        return show_attaching(request, place, policies, here, form)
    form = AttachHereForm(request.POST, needed=here.is_scp)
    if not form.is_valid():
        return show_attaching(request, place, policies, here, form)
    policy_id = form.cleaned_data["policy"]
    operations.attachments.attach_policy(
        actor=request.actor, policy_id=policy_id, entity_id=entity_id
    )
    (attached,) = queries.policies_of_entity.find_choices(policies, here.policy_type, [policy_id])
    said = _("%(policy)s is attached to %(name)s.") % {
        "policy": attached.name,
        "name": place.node.name,
    }
    return show_policies(request, place, said)


@require_http_methods(["GET", "POST"])
def detach_here(request: ActorRequest, entity_id: str, policy_id: str) -> HttpResponse:
    """One policy less on the entity. First what it means (R-POL-12, R-POL-16)."""
    place, policies = look_at(request, entity_id)
    attached = policies.find(policy_id, policies.entity.id)
    if attached is None:
        (policy,) = find_policy(policies, policy_id)
        raise errors.PolicyNotAttached(policy_name=policy.name, entity_name=place.node.name)
    here = policies.of_type(attached.policy_type)
    form = ConfirmedForm(request.POST if request.method == "POST" else None, needed=here.is_scp)
    if form.is_valid():
        operations.attachments.detach_policy(
            actor=request.actor, policy_id=policy_id, entity_id=entity_id
        )
        said = _("%(policy)s is detached from %(name)s.") % {
            "policy": attached.name,
            "name": place.node.name,
        }
        return show_policies(request, place, said)
    last = why_not_detach(policies, here)
    change = Change(
        title=_("Detach %(policy)s from %(name)s?")
        % {"policy": attached.name, "name": place.node.name},
        submit=_("Detach policy"),
        action=reverse("detach_here", args=[entity_id, policy_id]),
        back=url_of_policies(place),
        why_not=why_not_attach(request, policies) or last or why_not_named(policies, policy_id),
        destroys=True,
    )
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "policies": policies,
        "instead": box_of(request, policies, here).set_url if last else "",
        "consequences": consequences_of_detaching(policies, here, attached),
        "preview_entity": entity_id,
        "preview_policy": policy_id,
        "section": change.section,
    }
    return page(
        request, "console/detach_here.html", context, fragment="dialog", status=status_of(form)
    )


@require_http_methods(["GET", "POST"])
def set_attachments(request: ActorRequest, entity_id: str) -> HttpResponse:
    """All policies of a type on the entity, as one change: replaced, put in order, attached and detached.

    What is wanted travels with the form as `policy`, in its order. Buttons change it: `add`, `remove` and
    `up` name a policy; nothing is kept before `save`.
    """
    place, policies = look_at(request, entity_id)
    here = policies.of_type(ChoosingForm(request.GET).policy_type)
    if request.method == "GET":
        # A search brings along what was chosen so far.
        kept = request.GET.getlist("policy") if "is_kept" in request.GET else None
        present = [one.policy_id for one in here.here]
        return show_setting(request, place, policies, here, present if kept is None else kept)
    wanted = rearranged(request, here)
    if "save" not in request.POST:
        return show_setting(request, place, policies, here, wanted)
    form = ConfirmedForm(request.POST, needed=here.is_scp)
    if not form.is_valid():
        return show_setting(request, place, policies, here, wanted, form=form)
    operations.attachments.set_attachments(
        actor=request.actor,
        entity_id=entity_id,
        policy_type=here.policy_type,
        policy_ids=wanted,
    )
    said = _("The policies of %(name)s are saved.") % {"name": place.node.name}
    return show_policies(request, place, said)


def look_at(request: ActorRequest, entity_id: str) -> tuple[Structure, PoliciesOfEntity]:
    """The entity that a change is about, and its policies.

    Raises:
        What `queries.structure.get_unit` and `get_account` raise.
    """
    if identifiers.ACCOUNT.fits(entity_id):
        place = queries.structure.get_account(
            actor=request.actor, account_id=entity_id, with_tree=False
        )
    else:
        place = queries.structure.get_unit(actor=request.actor, unit_id=entity_id, with_tree=False)
    return place, queries.policies_of_entity.of_place(place)


def find_policy(policies: PoliciesOfEntity, policy_id: str) -> list[Choice]:
    """The policy with that id, of whichever type.

    Raises:
        PolicyNotFound.
    """
    for policy_type in PolicyType:
        found = queries.policies_of_entity.find_choices(policies, policy_type, [policy_id])
        if found:
            return found
    raise errors.PolicyNotFound(policy_id=policy_id)


def rearranged(request: ActorRequest, here: TypeHere) -> list[str]:
    """What is wanted, after the button that was pressed."""
    wanted = list(dict.fromkeys(request.POST.getlist("policy")))
    added, removed, raised = (request.POST.get(name, "") for name in ("add", "remove", "up"))
    if added and added not in wanted and len(wanted) < here.limit:
        wanted.append(added)
    if removed in wanted:
        wanted.remove(removed)
    if raised in wanted[1:]:
        place = wanted.index(raised)
        wanted[place - 1], wanted[place] = wanted[place], wanted[place - 1]
    return wanted


def show_attaching(
    request: ActorRequest,
    place: Structure,
    policies: PoliciesOfEntity,
    here: TypeHere,
    form: AttachHereForm,
) -> HttpResponse:
    """The policies that can be attached here, to choose one."""
    box = box_of(request, policies, here)
    change = Change(
        title=_("Attach a policy to %(name)s") % {"name": place.node.name},
        submit=_("Attach policy"),
        action=box.attach_url,
        back=url_of_policies(place),
        why_not=box.why_not_attach,
    )
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "chosen": request.POST.get("policy", ""),
        **choosing(request, policies, here, [one.policy_id for one in here.here]),
        "boxes": type_boxes(request, policies),
        "box": box,
        "policies": policies,
        "search_url": reverse("attach_here", args=[policies.entity.id]),
    }
    fragment = CHOICES if request.htmx.target == CHOICES else "dialog"
    return page(
        request, "console/attach_here.html", context, fragment=fragment, status=status_of(form)
    )


def show_setting(
    request: ActorRequest,
    place: Structure,
    policies: PoliciesOfEntity,
    here: TypeHere,
    wanted: list[str],
    *,
    form: ConfirmedForm | None = None,
) -> HttpResponse:
    """What is wanted in its order, and what can be added."""
    box = box_of(request, policies, here)
    form = form or ConfirmedForm(needed=here.is_scp)
    change = Change(
        title=_("Replace policies of %(name)s") % {"name": place.node.name},
        lead=_(
            "All at once: nothing changes before you save, and there is no moment with none attached."
        ),
        submit=_("Save exactly these"),
        action=box.set_url,
        back=url_of_policies(place),
        why_not=box.denied or box.off,
    )
    kept = queries.policies_of_entity.find_choices(policies, here.policy_type, wanted)
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "is_fixed": keeps_order(policies, here),
        "wanted": in_order(policies, here, kept),
        "has_room": len(kept) < here.limit,
        "lacks_one": here.is_scp and here.is_on and not kept,
        **choosing(request, policies, here, [one.id for one in kept]),
        "consequences": consequences_of_setting(policies, here, [one.id for one in kept]),
        "box": box,
        "policies": policies,
        "search_url": reverse("set_attachments", args=[policies.entity.id]),
    }
    fragment = CHOICES if request.htmx.target == CHOICES else "dialog"
    return page(
        request, "console/set_attachments.html", context, fragment=fragment, status=status_of(form)
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A policy in the order that is wanted, and whether it may be taken out and change places."""

    id: str
    name: str
    may_leave: bool
    may_rise: bool


def keeps_order(policies: PoliciesOfEntity, here: TypeHere) -> bool:
    """Whether something hangs here that the actor's grants do not name."""
    return any(why_not_named(policies, one.policy_id) for one in here.here)


def in_order(policies: PoliciesOfEntity, here: TypeHere, kept: list[Choice]) -> list[Wanted]:
    """What is wanted, in its order.

    A grantee leaves policies that its grants do not name, and where there is one of them, those that hang
    there already keep their order.
    """
    is_fixed = keeps_order(policies, here)
    before = [None, *kept]
    return [
        Wanted(
            id=one.id,
            name=one.name,
            may_leave=not (here.find(one.id) and why_not_named(policies, one.id)),
            may_rise=above is not None
            and not (is_fixed and here.find(one.id) and here.find(above.id)),
        )
        for above, one in zip(before, kept, strict=False)
    ]


def choosing(
    request: ActorRequest, policies: PoliciesOfEntity, here: TypeHere, taken: list[str]
) -> dict[str, object]:
    """What can be chosen, narrowed by a name that came with the form or stands in the address."""
    search = ChoosingForm(request.POST if request.method == "POST" else request.GET)
    return {
        "search": search,
        "choices": queries.policies_of_entity.list_choices(
            policies, here.policy_type, name=search.wanted, without=taken
        ),
        "section": "structure",
    }


def consequences_of_detaching(
    policies: PoliciesOfEntity, here: TypeHere, attached: Attached
) -> list[Consequence]:
    """What detaching means; of FullAccess it is to be warned (R-POL-16, R-SCP-7)."""
    if not here.is_scp:
        return [
            Consequence(
                text=_(
                    "Its tag rules stop to count here and below, at once. Tags stay as they are."
                )
            )
        ]
    if attached.is_builtin:
        return [warning_of_stopping(policies)]
    return [Consequence(text=_("What it denies is no longer denied by it, here and below."))]


def consequences_of_setting(
    policies: PoliciesOfEntity, here: TypeHere, wanted: list[str]
) -> list[Consequence]:
    """What comes and goes with what is wanted."""
    came = [policy_id for policy_id in wanted if here.find(policy_id) is None]
    gone = [one for one in here.here if one.policy_id not in wanted]
    told = []
    if here.is_scp and wanted and any(one.is_builtin for one in gone):
        told.append(warning_of_stopping(policies))
    if came:
        text = ngettext("%(n)s policy is attached.", "%(n)s policies are attached.", len(came))
        told.append(Consequence(text=text % {"n": len(came)}))
    if gone:
        text = _("Detached: %(names)s.") % {"names": ", ".join(one.name for one in gone)}
        told.append(Consequence(text=text))
    return told


def warning_of_stopping(policies: PoliciesOfEntity) -> Consequence:
    """FullAccess goes: only what others there allow still passes (R-SCP-7)."""
    facts = {"name": policies.entity.name}
    if policies.entity.kind == Kind.ACCOUNT:
        text = _(
            "FullAccess goes from %(name)s. From then on only what its other policies allow is possible"
            " there; where none of them allows anything, nothing is, not even signing in."
        )
    else:
        text = _(
            "FullAccess goes from %(name)s. From then on only what its other policies allow is possible"
            " there and in everything below; where none of them allows anything, nothing is, not even"
            " signing in."
        )
    return Consequence(text=text % facts, is_warning=True)


def box_of(request: ActorRequest, policies: PoliciesOfEntity, here: TypeHere) -> TypeBox:
    """What the panel says of a type."""
    boxes = type_boxes(request, policies)
    return next(box for box in boxes if box.here.policy_type == here.policy_type)


def status_of(form: ConfirmedForm) -> HTTPStatus:
    """Whether what was sent could be taken."""
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def url_of_policies(place: Structure) -> str:
    """The policies of an entity, in its panel."""
    return f"{url_of(place)}?tab={TAB}"


def show_policies(request: ActorRequest, place: Structure, said: str) -> HttpResponse:
    """Back to the policies of the entity, as they are now; the tree hears of it."""
    account_id = place.account.pk if place.account else None
    unit_id = None if place.unit.is_root else place.unit.pk
    return show_changed(request, unit_id, account_id=account_id, tab=TAB, said=said)
