"""The sign-ins of the demo, on its sign-in page."""

from collections.abc import Sequence

from django import template
from django.conf import settings

from orgs.management.demo import SIGN_INS, DemoSignIn

register = template.Library()


@register.simple_tag
def demo_sign_ins() -> Sequence[DemoSignIn]:
    """Whom one can sign in as; in any other mode than the demo nobody."""
    return SIGN_INS if settings.DEMO else ()


@register.simple_tag
def demo_password() -> str:
    """What they all sign in with; in any other mode than the demo nothing."""
    return settings.DEMO_PASSWORD if settings.DEMO else ""
