"""How a change of the structure is asked for, and how it is shown afterwards."""

from dataclasses import dataclass
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_htmx.http import push_url, replace_url, reswap, retarget, trigger_client_event

from console.forms.tags import TagRows
from console.middleware import ActorRequest
from console.rendering import page, wants_fragment
from console.views.structure import DETAIL, show_account, show_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a form of the structure says: a page of its own, or a dialog over the panel."""

    title: str
    submit: str
    action: str
    back: str
    keep: str = ""  # the way back, where "Cancel" would mean two things
    section: str = "structure"
    lead: str = ""
    why_not: str = ""
    destroys: bool = False
    # What goes with the form, unseen; and the names of what it is about, where that is more than one.
    hidden: tuple[tuple[str, str], ...] = ()
    about: tuple[str, ...] = ()


def show_change(
    request: ActorRequest,
    change: Change,
    form: forms.Form,
    *,
    rows: TagRows | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form of a change, or why there is none to send."""
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "rows": rows,
        "section": change.section,
    }
    return page(request, "console/change.html", context, fragment="dialog", status=status)


def show_changed(
    request: ActorRequest,
    unit_id: str | None = None,
    *,
    account_id: str | None = None,
    tab: str = "",
    said: str,
    undo: str = "",
) -> HttpResponse:
    """Where a change led. For htmx the fresh panel, and everything else on the page hears of it.

    `undo` is where the change is taken back, if it can be.
    """
    if account_id is not None:
        path = reverse("account", args=[account_id])
    else:
        path = reverse("unit", args=[unit_id]) if unit_id else reverse("structure")
    url = f"{path}?{urlencode({'tab': tab})}" if tab else path
    if not wants_fragment(request):
        messages.success(request, said, extra_tags=undo)
        return redirect(url)
    if account_id is not None:
        response = show_account(request, account_id, tab=tab)
    else:
        response = show_unit(request, unit_id, tab=tab)
    retarget(response, f"#{DETAIL}")
    reswap(response, "outerHTML")
    same_place = (request.htmx.current_url_abs_path or "").partition("?")[0] == path
    (replace_url if same_place else push_url)(response, url)
    trigger_client_event(response, "toast", toast_of(said, undo))
    return trigger_client_event(response, "structure-changed", {}, after="settle")


def show_done(request: ActorRequest, *, back: str, said: str, undo: str = "") -> HttpResponse:
    """After a change of several places at once: one stays where one is, and sees it as it is now."""
    if not wants_fragment(request):
        messages.success(request, said, extra_tags=undo)
        return redirect(back)
    response = HttpResponse()
    reswap(response, "none")
    trigger_client_event(response, "toast", toast_of(said, undo))
    trigger_client_event(response, "panel-outdated", {})
    return trigger_client_event(response, "structure-changed", {})


def toast_of(said: str, undo: str) -> dict[str, str]:
    """What a toast says, and the way to take it back where there is one."""
    return {"text": said, "undo": undo, "undo_label": _("Undo")} if undo else {"text": said}
