"""The pictures of the administrator's guide: taken of the demo, and each of them shown where it belongs.

`make pictures` takes them anew; the suite looks whether the guide and its pictures go together.
"""

import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, expect

from orgs.management.demo import MEMBER_ACCOUNT
from orgs.models import Account, OrganizationalUnit, Policy, User
from tests.console.looking import look

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURES = DOCS / "pictures"
GUIDE = DOCS / "administrators-guide.md"
README = DOCS.parent / "README.md"
PASSWORD = "correct-horse-battery"


def structure(visit):
    account = Account.objects.get(name=MEMBER_ACCOUNT)
    return visit(f"/structure/units/{account.unit_id}/")


def move(visit):
    unit = OrganizationalUnit.objects.get(name="Cloud Platform")
    page = visit(f"/structure/units/{unit.pk}/")
    page.get_by_role("link", name="Move").first.click()
    page.locator("dialog").get_by_role("radio", name="LAA").check()
    expect(page.get_by_role("region", name="What would change")).to_contain_text("account")
    return page


def policy(visit):
    found = Policy.objects.get(name="Deny account root user")
    page = visit(f"/policies/{found.pk}/")
    page.locator(".ace_content").wait_for()
    return page


def simulator(visit):
    return visit(f"/simulator/?who={MEMBER_ACCOUNT}&action=iam:users:createUserV5")


def guardrails(visit):
    account = Account.objects.get(name=MEMBER_ACCOUNT)
    return visit(f"/structure/accounts/{account.pk}/?tab=policies")


def activity(visit):
    return visit("/activity/")


def rights(visit):
    return visit("/rights/")


def tags(visit):
    return visit("/tags/compliance/")


TAKEN = {
    "structure": structure,
    "move": move,
    "rights": rights,
    "policy": policy,
    "simulator": simulator,
    "guardrails": guardrails,
    "tags": tags,
    "activity": activity,
}


@pytest.fixture
def visit(transactional_db, live_server, context, page):
    cache.clear()
    call_command("load_demo", "--password", PASSWORD, "--json")
    client = Client()
    client.force_login(User.objects.get(username="admin"))
    session = client.cookies["session"].value
    context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
    look(page, size="desk", theme="light")

    def visit(path: str) -> Page:
        page.goto(live_server.url + path, wait_until="networkidle")
        return page

    return visit


@pytest.mark.pictures
def test_pictures_are_taken(visit):
    PICTURES.mkdir(exist_ok=True)
    for name, go in TAKEN.items():
        go(visit).screenshot(path=PICTURES / f"{name}.png")


def test_every_picture_is_there_and_shown():
    shown = re.findall(r"!\[[^\]]+\]\(pictures/([a-z-]+)\.png\)", GUIDE.read_text())
    kept = {path.stem for path in PICTURES.glob("*.png")}

    assert set(shown) == kept == set(TAKEN)
    assert "docs/pictures/structure.png" in README.read_text()
