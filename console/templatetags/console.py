"""How things look in a template, and where they are."""

from django import template
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import urlencode

from orgs.queries.structure import Branch, Kind, Node

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
