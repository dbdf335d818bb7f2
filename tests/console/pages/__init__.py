"""Every page of the console: one row for each name of the resolver, in a module for each area.

The rows say whom a page is for, which fragments it has, what may stand in its address, and what its form
takes. `routes` finds the names; a test fails for a name without a row.
"""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.console.conftest import Company
from tests.console.pages import (
    account,
    accounts,
    activity,
    policies,
    security,
    services,
    settings,
    simulator,
    structure,
    tags,
)
from tests.console.pages.row import Row

PARTS = 3
PAGES: dict[str, Row] = {
    **account.PAGES,
    **settings.PAGES,
    **structure.PAGES,
    **accounts.PAGES,
    **simulator.PAGES,
    **tags.PAGES,
    **services.PAGES,
    **policies.PAGES,
    **activity.PAGES,
    **security.PAGES,
}


def routes() -> set[str]:
    """The names of all pages. The wire has none."""

    def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.app_name == "admin":  # the operators' site has tests of its own
                    continue
                yield from names(pattern.url_patterns)
            elif not pattern.callback.__module__.startswith("orgs."):
                yield str(pattern.name)

    return set(names(get_resolver().url_patterns))


def part_of_pages(part: int) -> list[str]:
    """The names of some pages: in `PARTS` of them is every page, so that several processes look at them."""
    return list(PAGES)[part::PARTS]


def address_of(name: str, row: Row, company: Company) -> str:
    return reverse(name, args=row.ids(company)) + row.at
