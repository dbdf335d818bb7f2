"""Where somebody with rights on units may move things to, and invite accounts into."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orgs import operations
from orgs.permissions import Permission
from tests.console.conftest import signed_in
from tests.console.reading import Page
from tests.console.views.grants import give
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, actor_for, make_administrator

pytestmark = pytest.mark.django_db


def test_a_move_is_offered_to_places_inside_alone(granted, company):
    page = granted.get(reverse("move_account", args=[company.member.pk])).content.decode()

    assert "Below" in page
    assert "Beside" not in page
    before = digest_of_database()
    out = {
        "source_parent_id": company.member.unit_id,
        "destination_parent_id": company.beside.pk,
    }
    refused = granted.post(reverse("move_account", args=[company.member.pk]), out)
    assert refused.status_code == 403
    assert digest_of_database() == before
    inside = out | {"destination_parent_id": company.below.pk}
    assert (
        granted.post(reverse("move_account", args=[company.member.pk]), inside).status_code == 302
    )


@pytest.fixture
def granted_apart(granted, company):
    """The same user may also move things in Beside, and tag those in Passage; two grants lie in others."""
    passage = UnitFactory(parent=company.organization.root, name="Passage")
    company.deeper = UnitFactory(parent=company.beside, name="Deeper")
    moving = [Permission.MOVE_ACCOUNT, Permission.MOVE_UNIT]
    for unit in (company.below, company.beside, company.deeper):
        give(company, unit=unit, username="keeper", permissions=moving)
    give(company, unit=passage, username="keeper", permissions=[Permission.TAG_RESOURCE])
    UnitFactory(parent=company.organization.root, name="Unseen")
    return granted


def give_more(company, unit, permission) -> None:
    """One right more by the grant that is there."""
    grant = unit.scoped_grants.get()
    operations.scoped_grants.update_scoped_grant(
        actor=actor_for(company.administrator),
        grant_id=grant.pk,
        permissions=[*grant.permissions, permission],
    )


def choices_of(html: str) -> list[tuple[str, bool]]:
    """The places to choose from in their order, and whether one can."""
    page = Page(html)
    places = page.attributes("input", name="destination_parent_id")
    names = page.text("span", class_="pick-name")
    return [(name, "disabled" not in place) for name, place in zip(names, places, strict=True)]


def test_a_move_is_offered_to_each_of_the_granted_units(granted_apart, company):
    address = reverse("move_account", args=[company.member.pk])

    first = granted_apart.get(address).text
    (opens,) = (
        button["value"]
        for button in Page(first).attributes("button", class_="pick-open")
        if button["id"] == f"open-{company.beside.pk}"
    )
    opened = granted_apart.post(address, {"at": opens}).text

    assert choices_of(first) == [
        ("Beside", True),
        ("Passage", False),
        ("Workloads", False),
        ("Below", True),
    ]
    assert choices_of(opened) == [
        ("Beside", True),
        ("Deeper", True),
        ("Passage", False),
        ("Workloads", False),
    ]
    # Of the highest units only those that are closed have a button: nothing is above them to go back to.
    (back,) = Page(opened).attributes("button", class_="pick-open")
    assert back["value"] == company.member.unit_id
    chosen = {"source_parent_id": company.member.unit_id}
    answer = granted_apart.post(address, chosen | {"destination_parent_id": company.deeper.pk})
    assert answer.status_code == 302
    company.member.refresh_from_db()
    assert company.member.unit == company.deeper


def test_a_unit_goes_to_another_granted_unit_unless_it_would_be_too_deep(granted_apart, company):
    address = reverse("move_unit", args=[company.below.pk])
    lowest = company.below
    for level in range(3, 6):
        lowest = UnitFactory(parent=lowest, name=f"Level {level}")

    first = granted_apart.get(address).text
    opened = granted_apart.post(address, {"at": company.beside.pk}).text

    assert choices_of(first) == [
        ("Beside", True),
        ("Passage", False),
        ("Workloads", False),
        ("Below", False),
    ]
    assert choices_of(opened)[:2] == [("Beside", True), ("Deeper", False)]
    assert "levels" in Page(opened).text("span", class_="hint")[0]


@pytest.mark.parametrize("units", [2, 20])
def test_a_move_takes_as_many_statements_for_many_granted_units(granted_apart, company, units):
    for number in range(units):
        unit = UnitFactory(parent=company.organization.root, name=f"Unit {number}")
        give(company, unit=unit, username="keeper", permissions=[Permission.MOVE_ACCOUNT])
    address = reverse("move_account", args=[company.member.pk])
    granted_apart.get(address)

    with CaptureQueriesContext(connection) as asked:
        granted_apart.get(address)

    assert len(asked) == 8


def test_an_invitation_goes_to_a_granted_unit_and_its_sender_is_told(granted, company):
    AccountFactory(name="north-office")
    address = reverse("invite_into_unit", args=[company.member.unit_id])
    shown = granted.get(address).content.decode()
    assert "Invite account to Workloads" in shown
    assert "Below" in shown
    assert "Beside" not in shown
    assert "Account quota" not in shown
    assert address in granted.get(reverse("unit", args=[company.member.unit_id])).content.decode()
    invited = {
        "target_type": "name",
        "target": "north-office",
        "destination_parent_id": company.below.pk,
    }

    answer = granted.post(address, invited, follow=True)

    (invitation,) = company.organization.invitations.all()
    assert (invitation.account.name, invitation.destination) == ("north-office", company.below)
    assert answer.redirect_chain == [(reverse("unit", args=[company.below.pk]), 302)]
    assert "north-office is invited to Below." in answer.content.decode()
    again = granted.post(address, invited)
    assert again.status_code == 409
    assert "has an open invitation of this organization already" in again.content.decode()


def test_an_invitation_is_offered_to_each_of_the_granted_units(granted_apart, company):
    AccountFactory(name="north-office")
    give_more(company, company.beside, Permission.INVITE_ACCOUNT)
    address = reverse("invite_into_unit", args=[company.member.unit_id])
    chosen = {"target_type": "name", "target": "north-office"}

    page = granted_apart.get(address).text
    answer = granted_apart.post(address, chosen | {"destination_parent_id": company.beside.pk})

    assert choices_of(page) == [
        ("Beside", True),
        ("Passage", False),
        ("Workloads", True),
        ("Below", True),
    ]
    assert answer.status_code == 302
    assert company.organization.invitations.get().destination == company.beside


def test_without_a_chosen_place_an_invitation_is_to_the_unit_of_the_page(granted, company):
    AccountFactory(name="north-office")
    address = reverse("invite_into_unit", args=[company.below.pk])

    granted.post(address, {"target_type": "name", "target": "north-office"})

    assert company.organization.invitations.get().destination == company.below


def test_an_invitation_elsewhere_is_refused_with_the_reason(granted, company):
    AccountFactory(name="north-office")
    invited = {"target_type": "name", "target": "north-office"}
    inside = reverse("invite_into_unit", args=[company.member.unit_id])
    before = digest_of_database()

    for place in (company.beside, company.organization.root):
        answers = [
            granted.get(reverse("invite_into_unit", args=[place.pk])),
            granted.post(reverse("invite_into_unit", args=[place.pk]), invited),
            granted.post(inside, invited | {"destination_parent_id": place.pk}),
        ]
        for answer in answers:
            assert answer.status_code == 403
            assert "It holds in Workloads only." in answer.content.decode()
            assert "Beside" not in answer.content.decode()

    assert granted.get(reverse("invite_account")).status_code == 403
    assert digest_of_database() == before


def test_of_units_that_are_seen_those_are_off_where_inviting_was_not_granted(company):
    below = UnitFactory(parent=company.member.unit, name="Below")
    user = make_administrator(
        AccountFactory(member_of=company.organization.root), username="inviter"
    )
    give(company, username="inviter", permissions=[Permission.TAG_RESOURCE])
    give(company, unit=below, username="inviter", permissions=[Permission.INVITE_ACCOUNT])
    client = signed_in(user)

    above = client.get(reverse("invite_into_unit", args=[company.member.unit_id]))
    page = Page(client.get(reverse("invite_into_unit", args=[below.pk])).content.decode())

    assert above.status_code == 200
    assert "This is not among the rights that you were granted here" in above.content.decode()
    choices = page.attributes("input", name="destination_parent_id")
    assert {one["value"]: "disabled" in one for one in choices} == {
        company.member.unit_id: True,
        below.pk: False,
    }
    assert any("It holds in Below only." in text for text in page.text("span", class_="hint"))


@pytest.mark.parametrize("units", [1, 20])
def test_the_form_for_an_invitation_takes_as_many_statements_for_many_units(
    granted, company, units
):
    for number in range(units):
        UnitFactory(parent=company.below, name=f"Unit {number}")
    address = reverse("invite_into_unit", args=[company.below.pk])
    granted.get(address)

    with CaptureQueriesContext(connection) as asked:
        granted.get(address)

    assert len(asked) == 8
