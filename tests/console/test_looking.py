"""What lets `looking.LOOKS` stand for both widths in both themes: a theme is colours, a width has none."""

import re
from pathlib import Path

STYLE = Path(__file__).resolve().parent.parent.parent / "static" / "console" / "console.css"
COLOURS = re.compile(
    r"(?:^|[;{\s])(?:color|background|fill|stroke|opacity|filter|[a-z-]+-color)\s*:"
)
# Behind the open menu, where nothing is written; and one of the quiet texts, which are on every page.
CURTAIN = ".side::backdrop { background: oklch(20% 0.02 265 / 40%); }"
QUIET_NUMBER = ".batch-rows td.number { width: auto; min-width: 28px; color: var(--ink-2); }"


def blocks_of(style: str, start: str) -> list[str]:
    """What stands between the braces of each block that begins so."""
    found = []
    for begun in re.finditer(start + r"[^{]*\{", style):
        depth, place = 1, begun.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(style[place], 0)
            place += 1
        found.append(style[begun.end() : place - 1])
    return found


def test_a_theme_changes_colours_alone():
    """It does so by `light-dark()`, which is a colour wherever it stands."""
    style = STYLE.read_text()

    assert "prefers-color-scheme" not in style
    themes = blocks_of(style, r"\[data-theme")
    assert themes == [" color-scheme: light; ", " color-scheme: dark; "]


def test_a_width_changes_no_colour():
    """But for the two rules above."""
    style = STYLE.read_text()
    for rule in (CURTAIN, QUIET_NUMBER):
        assert style.count(rule) == 1
        style = style.replace(rule, "")

    blocks = blocks_of(style, r"@(?:media|container detail) \((?:max|min)-width")

    assert len(blocks) > 10
    assert [block for block in blocks if COLOURS.search(block)] == []


def test_a_width_that_changes_a_colour_is_noticed():
    for rule in ("color: red", "background: var(--x)", "opacity: 0.5", "border-inline-color: red"):
        (block,) = blocks_of(f"@media (max-width: 1px) {{ .a {{ {rule}; }} }}", "@media")
        assert COLOURS.search(block)
