"""How a page looks: axe, at the widths at which people have it and in both themes."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
# A theme changes colours alone, and a width none of them (test_looking.py): with these two every element
# that both widths show was seen in both. `kinds_of` finds the others.
LOOKS = (("desk", "light"), ("phone", "dark"))
CROSSED = (("phone", "light"), ("desk", "dark"))
AXE = Axe()
# The icons that others refer to are never shown, and are two thirds of all elements of a page.
FAULTS = """async () => {
  const icons = document.querySelector("body > div[hidden]:has(> #i-overview)");
  const after = icons?.nextSibling;
  icons?.remove();
  try {
    return (await axe.run(document, {resultTypes: ["violations"]})).violations;
  } finally {
    if (icons) document.body.insertBefore(icons, after);
  }
}"""
KINDS = """() => {
  const shown = [...document.body.querySelectorAll("*")].filter((element) => element.checkVisibility());
  return [...new Set(shown.map((element) => `${element.localName} ${element.className}`))];
}"""


def bring_axe(context: BrowserContext) -> None:
    """Every document that opens in it has axe: the browser reads its text once, and not for each anew."""
    context.add_init_script(AXE.axe_script)


def look(page: Page, *, size: str, theme: str) -> None:
    """Make the window so large, and the theme what the person likes; nothing moves meanwhile."""
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")


def faults_of(page: Page) -> list[tuple[str, str]]:
    """What axe finds: the rule, and the first element at fault. It is loaded where `bring_axe` did not."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in page.evaluate(FAULTS)]


def kinds_of(page: Page) -> set[str]:
    """The kinds of the elements that are shown: their names with their classes, which give them colours."""
    return set(page.evaluate(KINDS))


def require_good_looks(page: Page, crossed: set[str] | None = None) -> None:
    """Nothing for axe, and nothing to scroll sideways for, at both widths and in both themes.

    `crossed` holds the kinds of elements of one width alone that were seen there in both themes already.
    A page that brings another is looked at in every way.
    """
    kinds = []
    for size, theme in LOOKS:
        require_no_faults(page, size=size, theme=theme)
        kinds.append(kinds_of(page))
    of_one_width = kinds[0] ^ kinds[1]
    if crossed is not None and not of_one_width <= crossed:
        for size, theme in CROSSED:
            require_no_faults(page, size=size, theme=theme)
        crossed |= of_one_width
    look(page, size="desk", theme="light")


def require_no_faults(page: Page, *, size: str, theme: str) -> None:
    look(page, size=size, theme=theme)
    assert (page.url, size, theme, faults_of(page)) == (page.url, size, theme, [])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, size)
