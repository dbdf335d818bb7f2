"""README and docs name what there is: settings, commands, files, targets of make."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text()
PAGES = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").glob("*.md"))]
# Commands for who works on the code; docs/operating.md tells of the texts, .ci of the rest.
FOR_DEVELOPERS = {"check_templates", "gather_texts", "load_demo"}
# A path is written from the top of the project, or from the package that the page speaks of.
ROOTS = [PROJECT, PROJECT / "orgs", PROJECT / "console", PROJECT / "docs"]


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> str:
    """The first cell of every row of the table in it."""
    return "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))


def test_the_readme_has_every_setting_and_no_other():
    told = set(re.findall(r"ORGS_[A-Z_]+", first_cells(section("Settings"))))
    read = set(re.findall(r"\"(ORGS_[A-Z_]+)\"", (PROJECT / "console/settings.py").read_text()))

    assert {setting.removesuffix("_FILE") for setting in told} == read


def test_the_readme_has_every_command_for_operators_and_no_other():
    told = set(re.findall(r"`([a-z_]+)", first_cells(section("Commands"))))
    there_are = {
        path.stem for path in PROJECT.glob("*/management/commands/*.py") if path.stem != "__init__"
    }

    assert told == there_are - FOR_DEVELOPERS


def test_the_map_of_the_readme_names_what_there_is():
    at, missing = PROJECT, []
    for line in section("A map").splitlines():
        indent = len(line) - len(line.lstrip())
        if indent < 4:
            continue
        at = PROJECT / "orgs" if indent > 4 else PROJECT
        named = re.findall(r"[\w.]+/|\w+\.py", line.strip().partition("   ")[0])
        missing += [one for one in named if not (at / one).exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_and_paths_lead_somewhere(page):
    text = page.read_text()
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    paths = re.findall(r"`((?:[\w.-]+/)+[\w.-]*\.(?:py|md|html|css|js|json|po|mo|toml))`", text)

    lost = [link for link in links if "//" not in link and not (page.parent / link).exists()]
    lost += [path for path in paths if not any((root / path).exists() for root in ROOTS)]
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_that_are_named_exist(page):
    text = page.read_text()
    commands = set(re.findall(r"manage\.py (\w+)", text)) - {"migrate", "check"}  # Django's own
    targets = set(re.findall(r"`(?:\w+=\S+ )?make ([\w-]+)|^    make ([\w-]+)", text, re.MULTILINE))
    makefile = (PROJECT / "Makefile").read_text()

    assert [
        command
        for command in sorted(commands)
        if not list(PROJECT.glob(f"*/management/commands/{command}.py"))
    ] == []
    assert [
        target
        for target in sorted(one or other for one, other in targets)
        if not re.search(rf"^{target}:", makefile, re.MULTILINE)
    ] == []
