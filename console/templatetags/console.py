"""How things look in a template, and where they are."""

from django import template
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import urlencode

from orgs.queries.structure import Branch, Key, Kind, Node
from orgs.queries.targets import Target

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    """A number as people read it: 10,031."""
    return number_format(number, force_grouping=True)


@register.simple_tag
def url_of_node(node: Node) -> str:
    """The page of a place in the tree."""
    if node.kind == Kind.ROOT:
        return reverse("structure")
    return reverse("account" if node.kind == Kind.ACCOUNT else "unit", args=[node.id])


@register.simple_tag
def url_of_next_part(branch: Branch) -> str:
    """The children that follow those of a part."""
    return f"{reverse('unit_children', args=[branch.parent_id])}?{urlencode({'after': str(branch.last)})}"


@register.simple_tag
def url_of_picker(action: str, target: Target) -> str:
    """Where a click beside a target leads: it opens, or what was open closes."""
    at = (target.parent_id or "") if target.is_open else target.id
    return f"{action}?{urlencode({'at': at})}"


@register.simple_tag
def url_of_picker_part(action: str, parent_id: str, last: Key | None) -> str:
    """The child units of a target: those after `last`, or the first."""
    after = {"after": str(last)} if last else {}
    return f"{action}?{urlencode({'at': parent_id, **after})}"
