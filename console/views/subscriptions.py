"""Subscriptions to events: webhooks and e-mail, their log, and what is done with them."""

from http import HTTPStatus

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.forms.subscriptions import DeliveryPartForm, SubscriptionForm
from console.middleware import ActorRequest
from console.rendering import address, page, wants_fragment
from console.views.changes import Change, show_change
from console.views.moves import PICKER, opened_at
from orgs import access, errors, operations, queries
from orgs.models import Channel, Subscription
from orgs.permissions import Permission

SECTION = "settings"


@never_cache
@require_http_methods(["GET", "POST"])
def create_subscription(request: ActorRequest) -> HttpResponse:
    """Another subscription; the secret of a webhook is on the page that answers, and nowhere afterwards."""
    root_id = _require_manager(request)
    if request.method == "GET":
        initial = {"channel": Channel.WEBHOOK, "language": request.LANGUAGE_CODE}
        return show_form(request, SubscriptionForm(initial=initial, root_id=root_id))
    form = SubscriptionForm(request.POST, root_id=root_id)
    if is_choosing(request):
        return show_form(request, form)
    if form.is_valid():
        with form.keeps_refusals():
            typed = form.typed()
            made, secret = operations.subscriptions.create_subscription(
                actor=request.actor, **typed | {"unit_id": typed["unit_id"] or None}
            )
            return show_made(request, made, secret)
    return show_form(request, form, status=form.status)


@require_GET
def subscription(request: ActorRequest, subscription_id: str) -> HttpResponse:
    """What it is, and what was sent."""
    view = queries.subscriptions.get_subscription(
        actor=request.actor,
        subscription_id=subscription_id,
        before=DeliveryPartForm(request.GET).asked(),
    )
    context: dict[str, object] = {
        "subscription": view.subscription,
        "mail_language": dict(settings.LANGUAGES).get(view.subscription.language, ""),
        "deliveries": view.deliveries,
        "older": address(request, before=view.before) if view.before else "",
        "newest": request.path if "before" in request.GET else "",
        "permissions": view.permissions,
        "section": SECTION,
    }
    return page(request, "console/subscription.html", context, fragment="content")


@require_http_methods(["GET", "POST"])
def update_subscription(request: ActorRequest, subscription_id: str) -> HttpResponse:
    """Another name, address, place or choice of events."""
    found, root_id = _found(request, subscription_id), _require_manager(request)
    if request.method == "GET":
        initial = {
            "name": found.name,
            "target": found.target,
            "unit_id": found.unit_id or "",
            "kinds": found.kinds,
            "language": found.language,
        }
        form = SubscriptionForm(initial=initial, root_id=root_id, subscription=found)
        return show_form(request, form, subscription=found)
    form = SubscriptionForm(request.POST, root_id=root_id, subscription=found)
    if is_choosing(request):
        return show_form(request, form, subscription=found)
    if form.is_valid():
        with form.keeps_refusals():
            operations.subscriptions.update_subscription(
                actor=request.actor, subscription_id=subscription_id, **form.typed()
            )
            messages.success(request, _("The subscription is changed."))
            return redirect("subscription", subscription_id)
    return show_form(request, form, subscription=found, status=form.status)


@require_POST
def switch_subscription(request: ActorRequest, subscription_id: str) -> HttpResponse:
    """Switch it off, or on again."""
    wanted = request.POST.get("is_active")
    if wanted not in {"0", "1"}:
        return HttpResponseBadRequest()
    operations.subscriptions.update_subscription(
        actor=request.actor, subscription_id=subscription_id, is_active=wanted == "1"
    )
    said = (
        _("The subscription is on.")
        if wanted == "1"
        else _("The subscription is off; what happens meanwhile is not sent later.")
    )
    messages.success(request, said)
    return redirect("subscription", subscription_id)


@require_POST
def send_test_delivery(request: ActorRequest, subscription_id: str) -> HttpResponse:
    """Something to the address, to see whether it arrives."""
    operations.subscriptions.send_test_delivery(
        actor=request.actor, subscription_id=subscription_id
    )
    messages.success(
        request, _("The test is on its way; load the page again to see what became of it.")
    )
    return redirect("subscription", subscription_id)


@require_POST
def resend_confirmation(request: ActorRequest, subscription_id: str) -> HttpResponse:
    """The question to the receiver once more."""
    operations.subscriptions.resend_confirmation(
        actor=request.actor, subscription_id=subscription_id
    )
    messages.success(request, _("The receiver is asked again."))
    return redirect("subscription", subscription_id)


