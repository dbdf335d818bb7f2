"""How a page looks: axe, and the widths at which people have it."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
AXE = Axe()
FAULTS = "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)"


def look(page: Page, *, size: str, theme: str) -> None:
    """Make the window so large, and the theme what the person likes; nothing moves meanwhile."""
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")


def faults_of(page: Page) -> list[tuple[str, str]]:
    """What axe finds: the rule, and the first element at fault. It is loaded once into each document."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in page.evaluate(FAULTS)]
