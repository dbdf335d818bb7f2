"""The page of rights says what the tables say, and those are run cell by cell."""

from tests import authorization, permissions_page
from tests.wire import authorization as wire


def test_the_page_of_rights_is_as_new_as_the_tables():
    assert permissions_page.PAGE.read_text() == permissions_page.rendered(), (
        "write it anew: python -m tests.permissions_page"
    )


def test_every_caller_is_explained_on_the_page():
    assert {*authorization.CALLERS, *wire.CALLERS} == set(permissions_page.CALLERS)
