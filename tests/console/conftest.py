"""People in front of the console."""

import os
import shutil
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.contrib.auth import login
from django.db import connection
from django.test import Client, RequestFactory
from playwright.sync_api import Page

from console import switching
from console.sessions import SessionStore
from orgs.models import Account, Agency, Organization, Policy, Role, User
from tests.factories import AccountFactory, UnitFactory, make_administrator, make_organization

# Playwright's loop runs in the test's thread; Django takes that for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

HTMX = {"HX-Request": "true"}
BACKEND = settings.AUTHENTICATION_BACKENDS[0]

# On SQLite alone: how a page looks to a browser does not depend on the database.
LOOKS_THE_SAME_ANYWHERE = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the same pages were looked at on SQLite"
)

with_and_without_javascript = pytest.mark.parametrize(
    "javascript", [True, False], ids=["javascript", "no-javascript"]
)

REPORTS = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (report) => {
  reports.push(`${report.violatedDirective} ${report.blockedURI}`);
});
"""


def signed_in(user: User) -> Client:
    """A browser in which the user is signed in: as by `force_login`, which makes two sessions for one."""
    client, request = Client(), RequestFactory().get("/")
    request.session = SessionStore()
    login(request, user, backend=BACKEND)
    request.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
    if agency := getattr(user, "entered", None):
        keep_in_mind(client, agency)
    return client


def keep_in_mind(client: Client, agency: Agency) -> None:
    """The browser is in the account that the agency leads into."""
    session = client.session
    switching.remember(session, agency, agency.account)
    session.save()


@dataclass
class Company:
    """An organization and its people."""

    organization: Organization
    administrator: User
    reader: User
    member: Account
    member_user: User
    others: dict[str, User] = field(default_factory=dict)  # who else looks at a page, once made
    policies: dict[str, Policy] = field(default_factory=dict)  # what `guardrails.guard` made


def make_company() -> Company:
    organization, actor = make_organization()
    unit = UnitFactory(parent=organization.root, name="Workloads")
    member = AccountFactory(member_of=unit)
    return Company(
        organization=organization,
        administrator=User.objects.get(pk=actor.user_id),
        reader=make_administrator(organization.management_account, role=Role.READER),
        member=member,
        member_user=make_administrator(member),
    )


@pytest.fixture
def company(db) -> Company:
    return make_company()


@pytest.fixture
def administrator(company) -> Client:
    return signed_in(company.administrator)


@pytest.fixture(scope="session")
def base_url():
    """In place of pytest-playwright's own, which is a method; pytest warns of those."""
    return


# The first is the second without its windows, which does the same in a sixth less time.
CHROMIUMS = ("chromium-headless-shell", "chromium")
# Chromium holds a page ready for suggestions beside its address bar and another for whatever is opened next,
# which was a third of what a window costs. The last list counts, so Playwright's own stands here again.
LEFT_OUT = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    "SpareRendererForSitePerProcess",
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "AimEnabled"),
    *("TcpPortRandomizationWin", "OptimizationHints", "NetworkTimeServiceQuerying"),
    "PreconnectToSearch",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    found = (os.environ.get("CHROMIUM"), *map(shutil.which, CHROMIUMS))
    executable = next(filter(None, found), None)
    if executable is None:
        pytest.skip("no Chromium: install chromium-headless-shell, or set CHROMIUM")
    return browser_type_launch_args | {
        "executable_path": executable,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--disable-features={','.join(LEFT_OUT)}",
        ],
    }


@pytest.fixture
def visit(browser, live_server, company):
    """Opens a page in a browser of its own; afterwards none has had a script or a style refused."""
    contexts = []
    complaints: list[str] = []

    def visit(path: str, user: User | None = None, *, javascript: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, java_script_enabled=javascript
        )
        contexts.append(context)
        context.add_init_script(REPORTS)
        session = signed_in(user or company.administrator).cookies["session"].value
        context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path, wait_until="load")
        return page

    yield visit
    for context in contexts:
        for page in context.pages:
            # Without JavaScript nothing counts reports, and nothing could cause one.
            assert page.evaluate("window.reports ?? []") == []
        context.close()
    assert complaints == []