@require_POST
def redeliver(request: ActorRequest, subscription_id: str, delivery_id: int) -> HttpResponse:
    """The same once more."""
    operations.subscriptions.redeliver(
        actor=request.actor, subscription_id=subscription_id, delivery_id=delivery_id
    )
    messages.success(request, _("The delivery is on its way again."))
    return redirect("subscription", subscription_id)


@never_cache
@require_http_methods(["GET", "POST"])
def rotate_subscription_secret(request: ActorRequest, subscription_id: str) -> HttpResponse:
    """First what it means, then another secret, which is on the page that answers."""
    if request.method == "POST":
        changed, secret = operations.subscriptions.rotate_subscription_secret(
            actor=request.actor, subscription_id=subscription_id
        )
        return show_made(request, changed, secret)
    found = _found(request, subscription_id)
    if found.channel != Channel.WEBHOOK:
        raise errors.SubscriptionHasNoSecret(name=found.name)
    change = Change(
        title=_("Renew the secret of %(name)s?") % {"name": found.name},
        lead=_(
            "From then on everything is signed with the new one, also what waits now: whoever receives"
            " it refuses it until the new secret is entered there."
        ),
        submit=_("Renew secret"),
        action=reverse("rotate_subscription_secret", args=[subscription_id]),
        back=reverse("subscription", args=[subscription_id]),
        section=SECTION,
    )
    return show_change(request, change, forms.Form())


@require_http_methods(["GET", "POST"])
def delete_subscription(request: ActorRequest, subscription_id: str) -> HttpResponse:
    """First what it means, then the deed."""
    if request.method == "POST":
        operations.subscriptions.delete_subscription(
            actor=request.actor, subscription_id=subscription_id
        )
        messages.success(request, _("The subscription is deleted."))
        return redirect("settings")
    found = _found(request, subscription_id)
    change = Change(
        title=_("Delete %(name)s?") % {"name": found.name},
        lead=_("Nothing more is sent to its address, and the log of what was sent goes with it."),
        submit=_("Delete subscription"),
        action=reverse("delete_subscription", args=[subscription_id]),
        back=reverse("subscription", args=[subscription_id]),
        section=SECTION,
        destroys=True,
    )
    return show_change(request, change, forms.Form())


def show_form(
    request: ActorRequest,
    form: SubscriptionForm,
    *,
    subscription: Subscription | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form of a new subscription, or of one that is there; or only its tree, opened elsewhere."""
    if is_choosing(request):
        form.errors.clear()
    form.takes_the_keyboard()
    opened = opened_at(request)
    if request.method == "GET" and subscription is not None:
        opened["at"] = subscription.unit_id or ""
    targets = queries.targets.list_places(actor=request.actor, **opened)
    context: dict[str, object] = {
        "form": form,
        "subscription": subscription,
        "targets": targets,
        "chosen": form["unit_id"].value() or targets.root.id,
        "action": request.path,
        "back": reverse("subscription", args=[subscription.pk])
        if subscription
        else reverse("settings"),
        "section": SECTION,
    }
    is_picking = wants_fragment(request) and request.htmx.target == PICKER
    fragment = PICKER if is_picking else "content"
    return page(
        request, "console/subscription_form.html", context, fragment=fragment, status=status
    )


@sensitive_variables("secret")
def show_made(request: ActorRequest, made: Subscription, secret: str) -> HttpResponse:
    """The secret, this once; without one the page of the subscription."""
    if not secret:
        messages.success(
            request,
            _("The receiver is asked by e-mail; nothing else is sent there before the yes."),
        )
        return redirect("subscription", made.pk)
    context: dict[str, object] = {"subscription": made, "secret": secret, "section": SECTION}
    return page(request, "console/subscription_secret.html", context, fragment="content")


def is_choosing(request: ActorRequest) -> bool:
    """Whether the tree was opened at another place, and nothing is to be kept yet."""
    return request.method == "POST" and "at" in request.POST


def _require_manager(request: ActorRequest) -> str:
    """Refuse who may not do this; the id of the root, which stands for the whole organization."""
    organization = queries.organizations.get_organization(actor=request.actor)
    access.require(request.actor, Permission.MANAGE_SUBSCRIPTIONS, organization, organization)
    return organization.root.pk


def _found(request: ActorRequest, subscription_id: str) -> Subscription:
    return queries.subscriptions.get_subscription(
        actor=request.actor, subscription_id=subscription_id
    ).subscription
