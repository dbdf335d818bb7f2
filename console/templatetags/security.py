"""How a session and a secret read."""

import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()

LENGTH_SHOWN = 80
# In this order: most browsers name others as well.
BROWSERS = [
    ("Edge", re.compile(r"\bEdg(e|A|iOS)?/")),
    ("Opera", re.compile(r"\b(OPR|Opera)/")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Firefox", re.compile(r"\b(Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(Chrome|CriOS|HeadlessChrome)/")),
    ("Safari", re.compile(r"\bVersion/[0-9.]+ .*\bSafari/")),
]
SYSTEMS = [
    ("Android", re.compile(r"\bAndroid\b")),
    ("iOS", re.compile(r"\b(iPhone|iPad|iPod)\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("macOS", re.compile(r"\bMac OS X\b")),
    ("Linux", re.compile(r"\bLinux\b")),
]
HAND_HELD = {"Android", "iOS"}


def _named(kinds: list[tuple[str, re.Pattern[str]]], said: str) -> str:
    return next((name for name, pattern in kinds if pattern.search(said)), "")


@register.filter
def browser_name(said: str) -> str:
    """What a browser says of itself, as people call it; what nobody knows stands as it is, shortened."""
    browser, system = _named(BROWSERS, said), _named(SYSTEMS, said)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or said[:LENGTH_SHOWN].strip() or _("Unknown browser")


@register.filter
def device_icon(said: str) -> str:
    """The picture of what a browser runs on."""
    return "#i-phone" if _named(SYSTEMS, said) in HAND_HELD else "#i-system"


@register.filter
def in_fours(secret: str) -> str:
    """A long secret in groups that can be typed."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
