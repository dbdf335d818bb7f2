"""What operators do: a page with a form, one operation, and the answer to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from unfold.admin import ModelAdmin
from unfold.enums import ActionVariant

from orgs.actor import Actor
from orgs.admin.site import operator_of
from orgs.errors import InvalidParameter, OrgsError

Text = str | Promise
View = TypeVar("View", bound=Callable[..., HttpResponse])


def tool(label: Text, *, icon: str, is_danger: bool = False) -> Callable[[View], View]:
    """Mark a method as the page behind a button of a list (`actions_list`) or a row (`actions_detail`)."""
    facts = {
        "short_description": label,
        "icon": icon,
        "attrs": {},
        "variant": ActionVariant.DANGER if is_danger else ActionVariant.DEFAULT,
    }

    def mark(view: View) -> View:
        for name, fact in facts.items():
            setattr(view, name, fact)
        return view

    return mark


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: a sentence and where to go on; or facts that are shown this once, on a page."""

    sentence: str
    address: str
    shown_once: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A page on which an operator does one thing, to one row or to none. `run` calls the operation."""

    title: Text
    lead: Text
    button: Text
    back: str
    run: Callable[[Actor, dict[str, Any]], Done]
    row: Model | None = None
    is_danger: bool = False
    initial: dict[str, Any] = field(default_factory=dict)


def show_act(
    model_admin: ModelAdmin, request: HttpRequest, act: Act, form_class: type[forms.Form]
) -> HttpResponse:
    """The page with its form; or what came of sending it.

    A secret is shown in the answer itself and kept nowhere. A refusal stands above the form, or at the
    field that it names.
    """
    form = form_class(request.POST if request.method == "POST" else None, initial=act.initial)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                done = act.run(operator_of(request), form.cleaned_data)
            except OrgsError as refusal:
                status = refusal.status
                _tell(request, form, refusal)
            else:
                return _answer(model_admin, request, act, done)
    context = _context(model_admin, request, act) | {"form": form}
    return TemplateResponse(request, "admin/orgs/act.html", context, status=status)


def _answer(model_admin: ModelAdmin, request: HttpRequest, act: Act, done: Done) -> HttpResponse:
    messages.success(request, done.sentence)
    if not done.shown_once:
        return HttpResponseRedirect(done.address)
    context = _context(model_admin, request, act) | {"done": done}
    return TemplateResponse(request, "admin/orgs/done.html", context)


def _tell(request: HttpRequest, form: forms.Form, refusal: OrgsError) -> None:
    if isinstance(refusal, InvalidParameter):
        name, _place, _number = refusal.field.partition("[")  # one line of a field of several
        if name in form.fields:
            form.add_error(name, refusal.problem)
            return
    messages.error(request, str(refusal))


def _context(model_admin: ModelAdmin, request: HttpRequest, act: Act) -> dict[str, Any]:
    context: dict[str, Any] = model_admin.admin_site.each_context(request)
    return context | {
        "title": act.title,
        "act": act,
        "opts": model_admin.opts,
        "original": act.row,
    }
