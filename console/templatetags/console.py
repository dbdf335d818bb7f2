"""How things look in a template, and where they are."""

from datetime import UTC, datetime
from functools import cache

from django import template
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from orgs.models import DepartureKind, FailureReason, JoinMethod
from orgs.queries.policies import description_in
from orgs.queries.structure.nodes import Branch, Key, Kind, Node
from orgs.queries.targets import Target

register = template.Library()
UNGROUPED = 1_000  # what is below is read alike in every language

ANY_ID = "0" * 36


@register.filter
def grouped(number: int) -> str:
    """A number as people read it: 10,031."""
    if 0 <= number < UNGROUPED:
        return str(number)  # most are, and lists have many
    return number_format(number, force_grouping=True)


@register.filter
def utc(at: datetime) -> str:
    """A time to the second as people and machines read it: 2026-11-23 22:53:26Z."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


@register.filter
def briefly(at: datetime) -> str:
    """A time in a line of a list: 23 Nov 2026, 22:53. What `date` does, in a tenth of its time."""
    return _("{at.day} {at:%b %Y, %H:%M}").format(at=at.astimezone(UTC))


@register.filter
def at_length(at: datetime) -> str:
    """A time with room around it: 23 November 2026, 22:53."""
    return _("{at.day} {at:%B %Y, %H:%M}").format(at=at.astimezone(UTC))


@register.filter
def as_said_by(description: str, policy_id: str) -> str:
    """The description of a policy: of a built-in one in the language of who reads it."""
    return description_in(get_language() or "en", policy_id, description)


@register.filter
def left_until(at: datetime) -> str:
    """How much time is left until then, in its largest whole unit: 13 days left."""
    minutes = max(int((at - timezone.now()).total_seconds() // 60), 0)
    days, hours = minutes // (24 * 60), minutes // 60
    if days:
        return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}
    if hours:
        return ngettext("%(n)s hour left", "%(n)s hours left", hours) % {"n": hours}
    return ngettext("%(n)s minute left", "%(n)s minutes left", minutes) % {"n": minutes}


def url_of(name: str, entity_id: str) -> str:
    """The page of an entity. The address is looked up once and not for every line of a list."""
    before, after = _around_id(name, get_script_prefix())
    return f"{before}{entity_id}{after}"


@cache
def _around_id(name: str, _prefix: str) -> tuple[str, str]:
    before, after = reverse(name, args=[ANY_ID]).split(ANY_ID)
    return before, after


@register.simple_tag
def url_of_account(account_id: str) -> str:
    """The page of an account."""
    return url_of("account", account_id)


@register.simple_tag
def url_of_unit(unit_id: str) -> str:
    """The page of a unit."""
    return url_of("unit", unit_id)


@register.filter
def url_of_node(node: Node) -> str:
    """The page of a place in the tree."""
    if node.kind == Kind.ROOT:
        return reverse("structure")
    return url_of("account" if node.kind == Kind.ACCOUNT else "unit", node.id)


@register.simple_tag
def url_of_next_part(branch: Branch) -> str:
    """The children that follow those of a part."""
    return f"{reverse('unit_children', args=[branch.parent_id])}?{urlencode({'after': str(branch.last)})}"


@register.simple_tag
def picker_at(target: Target) -> str:
    """Where the tree is opened by a click beside a target: there, or above it if it was open."""
    return (target.parent_id or "") if target.is_open else target.id


@register.simple_tag
def picker_after(parent_id: str, last: Key) -> str:
    """The child units of a target that follow the last one shown."""
    return f"{parent_id} {last}"


@register.filter
def failure_label(reason: str) -> str:
    """Why a creation or closing failed, in words (R-ACC-17)."""
    return str(dict(FailureReason.choices).get(reason, reason))


@register.filter
def departure_label(kind: str) -> str:
    """How an account went."""
    return str(dict(DepartureKind.choices).get(kind, kind))


@register.filter
def join_label(method: str) -> str:
    """How an account came."""
    return str(dict(JoinMethod.choices).get(method, method))


@register.simple_tag
def said_of_creations(running: int) -> str:
    """How many accounts are on their way, for those who hear the page."""
    if not running:
        return _("No account is being created now.")
    said = ngettext("%(n)s account is being created.", "%(n)s accounts are being created.", running)
    return said % {"n": running}


@register.simple_tag
def said_of_closings(running: int) -> str:
    """How many accounts are on their way out, for those who hear the page."""
    if not running:
        return _("No account is being closed now.")
    said = ngettext("%(n)s account is being closed.", "%(n)s accounts are being closed.", running)
    return said % {"n": running}
