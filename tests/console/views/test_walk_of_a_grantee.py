"""Whoever has rights on units only, going through all that the console links to or offers it.

Nothing from outside its units is in any of it, and nothing that is shown on leads into a refusal.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orgs import operations
from orgs.permissions import SCOPED, Permission
from tests.console.conftest import HTMX, Company, make_company, signed_in
from tests.console.guardrails import (
    COST,
    FULL_ACCESS,
    MORE_COST,
    NETWORKS,
    REGIONS,
    SCP,
    TAG,
    attach,
    make,
    switch_on,
)
from tests.console.reading import Page
from tests.factories import AccountFactory, UnitFactory, actor_for, make_administrator
from tests.standing import as_made, standing

pytestmark = pytest.mark.django_db

CHOICES = HTMX | {"HX-Target": "choices"}

# Names of what is outside, but for the way to the granted units; each is in no other name.
OUTSIDE = (
    "Outer-guard",
    "Outer-tags",
    "Unused-guard",
    "Outer-trial",
    "Beside",
    "Bygone",
    "hidden-account",
    "south-office",
    "KeepNetworks",
)
NOT_FOLLOWED = ("/accounts/sign-out/", "/static/", "/openapi.json")


@pytest.fixture(scope="module")
def world_made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield make_world()


@pytest.fixture
def world(world_made_once, db):
    return as_made(world_made_once)


def tell(client: Client, name: str, place: Any, sent: dict[str, Any] | None = None) -> Page:
    """A page about a place, or what it answers to a form, which has to be a page."""
    address = reverse(name, args=[place.pk])
    answer = client.get(address) if sent is None else client.post(address, sent)
    assert answer.status_code in {200, 422}, (name, answer.status_code)
    return Page(answer.text)


def make_world() -> tuple[Company, dict[str, Any]]:
    """A company with guardrails in and above two granted units, and neighbours of both."""
    company = make_company()
    manager = actor_for(company.administrator)
    root, workloads = company.organization.root, company.member.unit
    grantee = make_administrator(AccountFactory(member_of=root), username="keeper")
    company.others["keeper"] = grantee
    switch_on(company)
    switch_trials_on(company)
    places = {
        "workloads": workloads,
        "below": UnitFactory(parent=workloads, name="Below"),
        "beside": UnitFactory(parent=root, name="Beside"),
        "ended": UnitFactory(parent=root, name="Bygone"),
    }
    places["passage"] = UnitFactory(parent=root, name="Passage")
    places["lent"] = UnitFactory(parent=places["passage"], name="Lent")
    operations.attachments.attach_full_access(company.organization, units=list(places.values())[1:])
    AccountFactory(member_of=places["beside"], name="hidden-account")
    AccountFactory(member_of=places["below"], name="inner-account")
    policies = {
        "outer": make(company, "Outer-guard", NETWORKS),
        "outer_tags": make(company, "Outer-tags", COST, TAG),
        "unused": make(company, "Unused-guard", REGIONS),
        "inner": make(company, "Inner-guard", REGIONS),
        "inner_tags": make(company, "Inner-tags", MORE_COST, TAG),
        "named": make(company, "Named-guard", REGIONS),
        "outer_trial": make(company, "Outer-trial", REGIONS, is_dry_run=True),
        "inner_trial": make(company, "Inner-trial", REGIONS, is_dry_run=True),
    }
    hung = (
        ("outer", root),
        ("outer_tags", root),
        ("outer", places["passage"]),
        ("inner", workloads),
        ("inner_tags", workloads),
        ("named", places["below"]),
        ("outer_trial", root),
        ("inner_trial", workloads),
    )
    for name, place in hung:
        attach(company, policies[name], place.pk)
    for name in ("workloads", "lent", "ended"):
        operations.scoped_grants.create_scoped_grant(
            actor=manager,
            unit_id=places[name].pk,
            username="keeper",
            permissions=SCOPED,
            policy_ids=[FULL_ACCESS, policies["named"].pk],
            expires_at=timezone.now() + timedelta(days=30),
        )
    company.organization.scoped_grants.filter(unit=places["ended"]).update(
        expires_at=timezone.now()
    )
    for name, place in (("north-office", places["below"]), ("south-office", places["beside"])):
        AccountFactory(name=name)
        operations.invitations.invite_account(
            actor=manager, target_type="name", target=name, destination_parent_id=place.pk
        )
    return company, {**places, **policies}


def switch_trials_on(company: Company) -> None:
    """Policies can be put on trial."""
    root_id = company.organization.root.pk
    operations.dry_runs.update_dry_run_configuration(
        actor=actor_for(company.administrator),
        root_id=root_id,
        policy_type=SCP,
        status="enabled",
        bucket_name="logs",
        region_id="eu-1",
        bucket_prefix="dry/runs",
        agency_name="Writer",
    )
    operations.dry_runs.finish_dry_run_switch(root_id)


def links_of(html: str) -> Iterator[str]:
    """Where a page leads, on it or on its dialogs; what is off has no address."""
    for _tag, attributes in Page(html).elements:
        for name in ("href", "hx-get"):
            link = (attributes.get(name) or "").partition("#")[0]
            if link.startswith("/") and not link.startswith(NOT_FOLLOWED):
                yield link


def walk(client: Client, start: str) -> dict[str, tuple[int, list[str], str]]:
    """Every page that can be come to from there: what it answers, what it tells of outside, where from."""
    found: dict[str, tuple[int, list[str], str]] = {}
    waiting = [(start, "")]
    while waiting:
        link, came_from = waiting.pop()
        if link in found:
            continue
        answer = client.get(link, follow=True)
        html = b"".join(answer).decode() if answer.streaming else answer.text
        found[link] = (answer.status_code, [name for name in OUTSIDE if name in html], came_from)
        waiting += [(one, link) for one in links_of(html)]
    return found


def test_every_link_of_a_grantee_leads_somewhere_and_nothing_from_outside_is_in_it(world):
    company, _made = world

    found = walk(signed_in(company.others["keeper"]), reverse("home"))

    assert {link: answer for link, answer in found.items() if answer[:2] != (200, [])} == {}
    for name, ids in (
        ("own_rights", ()),
        ("sent_invitations", ()),
        ("move_account", (company.member.pk,)),
        ("invite_into_unit", (company.member.unit_id,)),
    ):
        assert reverse(name, args=ids) in found


def test_what_binds_from_above_is_told_without_the_names_of_the_policies(world):
    company, made = world
    client = signed_in(company.others["keeper"])

    page = client.get(reverse("unit", args=[made["below"].pk]), {"tab": "policies"}).text

    rows = [
        row for row in Page(page).text("tr", class_="inherited") if "A policy from above" in row
    ]
    assert rows == [
        "A policy from above root Denies 1 kind of action",
        "A policy from above root Rules for cost",
    ]
    assert "Inner-guard" in page
    assert "Named-guard" in page
    assert "Inner-trial" in page
    assert Page(page).attributes("a", href=reverse("policy", args=[made["named"].pk])) == []


def test_a_move_from_one_granted_unit_to_another_is_previewed_without_these_names(world):
    company, made = world
    sent = {
        "preview": "move_accounts",
        "preview_entity": company.member.pk,
        "destination_parent_id": made["lent"].pk,
    }

    page = signed_in(company.others["keeper"]).post(reverse("preview"), sent, headers=HTMX).text

    assert [name for name in OUTSIDE if name in page] == []
    assert "Inner-guard" in page
    assert "at Workloads" in page


def test_the_highest_granted_unit_stays_where_it_hangs(world):
    company, made = world
    client = signed_in(company.others["keeper"])

    highest, below = (tell(client, "unit", made[name]) for name in ("workloads", "below"))

    moves = [reverse("move_unit", args=[made[name].pk]) for name in ("workloads", "below")]
    assert highest.attributes("a", href=moves[0]) == []
    assert any("It stays where it hangs" in text for text in highest.text("p"))
    assert len(below.attributes("a", href=moves[1])) == 1
    assert client.get(moves[0]).status_code == 403


def test_places_where_moving_was_not_granted_are_off(company):
    user = make_administrator(AccountFactory(member_of=company.organization.root), username="mover")
    below = UnitFactory(parent=company.member.unit, name="Below")
    deeper = UnitFactory(parent=below, name="Deeper")
    account = AccountFactory(member_of=below)
    inner = UnitFactory(parent=below, name="Inner")
    for unit, rights in (
        (company.member.unit, [Permission.TAG_RESOURCE]),
        (below, [Permission.MOVE_ACCOUNT, Permission.MOVE_UNIT]),
    ):
        operations.scoped_grants.create_scoped_grant(
            actor=actor_for(company.administrator),
            unit_id=unit.pk,
            username="mover",
            permissions=rights,
        )
    client = signed_in(user)

    for name, moved in (("move_account", account), ("move_unit", inner)):
        page = tell(client, name, moved)
        choices = page.attributes("input", name="destination_parent_id")
        off = {one["value"] for one in choices if "disabled" in one}
        assert off == {company.member.unit_id, below.pk} | ({inner.pk} & {moved.pk})
        assert deeper.pk in {one["value"] for one in choices if "disabled" not in one}
        assert any("It holds in Below only." in text for text in page.text("span", class_="hint"))
    assert (
        tell(client, "unit", below).attributes("a", href=reverse("move_unit", args=[below.pk]))
        == []
    )
    refused = client.post(
        reverse("move_unit", args=[below.pk]),
        {"source_parent_id": company.member.unit_id, "destination_parent_id": deeper.pk},
    )
    assert refused.status_code == 403


@pytest.mark.parametrize("headers", [{}, HTMX | {"HX-Target": "dialog"}])
def test_who_deletes_the_unit_of_its_grant_reads_what_is_left(world, headers):
    company, made = world
    client = signed_in(company.others["keeper"])

    answer = client.post(reverse("delete_unit", args=[made["lent"].pk]), {}, headers=headers)

    own = reverse("own_rights")
    assert answer.headers.get("HX-Redirect" if headers else "Location") == own
    page = client.get(own).text
    assert "Lent is deleted." in page
    assert reverse("unit", args=[made["workloads"].pk]) in page
    assert not company.organization.units.filter(pk=made["lent"].pk).exists()


def test_policies_that_the_grant_does_not_name_stay_and_say_why(world):
    company, made = world
    client = signed_in(company.others["keeper"])
    here, inner = made["workloads"], made["inner"]

    detach = client.get(reverse("detach_here", args=[here.pk, inner.pk])).text
    replace = tell(client, "set_attachments", here)

    assert "Your grant does not name this policy." in detach
    assert Page(detach).attributes("button", class_="danger") == []
    assert len(replace.attributes("button", id=f"remove-{FULL_ACCESS}")) == 1
    for button in ("remove", "up"):
        assert replace.attributes("button", id=f"{button}-{inner.pk}") == []
    assert any("Your grant does not name all of them" in one for one in replace.text("p"))


def test_policies_that_are_not_seen_are_not_named_by_a_form(world):
    company, made = world
    client = signed_in(company.others["keeper"])
    ids = [made[name].pk for name in ("outer", "unused", "named")]

    setting = client.post(reverse("set_attachments", args=[made["below"].pk]), {"policy": ids}).text
    detached = client.get(reverse("detach_here", args=[made["below"].pk, ids[1]]))

    assert "Named-guard" in setting
    assert [name for name in OUTSIDE if name in setting] == []
    assert detached.status_code == 404
    assert "Unused-guard" not in detached.text


def test_without_the_right_to_attach_no_policy_is_there_to_choose(world):
    company, made = world
    operations.scoped_grants.create_scoped_grant(
        actor=actor_for(company.administrator),
        unit_id=made["below"].pk,
        username=company.member_user.username,
        permissions=[Permission.TAG_RESOURCE],
    )
    client = signed_in(company.member_user)

    for name in ("attach_here", "set_attachments"):
        part = client.get(reverse(name, args=[made["below"].pk]), headers=CHOICES)
        assert part.status_code == 200
        for policy in ("Unused-guard", "Outer-guard", "FullAccess", "Named-guard"):
            assert policy not in part.text, name
