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
def picker_at(target: Target) -> str:
    """Where the tree is opened by a click beside a target: there, or above it if it was open."""
    return (target.parent_id or "") if target.is_open else target.id


@register.simple_tag
def picker_after(parent_id: str, last: Key) -> str:
    """The child units of a target that follow the last one shown."""
    return f"{parent_id} {last}"
